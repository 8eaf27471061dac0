from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from interviews.views import languages, signing_in
from project import health
from project.metrics import metrics
from project.refusing import no_such_page

urlpatterns = [
    path("", include("interviews.urls")),
    path("admin/login/", signing_in.admin, name="admin-sign-in"),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account-password"), name="admin-password"),
    # "View on site": no model of ours has a page of its own, and Django's view breaks on an id of another type.
    path("admin/r/<path:rest>", no_such_page),
    path("admin/", admin.site.urls),
    path("language/", languages.choose, name="language"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "project.refusing.bad_request"
