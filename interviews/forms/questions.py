"""What is asked, and by whom on video."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext as _

from interviews.media.errors import MediaError
from interviews.media.probe import probe
from interviews.media.sniff import looks_like_recording
from interviews.models import Question, RubricVersion


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
