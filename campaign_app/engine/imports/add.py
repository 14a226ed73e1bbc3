"""Adding rows: a slice of a file becomes contacts or do-not-call entries and refusals, in one transaction.

A number's first row wins. Which count the others go to depends on the number alone, never on where the slices were cut,
so that an import that was killed counts as one that was not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from campaign_app.domain.csv_cells import kept
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import InvalidInput
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import imports as queries
from campaign_app.queries.imports import Counts, Job
from campaign_app.queries.sets import stored_json
from campaign_app.services.contact_profiles import derive_contact_profile, keep_profiles
from campaign_app.services.imports.checks import REASONS, count_reason, describe_flagged
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
        for _, line, _, code, reason, cells in self.rows:
            count_reason(job.reasons, code, line, reason, cells)
        queries.insert_refusals(
            connection,
            job.id,
            [(line, kind, code, reason, kept(cells)) for _, line, kind, code, reason, cells in self.rows],
        )


def add_slice(
    connection: Connection, job: Job, chunk: ValidatedRows, needed: Sequence[str], now: datetime
) -> Counts:
    """Add what can be added, keep the rest as refusals, and say how many of each.

    `needed` are the variables that the message of a running campaign speaks: who has no value for one is refused.
    """
    marked = [phone for row in chunk.refusals for phone in row.phones]
    known = queries.importers(connection, job.campaign_id, marked) if marked and job.campaign_id else {}
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
    assert job.campaign_id is not None
    without = _without_value(chunk, needed)
    first: dict[str, int] = {}
    for index, phone in enumerate(chunk.phones):
        if index not in without:
            first.setdefault(phone, index)
    moved = _known_by_id(connection, job, chunk, first)
    added = queries.insert_contacts(
        connection,
        job,
        chunk.fields,
        [chunk.encoded[index] for index in first.values() if index not in moved],
        _keep_chunk_profiles(connection, chunk, now),
        now,
    )
    # The insert has passed those that are listed or known over; mostly they are few.
    rest = first.keys() - added
    listed = queries.listed(connection, job.campaign_id, rest) if rest else set()
    importers = queries.importers(connection, job.campaign_id, rest) if rest else {}
    known: list[int] = []
    for index, phone in enumerate(chunk.phones):
        if index in without:
            counts.rejected += 1
            refusals.add(chunk, index, "invalid", "no-value", without[index])
        elif phone in listed:
            counts.do_not_call += 1
            refusals.add(chunk, index, "do-not-call", "do-not-call")
        elif phone in added and first[phone] == index:
            counts.accepted += 1
        elif phone in added or importers.get(phone) == job.id:
            counts.repeated_in_file += 1
            refusals.add(chunk, index, "repeated", "repeated")
        else:
            counts.already_in_campaign += 1
            known.append(index)
            refusals.add(chunk, index, "already", "already")
    if job.on_known == "update":
        counts.updated = _update(connection, job.campaign_id, chunk, known, moved, now)


def _without_value(chunk: ValidatedRows, needed: Sequence[str]) -> dict[int, str]:
    """{index: sentence} of the contacts that lack a value for a variable in `needed`."""
    return {
        index: f"no value for {{{name}}}, which the message of this running campaign speaks"
        for name in reversed(needed)
        for index in chunk.without.get(name, ())
    }


def _known_by_id(
    connection: Connection, job: Job, chunk: ValidatedRows, first: dict[str, int]
) -> dict[int, str]:
    """{index: external id} of the rows whose person is in the campaign already, under another number."""
    if job.on_known != "update" or chunk.external_ids is None or job.campaign_id is None:
        return {}
    ids = {index: external_id for index in first.values() if (external_id := chunk.external_ids[index])}
    known = queries.known_ids(connection, job.campaign_id, set(ids.values()))
    return {
        index: external_id
        for index, external_id in ids.items()
        if known.get(external_id, chunk.phones[index]) != chunk.phones[index]
    }


def _update(
    connection: Connection,
    campaign_id: int,
    chunk: ValidatedRows,
    known: Sequence[int],
    moved: dict[int, str],
    now: datetime,
) -> int:
    """Bring the contacts of `known` rows up to date, row after row where a number has several. Returns how many rows
    found theirs."""
    rounds: dict[tuple[str, int], list[int]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for index in known:
        by = "external_id" if index in moved else "phone"
        key = moved.get(index) or chunk.phones[index]
        rounds[by, seen[key]].append(index)
        seen[key] += 1
    updated = 0
    for (by, _), indexes in sorted(rounds.items()):
        found = queries.update_contacts(
            connection, campaign_id, chunk.fields, [chunk.encoded[index] for index in indexes], by
        )
        updated += sum((moved.get(index) or chunk.phones[index]) in found for index in indexes)
        if queries.PLACE_FIELDS & set(chunk.fields):
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
    queries.set_profiles(connection, [(contact_id, ids[profile]) for contact_id, profile in profiles.items()])


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
    new, known = queries.insert_listed(connection, job, list(first), now)
    if new:
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
