"""Adding rows: a slice of a file becomes contacts or do-not-call entries and refusals, in one transaction.

A number's first row wins. Which count the others go to depends on the number alone, never on where the slices were cut,
so that an import that was killed counts as one that was not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from campaign_app.domain.column_roles import Role
from campaign_app.domain.csv_cells import kept, plain
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import InvalidInput
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import imports as queries
from campaign_app.queries.imports import Counts, Job
from campaign_app.queries.sets import stored_json
from campaign_app.services.contact_matching import Match, MatchedRow, describe_repeat, rounds_of
from campaign_app.services.contact_profiles import derive_contact_profile, keep_profiles
from campaign_app.services.do_not_call import LONGEST_REASON
from campaign_app.services.imports.checks import (
    MATCH_KINDS,
    REASONS,
    count_reason,
    describe_flagged,
    find_known_contacts,
    index_missing_values,
)
from campaign_app.services.imports.forgotten import leave_out_of_texts, withdraw_forgotten
from campaign_app.uploads.validation import ValidatedRows, unpack_cells


@dataclass(slots=True)
class Refusals:
    """The rows of a slice that are not added: (position, line, kind, code, reason, cells)."""

    rows: list[tuple[int, int, str, str, str, Sequence[str]]] = field(default_factory=list)

    def add(self, chunk: ValidatedRows, index: int, kind: str, code: str, reason: str | None = None) -> None:
        self.rows.append(
            (
                chunk.positions[index],
                chunk.lines[index],
                kind,
                code,
                reason or REASONS[code],
                unpack_cells(chunk.cells[index]),
            )
        )

    def keep(self, connection: Connection, job: Job) -> None:
        """Write them in the file's order, and count them among the job's reasons."""
        if not self.rows:
            return
        self.rows.sort(key=lambda row: row[0])
        if job.reasons is None:
            job.reasons = {}
        kept_so_far = sum(reason["count"] for reason in job.reasons.values())
        for _, line, _, code, reason, cells in self.rows:
            count_reason(job.reasons, code, line, reason, cells)
        queries.insert_refusals(
            connection,
            job.id,
            [(line, kind, code, reason, kept(cells)) for _, line, kind, code, reason, cells in self.rows],
            kept_so_far,
        )


def add_slice(
    connection: Connection, job: Job, chunk: ValidatedRows, needed: Sequence[str], now: datetime
) -> Counts:
    """Add what can be added, keep the rest as refusals, and say how many of each.

    `needed` are the variables that the message of a running campaign speaks: who has no value for one is refused.
    """
    chunk = withdraw_forgotten(connection, chunk)
    marked = [phone for row in chunk.refusals for phone in row.phones]
    known = queries.find_by_phone(connection, job.campaign_id, marked) if marked and job.campaign_id else {}
    refusals = Refusals(
        [(row.position, row.line, *describe_flagged(row, known), row.cells) for row in chunk.refusals]
    )
    marked_rows = sum(bool(row.phones) for row in chunk.refusals)
    counts = Counts(rejected=len(chunk.refusals) - marked_rows, do_not_call=marked_rows)
    if job.mode == "do_not_call":
        _add_listed(connection, job, chunk, counts, refusals, now)
    else:
        _add_contacts(connection, job, chunk, needed, counts, refusals, now)
    refusals.keep(connection, job)
    return counts


def _add_contacts(
    connection: Connection,
    job: Job,
    chunk: ValidatedRows,
    needed: Sequence[str],
    counts: Counts,
    refusals: Refusals,
    now: datetime,
) -> None:
    without = index_missing_values(chunk, needed)
    for index, reason in without.items():
        counts.rejected += 1
        refusals.add(chunk, index, "invalid", "no-value", reason)
    candidates = [index for index in range(len(chunk.phones)) if index not in without]
    if chunk.external_ids is not None:
        _add_identified(connection, job, chunk, candidates, counts, refusals, now)
    else:
        _add_by_number(connection, job, chunk, candidates, counts, refusals, now)


def _add_by_number(
    connection: Connection,
    job: Job,
    chunk: ValidatedRows,
    candidates: Sequence[int],
    counts: Counts,
    refusals: Refusals,
    now: datetime,
) -> None:
    """Add rows that numbers alone tell apart: nearly all files."""
    assert job.campaign_id is not None
    first: dict[str, int] = {}
    for index in candidates:
        first.setdefault(chunk.phones[index], index)
    added = _insert(connection, job, chunk, list(first.values()), now)
    # The insert has passed those that are listed or known over; mostly they are few.
    rest = first.keys() - added
    listed = queries.listed(connection, job.campaign_id, rest) if rest else set()
    contacts = queries.find_by_phone(connection, job.campaign_id, rest) if rest else {}
    known: list[tuple[int, MatchedRow]] = []
    for index in candidates:
        phone = chunk.phones[index]
        contact = contacts.get(phone)
        if phone in listed:
            counts.do_not_call += 1
            refusals.add(chunk, index, "do-not-call", "do-not-call")
        elif phone in added and first[phone] == index:
            counts.accepted += 1
        elif phone in added:
            counts.repeated_in_file += 1
            refusals.add(chunk, index, "repeated", "repeated", describe_repeat(chunk.lines[first[phone]]))
        elif contact is not None and contact.import_id == job.id:
            counts.repeated_in_file += 1
            refusals.add(chunk, index, "repeated", "repeated", describe_repeat(contact.line))
        else:
            counts.already_in_campaign += 1
            known.append((index, MatchedRow(Match.ALREADY, contacts=(phone,))))
            refusals.add(chunk, index, "already", "already")
    if job.on_known == "update":
        counts.updated = _update(connection, job.campaign_id, chunk, known, now)


def _add_identified(
    connection: Connection,
    job: Job,
    chunk: ValidatedRows,
    candidates: Sequence[int],
    counts: Counts,
    refusals: Refusals,
    now: datetime,
) -> None:
    """Add rows whose ids say who they are as well as their numbers do, and bring known contacts up to date where the
    file is to."""
    assert job.campaign_id is not None
    assert chunk.external_ids is not None
    listed = queries.listed(connection, job.campaign_id, [chunk.phones[index] for index in candidates])
    contacts = find_known_contacts(connection, job.campaign_id, chunk, job.id, on_known=job.on_known)
    new: list[int] = []
    known: list[tuple[int, MatchedRow]] = []
    for index in candidates:
        phone = chunk.phones[index]
        if phone in listed:
            counts.do_not_call += 1
            refusals.add(chunk, index, "do-not-call", "do-not-call")
            continue
        row = contacts.place(phone, chunk.external_ids[index], chunk.lines[index])
        if row.match is Match.NEW:
            new.append(index)
            continue
        kind = MATCH_KINDS[row.match]
        if row.contacts:
            known.append((index, row))
        counts.count(kind)
        refusals.add(chunk, index, kind, row.match.value, row.reason)
    added = _insert(connection, job, chunk, new, now)
    counts.accepted += len(added)
    for index in new:
        if chunk.phones[index] not in added:  # Somebody else has added or listed it since it was looked for.
            counts.already_in_campaign += 1
            refusals.add(chunk, index, "already", "already")
    if job.on_known == "update":
        counts.updated = _update(connection, job.campaign_id, chunk, known, now)


def _insert(
    connection: Connection, job: Job, chunk: ValidatedRows, indexes: Sequence[int], now: datetime
) -> set[str]:
    return queries.insert_contacts(
        connection,
        job,
        chunk.fields,
        [chunk.encoded[index] for index in indexes],
        _keep_chunk_profiles(connection, chunk, now),
        now,
    )


def _update(
    connection: Connection,
    campaign_id: int,
    chunk: ValidatedRows,
    known: Sequence[tuple[int, MatchedRow]],
    now: datetime,
) -> int:
    """Bring the contacts of `known` rows up to date, row after row where a contact has several. Returns how many rows
    found theirs."""
    moved = {index for index, row in known if row.match is Match.ALREADY_ID}
    updated = 0
    for indexes in rounds_of(known):
        for by, rows in (
            ("external_id", [index for index in indexes if index in moved]),
            ("phone", [index for index in indexes if index not in moved]),
        ):
            keys = chunk.phones if by == "phone" else chunk.external_ids
            if not rows or keys is None:
                continue
            found = queries.update_contacts(
                connection, campaign_id, chunk.fields, [chunk.encoded[index] for index in rows], by
            )
            updated += sum(keys[index] in found for index in rows)
            if found and queries.PLACE_FIELDS & set(chunk.fields):
                _derive_again(connection, campaign_id, by, found, now)
    return updated


def _keep_chunk_profiles(connection: Connection, chunk: ValidatedRows, now: datetime) -> list[int]:
    ids = keep_profiles(connection, chunk.profiles, now)
    return [ids[profile] for profile in chunk.profiles]


def _derive_again(
    connection: Connection, campaign_id: int, by: str, found: Collection[str], now: datetime
) -> None:
    """The profiles of contacts of which a file told something new: by all that is known of them now."""
    profiles: dict[int, DialProfile] = {}
    for row in queries.list_places(connection, campaign_id, by, found):
        details = {**row._mapping, "consent": stored_json(row.consent)}
        with suppress(InvalidInput):  # of an older file: it keeps the profile that it has
            profiles[row.id] = derive_contact_profile(row.phone, details)
    ids = keep_profiles(connection, profiles.values(), now)
    changed = [(contact_id, ids[profile]) for contact_id, profile in profiles.items()]
    queries.set_profiles(connection, changed, now)


def _read_reasons(
    connection: Connection, job: Job, chunk: ValidatedRows, first: Mapping[str, int]
) -> dict[str, str]:
    """{number: why its row says that it is on the list}, of the rows at `first`, in full; none where no column says
    why."""
    columns = [
        column["index"] for column in (job.mapping or {}).get("columns", ()) if column["role"] == Role.REASON
    ]
    found: dict[str, str] = {}
    for phone, index in first.items() if columns else ():
        cells = unpack_cells(chunk.cells[index])
        texts = (plain(cells[column]).replace("\0", "␀") for column in columns if column < len(cells))
        text = "; ".join(filter(None, texts))
        if text:
            found[phone] = text
    return dict(zip(found, leave_out_of_texts(connection, list(found.values())), strict=True))


def _add_listed(
    connection: Connection,
    job: Job,
    chunk: ValidatedRows,
    counts: Counts,
    refusals: Refusals,
    now: datetime,
) -> None:
    first: dict[str, int] = {}
    for index, phone in enumerate(chunk.phones):
        first.setdefault(phone, index)
    reasons = _read_reasons(connection, job, chunk, first)
    cut = {phone for phone, text in reasons.items() if len(text) > LONGEST_REASON}
    reasons |= {phone: f"{reasons[phone][: LONGEST_REASON - 1]}…" for phone in cut}
    new, known = queries.insert_listed(connection, job, list(first), reasons, now)
    if new:
        if reasons:
            counted = {"reasons": len(new & reasons.keys()), "reasons_cut": len(new & cut)}
            so_far = job.listing or {}
            job.listing = {**so_far, **{name: (so_far.get(name) or 0) + n for name, n in counted.items()}}
        contact_queries.suppress_many(connection, list(new), job.campaign_id)
    for index, phone in enumerate(chunk.phones):
        if phone in new and first[phone] == index:
            counts.accepted += 1
        elif phone in new or known.get(phone) == job.id:
            counts.repeated_in_file += 1
            refusals.add(chunk, index, "repeated", "repeated")
        else:
            counts.already_in_campaign += 1
            refusals.add(chunk, index, "already", "already-listed")
