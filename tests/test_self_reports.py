"""What applicants say of themselves is theirs, is counted, and leads to nobody."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interviews.actions.self_reporting import forget, report
from interviews.events import head
from interviews.models import (
    Applicant,
    AssessmentRun,
    AuditEntry,
    Decision,
    Interview,
    Notice,
    Position,
    Result,
    SelfReport,
)
from interviews.models.audit import Action
from interviews.processing.sealing import seal
from interviews.queries import bias
from interviews.queries.self_reports import key_of
from interviews.scoring.bias import ETHNICITIES, SEXES
from tests.people import World, content
from tests.tables import rows_of_tables

PAGE = "/hr-dashboard/bias-audit/"
SAID = {"sex": "female", "ethnicity": "black"}


@pytest.fixture
def asked(submitted: World) -> World:
    Position.objects.filter(pk=submitted.position.pk).update(asks_self_report=True)
    return submitted


@pytest.fixture
def auditor(world: World) -> Client:
    person = User.objects.create_user("auditor", "auditor@example.com", "-")
    person.user_permissions.add(Permission.objects.get(codename="view_selfreport"))
    browser = Client()
    browser.force_login(person)
    return browser


def _about(world: World) -> str:
    return f"/interview/{world.interview.pk}/about-you/"


class TestAsking:
    def test_it_is_said_changed_and_taken_back_by_the_applicant(self, asked: World, bo: Client) -> None:
        before = head()
        assert _about(asked) in bo.get(f"/interview/{asked.interview.pk}/").content.decode()
        assert bo.get(_about(asked)).status_code == 200
        assert bo.post(_about(asked), SAID).status_code == 302
        assert list(SelfReport.objects.values_list("pk", "sex", "ethnicity")) == [
            (key_of(asked.interview.pk), "female", "black")
        ]
        page = bo.get(_about(asked)).content.decode()
        assert 'value="black" checked' in page and "Your answers are saved" in page
        bo.post(_about(asked), {"sex": "", "ethnicity": "black"})
        assert SelfReport.objects.get().sex == ""
        bo.post(_about(asked), {"act": "forget"})
        assert not SelfReport.objects.exists()
        assert head() == before  # no event: those who review read events

    def test_what_is_none_of_the_choices_is_refused(self, asked: World, bo: Client) -> None:
        assert bo.post(_about(asked), {"sex": "robot"}).status_code == 400
        assert not SelfReport.objects.exists()

    def test_it_is_asked_only_where_the_position_says_so_and_after_the_submit(
        self, answered: World, bo: Client
    ) -> None:
        assert bo.post(_about(answered), SAID).status_code == 302
        Position.objects.update(asks_self_report=True)
        assert bo.get(_about(answered)).status_code == 302 == bo.post(_about(answered), SAID).status_code
        assert not SelfReport.objects.exists()

    def test_who_said_something_can_delete_it_where_it_is_asked_no_more(self, asked: World, bo: Client) -> None:
        bo.post(_about(asked), SAID)
        Position.objects.update(asks_self_report=False)
        assert "Delete my answers" in bo.get(_about(asked)).content.decode()
        bo.post(_about(asked), SAID | {"sex": "male"})
        assert SelfReport.objects.get().sex == "female"
        bo.post(_about(asked), {"act": "forget"})
        assert not SelfReport.objects.exists()

    def test_the_notice_above_the_questions_is_kept_with_the_answers(self, asked: World, bo: Client) -> None:
        notice = Notice.objects.create(place=Notice.Place.SELF_REPORT, language="en", text="By section 5-301.")
        assert b"By section 5-301." in bo.get(_about(asked)).content
        bo.post(_about(asked), SAID)
        assert SelfReport.objects.get().notice == notice


class TestApart:
    def test_no_table_leads_from_an_interview_to_what_was_said_or_back(self, asked: World, bo: Client) -> None:
        bo.post(_about(asked), SAID)
        relations = [field.name for field in SelfReport._meta.get_fields() if field.is_relation]
        assert relations == ["notice"]
        key = SelfReport.objects.get().pk
        for table, rows in rows_of_tables():
            found = repr(rows)
            if table == SelfReport._meta.db_table:
                assert asked.interview.pk.hex not in found and str(asked.interview.pk) not in found
            else:
                assert key not in found, table

    def test_another_site_s_key_finds_nothing(self, asked: World, bo: Client, settings: Any) -> None:
        bo.post(_about(asked), SAID)
        settings.SECRET_KEY = "another key, and long enough for Django"
        assert not SelfReport.objects.filter(pk=key_of(asked.interview.pk)).exists()

    def test_erasure_can_take_it_away(self, asked: World) -> None:
        asked.interview.refresh_from_db()
        report(asked.interview, "male", "", None)
        forget(asked.interview.pk)
        assert not SelfReport.objects.exists()


def _people(world: World, count: int, **said: str) -> list[Interview]:
    now = timezone.now()
    made = []
    for _number in range(count):
        interview = Interview.objects.create(
            applicant=Applicant.objects.create(name="Somebody", email="s@example.com"),
            question_set=world.question_set,
            state=Interview.State.SCORED,
            deadline=now,
            consented_at=now,
            submitted_at=now,
            ai_consent=False,
            ai_consent_version="1",
        )
        SelfReport.objects.create(pk=key_of(interview.pk), **said)
        made.append(interview)
    return made


def _score(interview: Interview, score: Decimal) -> None:
    run = AssessmentRun.objects.create(
        interview=interview, engine="local", state=AssessmentRun.State.DONE, began_at=timezone.now()
    )
    Result.objects.create(run=run, interview=interview, score=score)


@pytest.mark.leaves_loose_ends("made as rows alone")
class TestCounting:
    @pytest.fixture
    def some(self, asked: World) -> World:
        """Twenty women, four of them advanced, twenty men, ten of them, and three others. Bo says nothing."""
        for sex, count, chosen in (("female", 20, 4), ("male", 20, 10), ("another", 3, 1)):
            for number, interview in enumerate(_people(asked, count, sex=sex, ethnicity=ETHNICITIES[number_of(sex)])):
                _score(interview, Decimal(5 if sex == "male" else 2))
                outcome = Decision.Outcome.ADVANCE if number < chosen else Decision.Outcome.REJECT
                Decision.objects.create(interview=interview, outcome=outcome, reason="-", by=asked.ada)
        return asked

    def test_the_rows_are_those_that_sql_finds(self, some: World) -> None:
        withdrawn, early = Interview.objects.filter(applicant__name="Somebody").order_by("pk")[:2]
        Interview.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
        Interview.objects.filter(pk=early.pk).update(submitted_at=datetime(2020, 1, 1, 23, 59, tzinfo=UTC))
        today = timezone.now().date()
        found = bias.count(None, today - timedelta(days=1), today)
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(*), sum((SELECT d.outcome = 'advance' FROM interviews_decision d
                WHERE d.interview_id = i.id AND d.taken_back_at IS NULL ORDER BY d.id DESC LIMIT 1)),
                sum(EXISTS (SELECT 1 FROM interviews_result r WHERE r.interview_id = i.id AND r.score IS NOT NULL))
                FROM interviews_interview i WHERE submitted_at > '2021-01-01' AND withdrawn_at IS NULL"""
            )
            people, chosen, scored = cursor.fetchone()
        assert (found.audit.people, found.audit.chosen, found.audit.scored) == (people, chosen, scored)
        assert people == 42 and found.undecided == 1
        day = datetime(2020, 1, 1, tzinfo=UTC).date()
        assert bias.count(None, day, day).audit.people == 1
        other = Position.objects.exclude(pk=some.position.pk).get()
        assert bias.count(other, day, today).audit.people == 0

    def test_a_decision_taken_back_and_a_discarded_run_do_not_count(self, some: World) -> None:
        today = timezone.now().date()
        yesterday = today - timedelta(days=1)  # where midnight has just been
        before = bias.count(None, yesterday, today).audit
        Decision.objects.filter(outcome=Decision.Outcome.ADVANCE).update(taken_back_at=timezone.now())
        AssessmentRun.objects.update(state=AssessmentRun.State.DISCARDED)
        after = bias.count(None, yesterday, today).audit
        assert (before.chosen, before.scored, after.chosen, after.scored) == (15, 43, 0, 0)

    def test_the_page_shows_the_tables_and_hides_the_few(self, some: World, auditor: Client) -> None:
        reply = auditor.get(PAGE)
        sex = reply.context["tables"][0]
        hidden = {line.name: line.is_hidden for line in sex.lines}
        assert hidden == {"Female": True, "Male": False, "Another, for example non-binary": True}
        assert sex.unknown == 1
        assert [line.people for line in sex.lines if line.is_hidden] == ["", ""]
        assert b"not shown" in reply.content

    def test_the_file_for_the_auditor_has_every_figure(self, some: World, auditor: Client) -> None:
        data = content(auditor.get(f"{PAGE}csv/")).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(data)))
        by_sex = {it["group"]: it for it in rows if it["measure"] == "selection" and it["by"] == "sex"}
        assert (by_sex["female"]["people"], by_sex["female"]["chosen"], by_sex["female"]["rate"]) == (
            "20",
            "4",
            "0.2000",
        )
        assert (by_sex["female"]["impact_ratio"], by_sex["female"]["below_four_fifths"]) == ("0.4000", "true")
        assert by_sex["male"]["impact_ratio"] == "1.0000" and by_sex["another"]["people"] == "3"
        assert by_sex["unknown"]["people"] == "1"

    def test_of_fewer_than_five_scores_nothing_is_told(self, some: World, auditor: Client) -> None:
        kept = AssessmentRun.objects.order_by("pk").values("pk")[:4]
        AssessmentRun.objects.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
        rows = list(csv.DictReader(io.StringIO(content(auditor.get(f"{PAGE}csv/")).decode("utf-8-sig"))))
        assert [it["rate"] for it in rows if it["by"] == "median"] == [""]
        assert {it["measure"] for it in rows} == {"total", "selection"}
        page = auditor.get(PAGE)
        assert len(page.context["tables"]) == 3 and b"The median of these scores" not in page.content

    def test_the_file_to_publish_is_the_page_s_tables_and_nothing_of_the_site(
        self, some: World, auditor: Client
    ) -> None:
        page = content(auditor.get(f"{PAGE}html/?position={some.position.pk}")).decode()
        assert "<!doctype html>" in page and "not shown" in page and "Backend engineer" in page
        assert "<script" not in page and "/static/" not in page

    def test_looking_and_exporting_are_in_the_audit_log(self, some: World, auditor: Client) -> None:
        auditor.get(f"{PAGE}?position={some.position.pk}")
        auditor.get(f"{PAGE}csv/")
        seal()
        told = AuditEntry.objects.filter(action__in=[Action.BIAS_SEEN, Action.BIAS_EXPORTED]).order_by("number")
        assert list(told.values_list("action", "position")) == [
            ("bias.seen", some.position.pk),
            ("bias.exported", None),
        ]
        text = json.dumps(list(AuditEntry.objects.values()), default=str)
        assert "female" not in text

    @pytest.mark.parametrize("query", ["begin=2026-13-01", "begin=2026-02-01&end=2026-01-01", "position=999999"])
    def test_a_question_that_is_none_is_answered_in_words(self, query: str, some: World, auditor: Client) -> None:
        reply = auditor.get(f"{PAGE}?{query}")
        assert reply.status_code == 400 and b"field-error" in reply.content
        assert auditor.get(f"{PAGE}csv/?{query}").status_code == 404

    def test_it_is_for_whoever_has_the_right_to_it_alone(self, some: World, ada: Client) -> None:
        for page in (PAGE, f"{PAGE}csv/", f"{PAGE}html/"):
            assert ada.get(page).status_code == 403
        assert PAGE not in ada.get("/hr-dashboard/").content.decode()


