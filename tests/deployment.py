"""What deploy/, the Dockerfile and compose.yaml say, read as the programs that they are for read it."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.processes import ROOT

DOCKERFILE = ROOT / "Dockerfile"
UNITS = ROOT / "deploy" / "systemd"
VENV = "/opt/greenroom/.venv/bin"


def instructions() -> dict[str, list[str]]:
    """Of the Dockerfile: name -> its arguments, in order."""
    lines = re.sub(r"\\\n", "", re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.M)).splitlines()
    found: dict[str, list[str]] = {}
    for line in filter(None, lines):
        name, _, rest = line.partition(" ")
        found.setdefault(name, []).append(rest.strip())
    return found


def compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """compose.yaml with these for ${NAME}, ${NAME:-default} and ${NAME:?why}. Raises KeyError for a missing one."""

    def value(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        return variables[name] if default is None else variables.get(name) or default

    text = (ROOT / "compose.yaml").read_text("utf-8")
    filled = re.sub(r"\$\{(?P<name>[A-Z_]+)(?::\?[^}]*|:-(?P<default>[^}]*))?\}", value, text)
    read: dict[str, Any] = yaml.safe_load(filled)
    return read


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Section -> directive -> its values: one may stand there more than once."""
    sections: dict[str, dict[str, list[str]]] = {}
    for line in (UNITS / name).read_text("utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, said = line.partition("=")
            section.setdefault(key, []).append(said)
    return sections


def with_our_python(command: list[str]) -> list[str]:
    """A command of the image or of a unit, with the Python of these tests."""
    name = command[0].removeprefix(f"{VENV}/")
    return [sys.executable, *([] if name == "python" else ["-m", name]), *command[1:]]


def started_by(name: str) -> list[str]:
    (command,) = unit(name)["Service"]["ExecStart"]
    return with_our_python(shlex.split(command))


def started_by_image() -> list[str]:
    (command,) = instructions()["CMD"]
    return with_our_python(json.loads(command))


def scripts() -> list[Path]:
    return [path for path in (ROOT / "deploy").iterdir() if path.is_file() and path.read_bytes().startswith(b"#!")]
