"""The rooms of docs/architecture.md, held by code: who may import whom, who writes events, what travels live."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import CASCADE, SET_NULL, ForeignKey

from interviews.events import Event, came_further, event_recorded
from realtime import wake

ROOT = Path(__file__).resolve().parent.parent
OURS = ("project", "realtime", "interviews")
MODULES = [
    path
    for folder in (*OURS, "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PRODUCT = [path for path in MODULES if "tests" not in path.relative_to(ROOT).parts]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _template(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def _includes(path: Path) -> set[str]:
    return set(re.findall(r'{%\s*(?:include|extends)\s+"([^"]+)"', path.read_text("utf-8")))


def _calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            if name in (getattr(called, "id", ""), getattr(called, "attr", "")):
                yield node


def test_there_is_something_to_look_at() -> None:
    assert len(PRODUCT) > 50
    assert len(TEMPLATES) > 20
    assert {path.name for path in PRODUCT} >= {"settings.py", "hub.py", "access.py"}


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: \d+ kept, 0 broken", done.stdout), done.stdout


def test_no_interview_is_without_an_event() -> None:
    """Lists by the last change are read from events: each way to make an interview writes one with it (what cannot be
    written leaves no interview, says `tests/test_results.py`), and none is ever deleted or given to another."""
    makes, uses, changes = set(), set(), []
    for path in PRODUCT:
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                calls = [ast.unparse(it) for it in ast.walk(function) if isinstance(it, ast.Call)]
                if any(re.match(r"Interview(\.objects\.\w*create)?\(", call) for call in calls):
                    makes.add((_name(path), function.name))
                if any(call.startswith("new_interview(") for call in calls):
                    uses.add((function.name, any(call.startswith("record(") for call in calls)))
                changes += [it for it in calls if re.match(r".*\b(Event\.objects|\.events)\b.*\.(delete|update)\(", it)]
    assert makes == {("interviews/actions/invitations.py", "new_interview")}
    assert uses == {("invite", True), ("invite_people", True), ("join", True)}
    assert changes == []
    keys = [field for field in Event._meta.fields if isinstance(field, ForeignKey)]
    ends = {field.name: field.remote_field.on_delete for field in keys}
    assert ends == {"interview": CASCADE, "answer": SET_NULL, "actor": SET_NULL}


def test_no_import_hides_in_a_function() -> None:
    """But where Django asks for it: models exist only once the apps are ready."""
    for path in MODULES:
        functions = [
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and path.name != "apps.py"
        ]
        for inner in (inner for function in functions for inner in ast.walk(function)):
            names = [alias.name for alias in inner.names] if isinstance(inner, ast.Import) else []
            names += [inner.module or ""] if isinstance(inner, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in OURS], _name(path)


def test_no_module_is_long() -> None:
    assert {_name(path) for path in PRODUCT if len(path.read_text("utf-8").splitlines()) > 300} == set()


def test_events_are_recorded_by_actions_processing_and_the_watch_on_rights_alone() -> None:
    found = {_name(path.parent) for path in PRODUCT for _ in _calls(path, "record") if path.name != "rights.py"}
    assert found == {"interviews/actions", "interviews/processing"}
    assert _calls(ROOT / "interviews" / "rights.py", "record")


def test_event_rows_are_made_by_record_alone() -> None:
    making = [
        _name(path)
        for path in PRODUCT
        for call in _calls(path, "create")
        if "Event.objects" in ast.unparse(call.func) or "Head.objects" in ast.unparse(call.func)
    ]
    assert making == ["interviews/events.py"]


def test_one_listener_hears_of_events() -> None:
    for sent, listener in ((event_recorded, wake.send), (came_further, wake.send_tick)):
        assert [receiver() for _key, receiver, *_rest in sent.receivers] == [listener]
    connecting = [
        _name(path) for path in PRODUCT if re.search(r"(event_recorded|came_further).connect", path.read_text("utf-8"))
    ]
    assert connecting == ["realtime/apps.py"]


def test_the_environment_is_read_by_the_settings_alone() -> None:
    reading = [
        _name(path) for path in PRODUCT if re.search(r"os\.(environ\b(?!\.setdefault)|getenv)", path.read_text("utf-8"))
    ]
    assert reading == []  # project/environment reads it through environs
    readers = [_name(path) for path in PRODUCT if "environs" in path.read_text("utf-8")]
    assert readers == ["project/environment/__init__.py"]


def test_every_signal_but_two_belongs_to_somebody_else() -> None:
    assert [_name(path) for path in PRODUCT for _ in _calls(path, "Signal")] == ["interviews/events.py"] * 2


def test_what_travels_live_is_also_drawn_by_a_page() -> None:
    live = ROOT / "templates" / "live" / "update.html"
    sent = _includes(live)
    assert len(sent) >= 5
    drawn = {name for path in TEMPLATES if path != live for name in _includes(path)}
    for path in (ROOT / "interviews" / "views").glob("*.py"):  # of lists, a view draws the rows and keeps them
        drawn |= set(re.findall(r'\bdrawn\("([^"]+)"', path.read_text("utf-8")))
    assert sent <= drawn, sent - drawn
    for name in sent:
        assert name.rpartition("/")[2].startswith("_")


def test_what_is_sent_has_the_id_that_it_replaces() -> None:
    text = (ROOT / "templates" / "live" / "update.html").read_text("utf-8")
    pairs = re.findall(r'data-replace="([^"{]+)[^>]*>\s*{% include "([^"]+)"', text)
    assert len(pairs) == len(_includes(ROOT / "templates" / "live" / "update.html"))
    for prefix, name in pairs:
        first_tag = re.search(r"<\w+[^>]*>", (ROOT / "templates" / name).read_text("utf-8"))
        assert first_tag, name
        assert f'id="{prefix}' in first_tag[0], name


def test_every_template_is_used() -> None:
    included = {name for path in TEMPLATES for name in _includes(path)}
    code = "\n".join(path.read_text("utf-8") for path in PRODUCT)
    by_django = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
    by_admin = {"admin/base_site.html", "admin/color_theme_toggle.html", "admin/interviews/job/change_list.html"}
    for path in TEMPLATES:
        name = _template(path)
        if path.name.startswith("_"):
            assert name in included, name
        else:
            assert name in included | by_django | by_admin or f'"{name}"' in code, name
    djangos = {name for name in included if name.startswith("admin/")}
    assert included - djangos <= {_template(path) for path in TEMPLATES}


def test_every_room_of_the_map_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = text[text.index("## Rooms") : text.index("## Words")]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    named = [room for row in rows for room in re.findall(r"`([^`]+)`", row)]
    assert len(named) > 15
    for room in named:
        path = room if (ROOT / room).exists() else f"interviews/{room}"
        assert (ROOT / path).exists(), room
    folders = {path.name for path in (ROOT / "interviews").iterdir() if (path / "__init__.py").exists()}
    assert {f"interviews/{name}/" for name in folders - {"migrations"}} <= {
        room if room.startswith("interviews/") else f"interviews/{room}" for room in named
    }


def test_only_our_three_packages_hold_our_apps() -> None:
    ours = {config.name for config in apps.get_app_configs() if str(ROOT) == str(Path(config.path).parent)}
    assert ours == set(OURS)


def test_no_table_is_ordered_as_another_one_is() -> None:
    """`ordering = ["interview"]` joins that table, and those that its own ordering names, into every reading."""
    relations = {
        f"{model.__name__}: {name}"
        for model in apps.get_app_config("interviews").get_models()
        for name in model._meta.ordering or ()
        if str(name).lstrip("-") in {field.name for field in model._meta.fields if field.is_relation}
    }
    assert relations == set()
