"""What is arranged for single applicants. Only who may change it is shown it: reviewers are not to know."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import User
from django.forms import ModelForm
from django.http import HttpRequest

from interviews.actions.needs import accommodate
from interviews.admin.history import ReadOnly
from interviews.models import Accommodation, ExtensionRequest


@admin.register(Accommodation)
class AccommodationAdmin(admin.ModelAdmin[Accommodation]):
    list_display = ("interview", "time_percent", "extra_takes", "audio_only", "written", "captions", "asked_at")
    list_filter = (("answered_at", admin.EmptyFieldListFilter), "interview__question_set__position")
    search_fields = ("interview__id", "interview__applicant__name", "interview__applicant__email")
    list_select_related = ("interview__applicant", "interview__question_set__position")
    autocomplete_fields = ("interview",)
    fields = ("interview", "time_percent", "extra_takes", "audio_only", "written", "captions", "asked", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: Accommodation | None = None) -> tuple[str, ...]:
        return ("asked", "note", *(("interview",) if obj else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Accommodation | None = None) -> bool:
        return False  # back to the usual conditions is a change like any other, and is told

    def save_model(
        self, request: HttpRequest, obj: Accommodation, form: ModelForm[Accommodation], change: bool
    ) -> None:
        accommodate(obj, actor=request.user if isinstance(request.user, User) else None)
        obj._state.adding = False

    @admin.display(description="asked for")
    def asked(self, obj: Accommodation) -> str:
        return ", ".join(obj.wished()) or "–"


@admin.register(ExtensionRequest)
class ExtensionRequestAdmin(ReadOnly):
    list_display = ("interview", "state", "asked_at", "answered_at", "answered_by")
    list_filter = ("state", "asked_at", "interview__question_set__position")
    search_fields = ("interview__id", "interview__applicant__name")
    list_select_related = ("interview__applicant", "interview__question_set__position", "answered_by")
