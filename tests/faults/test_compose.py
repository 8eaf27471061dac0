"""What compose.yaml starts, as plain processes: each command as it stands there, but for ports and addresses."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from interviews.demo.seed import Access
from tests.deployment import compose, with_our_python
from tests.faults.load import Load
from tests.processes import ROOT, Process, Site, answers, free_port, wait_until
from tests.programs import need
from tests.servers import PostgreSQL, listens

SPEC = compose({"SITE_HOST": "localhost", "SECRET_KEY": "made up for this test", "POSTGRES_PASSWORD": "p"})["services"]


class Composed(Site):
    """All of it. `address` is Caddy's, without TLS; `secure` with it."""

    def __init__(self, folder: Path, database: str) -> None:
        ports = {"redis": free_port(), **{name: free_port() for name in ("web-1", "web-2")}}
        self.redis_port, self.web_ports = ports["redis"], [ports["web-1"], ports["web-2"]]
        said = {**SPEC["worker"]["environment"], "DATABASE_URL": database}
        said |= {"REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0", "BACKUP_DIR": str(folder / "backups")}
        said |= {"SECURE_COOKIES": "false", "ALLOWED_HOSTS": "localhost,127.0.0.1"}
        super().__init__(folder, **said)
        self.webs = [self.web(number) for number in range(2)]

    def start_webs(self) -> None:
        for process in self.webs:
            process.start()
        for port in self.web_ports:
            is_ready(port)

    def web(self, number: int, **settings: str) -> Process:
        command = with_our_python(SPEC[f"web-{number + 1}"]["command"])
        command = [part.replace("tcp:8000:", f"tcp:{self.web_ports[number]}:") for part in command]
        return Process(command, {**self.environment, **settings}, self.folder / f"web-{number}.log")

    def caddy(self, host: str, port: int) -> Process:
        """With its file, and what a test must not do taken out: listen to port 80, trust its key on this machine."""
        upstreams = " ".join(f"127.0.0.1:{one}" for one in self.web_ports)
        program = need(str(Path(sys.executable).with_name("caddy")), "caddy")
        done = subprocess.run(
            [program, "adapt", "--config", str(ROOT / "deploy" / "Caddyfile")],
            env={"SITE_HOST": host, "UPSTREAMS": upstreams, "HOME": str(self.folder)},
            capture_output=True,
            check=True,
        )
        config: dict[str, Any] = json.loads(done.stdout)
        config["admin"] = {"disabled": True}
        config["apps"]["http"]["http_port"] = free_port()
        config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
        file = self.folder / f"caddy-{port}.json"
        file.write_text(json.dumps(config))
        home = {"XDG_DATA_HOME": str(self.folder / "caddy"), "XDG_CONFIG_HOME": str(self.folder / "caddy")}
        process = Process([program, "run", "--config", str(file)], home, self.folder / f"caddy-{port}.log")
        process.start()
        wait_until(lambda: listens(port), f"Caddy starts; see {process.log}")
        return process


def is_ready(port: int) -> None:
    wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/ready"), "a web process starts")


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    folder = tmp_path_factory.mktemp("compose")
    with ExitStack() as stack:
        site = Composed(folder / "site", stack.enter_context(PostgreSQL(migrated=True)).url)
        site.folder.mkdir()
        redis, *options = SPEC["redis"]["command"]
        program = [need(redis, "valkey-server"), *options]
        server = Process(
            [*program, "--port", str(site.redis_port), "--bind", "127.0.0.1", "--dir", str(folder)],
            {},
            folder / "redis",
        )
        server.start()
        stack.callback(server.stop, signal.SIGTERM)
        wait_until(lambda: listens(site.redis_port), "Redis starts")
        site.prepare()
        stack.callback(lambda: [process.stop(signal.SIGTERM) for process in site.webs])
        site.start_webs()
        yield site


def run(command: list[str], site: Composed) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **site.environment}
    return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60, check=False)


