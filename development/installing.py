"""Brings .venv, and the programs that tests start, to what they have to be. Needs nothing installed itself."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
SCRIPTS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = SCRIPTS / ("python.exe" if WINDOWS else "python")
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


def install_everything() -> None:
    """What the product needs, and what its tests do."""
    install(*sorted(ROOT.glob("requirements*.txt")))


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
