"""Lists' files: a version is loaded beside the one in force, compared with it, and put into its place at once.

Killed at any instant, the old version stays in force. A load begins anew under a new version; what the dead one left is
taken away by the upkeep. Locks are short: numbers go in by slices in rising order, and the swap is one small
transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from campaign_app.clock import Clock
from campaign_app.domain.lists import ListRule, VersionState, suppressed_code
from campaign_app.models import ListVersion
from campaign_app.queries import imports as queries
from campaign_app.queries import lists as list_queries
from campaign_app.queries.imports import Job
from campaign_app.services.dialing_rules import DialingRules
from campaign_app.services.imports.checks import RejectsFile, count_reason, rejects_path, scratch_path
from campaign_app.services.lists import PIECE, Evaluation, Swap, SwapRefused, evaluate_piece, swap_version
from campaign_app.transaction import begin_write
from campaign_app.uploads.list_numbers import ListChunk, SortedNumbers, read_list_chunks

BEAT_SECONDS = 2.0
CHANGED_AT_ONCE = 2_000
"""Contacts of one transaction."""
SLICE = {"sqlite": 5_000, "postgresql": 50_000}
"""Numbers of a transaction: some 20 ms. SQLite has one writer, and the engine waits meanwhile."""
CHECKPOINT_NUMBERS = 100_000
"""Numbers after which SQLite's log is written back."""
COMPARED_AT_ONCE = 100_000
SUSPECT_SHARE = 0.01
"""With more unreadable rows than this somebody has to look before the old version goes."""
SHRUNK_TO = 0.5
"""So has somebody where no more than this is left of the old version."""
MOST_REJECTS = 10_000
"""Rows without a number that are kept to be shown."""


class Stopped(Exception):
    """The process is about to end."""


class Lost(Exception):
    """Another worker has taken the import up, or somebody has discarded it."""


