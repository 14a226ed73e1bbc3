"""Counters that pages read, changed in the very transactions that change what they count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS

from .fragments import slot_of
from .sets import RowSet, run

SLOT_COUNTS = ("completed", "busy", "no_answer", "failed", "canceled", "unresolved", "human", "machine")
COLUMNS = (*CONTACT_COUNTERS.values(), *ATTEMPT_COUNTERS.values())
RESPONSE_NAME_LENGTH = 64
"""Characters of its column."""
RESPONSE_COUNTS = RowSet("v", campaign_id="int", response="str", n="int")
ADD_RESPONSE_COUNTS = """INSERT INTO response_counts (campaign_id, response, n)
    SELECT v.campaign_id, v.response, v.n FROM {v} WHERE {after} ORDER BY v.campaign_id, v.response
    ON CONFLICT (campaign_id, response) DO UPDATE SET n = response_counts.n + excluded.n"""


@dataclass(slots=True)
class CounterChanges:
    """What one transaction changed, summed up, and applied in campaign order so that two engines cannot deadlock."""

    totals: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    slots: defaultdict[tuple[int, datetime], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    response_counts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def describe_changes(self) -> dict[str, int]:
        """{what is counted, in words: what is added to it}, without the zeros: of one campaign."""
        changes_by_name: Counter[str] = Counter()
        for counts in self.totals.values():
            changes_by_name.update(counts)
        for (_, slot), counts in sorted(self.slots.items()):
            changes_by_name.update(
                {f"{name} of {slot.astimezone(UTC):%Y-%m-%d %H:%M}Z": n for name, n in counts.items()}
            )
        changes_by_name.update({response: n for (_, response), n in sorted(self.response_counts.items())})
        return {name: n for name, n in changes_by_name.items() if n}

    def without_zeros(self) -> CounterChanges:
        """The same, as far as it changes anything."""
        return CounterChanges(
            defaultdict(
                Counter, {key: counts for key, counts in self.totals.items() if any(counts.values())}
            ),
            defaultdict(Counter, {key: counts for key, counts in self.slots.items() if any(counts.values())}),
            Counter({key: n for key, n in self.response_counts.items() if n}),
        )

    def count_contact(
        self, campaign_id: int, before: ContactStatus | None, after: ContactStatus | None, times: int = 1
    ) -> None:
        if before is not None:
            self.totals[campaign_id][CONTACT_COUNTERS[before]] -= times
        if after is not None:
            self.totals[campaign_id][CONTACT_COUNTERS[after]] += times

    def count_outcome(
        self,
        campaign_id: int,
        before: AttemptStatus,
        after: AttemptStatus,
        slot: datetime,
        before_slot: datetime | None = None,
        times: int = 1,
    ) -> None:
        """Attempts ended in the ten minutes of `slot`, or were upgraded from `unresolved`, in which they had ended in
        `before_slot`."""
        column = ATTEMPT_COUNTERS[after]
        self.totals[campaign_id][column] += times
        if before is AttemptStatus.UNRESOLVED:
            self.totals[campaign_id][ATTEMPT_COUNTERS[before]] -= times
            if before_slot is not None:
                self.slots[campaign_id, before_slot][before.value] -= times
        if after is not AttemptStatus.RELEASED:
            self.slots[campaign_id, slot][column.removeprefix("attempts_")] += times

    def count_answer(self, campaign_id: int, answered_by: AnsweredBy, slot: datetime, times: int = 1) -> None:
        """Completed attempts of KNOWN_ANSWERERS, which ended in the ten minutes of `slot`."""
        self.count_response(campaign_id, f"answered-by:{answered_by}", times)
        column = "human" if answered_by is AnsweredBy.HUMAN else "machine"
        self.slots[campaign_id, slot][column] += times

    def count_response(self, campaign_id: int, response: str, times: int = 1) -> None:
        self.response_counts[campaign_id, response] += times

    def apply_changes(self, connection: Connection) -> None:
        """Only what is no zero, and set by set: first the campaigns' rows, each locked in its turn, then the rest."""
        totals = sorted((key, counts) for key, counts in self.totals.items() if any(counts.values()))
        slots = sorted((key, counts) for key, counts in self.slots.items() if any(counts.values()))
        responses = sorted((key, n) for key, n in self.response_counts.items() if n)
        names = _list_changed(COLUMNS, [counts for _, counts in totals])
        slot_names = _list_changed(SLOT_COUNTS, [counts for _, counts in slots])
        rows: dict[str, list[tuple[Any, ...]]] = {
            "t": [(campaign_id, *(counts[name] for name in names)) for campaign_id, counts in totals],
            "s": [(*key, *(counts[name] for name in slot_names)) for key, counts in slots],
            "v": [(*key, n) for key, n in responses],
        }
        sizes = tuple(min(len(some), 2) for some in rows.values())
        dialect = connection.dialect.name
        for sql, row_sets in _write_additions(names, slot_names, sizes, dialect):
            if dialect == "sqlite":
                [row_set] = row_sets
                for row in rows[row_set.alias]:
                    run(connection, sql, row_set.to_row_parameters(row))
                continue
            parameters: dict[str, str] = {}
            for row_set in row_sets:
                parameters |= row_set.to_parameters(dialect, rows[row_set.alias])
            run(connection, sql, parameters)


