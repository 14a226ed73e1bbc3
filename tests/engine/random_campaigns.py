"""Random campaigns: people in several places, listed, capped, busy or due later, and what may close a campaign."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import strategies as st

from campaign_app.domain.errors import StateConflict
from campaign_app.models import Campaign, Contact, EngineHeartbeat, Trunk
from campaign_app.queries import recovery
from campaign_app.transaction import begin_write
from tests.engine.world import ALWAYS, OWN_CLOCK, World
from tests.support.hours_oracle import HOLIDAYS_2026, Situation, may_call_at

MOMENTS = (
    datetime(2026, 11, 26, 15, 0, tzinfo=UTC),  # Thanksgiving, 10:00 in New York
    datetime(2026, 11, 28, 21, 1, tzinfo=UTC),  # Saturday 16:01 there, Sunday in Delhi and Sydney
    datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
    datetime(2026, 12, 1, 20, 59, 30, tzinfo=UTC),  # half a minute before London closes
    datetime(2026, 12, 2, 3, 0, tzinfo=UTC),
)
PLACES = {
    "New York": "+1212555010{}",
    "Pensacola": "+1850555010{}",
    "Los Angeles": "+1213555010{}",
    "London": "+44207946010{}",
    "Paris": "+3312345678{}",
    "Delhi": "+91112345678{}",
    "Sydney": "+6121234567{}",
}
WEDNESDAY = [{"days": ["wed"], "start": "09:00", "end": "17:00"}]
DAYTIME = [
    {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "09:00", "end": "21:00"},
]
FRENCH = (((0, 1, 2, 3, 4), 10, 13), ((0, 1, 2, 3, 4), 14, 20))
AUSTRALIAN = (((0, 1, 2, 3, 4), 9, 20), ((5,), 9, 17))
WORKING_DAYS = (((0, 1, 2, 3, 4, 5), 9, 20),)
HOURS_OF_COUNTRIES = {
    ("FR", "marketing"): FRENCH,
    ("AU", "marketing"): AUSTRALIAN,
    # No rules of India are known.
    ("IN", "marketing"): WORKING_DAYS,
    ("IN", "informational"): WORKING_DAYS,
}
"""Hours of the countries of PLACES that are narrower than anybody's: weekdays, from, to, on the person's clock."""
GROUNDS: Mapping[str, Any] = {
    "consent": {"kind": "written", "source": "the form of 2026"},
    "caller_name": "Hill Clinic",
    "caller_id": "+12025550123",
    "message": {
        "text": "This is Hill Clinic. Press 9 and we will not call again. To stop these calls, call 1-800-555-0123.",
        "keys": [{"digit": "9", "action": "opt-out"}],
    },
}
"""What those countries ask of the campaign and its people, so that only clocks and calls hold anybody back."""
GUARD = timedelta(seconds=60)
PUT_OFF = {"cap": "cap", "gap": "gap", "hours": "hours", "elsewhere": "busy"}
LATER = (timedelta(minutes=7), timedelta(hours=5), timedelta(days=2))


@dataclass(frozen=True, slots=True)
class Person:
    """`kind`: due, later, capped (called a moment ago by another campaign), listed, busy, nowhere (nothing is known
    of the place), or put off without a call by cap, gap, hours or elsewhere (`DeferredBy`)."""

    place: str
    kind: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A campaign and everything around it."""

    now: datetime
    people: tuple[Person, ...]
    purpose: str = "informational"
    clock: str = "both"
    timezone: str | None = "America/New_York"
    windows: tuple[Mapping[str, Any], ...] = tuple(ALWAYS)
    status: str = "running"
    closed: str | None = None
    """What closes the campaign: starts-later, ended, backoff."""
    trunk: str | None = None
    """What closes the trunk, or fills it: paused, circuit, quarantine, full, pace."""
    limit: str | None = None
    """What the campaign's own limit is reached by: lines, pace; `faster`: its pace was slower a moment ago."""
    failed: bool = False
    """Whether something went wrong with it lately."""
    engine_away: bool = False

    @property
    def phones(self) -> list[str]:
        return [make_phone(person.place, index) for index, person in enumerate(self.people)]

    def list_phones(self, *kinds: str) -> list[str]:
        return [phone for phone, person in zip(self.phones, self.people, strict=True) if person.kind in kinds]


def make_phone(place: str, index: int) -> str:
    """A number in a place; a different one for each index from 0 to 8."""
    return PLACES[place].format(index + 1)


def some(*values: Any, often: Any = None, times: int = 3) -> st.SearchStrategy[Any]:
    """One of the values; `often` in most of the examples."""
    return st.sampled_from([*([often] * times), *values])


