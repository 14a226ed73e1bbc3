"""The dashboard, the alert rules and the list of metrics speak of what /metrics really tells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.clock import FakeClock
from tests.support.scrape import Scrape, parse
from tests.support.server import ROOT
from tests.web.busy import make_busy, scrape
from tests.web.people_support import Site, close, open_site

DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs/grafana-dashboard.json").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "docs/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
NAME = re.compile(r"\bswitchboard_\w+")
SELECTED = re.compile(r"\b(switchboard_\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
DURATION = re.compile(r"(\d+(ms|[smhdwy]))+")


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path, clock: FakeClock) -> Iterator[Site]:
    """Nobody signs in: it is only scraped."""
    site = open_site(tmp_path, sqlite_template, clock)
    yield site
    close(site)


@pytest.fixture
def scraped(site: Site) -> Iterator[Scrape]:
    """A scrape in which every family has samples."""
    world = make_busy(site)
    yield scrape(site)
    world.close()


def expressions() -> list[tuple[str, str]]:
    panels = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
    return panels + [(rule["alert"], rule["expr"]) for rule in RULES]


def unknown(expression: str, scraped: Scrape) -> list[str]:
    """What an expression asks for that no scrape has: metrics, labels, and values of labels."""
    names = set(NAME.findall(expression))
    found = [name for name in names if name not in scraped.samples]
    for name, matchers in SELECTED.findall(expression):
        for label, operator, value in MATCHER.findall(matchers):
            values = {dict(key).get(label) for key in scraped.samples.get(name, {})}
            if None in values or (operator == "=" and value not in values):
                found.append(f"{name}{{{label}{operator}{value!r}}}")
    known = {label for name in names for key in scraped.samples.get(name, {}) for label in dict(key)}
    grouped = {label.strip() for labels in GROUPED.findall(expression) for label in labels.split(",")}
    return found + sorted(grouped - known)


def test_every_expression_asks_for_what_a_real_scrape_has(scraped: Scrape) -> None:
    wrong = {
        where: missing for where, expression in expressions() if (missing := unknown(expression, scraped))
    }
    assert not wrong


@pytest.mark.parametrize(
    "expression, missing",
    [
        ("rate(switchboard_tea_total[5m])", ["switchboard_tea_total"]),
        ('switchboard_imports{state="failed"}', ["switchboard_imports{state='failed'}"]),
        ('switchboard_imports{status="lost"}', ["switchboard_imports{status='lost'}"]),
        ("sum by (host, engine) (switchboard_tick_seconds_count)", ["host"]),
    ],
)
def test_the_check_finds_what_is_not_there(expression: str, missing: list[str]) -> None:
    small = parse(
        'switchboard_imports{status="failed"} 0\nswitchboard_tick_seconds_count{engine="one",role="engine"} 1\n'
    )
    assert unknown(expression, small) == missing


def test_the_list_of_metrics_is_complete_and_holds_no_other(scraped: Scrape) -> None:
    listed = set(re.findall(r"^\| `(switchboard_\w+)` \|", OPERATIONS, re.MULTILINE))
    families = {
        f"{name}_total" if kind == "counter" else name
        for name, kind in scraped.kinds.items()
        if name.startswith("switchboard_")
    }
    assert listed == families


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    assert DASHBOARD["title"]
    assert DASHBOARD["uid"]
    assert DASHBOARD["schemaVersion"] >= 36
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    [variable] = DASHBOARD["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": f"${{{variable['name']}}}"}
        refs = [target["refId"] for target in panel["targets"]]
        assert refs
        assert len(refs) == len(set(refs))
        assert 0 <= panel["gridPos"]["x"] <= 24 - panel["gridPos"]["w"]


def test_no_two_panels_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_has_what_prometheus_and_the_person_on_call_need(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"[A-Z]\w+", rule["alert"])
    assert DURATION.fullmatch(rule.get("for", "0s"))
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description"}
    expression = rule["expr"]
    assert expression.count("(") == expression.count(")")
    words = " ".join(rule["annotations"].values())
    labels = {label.strip() for found in GROUPED.findall(expression) for label in found.split(",")}
    assert set(re.findall(r"\$labels\.(\w+)", words)) <= labels, "a label that the result does not have"
    assert f"`{rule['alert']}`" in OPERATIONS, "it is explained"


def test_the_operations_page_names_no_rule_that_is_not_there() -> None:
    assert set(re.findall(r"`(Switchboard[A-Z]\w+)`", OPERATIONS)) == {rule["alert"] for rule in RULES}


def test_the_pages_that_the_documents_link_to_are_there() -> None:
    for name in ("grafana-dashboard.json", "alerts.yml"):
        assert name in OPERATIONS
        assert Path(ROOT / "docs" / name).is_file()
