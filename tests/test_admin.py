"""The operators' pages: every one of them opens, history cannot be edited, and a link is shown once."""

from __future__ import annotations

import re
from contextlib import suppress

from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from interviews.actions import webhooks
from interviews.actions.exporting import note
from interviews.actions.holding import place_hold
from interviews.actions.joining import make_public_link
from interviews.actions.needs import accommodate
from interviews.actions.sharing import Outsider, share
from interviews.actions.tokens import make_token
from interviews.engines.errors import RetryLater
from interviews.models import (
    Accommodation,
    ApiToken,
    Applicant,
    Assessment,
    Endpoint,
    Erasure,
    ExtensionRequest,
    Interview,
    Link,
    Notice,
    ProviderReply,
    Redo,
    Result,
    Scope,
    Segment,
    StoredFile,
)
from interviews.models.storage import key_of
from interviews.processing import leases, ledger, providers, spending
from interviews.processing.sealing import seal
from interviews.processing.webhooks import to_be_told
from tests.engines import work_through
from tests.people import World

OURS = [model for model in admin.site._registry if model._meta.app_label == "interviews"]
HISTORY = [
    *("Event", "Take", "Answer", "Rendition", "Transcript", "AssessmentRun"),
    *("ExtensionRequest", "RubricVersion", "Redo", "PublicLink", "ShareLink", "Export", "Erasure", "AuditEntry"),
    *("ApiToken", "Endpoint", "Delivery", "StoredFile"),
    *("Job", "JobAttempt", "ProviderReply", "Charge", "ProviderHealth", "Worker", "Head"),
]
OF_NOBODY = [
    *("PublicLink", "Position", "QuestionSet", "Question", "RubricVersion", "ProviderHealth", "Worker", "Head"),
    *("AuditEntry", "ApiToken", "Endpoint", "Notice"),
]


def _address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:interviews_{model._meta.model_name}_{page}", args=args)


def _fill_every_table(world: World) -> None:
    """By the work itself, and by a provider that fails."""
    ExtensionRequest.objects.create(interview=world.interview)
    accommodate(Accommodation(interview=world.interview))
    work_through(world.interview)
    ledger.Keeper("transcribe", world.interview.pk, "deepgram", "0" * 64)("what was paid for")
    spending.charge(world.interview.pk, "deepgram", "nova-3", seconds=5)
    with suppress(RetryLater), providers.calling("deepgram"):
        raise RetryLater("Deepgram is overloaded")
    make_public_link(world.position, "the fair", actor=world.ada)
    Redo.objects.create(interview=world.interview, question=world.questions[0], reason="no sound", asked_by=world.ada)
    share(world.interview, Outsider("Olga", ""), 7, shows_levels=False, by=world.ada)
    note(world.ada, "csv", interviews=1, interview=world.interview)
    place_hold(world.interview, "a claim", by=world.ada)
    Erasure.objects.create(interview=world.interview, because="asked", facts={}, at=timezone.now())
    make_token(world.ada, "a program", [Scope.POSITIONS_READ], 1)
    endpoint = webhooks.make_endpoint(world.position, "https://hooks.invalid/", ["interview.submitted"], world.ada)
    Endpoint.objects.filter(pk=endpoint.pk).update(told_until=0)
    to_be_told()
    segment = Segment.objects.earliest("created_at")
    StoredFile.objects.create(pk=key_of(segment.path), segment=segment, bytes=segment.received, sha256=segment.sha256)
    leases.pulse()
    Notice.objects.create(place=Notice.Place.INTERVIEW, language="en", text="AI is used here.")
    seal()


def test_every_table_has_its_pages() -> None:
    assert {model.__name__ for model in OURS} == {
        *("Applicant", "Interview", "Position", "QuestionSet", "Question", "Accommodation", "Hold", "Notice"),
        *HISTORY,
    }


def test_every_table_has_its_name_in_words_and_in_german(root: Client) -> None:
    index = root.get("/admin/").content.decode()
    for model in OURS:
        words = (model._meta.verbose_name, model._meta.verbose_name_plural)
        english = [str(it) for it in words]
        with override("de"):
            assert not {str(it) for it in words} & set(english), model
        assert capfirst(english[1]) in index
    assert not re.search(r">\s*(?:Heads|Redos|Takes|Renditions|Provider health|Stored files)\s*<", index)


def test_every_page_opens(submitted: World, root: Client) -> None:
    """Lists, searches, each filter with each of its choices, change pages and forms, with rows in every table."""
    _fill_every_table(submitted)
    for model in OURS:
        found = model._default_manager.all()[0]
        listed = root.get(_address(model, "changelist"))
        assert listed.status_code == 200, model
        assert listed.context["cl"].result_count, model
        for term in ("Bo", "1", str(submitted.interview.pk), "'\"%\\"):
            assert root.get(_address(model, "changelist"), {"q": term}).status_code == 200, (model, term)
        for spec in listed.context["cl"].filter_specs:
            for choice in list(spec.choices(listed.context["cl"])):
                address = _address(model, "changelist") + str(choice["query_string"])
                assert root.get(address).status_code == 200, address
        for page in ("change", "history"):
            assert root.get(_address(model, page, found.pk)).status_code == 200, (model, page)
        added = root.get(_address(model, "add")).status_code
        assert added == (403 if model.__name__ in HISTORY else 200), model
    assert root.get("/admin/").status_code == 200


