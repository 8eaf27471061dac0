"""Positions and their questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Header, Query, Router
from ninja.responses import Status

from interviews import access
from interviews.actions import closing, running
from interviews.actions.refusals import NotAllowed
from interviews.api.bearer import Bearer, asker, must_also_have
from interviews.api.fields import ExternalId, Number, State
from interviews.api.once import Key, nothing_made, once
from interviews.api.problems import Problem, of_form
from interviews.api.shapes import (
    ClosingIn,
    CriterionOut,
    GroupOut,
    PositionChange,
    PositionIn,
    PositionOut,
    PositionPage,
    QuestionOut,
    QuestionSetOut,
    RubricOut,
)
from interviews.forms.closing import ClosingForm
from interviews.forms.positions import NewPosition, PositionForm
from interviews.models import Position, QuestionSet, RubricVersion, Scope
from interviews.queries.closing import open_ends

PAGE_ROWS = 50
router = Router(tags=["positions"])
reading, writing = Bearer(Scope.POSITIONS_READ), Bearer(Scope.POSITIONS_WRITE)


@router.get("", auth=reading, response=PositionPage, url_name="api-positions")
def list_positions(
    request: HttpRequest,
    state: State | None = None,
    external_id: ExternalId | None = None,
    after: Annotated[Number | None, Query(description="`next` of the page before")] = None,
) -> PositionPage:
    """Those on whose team the token's owner is, oldest first."""
    found = access.visible_positions(asker(request)).order_by("pk")
    if state is not None:
        found = found.filter(state=state)
    if external_id is not None:
        found = found.filter(external_id=external_id)
    if after is not None:
        found = found.filter(pk__gt=after)
    rows = list(found[: PAGE_ROWS + 1])
    page = rows[:PAGE_ROWS]
    return PositionPage(items=_positions(asker(request), page), next=page[-1].pk if len(rows) > PAGE_ROWS else None)


@router.post("", auth=writing, response={201: PositionOut}, url_name="api-position-new")
def create_position(request: HttpRequest, body: PositionIn, key: Key = None) -> Status[PositionOut]:
    """A draft of which the token's owner is recruiter. Its owner must have the right to make positions."""
    user = asker(request)
    if not access.may_make_positions(user):
        raise NotAllowed(_("You may not make positions. An administrator gives that right."))
    form = NewPosition(body.dict())
    if not form.is_valid():
        raise of_form(form)
    values = {**form.cleaned_data, "external_id": body.external_id}
    done = once(request, key, lambda: [str(running.create(values, user).pk)])
    return Status(201, _one(user, Position.objects.get(pk=done.made[0])))


@router.get("/{position_id}", auth=reading, response=PositionOut, url_name="api-position")
def get_position(request: HttpRequest, response: HttpResponse, position_id: Number) -> PositionOut:
    """Its `ETag` goes into the `If-Match` of a change."""
    position = get_object_or_404(access.visible_positions(asker(request)), pk=position_id)
    return _with_tag(response, asker(request), position)


@router.patch("/{position_id}", auth=writing, response=PositionOut, url_name="api-position")
def change_position(
    request: HttpRequest,
    response: HttpResponse,
    position_id: Number,
    body: PositionChange,
    if_match: Annotated[str | None, Header(alias="If-Match", description="The `ETag` of what is changed.")] = None,
) -> PositionOut:
    """Where nobody has saved it since its `ETag` was read."""
    user = asker(request)
    position = _run_by(user, position_id)
    if if_match is None:
        raise Problem(428, "if_match_missing", _("Send the ETag of what you change as If-Match."))
    if if_match.strip() != _tag(position):
        raise _changed_meanwhile()
    form = _filled(position, body)
    if not form.is_valid():
        raise of_form(form)
    own = {name: form.cleaned_data[name] for name in PositionForm.Meta.fields}
    try:
        running.save(position, position.edits, own, actor=user)
    except running.PositionChanged:
        raise _changed_meanwhile() from None
    return _with_tag(response, user, position)


@router.post("/{position_id}/open", auth=writing, response=PositionOut, url_name="api-position-open")
def open_position(request: HttpRequest, position_id: Number, key: Key = None) -> PositionOut:
    """People can be invited from now on."""
    user = asker(request)
    position = _run_by(user, position_id)
    once(request, key, nothing_made(lambda: running.open_up(position, actor=user)))
    position.refresh_from_db()
    return _one(user, position)


