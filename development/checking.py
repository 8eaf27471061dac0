"""All that CI runs, one step after the other, and a line that counts what came of it."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from development.installing import (
    PYTHON,
    SCRIPTS,
    add_places_to_path,
    how_to_install,
    install_everything,
    missing_programs,
)

STEPS = (
    "ruff format --check",
    "ruff check",
    "mypy",
    "lint-imports",
    "manage.py makemigrations --check --dry-run",
    "manage.py check --fail-level WARNING",
)
TESTS_AT_ONCE = 3


def test(arguments: Sequence[str]) -> int:
    """The exit status, after all that CI runs; `arguments` go to pytest."""
    passed = failed = 0
    install_everything()
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
