"""Odd faults, each a small world of its own: what is frozen, cut off, filled up or changed at the very instant that
matters. A freeze at a named point is the barrier; nothing here sleeps and hopes.

A negative control is one of these with a safeguard taken out (controls.py): it must break the promise that the
safeguard keeps, and the checker must see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults import checker
from tests.faults.carrier import NEWS_FAULTS, PLACE_FAULTS
from tests.faults.checker import Verdict
from tests.faults.controls import CONTROLS, Control
from tests.faults.overlap import play_overlap
from tests.faults.rig import Ended, ForkServer, Rig, phones
from tests.support.postgres import PostgresServer

BOTH = ("sqlite", "postgresql")
LAST_TICKS = "SELECT last_tick_at FROM engine_heartbeats"
POSTGRES = ("postgresql",)
SQLITE = ("sqlite",)


@dataclass(frozen=True, slots=True)
class FaultWorld:
    """Where a scenario happens: an empty directory and a fresh database."""

    directory: Path
    url: str
    fork_server: ForkServer
    server: PostgresServer | None
    over: str = "carrier"
    """Which carrier (carriers.CARRIERS)."""

    def rig(self, **more: Any) -> Rig:
        return Rig(self.directory, self.url, self.fork_server, over=self.over, **more)


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    what: str
    databases: tuple[str, ...]
    play: Callable[[FaultWorld, tuple[str, ...]], Verdict]

    def run(self, world: FaultWorld, controls: tuple[str, ...] = ()) -> Verdict:
        return self.play(world, controls)


def judge(rig: Rig, controls: tuple[str, ...] = (), **more: Any) -> Verdict:
    """Quiet, then the checker. What does not come to rest is read as it is, and its open attempts are the finding."""
    checks = {key: more.pop(key) for key in ("jumped",) if key in more}
    restless = ""
    try:
        rig.quieten(controls=controls, **more)
    except Ended as error:
        restless = str(error)
        for pid in list(rig.running):
            rig.kill(pid)
    verdict = rig.check(**checks)
    if restless:
        verdict.broken["I9"].append(f"it did not come to rest: {restless[:2000]}")
    return verdict


# Between claim and permit the world changes.


def _changed(change: Callable[[Rig, int, str], None]) -> Callable[[FaultWorld, tuple[str, ...]], Verdict]:
    def play(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
        with world.rig() as rig:
            rig.trunk()
            number = phones()[0]
            campaign_id = rig.campaign([number])
            pid = rig.start(crash="claim.after-commit:1:freeze", controls=controls)
            rig.wait(pid, "stopped")
            change(rig, campaign_id, number)
            # Long enough that no reading of a clock can be mistaken.
            rig.times.skip(14.0)
            rig.thaw(pid)
            rig.until(
                lambda: not checker.read(rig.url, "SELECT id FROM attempts WHERE status = 'claimed'"),
                "the permit",
            )
            rig.rest(2.0)
            rig.end(pid)
            return judge(rig)

    return play


def _pause(rig: Rig, campaign_id: int, number: str) -> None:
    rig.act(campaign_id, "pause")


def _forbid(rig: Rig, campaign_id: int, number: str) -> None:
    rig.forbid(number)


def _delete(rig: Rig, campaign_id: int, number: str) -> None:
    """The product deletes drafts only; a row that an administrator deletes takes its attempts with it."""
    rig.sql("DELETE FROM campaigns WHERE id = :id", id=campaign_id)


# An engine is frozen, and the world goes on.


def _frozen_after_permit(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    with world.rig() as rig:
        rig.trunk()
        rig.campaign(phones()[:8])
        pid = rig.start(crash="permit.after-commit:1:freeze", controls=controls)
        rig.wait(pid, "stopped")
        rig.times.skip(30.0)
        rig.thaw(pid)
        rig.until(lambda: rig.placed() > 0, "calls")
        rig.end(pid)
        return judge(rig)


def _frozen_while_another_takes_over(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """Its claim is stale, and given back by another engine, which dials the number; then it wakes up."""
    with world.rig() as rig:
        rig.trunk()
        rig.campaign(phones()[:1])
        frozen = rig.start(crash="claim.after-commit:1:freeze", controls=controls)
        rig.wait(frozen, "stopped")
        rig.times.skip(16.0)
        rig.end_leases()
        other = rig.start()
        rig.until(lambda: rig.placed() > 0, "the other engine's call")
        rig.thaw(frozen)
        rig.rest(3.0)
        rig.end(other)
        rig.end(frozen)
        return judge(rig)


def _frozen_beyond_the_horizon(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """Frozen after its permit until others have given its attempts up."""
    with world.rig() as rig:
        rig.trunk(lines=6)
        rig.campaign(phones()[:30], max_concurrent_calls=6)
        frozen = rig.start(crash="permit.after-commit:1:freeze", controls=controls)
        rig.wait(frozen, "stopped")
        rig.end_leases()
        rig.times.skip(70.0)
        other = rig.start()
        rig.until(lambda: rig.placed() > 6, "the other engine's calls")
        rig.thaw(frozen)
        rig.rest(5.0)
        rig.end(other)
        rig.end(frozen)
        return judge(rig)


def _two_engines_claim(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """The first has counted and claimed and not yet committed; the second begins. It must wait, and count then."""
    with world.rig(scale=2.0) as rig:
        rig.trunk(lines=5)
        rig.campaign(phones()[:40], max_concurrent_calls=5)
        first = rig.start(crash="claim.before-commit:1:freeze", controls=controls)
        rig.wait(first, "stopped")
        second = rig.start(controls=controls)
        rig.until(lambda: _blocked(rig) or rig.placed() > 0, "the second engine to claim")
        rig.thaw(first)
        rig.until(lambda: rig.placed() >= 8, "calls")
        rig.end(first)
        rig.end(second)
        return judge(rig)


def _two_engines_one_number(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """Two campaigns on two trunks share a number, and two engines claim it in the same instant."""
    with world.rig(scale=2.0) as rig:
        if "unique-index" in controls:
            rig.sql("DROP INDEX uq_attempts_open_phone")
        for name in ("one", "two"):
            rig.trunk(name)
            rig.campaign(phones()[:1], name=name, provider=name)
        first = rig.start(crash="claim.before-commit:1:freeze", trunks=("one",), controls=controls)
        rig.wait(first, "stopped")
        second = rig.start(trunks=("two",), controls=controls)
        ticked = "SELECT name FROM engine_heartbeats WHERE last_tick_at > started_at"
        rig.until(
            lambda: _blocked(rig) or rig.placed() > 0 or bool(checker.read(rig.url, ticked)),
            "the second engine to have claimed, or to wait, or to have passed the number over",
        )
        rig.thaw(first)
        rig.until(lambda: rig.placed() > ("unique-index" in controls), "calls")
        rig.rest(1.0)
        rig.end(first)
        rig.end(second)
        return judge(rig)


def _blocked(rig: Rig) -> bool:
    """Whether some backend of PostgreSQL waits for another's lock."""
    found = checker.read(
        rig.url,
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return bool(found[0]["n"])


# The database fails.


def _restart_database(world: FaultWorld, rig: Rig) -> None:
    assert world.server is not None
    world.server.restart("immediate")
    # Its connections have ended, and the pool trusts what came back within the last second.
    rig.db.dispose()


def _database_restarts(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """`pg_ctl -m immediate` in the middle of a transaction of each kind, and then at any instant."""
    with world.rig() as rig:
        rig.trunk(lines=12)
        rig.campaign(phones()[:120], max_concurrent_calls=12)
        for step in ("claim", "permit", "record", "settle"):
            pid = rig.start(crash=f"{step}.before-commit:2:freeze", missed_too=True)
            rig.wait(pid, "stopped")
            _restart_database(world, rig)
            rig.thaw(pid)
            rig.rest(2.0)
            rig.end_leases()
            if step == "settle":
                _restart_database(world, rig)
                rig.rest(2.0)
            rig.end(pid)
        return judge(rig)


def _disk_full(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """SQLite says `database or disk is full`, at the first write or some writes later; then there is room again."""
    with world.rig() as rig:
        rig.trunk(lines=12)
        rig.campaign(phones()[:120], max_concurrent_calls=12)
        for turn, pages in enumerate((0, 1, 3, 6)):
            before = len(_said(rig, "disk is full"))
            pid = rig.start(disk_pages=pages, missed_too=turn % 2 == 0)
            rig.until(lambda before=before: len(_said(rig, "disk is full")) > before, "the disk to be full")  # type: ignore[misc]
            rig.rest(3.0)
            rig.kill(pid)
            rig.end_leases()
        return judge(rig)


def _said(rig: Rig, words: str) -> list[str]:
    path = rig.directory / "engines.log"
    if not path.exists():
        return []
    return [line for line in path.read_text(errors="replace").splitlines() if words in line]


# The clock jumps.


def _clock_jumps(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """The engine's time of day is an hour ahead, right, an hour behind, and right again, while calls are up."""
    with world.rig() as rig:
        rig.trunk(lines=8)
        rig.campaign(phones()[:400], max_concurrent_calls=8)
        pid = rig.start()
        for jump in (3600.0, 0.0, -3600.0, 0.0, 3600.0, 0.0):
            before = rig.placed()
            rig.until(lambda before=before: rig.placed() > before + 4 or rig.times.jump < 0, "calls")  # type: ignore[misc]
            rig.times.jump = jump
            rig.rest(4.0)
        rig.end(pid)
        return judge(rig, jumped=True)


# The carrier fails.


def _carrier_restarts(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    with world.rig() as rig:
        rig.trunk(lines=12)
        rig.campaign(phones()[:200], max_concurrent_calls=12)
        pid = rig.start()
        for wanted in (8, 16, 24):
            rig.until(lambda wanted=wanted: rig.placed() >= wanted, "calls")  # type: ignore[misc]
            rig.restart_carrier(away=2.0)
            # The trunk's circuit may have opened meanwhile.
            rig.times.skip(20.0)
        rig.until(lambda: rig.placed() >= 30, "calls after the last restart")
        rig.end(pid)
        return judge(rig)


def _carrier_misbehaves(**rates: float) -> Callable[[FaultWorld, tuple[str, ...]], Verdict]:
    def play(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
        with world.rig(rates=rates) as rig:
            rig.trunk(lines=10)
            rig.campaign(phones()[:60], max_concurrent_calls=10)
            pid = rig.start(controls=controls)
            seen: set[str] = set()

            def called_enough() -> bool:
                """Time is skipped, for back-offs and horizons, only when the engine has had a turn since: a slow
                machine's claims would else run out before their permit."""
                if rig.placed() >= 24:
                    return True
                rig.rest(4.0)
                ticks = {str(row["last_tick_at"]) for row in checker.read(rig.url, LAST_TICKS)} - seen
                if ticks:
                    seen.update(ticks)
                    rig.times.skip(10.0)
                return len(seen) >= 8 and rig.placed() > 0

            rig.until(called_enough, "24 calls")
            rig.end(pid)
            return judge(rig, controls)

    return play


def _killed_with_calls_up(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """Killed before the answer is recorded, and no callback ever comes: only asking the carrier can tell."""
    with world.rig(rates={"missing": 1.0}) as rig:
        rig.trunk()
        rig.campaign(phones()[:12], max_concurrent_calls=3)
        for _ in range(2):
            pid = rig.start(crash="record.before-commit", controls=controls)
            rig.wait(pid, "killed")
            rig.end_leases()
            rig.times.skip(12.0)
        return judge(rig, controls)


def _two_engines_one_killed(world: FaultWorld, controls: tuple[str, ...]) -> Verdict:
    """Two engines on one database; one of them is killed, again and again, at any instant."""
    with world.rig() as rig:
        rig.trunk(lines=9)
        rig.campaign(phones()[:200], max_concurrent_calls=6)
        rig.campaign(phones()[180:300], name="Winter", max_concurrent_calls=5)
        engines = [rig.start(), rig.start()]
        for turn in range(8):
            rig.rest(rig.rng.uniform(0.5, 3.0))
            rig.kill(engines[turn % 2])
            rig.end_leases()
            rig.times.skip(rig.rng.uniform(0.0, 20.0))
            engines[turn % 2] = rig.start()
        for pid in engines:
            rig.end(pid)
        return judge(rig)


def overlap(calls: int) -> Scenario:
    """Four engines, and lists that overlap: `calls` at least."""
    return Scenario(
        "caps",
        f"four engines, lists that overlap: {calls:,} calls",
        POSTGRES,
        lambda world, controls: play_overlap(world, controls, calls),
    )


def _fault_name(name: str) -> str:
    return f"carrier: {name}, at 30 %"


_SCENARIOS = (
    Scenario("do-not-call", "listed between claim and permit", BOTH, _changed(_forbid)),
    Scenario("paused", "paused between claim and permit", BOTH, _changed(_pause)),
    Scenario("deleted", "deleted between claim and permit", BOTH, _changed(_delete)),
    Scenario("frozen", "frozen for 30 s after the permit", BOTH, _frozen_after_permit),
    Scenario(
        "taken-over", "frozen; another engine gives its claim back", BOTH, _frozen_while_another_takes_over
    ),
    Scenario("given-up", "frozen after the permit beyond the horizon", BOTH, _frozen_beyond_the_horizon),
    Scenario("two-claim", "two engines claim in one instant", POSTGRES, _two_engines_claim),
    Scenario("one-number", "two engines claim one number in one instant", POSTGRES, _two_engines_one_number),
    Scenario("two-engines", "two engines, one killed 8 times", POSTGRES, _two_engines_one_killed),
    overlap(calls=10_000),
    Scenario("database-restart", "`pg_ctl -m immediate` in mid-tick", POSTGRES, _database_restarts),
    Scenario("disk-full", "disk full", SQLITE, _disk_full),
    Scenario("clock-jump", "clock jumps of ± 1 h", BOTH, _clock_jumps),
    Scenario("carrier-restart", "the carrier is killed and restarted", BOTH, _carrier_restarts),
    Scenario("calls-up", "killed with calls up, all callbacks lost", BOTH, _killed_with_calls_up),
    Scenario(
        "wild-callbacks",
        "callbacks repeated and reordered, 40 % each",
        BOTH,
        _carrier_misbehaves(duplicated=0.4, reordered=0.4),
    ),
    Scenario(
        "wild-carrier",
        "every fault of the carrier at 5 %",
        BOTH,
        _carrier_misbehaves(**dict.fromkeys((*PLACE_FAULTS, *NEWS_FAULTS, "slow-lookup"), 0.05)),
    ),
    *(
        Scenario(name, _fault_name(name), BOTH, _carrier_misbehaves(**{name: 0.3}))
        for name in (*PLACE_FAULTS, *NEWS_FAULTS, "slow-lookup")
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _SCENARIOS}
OVER_TWILIO = tuple(
    name
    # Not the clock that jumps: a call whose callbacks are lost is sought by when it was made, and the clocks disagree.
    for name in SCENARIOS
    if name not in ("clock-jump", "disk-full", "two-claim", "one-number", "caps")
)
"""What is played over the fake Twilio too: all that depends on what a carrier says, or does not say."""
CONTROLLED: dict[str, Scenario] = {
    "lease-and-retry": SCENARIOS["calls-up"],
    "campaign-lock": SCENARIOS["two-claim"],
    "compare-and-set": SCENARIOS["taken-over"],
    "unique-index": SCENARIOS["one-number"],
    "rank-test": SCENARIOS["wild-callbacks"],
    "do-not-call": SCENARIOS["do-not-call"],
    "caps": overlap(calls=200),
    "deadline": SCENARIOS["frozen"],
}
"""Which scenario must go wrong when a safeguard is taken out."""


def caught(name: str, verdict: Verdict) -> bool:
    """Whether the checker named a promise that this safeguard keeps."""
    return bool(verdict.promises & set(CONTROLS[name].promise))


def fault_row(scenario: Scenario, database: str, verdict: Verdict, over: str) -> dict[str, Any]:
    return {
        "name": scenario.what,
        "over": over,
        "database": database,
        "calls": verdict.calls,
        "double_dials": verdict.double_dials,
        "over_limit": verdict.over_limit,
        "lost": verdict.lost,
        "unresolved": verdict.unresolved,
        "broken": sorted(verdict.promises),
    }


def control_row(name: str, control: Control, database: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "name": name,
        "what": control.what,
        "database": database,
        "caught": caught(name, verdict),
        "broken": sorted(verdict.promises),
    }