class ListLoad:
    """One file of a list, from its rows to its place."""

    def __init__(
        self,
        engine: Engine,
        uploads: Path,
        clock: Clock,
        job: Job,
        stop: Event,
        checkpoint: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._uploads = uploads
        self._clock = clock
        self._job = job
        self._stop = stop
        self._checkpoint = checkpoint
        self._told = clock.monotonic()
        self._result: dict[str, Any] = _empty_result()
        self._rejects: list[tuple[int, str, str, list[str]]] = []
        self._rules = DialingRules()

    def run(self) -> str | None:
        """Load, and where that is wanted swap. A sentence where it failed; raises Lost, Stopped, UnreadableFile."""
        if self._list_id not in {rule.id for rule in self._load_rules()}:
            return "The list was deleted while its file was being read."
        if self._job.phase == "check" or not self._listing.get("loaded"):
            self._load()
            if not self._result["new"]:
                return "The file has no number; the list stays as it is."
            if self._job.phase == "check" or self._needs_look():
                self._save({"check_result": self._result, "status": "checked", "phase": "check"})
                return None
        return self._use()

    @property
    def _listing(self) -> dict[str, Any]:
        if self._job.listing is None:
            self._job.listing = {}
        return self._job.listing

    @property
    def _list_id(self) -> int:
        assert self._job.list_id is not None
        return self._job.list_id

    def _load_rules(self) -> list[ListRule]:
        with self._engine.connect() as connection:
            return list_queries.load_list_rules(connection)

    def _find_rule(self) -> ListRule:
        found = next((rule for rule in self._load_rules() if rule.id == self._list_id), None)
        if found is None:
            raise Lost
        return found

    def _needs_look(self) -> bool:
        """Whether a person should see the difference first: a wrong file must not take a registry's place unasked."""
        result = self._result
        before = result["before"]
        shrunk = bool(before) and result["new"] <= before * SHRUNK_TO
        return bool(shrunk or result["rejected"] > result["rows"] * SUSPECT_SHARE)

    # Loading.

    def _load(self) -> None:
        version_id = self._begin_version()
        spool = SortedNumbers(scratch_path(self._uploads, self._job.stored_as))
        try:
            for chunk in self._read():
                self._count(chunk)
                spool.add(chunk.numbers)
                self._beat()
            self._result["new"] = self._insert(version_id, spool)
        finally:
            spool.close()
        self._result["repeated_in_file"] = self._result.pop("valid") - self._result["new"]
        self._compare(version_id)
        self._count_contacts(version_id)
        self._result["complete"] = True
        self._keep_rejects()
        self._listing["loaded"] = True
        with begin_write(self._engine, "import") as connection:
            self._save_in(connection, {"listing": self._listing, "check_result": self._result})
            session = Session(connection)
            version = session.get_one(ListVersion, version_id)
            version.numbers = self._result["new"]
            version.added, version.removed = self._result["added"], self._result["removed"]
            session.flush()

    def _read(self) -> Iterator[ListChunk]:
        assert self._job.reading is not None
        assert self._job.mapping is not None
        path = self._uploads / self._job.stored_as
        return read_list_chunks(path, self._job.reading, self._job.mapping, self._job.default_region)

    def _begin_version(self) -> int:
        rule = self._find_rule()
        with begin_write(self._engine, "import") as connection:
            session = Session(connection)
            version = ListVersion(
                list_id=self._list_id,
                import_id=self._job.id,
                as_of=date.fromisoformat(self._listing["as_of"]),
                filename=self._job.filename,
                numbers=0,
                state=VersionState.LOADING.value,
                loaded_by=self._job.created_by,
                loaded_at=self._clock.now(),
            )
            session.add(version)
            session.flush()
            self._listing.update(version_id=version.id, loaded=False, before_id=rule.version_id)
            self._result["before"] = rule.numbers
            self._save_in(connection, {"listing": self._listing})
            return version.id

    def _count(self, chunk: ListChunk) -> None:
        result = self._result
        result["rows"] += chunk.rows
        result["bytes_done"] = chunk.bytes_done
        result["valid"] += len(chunk.numbers)
        result["new"] = result["valid"]
        result["rejected"] += len(chunk.refusals)
        result["first_rows"] += chunk.first_rows
        for line, code, reason, cells in chunk.refusals:
            count_reason(result["reasons"], code, line, reason, cells)
            if len(self._rejects) < MOST_REJECTS:
                self._rejects.append((line, code, reason, cells))

    def _insert(self, version_id: int, spool: SortedNumbers) -> int:
        count = unlogged = 0
        for numbers in spool.slices(SLICE[self._engine.dialect.name]):
            with begin_write(self._engine, "import") as connection:
                list_queries.insert_numbers(connection, version_id, numbers)
                self._beat_in(connection)
            count += len(numbers)
            unlogged += len(numbers)
            if unlogged >= CHECKPOINT_NUMBERS:
                unlogged = 0
                self._checkpoint()
            if self._stop.is_set():
                raise Stopped
        self._checkpoint()
        return count

    def _compare(self, version_id: int) -> None:
        """How many numbers came and went since the version in force."""
        before_id, kept = self._listing.get("before_id"), 0
        after: int | None = -1
        while before_id is not None and after is not None:
            with self._engine.connect() as connection:
                piece = list_queries.compare_piece(connection, version_id, before_id, after, COMPARED_AT_ONCE)
            kept, after = kept + piece.kept, piece.last
            self._beat()
        self._result["added"] = self._result["new"] - kept
        self._result["removed"] = self._result["before"] - kept

    def _count_contacts(self, version_id: int) -> None:
        """How many waiting contacts leave the queue with it, and how many become due again."""
        held = again = 0
        for evaluation in self._evaluate(version_id):
            held += len(evaluation.suppress)
            again += len(evaluation.requeue)
            self._beat()
        self._result["held"], self._result["again"] = held, again

    def _evaluate(self, version_id: int) -> Iterator[Evaluation]:
        rules = self._load_rules()
        # As it will be: with this version in force.
        rule = next((rule for rule in rules if rule.id == self._list_id), None)
        if rule is None:
            raise Lost
        will_be = replace(rule, version_id=version_id)
        others = [other for other in rules if other.id != self._list_id]
        with self._engine.connect() as connection:
            last = list_queries.last_contact_id(connection)
        code = suppressed_code(self._list_id)
        for start in range(0, last, PIECE):
            with self._engine.connect() as connection:
                found = list_queries.list_swept_contacts(connection, version_id, code, start, start + PIECE)
                evaluation = evaluate_piece(connection, self._rules, will_be, self._list_id, others, found)
            yield evaluation

    def _keep_rejects(self) -> None:
        rejects = RejectsFile(rejects_path(self._uploads, self._job.stored_as))
        for line, code, reason, cells in self._rejects:
            rejects.write(line, "invalid", code, reason, cells)
        rejects.close()

    # Use.

    def _use(self) -> str | None:
        """Take the waiting contacts that it lists out of the queue, then put it into force."""
        listing = self._listing
        version_id = listing["version_id"]
        for evaluation in self._evaluate(version_id):
            for start in range(0, len(evaluation.suppress), CHANGED_AT_ONCE):
                with begin_write(self._engine, "import") as connection:
                    list_queries.suppress_contacts(
                        connection, evaluation.suppress[start : start + CHANGED_AT_ONCE]
                    )
            self._beat()
        job = self._job
        swap = Swap(
            self._list_id,
            version_id,
            listing.get("before_id"),
            bool(listing.get("allow_older")),
            job.confirmed_by or job.created_by,
        )
        try:
            with begin_write(self._engine, "swap") as connection:
                now = swap_version(connection, swap, self._clock.now)
                version = Session(connection).get_one(ListVersion, version_id)
                self._save_in(connection, {"accepted": version.numbers, "total": version.numbers})
                if not queries.finish(connection, job, error=None, now=now):
                    raise Lost
        except SwapRefused as refused:
            with begin_write(self._engine, "import") as connection:
                # Those who were taken out for it come back.
                list_queries.restart_sweeps(connection)
            return str(refused)
        return None

    # Progress.

    def _beat(self) -> None:
        if self._stop.is_set():
            raise Stopped
        if self._clock.monotonic() - self._told >= BEAT_SECONDS:
            self._told = self._clock.monotonic()
            shown = {name: value for name, value in self._result.items() if name != "valid"}
            self._save({"check_result": shown} if self._job.phase == "check" else {})

    def _beat_in(self, connection: Connection) -> None:
        if not queries.beat(connection, self._job, self._clock.now()):
            raise Lost

    def _save(self, values: dict[str, Any]) -> None:
        with begin_write(self._engine, "import") as connection:
            self._save_in(connection, values)

    def _save_in(self, connection: Connection, values: dict[str, Any]) -> None:
        self._beat_in(connection)
        if values and not queries.save(connection, self._job, values):
            raise Lost


def _empty_result() -> dict[str, Any]:
    """checks.CheckTotals.to_json, with what only lists have: before, added, removed, held, again."""
    return {
        "rows": 0,
        "new": 0,
        "valid": 0,
        "repeated_in_file": 0,
        "already_in_campaign": 0,
        "do_not_call": 0,
        "rejected": 0,
        "bytes_done": 0,
        "complete": False,
        "reasons": {},
        "countries": {},
        "types": {},
        "zones": {},
        "variables": {},
        "unreadable": {},
        "first_rows": [],
        "profiles": [],
        "before": 0,
        "added": 0,
        "removed": 0,
        "held": 0,
        "again": 0,
    }
