"""Who gave a program a key, and who has another machine told what happens, is in the audit log."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from interviews.models import ApiToken, AuditEntry, Endpoint
from interviews.models.audit import Action
from interviews.processing.sealing import seal
from tests.people import World


def _told(*actions: Action) -> list[tuple[str, int | None, int | None, str, str]]:
    seal()
    found = AuditEntry.objects.filter(action__in=actions).order_by("number")
    return list(found.values_list("action", "actor", "position", "subject_type", "subject_id"))


def test_who_made_and_who_ended_a_token(world: World, ada: Client) -> None:
    page = reverse("tokens")
    for name in ("ours", "another"):
        sent = {"name": name, "scopes": ["positions:read"], "days": "7"}
        assert ada.post(page, sent).status_code == 200
    ours, another = ApiToken.objects.order_by("pk")
    for _time in range(2):  # the second changes nothing
        assert ada.post(page, {"revoke": str(ours.pk)}).status_code == 302
    root, browser = User.objects.create_superuser("root", "root@example.com", "-"), Client()
    browser.force_login(root)
    sent = {"action": "end_selected", "_selected_action": [str(ours.pk), str(another.pk)]}
    assert browser.post(reverse("admin:interviews_apitoken_changelist"), sent).status_code == 302
    assert _told(Action.TOKEN_MADE, Action.TOKEN_ENDED) == [
        ("token.made", world.ada.pk, None, "apitoken", str(ours.pk)),
        ("token.made", world.ada.pk, None, "apitoken", str(another.pk)),
        ("token.ended", world.ada.pk, None, "apitoken", str(ours.pk)),
        ("token.ended", root.pk, None, "apitoken", str(another.pk)),
    ]


def test_who_made_changed_and_removed_an_endpoint(world: World, ada: Client) -> None:
    sent = {"url": "https://hooks.example.com/", "position": str(world.position.pk), "kinds": ["interview.submitted"]}
    assert ada.post(reverse("webhooks"), sent).status_code == 200
    endpoint = Endpoint.objects.get()
    page = reverse("webhook", args=[endpoint.pk])
    for act in ("secret", "secret", "disable", "disable", "enable", "enable", "test", "remove"):
        ada.post(page, {"act": act})
    made, changed, removed = Action.ENDPOINT_MADE, Action.ENDPOINT_CHANGED, Action.ENDPOINT_REMOVED
    assert _told(made, changed, removed) == [
        (action.value, world.ada.pk, world.position.pk, "endpoint", str(endpoint.pk))
        for action in (made, changed, changed, changed, removed)  # what changed nothing is not told
    ]
