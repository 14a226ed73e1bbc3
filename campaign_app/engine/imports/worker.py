"""Import worker: takes up uploads one after the other, understands them, checks them, adds what was confirmed.

It can be killed at any instant. A check writes no contact and begins anew. Adding goes by slices, each one short
transaction: its contacts, its refusals, the counters and the import's progress, by compare-and-set on that progress.
Whoever takes the import up next skips the rows that are done, and no row is lost or doubled.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from sqlalchemy import Connection, Engine

from campaign_app.clock import Clock
from campaign_app.domain.campaign import ACCEPTS_CONTACTS, CampaignStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.message import Message, parse_message
from campaign_app.engine.list_upkeep import sweep_all
from campaign_app.extensions import make_bulk_engine
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import imports as queries
from campaign_app.queries import lists as list_queries
from campaign_app.queries.finish import pause_campaign
from campaign_app.queries.forgotten import ForgetKeyMissing
from campaign_app.queries.imports import Job
from campaign_app.queries.second_person import exceeds_one_person
from campaign_app.services.contacts import list_required_variables
from campaign_app.services.imports.checks import (
    CheckTotals,
    RejectsFile,
    SeenNumbers,
    check_chunk,
    flags_path,
    rejects_path,
    scratch_path,
)
from campaign_app.services.imports.files import sweep
from campaign_app.services.imports.forgotten import leave_out_forgotten
from campaign_app.services.imports.understanding import understand
from campaign_app.services.imports.uploads import remove_upload
from campaign_app.services.second_person import describe_added
from campaign_app.transaction import DATABASE_AWAY, begin_write
from campaign_app.uploads import UnreadableFile, validation
from campaign_app.uploads.validation import ValidatedRows, ValidationPlan, find_flagged_numbers

from . import lists
from .add import add_slice
from .log_flush import LogFlusher
from .validators import PROCESSES, validated

STALE = timedelta(seconds=30)
"""A worker without a heartbeat for this long is presumed dead."""
SLICE_SECONDS = 0.07
"""What a slice's transaction is meant to take. Meanwhile the engine waits on SQLite, which has one writer, and on
PostgreSQL the campaign's claims and its Pause button wait."""
FIRST_SLICE, SMALLEST_SLICE, LARGEST_SLICE = 2_000, 1_000, 10_000
"""Rows."""
CHECKPOINT_ROWS = 30_000
"""Rows after which SQLite's log is written back to the database. A page that several slices changed is written back
only once; but with a million contacts, most slices change different pages of the indexes."""
TURN_SECONDS = 20.0
"""After this long, an import makes way for others that are waiting, and continues after them where it left off. A turn
also lasts at least four times as long as reaching its first new row took, as a file is read from the start again."""
BEAT_SECONDS = 2.0
"""How often a check tells how far it is."""

log = logging.getLogger(__name__)


class _Gone(Exception):
    """The campaign was deleted, and the import with it."""


class _Closed(Exception):
    """The campaign does not take contacts any more."""

    def __init__(self, status: str) -> None:
        self.status = status
        super().__init__(status)


class _Stopped(Exception):
    """The process is about to end, or it is another import's turn."""


class _Lost(Exception):
    """Another worker has taken the import up, or somebody has discarded it."""


class _NewMessage(Exception):
    """The campaign's message speaks other variables than those that the validators look for."""


