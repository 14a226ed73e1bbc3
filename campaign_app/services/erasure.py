"""Erasure service: forget a person. The number leaves the whole installation; a keyed hash stays, so that it is never
called again, and what a law asks to keep stays without the number.

    erasure = request_erasure(session, …)          # one transaction: from its commit nobody calls the number
    for _ in erase_person(…): …                    # then short steps, files first; each may be repeated

A process that is killed leaves the row with its number, and upkeep goes on. The erasure waits for a file that is being
read, and for a call that was claimed in the moment of the request: that is released, never dialed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.erasure import NumberFinder, hash_number, make_number_token
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.retention import Duty, KeptRecord, Kind, list_duties
from campaign_app.models import Erasure
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import erasure as erasure_queries
from campaign_app.queries import exports as export_queries
from campaign_app.queries import forgotten as forgotten_queries
from campaign_app.queries.reclaim import reclaim
from campaign_app.queries.sets import as_time
from campaign_app.services import audit, export_files, recovery
from campaign_app.services.dialing_memory import find_longest_memory
from campaign_app.services.erasure_files import ErasedFiles, list_uploads, scrub_records, scrub_uploads

log = logging.getLogger("switchboard.erasure")
Writing = Callable[[Engine], AbstractContextManager[Connection]]
"""transaction.begin_write, which services do not know."""
LONGEST_REASON = 500
ROWS_AT_ONCE = 50
SINCE = "since the request of"
"""How a record begins that an earlier request left."""


@dataclass(frozen=True, slots=True)
class HeldData:
    """What is held of a number, and what would become of it."""

    phone: str
    counts: Mapping[str, int]
    kept: tuple[KeptRecord, ...]
    obstacle: str | None
    """Why it cannot be forgotten now, in words."""

    @property
    def is_empty(self) -> bool:
        return not any(self.counts.values())


def parse_person(phone_raw: str, region: str | None = None) -> str:
    """The number in E.164. Raises InvalidInput."""
    try:
        return phones.parse(phone_raw, region)
    except phones.PhoneError as error:
        raise InvalidInput([FieldError("phone", phones.explain_refusal(error, phone_raw, region))]) from None


def describe_held(session: Session, phone: str, now: datetime, *, keep: bool = True) -> HeldData:
    """What is held of a number in E.164: its own rows, which indexes find. Mentions elsewhere are not counted."""
    connection = session.connection()
    counts = erasure_queries.count_rows(connection, phone)
    kept_until = _find_kept_until(session, phone, counts, now, keep)
    kept = [*_list_kept(phone, counts, now, keep, kept_until), *_list_kept_before(session, phone, now)]
    return HeldData(phone, counts, tuple(kept), find_obstacle(session, phone))


def _list_kept_before(session: Session, phone: str, now: datetime) -> Iterator[KeptRecord]:
    """What a duty still keeps since the person was forgotten before: it has no number, and no row of theirs tells of
    it any more."""
    connection = session.connection()
    if session.scalar(select(Erasure.id).limit(1)) is None:
        return
    number_hash = hash_number(forgotten_queries.read_forget_key(connection), phone)
    earlier = select(Erasure).where(Erasure.hash == number_hash, Erasure.kept_until > now)
    for erasure in session.scalars(earlier.order_by(Erasure.id)):
        for record in erasure.kept:
            until = None if record["until"] is None else date.fromisoformat(record["until"])
            if until is not None and until >= now.date() and not record["what"].startswith(SINCE):
                what = f"{SINCE} {erasure.requested_at.date().isoformat()}: {record['what']}"
                yield KeptRecord(what, record["why"], until)


def _list_kept(
    phone: str, counts: Mapping[str, int], now: datetime, keep: bool, kept_until: datetime | None
) -> Iterator[KeptRecord]:
    countries = phones.regions_of(phone)
    calls = counts["calls"]
    if calls:
        noun = "1 call record" if calls == 1 else f"{calls:,} call records"
        duties = list_duties(Kind.CALL_RECORDS, countries)
        if duties:
            longest = max(duties, key=lambda duty: duty.days)
            yield KeptRecord(
                f"{noun}: times, outcome, rules; a keyed hash in place of the number",
                f"{longest.country}: {longest.what} ({longest.source})",
                (now + timedelta(days=longest.days)).date(),
            )
        elif not keep and kept_until is not None:
            yield KeptRecord(
                f"{noun}: times, outcome, rules; a keyed hash in place of the number",
                "caps, gaps and times of rest count them, should the number come back",
                kept_until.date(),
            )
        else:
            yield KeptRecord(
                f"{noun}: times and outcome, linked to nobody",
                "the counts of campaigns stay true",
                None,
            )
    if not keep and kept_until is not None and _has_refusals(counts):
        yield KeptRecord(
            "when the number was put on do-not-call, under a keyed hash of it",
            "a time of rest after a refusal goes on, should the number come back",
            kept_until.date(),
        )
    consents = _list_consent_duties(countries)
    if counts["contacts"] and consents:
        yield KeptRecord(
            "when and how they agreed to calls, under a keyed hash of the number",
            f"{consents[0].country}: {consents[0].what} ({consents[0].source})",
            (now + timedelta(days=consents[0].days)).date(),
        )
    if keep:
        yield KeptRecord(
            "a keyed hash of the number", "so that it is never called again, whoever uploads it", None
        )
    else:
        yield KeptRecord(
            "the number on registries and other lists, where it is on one",
            "without the hash they alone keep it from being called",
            None,
        )


def find_obstacle(session: Session, phone: str) -> str | None:
    """Why the number cannot be forgotten now, with the remedy; None where it can."""
    connection = session.connection()
    if recovery.is_quarantined(session):
        return (
            "dialing is on hold after the database went backwards: write the lost calls back first (Health)"
        )
    attempt_id = erasure_queries.find_open_call(connection, phone)
    if attempt_id is not None:
        return f"the number is being called right now (call {attempt_id}): hang up first, or wait for its end"
    return erasure_queries.find_users(connection, NumberFinder(phone))


def request_erasure(
    session: Session,
    phone: str,
    *,
    reason: str | None,
    keep_on_do_not_call: bool = True,
    actor: str,
    now: datetime,
) -> Erasure:
    """From the commit on the number (E.164) is called no more, and its erasure goes on by itself (`erase_person`).

    Asked twice it is no error: what is under way is answered. Raises InvalidInput without a reason; StateConflict
    while it is being called, while a campaign or a trunk works with it, and without the key of the hashes.
    """
    reason = (reason or "").strip()
    if not reason:
        raise InvalidInput([FieldError("reason", "say why, such as: they asked for it in a letter of 3 May")])
    if len(reason) > LONGEST_REASON:
        raise InvalidInput([FieldError("reason", f"keep it under {LONGEST_REASON} characters")])
    connection = session.connection()
    number_hash = hash_number(forgotten_queries.read_forget_key(connection), phone)
    running = session.scalar(select(Erasure).where(Erasure.hash == number_hash, Erasure.state == "erasing"))
    if running is not None:
        return running
    # First, so that whoever is about to call the number sees it, or is seen by the look for open calls.
    finder = NumberFinder(phone)
    reason = finder.scrub_text(reason)
    forgotten_queries.add_forgotten(connection, number_hash, reason, now)
    held = describe_held(session, phone, now, keep=keep_on_do_not_call)
    if held.obstacle is not None:
        raise StateConflict(held.obstacle)
    contact_queries.suppress_many(connection, [phone], None, reason="forgotten")
    erasure = Erasure(
        hash=number_hash,
        phone=phone,
        state="erasing",
        reason=reason,
        keep_on_do_not_call=keep_on_do_not_call,
        counts={},
        kept=[record.to_json() for record in held.kept],
        kept_until=_find_kept_until(session, phone, held.counts, now, keep_on_do_not_call),
        requested_by=actor,
        requested_at=now,
    )
    session.add(erasure)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="person.forget",
        object_type="person",
        object_id=erasure.id,
        now=now,
        reason=reason,
        keep_on_do_not_call=keep_on_do_not_call,
        **held.counts,
    )
    return erasure


def _has_refusals(counts: Mapping[str, int]) -> bool:
    return bool(counts["do_not_call"] or counts["do_not_call_removals"])


def _find_kept_until(
    session: Session, phone: str, counts: Mapping[str, int], now: datetime, keep: bool
) -> datetime | None:
    """Until when records bear the number's mark: as long as a law asks; and where the number may be called again, as
    long as a rule looks back on its calls and refusals: to be forgotten does not begin the counting anew."""
    countries = phones.regions_of(phone)
    duties = list_duties(Kind.CALL_RECORDS, countries) if counts["calls"] else []
    duties += _list_consent_duties(countries) if counts["contacts"] else []
    periods = [timedelta(days=duty.days) for duty in duties]
    if not keep and (counts["calls"] or _has_refusals(counts)):
        periods.append(find_longest_memory(session))
    return now + max(periods) if periods else None


def _list_consent_duties(countries: frozenset[str]) -> list[Duty]:
    """Laws that ask for a proof of consent after the person has left. The call records answer the American
    one."""
    return [duty for duty in list_duties(Kind.CONTACTS, countries) if duty.country == "DE"]


def get_erasure(session: Session, erasure_id: int) -> Erasure:
    """Raises NotFound."""
    erasure = session.get(Erasure, erasure_id)
    if erasure is None:
        raise NotFound(f"there is no erasure {erasure_id}")
    return erasure


def list_erasures(session: Session, most: int = 50) -> list[Erasure]:
    """The latest first."""
    return list(session.scalars(select(Erasure).order_by(Erasure.id.desc()).limit(most)))


@dataclass(slots=True)
class _Work:
    """One erasure on its way: where it writes, and the person."""

    engine: Engine
    writing: Writing
    erasure_id: int
    phone: str
    token: str | None
    """What stands for the number in records that have to be kept; None: nothing has to."""
    consent_token: str | None
    hash_stays: bool
    requested_at: datetime
    requested_by: str

    def count(self, connection: Connection, **counts: int) -> None:
        """Add to what was erased, in the transaction that erases it."""
        with Session(connection) as session:
            erasure = session.get_one(Erasure, self.erasure_id)
            erasure.counts = {
                **erasure.counts,
                **{what: erasure.counts.get(what, 0) + more for what, more in counts.items() if more},
            }
            session.flush()

    def wait_for(self, what: str | None) -> None:
        with self.writing(self.engine) as connection, Session(connection) as session:
            session.get_one(Erasure, self.erasure_id).waits_for = what
            session.flush()


def erase_person(
    engine: Engine, writing: Writing, erasure_id: int, files: ErasedFiles, now: Callable[[], datetime]
) -> Iterator[None]:
    """The steps of one erasure, each a short transaction or a look that locks nothing. It ends when all is done, or
    where it has to wait (`Erasure.waits_for`): begin it again later. Raises OSError where a file cannot be written."""
    with engine.connect() as connection, Session(connection) as session:
        erasure = session.get(Erasure, erasure_id)
        if erasure is None or erasure.state == "done":
            return
        state, phone, keep = erasure.state, erasure.phone, erasure.keep_on_do_not_call
        number_hash, marked = erasure.hash, erasure.kept_until is not None
        requested_at, requested_by = erasure.requested_at, erasure.requested_by
    if state == "erasing" and phone is not None:
        countries, token = phones.regions_of(phone), make_number_token(number_hash)
        work = _Work(
            engine,
            writing,
            erasure_id,
            phone,
            token if marked and (not keep or list_duties(Kind.CALL_RECORDS, countries)) else None,
            token if marked and _list_consent_duties(countries) else None,
            keep,
            requested_at,
            requested_by,
        )
        obstacle = _find_obstacle(engine, phone)
        if obstacle is not None:
            work.wait_for(obstacle)
            return
        yield from _erase_files(work, files)
        yield from _delete_exports(work, files)
        yield from _erase_own_rows(work)
        for table in erasure_queries.list_searched_tables():
            yield from _search_table(work, table)
        # What was written while it went on: a file that began to be read, a mention in an audit row.
        obstacle = _find_obstacle(engine, phone)
        if obstacle is not None:
            work.wait_for(obstacle)
            return
        _delete_late_exports(work, files)
        _finish(work, number_hash, keep)
        yield
    if reclaim(engine):
        with writing(engine) as connection, Session(connection) as session:
            done = session.get_one(Erasure, erasure_id)
            done.state, done.finished_at, done.waits_for = "done", now(), None
            session.flush()


def _find_obstacle(engine: Engine, phone: str) -> str | None:
    with engine.connect() as connection:
        attempt_id = erasure_queries.find_open_call(connection, phone)
        if attempt_id is not None:
            return f"call {attempt_id} to the number is still open"
        import_id = erasure_queries.find_running_import(connection)
        return None if import_id is None else f"the file of import {import_id} is being read"


def _erase_files(work: _Work, files: ErasedFiles) -> Iterator[None]:
    records = scrub_records(files, lambda numbers: numbers & {work.phone})
    with work.engine.connect() as connection:
        codecs = erasure_queries.list_codecs_of_files(connection, list_uploads(files))
    rows = scrub_uploads(files, NumberFinder(work.phone), codecs)
    with work.writing(work.engine) as connection:
        imports = erasure_queries.list_imports_of_files(connection, rows)
        erasure_queries.empty_import_samples(connection, imports)
        work.count(connection, journal_entries=records, uploaded_rows=sum(rows.values()))
    yield


def _delete_exports(work: _Work, files: ErasedFiles) -> Iterator[None]:
    """Files of campaigns that have the number, or of the calls of all, since a row may hold more about the person than
    the number; and files that have it anywhere in their text."""
    finder = NumberFinder(work.phone)
    with work.engine.connect() as connection:
        campaigns = export_queries.list_campaigns_of_number(connection, work.phone)
        found = export_queries.list_export_files(connection)
    for row in found:
        is_known = row.campaign_id in campaigns or (row.campaign_id is None and row.kind == "calls")
        if is_known or (row.stored_as and export_files.has_number(files.exports / row.stored_as, finder)):
            _delete_export(work, files, row.id)
        yield


def _delete_late_exports(work: _Work, files: ErasedFiles) -> None:
    """Files of any campaign that the number may have got into while it was being erased."""
    with work.engine.connect() as connection, Session(connection) as session:
        since = session.get_one(Erasure, work.erasure_id).requested_at
        found = export_queries.list_export_files(connection)
    for row in found:
        finished = as_time(row.finished_at)
        if finished is None or finished >= since:
            _delete_export(work, files, row.id)


def _delete_export(work: _Work, files: ErasedFiles, export_id: int) -> None:
    with work.writing(work.engine) as connection:
        names = export_queries.delete_exports(connection, [export_id], export_files.FORGOTTEN)
        work.count(connection, exports=1)
    export_files.remove_files(files.exports, names)


def _erase_own_rows(work: _Work) -> Iterator[None]:
    with work.writing(work.engine) as connection:
        imports = erasure_queries.list_imports_of(connection, work.phone)
        erasure_queries.empty_import_samples(connection, imports)
        emptied = erasure_queries.empty_contacts(connection, work.phone, work.consent_token)
        listed = erasure_queries.delete_list_numbers(connection, work.phone) if work.hash_stays else 0
        if work.token is not None and not work.hash_stays:
            erasure_queries.remember_refusals(
                connection, work.phone, work.token, work.requested_at, work.requested_by
            )
        work.count(connection, list_entries=listed)
        work.count(connection, contacts=emptied, **erasure_queries.delete_number_rows(connection, work.phone))
    yield
    while True:
        with work.writing(work.engine) as connection:
            calls = erasure_queries.empty_attempts(connection, work.phone, work.token)
            if calls:
                work.count(connection, calls=calls)
        yield
        if not calls:
            return


def _search_table(work: _Work, table: str) -> Iterator[None]:
    """Look through a table in pieces that lock nothing, and write only the rows that hold the number."""
    finder = NumberFinder(work.phone)
    after, with_ids = 0, erasure_queries.has_ids(table)
    while True:
        with work.engine.connect() as connection:
            last = erasure_queries.find_last_id(connection, table, after) if with_ids else 0
            keys = (
                [] if last is None else erasure_queries.find_mentions(connection, table, finder, after, last)
            )
        for start in range(0, len(keys), ROWS_AT_ONCE):
            with work.writing(work.engine) as connection:
                piece = keys[start : start + ROWS_AT_ONCE]
                if table == "rejected_rows":
                    imports = erasure_queries.list_imports_of_rows(connection, piece)
                    erasure_queries.empty_import_samples(connection, imports)
                found = erasure_queries.scrub_mentions(connection, table, finder, piece)
                work.count(connection, mentions=found)
            yield
        yield
        if last is None or not with_ids:
            return
        after = last


def _finish(work: _Work, number_hash: str, keep: bool) -> None:
    with work.writing(work.engine) as connection, Session(connection) as session:
        erasure = session.get_one(Erasure, work.erasure_id)
        erasure.phone, erasure.state = None, "reclaiming"
        erasure.waits_for = "the database's file still has free pages to overwrite"
        session.flush()
        if not keep:
            forgotten_queries.remove_forgotten(connection, number_hash)
    log.info("erasure %s: the person is forgotten", work.erasure_id)


def erasure_to_api(erasure: Erasure) -> dict[str, Any]:
    return {
        "id": erasure.id,
        "state": "done" if erasure.state == "done" else "erasing",
        "waits_for": erasure.waits_for,
        "reason": erasure.reason,
        "keep_on_do_not_call": erasure.keep_on_do_not_call,
        "erased": erasure.counts,
        "kept": erasure.kept,
        "requested_by": erasure.requested_by,
        "requested_at": to_rfc3339(erasure.requested_at),
        "finished_at": to_rfc3339(erasure.finished_at),
    }
