"""Permit proofs: every call of the past judged again by the very rulebook and profile by which it was permitted (I7).

What campaigns say today does not matter. Calls are read in pages, so that the memory does not grow with their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.call_caps import PlacedCall, find_caps_reached
from campaign_app.domain.dial_profile import DialProfile, read_profile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.lists import OnStale
from campaign_app.domain.rulebook import Rulebook, parse_rulebook
from campaign_app.domain.timeline import find_timeline

from . import history
from .dial_profiles import PHONES, list_refusals, load_profile_bodies, load_rulebook_bodies
from .forgotten import ForgetKeyMissing, find_marks, require_key_of_marks
from .fragments import ANSWERED, entry_applies
from .lists import load_list_rules
from .packs import shelve_rulebook
from .sets import as_time, run

MOST_SHOWN = 20
PAGE = 5_000
LONGEST_PERIOD = timedelta(days=370)
"""Calls further back matter to no cap and to no gap."""
EVER = datetime(2000, 1, 1, tzinfo=UTC)
NOBODY_KNOWN = DialProfile((), None)


def find_wrong_permits(connection: Connection) -> list[str]:
    """Calls to numbers that were listed then, outside the hours, or too soon or too often; each with its number."""
    rules = PastRules(connection)
    broken = [
        *_dialed_while_listed(connection),
        *_dialed_while_on_lists(connection, rules),
        *_dialed_while_stale(connection, rules),
        *_dialed_outside_hours(connection, rules),
        *_called_too_often(connection, rules),
    ]
    return rules.unreadable + broken


class PastRules:
    """Rulebooks and profiles by which calls were permitted: their rows never change, so each is read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rulebooks: dict[int, Rulebook | None] = {}
        self._profiles: dict[int | None, DialProfile] = {None: NOBODY_KNOWN}
        self.unreadable: list[str] = []

    def get_rulebook(self, rulebook_id: int) -> Rulebook | None:
        """None where the row cannot be read; then `unreadable` says so."""
        if rulebook_id not in self._rulebooks:
            body = load_rulebook_bodies(self._connection, [rulebook_id]).get(rulebook_id)
            try:
                self._rulebooks[rulebook_id] = shelve_rulebook(self._connection, parse_rulebook(body))
            except (InvalidInput, ValueError, LookupError):
                self._rulebooks[rulebook_id] = None
                self.unreadable.append(f"rulebook {rulebook_id} cannot be read")
        return self._rulebooks[rulebook_id]

    def get_profile(self, profile_id: int | None) -> DialProfile:
        """Of a row that is gone or broken nothing is known."""
        if profile_id not in self._profiles:
            body = None
            if profile_id is not None:
                body = load_profile_bodies(self._connection, [profile_id]).get(profile_id)
            try:
                self._profiles[profile_id] = NOBODY_KNOWN if body is None else read_profile(body)
            except InvalidInput:
                self._profiles[profile_id] = NOBODY_KNOWN
                self.unreadable.append(f"dial profile {profile_id} cannot be read")
        return self._profiles[profile_id]


LISTED = f"""SELECT a.id FROM {{table}} d JOIN attempts a ON a.phone = d.phone AND {entry_applies("a.campaign_id")}
    WHERE a.dialing_at > d.created_at AND a.status <> 'released' {{more}} ORDER BY a.id LIMIT {MOST_SHOWN}"""


def _dialed_while_listed(connection: Connection) -> list[str]:
    """By the list as it stood: the entries that were removed since count for as long as they were on it."""
    present = run(connection, LISTED.format(table="do_not_call", more="")).all()
    removed = run(
        connection, LISTED.format(table="do_not_call_removals", more="AND a.dialing_at < d.removed_at")
    ).all()
    return [f"attempt {row.id} was dialed after its number was listed" for row in present] + [
        f"attempt {row.id} was dialed while its number was listed" for row in removed
    ]


ON_VERSION = """SELECT a.id, a.phone, a.dialing_at, a.rulebook_id, a.profile_id FROM attempts a
    CROSS JOIN list_numbers n
    WHERE n.version_id = :version AND n.phone = CASE WHEN a.phone LIKE '+%' THEN CAST(substr(a.phone, 2) AS bigint) END
      AND a.id > :last AND a.dialing_at > :since AND a.status <> 'released' AND a.rulebook_id IS NOT NULL
    ORDER BY a.id LIMIT :page"""


