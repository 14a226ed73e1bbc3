"""Upkeep: what one engine of many does once in a while beside the ticks, in steps that hold no lock for long.

    retention   raw events older than RETENTION_DAYS leave, a few thousand at a time; so does what an admin lets become
                no older (retention.py)
    months      where raw events are kept by month, this one and two ahead are there, and empty ones leave
    erasure     people who asked to be forgotten leave the database, and the journals of every machine
    audit       new entries of the audit trail are sealed, and sent to syslog (audit_stream.py)
    answers     those of the outside check that have expired leave
    exports     files that have expired leave, and files that no export has any more
    drafts      those that were deleted a month ago leave, with their contacts
    sweep       files of recordings that nothing has needed for a week leave the instance folder
    guards      every minute it is measured how long after their permits the calls of each trunk rang
    file        what has become free of SQLite's file goes back to the disk, a megabyte at a time; a log that has grown
                large is put back into the file
    lists       contacts whose number came onto a list leave the queue, those whose number left it come back, and the
                numbers of old versions go (list_upkeep.py)
    repair      once an hour the counters, ten-minute slots and facets of each campaign are compared with a count, and
                put right; a peak cannot be counted anew

A step does one unit of work and says whether there is more. It runs in a thread of its own: counting a campaign of
five million contacts takes a second or two, for which no call should wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.clock import Clock
from campaign_app.own_command import own_command
from campaign_app.queries import durable_counters, event_months
from campaign_app.queries import engines as engine_queries
from campaign_app.queries import exports as export_queries
from campaign_app.queries import outside_check as outside_queries
from campaign_app.queries import upkeep as upkeep_queries
from campaign_app.queries.reclaim import empty_log
from campaign_app.queries.settings_rows import read_settings_row, write_settings_row
from campaign_app.services import export_files, recordings, rule_packs
from campaign_app.services.campaigns import DELETED_KEPT
from campaign_app.services.dialing_rules import DialingRules
from campaign_app.services.erasure_files import ErasedFiles

from .audit_stream import AuditStream
from .context import SEND_WITHIN
from .erasure import ErasureJob
from .list_upkeep import run_list_step
from .retention import RetentionJob

log = logging.getLogger("switchboard.upkeep")

T = TypeVar("T")
LEASE = "upkeep"
LEASE_SECONDS = 60
"""Longer than any step; a step that was frozen past it writes nothing (the fencing number is compared)."""
EVENTS_AT_ONCE = 2_000
RETENTION_EVERY = timedelta(minutes=10)
MONTHS_EVERY = timedelta(minutes=10)
ANALYZE_EVERY = timedelta(days=1)
ANALYZED_AT = "call_events_analyzed_at"
"""The settings row that says when the planner last learned what is in all months of raw events."""
EXPORTS_EVERY = timedelta(minutes=1)
EXPORTS_LISTED = timedelta(days=90)
"""How long it is said of a file that it was there."""
SWEEP_EVERY = timedelta(hours=1)
SWEEP_AFTER = timedelta(days=7)
"""An upload or a deletion sweeps after a day; nobody looks on here, so there is time to notice a mistake."""
MEASURE_EVERY = timedelta(minutes=1)
MEASURED_OVER = timedelta(hours=1)
LONGEST_TRUNK_GUARD = 900.0
"""Seconds."""
MOST_LOG = 32 << 20
"""Bytes of SQLite's write-ahead log."""
LOG_EVERY = timedelta(seconds=30)
COMPACT_EVERY = timedelta(minutes=10)
PAGES_AT_ONCE = 256
"""Of SQLite's file, a megabyte: the write lock is held for some hundredths of a second."""
MOST_FREE = 0.2
"""Of the file's pages: when more are free, some go back to the disk ..."""
LEAST_FREE = 0.1
"""... until so many are left, for what is written next."""
SMALL_FILE = 10_000
"""Pages, 40 MB: not worth the work."""
REPAIR_EVERY = timedelta(hours=1)
REPAIRED_AT = "counters_repaired_at"
"""The fact that says when the last repair began: it outlives engines, and all of them share it."""


def find_trunk_guard(delays: Sequence[float]) -> float:
    """Seconds before closing in which a trunk begins no call: what 99 of 100 calls took at the most from their permit
    to the ringing, and the time in which a permitted call must be sent."""
    if not delays:
        return SEND_WITHIN
    ordered = sorted(max(delay, 0.0) for delay in delays)
    usual = ordered[ceil(len(ordered) * 0.99) - 1]
    return min(SEND_WITHIN + usual, LONGEST_TRUNK_GUARD)