def test_migrate_ends_well_and_so_does_the_worker(composed: Composed) -> None:
    done = run(with_our_python(SPEC["migrate"]["command"]), composed)
    assert done.returncode == 0, done.stderr
    worker = Process(with_our_python(SPEC["worker"]["command"]), composed.environment, composed.folder / "worker.log")
    worker.start()
    wait_until(lambda: "1 alive" in run([sys.executable, "manage.py", "doctor"], composed).stdout, "a sign of life")
    seconds = int(SPEC["worker"]["stop_grace_period"].removesuffix("s"))
    assert worker.stop(signal.SIGTERM, seconds) == 0


def test_the_checks_of_health_tell_who_is_well(composed: Composed) -> None:
    _cmd, pg_isready, *asked = SPEC["postgres"]["healthcheck"]["test"]
    port = composed.environment["DATABASE_URL"].rpartition(":")[2].partition("/")[0]
    assert run([need(pg_isready), *asked, "-h", "127.0.0.1", "-p", port], composed).returncode == 0
    assert run([need(pg_isready), *asked, "-h", "127.0.0.1", "-p", str(free_port())], composed).returncode != 0
    _cmd, redis_cli, *asked = SPEC["redis"]["healthcheck"]["test"]
    assert run([need(redis_cli, "valkey-cli"), "-p", str(composed.redis_port), *asked], composed).stdout == "PONG\n"


def test_behind_caddy_nobody_notices_that_web_processes_are_restarted_in_turn(composed: Composed) -> None:
    composed.port = free_port()
    composed.address = f"http://localhost:{composed.port}"
    caddy = composed.caddy(composed.address, composed.port)
    try:
        with Load(composed) as load:
            for number, old in enumerate(list(composed.webs)):
                load.wait_for(50)
                assert old.stop(signal.SIGTERM) == 0
                time.sleep(1)
                composed.webs[number] = new = composed.web(number)
                new.start()
                is_ready(composed.web_ports[number])
        assert load.failures == []
        assert load.answered > 100
        assert load.arrived == load.sent > 0
        claims = {"X-Forwarded-For": "192.0.2.66"}
        httpx.get(f"{composed.address}/health/live", headers=claims, timeout=40).raise_for_status()
        assert not any("192.0.2.66" in process.output() for process in composed.webs), "anybody can say who they are"
    finally:
        caddy.stop(signal.SIGTERM)


def test_over_tls_one_signs_in_with_cookies_that_leave_by_tls_alone(composed: Composed) -> None:
    port = free_port()
    composed.webs[0].stop(signal.SIGTERM)
    composed.webs[0] = composed.web(0, SECURE_COOKIES="true")
    composed.webs[0].start()
    composed.webs[1].stop(signal.SIGTERM)
    caddy = composed.caddy(f"localhost:{port}", port)
    try:
        root = composed.folder / "caddy" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        wait_until(root.exists, "Caddy has a key of its own")
        trusting = ssl.create_default_context(cafile=str(root))
        wait_until(lambda: _is_served(port, trusting), "Caddy has a certificate")
        demo = Access(**json.loads((composed.folder / "demo.json").read_text("utf-8")))
        address = f"https://localhost:{port}"
        with httpx.Client(base_url=address, verify=trusting, timeout=40) as hr:
            page = hr.get("/hr-dashboard/sign-in/")
            assert page.status_code == 200, page.text
            data = {"username": "hr", "password": demo.hr_password}
            token = next(it.value for it in hr.cookies.jar if "csrf" in it.name)
            reply = hr.post(
                "/hr-dashboard/sign-in/", data={**data, "csrfmiddlewaretoken": str(token)}, headers={"Referer": address}
            )
            assert reply.status_code == 302, reply.text
            assert len(hr.cookies.jar) >= 2
            assert all(cookie.secure for cookie in hr.cookies.jar)
    finally:
        caddy.stop(signal.SIGTERM)
        composed.webs[0].stop(signal.SIGTERM)
        composed.webs = [composed.web(number) for number in range(2)]
        composed.start_webs()


def _is_served(port: int, trusting: ssl.SSLContext) -> bool:
    try:
        return httpx.get(f"https://localhost:{port}/health/live", verify=trusting).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
