"""The audit log, for whoever has the right to view it: filtered, followed live or as it was, and taken out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from interviews.actions.auditing import note
from interviews.admin.history import ReadOnly
from interviews.exports import audit as files
from interviews.forms.reading import read_id, read_number
from interviews.models import AuditEntry, Position
from interviews.models.audit import Action, actions
from interviews.queries.audit import head

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
PEOPLE_AT_MOST = 200


class ByAction(admin.SimpleListFilter):
    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(actions().items(), key=lambda it: it[0])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class ByPerson(admin.SimpleListFilter):
    title = _("person")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        people = User.objects.order_by("username").values_list("pk", "username")[:PEOPLE_AT_MOST]
        return [(str(pk), name) for pk, name in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        actor = read_number(self.value() or "")
        return queryset if actor is None else queryset.filter(actor=actor)


class Following(admin.SimpleListFilter):
    """Chooses nothing: it says whether the page reads itself again."""

    title = _("time")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Follow live"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """`?number__lte=…`: as the log was with that entry; `?interview=…`, `?position=…`: what concerns these."""

    list_display = ("number", "at", "who", "what", "of", "where", "subject")
    list_filter = (Following, ByPerson, ByAction, "at")
    search_fields = ("number",)
    search_help_text = _(
        "A number, the id of an interview or of what it was done to, or a beginning of an account's name"
    )
    show_full_result_count = False
    list_per_page = 50
    change_list_template = "admin/interviews/auditentry/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        name = User.objects.filter(pk=OuterRef("actor")).values("username")
        title = Position.objects.filter(pk=OuterRef("position")).values("title")
        named: QuerySet[Any] = super().get_queryset(request).annotate(name=Subquery(name), title=Subquery(title))
        return named

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(actor__in=User.objects.filter(username__istartswith=term).values("pk")) | Q(subject_id=term)
        if (number := read_number(term)) is not None:
            found |= Q(number=number)
        if (interview := read_id(term)) is not None:
            found |= Q(interview=interview)
        return queryset.filter(found), False

    def get_urls(self) -> list[Any]:
        name = "interviews_auditentry_export"
        export = path("export/<slug:file_format>/", self.admin_site.admin_view(self.export), name=name)
        return [export, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {"as_of": timezone.now(), "head": head(), "is_live": request.GET.get("live") == "1"}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def export(self, request: HttpRequest, file_format: str) -> StreamingHttpResponse:
        """`?…` as on the page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if file_format not in TYPES:
            raise Http404
        at, user = timezone.now(), request.user
        note(Action.AUDIT_EXPORTED, user.pk if isinstance(user, User) else None)
        chosen = self.get_changelist_instance(request).get_queryset(request)
        made = files.as_csv(chosen) if file_format == "csv" else files.as_json(chosen, at)
        headers = {
            "Content-Disposition": f'attachment; filename="audit-{at:%Y-%m-%d}.{file_format}"',
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingHttpResponse(made, content_type=TYPES[file_format], headers=headers)

    @admin.display(description=_("who"), ordering="actor")
    def who(self, obj: Any) -> str:
        if obj.actor is None:
            return "–"
        return obj.name or str(_("account %(id)s, deleted") % {"id": obj.actor})

    @admin.display(description=_("what"), ordering="action")
    def what(self, obj: AuditEntry) -> str:
        return str(actions().get(obj.action, obj.action))

    @admin.display(description=_("interview"))
    def of(self, obj: AuditEntry) -> str:
        return format_html('<a href="?interview={}">{}</a>', obj.interview, obj.interview) if obj.interview else "–"

    @admin.display(description=_("position"))
    def where(self, obj: Any) -> str:
        return obj.title or ("–" if obj.position is None else str(obj.position))

    @admin.display(description=_("done to"))
    def subject(self, obj: AuditEntry) -> str:
        return f"{obj.subject_type} {obj.subject_id}".strip() or "–"