@dataclass(slots=True)
class _MonthsLook:
    """What one look at the raw events' months could not do."""

    problems: set[str] = field(default_factory=set)
    is_postponed: bool = False


@dataclass(frozen=True, slots=True)
class CounterCorrection:
    """What was wrong of a campaign's counters, slots and facets, and by how much: what was added to each."""

    campaign_id: int
    added: dict[str, int]

    def __str__(self) -> str:
        added = ", ".join(f"{name} {change:+,}" for name, change in self.added.items())
        return f"campaign {self.campaign_id}: {added}"


class UpkeepJob:
    """One engine's share of the upkeep. `retention_days` 0 keeps raw events for ever; `recordings` is the folder to
    sweep, if any."""

    def __init__(
        self,
        db: sa.Engine,
        *,
        name: str,
        clock: Clock,
        retention_days: int = 0,
        recordings: Path | None = None,
        files: ErasedFiles | None = None,
        audit_syslog: str | None = None,
    ) -> None:
        self._db = db
        self._name = name
        self._clock = clock
        self._days = retention_days
        self._recordings = recordings
        self._erasure = None if files is None else ErasureJob(db, clock, files)
        self._retention = None if files is None else RetentionJob(db, clock, files)
        self._swept_at: datetime | None = None
        self._measured_at: datetime | None = None
        self._repair: Iterator[CounterCorrection | None] | None = None
        self._retained_at: datetime | None = None
        self._answers_at: datetime | None = None
        self._drafts_at: datetime | None = None
        self._exports = None if files is None else files.exports
        self._exports_at: datetime | None = None
        self._after_event = 0
        self._months_at: datetime | None = None
        self._months_problems: set[str] = set()
        self._compacted_at: datetime | None = None
        self._log_at: datetime | None = None
        self._compacting = self._free_pages_reported = False
        self._list_rules = DialingRules()
        self._packs_taken = False
        self._audit = AuditStream(db, audit_syslog)

    def run_step(self) -> bool:
        """One unit of work, where this engine holds the lease; whether there is more to do now."""
        jobs = [job for job in (self._erasure, self._retention) if job is not None]
        for job in jobs:
            job.sweep_journals()
        with transaction.begin_write(self._db) as connection:
            if not engine_queries.take_lease(connection, LEASE, self._name, LEASE_SECONDS):
                self._repair = None
                return False
        self._take_shipped_packs()
        self._sweep_recordings()
        self._measure_guards()
        self._empty_long_log()
        if self._audit.run_step():
            return True
        if any(job.run_step() for job in jobs):
            return True
        return (
            self._delete_old_exports()
            or self._delete_old_answers()
            or self._delete_old_drafts()
            or self._delete_old_events()
            or self._keep_event_months()
            or run_list_step(self._db, self._clock, self._list_rules)
            or self._repair_next_campaign()
            or self._return_free_pages()
        )

    def _delete_old_exports(self) -> bool:
        now = self._clock.now()
        if self._exports is None or (self._exports_at and now < self._exports_at + EXPORTS_EVERY):
            return False
        self._exports_at = now
        with transaction.begin_write(self._db) as connection:
            expired = export_queries.list_expired_exports(connection, now)
            names = export_queries.delete_exports(connection, expired, export_files.EXPIRED)
            export_queries.delete_old_exports(connection, now - EXPORTS_LISTED)
            kept = [row.stored_as for row in export_queries.list_export_files(connection) if row.stored_as]
        try:
            export_files.remove_files(self._exports, names)
            export_files.sweep_files(self._exports, kept, now)
        except OSError as error:
            log.warning("the folder of exports could not be swept: %s", error)
        return False

    def _delete_old_answers(self) -> bool:
        now = self._clock.now()
        if self._answers_at and now < self._answers_at + RETENTION_EVERY:
            return False
        with transaction.begin_write(self._db) as connection:
            more = outside_queries.delete_old_answers(connection, now, EVENTS_AT_ONCE) == EVENTS_AT_ONCE
        if not more:
            self._answers_at = now
        return more

    def _delete_old_drafts(self) -> bool:
        """Those that were deleted so long ago that nobody can restore them any more."""
        now = self._clock.now()
        if self._drafts_at and now < self._drafts_at + RETENTION_EVERY:
            return False
        with transaction.begin_write(self._db) as connection:
            gone = upkeep_queries.delete_old_drafts(connection, now - DELETED_KEPT, EVENTS_AT_ONCE)
        if not gone:
            self._drafts_at = now
        return gone > 0

    def _take_shipped_packs(self) -> None:
        """Once: the rules of countries that came with this version, for every campaign that may still call."""
        if self._packs_taken:
            return
        with transaction.begin_write(self._db) as connection, Session(connection) as session:
            if rule_packs.sync_shipped_packs(session, self._clock.now()):
                log.info("the rules of countries of this version are in use")
        self._packs_taken = True

    def _sweep_recordings(self) -> None:
        now = self._clock.now()
        if self._recordings is None or (self._swept_at and now < self._swept_at + SWEEP_EVERY):
            return
        self._swept_at = now
        try:
            # Writing, though it only reads: on SQLite an upload that is being added is then before it or after it.
            with transaction.begin_write(self._db) as connection, Session(connection) as session:
                removed = recordings.sweep_recordings(session, self._recordings, now, after=SWEEP_AFTER)
        except OSError as error:
            log.warning("the recordings' folder could not be swept: %s", error)
            return
        if removed:
            log.info("removed %s files of recordings that nothing needs any more", removed)

    def _measure_guards(self) -> None:
        """What a trunk's queue costs before closing, for claim, permit and pages alike."""
        now = self._clock.now()
        if self._measured_at and now < self._measured_at + MEASURE_EVERY:
            return
        self._measured_at = now
        with transaction.begin_write(self._db) as connection:
            for trunk_id, delays in upkeep_queries.list_ring_delays(connection, now - MEASURED_OVER).items():
                upkeep_queries.write_trunk_guard(connection, trunk_id, find_trunk_guard(delays))

    def _delete_old_events(self) -> bool:
        now = self._clock.now()
        if not self._days or (self._retained_at and now < self._retained_at + RETENTION_EVERY):
            return False
        with transaction.begin_write(self._db) as connection:
            piece = upkeep_queries.delete_old_events(
                connection, now - timedelta(days=self._days), self._after_event, EVENTS_AT_ONCE
            )
            durable_counters.add_to_counters(connection, {"events_deleted_by_retention": piece.deleted})
        self._after_event = piece.last_id or 0
        if piece.last_id is None:
            self._retained_at = now
        return piece.last_id is not None

    def _keep_event_months(self) -> bool:
        """Where raw events are partitioned. What would have to wait for others is tried again later."""
        now = self._clock.now()
        if self._db.dialect.name == "sqlite" or (self._months_at and now < self._months_at + MONTHS_EVERY):
            return False
        look = _MonthsLook()
        months = self._change_event_months(event_months.create_missing_months, now, look)
        if months is not None:
            look.problems.update(map(event_months.describe_taken_name, months.taken))
            if months.made:
                log.info("made %s for the raw events", ", ".join(months.made))
        dropped = self._change_event_months(event_months.drop_empty_month, now, look)
        if dropped is not None:
            log.info("dropped %s: its time is over, and nothing is in it any more", dropped)
            return True
        self._change_event_months(_analyze_events_daily, now, look)
        self._report_event_months(look)
        self._months_at = now
        return False

    def _report_event_months(self, look: _MonthsLook) -> None:
        """Each problem once, and anew where it was gone for a while. What had to wait may have it still."""
        if new := look.problems - self._months_problems:
            problems = "; ".join(sorted(new))
            log.warning("the raw events' months cannot be kept up; no event is lost: %s", problems)
        self._months_problems = look.problems | (self._months_problems if look.is_postponed else set())

    def _change_event_months(
        self, change: Callable[[sa.Connection, datetime], T], now: datetime, look: _MonthsLook
    ) -> T | None:
        """One change in a transaction of its own; None where the table is no partitioned one, or the change has to
        wait. What the database does not allow is added to the problems."""
        try:
            with transaction.begin_write(self._db) as connection:
                return change(connection, now) if event_months.is_partitioned(connection) else None
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in event_months.IN_USE:
                log.info("the raw events' months are in use: tried again later")
                look.is_postponed = True
            elif isinstance(error, transaction.DATABASE_AWAY):
                raise
            else:
                look.problems.add(f"{error.orig}")
        return None

    def _empty_long_log(self) -> None:
        """Where people look on all the time, SQLite never gets to it by itself."""
        now, file = self._clock.now(), self._db.url.database
        if self._db.dialect.name != "sqlite" or not file or (self._log_at and now < self._log_at + LOG_EVERY):
            return
        self._log_at = now
        log_file = Path(f"{file}-wal")
        if log_file.exists() and log_file.stat().st_size > MOST_LOG and not empty_log(self._db):
            log.info("the database's log is long, and is still read: it is emptied later")

    def _return_free_pages(self) -> bool:
        """A slice of SQLite's file, where much of it is free."""
        now = self._clock.now()
        if self._db.dialect.name != "sqlite" or (
            self._compacted_at and now < self._compacted_at + COMPACT_EVERY
        ):
            return False
        goal = LEAST_FREE if self._compacting else MOST_FREE
        with self._db.connect() as connection:
            pages = upkeep_queries.count_file_pages(connection)
        self._compacting = pages.returnable and pages.total > SMALL_FILE and pages.free > pages.total * goal
        if not self._compacting:
            self._compacted_at = now
            self._report_free_pages(pages)
            return False
        # As many as bring the free ones down to the least, and a slice at the most.
        surplus = pages.free - int(pages.total * LEAST_FREE)
        with transaction.begin_write(self._db) as connection:
            upkeep_queries.return_file_pages(connection, min(max(surplus, 1), PAGES_AT_ONCE))
        return True

    def _report_free_pages(self, pages: upkeep_queries.FilePages) -> None:
        """Once: an early version's file keeps its size until somebody compacts it."""
        if (
            pages.returnable
            or self._free_pages_reported
            or pages.free <= max(pages.total * MOST_FREE, SMALL_FILE)
        ):
            return
        self._free_pages_reported = True
        log.info(
            "%s of %s pages of the database's file are free, and are used again; to give them back to the disk, stop"
            " Switchboard and run: %s",
            pages.free,
            pages.total,
            own_command("compact"),
        )

    def _repair_next_campaign(self) -> bool:
        now = self._clock.now()
        if self._repair is None:
            with transaction.begin_write(self._db) as connection:
                last = read_settings_row(connection, REPAIRED_AT)
                if last is not None and now < datetime.fromisoformat(last) + REPAIR_EVERY:
                    return False
                write_settings_row(connection, REPAIRED_AT, now.isoformat())
            self._repair = repair_counters(self._db, self._name, archived=False)
        if next(self._repair, self) is self:
            self._repair = None
            return False
        return True


