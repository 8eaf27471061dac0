"""In which language mail goes out: the applicant's, once it is known, and the position's until then."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from interviews.actions import running
from interviews.actions.invitations import mail, mail_in, revoke
from interviews.actions.reopening import ask_again
from interviews.actions.reviewing import decide
from interviews.actions.withdrawing import ask_for_erasure
from interviews.models import Decision, Interview, MailText, Message, Position
from interviews.processing import jobs, texts
from interviews.queries import telling
from interviews.tasks import WORK
from tests.api import Program, told
from tests.engines import work_through
from tests.erasing import erase_now
from tests.mailbox import Mailbox, use, words
from tests.people import World, review
from tests.walker import Walker, made_by

GERMAN, ENGLISH = {"accept-language": "de"}, {"accept-language": "en"}
AGREES = {"agree": "on", "ai": "yes"}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A request leaves its language to the thread; in a test, that is the thread of all tests."""
    yield
    translation.activate("en")


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with Mailbox() as box:
        use(settings, box.port)
        yield box


def _send_all() -> list[Message]:
    """As a worker does: in the site's language."""
    sent = list(Message.objects.filter(state=Message.State.QUEUED).order_by("created_at"))
    with translation.override("en"):
        for message in sent:
            jobs.run(message.jobs.get().pk, WORK)
    return sent


def _mailed(world: World, box: Mailbox, kind: Message.Kind) -> tuple[str, str]:
    """Subject and body of the newest mail."""
    mail(world.interview, kind)
    _send_all()
    return str(box.mails[-1]["Subject"]), words(box.mails[-1]).replace("\r\n", "\n")


def _page(world: World, last: str = "") -> str:
    return f"/interview/{world.interview.pk}/{last}"


def _choose(browser: Client, page: str, language: str) -> None:
    assert browser.post("/language/", {"language": language, "next": page}).status_code == 302


def _language(world: World) -> str:
    return Interview.objects.get(pk=world.interview.pk).language


class TestUntilItIsKnown:
    def test_mail_is_in_the_language_of_the_position_from_subject_to_footer(
        self, world: World, mailbox: Mailbox
    ) -> None:
        Position.objects.update(language="de")
        Interview.objects.update(time_zone="Europe/Berlin", deadline="2026-12-03T20:00Z")
        subject, body = _mailed(world, mailbox, Message.Kind.INVITATION)
        assert subject == "Ihr Interview: Backend engineer, Example Ltd"
        assert "Guten Tag Bo Berg" in body and "Der Link ist nur für Sie" in body
        assert "Donnerstag, 3. Dezember 2026, 21:00 (Europe/Berlin)" in body
        assert "Example Ltd, mit Greenroom" in body and "Fragen?" in body

    def test_a_browsers_language_alone_is_no_choice(self, world: World, bo: Client) -> None:
        assert 'lang="de"' in bo.get(_page(world), headers=GERMAN).content.decode()
        assert _language(world) == ""


