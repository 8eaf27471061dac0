from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from interviews.views import signing_in
from project import health

urlpatterns = [
    path("", include("interviews.urls")),
    path("admin/login/", signing_in.admin, name="admin-sign-in"),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account-password"), name="admin-password"),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="language"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]

handler400 = "project.refusing.bad_request"
