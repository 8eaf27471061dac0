"""Accounts of staff: Django's own pages, and what helps somebody whose phone or laptop is gone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import date

from interviews import sessions
from interviews.actions import second_factor

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    actions = ("sign_out_everywhere", "take_second_factor_away")
    readonly_fields = ("second_factor", "signed_in")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Whoever may give rights does not lose their own by a slip, so there is always somebody left who may."""
        own = ("is_active", "is_staff", "is_superuser") if obj == request.user else ()
        return [*super().get_readonly_fields(request, obj), *own]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, ("Signing in", {"fields": self.readonly_fields})] if obj else fieldsets

    @admin.display(description="second factor", boolean=True)
    def second_factor(self, obj: User) -> bool:
        return second_factor.has_one(obj)

    @admin.display(description="signed in")
    def signed_in(self, obj: User) -> str:
        at = [
            f"{it.device or 'an unknown browser'} {it.address}, last used {date(it.seen_at, 'Y-m-d H:i')}".strip()
            for it in sessions.of(obj)
        ]
        return "; ".join(at) or "nowhere"

    @admin.action(description="End all their sessions", permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            ended = sessions.end_others(user, but=None)
            self.message_user(request, f"{user}: {ended} sessions ended.", messages.SUCCESS)

    @admin.action(description="Take their second factor away (their phone is lost)", permissions=["change"])
    def take_second_factor_away(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            second_factor.take_away(user)
            sessions.end_others(user, but=None)
            self.message_user(request, f"{user} signs in with the password alone next time.", messages.SUCCESS)
