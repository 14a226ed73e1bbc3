"""Import checks: what adding a file would do, counted before a single number is queued.

A check reads the database and writes no contact. Who is listed or known is asked a chunk at a time; which numbers the
file itself repeats is kept in a scratch file beside it, so that memory does not grow with the rows.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection

from campaign_app.domain.csv_cells import kept
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.models.base import dump_json
from campaign_app.queries import imports as queries
from campaign_app.services.contact_matching import (
    KnownContact,
    KnownContacts,
    Match,
    MatchedRow,
    describe_repeat,
    load_known_contacts,
)
from campaign_app.uploads.validation import Described, Refused, ValidatedRows, unpack_cells

from .forgotten import withdraw_forgotten

FIRST_LOOK_ROWS = 10_000
"""Rows that a page has checked at once; the worker goes through the rest."""
REASONS = {
    "do-not-call": "the number is on the do-not-call list",
    "already": "the number is in the campaign already",
    "repeated": "the number is in an earlier row of this file",
    "already-listed": "the number is on the do-not-call list already",
}
MATCH_KINDS = {
    Match.REPEATED: "repeated",
    Match.REPEATED_ID: "repeated",
    Match.ALREADY: "already",
    Match.ALREADY_ID: "already",
    Match.CONFLICT: "invalid",
}
"""The kind (`rejected_rows.kind`) of a row that is not new."""
SUPPRESSED = "suppressed"
"""The code of a row that says that somebody must not be called who is in the campaign already."""
SHOWN_COUNTRIES = 30
SHOWN_PROFILES = 1_000
"""Of a file's dial profiles: mostly a country has some tens."""


@dataclass(slots=True)
class CheckTotals:
    """The counts of a check. They add up to `rows`; `reasons` has every row that would not be added."""

    rows: int = 0
    new: int = 0
    repeated: int = 0
    already: int = 0
    do_not_call: int = 0
    rejected: int = 0
    bytes_done: int = 0
    complete: bool = False
    reasons: dict[str, dict[str, Any]] = field(default_factory=dict)
    described: Described = field(default_factory=Described)
    profiles: dict[DialProfile, list[Any]] = field(default_factory=dict)
    """Of the new contacts: {profile: [count, the first one's line, its number]}."""

    def count(self, kind: str) -> None:
        """Count a row that would not be added, by its kind (`rejected_rows.kind`)."""
        name = {"invalid": "rejected", "do-not-call": "do_not_call"}.get(kind, kind)
        setattr(self, name, getattr(self, name) + 1)

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "new": self.new,
            "repeated_in_file": self.repeated,
            "already_in_campaign": self.already,
            "do_not_call": self.do_not_call,
            "rejected": self.rejected,
            "bytes_done": self.bytes_done,
            "complete": self.complete,
            "reasons": self.reasons,
            "countries": _ranked(self.described.countries),
            "types": _ranked(self.described.types),
            "zones": _ranked(self.described.zones),
            "variables": self.described.variables,
            "unreadable": {
                title: {"count": count, "example": {"line": line, "value": value, "problem": problem}}
                for title, (count, line, value, problem) in self.described.unreadable.items()
            },
            "first_rows": self.described.first_rows,
            "profiles": self._rank_profiles(),
        }

    def _rank_profiles(self) -> list[dict[str, Any]]:
        ranked = sorted(self.profiles.items(), key=lambda item: -item[1][0])[:SHOWN_PROFILES]
        return [
            {"profile": profile.to_json(), "count": count, "line": line, "phone": phone}
            for profile, (count, line, phone) in ranked
        ]

    def add_described(self, more: Described) -> None:
        for name in ("countries", "types", "zones"):
            totals = getattr(self.described, name)
            for word, (count, example) in getattr(more, name).items():
                totals.setdefault(word, [0, example])[0] += count
        for word, count in more.variables.items():
            self.described.variables[word] = self.described.variables.get(word, 0) + count
        for title, (count, *example) in more.unreadable.items():
            self.described.unreadable.setdefault(title, [0, *example])[0] += count
        self.described.first_rows.extend(more.first_rows)


