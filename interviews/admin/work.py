"""Work, for operators: how it stands, the jobs, and what can be done with them. Auditors see it without buttons."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from interviews.actions import operating
from interviews.actions.refusals import Refused
from interviews.actions.undo import TAKEN_BACK_WITHIN
from interviews.admin.history import ReadOnly, problem
from interviews.engines.catalogue import is_provider
from interviews.engines.errors import FaultKind
from interviews.events import head
from interviews.models import Job, JobAttempt, Pause, ProviderHealth, Worker
from interviews.operators import may_look, may_operate
from interviews.processing.queue import queue
from interviews.queries.live import LiveView
from interviews.queries.pauses import company, engine_of, engines_in_use, holding
from interviews.queries.work import work
from interviews.topics import OPERATIONS, WORK

UNDO = "undo-of-jobs"
"""In the session: what was done last, for as long as it can be taken back."""
ACTED_ON_AT_MOST = 1000
_DONE = {
    "retry": gettext_lazy("%(count)s of %(all)s jobs were set going."),
    "cancel": gettext_lazy("%(count)s of %(all)s jobs were cancelled."),
    "pause": gettext_lazy("%(count)s of %(all)s jobs were paused."),
    "unpause": gettext_lazy("%(count)s of %(all)s jobs are not paused any more."),
}


class FaultFilter(admin.SimpleListFilter):
    title = "fault"
    parameter_name = "fault"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(it.value, it.value.replace("_", " ")) for it in FaultKind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(fault=self.value()) if self.value() else queryset


class PausedFilter(admin.SimpleListFilter):
    title = "paused alone"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(pause__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = (
        "id",
        "kind",
        "interview",
        "delivery",
        "state",
        "is_held",
        "attempt",
        "run_after",
        problem,
        "created_at",
        "ended_at",
        "why",
    )
    list_filter = ("state", "kind", FaultFilter, PausedFilter, "created_at", "interview__question_set__position")
    search_fields = ("interview__id", "interview__applicant__name", "problem")
    list_select_related = ("interview__applicant", "interview__question_set__position", "pause")
    actions = ("retry_selected", "cancel_selected", "pause_selected", "unpause_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        found: QuerySet[Job] = super().get_queryset(request).annotate(held=Exists(holding(engines_in_use())))
        return found

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return may_operate(request.user)

    @admin.action(description="Try now", permissions=["operate"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._act(request, "retry", queryset)

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._act(request, "cancel", queryset)

    @admin.action(description="Pause", permissions=["operate"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._act(request, "pause", queryset)

    @admin.action(description="End the pause", permissions=["operate"])
    def unpause_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._act(request, "unpause", queryset)

    def _act(self, request: HttpRequest, what: str, queryset: QuerySet[Job]) -> None:
        chosen = list(queryset.order_by("pk").values_list("pk", flat=True)[: ACTED_ON_AT_MOST + 1])
        moved = operating.act(what, chosen[:ACTED_ON_AT_MOST], _operator(request))
        words = _DONE[what] % {"count": len(moved), "all": len(chosen[:ACTED_ON_AT_MOST])}
        if len(chosen) > ACTED_ON_AT_MOST:
            more = _("Only the first %(most)s were looked at: do it again for more.") % {"most": ACTED_ON_AT_MOST}
            words = f"{words} {more}"
        if not moved:
            self.message_user(request, words, messages.WARNING)
            return
        until = (timezone.now() + TAKEN_BACK_WITHIN).timestamp()
        request.session[UNDO] = {"act": what, "moved": [asdict(it) for it in moved], "words": words, "until": until}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        done = request.session.get(UNDO)
        undo = done["words"] if done and done["until"] > timezone.now().timestamp() else ""
        return super().changelist_view(request, {**(extra_context or {}), "undo": undo})

    @admin.display(description="paused")
    def is_held(self, obj: Job) -> str:
        if hasattr(obj, "pause"):
            return "paused"
        return "paused with its kind" if obj.held and obj.state == Job.State.QUEUED else "–"  # type: ignore[attr-defined] # annotated

    @admin.display(description="why")
    def why(self, obj: Job) -> str:
        if obj.interview_id is None:
            return "–"
        address = reverse("admin:interviews_interview_why", args=[obj.interview_id])
        return format_html('<a href="{}">why</a>', address)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("work/", wrap(require_safe(self.work)), name="interviews_job_work"),
            path("undo/", wrap(require_POST(self.undo)), name="interviews_job_undo"),
            path("pauses/", wrap(require_POST(self.pauses)), name="interviews_job_pauses"),
            *super().get_urls(),
        ]

    def work(self, request: HttpRequest) -> HttpResponse:
        if not may_look(request.user):
            raise PermissionDenied
        after = head()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Work"),
            "work": work(queue()),
            "subjects": _subjects(),
            "may_operate": may_operate(request.user),
            "live": LiveView([OPERATIONS, WORK], after),
        }
        return render(request, "admin/work/work.html", context)

    def pauses(self, request: HttpRequest) -> HttpResponse:
        """Pauses a kind of work or a provider, or ends that."""
        if not may_operate(request.user):
            raise PermissionDenied
        subject = request.POST.get("subject", "")
        kind, _space, engine = subject.partition(" ")
        if subject in _subjects():
            try:
                _change_pause(request, Job.Kind(kind), engine)
            except Refused as refused:
                messages.warning(request, refused.message)
        return redirect("admin:interviews_job_work")

    def undo(self, request: HttpRequest) -> HttpResponse:
        """Takes back what was done last, each where nothing else has happened to it since. Leads to the same list."""
        if not may_operate(request.user):
            raise PermissionDenied
        done = request.session.pop(UNDO, None) or {"act": "retry", "moved": []}
        moved = [operating.Moved(**it) for it in done["moved"]]
        count = operating.take_back(done["act"], moved, _operator(request))
        words = ngettext("%(count)s taken back.", "%(count)s taken back.", count) % {"count": count}
        if count < len(moved):
            late = _("With %(late)s it was too late: a worker had begun, or somebody did something else.")
            words = f"{words} {late % {'late': len(moved) - count}}"
        messages.success(request, words)
        return redirect(reverse("admin:interviews_job_changelist", query=request.GET))


@admin.register(JobAttempt)
class JobAttemptAdmin(ReadOnly):
    list_display = ("job", "worker", "outcome", problem, "began_at", "ended_at")
    list_filter = ("outcome", "job__kind", "began_at")
    search_fields = ("worker", "problem", "job__interview__id", "job__interview__applicant__name")
    list_select_related = ("job",)


@admin.register(ProviderHealth)
class ProviderHealthAdmin(ReadOnly):
    list_display = ("engine", "failures", "failing_since", "next_try_at", problem)
    list_filter = (("next_try_at", admin.EmptyFieldListFilter),)
    search_fields = ("engine",)


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ("name", "started_at", "seen_at", "running")
    list_filter = ("seen_at",)
    search_fields = ("name",)


def _subjects() -> dict[str, str]:
    """What can be paused as a whole: every kind of work, and the providers that this site works with."""
    kinds = {kind.value: str(kind.label) for kind in Job.Kind}
    providers = {f"{kind} {engine}": company(engine) for kind in Job.Kind if is_provider(engine := engine_of(kind))}
    return kinds | {key: name for key, name in providers.items() if not key.startswith(Job.Kind.MAIL)}


def _change_pause(request: HttpRequest, kind: Job.Kind, engine: str) -> None:
    if request.POST.get("act") == "unpause":
        standing = Pause.objects.filter(kind=kind, engine=engine).values_list("pk", flat=True).first()
        operating.unpause_kind(standing or 0, _operator(request))
    else:
        operating.pause_kind(kind, engine, _operator(request))


def _operator(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
