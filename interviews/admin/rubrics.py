"""Rubrics, to be looked up; they are written on pages of their own."""

from __future__ import annotations

from django.contrib import admin

from interviews.admin.history import ReadOnly
from interviews.models import Criterion, RubricVersion


class CriterionInline(admin.StackedInline[Criterion, RubricVersion]):
    model = Criterion
    extra = 0


@admin.register(RubricVersion)
class RubricVersionAdmin(ReadOnly):
    list_display = ("__str__", "rubric", "number", "published_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter),)
    search_fields = ("rubric__name", "criteria__name")
    list_select_related = ("rubric",)
    inlines = (CriterionInline,)