def _dialed_while_on_lists(connection: Connection, rules: PastRules) -> list[str]:
    """Calls to numbers of a registry or another list since its present version came into force, where it applied to
    them. The numbers of earlier versions are not kept."""
    broken: list[str] = []
    for version in history.list_present_versions(connection):
        bound: dict[str, Any] = {"version": version.id, "since": version.in_force_at, "page": PAGE}
        rows: Sequence[Any] = ()
        while not rows or len(rows) == PAGE:
            last = rows[-1].id if rows else 0
            rows = run(connection, ON_VERSION, {**bound, "last": last}).all()
            for row in rows:
                at, rulebook = as_time(row.dialing_at), rules.get_rulebook(row.rulebook_id)
                rule = None if at is None else history.find_list_rule(connection, version, at)
                if rule is None or rulebook is None:
                    continue
                if rule.applies_to(rulebook.purpose, rules.get_profile(row.profile_id), row.phone):
                    broken.append(f"attempt {row.id} was dialed while its number was on the list {rule.name}")
                if len(broken) >= MOST_SHOWN:
                    return broken
            if not rows:
                break
    return broken


WHILE_STALE = """SELECT a.id, a.phone, a.profile_id, a.rulebook_id FROM attempts a
    WHERE a.dialing_at >= :since AND a.status <> 'released' AND a.rulebook_id IS NOT NULL ORDER BY a.id LIMIT :page"""


def _dialed_while_stale(connection: Connection, rules: PastRules) -> list[str]:
    """Calls that a list's version in force was too old to allow, since the list was changed last."""
    broken: list[str] = []
    changed = {row.id: as_time(row.changed_at) for row in run(connection, "SELECT id, changed_at FROM lists")}
    for rule in load_list_rules(connection):
        since = changed[rule.id]
        if rule.as_of is None or rule.max_age_days is None or rule.on_stale is OnStale.WARN or since is None:
            continue
        stale = datetime.combine(rule.as_of, time(), UTC) + timedelta(days=rule.max_age_days + 1)
        for row in run(connection, WHILE_STALE, {"since": max(since, stale), "page": PAGE}).all():
            rulebook = rules.get_rulebook(row.rulebook_id)
            profile = rules.get_profile(row.profile_id)
            if rulebook is not None and rule.applies_to(rulebook.purpose, profile, row.phone):
                broken.append(f"attempt {row.id} was dialed while the list {rule.name} was too old")
            if len(broken) >= MOST_SHOWN:
                return broken
    return broken


def _dialed_outside_hours(connection: Connection, rules: PastRules) -> list[str]:
    broken: list[str] = []
    for row in _read_permitted(connection):
        rulebook, at = rules.get_rulebook(row.rulebook_id), as_time(row.dialing_at)
        if rulebook is None or at is None:
            continue
        timeline = find_timeline(rulebook, rules.get_profile(row.profile_id), at)
        closes_at = timeline.closes_at(at)
        if not timeline.is_open(at):
            broken.append(f"attempt {row.id} was dialed at {at.isoformat()}, outside the person's hours")
        elif closes_at is not None and closes_at - at <= rulebook.guard:
            broken.append(
                f"attempt {row.id} was dialed at {at.isoformat()}, within {rulebook.guard_seconds} seconds of"
                " the end of the hours"
            )
        if len(broken) >= MOST_SHOWN:
            break
    return broken


def _read_permitted(connection: Connection) -> Iterator[Any]:
    """Every call that has a rulebook, by id."""
    last = 0
    while True:
        rows = run(
            connection,
            """SELECT id, dialing_at, rulebook_id, profile_id FROM attempts
               WHERE id > :last AND rulebook_id IS NOT NULL AND dialing_at IS NOT NULL AND status <> 'released'
               ORDER BY id LIMIT :page""",
            {"last": last, "page": PAGE},
        ).all()
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1].id


