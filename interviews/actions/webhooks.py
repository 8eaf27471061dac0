"""Endpoints: made, given a new secret, disabled and enabled, tried; and deliveries sent again."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.auditing import note
from interviews.actions.refusals import WrongState
from interviews.events import head
from interviews.models import Delivery, Endpoint, Job, Position
from interviews.models.audit import Action
from interviews.processing import webhooks
from interviews.processing.jobs import resume
from interviews.processing.webhooks import GIVE_UP_AFTER, TEST
from interviews.tasks import hint


def make_endpoint(position: Position | None, url: str, kinds: Collection[str], by: User) -> Endpoint:
    """Told of what happens from now on. `position`: None for all of them."""
    with transaction.atomic():
        made = Endpoint.objects.create(
            position=position, url=url, kinds=" ".join(sorted(kinds)), told_until=head(), made_by=by
        )
        _note(Action.ENDPOINT_MADE, made, by)
    return made


def change_secret(endpoint: Endpoint, by: User) -> None:
    """For a day both sign, so that the receiver can take its time. Raises WrongState within that day."""
    since = timezone.now() - webhooks.BOTH_SECRETS_FOR
    mine = Endpoint.objects.filter(pk=endpoint.pk, generation=endpoint.generation).exclude(rotated_at__gt=since)
    with transaction.atomic():
        if not mine.update(generation=F("generation") + 1, rotated_at=timezone.now()):
            raise WrongState(_("Its secret was changed less than a day ago: the one before that would end too early."))
        _note(Action.ENDPOINT_CHANGED, endpoint, by)
    endpoint.refresh_from_db()


def disable(endpoint: Endpoint, by: User) -> None:
    """What waits to be delivered is dropped."""
    with transaction.atomic():
        if webhooks.disable(endpoint.pk, ""):
            _note(Action.ENDPOINT_CHANGED, endpoint, by)


def enable(endpoint: Endpoint, by: User) -> None:
    """Told of what happens from now on; what it missed is sent again one by one, or asked for by the API."""
    disabled = Endpoint.objects.filter(pk=endpoint.pk).exclude(disabled_at=None)
    with transaction.atomic():
        if disabled.update(disabled_at=None, disabled_because="", mailed_at=None, told_until=head()):
            _note(Action.ENDPOINT_CHANGED, endpoint, by)


def remove(endpoint: Endpoint, by: User) -> None:
    """With its secret and all that is known of its deliveries."""
    with transaction.atomic():
        _note(Action.ENDPOINT_REMOVED, endpoint, by)
        endpoint.delete()


def try_out(endpoint: Endpoint) -> Delivery:
    """A message that says nothing. Raises WrongState where it is disabled."""
    _must_be_enabled(endpoint)
    with transaction.atomic():
        made = webhooks.delivery_of(endpoint, TEST, timezone.now(), {})
        made.save()
        hint([Job.objects.create(kind=Job.Kind.WEBHOOK, delivery=made).pk])
    return made


def send_again(delivery: Delivery) -> None:
    """The same bytes under the same id, once it is over or its work was stopped. Raises WrongState."""
    _must_be_enabled(delivery.endpoint)
    anew = {"state": Delivery.State.QUEUED, "tries": 0, "give_up_at": timezone.now() + GIVE_UP_AFTER, "ended_at": None}
    with transaction.atomic():
        stopped = Job.objects.filter(delivery=delivery, state=Job.State.PARKED).values_list("pk", flat=True).first()
        if stopped is not None and (due := resume(stopped)):
            Delivery.objects.filter(pk=delivery.pk).update(**anew)
            hint(due)
            return
        if not Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.QUEUED).update(**anew):
            raise WrongState(_("It is on its way already."))
        hint([Job.objects.create(kind=Job.Kind.WEBHOOK, delivery=delivery).pk])


def _must_be_enabled(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise WrongState(_("This endpoint is disabled. Enable it first."))


def _note(action: Action, endpoint: Endpoint, by: User) -> None:
    note(action, by.pk, position=endpoint.position_id, subject=endpoint)