def _list_changed(columns: Sequence[str], rows: Iterable[Counter[str]]) -> tuple[str, ...]:
    """Those of the columns to which any of the rows adds something."""
    changed = {name for counts in rows for name, n in counts.items() if n}
    return tuple(name for name in columns if name in changed)


class _Addition(NamedTuple):
    """A statement, and the shapes of what it adds to campaigns (t), to slots (s) and to responses (v)."""

    sql: str
    row_sets: tuple[RowSet, ...]


@lru_cache(maxsize=256)
def _write_additions(
    names: tuple[str, ...], slot_names: tuple[str, ...], sizes: tuple[int, ...], dialect: str
) -> tuple[_Addition, ...]:
    """What adds to these columns of campaigns and of slots; `sizes`: rows of each, and of responses, 2 being several.

    On PostgreSQL it is a single statement, since each is a journey. There each part waits for the one before, so that
    all writers lock rows in one order; several campaigns are locked by their ids first, which a join would not do.
    """
    is_postgres = dialect == "postgresql"

    def source_of(row_set: RowSet) -> str:
        return row_set.source_sql(dialect) if is_postgres else row_set.row_sql()

    parts: list[tuple[str, RowSet]] = []
    if sizes[0]:
        row_set = RowSet("t", campaign="int", **dict.fromkeys(names, "int"))
        parts.append((_write_totals(names, row_set, dialect, locked=sizes[0] > 1), row_set))
    if sizes[1]:
        row_set = RowSet("s", campaign="int", slot="time", **dict.fromkeys(slot_names, "int"))
        cells = ", ".join(f"s.{name}" if name in slot_names else "0" for name in SLOT_COUNTS)
        settings = ", ".join(f"{name} = outcome_slots.{name} + excluded.{name}" for name in slot_names)
        sql = f"""INSERT INTO outcome_slots (campaign_id, slot_at, {", ".join(SLOT_COUNTS)}, peak_open)
            SELECT s.campaign, s.slot, {cells}, 0 FROM {source_of(row_set)} WHERE {{after}}
            ORDER BY s.campaign, s.slot ON CONFLICT (campaign_id, slot_at) DO UPDATE SET {settings}"""
        parts.append((sql, row_set))
    if sizes[2]:
        parts.append((ADD_RESPONSE_COUNTS.replace("{v}", source_of(RESPONSE_COUNTS)), RESPONSE_COUNTS))
    if not is_postgres:
        return tuple(_Addition(sql.replace("{after}", "true"), (row_set,)) for sql, row_set in parts)
    if not parts:
        return ()
    ctes: list[str] = []
    if sizes[0] > 1:
        ctes.append(f"""locked AS MATERIALIZED (SELECT c.campaign_id FROM campaign_counters c
          WHERE c.campaign_id IN (SELECT t.campaign FROM {parts[0][1].source_sql(dialect)})
          ORDER BY c.campaign_id FOR NO KEY UPDATE)""")
    after = "true"
    for place, (sql, _) in enumerate(parts[:-1]):
        ctes.append(f"part{place} AS ({sql.replace('{after}', after)} RETURNING 1)")
        after = f"(SELECT count(*) FROM part{place}) >= 0"
    head = f"WITH {', '.join(ctes)} " if ctes else ""
    row_sets = tuple(row_set for _, row_set in parts)
    return (_Addition(head + parts[-1][0].replace("{after}", after), row_sets),)


