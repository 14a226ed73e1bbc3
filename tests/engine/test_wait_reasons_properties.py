"""Why a campaign does not call, at random campaigns: what its page says is what claim and permit then do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from campaign_app.services.stats import WaitReason
from tests.engine import random_campaigns as random
from tests.engine.random_campaigns import SCENES, Person, Scene, Waiting
from tests.engine.world import World

GATES = {"starts-later": "starts-later", "ended": "ended", "backoff": "backoff"}
TRUNK_GATES = {"quarantine": "quarantined", "paused": "trunk-paused", "circuit": "circuit-open"}
HOURS = {"their-hours", "holiday", "outside-hours", "zone-unknown", "never-open"}
LATER_CODES = {"retry-wait": None, "capped": "cap", "gap": "gap", "number-busy": "busy"}
SOON = {"next", "trouble"}
"""Nothing but the engine's next turn, or what it finds there, is between these contacts and a call."""


NOON = random.MOMENTS[2]
DUE = (Person("New York", "due"),)
ONE_OF_EACH = (
    Scene(NOON, DUE),
    Scene(NOON, (Person("London", "nowhere"),)),
    Scene(NOON, (Person("Sydney", "due"),)),
    Scene(NOON, DUE, windows=tuple(random.WEDNESDAY)),
    Scene(random.MOMENTS[0], DUE, purpose="marketing"),
    *(Scene(NOON, (Person("London", kind),)) for kind in ("later", *random.PUT_OFF)),
    *(Scene(NOON, DUE, status=status) for status in ("draft", "paused")),
    *(Scene(NOON, DUE, closed=closed) for closed in ("starts-later", "ended", "backoff")),
    *(Scene(NOON, DUE, trunk=trunk) for trunk in ("paused", "circuit", "quarantine", "full", "pace")),
    *(Scene(NOON, DUE, limit=limit) for limit in ("lines", "pace", "faster")),
    Scene(NOON, DUE, failed=True),
    Scene(NOON, DUE, engine_away=True),
)


def examples(test: Callable[[Scene], None]) -> Callable[[Scene], None]:
    """Each reason at least once, before the random ones."""
    for scene in ONE_OF_EACH:
        test = example(scene)(test)
    return test


@pytest.fixture
def many_worlds(database_url: str) -> Iterator[World]:
    world = World(database_url)
    try:
        yield world
    finally:
        world.close()


