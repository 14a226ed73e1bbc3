"""The crash matrix: every named point × so many kills × two databases; then a random killer and a random freezer.

One cell is a world of its own: engines start, reach the point, kill themselves there, and the next one starts from
what they left; between two engines the machine is down for a moment or for a minute. After the last kill an engine runs
undisturbed until nothing is open, and then the checker reads.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.faults import checker
from tests.faults.checker import Verdict
from tests.faults.rig import Ended, ForkServer, Rig, phones

STEPS = ("claim", "permit", "record", "settle", "poll", "reap", "finish", "import", "pause")
POINTS = (
    *(f"{step}.{side}-commit" for step in ("claim", "permit") for side in ("before", "after")),
    "place.before-request",
    "place.after-request",
    *(f"{step}.{side}-commit" for step in STEPS[2:] for side in ("before", "after")),
)
"""All that campaign_app.crash_points has, in the order of the protocol; a test compares."""
AFTER_PERMIT = frozenset(
    {
        "permit.after-commit",
        "place.before-request",
        "place.after-request",
        "record.before-commit",
        # A campaign is paused from another thread: the engine may be anywhere.
        "pause.before-commit",
        "pause.after-commit",
    }
)
"""Points at which an attempt may stand at `dialing`, and the engine that knows more is gone."""


def may_burn(point: str, over: str = "carrier") -> bool:
    """Whether a kill at a point may cost an attempt. Over Twilio a callback settles in the web server's thread: the
    engine may be anywhere then, too."""
    return point in AFTER_PERMIT or (over == "twilio" and point.startswith("settle."))


CELLS = (*POINTS, "random kills", "random freezes")
WIRE = {
    "missing": 0.10,
    "duplicated": 0.10,
    "reordered": 0.10,
    "early": 0.05,
    "slow-lookup": 0.05,
    "throttled": 0.01,
    "error-after": 0.01,
    "reset": 0.01,
    "malformed": 0.01,
}
"""The carrier misbehaves all the while. What it never places is left out here, so that what is burnt is the kills'."""
JOBS = ("import", "pause")
ENDING = "Soon over"
PASSINGS = {"poll": 1, "pause": 1, "finish": 1, "reap": 2}
"""At which passing of the point, at the most, an engine is killed: what there is to do there is done at the first."""
PREPARE = {"poll": "place.after-request", "reap": "claim.after-commit"}
"""What an engine before must leave behind, so that there is something to do at the point."""


@dataclass(slots=True)
class Result:
    """One cell's row."""

    cell: str
    database: str
    kills: int
    calls: int
    double_dials: int
    over_limit: int
    lost: int
    burnt: int
    late: int
    """Requests later than the deadline: those that a freeze caught between the last look at the clock and the wire."""
    unresolved: int
    seconds: float
    resolved_after: list[float]
    """For each attempt that a kill left open: seconds until its end was known."""
    other_kills: int = 0
    over: str = "carrier"
    broken: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return (
            not (self.double_dials or self.over_limit or self.lost or self.broken or self.errors)
            and not self.too_much_burnt
        )

    @property
    def too_much_burnt(self) -> bool:
        """More than one attempt per kill after the permit (one attempt is permitted at a time in these cells), or any
        at all where no attempt can be burnt."""
        if self.cell not in POINTS:
            return False
        allowed = self.kills if may_burn(self.cell, self.over) else 0
        return self.burnt > allowed


def run(
    cell: str,
    database: str,
    kills: int,
    directory: Path,
    url: str,
    fork_server: ForkServer,
    seed: int = 1,
    over: str = "carrier",
) -> Result:
    """One cell. The directory must be empty, the database fresh. Raises Ended when the point was not reached."""
    began = time.monotonic()
    with Rig(directory, url, fork_server, seed=seed, rates=WIRE, over=over) as rig:
        if cell in POINTS:
            narrow(rig, kills)
            kills_at(rig, cell, kills)
        else:
            _world(rig, kills * 12, lines=(12, 8, 16), pace=None)
            _random_kills(rig, kills) if cell == "random kills" else _random_freezes(rig, kills)
        verdict = judge(rig)
        return _result(rig, cell, database, kills, verdict, time.monotonic() - began)


def short(
    database: str,
    kills: int,
    directory: Path,
    url: str,
    fork_server: ForkServer,
    points: Sequence[str] = POINTS,
    over: str = "carrier",
) -> tuple[Result, Verdict, dict[str, int]]:
    """Several points in one world, `kills` at each: less is waited for quiet. Beside the result, the verdict and the
    kills by point."""
    began = time.monotonic()
    with Rig(directory, url, fork_server, seed=2, rates=WIRE, over=over) as rig:
        narrow(rig, kills * len(points))
        for point in points:
            rig.resume_all()
            kills_at(rig, point, kills)
        verdict = judge(rig)
        total = kills * len(points)
        result = _result(rig, "all points", database, total, verdict, time.monotonic() - began)
        return result, verdict, dict(Counter(kill.point for kill in rig.kills))


