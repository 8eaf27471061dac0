"""Chromium as a process of its own, with a profile that outlives it, so that it can be killed and come back."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright

from tests.processes import wait_until
from tests.programs import CHROMIUM, need


def chromium_arguments(camera: Path | None = None, microphone: Path | None = None) -> list[str]:
    arguments = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if microphone:
        arguments.append(f"--use-file-for-fake-audio-capture={microphone}")
    if camera:
        arguments.append(f"--use-file-for-fake-video-capture={camera}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses its sandbox to root
    return arguments


class ChromiumProcess:
    """One applicant's browser. `start` after `kill` brings it back with the same profile."""

    def __init__(self, playwright: Playwright, folder: Path, camera: Path, microphone: Path) -> None:
        self.playwright, self.folder = playwright, folder
        self._arguments = chromium_arguments(camera, microphone)
        self._child: subprocess.Popen[bytes] | None = None
        self._browser: Browser | None = None

    def start(self) -> BrowserContext:
        self.folder.mkdir(parents=True, exist_ok=True)
        told = self.folder / "DevToolsActivePort"
        told.unlink(missing_ok=True)
        command = [
            need(*CHROMIUM),
            *self._arguments,
            "--headless=new",
            "--remote-debugging-port=0",
            f"--user-data-dir={self.folder}",
            "--password-store=basic",
            "--hide-crash-restore-bubble",
            "about:blank",
        ]
        with (self.folder / "chromium.log").open("ab") as log:
            # Its own session: a kill of the group leaves none of its processes behind.
            self._child = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        wait_until(lambda: told.exists() and "\n" in told.read_text(), "Chromium tells its port")
        port = told.read_text().split("\n")[0]
        self._browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        return self._browser.contexts[0]

    def kill(self) -> None:
        """As a power cut does: nothing is written any more."""
        if self._child is None:
            return
        os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def crash(page: Page) -> None:
    """The tab's process dies; the browser lives on."""
    session = page.context.new_cdp_session(page)
    with suppress(Error), page.expect_event("crash", timeout=5000):
        session.send("Page.crash", timeout=500)  # nobody is left to answer it