def run_next(
    engine: Engine,
    uploads: Path,
    *,
    clock: Clock,
    owner: str,
    stop: Event | None = None,
    processes: int = PROCESSES,
    second_person_above: int = 0,
) -> bool:
    """Take up one import and work it off; False if none was waiting.

    `stop` ends it after the present chunk and leaves the rest for the next worker, at once. What goes wrong with the
    file or the campaign is kept as the import's error. A database that cannot be reached raises OperationalError, and
    the import is taken up again 30 s later; anything else is a bug: it fails the import and propagates.
    """
    now = clock.now()
    with engine.connect() as connection:
        if not queries.waiting(connection, now - STALE):
            return False
    with begin_write(engine) as connection:
        job = queries.take(connection, now, now - STALE)
    if job is None:
        return False
    log.info(
        "import %s of campaign %s taken up by %s to %s after %s rows",
        job.id,
        job.campaign_id,
        owner,
        job.phase,
        job.rows_done,
    )
    with _bulk(engine) as bulk:
        _Run(bulk, uploads, clock, job, stop or Event(), processes, second_person_above).run()
    if job.mode == "contacts" and job.phase == "add" and job.on_known == "update":
        with begin_write(engine) as connection:
            # What is known of people's consent may have changed.
            list_queries.restart_sweeps(connection)
    if job.phase == "add" and (job.mode == "contacts" or job.list_id is not None):
        sweep_all(engine, clock)
    with engine.connect() as connection:
        needed = queries.needed_files(connection)
    sweep(uploads, needed, now)
    return True


@contextmanager
def _bulk(engine: Engine) -> Iterator[Engine]:
    bulk = make_bulk_engine(engine)
    try:
        yield bulk
    finally:
        if bulk is not engine:
            bulk.dispose()


