from __future__ import annotations

import os
import signal
import socket
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server  # first: it installs the asyncio reactor
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from huey.consumer import Consumer
from huey.contrib.djhuey import HUEY

from interviews.demo.seed import access, forget_passwords
from project.asgi import application

SHOWN = "(shown at the first start)"
ONCE = "The passwords are shown this once and kept nowhere."
LOST = "Is a password lost?"


class EmbeddedConsumer(Consumer):
    """Huey's workers beside a server in one process. The server owns the signals."""

    def _set_signal_handlers(self) -> None:
        pass


class Command(BaseCommand):
    help = "Serve the whole product from one process: Daphne and, in the embedded mode, the worker's threads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not settings.EMBEDDED:
            raise CommandError(
                "DATABASE_URL and REDIS_URL are set: run `daphne project.asgi:application` and `manage.py run_huey`."
            )
        consumer = EmbeddedConsumer(HUEY, **settings.HUEY["consumer"])
        server = Server(
            application=application,
            # Daphne's own backlog is 50: of more connections at once, some would wait a second.
            endpoints=[f"{one}:backlog=1024" for one in build_endpoint_description_strings(host=host, port=port)],
            ready_callable=consumer.start,
        )
        _must_be_free(host, port)
        self._welcome(f"http://{host}:{port}")
        connection.ensure_connection()  # kept until the end: `manage.py restore` sees by it that the site is running
        try:
            server.run()
        finally:
            # Twisted has kept the signal for itself: without this, a second Ctrl-C would do nothing.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            self.stdout.write("Finishing what is under way. Ctrl-C again stops at once; nothing is lost either way.")
            consumer.stop(graceful=True)

    def _welcome(self, site: str) -> None:
        demo = access()
        lines = [f"{settings.SITE_NAME} is at {site}  (Ctrl-C ends it)", ""]
        if demo is not None:
            lines += [
                "Applicant, ready to submit:",
                f"  {site}{demo.ready_link}",
                "Applicant, to record yourself:",
                f"  {site}{demo.fresh_link}",
                "HR, to watch the scores arrive:",
                f"  {site}/hr-dashboard/results/   user: hr      password: {demo.hr_password or SHOWN}",
                "Administration:",
                f"  {site}/admin/                  user: admin   password: {demo.admin_password or SHOWN}",
                "",
                f"{ONCE if demo.hr_password else LOST} `manage.py changepassword hr` sets another.",
            ]
        else:
            lines += [f"HR: {site}/hr-dashboard/results/", f"Administration: {site}/admin/"]
        self.stdout.write("\n".join(lines), ending="\n\n")
        self.stdout.flush()
        forget_passwords()


def _must_be_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name != "nt")
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used: {error.strerror}. Try another one: PORT={port + 1}"
            ) from error