def number_of(sex: str) -> int:
    return SEXES.index(sex)


class TestNotices:
    def test_the_site_s_own_words_are_read_and_kept_with_the_agreement(self, world: World, bo: Client) -> None:
        Notice.objects.create(place=Notice.Place.INTERVIEW, language="en", text="An earlier text.")
        notice = Notice.objects.create(place=Notice.Place.INTERVIEW, language="en", text="AI is used here.\n\nReally.")
        page = bo.get(f"/interview/{world.interview.pk}/").content.decode()
        assert "<p>AI is used here.</p>" in page and "An earlier text." not in page
        sent = {"agree": "on", "ai": "no", "notice": str(notice.pk)}
        assert bo.post(f"/interview/{world.interview.pk}/consent/", sent).status_code == 302
        assert Interview.objects.get(pk=world.interview.pk).notice == notice

    def test_who_agreed_to_another_text_than_the_newest_is_shown_that_first(self, world: World, bo: Client) -> None:
        old = Notice.objects.create(place=Notice.Place.INTERVIEW, language="en", text="An earlier text.")
        Notice.objects.create(place=Notice.Place.INTERVIEW, language="en", text="A newer text.")
        for sent in ({"notice": str(old.pk)}, {}, {"notice": "x"}, {"notice": str(uuid.uuid4())}):
            reply = bo.post(f"/interview/{world.interview.pk}/consent/", {"agree": "on", "ai": "no", **sent})
            assert reply.status_code == 400
            assert "was changed. Please read it again." in reply.content.decode() and b"A newer text." in reply.content
        assert Interview.objects.get(pk=world.interview.pk).state == Interview.State.INVITED

    def test_it_comes_in_the_reader_s_language_else_in_another_and_can_be_ended(self, world: World, bo: Client) -> None:
        page, german = f"/interview/{world.interview.pk}/", {"Accept-Language": "de"}
        Notice.objects.create(place=Notice.Place.INTERVIEW, language="en", text="In English.")
        assert b"In English." in bo.get(page, headers=german).content
        Notice.objects.create(place=Notice.Place.INTERVIEW, language="de", text="Auf Deutsch.")
        assert b"Auf Deutsch." in bo.get(page, headers=german).content and b"In English." in bo.get(page).content
        for language in ("en", "de"):
            Notice.objects.create(place=Notice.Place.INTERVIEW, language=language, text="")
        assert b"notice-title" not in bo.get(page).content + bo.get(page, headers=german).content

    def test_a_text_is_published_in_the_admin_for_good(self, world: World) -> None:
        root = Client()
        root.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
        sent = {"place": "interview", "language": "en", "text": "AI is used here."}
        assert root.post(reverse("admin:interviews_notice_add"), sent).status_code == 302
        notice = Notice.objects.get()
        for act in ("change", "delete"):
            page = reverse(f"admin:interviews_notice_{act}", args=[notice.pk])
            assert root.post(page, {**sent, "text": "Another.", "post": "yes"}).status_code == 403
        with pytest.raises(Exception, match="never changed or deleted"):
            Notice.objects.update(text="Another.")
        assert Notice.objects.get().text == "AI is used here."
        seal()
        assert AuditEntry.objects.filter(action=Action.ADMIN_ADDED, subject_type="notice").count() == 1
