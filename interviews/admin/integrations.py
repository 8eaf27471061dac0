"""Keys for programs, and machines that are told: to be looked at, and a key of anybody's to be ended."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from interviews import access
from interviews.actions.tokens import revoke_token
from interviews.admin.history import ReadOnly, problem
from interviews.models import ApiToken, Delivery, Endpoint
from interviews.queries.reasons import told
from interviews.queries.webhooks import standing, with_jobs


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ("name", "owner", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "expires_at", "owner")
    search_fields = ("name", "scopes", "owner__username")
    list_select_related = ("owner",)
    fields = ("name", "owner", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    actions = ("end_selected",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("interviews.change_apitoken")

    @admin.action(description="End the selected tokens", permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            revoke_token(token, access.staff(request.user))
        self.message_user(request, f"{len(queryset)} tokens open nothing any more.", messages.INFO)


@admin.register(Endpoint)
class EndpointAdmin(ReadOnly):
    list_display = ("url", "position", "kinds", "made_by", "created_at", "disabled_at", "because")
    list_filter = (("disabled_at", admin.EmptyFieldListFilter), "position")
    search_fields = ("url", "kinds", "position__title")
    list_select_related = ("position", "made_by")

    @admin.display(description="disabled because", ordering="disabled_because")
    def because(self, obj: Endpoint) -> str:
        return told(obj.disabled_because)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("id", "endpoint", "kind", "stands", "tries", "status", problem, "created_at", "ended_at")
    list_filter = ("state", "kind", "created_at")
    search_fields = ("id", "kind", "endpoint__url", "interview__id", "interview__applicant__name")
    list_select_related = ("endpoint", "interview__applicant", "interview__question_set__position")
    exclude = ("state",)
    readonly_fields = ("stands",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return with_jobs(super().get_queryset(request))

    @admin.display(description="state", ordering="state")
    def stands(self, obj: Delivery) -> str:
        return standing(obj)[1]
