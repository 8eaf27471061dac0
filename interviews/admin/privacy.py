"""What is erased, and what is kept by a legal hold."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from interviews import access
from interviews.actions.holding import lift_hold, place_hold
from interviews.actions.refusals import Refused
from interviews.admin.history import ReadOnly
from interviews.models import Erasure, Hold


@admin.register(Hold)
class HoldAdmin(admin.ModelAdmin[Hold]):
    """Adding one stops every deletion of that interview; lifting it lets what is due be deleted."""

    list_display = ("interview", "reason", "placed_by", "placed_at", "lifted_by", "lifted_at")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "placed_at")
    search_fields = ("interview__id", "interview__applicant__name", "reason")
    list_select_related = ("interview__applicant", "interview__question_set__position", "placed_by", "lifted_by")
    autocomplete_fields = ("interview",)
    fields = ("interview", "reason")
    actions = ("lift_selected",)

    def has_change_permission(self, request: HttpRequest, obj: Hold | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Hold | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Hold, form: ModelForm[Hold], change: bool) -> None:
        try:
            place_hold(obj.interview, obj.reason, by=access.staff(request.user))
        except Refused as refused:
            self.message_user(request, refused.message, messages.ERROR)

    def log_addition(self, request: HttpRequest, obj: Hold, message: Any) -> Any:
        """The event says so already."""

    def response_add(self, request: HttpRequest, obj: Hold, post_url_continue: str | None = None) -> HttpResponse:
        return self.response_post_save_add(request, obj)

    @admin.action(description="Lift", permissions=["change"])
    def lift_selected(self, request: HttpRequest, queryset: QuerySet[Hold]) -> None:
        for hold in queryset.filter(lifted_at=None).select_related("interview"):
            lift_hold(hold.interview, by=access.staff(request.user))
        self.message_user(request, "Lifted. What is due is deleted from now on.", messages.SUCCESS)


@admin.register(Erasure)
class ErasureAdmin(ReadOnly):
    list_display = ("interview", "because", "at", "sha256", "certificate")
    list_filter = ("because", "at")
    search_fields = ("interview__id", "interview__applicant__name", "sha256")
    list_select_related = ("interview__applicant", "interview__question_set__position")

    @admin.display(description="certificate")
    def certificate(self, obj: Erasure) -> SafeString:
        return format_html('<a href="{}">certificate</a>', reverse("certificate", args=[obj.interview_id]))