@router.get("/{position_id}/open-ends", auth=reading, response=GroupOut, url_name="api-position-open-ends")
def list_open_ends(request: HttpRequest, position_id: Number) -> GroupOut:
    """Who has no outcome yet: closing the position needs one for each group."""
    ends = open_ends(_run_by(asker(request), position_id))
    return GroupOut(
        undecided=[it.pk for it in ends.undecided],
        held=[it.pk for it in ends.held],
        unfinished=[it.pk for it in ends.unfinished],
        seen=ends.digest,
    )


@router.post("/{position_id}/close", auth=writing, response=PositionOut, url_name="api-position-close")
def close_position(request: HttpRequest, position_id: Number, body: ClosingIn, key: Key = None) -> PositionOut:
    """Needs `decisions:write`, too: who has no outcome gets one, in the name of the token's owner."""
    must_also_have(request, Scope.DECISIONS_WRITE)
    user = asker(request)
    position = _run_by(user, position_id)

    def act() -> None:
        form = ClosingForm(_typed(body), ends=open_ends(position))
        if not form.is_valid():
            raise of_form(form)
        closing.close(position, form.closing(), user)

    once(request, key, nothing_made(act))
    position.refresh_from_db()
    return _one(user, position)


@router.get(
    "/{position_id}/question-sets", auth=reading, response=list[QuestionSetOut], url_name="api-position-questions"
)
def list_question_sets(request: HttpRequest, position_id: Number) -> list[QuestionSetOut]:
    """Newest version first. The newest that is published is asked of who is invited today."""
    user = asker(request)
    position = get_object_or_404(access.visible_positions(user), pk=position_id)
    is_mine = access.coordinated_positions(user).filter(pk=position.pk).exists()
    shown = Q() if is_mine else Q(published_at__isnull=False)
    found = position.question_sets.filter(shown).order_by("-version")
    return [
        _question_set(it) for it in found.prefetch_related("questions__rubric__rubric", "questions__rubric__criteria")
    ]


def _run_by(user: User, position_id: int) -> Position:
    """Whoever only sees it learns that it is not theirs to run; others not that it is there."""
    position = get_object_or_404(access.visible_positions(user), pk=position_id)
    if not access.coordinated_positions(user).filter(pk=position_id).exists():
        raise NotAllowed(_("Only recruiters of this position may do that."))
    return position


def _filled(position: Position, body: PositionChange) -> PositionForm:
    stored = {name: getattr(position, name) for name in PositionForm.Meta.fields}
    sent = body.dict(exclude_unset=True)
    typed = {**stored, **sent, "edits": position.edits}
    return PositionForm(typed, instance=Position.objects.get(pk=position.pk))


def _typed(body: ClosingIn) -> dict[str, object]:
    """As the page's form has it."""
    typed: dict[str, object] = {"seen": body.seen}
    for name, group in (("undecided", body.undecided), ("held", body.held)):
        if group is not None:
            typed |= {name: group.outcome, f"{name}_reason": group.reason, f"{name}_tells": group.tells}
    if body.unfinished is not None:
        typed |= {"unfinished": "ends" if body.unfinished.ends else "finish", "unfinished_tells": body.unfinished.tells}
    return typed


def _tag(position: Position) -> str:
    return f'"{position.edits}.{position.state}"'


def _changed_meanwhile() -> Problem:
    return Problem(412, "changed_meanwhile", _("Nothing was saved: this position was changed since. Read it again."))


def _with_tag(response: HttpResponse, user: User, position: Position) -> PositionOut:
    response["ETag"] = _tag(position)
    return _one(user, position)


def _one(user: User, position: Position) -> PositionOut:
    return _positions(user, [position])[0]


def _positions(user: User, positions: Iterable[Position]) -> list[PositionOut]:
    mine = set(access.coordinated_positions(user).values_list("pk", flat=True))
    copied = [name for name in PositionOut.model_fields if name != "may_change"]
    return [PositionOut(**{name: getattr(it, name) for name in copied}, may_change=it.pk in mine) for it in positions]


def _question_set(found: QuestionSet) -> QuestionSetOut:
    return QuestionSetOut(
        id=found.pk,
        version=found.version,
        published_at=found.published_at,
        practice=found.practice,
        questions=[
            QuestionOut(
                id=it.pk,
                number=it.number,
                text=it.text,
                think_seconds=it.think_seconds,
                answer_seconds=it.answer_seconds,
                takes=it.takes,
                rubric=_rubric(it.rubric) if it.rubric else None,
            )
            for it in found.questions.all()
        ],
    )


def _rubric(found: RubricVersion) -> RubricOut:
    return RubricOut(
        id=found.pk,
        name=found.rubric.name,
        version=found.number,
        criteria=[CriterionOut(id=it.pk, name=it.name, weight=it.weight) for it in found.criteria.all()],
    )