class TestOnceItIsKnown:
    def test_who_agreed_on_a_german_page_is_mailed_in_german(
        self, answered: World, bo: Client, mailbox: Mailbox
    ) -> None:
        Interview.objects.update(state=Interview.State.INVITED)
        assert bo.post(_page(answered, "consent/"), AGREES, headers=GERMAN).status_code == 302
        subject, _body = _mailed(answered, mailbox, Message.Kind.REMINDER)
        assert subject == "Noch offen: Ihr Interview für Backend engineer"
        bo.post(_page(answered, "submit/"), headers=ENGLISH)
        _send_all()
        receipt = words(mailbox.mails[-1])
        assert str(mailbox.mails[-1]["Subject"]).startswith("Ihr Interview ist bei uns")
        assert "Ihr Interview ist abgegeben und vollständig" in receipt and "(UTC)" in receipt
        assert not re.search(r"\b(submitted|received|answer|Monday|Friday|December)\b", receipt)

    def test_the_last_choice_on_a_page_of_theirs_is_followed(self, world: World, bo: Client, mailbox: Mailbox) -> None:
        for language, start in (("de", "Noch offen:"), ("en", "Still open:"), ("de", "Noch offen:")):
            _choose(bo, _page(world, "needs/"), language)
            assert _mailed(world, mailbox, Message.Kind.REMINDER)[0].startswith(start)
        _choose(bo, _page(world), "en")
        bo.post(_page(world, "consent/"), AGREES, headers=GERMAN)
        assert _language(world) == "en", "the page was English, as chosen"

    def test_a_choice_elsewhere_or_of_somebody_else_changes_nothing(
        self, world: World, bo: Client, ada: Client
    ) -> None:
        review_page = f"/hr-dashboard/results/{world.interview.pk}/review/"
        for browser, page in ((bo, review_page), (bo, "/"), (ada, _page(world)), (Client(), _page(world))):
            _choose(browser, page, "de")
            assert _language(world) == "", page
        for page in ("", "//[", "/interview/x/", "https://elsewhere.example/interview/"):
            _choose(bo, page, "de")
        _choose(bo, _page(world), "fr")
        assert _language(world) == ""

    def test_where_the_invitation_was_withdrawn_the_page_still_changes(self, world: World, bo: Client) -> None:
        revoke(world.interview)
        _choose(bo, _page(world), "de")
        assert '<html lang="de"' in bo.get(_page(world)).content.decode()
        assert _language(world) == ""

    def test_why_a_mail_was_not_sent_is_for_the_site_and_not_for_the_applicant(
        self, world: World, mailbox: Mailbox
    ) -> None:
        mail_in(world.interview, "de")
        mailbox.to_recipient = lambda address: "550 no such user"
        mail(world.interview, Message.Kind.INVITATION)
        _send_all()
        assert Message.objects.get().problem.startswith("the mail server refused it")

    def test_a_mail_that_lists_single_answers_is_in_it_too(self, submitted: World, mailbox: Mailbox) -> None:
        mail_in(submitted.interview, "de")
        ask_again(submitted.interview, submitted.questions[1], "Too quiet.", 7, actor=submitted.ada)
        _send_all()
        body = words(mailbox.mails[-1])
        assert "Frage 2: Question number 2?" in body and "Warum: Too quiet." in body

    def test_after_an_erasure_it_is_gone(self, submitted: World) -> None:
        mail_in(submitted.interview, "de")
        ask_for_erasure(submitted.interview)
        erase_now(submitted.interview)
        mail_in(submitted.interview, "de")
        assert _language(submitted) == ""


class TestComingByAPublicLink:
    def test_who_filled_in_a_german_form_is_invited_in_german(
        self, world: World, ada: Client, mailbox: Mailbox
    ) -> None:
        walker = Walker(made_by(ada, world))
        sent = {"form": walker.form(), "name": "Eve", "email": "eve@example.com"}
        assert "Postfach" in walker.browser.post(walker.address, sent, headers=GERMAN).content.decode()
        _send_all()
        assert str(mailbox.mails[0]["Subject"]).startswith("Ihr Interview:")
        assert Interview.objects.get(applicant__name="Eve").language == "de"

    def test_nobody_changes_the_language_of_who_was_invited_before(
        self, world: World, ada: Client, mailbox: Mailbox
    ) -> None:
        walker = Walker(made_by(ada, world))
        sent = {"form": walker.form(), "name": "Somebody", "email": "bo@example.com"}
        walker.browser.post(walker.address, sent, headers=GERMAN)
        _send_all()
        assert str(mailbox.mails[0]["Subject"]).startswith("Your interview:")
        assert _language(world) == ""


