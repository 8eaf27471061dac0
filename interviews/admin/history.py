"""What happened and what was made of it: to be read and searched, not edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from interviews.actions.rendering import make_again
from interviews.engines.catalogue import TRANSCRIBERS
from interviews.models import (
    Answer,
    AssessmentRun,
    Charge,
    Event,
    Export,
    Head,
    Job,
    JobAttempt,
    ProviderHealth,
    ProviderReply,
    PublicLink,
    Redo,
    Rendition,
    ShareLink,
    StoredFile,
    Take,
    Transcript,
    Worker,
)
from interviews.processing.jobs import resume
from interviews.tasks import hint


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
    list_display = ("interview", "question", "take", "created_at")
    list_filter = ("question__question_set__position", "created_at")
    search_fields = ("interview__id", "interview__applicant__name")
    list_select_related = (
        "interview__applicant",
        "interview__question_set__position",
        "question",
        "take__question",
    )


@admin.register(Rendition)
class RenditionAdmin(ReadOnly):
    list_display = ("take", "seconds", "mime_type", "has_poster", "problem", "made_at")
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


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = (
        "id",
        "kind",
        "interview",
        "state",
        "attempt",
        "run_after",
        "problem",
        "created_at",
        "ended_at",
    )
    list_filter = ("state", "kind", "created_at")
    search_fields = ("interview__id", "interview__applicant__name", "problem")
    list_select_related = ("interview__applicant", "interview__question_set__position")
    actions = ("retry_selected",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("interviews.change_job")

    @admin.action(description="Try parked jobs again", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        resumed = [pk for job in queryset for pk in resume(job.pk)]
        hint(resumed)
        self.message_user(request, f"{len(resumed)} of {len(queryset)} jobs were parked and run again.", messages.INFO)


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnly):
    list_display = ("key", "bytes", "began_at", "stored_at")
    list_filter = (("stored_at", admin.EmptyFieldListFilter),)
    search_fields = (
        "key",
        "segment__take__interview__applicant__name",
        "rendition__take__interview__applicant__name",
    )


@admin.register(JobAttempt)
class JobAttemptAdmin(ReadOnly):
    list_display = ("job", "worker", "outcome", "problem", "began_at", "ended_at")
    list_filter = ("outcome", "job__kind", "began_at")
    search_fields = ("worker", "problem", "job__interview__id", "job__interview__applicant__name")
    list_select_related = ("job",)


@admin.register(ProviderHealth)
class ProviderHealthAdmin(ReadOnly):
    list_display = ("engine", "failures", "failing_since", "next_try_at", "problem")
    list_filter = (("next_try_at", admin.EmptyFieldListFilter),)
    search_fields = ("engine",)


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


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ("name", "started_at", "seen_at", "running")
    list_filter = ("seen_at",)
    search_fields = ("name",)
