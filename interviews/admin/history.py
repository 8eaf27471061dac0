"""What happened and what was made of it: to be read and searched, not edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from interviews.actions.auditing import seen
from interviews.actions.rendering import make_again
from interviews.engines.catalogue import TRANSCRIBERS
from interviews.models import (
    Answer,
    AssessmentRun,
    Charge,
    Event,
    Export,
    Head,
    ProviderReply,
    PublicLink,
    Redo,
    Rendition,
    ShareLink,
    StoredFile,
    Take,
    Transcript,
)
from interviews.models.audit import Action
from interviews.queries.reasons import told


@admin.display(description="problem", ordering="problem")
def problem(obj: Any) -> str:
    """Of whatever has one."""
    return told(obj.problem)


class ReadOnly(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("number", "at", "kind", "interview", "answer", "actor")
    list_filter = ("kind", "at", "interview__question_set__position")
    search_fields = ("number", "interview__id", "interview__applicant__name")
    list_select_related = (
        "interview__applicant",
        "interview__question_set__position",
        "answer__question",
        "actor",
    )


@admin.register(Head)
class HeadAdmin(ReadOnly):
    list_display = ("number",)
    search_fields = ("number",)


@admin.register(Take)
class TakeAdmin(ReadOnly):
    list_display = ("id", "interview", "question", "number", "state", "bytes", "seconds", "finished_at")
    list_filter = ("state", "created_at")
    search_fields = ("id", "sha256", "interview__id", "interview__applicant__name")
    list_select_related = ("interview__applicant", "interview__question_set__position", "question")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(question__isnull=False)  # practice is nobody's business


@admin.register(Answer)
class AnswerAdmin(ReadOnly):
    list_display = ("interview", "question", "take", "created_at", "why")
    list_filter = ("question__question_set__position", "created_at")
    search_fields = ("interview__id", "interview__applicant__name")
    list_select_related = (
        "interview__applicant",
        "interview__question_set__position",
        "question",
        "take__question",
    )

    @admin.display(description="why not scored")
    def why(self, obj: Answer) -> SafeString:
        page = reverse("admin:interviews_interview_why", args=[obj.interview_id])
        return format_html('<a href="{}#question-{}">why</a>', page, obj.question.number)


@admin.register(Rendition)
class RenditionAdmin(ReadOnly):
    list_display = ("take", "seconds", "mime_type", "has_poster", problem, "made_at")
    list_filter = ("mime_type", "has_poster", "made_at")
    search_fields = ("take__id", "take__interview__id", "take__interview__applicant__name")
    list_select_related = ("take__question",)
    actions = ("make_again_selected",)

    def has_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("interviews.change_job")

    @admin.action(description="Make again from what was received", permissions=["again"])
    def make_again_selected(self, request: HttpRequest, queryset: QuerySet[Rendition]) -> None:
        actor = request.user if isinstance(request.user, User) else None
        begun = sum(make_again(rendition.take, actor) for rendition in queryset)
        self.message_user(request, f"{begun} of {len(queryset)} are made again.", messages.INFO)


@admin.register(Transcript)
class TranscriptAdmin(ReadOnly):
    list_display = ("take", "engine", "model", "language", "created_at")
    list_filter = ("engine", "model", "language")
    search_fields = ("take__id", "take__interview__id", "take__interview__applicant__name")
    list_select_related = ("take__question",)
    fields = ("take", "engine", "how", "model", "language", "text", "created_at")
    readonly_fields = ("how", "text")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Transcript | None:
        transcript: Transcript | None = super().get_object(request, object_id, from_field)
        if transcript is not None and isinstance(request.user, User):
            interview = transcript.take.interview
            seen(Action.TRANSCRIPT_SEEN, request.user, interview.position.pk, interview.pk, subject=transcript.take)
        return transcript

    @admin.display(description="how it was made")
    def how(self, obj: Transcript) -> str:
        info = TRANSCRIBERS.get(obj.engine)
        return info.label if info else obj.engine


@admin.register(AssessmentRun)
class AssessmentRunAdmin(ReadOnly):
    """What was asked, when and of whom. Levels and results are not shown here: reviewers may have to rate first."""

    list_display = ("interview", "number", "state", "engine", "model", "asked_by", "asked_at", "ended_at", "cost")
    list_filter = ("state", "engine", "model", "interview__question_set__position")
    search_fields = ("interview__id", "interview__applicant__name", "problem")
    list_select_related = ("interview__applicant", "interview__question_set__position", "asked_by")


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnly):
    list_display = ("key", "bytes", "began_at", "stored_at")
    list_filter = (("stored_at", admin.EmptyFieldListFilter),)
    search_fields = (
        "key",
        "segment__take__interview__applicant__name",
        "rendition__take__interview__applicant__name",
    )


@admin.register(ProviderReply)
class ProviderReplyAdmin(ReadOnly):
    list_display = ("id", "engine", "interview", "request_hash", "received_at")
    fields = ("engine", "interview", "request_hash", "received_at")  # the reply itself holds levels
    list_filter = ("engine", "received_at")
    search_fields = ("request_hash", "interview__id", "interview__applicant__name")
    list_select_related = ("interview__applicant", "interview__question_set__position")


@admin.register(Redo)
class RedoAdmin(ReadOnly):
    list_display = ("interview", "question", "reason", "alone", "asked_by", "asked_at", "done_at")
    list_filter = (("done_at", admin.EmptyFieldListFilter), "interview__question_set__position")
    search_fields = ("interview__id", "interview__applicant__name", "reason")
    list_select_related = ("interview__applicant", "interview__question_set__position", "question", "asked_by")


@admin.register(PublicLink)
class PublicLinkAdmin(ReadOnly):
    list_display = ("position", "label", "made_by", "made_at", "revoked_by", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "position")
    search_fields = ("label", "position__title")
    list_select_related = ("position", "made_by", "revoked_by")
    fields = ("position", "label", "made_by", "made_at", "revoked_by", "revoked_at")


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnly):
    list_display = ("interview", "name", "email", "made_by", "made_at", "expires_at", "revoked_by", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "interview__question_set__position")
    search_fields = ("name", "email", "interview__id", "interview__applicant__name")
    list_select_related = ("interview__applicant", "interview__question_set__position", "made_by", "revoked_by")
    fields = (
        "interview",
        "name",
        "email",
        "shows_levels",
        "made_by",
        "made_at",
        "expires_at",
        "revoked_by",
        "revoked_at",
    )


@admin.register(Export)
class ExportAdmin(ReadOnly):
    list_display = ("at", "by", "file_format", "interviews", "interview", "query")
    list_filter = ("file_format", "at", "by")
    search_fields = ("by__username", "query", "interview__id", "interview__applicant__name")
    list_select_related = ("by", "interview__applicant", "interview__question_set__position")


@admin.register(Charge)
class ChargeAdmin(ReadOnly):
    list_display = (
        "position",
        "interview",
        "engine",
        "model",
        "input_tokens",
        "output_tokens",
        "seconds",
        "cost",
        "at",
    )
    list_filter = ("position", "engine", "model", "at")
    search_fields = ("position__title", "interview__id", "interview__applicant__name")
    list_select_related = ("position", "interview__applicant", "interview__question_set__position")
