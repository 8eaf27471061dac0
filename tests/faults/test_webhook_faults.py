"""A worker dies at any line of telling another machine: it is told all the same, and knows a repeat by its id."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models.functions import Now
from standardwebhooks import Webhook

from interviews.actions import webhooks
from interviews.actions.invitations import revoke
from interviews.models import Delivery, Job
from interviews.processing.webhooks import secret
from tests.people import World
from tests.processes import Process, wait_until
from tests.receiver import Receiver

CASES = {
    "claimed": 1,
    "received": 2,  # the receiver has it, and we have not written that down: it knows the id
    "writing": 2,
    "ended": 1,
}
"""How often it is told, where a worker dies at this point."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.mark.parametrize("place, times", CASES.items())
def test_a_worker_that_dies_is_followed_by_one_that_tells(
    world: World, worker: Callable[..., Process], receiver: Receiver, place: str, times: int
) -> None:
    endpoint = webhooks.make_endpoint(world.position, receiver.url, ["interview.revoked"], world.ada)
    revoke(world.interview)
    own = {"WEBHOOK_NETWORKS": "127.0.0.0/8", "SECRET_KEY": settings.SECRET_KEY}
    dying = worker(CRASH_AT=f"webhook.{place}", **own).child
    assert dying is not None
    wait_until(lambda: dying.poll() is not None, f"the worker comes past {place}")
    assert dying.poll() == -signal.SIGKILL

    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=Now() - timedelta(seconds=1), hinted_at=None)
    finishing = worker(**own)
    wait_until(lambda: Job.objects.get().state == Job.State.DONE, "it is told")
    finishing.stop()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == (Delivery.State.DELIVERED, 1)
    assert len(receiver.told) == times
    assert {it.headers["webhook-id"] for it in receiver.told} == {f"msg_{delivery.pk.hex}"}
    for told in receiver.told:
        assert Webhook(secret(endpoint)).verify(told.body, told.headers)["type"] == "interview.revoked"