def _ranked(found: Mapping[str, Sequence[Any]]) -> dict[str, dict[str, Any]]:
    ranked = sorted(found.items(), key=lambda item: -item[1][0])[:SHOWN_COUNTRIES]
    return {word: {"count": count, "example": example} for word, (count, example) in ranked}


def count_reason(
    reasons: dict[str, dict[str, Any]], code: str, line: int, reason: str, cells: Sequence[str]
) -> None:
    """Count a row that is not added under its code; the first one is the example."""
    known = reasons.get(code)
    if known is None:
        reasons[code] = {
            "count": 1,
            "example": {"line": line, "reason": reason, "cells": kept(cells)[:10]},
        }
    else:
        known["count"] += 1


class SeenNumbers:
    """The numbers of a file with the line where each came first, in a scratch database of its own on the disk; with
    the path None in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        if path is not None:
            remove_scratch(path)
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -32000",
            "locking_mode = EXCLUSIVE",
        ):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE seen (phone INTEGER PRIMARY KEY, line INTEGER)")
        self._database.execute(
            "CREATE TABLE matched (phone TEXT PRIMARY KEY, external_id TEXT, line INTEGER)"
        )
        self._database.execute("CREATE INDEX matched_id ON matched (external_id)")

    def first_lines(self, phones: Sequence[str], lines: Sequence[int]) -> list[int]:
        """For each number the line on which the file has it first, and remember those that are new."""
        numbers = [int(phone) for phone in phones]
        first = dict(
            self._database.execute(
                "SELECT phone, line FROM seen WHERE phone IN (SELECT value FROM json_each(?))",
                (json.dumps(numbers),),
            )
        )
        new: dict[int, int] = {}
        found = []
        for number, line in zip(numbers, lines, strict=True):
            known = first.get(number)
            if known is None:
                known = first[number] = new[number] = line
            found.append(known)
        self._database.execute(
            "INSERT INTO seen SELECT CAST(key AS INTEGER), value FROM json_each(?)", (json.dumps(new),)
        )
        return found

    def find(self, phones: Sequence[str]) -> set[str]:
        """Those of the numbers that were remembered."""
        numbers = [int(phone) for phone in phones]
        rows = self._database.execute(
            "SELECT phone FROM seen WHERE phone IN (SELECT value FROM json_each(?))", (json.dumps(numbers),)
        )
        return {f"+{number}" for (number,) in rows}

    def add_to(self, contacts: KnownContacts, phones: Sequence[str], external_ids: Sequence[str]) -> None:
        """Add to what the campaign has those contacts that rows above would have added, or given an id."""
        for phone, external_id, line in self._database.execute(
            """SELECT phone, external_id, line FROM matched WHERE phone IN (SELECT value FROM json_each(:phones))
               UNION SELECT phone, external_id, line FROM matched
               WHERE external_id IN (SELECT value FROM json_each(:ids))""",
            {"phones": json.dumps(phones), "ids": json.dumps(external_ids)},
        ):
            contacts.add(phone, KnownContact(external_id, line))

    def keep_changed(self, contacts: KnownContacts) -> None:
        """Remember what rows would have changed."""
        changed = [(phone, contacts.by_phone[phone]) for phone in contacts.changed]
        self._database.executemany(
            "INSERT OR REPLACE INTO matched VALUES (?, ?, ?)",
            [(phone, contact.external_id, contact.line) for phone, contact in changed],
        )

    def close(self) -> None:
        self._database.close()
        if self._path is not None:
            remove_scratch(self._path)


def remove_scratch(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


class RejectsFile:
    """The rows that a check would not add, as many as are kept (`queries.imports.MOST_REFUSALS`), a JSON list a line:
    [line, kind, code, reason, cells]. It takes the place of
    an older one when it is closed, so that nobody reads half of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
        self._file: TextIO = self._part.open("w", encoding="utf-8")
        self._room = queries.MOST_REFUSALS

    def write(self, line: int, kind: str, code: str, reason: str, cells: Sequence[str]) -> None:
        if self._room > 0:
            self._room -= 1
            self._file.write(dump_json([line, kind, code, reason, kept(cells)]) + "\n")

    def close(self) -> None:
        self._file.close()
        self._part.replace(self.path)

    def discard(self) -> None:
        """Leave the older one, of a check that somebody else has begun since."""
        self._file.close()
        self._part.unlink()


