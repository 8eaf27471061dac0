"""What input is acceptable, in words for the person who typed it."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.actions.finishing import End
from interviews.actions.refusals import Refused
from interviews.actions.reviewing import Rated
from interviews.actions.rubrics import CRITERIA_AT_MOST
from interviews.media.errors import MediaError
from interviews.media.probe import probe
from interviews.media.sniff import looks_like_recording
from interviews.models import Accommodation, Decision, Question, RubricVersion
from interviews.queries.reassessing import ChoiceView
from interviews.starters import STARTERS, Starter


class OpenLink(forms.Form):
    token = forms.CharField(max_length=200)
    zone = forms.CharField(required=False)


class RatingForm(forms.Form):
    """`level` is a number, or "none" for "cannot tell"."""

    answer = forms.IntegerField()
    criterion = forms.IntegerField()
    level = forms.ChoiceField(
        choices=[(str(level), level) for level in range(1, 6)] + [("none", "none")],
        error_messages={"required": gettext_lazy("Choose a level, or “Cannot tell from this answer”.")},
    )
    note = forms.CharField(required=False, max_length=5000)
    reason = forms.CharField(required=False, max_length=5000)

    def rated(self) -> Rated:
        """Raises Refused with the first thing that is wrong."""
        if not self.is_valid():
            raise Refused(str(next(iter(self.errors.values()))[0]))
        level = self.cleaned_data["level"]
        return Rated(
            self.cleaned_data["answer"],
            self.cleaned_data["criterion"],
            None if level == "none" else int(level),
            self.cleaned_data["note"],
            self.cleaned_data["reason"],
        )


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=Decision.Outcome.choices,
        error_messages={"required": gettext_lazy("Choose one: advance, hold or reject.")},
    )
    reason = forms.CharField(required=False, max_length=5000)

    def decided(self) -> tuple[Decision.Outcome, str]:
        """Outcome and reason. Raises Refused with the first thing that is wrong."""
        if not self.is_valid():
            raise Refused(str(next(iter(self.errors.values()))[0]))
        return Decision.Outcome(self.cleaned_data["outcome"]), self.cleaned_data["reason"]


class Consent(forms.Form):
    agree = forms.BooleanField(
        error_messages={
            "required": gettext_lazy("Please tick the box to agree, or close this page: nothing was recorded.")
        }
    )
    ai = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        coerce=lambda value: value == "yes",
        empty_value=None,
        error_messages={
            "required": gettext_lazy("Please choose whether AI may read your answers. Either choice is fine.")
        },
    )

    def __init__(self, *args: Any, asks_for_ai: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ai"].required = asks_for_ai


class Correcting(forms.Form):
    take = forms.UUIDField()
    text = forms.CharField(required=False, strip=False)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class Reassessing(forms.Form):
    """With a field for each question, whose value is the version of the rubric to read against.

    `pick`: a button of one that was asked for before says what to do, and with which.
    """

    act = forms.ChoiceField(choices=[(name, name) for name in ("estimate", "start")], required=False)
    pick = forms.RegexField(r"^(pause|resume|stop) [0-9]{1,9}$", required=False)

    def __init__(self, *args: Any, choices: list[ChoiceView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in choices:
            offered = [(str(version.pk), str(version)) for version in choice.versions]
            self.fields[f"rubric-{choice.question_id}"] = forms.ChoiceField(choices=offered, required=False)

    def rubrics(self) -> dict[Question, RubricVersion]:
        """Those that were chosen."""
        chosen = {
            int(name.removeprefix("rubric-")): int(version)
            for name, version in self.cleaned_data.items()
            if name.startswith("rubric-") and version
        }
        versions = RubricVersion.objects.in_bulk(chosen.values())
        questions = Question.objects.in_bulk(chosen)
        return {questions[question]: versions[version] for question, version in chosen.items()}


class Wishes(forms.Form):
    """No reason is asked for."""

    wishes = forms.MultipleChoiceField(
        choices=Accommodation.Wish.choices,
        error_messages={"required": gettext_lazy("Please tick what would help you.")},
    )
    note = forms.CharField(max_length=500, required=False)


class Arrangement(forms.ModelForm[Accommodation]):
    extra_takes = forms.IntegerField(min_value=0, max_value=20, label=gettext_lazy("More recordings per question"))

    class Meta:
        model = Accommodation
        fields = ("time_percent", "extra_takes", "audio_only", "written", "captions")


class Inviting(forms.Form):
    """`seen`: the digest of the list that was shown before it is invited."""

    people = forms.CharField(required=False)
    file = forms.FileField(required=False)
    days = forms.IntegerField(min_value=1, max_value=365)
    by_mail = forms.BooleanField(required=False)
    reminds = forms.BooleanField(required=False)
    seen = forms.CharField(required=False)


class Acting(forms.Form):
    act = forms.ChoiceField(choices=[(name, name) for name in ("remind", "resend", "links", "extend", "revoke")])
    days = forms.IntegerField(min_value=1, max_value=365, initial=7)
    sure = forms.BooleanField(required=False)


class GivingBack(forms.Form):
    """A submitted interview, or one question of it with the reason that the applicant reads."""

    act = forms.ChoiceField(choices=[("reopen", "reopen"), ("redo", "redo")])
    days = forms.IntegerField(min_value=1, max_value=365)
    question = forms.IntegerField(required=False)
    reason = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("act") == "redo" and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why: the applicant reads it, and can do better this time."))
        return cleaned


class PublicLinkForm(forms.Form):
    label = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Say where it will hang, to know it again later.")}
    )


class Joining(forms.Form):
    """`form`: the page's own number; sent again, it is the same arrival."""

    name = forms.CharField(max_length=100, error_messages={"required": gettext_lazy("Please give your name.")})
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": gettext_lazy("Please give your e-mail address."),
            "invalid": gettext_lazy("This is not a complete e-mail address."),
        },
    )
    form = forms.UUIDField()

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        # It stands in mail to an address that anybody can type here.
        if re.search(r"[<>@/\:\d]|www\.", name, re.IGNORECASE):
            raise forms.ValidationError(_("A name has letters only: no address, no digits."))
        return name


