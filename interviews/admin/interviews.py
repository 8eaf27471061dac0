from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from interviews.actions.deadlines import extend_until
from interviews.actions.invitations import invite, new_link, revoke
from interviews.actions.refusals import Refused
from interviews.actions.withdrawing import ask_for_erasure, call_erasure_back, erase_applicant
from interviews.admin.why import not_scored
from interviews.forms.coordinators import Invitation
from interviews.models import Applicant, Interview, Position, QuestionSet
from interviews.processing.links import link_path


@admin.register(Applicant)
class ApplicantAdmin(admin.ModelAdmin[Applicant]):
    list_display = ("name", "email", "created_at")
    search_fields = ("name", "email")
    list_filter = ("created_at",)
    actions = ("erase_selected",)

    def has_delete_permission(self, request: HttpRequest, obj: Applicant | None = None) -> bool:
        return False  # erased instead: with files, transcripts and all else

    @admin.action(description="Erase everything of them (can be called back for 24 hours)", permissions=["change"])
    def erase_selected(self, request: HttpRequest, queryset: QuerySet[Applicant]) -> None:
        for applicant in queryset:
            erase_applicant(applicant, actor=_actor(request))
        self.message_user(request, "They leave consideration now, and are erased in 24 hours.", messages.SUCCESS)


@admin.register(Interview)
class InterviewAdmin(admin.ModelAdmin[Interview]):
    """Adding one invites the applicant. The link is shown once, because only its hash is kept."""

    list_display = ("applicant", "question_set", "state", "deadline", "revoked_at", "submitted_at", "review", "why")
    list_filter = (
        "state",
        "question_set__position",
        ("revoked_at", admin.EmptyFieldListFilter),
        ("erasure_asked_at", admin.EmptyFieldListFilter),
        ("erased_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("id", "applicant__name", "applicant__email", "question_set__position__title")
    autocomplete_fields = ("applicant",)
    date_hierarchy = "created_at"
    actions = ("link_selected", "revoke_selected", "erase_selected", "keep_selected")
    form = Invitation
    fields = ("applicant", "question_set", "deadline")
    list_select_related = ("applicant", "question_set__position")

    def get_readonly_fields(self, request: HttpRequest, obj: Interview | None = None) -> tuple[str, ...]:
        consent = ("consented_at", "consent_version", "ai_consent", "ai_consent_version")
        history = ("id", "state", "created_at", *consent, "submitted_at", "revoked_at")
        ended = ("withdrawn_at", "erasure_asked_at", "media_erased_at", "transcripts_erased_at", "erased_at")
        return ("applicant", "question_set", *history, *ended) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Interview | None = None) -> tuple[str, ...]:
        return (*self.get_readonly_fields(request, obj), "deadline") if obj else self.fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        deadline = timezone.now() + timedelta(days=settings.INVITATION_DAYS)
        return {"deadline": deadline, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "question_set":
            kwargs["queryset"] = QuestionSet.objects.filter(
                published_at__isnull=False, position__state=Position.State.OPEN
            )
            words = _("Nobody can be invited with these: publish them, and open their position.")
            kwargs["error_messages"] = {"invalid_choice": words}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Interview | None = None) -> bool:
        # Deleting means recordings, transcripts and scores together, with a trace: not a button that skips files.
        return False

    def save_model(self, request: HttpRequest, obj: Interview, form: ModelForm[Interview], change: bool) -> None:
        if change:
            self._give_time(request, obj, form)
            return
        made, token = invite(obj.applicant, obj.question_set, days_end=obj.deadline, actor=_actor(request))
        obj.pk, obj.created_at, obj.deadline = made.pk, made.created_at, made.deadline
        obj._state.adding = False
        self._show_link(request, made, token)

    def _give_time(self, request: HttpRequest, obj: Interview, form: ModelForm[Interview]) -> None:
        if "deadline" not in form.changed_data:
            return
        try:
            extend_until(obj, obj.deadline, actor=_actor(request))
        except Refused as refused:
            self.message_user(request, refused.message, messages.ERROR)
        else:
            self.message_user(request, f"{obj} can be used until {obj.deadline:%Y-%m-%d %H:%M} UTC.", messages.SUCCESS)

    def log_change(self, request: HttpRequest, obj: Interview, message: Any) -> Any:
        """The event says so already."""

    def response_change(self, request: HttpRequest, obj: Interview) -> HttpResponse:
        return self.response_post_save_change(request, obj)  # what came of it is said

    @admin.action(description="Make another link (earlier ones stay good)", permissions=["change"])
    def link_selected(self, request: HttpRequest, queryset: QuerySet[Interview]) -> None:
        for interview in queryset:
            try:
                self._show_link(request, interview, new_link(interview, actor=_actor(request)))
            except Refused as refused:
                self.message_user(request, f"{interview}: {refused.message}", messages.WARNING)

    @admin.action(description="Withdraw the invitation", permissions=["change"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Interview]) -> None:
        self._each(request, queryset, revoke, "withdrawn; what was recorded is kept.")

    @admin.action(description="Erase everything (can be called back for 24 hours)", permissions=["change"])
    def erase_selected(self, request: HttpRequest, queryset: QuerySet[Interview]) -> None:
        for interview in queryset:
            ask_for_erasure(interview, actor=_actor(request))
        self.message_user(request, "They leave consideration now, and are erased in 24 hours.", messages.SUCCESS)

    @admin.action(description="Call the erasure back", permissions=["change"])
    def keep_selected(self, request: HttpRequest, queryset: QuerySet[Interview]) -> None:
        self._each(request, queryset, call_erasure_back, "it is not erased.")

    @admin.display(description="review")
    def review(self, obj: Interview) -> SafeString:
        return format_html('<a href="{}">review</a>', reverse("review", args=[obj.pk]))

    @admin.display(description="why not scored")
    def why(self, obj: Interview) -> SafeString:
        return format_html('<a href="{}">why</a>', reverse("admin:interviews_interview_why", args=[obj.pk]))

    def get_urls(self) -> list[URLPattern]:
        wrapped = self.admin_site.admin_view(not_scored)
        return [path("<path:object_id>/why/", wrapped, name="interviews_interview_why"), *super().get_urls()]

    def _each(self, request: HttpRequest, queryset: QuerySet[Interview], act: Callable[..., object], done: str) -> None:
        for interview in queryset:
            try:
                act(interview, actor=_actor(request))
            except Refused as refused:
                self.message_user(request, f"{interview}: {refused.message}", messages.WARNING)
            else:
                self.message_user(request, f"{interview}: {done}", messages.SUCCESS)

    def _show_link(self, request: HttpRequest, interview: Interview, token: str) -> None:
        text = "Invitation link for {}, shown only now: {}"
        link = request.build_absolute_uri(link_path(interview, token))
        self.message_user(request, format_html(text, interview.applicant, link), messages.SUCCESS)


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
