"""What this site tells people in its own words: each is published for good; what changes is another one."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from interviews.models import Notice


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin[Notice]):
    """docs/compliance.md has texts to begin with."""

    list_display = ("id", "place", "language", "published_at", "text")
    list_filter = ("place", "language")
    search_fields = ("text",)
    fields = ("place", "language", "text")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
