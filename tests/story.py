"""An interview from its invitation to what breaks after it, in which all that people say and every key is a canary; and
all the places where one of them could come out."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import uuid
from contextlib import ExitStack, closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import psycopg
import redis
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.listeners import FakeCollector, FakeSentry
from tests.mailbox import Mailbox, words
from tests.probes import METRICS_TOKEN
from tests.processes import Program, ServicesSite, Site, wait_until
from tests.remembering import Browser
from tests.servers import PostgreSQL, Redis
from tests.sockets import where
from tests.wire import OCTETS, metadata

NAME, MAIL = "Canaria Zeisig", "canaria.zeisig@mailcanary.example"
SAID = (
    "Vermilion herons never migrate before the database does, I planned the rollback of that migration myself, and "
    "I measured the result with vermilionmeter for a week."
)
WRITTEN = "notecanary: I remember the vermilion herons"
KEYS = {
    "DEEPGRAM_API_KEY": "keycanary-deepgram",
    "GEMINI_API_KEY": "keycanary-gemini",
    "SECRET_KEY": "keycanary-secret, and long enough for Django, or so I hope",
    "METRICS_TOKEN": METRICS_TOKEN,
    "EMAIL_HOST_PASSWORD": "keycanary-mail",
}
PASSWORD = "passwordcanary of somebody"
_NEW_PASSWORD = f"""
from django.contrib.auth.models import User
hr = User.objects.get(username="hr")
hr.set_password({PASSWORD!r})
hr.save()
"""
_NO_MORE_LEVELS = {
    "embedded": "CREATE TRIGGER broken BEFORE INSERT ON interviews_assessment "
    "BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: broken'); END",
    # Its refusal quotes the whole row, and so the applicant.
    "services": "ALTER TABLE interviews_assessment ADD CONSTRAINT broken CHECK (id < 0) NOT VALID",
}
HOOK = "https://hooks.invalid/hookcanary/"
"""An address that is a secret, as those of chat programs are."""
TELL_NOTHING = (401, 403, 404, 410, 500, 503)
"""Other refusals show people what they typed."""
LINK = re.compile(r"(/(?:interview|join|shared)/[0-9a-f-]{36}/)#([0-9a-f]{32,})")


class Story:
    """What happened on one site, and all that it told of itself."""

    def __init__(self, folder: Path, mode: str, stack: ExitStack) -> None:
        self.mailbox = stack.enter_context(Mailbox())
        self.sentry, self.collector = stack.enter_context(FakeSentry()), stack.enter_context(FakeCollector())
        self.deepgram, self.gemini = stack.enter_context(FakeDeepgram()), stack.enter_context(FakeGemini())
        self.deepgram.transcripts = _Always()
        settings = {
            **KEYS,
            "LOG_LEVEL": "DEBUG",
            "LOG_FORMAT": "json" if mode == "services" else "line",
            "DEEPGRAM_BASE_URL": self.deepgram.base_url,
            "GEMINI_BASE_URL": self.gemini.base_url,
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.mailbox.port),
            "EMAIL_SECURITY": "none",
            "EMAIL_FROM": "us@example.com",
            "SITE_URL": "https://interviews.example.com",
            "SENTRY_DSN": self.sentry.dsn,
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.endpoint,
        }
        self.redis: Redis | None = None
        self._postgresql = ""
        if mode == "services":
            self.redis, server = (
                stack.enter_context(Redis(folder / "redis")),
                stack.enter_context(PostgreSQL(migrated=True)),
            )
            self._postgresql = server.url.replace("greenroom@", "greenroom:databasecanary@")
            settings |= {"DATABASE_URL": self._postgresql, "REDIS_URL": self.redis.url}
        made = (ServicesSite if self.redis else Site)(folder / "site", **settings)
        made.prepare()
        self.site, self.worker = made, None
        made.start()
        stack.callback(made.server.stop)
        if self.redis:
            self.worker = Program(["manage.py", "run_huey"], made.environment, made.folder / "worker.log")
            self.worker.start()
            stack.callback(self.worker.stop, signal.SIGTERM)
        self.hr, self.applicant, self.outsider, self.walker = (Browser(made) for _ in range(4))
        for browser in (self.hr, self.applicant, self.outsider, self.walker):
            stack.callback(browser.http.close)
        self.program = stack.enter_context(httpx.Client(base_url=made.address, timeout=40))
        self.tokens: list[str] = []
        self.interview = self.numbers = self.jobs = self.queue = ""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        if self._postgresql:
            with psycopg.connect(self._postgresql) as connection:
                found = connection.execute(statement)
                return found.fetchall() if found.description else []
        with closing(sqlite3.connect(self.site.folder / "greenroom.sqlite3", timeout=20)) as file, file:
            return file.execute(statement).fetchall()

    def log(self) -> str:
        return self.site.server.output() + (self.worker.output() if self.worker else "")

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def _jobs(self) -> str:
        tables = ("job", "jobattempt", "worker", "providerhealth", "event")
        return repr([self.rows(f"SELECT * FROM interviews_{name}") for name in tables])  # noqa: S608 - made here

    def _queue(self) -> str:
        if self.redis is None:
            return (self.site.folder / "huey.sqlite3").read_bytes().decode("latin-1")
        with redis.Redis.from_url(self.redis.url) as client:
            return repr([(key, client.dump(key)) for key in client.scan_iter()])

    def everything(self) -> dict[str, str]:
        browsers = (self.hr, self.applicant, self.outsider, self.walker)
        return {
            "the log": self.log(),
            "the numbers": self.numbers,
            "Sentry": self.sentry.text(),
            "the traces": self.collector.text(),
            "a refusal": repr([text for it in browsers for status, text in it.refusals if status in TELL_NOTHING]),
            "an address": unquote(repr([address for it in browsers for address in it.addresses])),
            "a job": self.jobs,
            "the queue": self.queue,
        }

    # What people do

    def invited(self) -> re.Match[str]:
        """By a mail server that does not take it at first, and says whom it means."""
        self.site.manage("shell", "-v0", "-c", _NEW_PASSWORD)  # the demo's are shown at each start
        replies = iter([f"451 4.3.0 {NAME} <{MAIL}> is busy", f"452 {self.site.address}/#tokencanary is on a list"])
        self.mailbox.to_recipient = lambda address: next(replies, "250 OK") if address == MAIL else "250 OK"
        sign_in = "/hr-dashboard/sign-in/"
        self.hr.post(sign_in, sign_in, username="hr", password="canary-of-a-wrong-password")
        self.hr.post(sign_in, username="hr", password=PASSWORD)
        [(position,)] = self.rows("SELECT id FROM interviews_position")
        self.position = f"/hr-dashboard/positions/{position}/"
        page = f"/hr-dashboard/invitations/{position}/invite/"
        asked = {"people": f"{NAME} <{MAIL}>", "days": "7", "by_mail": "on"}
        shown = self.hr.post(page, page, **asked)
        seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', shown.text)
        assert self.hr.post(page, seen=seen[0], **asked).status_code == 302
        wait_until(self._is_mailed, "the mail is taken")
        [mail] = self._mails()
        found = LINK.search(words(mail))
        assert found and NAME in words(mail)
        self.tokens += [found[2], PASSWORD, "canary-of-a-wrong-password", "tokencanary"]
        return found

    def _mails(self) -> list[EmailMessage]:
        return [mail for mail in self.mailbox.mails if mail["To"] == MAIL]

    def _is_mailed(self) -> bool:
        self._hurried()
        return bool(self._mails())

    def _hurried(self) -> None:
        """What waits for another try is tried now."""
        self.rows("UPDATE interviews_job SET run_after = created_at, hinted_at = NULL WHERE state = 'queued'")

    def handed_in(self, link: re.Match[str], speech: bytes) -> str:
        """Both providers fail first, and quote what they were sent."""
        quoted = json.dumps({"error": {"message": SAID, "status": SAID}, "err_code": SAID, "err_msg": SAID})
        fail = Behaviour("status", status=503, body=quoted)
        self.deepgram.next(fail, Behaviour("foreign_json", body=quoted), Behaviour("bad_json"))
        self.gemini.next(fail, Behaviour("reply", body=SAID), Behaviour("error_midstream"))
        bo, page = self.applicant, self.applicant.opened(link)
        assert bo.post(f"{page}consent/", page, agree="on", ai="yes").status_code == 302
        for question in re.findall(r'data-question="([1-9]\d*)"', bo.get(page)):
            asked = metadata(question=question, filetype="video/webm")
            made = bo.send("POST", f"{page}uploads/", Upload_Metadata=asked, Upload_Length=str(len(speech)))
            bo.send("PATCH", made.headers["Location"], speech[:9], Upload_Offset="5", Content_Type=OCTETS)
            sent = bo.send("PATCH", made.headers["Location"], speech, Upload_Offset="0", Content_Type=OCTETS)
            assert sent.status_code == 204, sent.text
        assert bo.post(f"{page}submit/", page).status_code in (200, 302)
        interview = page.split("/")[2]

        def is_scored() -> bool:
            self._hurried()
            state = "SELECT count(*) FROM interviews_interview WHERE state = 'scored'"
            ids = f"('{interview}', '{interview.replace('-', '')}')"
            return self.rows(f"{state} AND CAST(id AS text) IN {ids}") == [(1,)]

        wait_until(is_scored, "it is scored")
        return interview

    def reviewed(self, interview: str) -> None:
        """And shared, searched for, exported; watched by open pages."""
        hr, page = self.hr, f"/hr-dashboard/results/{interview}/"
        self.review = hr.get(f"{page}review/")
        take = re.findall(r'name="take" value="([^"]+)"', self.review)[0]
        hr.post(f"{page}note/", note=str(uuid.uuid4()), take=take, second="1", text=WRITTEN, version="0")
        hr.post(f"{page}decide/", outcome="hold", reason=WRITTEN)
        hr.post(f"{page}decide/", outcome=WRITTEN, reason=WRITTEN)
        shared = hr.post(f"{page}share/", name="Olga Outer", email="", days="3", shows_levels="on")
        link = LINK.search(shared.text)
        assert link, shared.text
        self.tokens.append(link[2])
        outside = self.outsider.opened(link)
        self.outsider.get(outside)
        comment = json.dumps({"text": WRITTEN, "version": 0}).encode()
        self.outsider.send("PUT", f"{outside}answers/1/comment/", comment, Content_Type="application/json")
        public = hr.post(f"/hr-dashboard/invitations/{self.position.split('/')[3]}/public/", label="The hall")
        found = LINK.search(public.text)
        assert found, public.text
        self.tokens.append(found[2])
        form = self.walker.get(self.walker.opened(found))
        given = re.findall(r'name="form" value="([^"]+)"', form)
        self.walker.post(found[1], name="Zeisig Zwo", email="no address of canaria", form=given[0])
        searched = hr.http.get("/hr-dashboard/results/", params={"q": "Zeisig"})  # stands in its links, and is meant to
        assert NAME in searched.text
        hr.http.get("/hr-dashboard/nowhere/", params={"q": "Zeisig"})
        for kind in ("csv", "json", "pdf"):
            hr.http.get(f"{page}export/{kind}/")
        self._asked_by_programs(interview)
        self._watched(interview)

    def _asked_by_programs(self, interview: str) -> None:
        """A token is used well, badly and where it does not belong; an endpoint whose address is a secret is told."""
        page = "/hr-dashboard/tokens/"
        made = self.hr.post(page, page, name="A program", scopes="interviews:read", days="7")
        token = re.search(r"grn_[\w-]{40,}", made.text)
        assert token, made.text
        known = f"/api/v1/interviews/{interview}"
        for key in (token[0], token[0][:-2]):
            reply = self.program.get(known, headers={"Authorization": f"Bearer {key}"})
            assert (NAME in reply.text) == (key == token[0]), reply.text
            self.program.get(known, params={"access_token": key, "after": WRITTEN})
        page, position = "/hr-dashboard/webhooks/", self.position.split("/")[3]
        made = self.hr.post(page, page, url=HOOK, position=position, kinds="interview.decided")
        secret = re.search(r"whsec_[\w+/=]{40,}", made.text)
        assert secret, made.text
        address = re.search(r"/hr-dashboard/webhooks/[0-9a-f-]{36}/", made.text)
        assert address, made.text
        self.hr.post(address[0], act="test")
        wait_until(lambda: self.rows("SELECT 1 FROM interviews_delivery WHERE tries > 0") != [], "it is tried")
        self.tokens += [token[0], secret[0], "hookcanary"]

    def _watched(self, interview: str) -> None:
        topics, after = where(self.review)
        cookies = f"sessionid={self.hr.session}"
        address = f"ws://127.0.0.1:{self.site.port}/ws/feed/"
        for frame in (json.dumps({"topics": topics, "after": after}), json.dumps({"topics": WRITTEN, "after": NAME})):
            with connect(address, additional_headers={"Cookie": cookies}, origin=Origin(self.site.address)) as socket:
                socket.send(frame)
                socket.recv(40)

    def broken(self, interview: str) -> None:
        """Faults of ours, of which the messages, or the values in hand, are people's words."""
        hr, page = self.hr, f"/hr-dashboard/results/{interview}/"
        take = re.findall(r'name="take" value="([^"]+)"', self.review)[0]
        self.rows("CREATE UNIQUE INDEX broken ON interviews_note (text)")
        again = hr.post(f"{page}note/", note=str(uuid.uuid4()), take=take, second="2", text=WRITTEN, version="0")
        self.rows(_NO_MORE_LEVELS["services" if self._postgresql else "embedded"])
        hr.post(f"{self.position}assess-again/", f"{self.position}assess-again/", act="start")
        wait_until(lambda: "failed on a fault of ours" in self.log(), "a job meets the fault")
        self.rows("UPDATE interviews_transcript SET words = '5'")
        seen = [again.status_code, hr.http.get(f"{page}review/").status_code]
        assert seen == [500, 500], seen
        topics, after = where(self.review)
        with connect(
            f"ws://127.0.0.1:{self.site.port}/ws/feed/",
            additional_headers={"Cookie": f"sessionid={hr.session}"},
            origin=Origin(self.site.address),
        ) as socket:
            socket.send(json.dumps({"topics": topics, "after": after}))
            wait_until(lambda: "could not be drawn" in self.log(), "the feed meets the fault")

    def told(self) -> None:
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        self.numbers = httpx.get(f"{self.site.address}/metrics", headers=headers, timeout=40).text
        self.numbers += httpx.get(
            f"{self.site.address}/metrics", headers={"Authorization": METRICS_TOKEN[:-1]}, timeout=40
        ).text
        self.numbers += httpx.get(f"{self.site.address}/health/ready", timeout=40).text
        self.tokens += [
            self.hr.session,
            self.applicant.session,
            self.outsider.session,
            self.hr.http.cookies["csrftoken"],
        ]
        self.jobs, self.queue = self._jobs(), self._queue()


class _Always(dict[str, str]):
    def get(self, key: str, default: Any = None) -> Any:
        return SAID
