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

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
SCRIPTS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = SCRIPTS / ("python.exe" if WINDOWS else "python")
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


# ---- run

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
        os.execve(PYTHON, serve, environment)  # noqa: S606
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


# ---- install


def install(*wanted: Path) -> None:
    """Brings .venv to what these requirement files say; does nothing when it was done for the same text before."""
    if not PYTHON.exists():
        make_venv()
    stamp = VENV / "installed.json"
    due = out_of_date(stamp, wanted)
    if not due:
        return
    print(f"Installing what {' and '.join(file.name for file in due)} name{'s' * (len(due) == 1)} into .venv")
    files = [part for file in due for part in ("-r", str(file))]
    uv = find_uv() or uv_from_pip()
    if not (uv and succeeds(uv, "pip", "install", "--quiet", "--python", PYTHON, *files)):
        if not succeeds(PYTHON, "-m", "pip", "--version", quiet=True):
            succeeds(PYTHON, "-m", "ensurepip", quiet=True)
        if not succeeds(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *files):
            sys.exit("Installing failed; the lines above say why. Is the package index reachable?")
    write_stamp(stamp, wanted)


def make_venv() -> None:
    uv = find_uv()
    if uv and succeeds(uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV):
        return
    if not succeeds(sys.executable, "-m", "venv", "--clear", VENV):
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            "This Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv\n"
            "Or install uv (https://docs.astral.sh/uv/), which needs no such package. Then run this again."
        )


def find_uv() -> str | None:
    uv = shutil.which("uv") or shutil.which("uv", path=str(SCRIPTS))
    return uv if uv and succeeds(uv, "--version", quiet=True) else None


def uv_from_pip() -> str | None:
    """uv installs in seconds what takes pip half a minute; worth its own few."""
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
    return shutil.which("uv", path=str(SCRIPTS)) if succeeds(*pip, quiet=True) else None


def succeeds(*command: str | Path, quiet: bool = False, env: dict[str, str] | None = None) -> bool:
    return not subprocess.run(command, capture_output=quiet, env=env).returncode


def out_of_date(stamp: Path, wanted: Sequence[Path]) -> list[Path]:
    installed = read_stamp(stamp)
    return [file for file in wanted if installed.get(file.name) != digest(file)]


def write_stamp(stamp: Path, wanted: Sequence[Path]) -> None:
    stamp.write_text(json.dumps(read_stamp(stamp) | {file.name: digest(file) for file in wanted}))


