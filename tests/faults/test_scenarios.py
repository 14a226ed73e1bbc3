"""What is frozen, cut off, filled up or changed at the instant that matters; and each safeguard taken out once, to see
that the checker would have noticed."""

from __future__ import annotations

import pytest

from tests.faults import scenarios
from tests.faults.conftest import MakeWorld
from tests.faults.controls import CONTROLS

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults")]
# What stands on one database only here stands on both in `make faults`: the barriers are the same.
ODD = [
    ("do-not-call", "sqlite"),
    ("paused", "postgresql"),
    ("deleted", "sqlite"),
    ("frozen", "postgresql"),
    ("taken-over", "sqlite"),
    ("given-up", "sqlite"),
    ("two-claim", "postgresql"),
    ("one-number", "postgresql"),
    ("database-restart", "postgresql"),
    ("disk-full", "sqlite"),
    ("clock-jump", "sqlite"),
    ("carrier-restart", "sqlite"),
    ("calls-up", "postgresql"),
    ("wild-callbacks", "sqlite"),
    ("wild-carrier", "postgresql"),
]
ON = {
    "campaign-lock": "postgresql",
    "unique-index": "postgresql",
    "compare-and-set": "sqlite",
    "lease-and-retry": "postgresql",
    "rank-test": "sqlite",
    "do-not-call": "sqlite",
    "caps": "postgresql",
    "deadline": "sqlite",
}
CALLS_UNDER_CAPS = 1500
"""10,000 in `make faults`."""


def marked(pairs: list[tuple[str, str]]) -> list[object]:
    return [
        pytest.param(*pair, marks=pytest.mark.postgres) if pair[1] == "postgresql" else pair for pair in pairs
    ]


@pytest.mark.parametrize("name, database", marked(ODD))
def test_every_promise_holds(make_world: MakeWorld, name: str, database: str) -> None:
    verdict = scenarios.SCENARIOS[name].run(make_world(database))
    assert not verdict.broken, verdict.text()
    assert (verdict.calls > 0) != (name in ("do-not-call", "paused", "deleted"))


@pytest.mark.parametrize(
    "name, database",
    marked([("wild-carrier", "sqlite"), ("carrier-restart", "postgresql"), ("calls-up", "sqlite")]),
)
def test_every_promise_holds_over_twilio(make_world: MakeWorld, name: str, database: str) -> None:
    verdict = scenarios.SCENARIOS[name].run(make_world(database, "twilio"))
    assert not verdict.broken, verdict.text()
    assert verdict.calls > 0


@pytest.mark.postgres
@pytest.mark.timeout(600)  # 25 s of work for two processors, which may have other work
def test_four_engines_pass_no_cap_and_no_gap_and_lose_nobody(make_world: MakeWorld) -> None:
    verdict = scenarios.overlap(CALLS_UNDER_CAPS).run(make_world("postgresql"))
    print(f"{verdict.calls} calls; held back: {verdict.refused}")
    assert not verdict.broken, verdict.text()
    assert verdict.calls >= CALLS_UNDER_CAPS
    assert min(verdict.refused.values()) > 0


def test_there_is_a_control_for_every_safeguard() -> None:
    assert set(CONTROLS) == set(scenarios.CONTROLLED) == set(ON)
    assert all(database in scenarios.CONTROLLED[name].databases for name, database in ON.items())


@pytest.mark.parametrize("name, database", marked(list(ON.items())))
def test_a_safeguard_taken_out_is_noticed(make_world: MakeWorld, name: str, database: str) -> None:
    # Two calls that must overlap do not always on a busy machine: what was not broken then proves nothing.
    for _ in range(3):
        verdict = scenarios.CONTROLLED[name].run(make_world(database), (name,))
        if scenarios.caught(name, verdict):
            return
    pytest.fail(f"broken: {verdict.text() or 'nothing'}")