def _analyze_events_daily(connection: sa.Connection, now: datetime) -> None:
    last = read_settings_row(connection, ANALYZED_AT)
    if last is None or now >= datetime.fromisoformat(last) + ANALYZE_EVERY:
        event_months.analyze_events(connection)
        write_settings_row(connection, ANALYZED_AT, now.isoformat())


def repair_counters(db: sa.Engine, owner: str, *, archived: bool) -> Iterator[CounterCorrection | None]:
    """Compare the counters of each campaign with a count and put them right, a campaign at a step; what was corrected,
    or None. The caller holds the lease, and prolongs it between the steps."""
    campaign_id: int | None = 0
    while True:
        with transaction.read_snapshot(db) as snapshot:
            campaign_id = upkeep_queries.next_campaign_id(snapshot, campaign_id or 0, archived=archived)
            if campaign_id is None:
                return
            fencing = upkeep_queries.read_fencing_number(snapshot, LEASE, owner)
            difference = upkeep_queries.measure_counter_drift(snapshot, campaign_id)
        added = difference.describe_changes()
        if not added:
            yield None
            continue
        with transaction.begin_write(db) as connection:
            # Two that found the same difference must not both add it.
            lease_held = (
                fencing is not None
                and upkeep_queries.read_fencing_number(connection, LEASE, owner) == fencing
            )
            if lease_held:
                difference.apply_changes(connection)
                durable_counters.add_to_counters(connection, {"counters_repaired": len(added)})
        if not lease_held:
            return
        correction = CounterCorrection(campaign_id, added)
        log.warning("counters were wrong and were put right: %s", correction)
        yield correction


def repair_all_counters(
    db: sa.Engine, owner: str, on_correction: Callable[[CounterCorrection], None]
) -> bool:
    """All campaigns at once, for the command line. False while an engine is at it."""
    with transaction.begin_write(db) as connection:
        if not engine_queries.take_lease(connection, LEASE, owner, LEASE_SECONDS):
            return False
    for correction in repair_counters(db, owner, archived=True):
        if correction is not None:
            on_correction(correction)
        with transaction.begin_write(db) as connection:
            if not engine_queries.take_lease(connection, LEASE, owner, LEASE_SECONDS):
                return False
    with transaction.begin_write(db) as connection:
        engine_queries.drop_leases(connection, owner)
    return True
