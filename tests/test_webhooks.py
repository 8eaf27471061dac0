"""Other machines are told that something happened: once, signed, without a word of it, however often they fail."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from standardwebhooks import Webhook

from interviews.actions import answering, webhooks
from interviews.actions.invitations import invite, revoke
from interviews.actions.refusals import WrongState
from interviews.actions.reviewing import decide
from interviews.events import CONFIDENTIAL, Kind
from interviews.models import Applicant, Decision, Delivery, Endpoint, Interview, Job, Telling
from interviews.processing import jobs
from interviews.processing.webhooks import AT_ONCE, TOLD_OF, WAITS, secret, signatures, to_be_told
from interviews.tasks import WORK, sweep
from tests.engines import work_through
from tests.hooks import kinds, tell, try_again
from tests.mailbox import Mailbox, words
from tests.people import World, make_position, make_question_set, review
from tests.processes import wait_until
from tests.receiver import Receiver
from tests.tables import rows_of_tables


class TestRules:
    def test_the_vector_of_standard_webhooks_passes(self) -> None:
        signed = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), '{"test": 2432232314}'
        )
        assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_a_message_is_verified_by_the_receivers_own_library(self, endpoint: Endpoint, receiver: Receiver) -> None:
        webhooks.try_out(endpoint)
        try_again()
        (told,) = receiver.told
        verified = Webhook(secret(endpoint)).verify(told.body, told.headers)
        assert verified["type"] == "test" and verified["data"] == {}
        assert told.path == "/hooks?from=greenroom" and told.headers["content-type"] == "application/json"
        assert Delivery.objects.get().state == Delivery.State.DELIVERED
        with pytest.raises(Exception, match="signature"):
            Webhook(secret(endpoint)).verify(told.body.replace(b"test", b"best"), told.headers)

    def test_a_secret_has_at_least_the_bits_that_are_asked_for_and_is_in_no_table(self, endpoint: Endpoint) -> None:
        text = secret(endpoint)
        assert text.startswith("whsec_") and len(Webhook(text)._whsecret) == 32
        for table, rows in rows_of_tables():
            assert text[6:] not in repr(rows), table

    def test_for_a_day_both_secrets_sign(self, world: World, endpoint: Endpoint, receiver: Receiver) -> None:
        old = secret(endpoint)
        webhooks.change_secret(endpoint, world.ada)
        assert secret(endpoint) != old
        webhooks.try_out(endpoint)
        try_again()
        (told,) = receiver.told
        for known in (old, secret(endpoint)):
            assert Webhook(known).verify(told.body, told.headers)
        with pytest.raises(WrongState):
            webhooks.change_secret(endpoint, world.ada)
        later = timezone.now() + timedelta(hours=25)
        assert signatures(endpoint, "msg_1", later, "{}") == Webhook(secret(endpoint)).sign("msg_1", later, "{}")

    def test_the_kinds_are_a_closed_list_and_nothing_confidential_is_in_it(self) -> None:
        assert set(TOLD_OF.values()) == set(Telling) and not CONFIDENTIAL & TOLD_OF.keys()
        assert not {Kind.REVIEWED, Kind.REVISED, Kind.NOTED, Kind.ASSESSED} & TOLD_OF.keys()


class TestTelling:
    def test_what_happens_is_told_in_its_order_with_ids_alone(
        self, answered: World, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        world, interview = answered, answered.interview
        Endpoint.objects.update(told_until=0)
        answering.submit(interview)
        work_through(interview)
        review(interview, world.ada)
        decide(interview, world.ada, Decision.Outcome.ADVANCE, "a heron in the rain")
        tell()
        said = ["invited", "started", "submitted", "assessed", "decided"]
        assert kinds(receiver) == [f"interview.{it}" for it in said]
        for told in receiver.told:
            body = json.loads(told.body)
            assert body.keys() == {"type", "timestamp", "data"}
            assert body["data"].keys() == {"interview", "position", "event"}
            assert (body["data"]["interview"], body["data"]["position"]) == (str(interview.pk), world.position.pk)
            assert datetime.fromisoformat(body["timestamp"]) <= timezone.now()
            for word in ("Bo", "bo@example.com", "Backend", "heron", "advance"):
                assert word not in told.body.decode()
        tell()
        assert len(receiver.told) == 5

    def test_only_what_was_chosen_of_its_position_and_from_then_on(
        self, world: World, receiver: Receiver, endpoint: Endpoint
    ) -> None:
        Endpoint.objects.filter(pk=endpoint.pk).update(kinds="interview.revoked")
        elsewhere = make_question_set(make_position("Elsewhere", world.cy), 1)
        other, _token = invite(Applicant.objects.create(name="Mo", email="mo@example.com"), elsewhere)
        whole = webhooks.make_endpoint(None, receiver.url, ["interview.revoked"], world.ada)
        revoke(other)
        revoke(world.interview)
        tell()
        told = [(it.endpoint_id, it.interview_id) for it in Delivery.objects.order_by("created_at", "event")]
        assert sorted(told) == sorted(
            [(whole.pk, other.pk), (whole.pk, world.interview.pk), (endpoint.pk, world.interview.pk)]
        )

    def test_many_sweeps_at_once_tell_once(self, world: World, endpoint: Endpoint) -> None:
        revoke(world.interview)

        def look(_number: int) -> list[int]:
            try:
                return to_be_told()
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as threads:
            found = [job for made in threads.map(look, range(6)) for job in made]
        assert len(found) == Delivery.objects.count() == 1

    def test_nothing_new_costs_one_query_and_what_people_wait_for_costs_none(
        self, world: World, endpoint: Endpoint, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        tell()
        with django_assert_num_queries(1):
            assert to_be_told() == []
        revoke(world.interview)
        assert not Delivery.objects.exists()

    def test_the_sweep_finds_it_and_the_worker_delivers(
        self, world: World, endpoint: Endpoint, receiver: Receiver, work_off: object
    ) -> None:
        revoke(world.interview)
        sweep()
        assert callable(work_off) and work_off() >= 1
        assert kinds(receiver) == ["interview.revoked"]

    def test_what_is_over_for_a_month_is_deleted_with_its_job(self, world: World, endpoint: Endpoint) -> None:
        webhooks.try_out(endpoint)
        try_again()
        Delivery.objects.update(ended_at=timezone.now() - timedelta(days=31))
        revoke(world.interview)
        to_be_told()
        assert [it.kind for it in Delivery.objects.all()] == ["interview.revoked"]
        assert Job.objects.filter(kind=Job.Kind.WEBHOOK).count() == 1

    def test_an_interview_that_is_deleted_leaves_its_deliveries_without_it(
        self, world: World, endpoint: Endpoint
    ) -> None:
        revoke(world.interview)
        to_be_told()
        Interview.objects.filter(pk=world.interview.pk).delete()
        assert Delivery.objects.get().interview is None

    def test_work_on_webhooks_is_no_stage_of_an_interview(
        self, submitted: World, endpoint: Endpoint, ada: Client
    ) -> None:
        work_through(submitted.interview)
        to_be_told()
        assert Job.objects.filter(kind=Job.Kind.WEBHOOK).exists()
        assert b"Bo Berg" in ada.get("/hr-dashboard/results/?stage=ready").content


class TestFailing:
    def test_it_is_tried_again_by_the_waits_that_are_recommended(
        self, world: World, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        receiver.answers = lambda number: (500 if number < 4 else 200, {})
        webhooks.try_out(endpoint)
        for seconds in WAITS[:3]:
            before = timezone.now()
            try_again()
            job, after = Job.objects.get(kind=Job.Kind.WEBHOOK), timezone.now()
            assert (job.run_after - before).total_seconds() - seconds > -0.1
            assert (job.run_after - after).total_seconds() - seconds < 9
            assert (job.attempt, job.problem) == (0, "it answered 500")
        try_again()
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.tries, delivery.status) == ("delivered", 4, 200)
        assert len({(it.headers["webhook-id"], it.body) for it in receiver.told}) == 1

    def test_when_the_receiver_says_when_it_is_believed(
        self, world: World, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        receiver.answers = lambda number: (429, {"Retry-After": "600"})
        webhooks.try_out(endpoint)
        before = timezone.now()
        try_again()
        job, after = Job.objects.get(kind=Job.Kind.WEBHOOK), timezone.now()
        assert (job.run_after - before).total_seconds() > 599
        assert (job.run_after - after).total_seconds() < 610

    def test_after_three_days_the_endpoint_is_disabled_with_its_reason_and_its_maker_is_mailed(
        self, world: World, endpoint: Endpoint, receiver: Receiver, settings: Settings
    ) -> None:
        receiver.answers = lambda number: (500, {})
        webhooks.try_out(endpoint)
        webhooks.try_out(endpoint)
        try_again()
        Delivery.objects.update(give_up_at=timezone.now())
        with Mailbox() as box:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
            settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
            settings.SENDS_MAIL, settings.SITE_URL = True, "https://interviews.example.com"
            try_again()
        endpoint.refresh_from_db()
        assert (
            endpoint.disabled_at
            and endpoint.disabled_because == "nothing could be delivered for three days: it answered 500"
        )
        assert sorted(Delivery.objects.values_list("state", flat=True)) == ["dropped", "failed"]
        (mail,) = box.mails
        assert mail["To"] == "ada@example.com" and endpoint.url in words(mail) and "it answered 500" in words(mail)
        revoke(world.interview)
        tell()
        assert Delivery.objects.count() == 2
        webhooks.enable(endpoint, world.ada)
        tell()
        assert Delivery.objects.count() == 2, "told of what happens from then on"

    def test_a_mail_that_cannot_be_sent_is_tried_again_and_the_endpoint_stays_disabled(
        self, world: World, endpoint: Endpoint, receiver: Receiver, settings: Settings
    ) -> None:
        receiver.answers = lambda number: (410, {})
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SENDS_MAIL = "127.0.0.1", 1, True
        webhooks.try_out(endpoint)
        try_again()
        endpoint.refresh_from_db()
        assert "410" in endpoint.disabled_because and endpoint.mailed_at is None
        assert Job.objects.get(kind=Job.Kind.WEBHOOK).state == Job.State.QUEUED
        with Mailbox() as box:
            settings.EMAIL_PORT = box.port
            settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
            try_again()
        assert len(box.mails) == 1 and len(receiver.told) == 1
        assert Job.objects.get(kind=Job.Kind.WEBHOOK).state == Job.State.DONE

    def test_a_slow_receiver_takes_only_a_few_workers(self, endpoint: Endpoint, receiver: Receiver) -> None:
        made = [webhooks.try_out(endpoint) for _ in range(AT_ONCE + 3)]
        goes_on = Event()
        receiver.first = lambda handler: goes_on.wait(60)

        def work(delivery: Delivery) -> None:
            jobs.run(Job.objects.get(delivery=delivery).pk, WORK)
            connection.close()

        with ThreadPoolExecutor(len(made)) as threads:
            working = [threads.submit(work, delivery) for delivery in made]
            try:
                wait_until(lambda: sum(it.done() for it in working) == 3, "those that are too many are turned away")
            finally:
                goes_on.set()
        assert [it.result() for it in working] == [None] * len(made)
        assert len(receiver.told) == AT_ONCE
        waiting = Job.objects.filter(kind=Job.Kind.WEBHOOK, state=Job.State.QUEUED)
        assert waiting.count() == 3 and set(waiting.values_list("attempt", flat=True)) == {0}

    def test_an_address_in_a_private_network_is_never_asked(
        self, world: World, receiver: Receiver, settings: Settings
    ) -> None:
        endpoint = webhooks.make_endpoint(world.position, receiver.url, ["interview.revoked"], world.ada)
        settings.WEBHOOK_NETWORKS = []
        webhooks.try_out(endpoint)
        try_again()
        assert receiver.told == [] and "private network" in Delivery.objects.get().problem
