"""What the documents name is there: paths, names in code, commands, addresses, variables with their defaults, links."""

from __future__ import annotations

import ast
import os
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from interviews import tasks
from interviews.api import positions
from interviews.exports import listing as files
from interviews.forms import colours
from interviews.media import captions
from interviews.processing import jobs, leases, outward, providers, webhooks
from interviews.queries import applicants, corrections
from interviews.queries import listing as the_list
from interviews.scoring import agreement, doubt, evidence
from interviews.views import proving
from project import bodies, http, metrics
from realtime import consumers, feed, hub

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text("utf-8")
THEIRS = frozenset(
    {
        *("CAP_DAC_READ_SEARCH", "SENTRY_ENVIRONMENT", "SENTRY_RELEASE", "log_format", "server_side_binding"),
        *("HttpOnly", "postMessage"),
    }
)
"""Names that other programs know."""
WRITTEN = frozenset({"data.json", "logos/", "prompts/", "renditions/", "takes/"})
"""What the product writes."""
ADDRESS = re.compile(r"/(?:hr-dashboard|admin|api|health|interview|join|metrics|shared)\b[^\s#?{]*")
BELOW = ("/health/", "/api/v1/")
"""Said of all addresses that begin so."""
IN_PLACE_OF_AN_ID = ("00000000-0000-4000-8000-000000000000", "1", "csv")


@cache
def _files() -> list[str]:
    """Of the checkout, without what a run, an installation or a test has left in it."""
    left = {".git", ".venv", "var", "node_modules", "__pycache__"}
    found: list[str] = []
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in left]  # where other tests write meanwhile
        found += [Path(folder, name).relative_to(ROOT).as_posix() for name in names if name not in left]
    return found


@cache
def _code() -> frozenset[str]:
    """Each word of the code, and of the names of its files."""
    kinds = {".py", ".js", ".html", ".css", ".toml", ".txt", ".yml", ".yaml", ".sh", ".conf", ".service", ".json"}
    words: set[str] = set()
    for name in _files():
        words |= set(re.findall(r"\w+", name))
        if Path(name).suffix in kinds and not name.startswith("docs/") and name != "tests/test_documents.py":
            words |= set(re.findall(r"\w+", (ROOT / name).read_text("utf-8")))
    return frozenset(words)


