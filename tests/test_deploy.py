"""The image, compose.yaml and the units: by the rules of the programs that read them, and by our own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from compose_spec import PyCompose
from django.core.management import get_commands

from project.environment import backups
from tests.deployment import UNITS, compose, instructions, scripts, unit
from tests.processes import ROOT
from tests.programs import need, of_venv

FILLED = {"SITE_HOST": "interviews.example.com", "SECRET_KEY": "k", "POSTGRES_PASSWORD": "p"}
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))


def checked(*command: str, **environment: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment or None, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_dockerfile_keeps_hadolints_rules() -> None:
    checked(of_venv("hadolint"), "--failure-threshold", "style", "Dockerfile")


def test_the_scripts_keep_shellchecks_rules() -> None:
    assert len(scripts()) == 2
    for script in scripts():
        checked(of_venv("shellcheck"), str(script))
        assert script.stat().st_mode & 0o111


def test_the_image_is_built_in_stages_and_each_base_has_a_version() -> None:
    bases = [line.split()[0] for line in instructions()["FROM"]]
    assert len(bases) == 2
    assert all(re.search(r":\d+\.\d+", base) for base in bases)
    assert "COPY" in instructions()


def test_compose_is_what_its_specification_says() -> None:
    spec = compose(FILLED)
    PyCompose.from_json(json.dumps(spec)).to_spec()
    spec["services"]["redis"]["restarts"] = "always"
    with pytest.raises(ValueError, match="restarts"):
        PyCompose.from_json(json.dumps(spec))


def test_what_compose_needs_stands_in_the_example_first() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    wanted = re.findall(r"^([A-Z_]+)=$", text, re.MULTILINE)
    assert wanted == ["SITE_HOST", "SECRET_KEY", "POSTGRES_PASSWORD"]
    for missing in wanted:
        with pytest.raises(KeyError, match=missing):
            compose({name: value for name, value in FILLED.items() if name != missing})
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    table = (ROOT / "README.md").read_text("utf-8")
    for name in named - {"SITE_HOST", "POSTGRES_PASSWORD", "BACKUP_PLACE"}:
        assert f"`{name}`" in table, name


def ours() -> dict[str, Any]:
    return {name: it for name, it in compose(FILLED)["services"].items() if it["image"] == "greenroom"}


def test_our_containers_can_change_nothing_but_their_data() -> None:
    assert set(ours()) == {"migrate", "web-1", "web-2", "worker"}
    for name, service in ours().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "user" not in service, name  # the image's own, which is not root
        assert "ports" not in service, name  # the way in is Caddy
    for name, service in compose(FILLED)["services"].items():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service.get("privileged") is None, name


def test_what_is_stored_lies_on_volumes_and_a_stop_has_time() -> None:
    spec = compose(FILLED)
    for service in ours().values():
        assert service["volumes"] == ["data:/data", "backups:/backups"]
        assert int(service["stop_grace_period"].removesuffix("s")) >= 30
    (volumes,) = instructions()["VOLUME"]
    assert json.loads(volumes) == ["/data", "/backups"]
    assert set(spec["volumes"]) == {"data", "backups", "postgres", "caddy"}
    assert compose({**FILLED, "BACKUP_PLACE": "/srv/b"})["services"]["worker"]["volumes"][1] == "/srv/b:/backups"


def test_pg_dump_in_the_image_is_no_older_than_the_server() -> None:
    """Debian 13 (trixie) has 17."""
    assert all("trixie" in base for base in instructions()["FROM"])
    assert compose(FILLED)["services"]["postgres"]["image"].startswith("postgres:17")


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_hardened(name: str, tmp_path: Path) -> None:
    """systemd's own measure, from 0 to 10. What is left is that it has a network, files and a database's socket."""
    service = tmp_path / name.replace("@", "@1")
    shutil.copy(UNITS / name, service)
    said = checked(need("systemd-analyze"), "security", "--offline=true", "--threshold=15", "--no-pager", str(service))
    assert re.search(r"exposure level for \S+: 1\.[0-5] OK", said), said.splitlines()[-1]


def test_the_units_say_nothing_that_systemd_does_not_know(tmp_path: Path) -> None:
    text = [path.read_text("utf-8") for path in UNITS.iterdir()]
    for path, said in zip(UNITS.iterdir(), text, strict=True):
        # Where it is tried nothing is installed.
        runnable = said.replace("/opt/greenroom/.venv/bin/", "/bin/").replace("/bin/daphne", "/bin/sh")
        runnable = runnable.replace("/bin/python", "/bin/sh").replace("file:/opt/greenroom", "file:")
        (tmp_path / path.name.replace("@", "@1")).write_text(runnable)
        if "@" in path.name:
            (tmp_path / path.name).write_text(runnable)
            (tmp_path / path.name.replace("@", "@2")).write_text(runnable)
    done = subprocess.run(
        [need("systemd-analyze"), "verify", "--man=no", *map(str, sorted(tmp_path.glob("greenroom*[!@].*")))],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "greenroom" not in done.stderr, done.stderr


def test_the_units_agree_with_what_the_installer_makes() -> None:
    script = (ROOT / "deploy" / "install.sh").read_text("utf-8")
    for name in SERVICES:
        service = unit(name)["Service"]
        assert service["User"] == service["Group"] == ["greenroom"]
        assert service["WorkingDirectory"] == ["/opt/greenroom"]
        assert service["EnvironmentFile"] == ["/etc/greenroom/greenroom.env"]
        assert service["StateDirectory"] == ["greenroom"]
        assert service["ReadWritePaths"] == ["/var/backups/greenroom"]
    assert "DATA_DIR=/var/lib/greenroom\n" in script
    assert "BACKUP_DIR=/var/backups/greenroom\n" in script
    for started in re.findall(r"systemctl (?:enable --quiet --now|restart) (.*)", script):
        for name in started.split():
            file = re.sub(r"@\d", "@", name if "." in name else f"{name}.service")
            assert (UNITS / file).exists(), name


def test_caddy_takes_its_file_and_the_installers_way_with_it() -> None:
    file = str(ROOT / "deploy" / "Caddyfile")
    said = checked(of_venv("caddy"), "adapt", "--config", file, SITE_HOST="a.example.com", UPSTREAMS="w1:80 w2:80")
    assert [it["dial"] for it in _upstreams(json.loads(said))] == ["w1:80", "w2:80"]
    script = (ROOT / "deploy" / "install.sh").read_text("utf-8")
    (command,) = re.findall(r"^\tsed (.*?)>/etc/caddy/Caddyfile$", script, re.MULTILINE | re.DOTALL)
    filled = checked("sh", "-c", f"host=b.example.com app=.; sed {command}")
    assert "b.example.com {" in filled
    assert "{$" not in filled
    assert "reverse_proxy 127.0.0.1:8000" in filled


def _upstreams(found: Any) -> list[dict[str, str]]:
    if isinstance(found, dict):
        if "upstreams" in found:
            return list(found["upstreams"])
        found = list(found.values())
    return [one for it in found for one in _upstreams(it)] if isinstance(found, list) else []


def test_backups_are_kept_for_less_than_the_time_in_which_a_person_must_be_gone() -> None:
    assert backups.BACKUP_DAYS < 30


def test_what_the_documents_tell_people_to_type_exists() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8") + (ROOT / "README.md").read_text("utf-8")
    typed = re.findall(r"^(?:(?:docker .*|)python manage\.py|greenroom) (\w+)", text, re.MULTILINE)
    assert {"createsuperuser", "doctor", "backup", "restore", "backups"} <= set(typed) <= set(get_commands())
    services = set(re.findall(r"docker compose (?:exec|up|stop|run)((?: --?\w[\w-]*| [\w-]+)+)", text))
    named = {word for line in services for word in line.split() if not word.startswith("-")}
    assert named & set(compose(FILLED)["services"]) == {"web-1", "web-2", "worker", "migrate"}
    for unit_name in re.findall(r"greenroom(?:-\w+@\d|\.target|\.socket)", text):
        file = re.sub(r"@\d", "@", unit_name) + ("" if "." in unit_name else ".service")
        assert (UNITS / file).exists(), unit_name
    for path in re.findall(r"`(deploy/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