def read_rejects(path: Path) -> Iterator[tuple[int, str, str, str, list[str]]]:
    """What a RejectsFile has; nothing where there is none."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            number, kind, code, reason, cells = json.loads(line)
            yield number, kind, code, reason, cells


def scratch_path(uploads: Path, stored_as: str) -> Path:
    return uploads / f"{stored_as}.seen"


def flags_path(uploads: Path, stored_as: str) -> Path:
    return uploads / f"{stored_as}.flags"


def describe_flagged(row: Refused, known: Collection[str]) -> tuple[str, str, str]:
    """(kind, code, reason) of a row that was refused; `known` are the numbers that the campaign has already."""
    if not row.phones:
        return "invalid", row.code, row.reason
    if not any(phone in known for phone in row.phones):
        return "do-not-call", row.code, row.reason
    return "do-not-call", SUPPRESSED, f"{row.reason}; the contact in this campaign is suppressed"


def rejects_path(uploads: Path, stored_as: str) -> Path:
    return uploads / f"{stored_as}.rejects"


def index_missing_values(chunk: ValidatedRows, needed: Sequence[str]) -> dict[int, str]:
    """{index: sentence} of the contacts that lack a value for a variable in `needed`."""
    return {
        index: f"no value for {{{name}}}, which the message of this running campaign speaks"
        for name in reversed(needed)
        for index in chunk.without.get(name, ())
    }


def find_known_contacts(
    connection: Connection,
    campaign_id: int,
    chunk: ValidatedRows,
    import_id: int | None = None,
    *,
    on_known: str,
) -> KnownContacts:
    """The campaign's contacts that a chunk's rows may be about, by number or by id. Those of the import itself are
    rows above."""
    ids = sorted({external_id for external_id in chunk.external_ids or () if external_id})
    return load_known_contacts(
        connection, campaign_id, chunk.phones, ids, updates=on_known == "update", import_id=import_id
    )


def check_chunk(
    connection: Connection,
    totals: CheckTotals,
    chunk: ValidatedRows,
    seen: SeenNumbers,
    rejects: RejectsFile,
    *,
    mode: str,
    campaign_id: int | None,
    flagged: SeenNumbers | None = None,
    on_known: str = "skip",
    needed: Sequence[str] = (),
) -> None:
    """Count a chunk as adding it would. A number that is listed or known is so in each of its rows; of the others the
    first row counts as new. `flagged` are the numbers that any row of the file says must not be called; `needed` the
    variables that the message of a running campaign speaks."""
    chunk = withdraw_forgotten(connection, chunk)
    in_campaign: set[str] = set()
    if mode == "contacts":
        assert campaign_id is not None
        listed = queries.listed(connection, campaign_id, chunk.phones)
        if flagged is not None:
            listed |= flagged.find(chunk.phones)
            marked = [phone for row in chunk.refusals for phone in row.phones]
            in_campaign = set(queries.find_by_phone(connection, campaign_id, marked)) if marked else set()
    else:
        listed = set()
    refused: list[tuple[int, int, str, str, str, Sequence[str]]] = [
        (row.position, row.line, *describe_flagged(row, in_campaign), row.cells) for row in chunk.refusals
    ]
    marked_rows = sum(bool(row.phones) for row in chunk.refusals)
    totals.do_not_call += marked_rows
    totals.rejected += len(chunk.refusals) - marked_rows
    without = index_missing_values(chunk, needed)
    candidates = [
        index for index, phone in enumerate(chunk.phones) if index not in without and phone not in listed
    ]
    matches = _match_rows(
        connection, chunk, candidates, seen, mode=mode, campaign_id=campaign_id, on_known=on_known
    )
    added: set[int] = set()
    for index, phone in enumerate(chunk.phones):
        reason: str | None = None
        if index in without:
            kind, code, reason = "invalid", "no-value", without[index]
        elif phone in listed:
            kind = code = "do-not-call"
        elif (row := matches[index]).match is Match.NEW:
            totals.new += 1
            added.add(chunk.lines[index])
            if chunk.profile_places:
                profile = chunk.profiles[chunk.profile_places[index]]
                totals.profiles.setdefault(profile, [0, chunk.lines[index], phone])[0] += 1
            continue
        else:
            kind, code, reason = MATCH_KINDS[row.match], row.match.value, row.reason
            if mode != "contacts" and row.match is Match.ALREADY:
                code = "already-listed"
        totals.count(kind)
        refused.append(
            (
                chunk.positions[index],
                chunk.lines[index],
                kind,
                code,
                reason or REASONS[code],
                unpack_cells(chunk.cells[index]),
            )
        )
    for _, line, kind, code, reason, cells in sorted(refused, key=lambda row: row[0]):
        count_reason(totals.reasons, code, line, reason, cells)
        rejects.write(line, kind, code, reason, cells)
    totals.rows += chunk.results
    totals.bytes_done = chunk.bytes_done
    _describe_chunk(totals, chunk, refused, added)


def _describe_chunk(
    totals: CheckTotals,
    chunk: ValidatedRows,
    refused: Sequence[tuple[int, int, str, str, str, Sequence[str]]],
    added: Collection[int],
) -> None:
    if chunk.described is None:
        return
    _mark_first_rows(
        chunk.described.first_rows, [row for row in refused if row[2] != "invalid" or row[1] not in added]
    )
    totals.add_described(chunk.described)


def _match_rows(
    connection: Connection,
    chunk: ValidatedRows,
    candidates: Sequence[int],
    seen: SeenNumbers,
    *,
    mode: str,
    campaign_id: int | None,
    on_known: str,
) -> dict[int, MatchedRow]:
    """What each of the chunk's `candidates` (indexes) is to what the campaign, or the list, and the rows above have."""
    if mode == "contacts" and chunk.external_ids is not None:
        assert campaign_id is not None
        contacts = find_known_contacts(connection, campaign_id, chunk, on_known=on_known)
        ids = [external_id for external_id in chunk.external_ids if external_id]
        seen.add_to(contacts, chunk.phones, ids)
        matches = {
            index: contacts.place(chunk.phones[index], chunk.external_ids[index], chunk.lines[index])
            for index in candidates
        }
        seen.keep_changed(contacts)
        return matches
    phones = [chunk.phones[index] for index in candidates]
    if mode == "contacts":
        assert campaign_id is not None
        known = set(queries.find_by_phone(connection, campaign_id, phones))
    else:
        known = queries.listed_in(connection, campaign_id, phones)
    lines = [chunk.lines[index] for index in candidates]
    matches = {}
    for index, line, first in zip(candidates, lines, seen.first_lines(phones, lines), strict=True):
        if chunk.phones[index] in known:
            matches[index] = MatchedRow(Match.ALREADY)
        elif first != line:
            reason = describe_repeat(first) if mode == "contacts" else None
            matches[index] = MatchedRow(Match.REPEATED, reason)
        else:
            matches[index] = MatchedRow(Match.NEW)
    return matches


def _mark_first_rows(
    first_rows: Sequence[dict[str, Any]], refused: Sequence[tuple[int, int, str, str, str, Sequence[str]]]
) -> None:
    """Say of the rows that are shown why they would not be added, although their numbers can be dialed."""
    if not first_rows:
        return
    reasons = {line: (code, reason) for _, line, _, code, reason, _ in refused}
    for row in first_rows:
        if row["line"] in reasons:
            row["code"], row["reason"] = reasons[row["line"]]
