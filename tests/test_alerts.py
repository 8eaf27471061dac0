"""The example alerts and the example board name what there is, and each alert says what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import promql_parser
import pytest
import yaml

from interviews.demo.seed import Access
from tests.probes import METRICS_TOKEN, asked
from tests.processes import ROOT, Site
from tests.sockets import Visitor, ask, where

FOLDER = ROOT / "deploy" / "observability"
ALERTS = FOLDER / "greenroom-alerts.yml"
BOARD: dict[str, Any] = json.loads((FOLDER / "greenroom-board.json").read_text("utf-8"))
GUIDE = (ROOT / "docs" / "observability.md").read_text("utf-8")
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]
]
OF_PROMETHEUS = {"up"}
IN_SERVICES_ALONE = {"greenroom_redis_up"}
"""tests/test_health.py reads it there."""


def _named(expression: str) -> set[str]:
    """The numbers that an expression of PromQL asks for. Raises ValueError where it is none."""
    found: set[str] = set()

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            found.add(node.name)

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def _asked_by_the_board() -> set[str]:
    return {name for panel in BOARD["panels"] for target in panel["targets"] for name in _named(target["expr"])}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all numbers of a site on which something has happened, and whose pages somebody has open."""
    with Site(tmp_path_factory.mktemp("site"), METRICS_TOKEN=METRICS_TOKEN) as site:
        hr = Visitor(site)
        hr.sign_in("hr", Access(**json.loads(site.demo_text)).hr_password)
        topics, after = where(hr.get("/hr-dashboard/results/"))
        with hr.socket() as socket:
            assert "last" in ask(socket, topics, after)
            text = asked(f"{site.address}/metrics", Authorization=f"Bearer {METRICS_TOKEN}")[1]
    families = re.findall(r"^# TYPE (\S+) \w+$", text, re.MULTILINE)
    return {*families, *re.findall(r"^(\w+)", text, re.MULTILINE), *IN_SERVICES_ALONE}


def test_every_number_that_is_asked_for_is_told(told: set[str]) -> None:
    wanted = _asked_by_the_board() | {name for rule in RULES for name in _named(rule["expr"])}
    assert len(wanted) > 20
    assert wanted - told - OF_PROMETHEUS == set()


def test_every_number_is_explained(told: set[str]) -> None:
    explained = set(re.findall(r"`(greenroom_\w+)[`{]", GUIDE))
    told = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in told if name.startswith("greenroom_")}
    counters = {name.removesuffix("_total") for name in told if name.endswith("_total")}
    assert told - counters == explained


def test_every_alert_says_what_to_do() -> None:
    headings = set(re.findall(r"^### (\w+)$", GUIDE, re.MULTILINE))
    assert {rule["alert"] for rule in RULES} == headings
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"docs/observability.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_the_board_can_be_imported() -> None:
    """By any Grafana: it asks which Prometheus, and its panels do not lie on each other."""
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${source}"}
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells) and max(x for x, _y in cells) < 24
