"""What is asked, and by whom on video."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.actions.positions import QUESTIONS_AT_MOST, Asked, rubric_from
from interviews.forms.rubrics import Paragraphs
from interviews.media import looking
from interviews.media.errors import MediaError
from interviews.media.sniff import looks_like_recording
from interviews.models import Question, RubricVersion
from interviews.starters import STARTERS


class QuestionForm(forms.ModelForm[Question]):
    """Of the admin: looks into the files before anybody is asked with them."""

    class Meta:
        model = Question
        fields = ("number", "text", "rubric", "prompt", "captions", "think_seconds", "answer_seconds", "takes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = Q(published_at__isnull=False) | Q(pk=self.instance.rubric_id)
        offered = RubricVersion.objects.filter(published).select_related("rubric")
        rubric = self.fields.get("rubric")  # not there where the question is only shown
        if isinstance(rubric, forms.ModelChoiceField):
            rubric.queryset = offered

    def clean_prompt(self) -> Any:
        prompt = self.cleaned_data["prompt"]
        if isinstance(prompt, UploadedFile):
            self.instance.prompt_type = _prompt_type(prompt)
        elif not prompt:
            self.instance.prompt_type = ""
        return prompt

    def clean_captions(self) -> Any:
        captions = self.cleaned_data["captions"]
        if isinstance(captions, UploadedFile):
            _must_be_captions(captions)
        return captions


def _prompt_type(prompt: UploadedFile) -> str:
    """Its media type, by its contents. Raises ValidationError."""
    with NamedTemporaryFile() as copy:
        for chunk in prompt.chunks():
            copy.write(chunk)
        copy.flush()
        copy.seek(0)
        first = copy.read(16)
        kind = next((kind for kind in ("webm", "mp4") if looks_like_recording(first, f"video/{kind}")), None)
        try:
            if kind is None:
                raise MediaError("")
            facts = looking.probe(Path(copy.name))
        except MediaError:
            raise forms.ValidationError(_("This file cannot be played here. Use WebM or MP4.")) from None
    return f"{'video' if facts.video else 'audio'}/{kind}"


def _must_be_captions(captions: UploadedFile) -> None:
    data = captions.read(1024 * 1024)
    captions.seek(0)
    try:
        is_vtt = data.decode("utf-8-sig").startswith("WEBVTT")
    except UnicodeDecodeError:
        is_vtt = False
    if not is_vtt:
        raise forms.ValidationError(_("Captions are a WebVTT file: its first line begins with WEBVTT."))


class QuestionSetForm(forms.Form):
    """`edits`: how often the draft had been saved when the page was opened."""

    practice = forms.BooleanField(required=False)
    edits = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class AskedForm(forms.Form):
    """One question of a draft. `place` orders them; `rubric` is a version, or something to start from."""

    id = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    place = forms.IntegerField(required=False, min_value=0, max_value=999)
    text = Paragraphs(max_length=2000, error_messages={"required": gettext_lazy("Write the question, or remove it.")})
    rubric = forms.ChoiceField(required=False)
    think_seconds = forms.IntegerField(min_value=0, max_value=600, initial=60)
    answer_seconds = forms.IntegerField(min_value=10, max_value=600, initial=120)
    takes = forms.IntegerField(min_value=1, max_value=20, initial=2)
    remove = forms.BooleanField(required=False)

    def __init__(self, *args: Any, rubrics: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rubric = self.fields["rubric"]
        if isinstance(rubric, forms.ChoiceField):
            rubric.choices = rubrics

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("remove"):
            self.errors.clear()  # what goes may be as it is
        return cleaned

    def is_removed(self) -> bool:
        return bool(self.cleaned_data.get("remove"))

    def asked(self) -> Asked:
        it = self.cleaned_data
        return Asked(
            it["id"], it["text"], chosen_rubric(it["rubric"]), it["think_seconds"], it["answer_seconds"], it["takes"]
        )


AskedForms = forms.formset_factory(
    AskedForm, extra=0, max_num=QUESTIONS_AT_MOST, absolute_max=QUESTIONS_AT_MOST, validate_max=True
)


def rubric_choices(in_use: Iterable[int | None]) -> list[Any]:
    """The newest published version of each rubric, those in use besides, and what a rubric can be started from."""
    published = RubricVersion.objects.filter(published_at__isnull=False).select_related("rubric")
    newest: dict[int, RubricVersion] = {}
    for version in published.order_by("rubric__name", "rubric", "number"):
        newest[version.rubric_id] = version
    offered = list(newest.values())
    known = {version.pk for version in offered}
    older = RubricVersion.objects.filter(pk__in=set(in_use) - known - {None}).select_related("rubric")
    mine = [(str(it.pk), str(it)) for it in [*offered, *older]]
    starters = [(f"start:{it.slug}", it.name) for it in STARTERS]
    groups = [(_("Rubrics of this site"), mine)] if mine else []
    return [("", _("Choose later")), *groups, (_("To start from"), starters)]


def chosen_rubric(choice: str) -> RubricVersion | None:
    """What is started from is published as it is: it is complete."""
    if not choice:
        return None
    kind, _colon, slug = choice.partition(":")
    if kind == "start":
        return rubric_from(next(it for it in STARTERS if it.slug == slug))
    return RubricVersion.objects.get(pk=int(choice))