class Paragraphs(forms.CharField):
    """As typed, with plain line breaks: browsers send two characters for each."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class NewRubric(forms.Form):
    name = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Give it a name that colleagues recognise.")}
    )
    start = forms.ChoiceField(required=False, choices=[("", ""), *((it.slug, it.name) for it in STARTERS)])

    def starter(self) -> Starter | None:
        return next((it for it in STARTERS if it.slug == self.cleaned_data["start"]), None)


class RubricForm(forms.Form):
    """`edits`: how often the draft had been saved when the page was opened."""

    name = forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Give it a name that colleagues recognise.")}
    )
    about = Paragraphs(max_length=2000, required=False)
    edits = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class CriterionForm(forms.Form):
    """Of a draft: texts may be empty until it is published."""

    name = forms.CharField(max_length=100, required=False)
    look_for = Paragraphs(max_length=2000, required=False)
    weight = forms.IntegerField(
        min_value=0,
        max_value=100,
        error_messages={
            "required": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
            "invalid": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
            "min_value": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
            "max_value": gettext_lazy("A whole number from 0 to 100; 0 does not count."),
        },
    )
    level_1 = Paragraphs(max_length=2000, required=False)
    level_2 = Paragraphs(max_length=2000, required=False)
    level_3 = Paragraphs(max_length=2000, required=False)
    level_4 = Paragraphs(max_length=2000, required=False)
    level_5 = Paragraphs(max_length=2000, required=False)
    remove = forms.BooleanField(required=False)

    def levels(self) -> list[forms.BoundField]:
        return [self[f"level_{level}"] for level in range(1, 6)]


CriteriaForms = forms.formset_factory(
    CriterionForm, extra=0, max_num=CRITERIA_AT_MOST, absolute_max=CRITERIA_AT_MOST, validate_max=True
)


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
            facts = probe(Path(copy.name))
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


class Malformed(Refused):
    code = "malformed"


@dataclass(frozen=True, slots=True)
class Finish:
    ends: list[End]
    writer: str


def finish(request: HttpRequest) -> Finish:
    body = _json(request)
    try:
        ends = [_end(segment) for segment in body["segments"]]
        writer = body.get("writer") or ""
        if not ends or not isinstance(writer, str):
            raise ValueError
    except (ValueError, TypeError, KeyError) as error:
        raise _not_understood() from error
    return Finish(ends, writer)


@dataclass(frozen=True, slots=True)
class Written:
    text: str
    version: int


def draft(request: HttpRequest) -> Written:
    body = _json(request)
    text = body.get("text")
    if not isinstance(text, str) or "\0" in text:  # PostgreSQL keeps none
        raise _not_understood()
    return Written(text, _version(body))


def version(request: HttpRequest) -> int:
    return _version(_json(request))


def _version(body: dict[str, Any]) -> int:
    number = body.get("version")
    if type(number) is not int or not 0 <= number < 2**31:
        raise _not_understood()
    return number


def claim(request: HttpRequest) -> str:
    """The tab's own name for itself."""
    writer = _json(request).get("writer")
    if not isinstance(writer, str) or not re.fullmatch(r"[!-~]{1,64}", writer):
        raise _not_understood()
    return writer


def _end(told: Any) -> End:
    length, digest = told["length"], told["digest"]
    if type(length) is not int or length < 0:
        raise ValueError(length)
    return End(uuid.UUID(str(told["segment"])), length, _sha256(digest) if digest is not None else None)


def _sha256(digest: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError(digest)
    return bytes.fromhex(digest)


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig) as error:
        raise _not_understood() from error
    if not isinstance(body, dict):
        raise _not_understood()
    return body


def _not_understood() -> Malformed:
    return Malformed(_("The end of the recording was not understood. Load the page again."))
