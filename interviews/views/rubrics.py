"""Pages on which rubrics are read, written and published. Every button works without script."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interviews import access
from interviews.actions import rubrics as acts
from interviews.actions.refusals import Refused
from interviews.forms.reading import read_button
from interviews.forms.rubrics import CriteriaForms, NewRubric, RubricForm
from interviews.models import RubricVersion
from interviews.queries import rubrics
from interviews.starters import STARTERS


@require_safe
@login_required
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    context = {
        "rubrics": rubrics.listed(access.visible_rubrics(request.user)),
        "may_write": access.may_write_rubrics(request.user),
    }
    return render(request, "hr/rubrics/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    _must_be_allowed_to_write(request)
    form = NewRubric(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect("rubric", acts.begin(form.cleaned_data["name"], form.starter()).pk)
    status = 400 if form.is_bound else 200
    return render(request, "hr/rubrics/new.html", {"form": form, "starters": STARTERS}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """A draft, to be written by who may; anything else, to be read."""
    version = get_object_or_404(access.visible_rubrics(request.user), pk=version_id)
    if request.method == "POST":
        _must_be_allowed_to_write(request)
        return _written(request, version)
    may_write = access.may_write_rubrics(request.user)
    if version.published_at is None and may_write:
        return _draft_page(request, version)
    return render(request, "hr/rubrics/version.html", {"version": version, "may_write": may_write})


@require_safe
@login_required
@never_cache
def preview(request: HttpRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(access.visible_rubrics(request.user), pk=version_id)
    context = {
        "version": version,
        "looked_for": [criterion.name for criterion in version.criteria.all()],
        "given_to_engines": rubrics.given_to_engines(version),
    }
    return render(request, "hr/rubrics/preview.html", context)


@require_POST
@login_required
def copy(request: HttpRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(access.visible_rubrics(request.user), pk=version_id)
    _must_be_allowed_to_write(request)
    if request.POST.get("act") == "duplicate":
        return redirect("rubric", acts.duplicate(version).pk)
    try:
        return redirect("rubric", acts.new_version(version).pk)
    except Refused as refused:
        messages.warning(request, refused.message)
        draft = version.rubric.versions.filter(published_at__isnull=True).first()
        return redirect("rubric", (draft or version).pk)


def _written(request: HttpRequest, version: RubricVersion) -> HttpResponse:
    form, criteria = RubricForm(request.POST), CriteriaForms(request.POST, prefix="criteria")
    if not all([form.is_valid(), criteria.is_valid()]):
        return _draft_page(request, version, form, criteria, edits=request.POST.get("edits", ""), status=400)
    act, place = read_button(request.POST.get("act", ""))
    draft, at = _rearranged(form, criteria, act, place)
    try:
        if version.published_at is not None:
            if act != "next":
                raise acts.DraftChanged(
                    _("Nothing was saved: this version was published while you were writing. What you typed is here.")
                )
            version = acts.new_version(version)
            acts.save(version, version.edits, draft)
        else:
            acts.save(version, form.cleaned_data["edits"], draft)
    except Refused as refused:
        version.refresh_from_db()
        context = {"conflict": refused.message, "stored": acts.written(version)}
        return _draft_page(request, version, form, criteria, edits=version.edits, status=409, **context)
    if act == "publish":
        return _published(request, version)
    if act == "preview":
        return redirect("rubric-preview", version.pk)
    messages.success(request, _("The draft is saved."))
    address = reverse("rubric", args=[version.pk])
    return redirect(f"{address}#criterion-{at + 1}" if at is not None else address)


def _rearranged(form: RubricForm, criteria: Any, act: str, place: int) -> tuple[acts.Draft, int | None]:
    """What was typed, in the order of its places, without what is to be removed, with a criterion moved or added; and
    where that is now."""
    sent = sorted(
        enumerate(each.cleaned_data for each in criteria), key=lambda numbered: (numbered[1]["place"] or 0, numbered[0])
    )
    typed = [
        (
            number == place,
            acts.Written(
                name=it["name"],
                look_for=it["look_for"],
                weight=it["weight"],
                levels=[it[f"level_{level}"] for level in range(1, 6)],
            ),
        )
        for number, it in sent
        if not it["remove"]
    ]
    at = next((number for number, (is_meant, _criterion) in enumerate(typed) if is_meant), None)
    if act == "add" and len(typed) < acts.CRITERIA_AT_MOST:
        at = len(typed)
        typed.append((True, acts.Written()))
    elif at is not None and act in ("up", "down"):
        moved = typed.pop(at)
        at = max(0, at - 1) if act == "up" else min(len(typed), at + 1)
        typed.insert(at, moved)
    written = [criterion for _is_meant, criterion in typed]
    return acts.Draft(form.cleaned_data["name"], form.cleaned_data["about"], written), at


def _published(request: HttpRequest, version: RubricVersion) -> HttpResponse:
    """Or the draft again, saved, with all that stands against it."""
    try:
        acts.publish(version, request.POST.get("confirmed", ""))
    except acts.DraftChanged as changed:
        messages.warning(request, changed.message)
        return redirect("rubric", version.pk)
    except Refused:
        return _draft_page(request, version, findings=acts.findings(version), status=400)
    messages.success(request, _("Published. Question sets can use it now, and it cannot be changed any more."))
    return redirect("rubric", version.pk)


def _draft_page(
    request: HttpRequest,
    version: RubricVersion,
    form: forms.Form | None = None,
    criteria: Any = None,
    *,
    edits: int | str | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """As it is stored, or as it was typed. `edits`: the state that the next save expects."""
    if form is None:
        stored = acts.written(version)
        form = RubricForm(initial={"name": stored.name, "about": stored.about})
        criteria = CriteriaForms(
            prefix="criteria",
            initial=[
                {"name": it.name, "look_for": it.look_for, "weight": it.weight}
                | {f"level_{level}": text for level, text in enumerate(it.levels, start=1)}
                for it in stored.criteria
            ],
        )
    context |= {
        "version": version,
        "form": form,
        "criteria": criteria,
        "edits": version.edits if edits is None else edits,
        "is_full": len(criteria.forms) >= acts.CRITERIA_AT_MOST,
    }
    return render(request, "hr/rubrics/draft.html", context, status=status)


def _must_be_allowed_to_write(request: HttpRequest) -> None:
    if not access.may_write_rubrics(request.user):
        raise PermissionDenied