class _Run:
    def __init__(
        self,
        engine: Engine,
        uploads: Path,
        clock: Clock,
        job: Job,
        stop: Event,
        processes: int,
        second_person_above: int,
    ) -> None:
        self._engine = engine
        self._uploads = uploads
        self._path = uploads / job.stored_as
        self._clock = clock
        self._job = job
        self._stop = stop
        self._processes = processes
        self._second_person_above = second_person_above
        self._slice_rows = FIRST_SLICE
        self._unlogged = 0
        self._flusher = LogFlusher(engine.url.database or "") if engine.dialect.name == "sqlite" else None
        self._message_variables: tuple[str, ...] = ()
        self._began = clock.monotonic()
        self._turn_ends: float | None = None
        """On the clock's monotonic time; None before the first new row."""

    def run(self) -> None:
        try:
            self._work()
        except (_Stopped, lists.Stopped):
            self._let_go()
        except (_Gone, _Lost, lists.Lost):
            self._leave()
        except DATABASE_AWAY:
            raise
        except Exception:
            self._finish(
                f"Switchboard could not read on after {self._job.rows_done:,} rows: that is a fault of "
                f"its own, which its log describes. {self._added()}"
            )
            raise

    def _work(self) -> None:
        """Understand, check or add, as far as it goes without a person."""
        if not self._path.is_file():
            self._finish(f"The uploaded file is not on the server any more; upload it again. {self._added()}")
            return
        if self._job.mapping is None:
            try:
                certain = self._understand()
            except InvalidInput as error:
                self._finish(error.errors[0].message)
                return
            if not certain:
                return
        try:
            if self._job.list_id is not None:
                self._load_list()
            elif self._job.phase == "check":
                self._check()
            else:
                self._finish(self._add())
        except UnreadableFile as error:
            self._finish(f"{error.sentence} {self._added()}")
        except ForgetKeyMissing as error:
            self._finish(f"{error}. {self._added()}")

    def _load_list(self) -> None:
        """Load a version of a list, and swap it where that is wanted."""
        load = lists.ListLoad(
            self._engine, self._uploads, self._clock, self._job, self._stop, self._checkpoint
        )
        error = load.run()
        if error is not None:
            self._finish(error)
            return
        with self._engine.connect() as connection:
            needed = queries.needed_files(connection)
        if self._job.stored_as not in needed:
            remove_upload(self._uploads, self._job.stored_as)

    def _understand(self) -> bool:
        """Whether the file can be read on; else it waits for a mapping."""
        job = self._job
        found = understand(
            self._path,
            region=job.default_region,
            message_variables=self._spoken(),
            mode=job.mode,
            for_list=job.list_id is not None,
        )
        values = found.values()
        if found.questions:
            values |= {"status": "needs_mapping", "phase": "check"}
        else:
            values |= {"mapping": found.mapping, "phase": "check" if job.dry_run else "add"}
        self._save(values)
        job.reading, job.columns, job.default_region = found.reading, found.columns, found.region
        if found.questions:
            return False
        job.mapping, job.phase = found.mapping, values["phase"]
        return True

    def _spoken(self) -> list[str]:
        """The variables that the campaign's message speaks, whatever its status."""
        if self._job.campaign_id is None:
            return []
        with self._engine.connect() as connection:
            if queries.campaign_status(connection, self._job.campaign_id) is None:
                raise _Gone
            message = queries.message_of(connection, self._job.campaign_id)
        return list_required_variables("running", message)

    def _find_message(self, connection: Connection) -> Message | None:
        if self._job.campaign_id is None:
            return None
        try:
            return parse_message(queries.message_of(connection, self._job.campaign_id))
        except InvalidInput:
            return None

    def _needed(self, connection: Connection) -> list[str]:
        """The variables that each contact must have a value for, as the campaign stands."""
        if self._job.mode != "contacts" or self._job.campaign_id is None:
            return []
        status = queries.campaign_status(connection, self._job.campaign_id)
        if status is None:
            raise _Gone
        return list_required_variables(status, queries.message_of(connection, self._job.campaign_id))

    def _save(self, values: dict[str, object]) -> None:
        now = self._clock.now()
        with begin_write(self._engine, "import") as connection:
            if not queries.beat(connection, self._job, now) or not queries.save(
                connection, self._job, values
            ):
                raise _Lost

    def _plan(self, describe: bool) -> ValidationPlan:
        job = self._job
        assert job.reading is not None
        assert job.mapping is not None
        with self._engine.connect() as connection:
            countries, types = queries.dialable(connection, job.campaign_id, job.mode)
            message = self._find_message(connection) if describe else None
        return ValidationPlan(
            path=str(self._path),
            reading=job.reading,
            mapping=job.mapping,
            region=job.default_region,
            dialect=self._engine.dialect.name,
            countries=countries,
            types=types,
            describe=describe,
            message_variables=self._message_variables,
            formats=() if message is None else message.formats,
            language=None if message is None else message.spoken_language,
            today=self._clock.now().date().isoformat(),
            start_row=job.rows_done,
            chunk_rows=validation.CHUNK_ROWS,
        )

    def _validated(self, plan: ValidationPlan) -> AbstractContextManager[Iterator[ValidatedRows]]:
        """The file's chunks. An import that goes on after another one's turn reads its file from the beginning, which
        can take longer than STALE: its heart beats meanwhile, or another engine would take it up, and so on for ever.
        """
        return validated(plan, self._job.size, processes=self._processes, report_wait=self._beat)

    def _beat(self) -> None:
        if self._stop.is_set():
            raise _Stopped
        # Not one of the import's steps: how often it happens depends on the machine.
        with begin_write(self._engine) as connection:
            if not queries.beat(connection, self._job, self._clock.now()):
                raise _Lost

    def _check(self) -> None:
        """Count what adding the file would do, and stop there."""
        totals = CheckTotals()
        stored_as = self._job.stored_as
        seen = SeenNumbers(scratch_path(self._uploads, stored_as))
        flagged = SeenNumbers(flags_path(self._uploads, stored_as))
        rejects = RejectsFile(rejects_path(self._uploads, stored_as))
        told = self._clock.monotonic()
        kept = False
        self._message_variables = tuple(self._spoken())
        try:
            for phones in self._flagged_numbers():
                flagged.first_lines(phones, [0] * len(phones))
            with self._validated(self._plan(True)) as chunks:
                for chunk in chunks:
                    if self._stop.is_set():
                        raise _Stopped
                    with self._engine.connect() as connection:
                        needed = self._needed(connection)
                        check_chunk(
                            connection,
                            totals,
                            chunk,
                            seen,
                            rejects,
                            mode=self._job.mode,
                            campaign_id=self._job.campaign_id,
                            flagged=flagged,
                            on_known=self._job.on_known,
                            needed=needed,
                        )
                    if self._clock.monotonic() - told >= BEAT_SECONDS:
                        told = self._clock.monotonic()
                        self._save({"check_result": totals.to_json()})
            totals.complete = True
            with begin_write(self._engine, "import") as connection:
                kept = queries.beat(connection, self._job, self._clock.now())
        finally:
            seen.close()
            flagged.close()
            if kept:
                rejects.close()
            else:
                rejects.discard()
        if not kept:
            raise _Lost
        if totals.rows == 0:
            self._finish("The file has no rows with anything in them; nothing was added.")
            return
        self._save({"check_result": totals.to_json(), "status": "checked"})

    def _flagged_numbers(self) -> Iterator[list[str]]:
        """The numbers of the file's rows that say that they must not be called, some thousand rows at a time."""
        told = self._clock.monotonic()
        for phones in find_flagged_numbers(self._plan(False)):
            if self._stop.is_set():
                raise _Stopped
            if phones:
                yield phones
            if self._clock.monotonic() - told >= BEAT_SECONDS:
                told = self._clock.monotonic()
                with begin_write(self._engine, "import") as connection:
                    if not queries.beat(connection, self._job, self._clock.now()):
                        raise _Lost

    def _list_flagged(self) -> None:
        """Put them on the campaign's do-not-call list before any row is added: “yes” in one row counts for all of the
        file, and for contacts that the campaign has already."""
        if self._job.mode != "contacts" or self._job.rows_done:
            return
        for phones in self._flagged_numbers():
            now = self._clock.now()
            with begin_write(self._engine, "import") as connection:
                if not queries.beat(connection, self._job, now):
                    raise _Lost
                assert self._job.campaign_id is not None
                if queries.campaign_status(connection, self._job.campaign_id) is None:
                    raise _Gone
                phones = leave_out_forgotten(connection, phones)
                queries.list_flagged(connection, self._job, phones, now)
                contact_queries.suppress_many(connection, phones, self._job.campaign_id)

    def _add(self) -> str | None:
        """Add until the file's end; a sentence if the import has failed."""
        try:
            self._list_flagged()
            while True:
                try:
                    self._add_chunks()
                    break
                except _NewMessage:
                    continue
        except _Closed as closed:
            return f"The campaign was {closed.status} while the file was being read. {self._added()}"
        finally:
            if self._flusher is not None:
                self._flusher.close()
            self._checkpoint()
        if self._job.rows_done == 0:
            return "The file has no rows with anything in them; nothing was added."
        return None

    def _add_chunks(self) -> None:
        self._message_variables = tuple(self._spoken())
        with self._validated(self._plan(False)) as chunks:
            for chunk in chunks:
                if self._stop.is_set() or self._is_turn_over():
                    raise _Stopped
                rest: ValidatedRows | None = chunk
                while rest is not None:
                    # Slices of one size: a short one at the end of a chunk would cost nearly as much as a long one.
                    slices = -(-rest.size // self._slice_rows)
                    part, rest = rest.split(-(-rest.size // slices))
                    self._add_slice(part)

    def _is_turn_over(self) -> bool:
        """Whether this import had its time, and another one waits."""
        now = self._clock.monotonic()
        if self._turn_ends is None:
            self._turn_ends = now + max(TURN_SECONDS, 4 * (now - self._began))
            return False
        if now < self._turn_ends:
            return False
        self._turn_ends = now + BEAT_SECONDS
        with self._engine.connect() as connection:
            return queries.waiting(connection, self._clock.now() - STALE)

    def _add_slice(self, part: ValidatedRows) -> None:
        job = self._job
        began = self._clock.monotonic()
        now = self._clock.now()
        with begin_write(self._engine, "import", flushed=self._keeps_from_being_called()) as connection:
            needed: list[str] = []
            if job.mode == "contacts":
                assert job.campaign_id is not None
                status = queries.campaign_status(
                    connection, job.campaign_id, may_pause=self._second_person_above > 0
                )
                if status is None:
                    raise _Gone
                if status not in ACCEPTS_CONTACTS:
                    raise _Closed(status)
                needed = list_required_variables(status, queries.message_of(connection, job.campaign_id))
                if not set(needed) <= set(self._message_variables):
                    raise _NewMessage
            counts = add_slice(connection, job, part, needed, now)
            if job.mode == "contacts" and status == CampaignStatus.RUNNING:
                self._pause_for_second_person(connection, now)
            if not queries.advance(
                connection, job, counts, rows=part.size, bytes_done=part.bytes_done, now=now
            ):
                raise _Lost
        job.accepted += counts.accepted
        job.rows_done += part.size
        job.heartbeat_at = now
        self._adapt(part.size, self._clock.monotonic() - began)
        self._unlogged += part.size
        if self._flusher is not None:
            self._flusher.follow()
        if self._unlogged >= CHECKPOINT_ROWS:
            self._unlogged = 0
            self._checkpoint()

    def _keeps_from_being_called(self) -> bool:
        """Whether a slice is on the disk before anybody is told of it.

        Mostly only the end is: a slice of new contacts that is lost with the power was not done, by the database's own
        word, and nobody is called in the meantime who would not have been. But numbers that a page has reported as
        listed, or people who have withdrawn their consent, would be dialed after a power cut until the import is taken
        up again. (A list's version and a contact file's flagged numbers are flushed where they are written.)
        """
        return self._job.mode == "do_not_call" or self._job.on_known == "update"

    def _pause_for_second_person(self, connection: Connection, now: datetime) -> None:
        """Where it takes two people to let so many be called, the campaign is paused in the same transaction."""
        above, campaign_id = self._second_person_above, self._job.campaign_id
        assert campaign_id is not None
        if above and exceeds_one_person(connection, campaign_id, above):
            pause_campaign(connection, campaign_id, describe_added(above), now)

    def _adapt(self, rows: int, seconds: float) -> None:
        """Let the next slice take about SLICE_SECONDS: a table that grows, or a slower disk, makes smaller ones."""
        if seconds <= 0:
            return
        # A slice that was short for want of rows tells nothing of longer ones, unless even it took too long.
        wanted = min(rows * SLICE_SECONDS / seconds, 2 * rows)
        self._slice_rows = int(min(max((self._slice_rows + wanted) / 2, SMALLEST_SLICE), LARGEST_SLICE))

    def _checkpoint(self) -> None:
        """SQLite's log back into the database, outside of a transaction: at a commit it would hold the others up."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _let_go(self) -> None:
        with begin_write(self._engine, "import") as connection:
            queries.let_go(connection, self._job)

    def _leave(self) -> None:
        """The import is not this worker's any more; where nobody needs its file, that goes."""
        log.warning("import %s was taken up by another worker, discarded or deleted", self._job.id)
        with self._engine.connect() as connection:
            if self._job.stored_as not in queries.needed_files(connection):
                remove_upload(self._uploads, self._job.stored_as)

    def _finish(self, error: str | None) -> None:
        with begin_write(self._engine, "import") as connection:
            mine = queries.finish(connection, self._job, error=error, now=self._clock.now())
        if mine:
            remove_upload(self._uploads, self._job.stored_as)
        else:
            self._leave()

    def _added(self) -> str:
        if self._job.accepted == 0:
            return "No number was added."
        return (
            f"{self._job.accepted:,} numbers from its first {self._job.rows_done:,} rows were added, "
            "the rest was not."
        )