def judge(rig: Rig) -> Verdict:
    """Let an engine run undisturbed until all is quiet, and read what there is."""
    if rig.unfinished_imports():
        rig.times.skip(31.0)
        pid = rig.start(job="import")
        rig.until(lambda: not rig.unfinished_imports(), "the import to end")
        rig.end(pid)
    rig.quieten()
    return rig.check()


def narrow(rig: Rig, kills: int) -> None:
    """One attempt a permit, as with a carrier account of one call a second: what a kill can burn is one."""
    _world(rig, kills * 6, lines=(4, 3, 5), pace=1.0)


def _world(rig: Rig, numbers: int, *, lines: tuple[int, int, int], pace: float | None) -> None:
    """Two campaigns on one trunk, whose limits together are more than the trunk's; every tenth number is in both."""
    first, second, trunk = lines
    rig.trunk(lines=trunk, pace=pace)
    numbers += 60
    listed = phones()[: numbers + numbers // 2]
    rig.campaign(listed[:numbers], max_concurrent_calls=first)
    rig.campaign(listed[numbers - numbers // 10 :], name="Winter", max_concurrent_calls=second)


def kills_at(rig: Rig, point: str, kills: int) -> None:
    """Kill so many engines at a point, each started from what the one before left."""
    step = point.partition(".")[0]
    for turn in range(kills):
        passing = rig.rng.randint(1, PASSINGS.get(step, 3))
        if step in PREPARE:
            pid = rig.start(crash=PREPARE[step], prepares=True)
            rig.wait(pid, "killed")
            rig.end_leases()
            # Until a claim is stale, or a call is asked about.
            rig.times.skip(rig.rng.uniform(16.0, 20.0))
        if step == "import":
            if rig.unfinished_imports():
                passing = 1  # what is left of it may be a single transaction
                rig.times.skip(31.0)  # a runner that fell silent is taken for dead after 30 s
            else:
                rig.upload(phones()[-40:])
        if step == "pause":
            rig.resume_all()
        if step == "finish" and not _ending(rig):
            _something_to_end(rig, phones()[-1 - turn % 200])
        pid = rig.start(
            crash=f"{point}:{passing}",
            missed_too=step != "poll" and rig.rng.random() < 0.5,
            job=step if step in JOBS else None,
        )
        rig.wait(pid, "killed")
        _down(rig)


def _something_to_end(rig: Rig, number: str) -> None:
    """A campaign whose time is over, or one of one call, that ends with it; the others rest meanwhile."""
    rig.pause_all()
    if rig.rng.random() < 0.6:
        rig.campaign([number], name=ENDING, ends_at=rig.clock.now() + timedelta(seconds=20))
        rig.times.skip(21.0)
    else:
        rig.campaign([number], name=ENDING, retry={"max_retries": 0, "delays_minutes": []})


def _ending(rig: Rig) -> bool:
    found = checker.read(
        rig.url, f"SELECT id FROM campaigns WHERE name = '{ENDING}' AND status IN ('running', 'paused')"
    )
    return bool(found)


def _down(rig: Rig) -> None:
    """The machine is away: for a moment, or for long enough that calls end meanwhile."""
    rig.end_leases()
    rig.times.skip(rig.rng.choice((rig.rng.uniform(0.0, 2.0), rig.rng.uniform(10.0, 50.0))))


def _random_kills(rig: Rig, kills: int) -> None:
    for _ in range(kills):
        wanted = rig.placed() + rig.rng.randint(0, 2)
        pid = rig.start(missed_too=rig.rng.random() < 0.5)
        # Some as soon as they have started, most in the middle of their work.
        rig.calls(wanted, timeout=2.0)
        rig.rest(rig.rng.uniform(0.0, 2.0))
        rig.kill(pid)
        _down(rig)


def _random_freezes(rig: Rig, freezes: int) -> None:
    """SIGSTOP at any instant, for up to 25 s of the shared clock; every tenth engine is killed while it is frozen."""
    pid = rig.start()
    rig.calls(1, timeout=5.0)
    for turn in range(freezes):
        rig.rest(rig.rng.uniform(0.1, 2.0))
        rig.freeze(pid)
        rig.times.skip(rig.rng.uniform(0.0, 25.0))
        if turn % 10 == 9:
            rig.kill(pid)
            rig.end_leases()
            pid = rig.start()
        else:
            rig.thaw(pid)
    rig.end(pid)


def _result(rig: Rig, cell: str, database: str, kills: int, verdict: Verdict, seconds: float) -> Result:
    stats = rig.carrier.stats()
    if stats["second_tokens"] != 0 and not verdict.double_dials:
        raise Ended(f"the carrier counted second dials that the checker does not see: {stats}")
    return Result(
        cell=cell,
        database=database,
        kills=kills,
        calls=verdict.calls,
        double_dials=verdict.double_dials,
        over_limit=verdict.over_limit,
        lost=verdict.lost,
        burnt=sum(verdict.burnt.values()),
        late=len(verdict.broken.pop("deadline", ())) if cell == "random freezes" else 0,
        unresolved=verdict.unresolved,
        seconds=round(seconds, 1),
        resolved_after=[round(value, 1) for value in verdict.resolved_after],
        over=rig.over,
        other_kills=len(rig.other_kills),
        broken=verdict.text(),
        errors=rig.errors()[:5],
    )
