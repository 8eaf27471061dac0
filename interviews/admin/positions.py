from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Max, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from interviews import access
from interviews.actions import deadlines
from interviews.actions.positions import new_version, publish
from interviews.actions.refusals import Refused
from interviews.forms.positions import Described
from interviews.forms.questions import QuestionForm
from interviews.forms.reading import read_number
from interviews.models import Membership, Position, Question, QuestionSet

ADVISED_QUESTIONS = 5


class FrozenMixin(admin.options.BaseModelAdmin[Any]):
    """Read-only once the question set is published."""

    def question_set(self, obj: Any) -> QuestionSet | None:
        raise NotImplementedError

    def _open(self, obj: Any) -> bool:
        found = self.question_set(obj) if obj is not None else None
        return found is None or found.published_at is None

    def has_add_permission(self, request: HttpRequest, *parent: Any) -> bool:
        # Django hands the parent to inlines, and nothing to the others.
        return super().has_add_permission(request, *parent) and all(map(self._open, parent))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._open(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._open(obj)


class QuestionSetInline(admin.TabularInline[QuestionSet, Position]):
    model = QuestionSet
    extra = 0
    fields = ("version", "published_at")
    readonly_fields = ("published_at",)
    show_change_link = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # on a page of its own, which knows whether it is published

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(admin.TabularInline[Membership, Position]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Position)
class PositionAdmin(admin.ModelAdmin[Position]):
    list_display = ("title", "state", "host", "contact", "created_at")
    search_fields = ("title", "host", "about")
    list_filter = ("state", "created_at")
    inlines = (MembershipInline, QuestionSetInline)
    form = Described
    readonly_fields = ("state",)

    def save_model(self, request: HttpRequest, obj: Position, form: ModelForm[Position], change: bool) -> None:
        """What is changed counts as an edit, so that whoever has it open elsewhere is told; its state is no matter of
        this form."""
        if not change:
            obj.save()
        elif form.changed_data:
            obj.edits = F("edits") + 1
            obj.save(update_fields=[*form.changed_data, "edits"])
            obj.refresh_from_db(fields=["edits"])
            if "deadline" in form.changed_data:
                deadlines.follow(obj, actor=access.staff(request.user))


class QuestionInline(FrozenMixin, admin.StackedInline[Question, QuestionSet]):
    model = Question
    form = QuestionForm
    extra = 0
    show_change_link = True

    def question_set(self, obj: QuestionSet) -> QuestionSet:
        return obj


@admin.register(QuestionSet)
class QuestionSetAdmin(FrozenMixin, admin.ModelAdmin[QuestionSet]):
    list_display = ("__str__", "position", "version", "published_at")
    list_filter = ("position", ("published_at", admin.EmptyFieldListFilter))
    search_fields = ("position__title",)
    fields = ("position", "version", "practice", "published_at")
    readonly_fields = ("published_at",)
    inlines = (QuestionInline,)
    actions = ("publish_selected", "copy_selected")

    def question_set(self, obj: QuestionSet) -> QuestionSet:
        return obj

    def save_model(self, request: HttpRequest, obj: QuestionSet, form: ModelForm[QuestionSet], change: bool) -> None:
        if change:
            _saved_here(obj.pk)
            obj.save(update_fields=form.changed_data)
        else:
            obj.save()

    @admin.action(description="Publish (from then on it cannot be changed)", permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[QuestionSet]) -> None:
        for question_set in queryset:
            try:
                publish(question_set, actor=access.staff(request.user))
            except Refused as refused:
                self.message_user(request, f"{question_set}: {refused.message}", messages.ERROR)
            else:
                self.message_user(request, f"{question_set} is published.", messages.SUCCESS)
                if question_set.questions.count() > ADVISED_QUESTIONS:
                    text = f"It has more than {ADVISED_QUESTIONS} questions: with each more, more applicants give up."
                    self.message_user(request, text, messages.WARNING)

    @admin.action(description="Make a new version to change", permissions=["add"])
    def copy_selected(self, request: HttpRequest, queryset: QuerySet[QuestionSet]) -> None:
        for question_set in queryset:
            self.message_user(request, f"{new_version(question_set)} can be changed now.", messages.SUCCESS)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        position = str(initial.get("position", ""))
        earlier = QuestionSet.objects.filter(position=read_number(position))
        newest = earlier.aggregate(newest=Max("version"))["newest"]
        return {**initial, "version": (newest or 0) + 1}


@admin.register(Question)
class QuestionAdmin(FrozenMixin, admin.ModelAdmin[Question]):
    form = QuestionForm
    fields = (
        "question_set",
        "number",
        "text",
        "rubric",
        "prompt",
        "captions",
        "think_seconds",
        "answer_seconds",
        "takes",
    )
    list_display = ("number", "text", "question_set", "rubric", "think_seconds", "answer_seconds", "takes")
    list_display_links = ("text",)
    list_filter = ("question_set__position",)
    search_fields = ("text", "question_set__position__title")
    list_select_related = ("question_set__position", "rubric__rubric")

    def question_set(self, obj: Question) -> QuestionSet:
        return obj.question_set

    def save_model(self, request: HttpRequest, obj: Question, form: ModelForm[Question], change: bool) -> None:
        _saved_here(obj.question_set_id)
        obj.save()

    def delete_model(self, request: HttpRequest, obj: Question) -> None:
        _saved_here(obj.question_set_id)
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        for question in queryset:
            self.delete_model(request, question)


def _saved_here(question_set_id: int) -> None:
    """Counts as an edit of the draft: who writes it elsewhere is told, and nobody publishes it unseen. Its row stays
    locked until all is saved."""
    if not QuestionSet.objects.filter(pk=question_set_id, published_at__isnull=True).update(edits=F("edits") + 1):
        raise PermissionDenied("It was published a moment ago: make a new version to change it.")