def _write_totals(names: Sequence[str], row_set: RowSet, dialect: str, *, locked: bool) -> str:
    """What adds to a campaign's row. `locked`: those of several are locked already, in the order of their ids."""
    if dialect == "sqlite":
        # With FROM it would write the single row into a table of its own first, which takes longer than the rest.
        settings = ", ".join(f"{name} = {name} + :{row_set.alias}_{name}" for name in names)
        return f"UPDATE campaign_counters SET {settings} WHERE campaign_id = :{row_set.alias}_campaign"
    settings = ", ".join(f"{name} = campaign_counters.{name} + t.{name}" for name in names)
    join = " JOIN locked ON locked.campaign_id = t.campaign" if locked else ""
    return f"""UPDATE campaign_counters SET {settings} FROM {row_set.source_sql(dialect)}{join}
        WHERE campaign_counters.campaign_id = t.campaign"""


class ClaimCounts(NamedTuple):
    """What was claimed of a campaign: contacts that left `pending` and `retry`, and its lines in use with them."""

    campaign: int
    fresh: int
    again: int
    open: int


CLAIM_COUNTS = RowSet("v", campaign="int", fresh="int", again="int", open="int")
SET_CLAIMED = """UPDATE campaign_counters SET contacts_pending = contacts_pending - {v}fresh,
      contacts_retry = contacts_retry - {v}again, contacts_dialing = contacts_dialing + {v}fresh + {v}again,
      peak_open = CASE WHEN peak_open < {v}open THEN {v}open ELSE peak_open END"""
MOVE_CLAIMED = SET_CLAIMED.replace("{v}", "v.") + " FROM {v} WHERE campaign_id = v.campaign"
MOVE_ONE_CLAIMED = SET_CLAIMED.replace("{v}", ":v_") + " WHERE campaign_id = :v_campaign"
RAISE_PEAK = """INSERT INTO outcome_slots
      (campaign_id, slot_at, completed, busy, no_answer, failed, canceled, unresolved, peak_open)
    SELECT v.campaign, :slot, 0, 0, 0, 0, 0, 0, v.open FROM {v} WHERE true
    ON CONFLICT (campaign_id, slot_at) DO UPDATE SET peak_open =
      CASE WHEN outcome_slots.peak_open < excluded.peak_open THEN excluded.peak_open ELSE outcome_slots.peak_open END"""
RAISE_ONE_PEAK = RAISE_PEAK.replace("{v}", CLAIM_COUNTS.row_sql())


def count_claims(connection: Connection, claims: Sequence[ClaimCounts], now: datetime) -> None:
    """Contacts left `pending` and `retry` for `dialing`. The campaigns' rows are locked already, so the order in which
    their counters are written cannot make two engines wait for each other."""
    if not claims:
        return
    slot = slot_of(now)
    if connection.dialect.name == "sqlite":
        for row in map(CLAIM_COUNTS.to_row_parameters, claims):
            run(connection, MOVE_ONE_CLAIMED, row)
            run(connection, RAISE_ONE_PEAK, {"slot": slot, **row})
        return
    rows = CLAIM_COUNTS.to_parameters("postgresql", claims)
    run(connection, CLAIM_COUNTS.put_in(MOVE_CLAIMED, "postgresql"), rows)
    run(connection, CLAIM_COUNTS.put_in(RAISE_PEAK, "postgresql"), {"slot": slot, **rows})


def count_moved_contacts(
    connection: Connection, moves: Iterable[tuple[int, ContactStatus | None, ContactStatus | None]]
) -> None:
    """Count contacts that changed outside of the hot path: (campaign, before, after)."""
    changes = CounterChanges()
    for campaign_id, before, after in moves:
        changes.count_contact(campaign_id, before, after)
    changes.apply_changes(connection)
