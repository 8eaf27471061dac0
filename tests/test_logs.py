"""What a line of the log says, and what it never does."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils.log import log_response

from interviews import tasks
from interviews.actions import answering
from interviews.engines.analysis.reply import Piece
from interviews.engines.analysis.side_by_side import side_by_side
from interviews.engines.errors import Permanent
from interviews.media import making
from interviews.models import Job
from interviews.spans import about, found, ids
from project.faults import written
from project.lines import FIELDS
from project.requests import WithId
from tests.logged import SAID, Log, ask, logger
from tests.people import World
from tests.processes import Program, answers, free_port, wait_until
from tests.servers import PostgreSQL

INTERVIEW = "6f1f9a52-6a3e-4d5a-8f0c-2f2f6f0b7a11"


@pytest.fixture
def log() -> Iterator[Log]:
    kept = Log()
    root, before = logging.getLogger(), logging.getLogger().level
    for handler in kept.handlers:
        root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield kept
    root.setLevel(before)
    for handler in kept.handlers:
        root.removeHandler(handler)


class TestIds:
    async def test_every_line_of_a_request_has_its_ids_in_its_threads_too(self, log: Log) -> None:
        reply = await ask(f"/noted/{INTERVIEW}/")
        number = reply["x-request-id"]
        for message in ("in the view", "in its thread", "in a piece", "200 in"):
            assert (log.of(message)["request_id"], log.of(message)["interview_id"]) == (number, INTERVIEW), message
        assert sum(f"[request {number}, interview {INTERVIEW}]" in line for line in log.lines) == 4
        assert not ids()

    async def test_two_requests_have_two_ids(self, log: Log) -> None:
        one, two = await asyncio.gather(ask(f"/noted/{INTERVIEW}/"), ask("/noted/other/"))
        assert one["x-request-id"] != two["x-request-id"]
        by_request = {(it["request_id"], it["interview_id"]) for it in log.objects if "interview_id" in it}
        assert by_request == {(one["x-request-id"], INTERVIEW), (two["x-request-id"], "other")}

    @pytest.mark.parametrize("given", ["0123456789abcdef0123456789abcdef", "a.proxy_s-own-Id"])
    async def test_the_id_that_a_proxy_gave_is_kept(self, given: str) -> None:
        assert (await ask("/broken/", x_request_id=given))["x-request-id"] == given

    @pytest.mark.parametrize(
        "given", ["", "short", "x" * 65, "with space in it", "line\nbreak-in-it", "umlaut-ä-in-it"]
    )
    async def test_an_id_that_is_none_is_replaced(self, given: str) -> None:
        assert re.fullmatch("[0-9a-f]{32}", (await ask("/broken/", x_request_id=given))["x-request-id"])

    def test_an_id_that_became_known_ends_with_what_it_was_found_in(self) -> None:
        found(interview="nowhere")
        assert not ids()
        with about(request=1):
            with about(job=2):
                found(interview=3)
                assert ids() == {"request": "1", "job": "2", "interview": "3"}
            assert ids() == {"request": "1"}

    def test_every_line_of_a_job_has_its_ids(self, answered: World, log: Log) -> None:
        answering.submit(answered.interview)
        job = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")
        thread = threading.Thread(target=tasks._run, args=(job.pk, tasks._waiting))
        tasks._waiting.acquire()
        thread.start()
        thread.join()
        lines = [it for it in log.objects if it["logger"] == "interviews.processing.jobs"]
        assert len(lines) >= 2
        assert {(it["job_id"], it["interview_id"]) for it in lines} == {(str(job.pk), str(answered.interview.pk))}

    def test_calls_that_are_made_side_by_side_are_of_their_job(self, log: Log) -> None:
        def stream(number: int) -> Any:
            logger.info("call %s", number)
            yield Piece()

        with about(job=7):
            list(side_by_side({1: stream(1), 2: stream(2)}, set()))
        assert [log.of(f"call {number}")["job_id"] for number in (1, 2)] == ["7", "7"]


class TestObjects:
    def test_an_object_is_one_line_with_known_fields_alone(self, log: Log) -> None:
        try:
            raise KeyError(SAID)
        except KeyError:
            logger.exception("two\nlines", extra={"request": SAID, "transcript": SAID, "status": 500})
        [one] = log.objects
        assert set(one) <= set(FIELDS)
        assert (one["level"], one["logger"], one["message"], one["status"]) == (
            "ERROR",
            "interviews.made_up",
            "two\nlines",
            500,
        )
        assert one["error"].startswith("Traceback (most recent call last):") and one["error"].endswith("KeyError")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", one["timestamp"])


class TestWords:
    """Of people, that get into messages."""

    async def test_an_error_is_logged_with_its_place_and_without_its_message(self, log: Log) -> None:
        reply = await ask("/broken/?q=heron")
        one = next(it for it in log.objects if "error" in it)
        assert one["error"].endswith("ValueError") and "raise ValueError(SAID)" in one["error"]
        assert one["message"] == "Internal Server Error: /broken/"
        assert one["request_id"] == reply["x-request-id"]
        assert "heron" not in log.text

    async def test_an_address_that_is_none_of_ours_is_not_repeated(self, log: Log) -> None:
        """A mail program that writes %23 for the # puts the token into the path."""
        await ask(f"/interview/{INTERVIEW}/#{'c0ffee' * 6}")
        assert "Not Found" in log.text
        assert "c0ffee" not in log.text

    def test_where_a_refused_form_came_from_is_not_repeated(self, log: Log) -> None:
        browser = Client(enforce_csrf_checks=True)
        from_there = {"Referer": "https://elsewhere.example/hr-dashboard/results/?q=heron"}
        browser.cookies["csrftoken"] = "a" * 32
        assert browser.post("/hr-dashboard/sign-in/", secure=True, headers=from_there).status_code == 403
        assert log.of("Forbidden")["message"] == "Forbidden (Referer checking failed): /hr-dashboard/sign-in/"
        assert "heron" not in log.text

    def test_what_is_logged_about_a_request_names_its_route(self, log: Log) -> None:
        request = HttpRequest()
        request.path = f"/{SAID}/"
        log_response("%s: %s", "Gone", request.path, response=HttpResponse(status=410), request=request)
        assert log.of("Gone")["message"] == "Gone: an address that is none of ours"

    def test_a_row_that_postgresql_refuses_is_not_repeated(self) -> None:
        with PostgreSQL() as server, psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE people (name text PRIMARY KEY, age integer)")
            connection.execute("INSERT INTO people VALUES (%s)", [SAID])
            for statement, error in (
                ("INSERT INTO people VALUES (%s)", IntegrityError),
                ("SELECT %s::text::integer", DataError),
            ):
                with pytest.raises(psycopg.Error) as raised:
                    connection.execute(statement, [SAID])
                assert SAID in str(raised.value), "there is nothing to hide"
                by_django = error(*raised.value.args)
                by_django.__cause__ = raised.value
                assert SAID not in written(by_django)
                assert ("people_pkey" in written(by_django)) == (error is IntegrityError)

    @pytest.mark.parametrize(
        "error, words",
        [
            (Permanent("Deepgram refused the key"), "Deepgram refused the key"),
            (FileNotFoundError(2, "No such file or directory", f"/{SAID}"), "No such file or directory"),
            (AttributeError("'str' object has no attribute 'words'"), "'str' object has no attribute 'words'"),
            (SMTPRecipientsRefused({f"{SAID}@example.com": (550, b"unknown")}), ""),
            (ExceptionGroup(SAID, [ValueError(SAID), Permanent("no")]), ""),
        ],
        ids=lambda it: type(it).__name__ if isinstance(it, Exception) else "",
    )
    def test_of_a_message_is_kept_what_cannot_be_anybodys(self, error: Exception, words: str) -> None:
        assert written(error).endswith(words)
        assert SAID not in written(error)

    def test_what_caused_an_error_is_told_first(self) -> None:
        try:
            try:
                raise ValueError(SAID)
            except ValueError as inner:
                raise RuntimeError(SAID) from inner
        except RuntimeError as outer:
            text = written(outer)
        assert text.index("\nValueError") < text.index("\nRuntimeError")
        assert SAID not in text
        assert text.count("Traceback (most recent call last):") == 2

    def test_what_a_child_process_says_of_a_file_is_not_repeated(self, log: Log) -> None:
        making._run(json.dumps({"limits": {SAID: 1}}), 30)
        said = log.of("media child failed")["message"]
        assert said.endswith("KeyError") and "child.py" in said
        assert SAID not in log.text

    async def test_a_task_that_nobody_waited_for_is_logged_without_words(self, log: Log) -> None:
        async def fails() -> None:
            raise ValueError(SAID)

        gc.collect()  # what other tests have left is told of now
        before = len(log.objects)
        task = asyncio.ensure_future(fails())
        await asyncio.sleep(0)
        del task
        gc.collect()
        [told] = [it for it in log.objects[before:] if "never retrieved" in it["message"]]
        assert told["error"].endswith("ValueError")
        assert "heron stood" not in log.text.replace("raise ValueError(SAID)", "")

    def test_what_goes_wrong_in_the_servers_reactor_is_logged_without_words(self, tmp_path: Path) -> None:
        code = f"""
import daphne.http_protocol, project.asgi
from twisted.python import log
from twisted.python.failure import Failure
try:
    raise ValueError({SAID!r} + " aloud")
except ValueError:
    log.err(Failure(), "in the reactor")
"""
        environment = {**os.environ, "DATA_DIR": str(tmp_path)}
        ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert "ERROR project.reactor: a fault in the server's reactor" in ran.stderr
        assert ran.stderr.rstrip().endswith("ValueError")
        assert SAID not in ran.stdout + ran.stderr

    async def test_what_ends_a_connection_reaches_the_server_without_words(self, log: Log) -> None:
        async def breaks(*arguments: Any) -> Any:
            raise ValueError(SAID)

        with pytest.raises(Exception) as raised:
            await WithId(breaks)({"type": "websocket", "headers": []}, breaks, breaks)
        assert SAID not in f"{raised.value} {raised.value.__cause__}" and raised.value.__suppress_context__
        assert log.of("websocket")["error"].endswith("ValueError")


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
@pytest.mark.parametrize("as_what", ["line", "json"])
def test_a_server_lists_requests_once_and_without_what_was_searched_for(
    server: str, as_what: str, tmp_path: Path
) -> None:
    port = free_port()
    command = ["-m", server, *(["-p"] if server == "daphne" else ["--port"]), str(port)]
    environment = {"DATA_DIR": str(tmp_path), "STATIC_ROOT": str(settings.STATIC_ROOT), "LOG_FORMAT": as_what}
    process = Program([*command, "project.asgi:application"], environment, tmp_path / "log")
    process.start()
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/live"), "it starts")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/interview/{INTERVIEW}/%23c0ffee?q=heron")
    finally:
        process.stop()
    written_to = process.output()
    assert written_to.count(" 404 in ") == 1, written_to
    assert "heron" not in written_to and "c0ffee" not in written_to
    assert ('"logger": "project.requests"' in written_to) == (as_what == "json")