class TestWordsOfAPosition:
    @pytest.fixture
    def own(self, world: World) -> World:
        """Bo reads German; the position, in English, has written its reminder itself."""
        MailText.objects.create(
            position=world.position, kind="reminder", subject="Hurry", body="Until {deadline}: {link}"
        )
        Interview.objects.update(language="de", deadline="2026-12-03T20:00Z")
        return world

    def test_they_stay_as_they_were_written_and_what_is_filled_in_is_in_their_language(
        self, own: World, mailbox: Mailbox
    ) -> None:
        subject, body = _mailed(own, mailbox, Message.Kind.REMINDER)
        assert subject == "Hurry" and body.startswith("Until Thursday, 3 December 2026, 20:00 (UTC): https://")
        assert _mailed(own, mailbox, Message.Kind.INVITATION)[0].startswith("Ihr Interview:")

    def test_they_are_shown_and_begun_in_the_language_of_the_position(self, world: World, ada: Client) -> None:
        Position.objects.update(language="de")
        at = f"/hr-dashboard/positions/{world.position.pk}/mails/"
        page = BeautifulSoup(ada.get(f"{at}invitation/", headers=ENGLISH).content, "html.parser")
        body, preview = page.select_one("#id_body"), page.select_one(".mail-preview")
        assert isinstance(body, Tag) and isinstance(preview, Tag)
        assert (body["lang"], preview["lang"]) == ("de", "de")
        assert "Guten Tag {name}" in body.text and "Guten Tag Kim Beispiel" in preview.text
        assert "write them in German, the language of this position" in page.text
        assert "This position writes in German." in ada.get(at, headers=ENGLISH).content.decode()

    @pytest.mark.parametrize("kind", texts.KINDS)
    def test_our_words_are_german_throughout(self, kind: str) -> None:
        english, german = (texts.ours(kind, language) for language in ("en", "de"))
        both = {*english.body.splitlines(), english.subject} & {*german.body.splitlines(), german.subject}
        assert not [line for line in both if re.search(r"[a-z]", re.sub(r"\{\w+\}", "", line))]
        assert sorted(texts.unknown(english.body, ())) == sorted(texts.unknown(german.body, ()))


class TestTellingADecision:
    def test_the_draft_is_in_the_applicants_language_whatever_the_writers(self, submitted: World, ada: Client) -> None:
        work_through(submitted.interview)
        review(submitted.interview, submitted.ada)
        decide(submitted.interview, submitted.ada, Decision.Outcome.REJECT, "reason")
        mail_in(submitted.interview, "de")
        at = f"/hr-dashboard/results/{submitted.interview.pk}/mail/"
        page = BeautifulSoup(ada.get(at, headers=ENGLISH).content, "html.parser")
        body = page.select_one("#body")
        assert isinstance(body, Tag) and body["lang"] == "de"
        assert body.text.strip() == telling.draft("reject", "de").body.strip() and "vielen Dank" in body.text
        assert "Write in German: mail to Bo Berg goes out in it." in page.text
        mail_in(submitted.interview, "en")
        assert "Schreiben Sie auf Englisch" in ada.get(at, headers=GERMAN).content.decode()


class TestThePositionsLanguage:
    def test_a_new_one_writes_as_its_maker_reads_unless_another_is_chosen(self, world: World, ada: Client) -> None:
        world.ada.user_permissions.add(Permission.objects.get(codename="add_position"))
        at = "/hr-dashboard/positions/new/"
        for headers, language in ((GERMAN, "de"), (ENGLISH, "en")):
            page = BeautifulSoup(ada.get(at, headers=headers).content, "html.parser")
            chosen = page.select_one("#id_language option[selected]")
            assert isinstance(chosen, Tag) and chosen["value"] == language
        typed = {"title": "Baker", "host": "Bread", "contact": "a@example.com", "about": "Early.", "language": "de"}
        ada.post(at, typed, headers=ENGLISH)
        made = Position.objects.get(title="Baker")
        assert made.language == "de" and running.duplicate(made, world.ada).language == "de"

    def test_programs_read_and_change_it(self, world: World, program: Program) -> None:
        world.ada.user_permissions.add(Permission.objects.get(codename="add_position"))
        body = {"title": "Baker", "host": "Bread", "contact": "a@example.com", "about": "Early."}
        assert told(program.post("positions", body), 201)["language"] == "en"
        assert told(program.post("positions", {**body, "language": "de"}), 201)["language"] == "de"
        at = f"positions/{world.position.pk}"
        found = program.get(at)
        changed = program.patch(at, {"language": "de"}, If_Match=found["ETag"])
        assert (told(found)["language"], told(changed)["language"]) == ("en", "de")
        wrong = program.patch(at, {"language": "fr"}, If_Match=changed["ETag"])
        assert [it["field"] for it in told(wrong, 422)["errors"]] == ["language"]
