"""Links, consent and the hand-in: all or nothing, once, and whatever else is broken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from interviews import tasks
from interviews.actions import answering
from interviews.actions.invitations import invite, new_link, revoke
from interviews.models import Answer, Applicant, Event, Interview, Job, Take
from interviews.processing.links import link_path
from interviews.tasks import sweep
from tests.engines import work_through
from tests.people import World, record_answer
from tests.together import at_once


def _page(world: World) -> str:
    return f"/interview/{world.interview.pk}/"


def _state(world: World) -> str:
    return Interview.objects.get(pk=world.interview.pk).state


class TestLink:
    def test_the_token_opens_the_interview_in_a_new_session(self, world: World, client: Client) -> None:
        session = client.session
        session["before"] = True
        session.save()
        client.cookies["sessionid"] = session.session_key or ""
        reply = client.post(f"{_page(world)}open/", {"token": world.token})
        assert (reply.status_code, reply["Location"]) == (302, _page(world))
        assert client.cookies["sessionid"].value not in ("", session.session_key)
        assert client.cookies["sessionid"]["httponly"]
        assert b"Backend engineer" in client.get(_page(world)).content

    def test_looking_at_the_link_uses_nothing_up(self, world: World, client: Client) -> None:
        before = Interview.objects.values().get(pk=world.interview.pk)
        for _ in range(3):  # a mail scanner, a chat's preview
            page = Client().get(_page(world))
            assert page.status_code == 200
            assert b"Bo Berg" not in page.content
        assert Interview.objects.values().get(pk=world.interview.pk) == before
        assert client.post(f"{_page(world)}open/", {"token": world.token}).status_code == 302

    def test_it_can_be_opened_again_and_elsewhere(self, world: World) -> None:
        browsers = [Client(), Client()]
        for browser in [*browsers, *browsers]:
            assert browser.post(f"{_page(world)}open/", {"token": world.token}).status_code == 302
        for browser in browsers:
            assert b"Backend engineer" in browser.get(_page(world)).content

    def test_two_interviews_fit_into_one_session(self, world: World, bo: Client) -> None:
        second, token = invite(world.interview.applicant, world.question_set)
        bo.post(f"/interview/{second.pk}/open/", {"token": token})
        for pk in (world.interview.pk, second.pk):
            assert b"Backend engineer" in bo.get(f"/interview/{pk}/").content

    def test_the_token_stands_where_no_server_sees_it(self, world: World) -> None:
        assert link_path(world.interview, world.token) == f"{_page(world)}#{world.token}"

    @pytest.mark.parametrize("token", ["", "wrong", "{of_another}", "{token}x", "é" * 60, "x" * 5000, "\0"])
    def test_a_token_that_does_not_fit_is_refused_in_words(self, world: World, client: Client, token: str) -> None:
        dee, of_another = invite(Applicant.objects.create(name="Dee", email="d@example.com"), world.question_set)
        sent = token.replace("{of_another}", of_another).replace("{token}", world.token)
        reply = client.post(f"{_page(world)}open/", {"token": sent})
        assert reply.status_code == 404
        assert b"This link does not work" in reply.content
        assert b"ask the person who invited you" in reply.content
        assert "interviews" not in client.session
        assert client.post(f"/interview/{dee.pk}/open/", {"token": of_another}).status_code == 302

    def test_after_the_deadline_it_says_so_and_whom_to_ask(self, world: World, bo: Client) -> None:
        Interview.objects.update(deadline=timezone.now() - timedelta(seconds=1))
        for reply in (Client().post(f"{_page(world)}open/", {"token": world.token}), bo.get(_page(world))):
            assert reply.status_code == 410
            assert b"has expired" in reply.content
            assert b"jobs@example.com" in reply.content
        assert bo.post(f"{_page(world)}submit/").status_code == 410

    def test_who_has_submitted_keeps_the_receipt_after_the_deadline(self, submitted: World, bo: Client) -> None:
        Interview.objects.update(deadline=timezone.now() - timedelta(days=9))
        assert submitted.interview.receipt_code.encode() in bo.get(_page(submitted)).content

    def test_a_withdrawn_invitation_ends_at_once(self, world: World, bo: Client) -> None:
        assert bo.get(_page(world)).status_code == 200
        revoke(world.interview)
        for reply in (Client().post(f"{_page(world)}open/", {"token": world.token}), bo.get(_page(world))):
            assert reply.status_code == 410
            assert b"was withdrawn" in reply.content
        upload = bo.post(f"{_page(world)}uploads/", headers={"Tus-Resumable": "1.0.0"})
        assert (upload.status_code, upload.json()["error"]) == (410, "link")

    def test_a_new_link_leaves_the_old_one_good(self, world: World, bo: Client) -> None:
        token = new_link(world.interview)
        assert b"Backend engineer" in bo.get(_page(world)).content
        for good in (world.token, token):
            assert Client().post(f"{_page(world)}open/", {"token": good}).status_code == 302

    def test_given_back_a_withdrawn_invitation_opens_by_its_new_link_only(self, world: World, bo: Client) -> None:
        revoke(world.interview)
        token = new_link(world.interview)
        assert b"Backend engineer" not in bo.get(_page(world)).content
        assert bo.post(f"{_page(world)}open/", {"token": world.token}).status_code == 404
        assert bo.post(f"{_page(world)}open/", {"token": token}).status_code == 302
        assert b"Backend engineer" in bo.get(_page(world)).content


class TestConsent:
    def test_without_the_tick_nothing_starts(self, world: World, bo: Client) -> None:
        reply = bo.post(f"{_page(world)}consent/", {})
        assert reply.status_code == 400
        assert b"Please tick the box" in reply.content
        assert _state(world) == Interview.State.INVITED

    def test_twice_is_once(self, world: World, bo: Client) -> None:
        bo.post(f"{_page(world)}consent/", {"agree": "on", "ai": "yes"})
        agreed_at = Interview.objects.get().consented_at
        assert agreed_at is not None
        assert bo.post(f"{_page(world)}consent/", {"agree": "on", "ai": "yes"}).status_code == 302
        assert Interview.objects.get().consented_at == agreed_at
        assert Event.objects.filter(kind="interview.started").count() == 1

    def test_without_consent_there_is_nothing_to_submit(self, world: World, bo: Client) -> None:
        reply = bo.post(f"{_page(world)}submit/")
        assert reply.status_code == 403
        assert b"Agree to the recording" in reply.content
        assert b'name="agree"' in reply.content  # the page where one agrees, not the studio
        assert _state(world) == Interview.State.INVITED

    def test_after_submitting_it_does_not_start_again(self, submitted: World, bo: Client) -> None:
        assert bo.post(f"{_page(submitted)}consent/", {"agree": "on", "ai": "yes"}).status_code == 302
        assert _state(submitted) == Interview.State.SUBMITTED


class TestSubmit:
    def test_what_is_missing_is_named_and_nothing_is_lost(self, world: World, bo: Client, speech: bytes) -> None:
        answering.consent(world.interview, ai=True)
        world.interview.refresh_from_db()
        record_answer(world.interview, world.questions[1], speech, hashlib.sha256(speech).hexdigest())
        reply = bo.post(f"{_page(world)}submit/")
        assert reply.status_code == 409
        assert b"no answer yet to question 1, 3." in reply.content
        assert b"Saved" in reply.content
        assert _state(world) == Interview.State.STARTED
        assert not Event.objects.filter(kind="interview.submitted").exists()
        for question in (world.questions[0], world.questions[2]):
            record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
        assert bo.post(f"{_page(world)}submit/").status_code == 302
        assert Answer.objects.count() == 3

    def test_twice_leads_to_the_same_receipt(self, answered: World, bo: Client) -> None:
        pages = []
        for _ in range(2):
            reply = bo.post(f"{_page(answered)}submit/")
            assert (reply.status_code, reply["Location"]) == (302, _page(answered))
            page = bo.get(_page(answered)).content
            # The token against forged forms is masked anew for each page.
            pages.append(re.sub(rb'(name="csrfmiddlewaretoken" value=)"\w+"', rb"\1", page))
        assert pages[0] == pages[1]
        assert answered.interview.receipt_code.encode() in pages[0]
        assert Event.objects.filter(kind="interview.submitted").count() == 1

    def test_at_once_from_two_tabs_is_once(self, answered: World) -> None:
        tabs = [Interview.objects.get(pk=answered.interview.pk) for _ in range(4)]
        at_once(*(partial(answering.submit, interview) for interview in tabs))
        assert Event.objects.filter(kind="interview.submitted").count() == 1
        assert Job.objects.filter(kind=Job.Kind.TRANSCRIBE).count() == 3

    def test_it_succeeds_while_the_queue_is_broken_and_the_sweep_starts_the_work(
        self, answered: World, bo: Client, monkeypatch: pytest.MonkeyPatch, work_off: Callable[[], int]
    ) -> None:
        """Three transcripts are there, so that submitting opens the assessment."""
        work_through(answered.interview)
        HUEY.storage.flush_all()

        def refuse(*args: object, **kwargs: object) -> None:
            raise ConnectionError("Connection refused")

        with monkeypatch.context() as broken:
            broken.setattr(HUEY.storage, "enqueue", refuse)
            assert bo.post(f"{_page(answered)}submit/").status_code == 302
            assert answered.interview.receipt_code.encode() in bo.get(_page(answered)).content
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        assert (_state(answered), job.state, len(HUEY)) == (Interview.State.SUBMITTED, Job.State.QUEUED, 0)

        sweep()  # at once: no hint is on its way
        assert work_off() == 1
        assert _state(answered) == Interview.State.SCORED

    def test_a_queue_that_is_away_is_not_tried_by_each_request(
        self, world: World, speech: bytes, bo: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = []

        def refuse(*args: object, **kwargs: object) -> None:
            tried.append(args)
            raise ConnectionError("Connection refused")

        answering.consent(world.interview, ai=True)
        world.interview.refresh_from_db()
        with monkeypatch.context() as broken:
            broken.setattr(HUEY.storage, "enqueue", refuse)
            broken.setattr(tasks, "TRY_QUEUE_AGAIN_SECONDS", 600.0)  # a slow machine takes longer than the real two
            for question in world.questions:
                record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
            assert bo.post(f"{_page(world)}submit/").status_code == 302
        assert len(tried) == 1
        assert list(Job.objects.values_list("hinted_at", flat=True)) == [None] * 3
        sweep()  # does not wait until requests try again
        assert len(HUEY) == 3

    def test_the_receipt_names_each_answer(self, submitted: World, bo: Client) -> None:
        page = bo.get(_page(submitted)).content.decode()
        for take in Take.objects.all():
            assert take.sha256[:8] in page
        assert submitted.interview.receipt_code in page
