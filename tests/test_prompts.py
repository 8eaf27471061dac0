"""Questions that are asked aloud: for those who were invited, with captions, and looked into before use."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.test import Client
from django.utils.datastructures import MultiValueDict
from pytest_django import Settings

from interviews.actions.invitations import invite
from interviews.actions.positions import new_version, publish
from interviews.actions.refusals import WrongState
from interviews.forms.questions import QuestionForm
from interviews.models import Applicant, Interview, Question
from interviews.processing.expiring import expire
from tests.people import World

CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nTell us about yourself.\n"
FIELDS = {"number": "1", "text": "Why?", "think_seconds": "60", "answer_seconds": "120", "takes": "2"}


def _form(world: World, **files: SimpleUploadedFile) -> QuestionForm:
    given: MultiValueDict[str, UploadedFile] = MultiValueDict({name: [file] for name, file in files.items()})
    return QuestionForm(FIELDS, given, instance=Question(question_set=new_version(world.question_set)))


@pytest.fixture
def asked(world: World, speech: bytes) -> Question:
    """The first question of a new version is asked aloud; Bo is invited to it."""
    draft = new_version(world.question_set)
    question = draft.questions.all()[0]
    question.prompt.save("x", ContentFile(speech), save=False)
    question.captions.save("x", ContentFile(CAPTIONS), save=False)
    question.prompt_type = "video/webm"
    question.save()
    publish(draft)
    Interview.objects.filter(pk=world.interview.pk).update(question_set=draft)
    return question


def _address(world: World, question: Question, what: str) -> str:
    return f"/interview/{world.interview.pk}/questions/{question.pk}/{what}/"


def test_it_is_served_in_ranges_to_who_was_invited(world: World, asked: Question, bo: Client, speech: bytes) -> None:
    reply = bo.get(_address(world, asked, "prompt"), headers={"Range": "bytes=0-99"})
    assert (reply.status_code, reply["Content-Type"], reply.content) == (206, "video/webm", speech[:100])
    reply = bo.get(_address(world, asked, "captions"))
    assert (reply.content, reply["Content-Type"]) == (CAPTIONS, "text/vtt; charset=utf-8")


def test_it_is_private(world: World, asked: Question) -> None:
    dee, token = invite(Applicant.objects.create(name="Dee", email="d@example.com"), world.question_set)
    stranger = Client()
    stranger.post(f"/interview/{dee.pk}/open/", {"token": token})
    for what in ("prompt", "captions"):
        assert CAPTIONS not in stranger.get(_address(world, asked, what)).content
        assert stranger.get(f"/interview/{dee.pk}/questions/{asked.pk}/{what}/").status_code == 404


def test_without_captions_it_is_not_published(world: World, speech: bytes) -> None:
    draft = new_version(world.question_set)
    question = draft.questions.all()[0]
    question.prompt.save("x", ContentFile(speech))
    with pytest.raises(WrongState, match="without captions"):
        publish(draft)


def test_what_was_replaced_in_a_draft_goes_and_what_somebody_was_asked_with_stays(
    world: World, asked: Question, settings: Settings
) -> None:
    def on_disk() -> set[str]:
        return {f"prompts/{path.name}" for path in (Path(settings.MEDIA_DIR) / "prompts").iterdir()}

    published = {asked.prompt.name, asked.captions.name}
    again = new_version(asked.question_set).questions.all()[0]
    assert {again.prompt.name, again.captions.name} == published, "they share the files"
    again.captions.save("x", ContentFile(CAPTIONS))
    replaced = again.captions.name
    again.captions.save("x", ContentFile(CAPTIONS))
    expire()
    assert on_disk() == published | {replaced, again.captions.name}
    expire()
    assert on_disk() == published | {again.captions.name}


def test_its_type_is_what_it_holds(world: World, speech: bytes) -> None:
    form = _form(
        world,
        prompt=SimpleUploadedFile("question.exe", speech, "application/x-msdownload"),
        captions=SimpleUploadedFile("question.vtt", CAPTIONS),
    )
    assert form.is_valid(), form.errors
    assert form.instance.prompt_type == "video/webm"


@pytest.mark.parametrize("contents", [b"GIF89a", b"\x1aE\xdf\xa3 but no more than that", b"<script>alert(1)</script>"])
def test_what_cannot_be_played_is_refused(world: World, contents: bytes) -> None:
    form = _form(world, prompt=SimpleUploadedFile("question.webm", contents, "video/webm"))
    assert form.errors["prompt"] == ["This file cannot be played here. Use WebM or MP4."]


@pytest.mark.parametrize("contents", [b"1\n00:00:00,000 --> 00:00:02,000\nTell us", b"\xff\xfe\x00", b"<html>"])
def test_captions_are_webvtt(world: World, contents: bytes) -> None:
    form = _form(world, captions=SimpleUploadedFile("question.vtt", contents))
    assert "WEBVTT" in form.errors["captions"][0]


def test_no_name_that_a_person_typed_becomes_a_path(world: World, asked: Question) -> None:
    assert Path(asked.prompt.name).parent == Path("prompts")
    assert Path(asked.prompt.name).name != "x"
