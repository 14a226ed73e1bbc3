"""Four engines and eight campaigns whose lists overlap: the same numbers, several subjects, caps of every scope and
period. The clock is moved on whenever nobody can be called, until every campaign is over.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumberType

from tests.faults import checker
from tests.faults.cap_checker import Cap, Rules, check_caps, check_waiting
from tests.faults.checker import Verdict
from tests.faults.rig import Ended, Rig, phones

if TYPE_CHECKING:
    from tests.faults.scenarios import FaultWorld

ENGINES = 4
CAMPAIGNS = (
    Rules((Cap(3, hours=24),), subject="visit"),
    Rules((Cap(1, hours=2, scope="subject"),), subject="Visit"),
    Rules((Cap(2, per="day"),), gap_minutes=3, subject="bill"),
    Rules((Cap(4, per="week"), Cap(1, hours=1, scope="campaign")), subject="bill"),
    Rules((Cap(1, hours=1),), gap_minutes=10),
    Rules(
        (Cap(2, hours=3, scope="subject"), Cap(1, per="day", scope="campaign")),
        gap_minutes=1,
        subject="visit",
    ),
    Rules((Cap(1, per="day", scope="subject"), Cap(2, per="week", scope="campaign")), subject="BILL"),
    # This one calls as it likes; its calls count for the others.
    Rules(()),
)
SHARE = 0.75
"""How much of all numbers each campaign has."""
CALLS_PER_CONTACT = 1.45
"""A little fewer than there are: four of ten calls reach nobody, and have two retries."""
STUCK_AFTER = 300.0
"""Real seconds in which no call is placed or ends and nobody's turn moves, after which the campaigns count as stuck. A
busy machine may take any time for a wave of calls, as long as it gets on."""


STATE = """SELECT (SELECT count(*) FROM attempts WHERE ended_at IS NULL) AS open,
  (SELECT count(*) FROM attempts) AS placed, count(due_at) AS waiting,
  CAST(sum(extract(epoch FROM due_at)) AS double precision) AS turns, min(due_at) AS due_at,
  percentile_disc(0.4) WITHIN GROUP (ORDER BY due_at) AS wave_at FROM contacts"""
"""The clock is moved to where two fifths of those who wait are due: each wave of calls has to come to its end."""


def play_overlap(world: FaultWorld, controls: tuple[str, ...], calls: int) -> Verdict:
    """At least `calls` calls, then the judges."""
    with world.rig(scale=10.0) as rig:
        for name in ("one", "two"):
            rig.trunk(name, lines=80)
        contacts = calls / CALLS_PER_CONTACT / len(CAMPAIGNS)
        numbers = rig.rng.sample(_list_numbers(), round(contacts / SHARE))
        rules = {
            rig.campaign(
                rig.rng.sample(numbers, round(contacts)),
                name=f"Campaign {index}",
                provider=("one", "two")[index % 2],
                subject=asked.subject,
                caps=[cap.to_api() for cap in asked.caps],
                min_gap_minutes=asked.gap_minutes,
                calls_per_second=None,
                max_concurrent_calls=40,
                retry={"max_retries": 2, "delays_minutes": [0.2, 1]},
            ): asked
            for index, asked in enumerate(CAMPAIGNS)
        }
        engines = [rig.start(controls=controls) for _ in range(ENGINES)]
        looked_at, wrong = _play_waves(rig, rules)
        for pid in engines:
            rig.end(pid)
        took_part = {row["engine"] for row in checker.read(rig.url, "SELECT DISTINCT engine FROM attempts")}
        verdict = rig.check()
        findings = check_caps(rig.url, rig.ledger, rules, slack=1.0 * rig.times.scale)
        verdict.broken.update(findings.broken)
        if wrong:
            verdict.broken["deferred"] = [*findings.broken.get("deferred", []), *wrong]
        if findings.calls < calls:
            verdict.broken["unproved"].append(f"only {findings.calls} calls were placed, not {calls}")
        if len(took_part) < ENGINES:
            verdict.broken["unproved"].append(f"only {sorted(took_part)} took part")
        verdict.refused = {
            **findings.refused,
            "next turns judged": findings.deferred,
            "due times judged": looked_at,
        }
        return verdict


def _list_numbers() -> list[str]:
    """Of places: personal numbers, which cost more, a trunk calls only where it is told to."""
    return [
        number
        for number in phones()
        if phonenumbers.number_type(phonenumbers.parse(number)) == PhoneNumberType.FIXED_LINE_OR_MOBILE
    ]


def _play_waves(rig: Rig, rules: dict[int, Rules]) -> tuple[int, list[str]]:
    """Until every campaign is over. Before the clock is moved on, whoever waits for a cap is looked at: (how many, what
    is wrong)."""
    looked_at, wrong = 0, list[str]()
    last_state, deadline = None, time.monotonic() + STUCK_AFTER
    while running := _list_running(rig):
        state = checker.read(rig.url, STATE)[0]
        if state != last_state:
            last_state, deadline = state, time.monotonic() + STUCK_AFTER
        if state["open"] == 0 and state["due_at"] is not None and state["due_at"] > rig.times.now() + 1.0:
            many, found = check_waiting(rig.url, rules)
            looked_at, wrong = looked_at + many, wrong + found
            rig.times.skip(max(state["wave_at"] - 0.5 - rig.times.now(), 0.0))
        elif time.monotonic() > deadline:
            raise Ended(f"campaigns {running} neither end nor wait: {state}\n{rig.logs()}")
        time.sleep(0.05)
    return looked_at, wrong


def _list_running(rig: Rig) -> Sequence[int]:
    return [row["id"] for row in checker.read(rig.url, "SELECT id FROM campaigns WHERE status = 'running'")]