@pytest.mark.timeout(400)  # 15 s of work for one processor, which may have other work
def test_what_holds_a_campaign_back_is_said_and_nothing_else_is(many_worlds: World) -> None:
    world = many_worlds
    seen: Counter[str] = Counter()

    # An example takes a while: shrinking would take until the test's time is over.
    @settings(
        max_examples=60,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(SCENES)
    @examples
    def holds(scene: Scene) -> None:
        random.clear(world)
        campaign_id = random.build(world, scene)
        waiting = random.list_waiting(world, scene, campaign_id)
        reasons = world.reasons(campaign_id)
        row = world.row(campaign_id)
        seen.update(reason.code for reason in reasons)
        check_counts(scene, row.status, waiting, reasons)
        for reason in reasons:
            check_holds(scene, row.status, waiting, reason)
        if not is_closed(scene, row.status):
            check_openings(scene, waiting, reasons)
        claimed = [attempt for attempt in world.claim().attempts if attempt.campaign_id == campaign_id]
        permitted = {attempt.phone for attempt in world.permit(claimed)}
        check_engine(scene, row.status, waiting, reasons, {a.phone for a in claimed}, permitted)

    holds()
    every = {
        *("engine-away", "not-started", "paused", "outside-hours", "their-hours", "holiday", "zone-unknown"),
        *("starts-later", "ended", "backoff", "quarantined", "trunk-paused", "circuit-open"),
        *("lines-full", "trunk-full", "pace", "trunk-pace", "trouble", "next", *LATER_CODES),
    }
    assert every <= set(seen), f"never seen: {every - set(seen)}"


def check_counts(scene: Scene, status: str, waiting: list[Waiting], reasons: list[WaitReason]) -> None:
    """Everybody who waits is counted once, under the right kind of reason."""
    codes = [reason.code for reason in reasons]
    assert len(codes) == len(set(codes))
    by_code = {reason.code: reason.contacts for reason in reasons}
    assert sum(by_code.values()) == len(waiting)
    later = Counter(one.put_off_by for one in waiting if one.due_at > scene.now)
    for code, put_off_by in LATER_CODES.items():
        assert by_code.pop(code, 0) == later[put_off_by]
    due = [one for one in waiting if one.due_at <= scene.now]
    if is_closed(scene, status):
        return
    assert sum(by_code.get(code, 0) for code in HOURS) == sum(not one.open for one in due) + later["hours"]
    assert sum(n for code, n in by_code.items() if code not in HOURS) == sum(one.open for one in due)


def is_closed(scene: Scene, status: str) -> bool:
    """Whether the campaign itself may not call, whoever is to be called."""
    return status != "running" or scene.closed is not None or not random.own_windows_open(scene)


def check_holds(scene: Scene, status: str, waiting: list[Waiting], reason: WaitReason) -> None:
    """Each reason by a condition of its own, from what the scene is made of."""
    due = [one for one in waiting if one.due_at <= scene.now]
    later = [one for one in waiting if one.due_at > scene.now]
    running, code = status == "running", reason.code
    conditions = {
        "no-contacts": lambda: not scene.people,
        "engine-away": lambda: running and scene.engine_away,
        "not-started": lambda: status == "draft",
        "paused": lambda: status == "paused",
        "starts-later": lambda: scene.closed == "starts-later",
        "ended": lambda: scene.closed == "ended",
        "backoff": lambda: scene.closed == "backoff",
        "outside-hours": lambda: not random.own_windows_open(scene) or any(not one.open for one in due),
        "their-hours": lambda: (
            (scene.clock != "campaign" and any(not one.open and one.zones for one in due))
            or any(one.put_off_by == "hours" for one in later)
        ),
        "holiday": lambda: any(one.holiday for one in due),
        "zone-unknown": lambda: any(not one.zones for one in due),
        "never-open": lambda: any(one.zones and find_opening(scene, one, []) is None for one in waiting),
        "quarantined": lambda: scene.trunk == "quarantine",
        "trunk-paused": lambda: scene.trunk == "paused",
        "circuit-open": lambda: scene.trunk == "circuit",
        "lines-full": lambda: scene.limit == "lines",
        "trunk-full": lambda: scene.trunk == "full",
        "pace": lambda: scene.limit == "pace",
        "trunk-pace": lambda: scene.trunk == "pace",
        "trouble": lambda: scene.failed,
        "next": lambda: running and any(one.open for one in due),
        "retry-wait": lambda: True,
        "capped": lambda: True,
        "gap": lambda: True,
        "number-busy": lambda: True,
    }
    assert conditions[code](), reason
    if code in LATER_CODES:
        check_first_and_last([one for one in later if one.put_off_by == LATER_CODES[code]], reason)
    elif code in GATES and code != "ended":
        assert reason.until is not None
        assert reason.until > scene.now
    elif code in HOURS and reason.until is not None:
        assert reason.until > scene.now


def find_opening(scene: Scene, one: Waiting, told: list[datetime]) -> datetime | None:
    """The first instant at which somebody may be called, as the oracle has it: of those that were told, and of every
    half hour of two weeks."""
    begin = max(scene.now, one.due_at)
    hour = begin.replace(minute=0, second=0, microsecond=0)
    halves = [hour + timedelta(minutes=30 * number) for number in range(14 * 48)]
    return next((at for at in sorted({*told, *halves}) if at >= begin and one.may_be_called(at)), None)


def check_openings(scene: Scene, waiting: list[Waiting], reasons: list[WaitReason]) -> None:
    """Each part of a reason names as many people as may be called at its instant, and the clocks of some of them."""
    parts = [
        part
        for reason in reasons
        if reason.code in HOURS - {"zone-unknown"}
        for part in (reason.parts or [reason])
    ]
    told = [part.until for part in parts if part.until is not None]
    openings: dict[str, datetime | None] = {}
    for one in waiting:
        if not one.zones and scene.clock != "campaign":
            continue
        if one.due_at <= scene.now and not one.open:
            openings[one.phone] = find_opening(scene, one, told)
        elif one.due_at > scene.now and one.put_off_by == "hours":
            # Those of one place are told by the first of them.
            first = min(
                (each for each in waiting if each.put_off_by == "hours" and each.zones == one.zones),
                key=lambda each: each.due_at,
            )
            openings[one.phone] = find_opening(scene, first, told)
    counted = Counter[datetime | None]()
    for part in parts:
        counted[part.until] += part.contacts
        places = {zone for one in waiting if openings.get(one.phone) == part.until for zone in one.zones}
        named = str(part.params["zones"]).partition(" and ")[0].split(", ")
        assert set(named) - {""} <= places | {scene.timezone}, part
    assert counted == Counter(openings.values())
    for reason in reasons:
        assert not reason.parts or sum(part.contacts for part in reason.parts) == reason.contacts


def check_first_and_last(later: list[Waiting], reason: WaitReason) -> None:
    """`until` the first of them may be called: not when somebody is due who sleeps then."""
    until = reason.until
    if until is None:
        assert not any(one.may_be_called(one.due_at) for one in later)
        return
    assert any(one.due_at <= until and one.may_be_called(until) for one in later)
    instants = {until - timedelta(seconds=1), *(one.due_at for one in later)}
    assert not any(
        one.due_at <= at and one.may_be_called(at) for one in later for at in instants if at < until
    )
    assert datetime.fromisoformat(str(reason.params["last"])) >= until


def check_engine(
    scene: Scene,
    status: str,
    waiting: list[Waiting],
    reasons: list[WaitReason],
    claimed: set[str],
    permitted: set[str],
) -> None:
    """What claim and permit did, beside what was said before."""
    said = {reason.code for reason in reasons if reason.contacts}
    may = {one.phone for one in waiting if one.open and one.due_at <= scene.now}
    assert permitted <= claimed <= may
    assert not permitted & set(scene.list_phones("listed", "capped", "busy"))
    if scene.engine_away:
        assert "engine-away" in {reason.code for reason in reasons} or status != "running"
        return
    if permitted:
        assert said & SOON, "it says that it cannot, and it can"
    elif waiting and status == "running":
        assert said, "it calls nobody and gives no reason"
    if may and not claimed and said & SOON:
        # Their numbers are in other calls: whoever waits for one of those is next.
        assert may <= set(scene.list_phones("busy")), f"it says {said}, and nobody is taken"