def with_a_zone(scene: Scene) -> Scene:
    """Where the campaign's clock alone decides, its windows need a zone."""
    return replace(scene, timezone="America/New_York") if scene.clock == "campaign" else scene


PEOPLE = st.lists(
    st.builds(
        Person,
        st.sampled_from(list(PLACES)),
        some("later", "capped", "listed", "busy", "nowhere", *PUT_OFF, often="due", times=6),
    ),
    min_size=1,
    max_size=9,
).map(tuple)
SCENES = st.builds(
    Scene,
    now=st.sampled_from(MOMENTS),
    people=PEOPLE,
    purpose=st.sampled_from(["informational", "marketing"]),
    clock=some("person", "campaign", often="both", times=2),
    timezone=st.sampled_from(["America/New_York", None]),
    windows=st.sampled_from([ALWAYS, DAYTIME, WEDNESDAY]).map(tuple),
    status=some("draft", "paused", often="running", times=8),
    closed=some("starts-later", "ended", "backoff", times=9),
    trunk=some("paused", "circuit", "quarantine", "full", "pace", times=9),
    limit=some("lines", "pace", "faster", times=6),
    failed=some(True, often=False, times=4),
    engine_away=some(True, often=False, times=9),
).map(with_a_zone)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits in the campaign, and what an oracle says of the hour."""

    phone: str
    due_at: datetime
    zones: tuple[str, ...]
    open: bool
    holiday: bool
    put_off_by: str | None
    may_be_called: Callable[[datetime], bool]
    """What the oracle says of any instant."""


def clear(world: World) -> None:
    """As it was in the beginning, for the next example."""
    for provider in world.providers.values():
        provider.end_all()
    for table in ("attempts", "campaigns", "do_not_call", "engine_heartbeats", "leases"):
        world.sql(f"DELETE FROM {table}")
    world.sql("DELETE FROM settings WHERE key = 'quarantine'")
    change(
        world,
        Trunk,
        world.trunk_id,
        paused_at=None,
        paused_by=None,
        circuit_until=None,
        next_free=None,
        calls_per_second=None,
        max_concurrent_calls=1000,
    )
    for engine in world.engines.values():
        engine.context.close()
    world.engines.clear()
    world.provider.placed.clear()


def change(world: World, kind: type[Any], key: int | str, **values: Any) -> None:
    with world.session() as session:
        row = session.get_one(kind, key)
        for name, value in values.items():
            setattr(row, name, value)


def build(world: World, scene: Scene, *, start: bool = True, sweep: bool = True) -> int:
    """The campaign of a scene, at its moment; nobody in it has been called yet. Without `sweep` whoever is listed waits
    in the queue all the same, as after a restore: the claim and the permit have to see it."""
    world.clock.set(scene.now - timedelta(minutes=10))
    _call_before(world, scene)
    world.clock.set(scene.now)
    world.tick()
    campaign_id = world.campaign(
        scene.phones,
        name="Random",
        start=False,
        **{
            **OWN_CLOCK,
            **GROUNDS,
            "purpose": scene.purpose,
            "clock": scene.clock,
            "timezone": scene.timezone,
            "calling_windows": list(scene.windows),
            "min_gap_minutes": 30,
            "caps": [{"most": 3, "per_hours": 24}],
            "guard_seconds": round(GUARD.total_seconds()),
        },
    )
    for index, phone in enumerate(scene.list_phones("later", *PUT_OFF)):
        with world.session() as session:
            found = session.scalars(
                sa.select(Contact).where(Contact.phone == phone, Contact.campaign_id == campaign_id)
            ).one()
            found.due_at = scene.now + LATER[index % len(LATER)]
            found.deferred_by = PUT_OFF.get(scene.people[scene.phones.index(phone)].kind)
    for phone in scene.list_phones("nowhere"):
        world.sql(
            "UPDATE contacts SET profile_id = 0 WHERE phone = :phone AND campaign_id = :id",
            phone=phone,
            id=campaign_id,
        )
    for phone in scene.list_phones("listed"):
        world.forbid(phone)
    if not sweep:
        world.sql(
            "UPDATE contacts SET status = 'pending', due_at = created_at, suppressed_by = NULL"
            " WHERE status = 'suppressed'"
        )
    if start and scene.status != "draft":
        try:
            world.act(campaign_id, "start")
            if scene.status == "paused":
                world.act(campaign_id, "pause")
        except StateConflict:
            pass  # a start may be refused: it could never call anybody
    _close(world, scene, campaign_id)
    return campaign_id


def _call_before(world: World, scene: Scene) -> None:
    """The calls of other campaigns: those that cap, and those that are up."""
    capped, busy = scene.list_phones("capped"), scene.list_phones("busy")
    if capped:
        world.campaign(capped, name="Before")
        world.tick()
        world.provider.end_all()
        world.tick()
    if busy or scene.trunk == "full" or scene.limit == "lines":
        world.campaign([*busy, "+14155550177"], name="Busy")
        world.tick()


def _close(world: World, scene: Scene, campaign_id: int) -> None:
    hour = timedelta(hours=1)
    campaign: dict[str, dict[str, Any]] = {
        "starts-later": {"starts_at": scene.now + hour},
        "ended": {"ends_at": scene.now - hour},
        "backoff": {"backoff_until": scene.now + hour, "last_error": "busy carrier"},
    }
    if scene.closed is not None:
        change(world, Campaign, campaign_id, **campaign[scene.closed])
    if scene.failed:
        change(world, Campaign, campaign_id, last_error="it went wrong")
    open_now = len([attempt for attempt in world.attempts() if attempt.ended_at is None])
    trunk: dict[str, dict[str, Any]] = {
        "paused": {"paused_at": scene.now - hour, "paused_by": "user:ada@example.com"},
        "circuit": {"circuit_until": scene.now + hour, "last_error": "no answer"},
        "full": {"max_concurrent_calls": open_now},
        "pace": {"calls_per_second": 0.01, "next_free": scene.now + timedelta(seconds=80)},
    }
    if scene.trunk == "quarantine":
        with begin_write(world.db) as connection:
            recovery.begin_quarantine(connection, "host", scene.now)
    elif scene.trunk is not None:
        change(world, Trunk, world.trunk_id, **trunk[scene.trunk])
    if scene.limit == "lines":
        world.sql("UPDATE attempts SET campaign_id = :id WHERE ended_at IS NULL", id=campaign_id)
        change(world, Campaign, campaign_id, max_concurrent_calls=open_now)
    elif scene.limit is not None:
        # After a pace that was slower before, it makes no sense that the next call is so far off: nobody waits for it.
        ahead = timedelta(seconds=80) if scene.limit == "pace" else hour
        change(world, Campaign, campaign_id, calls_per_second=0.01, next_free=scene.now + ahead)
    if scene.engine_away:
        with world.session() as session:
            for beat in session.scalars(sa.select(EngineHeartbeat)):
                beat.last_tick_at = scene.now - hour


# What the oracle says.


def list_waiting(world: World, scene: Scene, campaign_id: int) -> list[Waiting]:
    with world.session() as session:
        contacts = session.scalars(
            sa.select(Contact).where(Contact.campaign_id == campaign_id, Contact.due_at.is_not(None))
        ).all()
    bodies = {row.id: _read(row.body) for row in world.sql("SELECT id, body FROM dial_profiles")}
    return [_look_at(scene, contact, bodies.get(contact.profile_id, {})) for contact in contacts]


def _read(body: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return read


def _look_at(scene: Scene, contact: Contact, body: Mapping[str, Any]) -> Waiting:
    zones = tuple(body.get("zones", ()))
    assert contact.due_at is not None
    country = body.get("country", "")
    holidays = HOLIDAYS_2026.get({"GB": "GB-ENG"}.get(country, country), frozenset())
    return Waiting(
        contact.phone,
        contact.due_at,
        zones,
        may_be_called(scene, country, zones, scene.now, holidays),
        is_holiday(scene, zones, holidays),
        contact.deferred_by,
        lambda at: may_be_called(scene, country, zones, at, holidays),
    )


def may_be_called(
    scene: Scene, country: str, zones: Iterable[str], at: datetime, holidays: frozenset[date]
) -> bool:
    """Whether a call may begin and still ring inside."""
    case = Situation(
        tuple(zones), scene.purpose, scene.clock, scene.timezone, scene.windows, holidays=holidays
    )
    return all(
        may_call_at(case, instant) and is_hour_of_country(scene, country, zones, instant)
        for instant in (at, at + GUARD)
    )


def is_hour_of_country(scene: Scene, country: str, zones: Iterable[str], at: datetime) -> bool:
    hours = HOURS_OF_COUNTRIES.get((country, scene.purpose))
    if hours is None or scene.clock == "campaign":
        return True
    local = [at.astimezone(ZoneInfo(zone)) for zone in zones]
    return all(
        any(one.weekday() in days and start <= one.hour < end for days, start, end in hours) for one in local
    )


def is_holiday(scene: Scene, zones: Iterable[str], holidays: frozenset[date]) -> bool:
    return scene.purpose == "marketing" and any(
        scene.now.astimezone(ZoneInfo(name)).date() in holidays for name in zones
    )


def own_windows_open(scene: Scene) -> bool:
    """Whether the campaign's windows are open, where they do not depend on who is called."""
    if scene.timezone is None or scene.clock == "person":
        return True
    return may_call_at(Situation((), None, "campaign", scene.timezone, scene.windows), scene.now)
