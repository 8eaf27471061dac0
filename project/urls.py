from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from project import health
from project.metrics import metrics

urlpatterns = [
    path("", include("interviews.urls")),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="language"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "project.refusing.bad_request"