def _quoted(document: Path) -> set[str]:
    """What stands between backticks in its sentences."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)))


def _is_path(name: str) -> bool:
    return bool(
        re.fullmatch(r"\w[\w.*/-]*\.(?:py|js|md|html|css|toml|txt|yml|yaml|json|sh|conf)|[\w-]+(?:/[\w-]+)*/", name)
    )


def _is_there(path: str) -> bool:
    """From the root, or, as rooms call each other, from within one."""
    if "*" in path:
        return any(ROOT.glob(path))
    wanted = f"/{path.rstrip('/')}"
    folders = {f"/{parent}" for name in _files() for parent in Path(name).parents}
    return any(f"/{name}".endswith(wanted) for name in _files()) or any(it.endswith(wanted) for it in folders)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda it: it.name)
def test_every_path_and_every_name_of_code_is_there(document: Path) -> None:
    missing = []
    for name in sorted(_quoted(document)):
        if _is_path(name):
            missing += [] if name in WRITTEN or _is_there(name) else [name]
        elif re.fullmatch(r"[\w.]+(?:\(\))?", name) and re.search(
            r"[a-z]_|_[a-z]|\w\.\w|[A-Z]{2}\w*_|[a-z][A-Z]", name
        ):
            unknown = set(re.findall(r"\w+", name)) - THEIRS - _code() - _asked().keys()
            missing += [name] if unknown and not name[0].isdigit() else []
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda it: it.name)
def test_every_command_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    typed = re.findall(r"manage\.py ([a-z]\w+)", text)
    assert sorted(set(typed) - set(get_commands())) == []
    dev = (ROOT / "dev.py").read_text("utf-8")
    ours = set(re.findall(r"^    python3 dev\.py (\w+)", dev, re.MULTILINE))
    assert sorted(set(re.findall(r"dev\.py ([a-z]+)", text)) - ours) == []
    measured = {path.stem.replace("_", "-") for path in (ROOT / "bench").glob("[a-z]*.py")}
    assert sorted(set(re.findall(r"dev\.py bench ([a-z-]+)", text)) - measured) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda it: it.name)
def test_every_address_leads_somewhere(document: Path) -> None:
    wrong = []
    for name in sorted(_quoted(document)):
        found = ADDRESS.fullmatch(name.partition("#")[0].partition("?")[0])
        if found and not any(_resolves(re.sub(r"<[^>]*>", it, found[0])) for it in IN_PLACE_OF_AN_ID):
            wrong.append(name)
    assert wrong == []


def _resolves(path: str) -> bool:
    try:
        return resolve(path).url_name not in (None, "api-nothing")  # which answer for whatever is not there
    except Resolver404:
        return path in BELOW


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda it: it.name)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(document: Path) -> None:
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        if target.startswith("http"):
            continue
        file, _hash, anchor = target.partition("#")
        path = (document.parent / file) if file else document
        anchors = _anchors(path) if anchor else {""}
        wrong += [] if path.exists() and anchor in anchors else [target]
    assert wrong == []


def _anchors(document: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_sections_that_other_documents_name_are_there() -> None:
    headings = set(re.findall(r"^#+ (.+)$", (ROOT / "docs" / "architecture.md").read_text("utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        for named in re.findall(r"architecture\.md[:,)]+((?:,? \*[^*|]+\*)+)", document.read_text("utf-8")):
            assert set(re.findall(r"\*([^*]+)\*", named)) <= headings, document.name


def _asked() -> dict[str, str | None]:
    """Each variable that the environment is asked for, with its default as it would be typed; None: it is worked out.

    Of those that are put together of parts, those that there are.
    """
    found: dict[str, str | None] = {}
    for file in (ROOT / "project" / "environment").glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if isinstance(call.func.value, ast.Name) and call.func.value.id == "env":
                names, default = _names(call.args[0]), _typed(call.args[1]) if len(call.args) > 1 else None
                found |= {name: found.get(name) or default for name in names}
    return found


def _names(argument: ast.expr) -> list[str]:
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    parts = argument.values if isinstance(argument, ast.JoinedStr) else []
    before, after = (str(it.value) for it in parts if isinstance(it, ast.Constant))
    return [f"{before}{name}{after}" for name in ("MEDIA", "TRANSCRIPTS", "SCORES", "AUDIT")]


def _typed(default: ast.expr) -> str | None:
    try:
        value = ast.literal_eval(default)
    except ValueError:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else None if value is None else str(value)


def _table() -> dict[str, str]:
    """Of README: what stands for the default of each variable."""
    rows = re.findall(r"^\| (`[A-Z][^|]*) \| *([^|]*?) *\|", README, re.MULTILINE)
    return {name: default for names, default in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", names)}


def test_readme_lists_every_variable_and_no_other() -> None:
    asked, listed = set(_asked()), set(_table())
    assert {"DATABASE_URL", "RETENTION_AUDIT_DAYS", "WORKERS"} <= asked
    assert listed - asked == {"PORT"}  # which dev.py reads
    assert asked - listed == {f"RETENTION_{it}_BASIS" for it in ("TRANSCRIPTS", "SCORES", "AUDIT")}  # "and so on"


def test_readme_says_the_defaults() -> None:
    listed = _table()
    wrong = [
        (name, default, listed[name])
        for name, default in _asked().items()
        if name in listed and default and f"`{default}`" not in listed[name]
    ]
    assert wrong == []


SAID = {
    "architecture.md": [
        f"a lease of {leases.LEASE.seconds} s",
        f"all its leases every {leases.PULSE_SECONDS:.0f} s",
        f"base {jobs.BACKOFF_BASE_SECONDS:.0f} s, cap {jobs.BACKOFF_CAP_SECONDS / 60:.0f} min",
        f"what ends within {tasks.FINISH_WITHIN_SECONDS:.0f} s",
        f"every worker process, every {tasks.SWEEP_SECONDS:.0f} s",
        f"1 KiB/s after {bodies.PATIENCE_SECONDS:.0f} s",
        f"The hub looks every {hub.LOOK_EVERY_SECONDS:.0f} s",
        f"More than {feed.REPLAY_AT_MOST} events behind",
        f"{applicants.SENTENCE_SECONDS} seconds remain",
        f"{evidence.MIN_TOKENS} to {evidence.MAX_TOKENS} words",
        f"a mean confidence below {doubt.LOWEST_MEAN}",
        f"the words below {doubt.LOW}",
        f"for {corrections.APPLICANT_DAYS} days after the submit",
        f"from {agreement.FEWEST} pairs on",
        f"words of {captions.LONG_PAUSE_SECONDS} s and more",
        f"finds {the_list.PAGE_ROWS} ids",
        f"in batches of {files.BATCH}",
        f"contrast of {colours.ENOUGH}",
    ],
    "api.md": [f"have {positions.PAGE_ROWS} rows", f"within {outward.ANSWER_WITHIN_SECONDS:.0f} seconds"],
    "exports.md": [f"pieces of {files.BATCH} interviews", f"of at most {files.PDF_AT_MOST}"],
    "observability.md": [f"alive within {metrics.ALIVE_WITHIN.seconds} s"],
    "security.md": [f"{consumers.FRAME_AT_MOST // 1024} KiB", f"{consumers.TOPICS_AT_MOST:,} topics"],
}


@pytest.mark.parametrize("name", SAID)
def test_numbers_are_those_of_the_code(name: str) -> None:
    text = " ".join((ROOT / "docs" / name).read_text("utf-8").split())
    assert [words for words in SAID[name] if words not in text] == []


def test_numbers_in_words_are_those_of_the_code() -> None:
    text = " ".join((ROOT / "docs" / "architecture.md").read_text("utf-8").split())
    in_words = {3: "third", 4: "four", 5: "five", 8: "eight"}
    assert f"a {in_words[jobs.CRASHES]} such loss parks it" in text
    assert f"{in_words[jobs.ATTEMPTS]} attempts, then parked" in text
    assert f"{in_words[providers.FAILURES]} failures in a row" in text
    assert f"on one of {in_words[http.THREADS]} threads" in text
    assert (proving.FRESH.seconds, webhooks.GIVE_UP_AFTER.days) == (600, 3)  # security.md and api.md say so in words