def _called_too_often(connection: Connection, rules: PastRules) -> list[str]:
    """Calls that passed a cap or a gap of the rulebook by which they were permitted, over all campaigns. Those
    of before the person was forgotten count as well, and are judged under their mark."""
    broken: list[str] = []
    try:
        require_key_of_marks(connection)
    except ForgetKeyMissing as error:
        rules.unreadable.append(f"caps and gaps were not checked, over nobody's calls: {error}")
        return []
    for phone, calls, refusals in _read_placed(connection):
        recent: deque[PlacedCall] = deque()
        for at, row in calls if len(calls) > 1 or refusals else ():
            while recent and recent[0].at < at - LONGEST_PERIOD:
                recent.popleft()
            rulebook = None if row.rulebook_id is None else rules.get_rulebook(row.rulebook_id)
            refused = [each for each in refusals if each < at]
            if row.phone == phone and rulebook is not None and (recent or refused):
                profile = rules.get_profile(row.profile_id)
                broken += [
                    f"attempt {row.id} to {phone} was dialed at {at.isoformat()}, before"
                    f" {cap.frees_at.isoformat()} ({cap.code})"
                    for cap in find_caps_reached(rulebook, profile, recent, row.campaign_id, at, refused)
                ]
            recent.append(
                PlacedCall(
                    at,
                    row.campaign_id,
                    "" if rulebook is None else rulebook.subject,
                    bool(row.answered),
                )
            )
        if len(broken) >= MOST_SHOWN:
            break
    return broken[:MOST_SHOWN]


PLACED_COLUMNS = f"""SELECT id, phone, coalesce(dialing_at, placed_at) AS at, campaign_id, rulebook_id, profile_id,
      {ANSWERED} AS answered FROM attempts"""
COUNTS = """status <> 'released' AND NOT (test AND rulebook_id IS NULL)
      AND coalesce(dialing_at, placed_at) IS NOT NULL"""
PLACED = (
    f"""{PLACED_COLUMNS} WHERE (phone, id) > (:phone, :last) AND {COUNTS} ORDER BY phone, id LIMIT :page"""
)
EARLIER = f"{PLACED_COLUMNS} WHERE phone IN (SELECT v.phone FROM {{v}}) AND {COUNTS}"


class _CallsOf(NamedTuple):
    """What is kept of one number."""

    phone: str
    calls: list[tuple[datetime, Any]]
    """(when, row) of those that were placed, in the order of their times; those of before the person was forgotten
    have the mark for a phone."""
    refusals: list[datetime]
    """When it came onto a do-not-call list."""


def _read_placed(connection: Connection) -> Iterator[_CallsOf]:
    """Every number that was called, by number."""
    phone, last = "", 0
    calls: list[tuple[datetime, Any]] = []
    refusals: dict[str, list[datetime]] = {}
    while True:
        rows = run(connection, PLACED, {"phone": phone, "last": last, "page": PAGE}).all()
        phones = list({row.phone for row in rows})
        before, refusals = refusals, list_refusals(connection, phones, EVER)
        earlier = _read_earlier(connection, phones)
        for row in rows:
            if row.phone != phone:
                if calls:
                    yield _CallsOf(phone, _sort_calls(calls), refusals.get(phone) or before.get(phone, []))
                calls = earlier.get(row.phone, [])
            phone, last = row.phone, row.id
            if (at := as_time(row.at)) is not None:
                calls.append((at, row))
        if len(rows) < PAGE:
            break
    if calls:
        yield _CallsOf(phone, _sort_calls(calls), refusals.get(phone) or before.get(phone, []))


def _read_earlier(connection: Connection, phones: Sequence[str]) -> dict[str, list[tuple[datetime, Any]]]:
    """{number: (when, row) of its calls of before the person was forgotten}."""
    marks = find_marks(connection, phones)
    found: dict[str, list[tuple[datetime, Any]]] = {}
    if marks:
        dialect = connection.dialect.name
        statement = EARLIER.replace("{v}", PHONES.source_sql(dialect))
        for row in run(connection, statement, PHONES.to_parameters(dialect, [(mark,) for mark in marks])):
            if (at := as_time(row.at)) is not None:
                found.setdefault(marks[row.phone], []).append((at, row))
    return found


def _sort_calls(calls: list[tuple[datetime, Any]]) -> list[tuple[datetime, Any]]:
    return sorted(calls, key=lambda call: (call[0], call[1].id))
