"""Starts and tests Greenroom. Needs Python 3.11 or newer, and nothing installed.

    python3 dev.py run [--fakes]    install, migrate, seed the demo, serve on 127.0.0.1 (PORT, default 8000)
                                    --fakes: with a Deepgram and a Gemini made for tests, and a data folder of its own
    python3 dev.py test [...]       install, then all that CI runs; further arguments go to pytest
    python3 dev.py audit            ask the package index whether anything installed has a known vulnerability
    python3 dev.py chaos [...]      kill, flush and restart everything under load, and count what was lost
                                    --recording: tabs, browsers, connections and the server, while answers are recorded
    python3 dev.py bench NAME [...] measure; NAME is a module of bench/
    python3 dev.py screenshots      draw every page again, for docs/screens.md

Everything else is `manage.py`, Django's own, with the Python in .venv.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

OLDEST = (3, 11)


def refusal_of(version: "tuple[int, ...]", executable: str) -> "str | None":
    if version >= OLDEST:
        return None
    have, need = (".".join(map(str, numbers)) for numbers in (version, OLDEST))
    return (
        f"Greenroom needs Python {need} or newer; {executable} is Python {have}.\n"
        f"Install a newer one from https://www.python.org/downloads/ and run it: python{need} dev.py run"
    )


# Here, before anything that an old Python could not even read.
_refused = refusal_of(sys.version_info[:2], sys.executable)
if _refused:
    sys.exit(_refused)

from development.checking import audited, test
from development.installing import (
    PYTHON,
    ROOT,
    WINDOWS,
    add_places_to_path,
    how_to_install,
    install,
    install_everything,
    missing_programs,
)


def main(arguments: Sequence[str]) -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # in order with what children print
    commands: dict[str, Callable[[Sequence[str]], int]] = {
        "run": run,
        "test": test,
        "audit": audit,
        "chaos": chaos,
        "bench": bench,
        "screenshots": screenshots,
    }
    if not arguments or arguments[0] not in commands:
        sys.exit(__doc__)
    os.chdir(ROOT)
    return commands[arguments[0]](arguments[1:])


# Three commands in one process: Django's own start takes longer than they do.
PREPARE = """
import os, sys, django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
try:
    django.setup()
except ImproperlyConfigured as error:
    sys.exit(str(error))
call_command("collectstatic", interactive=False, verbosity=0)
call_command("migrate", interactive=False, verbosity=0)
if settings.EMBEDDED:
    call_command("seed_demo", verbosity=0)
"""


def run(arguments: Sequence[str]) -> int:
    if list(arguments) not in ([], ["--fakes"]):
        sys.exit(__doc__)
    port = os.environ.get("PORT", "8000")
    if not (port.isdecimal() and 0 < int(port) < 65536):
        sys.exit(f'PORT is "{port}"; it must be a number from 1 to 65535.')
    install(ROOT / "requirements.txt")
    environment = dict(os.environ)
    if not environment.get("EMAIL_HOST"):
        # Mail becomes files, so that invitations and receipts can be tried out.
        folder = Path(environment.get("DATA_DIR") or ROOT / "var") / "mail"
        environment = {"EMAIL_FOLDER": str(folder), "SITE_URL": f"http://127.0.0.1:{port}"} | environment
    _held = started_fakes(environment) if arguments else None  # its stdin closes when nothing holds it
    prepared = subprocess.run([PYTHON, "-c", PREPARE], env={"LOG_LEVEL": "WARNING"} | environment)
    if prepared.returncode:
        return prepared.returncode
    serve = [str(PYTHON), "manage.py", "serve", "--port", port]
    if not WINDOWS:
        os.execve(PYTHON, serve, environment)  # noqa: S606 - our own interpreter and program
    server = subprocess.Popen(serve, env=environment)
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            pass  # the console gave it to the server too, which is finishing


def started_fakes(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Starts both services' stand-ins and names them in `environment`. They end when their stdin closes: with this
    process, or with what it becomes by exec."""
    fakes = subprocess.Popen(
        [PYTHON, "-m", "tests.fakes", "--deepgram-port", "0", "--gemini-port", "0", "--analysis-seconds", "30"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for the server, which may still be talking to them.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    assert fakes.stdin and fakes.stdout  # noqa: S101 - for the type checker
    os.set_inheritable(fakes.stdin.fileno(), True)
    line = fakes.stdout.readline()
    if not line:
        sys.exit("The stand-ins for Deepgram and Gemini did not start.")
    for service, url in json.loads(line).items():
        environment |= {f"{service.upper()}_BASE_URL": url, f"{service.upper()}_API_KEY": "fake"}
        print(f"A stand-in for {service.capitalize()} listens at {url}")
    environment["DATA_DIR"] = str(Path(os.environ.get("DATA_DIR") or ROOT / "var") / "fakes")
    return fakes


def audit(arguments: Sequence[str]) -> int:
    if arguments:
        sys.exit(__doc__)
    install_everything()
    said, is_bad = audited()
    print(said)
    return int(is_bad)


def chaos(arguments: Sequence[str]) -> int:
    return bench(["recording" if "--recording" in arguments else "chaos", *arguments])


def bench(arguments: Sequence[str]) -> int:
    names = sorted(file.stem for file in (ROOT / "bench").glob("[a-z]*.py"))
    name = arguments[0].replace("-", "_") if arguments else ""
    if name not in names:
        sys.exit(f"python3 dev.py bench NAME; NAME is one of {', '.join(names).replace('_', '-')}")
    return equipped(f"bench.{name}", *arguments[1:])


def screenshots(arguments: Sequence[str]) -> int:
    if arguments:
        sys.exit(__doc__)
    return equipped("tests.e2e.screenshots")


def equipped(module: str, *arguments: str) -> int:
    """Runs a module with all that tests need."""
    install_everything()
    add_places_to_path()
    for program in missing_programs():
        print(f"{program} is missing. {how_to_install(program)}")
    return subprocess.run([PYTHON, "-m", module, *arguments]).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