def read_stamp(stamp: Path) -> dict[str, str]:
    try:
        return dict(json.loads(stamp.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# ---- test

STEPS = (
    "ruff format --check",
    "ruff check",
    "mypy",
    "lint-imports",
    "manage.py makemigrations --check --dry-run",
    "manage.py check --fail-level WARNING",
)
TESTS_AT_ONCE = 3
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "Chromium")
PROGRAMS = {  # what tests start: any of these names; what apt, brew and winget call it
    "Redis": (("redis-server", "valkey-server"), "redis-server", "redis", None),
    "PostgreSQL": (("initdb",), "postgresql", "postgresql@17", "PostgreSQL.PostgreSQL.17"),
    "Chromium": (CHROMIUM, "chromium", "--cask chromium", "Google.Chrome"),
    "npm": (("npm",), "npm", "node", "OpenJS.NodeJS"),
    "Flite": (("flite",), "flite", "flite", None),  # a small voice, to have something to hear
}
PLACES = (  # where they may be without being on PATH
    "usr/lib/postgresql/*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "Applications/Chromium.app/Contents/MacOS",
    "Program Files/PostgreSQL/*/bin",
    "Program Files/Google/Chrome/Application",
)


def test(arguments: Sequence[str]) -> int:
    passed = failed = 0
    install(*sorted(ROOT.glob("requirements*.txt")))
    add_places_to_path()
    for name in missing_programs():
        print(f"{name} is missing, tests that need it are skipped. {how_to_install(name)}")
        failed += bool(os.environ.get("CI"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = dict(os.environ, DATA_DIR=folder)  # checks must not touch what "run" made
        for name in STEPS:
            done = step(name, environment)
            passed, failed = passed + done, failed + (not done)
        said, is_bad = audited()
        print(said)
        failed += is_bad
        report = Path(folder) / "junit.xml"
        print("pytest")
        # Most tests wait for a process of their own most of the time.
        side_by_side = ("-n", str(TESTS_AT_ONCE), "--dist", "worksteal")
        chosen = arguments or side_by_side
        pytest = subprocess.run([PYTHON, "-m", "pytest", f"--junitxml={report}", *chosen], env=environment)
        tests = counted(report)
    if not tests["failed"] and (pytest.returncode or not sum(tests.values())):
        tests["failed"] = 1  # it broke off, or found no test at all
    passed, failed = passed + tests["passed"], failed + tests["failed"]
    print(f"{passed} passed, {failed} failed, {tests['skipped']} skipped")
    return 1 if failed else 0


def audit(arguments: Sequence[str]) -> int:
    if arguments:
        sys.exit(__doc__)
    install(*sorted(ROOT.glob("requirements*.txt")))
    said, is_bad = audited()
    print(said)
    return int(is_bad)


AUDIT_SECONDS = 120


def audited() -> "tuple[str, bool]":
    """What pip-audit found among the installed packages, and whether that is bad."""
    program = shutil.which("pip-audit", path=str(SCRIPTS)) or "pip-audit"
    command = [program, "--local", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=AUDIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return verdict_of("")
    return verdict_of(done.stdout)


def verdict_of(report: str) -> "tuple[str, bool]":
    """pip-audit says "no known vulnerabilities" also where the index knew none of the packages, as a mirror without
    that part of its interface does: what was not looked up is not called good."""
    try:
        found = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        found = []
    known = [it for it in found if "vulns" in it]
    if not known:
        return "audit: skipped: index unreachable", False
    bad = [f"{it['name']} {it['version']}: {vuln['id']}" for it in known for vuln in it["vulns"]]
    unknown = [it["name"] for it in found if "vulns" not in it]
    beside = f"; not in the index: {', '.join(unknown)}" if unknown else ""
    if bad:
        return "\n".join([f"audit: FAILED{beside}", *bad]), True
    return f"audit: ok ({len(known)} packages{beside})", False


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
    install(*sorted(ROOT.glob("requirements*.txt")))
    add_places_to_path()
    for program in missing_programs():
        print(f"{program} is missing. {how_to_install(program)}")
    return subprocess.run([PYTHON, "-m", module, *arguments]).returncode


def step(name: str, environment: dict[str, str]) -> bool:
    program, *arguments = name.split()
    command: list[str | Path] = [PYTHON, program, *arguments]
    if not program.endswith(".py"):
        command = [shutil.which(program, path=str(SCRIPTS)) or program, *arguments]
    began = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f"{name}: {'FAILED' if done.returncode else 'ok'} ({time.monotonic() - began:.1f} s)")
    if done.returncode:
        print(done.stdout.decode(errors="replace"))
    return not done.returncode


def counted(report: Path) -> dict[str, int]:
    """Tests by outcome, from pytest's JUnit file. One whose teardown fails is listed twice, and failed once."""
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - written a moment ago by our own pytest
    except (OSError, ElementTree.ParseError):
        return {"passed": 0, "failed": 0, "skipped": 0}
    outcomes: dict[tuple[str | None, str | None], str] = {}
    for case in cases:
        bad = case.find("failure") is not None or case.find("error") is not None
        outcome = "failed" if bad else "skipped" if case.find("skipped") is not None else "passed"
        test = (case.get("classname"), case.get("name"))
        if outcomes.get(test) != "failed":
            outcomes[test] = outcome
    return {outcome: list(outcomes.values()).count(outcome) for outcome in ("passed", "failed", "skipped")}


def add_places_to_path() -> None:
    folders = [str(folder) for place in PLACES for folder in sorted(Path(ROOT.anchor).glob(place), reverse=True)]
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])


def missing_programs() -> list[str]:
    """After installing what can be installed without asking: as root on Debian."""
    missing = [name for name, (programs, *_) in PROGRAMS.items() if not any(map(shutil.which, programs))]
    if missing and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        packages = [PROGRAMS[name][1] for name in missing]
        print(f"Installing {', '.join(packages)} with apt-get")
        apt = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        succeeds("apt-get", "-qq", "update", env=apt)
        succeeds("apt-get", "-qq", "install", "--yes", "--no-install-recommends", *packages, env=apt, quiet=True)
        add_places_to_path()
        missing = [name for name in missing if not any(map(shutil.which, PROGRAMS[name][0]))]
    return missing


def how_to_install(name: str) -> str:
    _, apt, brew, winget = PROGRAMS[name]
    if WINDOWS:
        return f"winget install {winget}" if winget else "It does not run on Windows itself; use WSL."
    if shutil.which("brew"):
        return f"brew install {brew}"
    return f"sudo apt-get install {apt}" if shutil.which("apt-get") else f"Install the package {apt} of your system."


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