def test_a_search_finds_by_the_applicants_name(submitted: World, root: Client) -> None:
    _fill_every_table(submitted)
    for model in OURS:
        if model.__name__ in OF_NOBODY:
            continue
        for term, some in (("Berg", True), ("nobody of that name", False)):
            page = root.get(_address(model, "changelist"), {"q": term})
            assert bool(page.context["cl"].result_count) == some, (model, term)


def test_history_is_read_only(submitted: World, root: Client) -> None:
    _fill_every_table(submitted)
    for model in OURS:
        if model.__name__ not in HISTORY:
            continue
        row = model._default_manager.all()[0]
        before = model._default_manager.values().get(pk=row.pk)
        sent = {field.name: "1" for field in model._meta.fields}
        assert root.post(_address(model, "change", row.pk), sent).status_code == 403, model
        assert root.post(_address(model, "add"), sent).status_code == 403, model
        assert root.post(_address(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        root.post(
            _address(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        )
        assert model._default_manager.values().get(pk=row.pk) == before


def test_anybodys_token_can_be_ended_and_its_hash_is_not_shown(world: World, root: Client) -> None:
    token, _text = make_token(world.ada, "a program", [Scope.POSITIONS_READ], 1)
    assert token.hash not in root.get(_address(ApiToken, "change", token.pk)).content.decode()
    root.post(_address(ApiToken, "changelist"), {"action": "end_selected", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_an_interview_cannot_be_deleted(world: World, root: Client) -> None:
    assert root.post(_address(Interview, "delete", world.interview.pk), {"post": "yes"}).status_code == 403
    assert root.post(_address(Applicant, "delete", world.interview.applicant_id), {"post": "yes"}).status_code != 302
    assert Interview.objects.count() == 1


def test_who_may_only_look_cannot_retry_or_invite(world: World) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    browser = Client()
    browser.force_login(looker)
    assert browser.get(_address(Interview, "changelist")).status_code == 200
    assert browser.get(_address(Interview, "add")).status_code == 403
    for action in ("link_selected", "revoke_selected"):
        browser.post(_address(Interview, "changelist"), {"action": action, "_selected_action": [world.interview.pk]})
    assert (Link.objects.count(), Interview.objects.get().revoked_at) == (1, None)


def test_no_level_and_no_score_is_shown(submitted: World, root: Client) -> None:
    """Reviewers may have to rate first, and some of them are operators too."""
    _fill_every_table(submitted)
    ProviderReply.objects.update(reply="what was paid for and holds a level")
    reason, score = "It names the plan.", r"(?<!\d)4\.00(?!\d)"  # not the seconds of a moment
    assert Assessment.objects.filter(reason=reason).exists()
    assert re.fullmatch(score, str(Result.objects.get().score))
    for model in OURS:
        for row in model._default_manager.all()[:3]:
            page = root.get(_address(model, "change", row.pk)).content.decode()
            for secret in (reason, "holds a level"):
                assert secret not in page, (model, secret)
            assert not re.search(score, page), model
        assert not re.search(score, root.get(_address(model, "changelist")).content.decode()), model


def test_the_list_of_interviews_asks_a_fixed_number_of_queries(
    world: World, root: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        Interview.objects.create(
            applicant=world.interview.applicant,
            question_set=world.question_set,
            deadline=timezone.now(),
        )
    with django_assert_max_num_queries(16):
        root.get(_address(Interview, "changelist"))


def test_nobody_deletes_or_closes_their_own_account_so_somebody_who_may_is_always_left(world: World) -> None:
    chief, other = (User.objects.create_superuser(name, f"{name}@example.com", "-") for name in ("chief", "other"))
    browser = Client()
    browser.force_login(chief)
    delete = reverse("admin:auth_user_delete", args=[chief.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    both = {"action": "delete_selected", "_selected_action": [chief.pk, other.pk], "post": "yes"}
    browser.post(reverse("admin:auth_user_changelist"), both)
    assert User.objects.filter(pk__in=[chief.pk, other.pk], is_active=True).count() == 2

    own, theirs = (reverse("admin:auth_user_change", args=[user.pk]) for user in (chief, other))
    rights = ('name="is_active"', 'name="is_superuser"')
    assert not any(field in browser.get(own).content.decode() for field in rights)
    assert all(field in browser.get(theirs).content.decode() for field in rights)
    saved = {"username": "chief", "date_joined_0": "2026-01-01", "date_joined_1": "10:00:00"}
    assert browser.post(own, saved).status_code == 302
    chief.refresh_from_db()
    assert chief.is_active and chief.is_staff and chief.is_superuser

    assert browser.post(reverse("admin:auth_user_delete", args=[other.pk]), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=other.pk).exists()
