"""Row validation: the rows of a file become contacts, encoded for the database, or refusals with a code and a reason.

Reading and parsing alone: it knows no database, so that processes of their own can do it (engine/imports/).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from campaign_app.domain.column_roles import Mapping, Role
from campaign_app.domain.csv_cells import kept
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.number_places import count_place_characters
from campaign_app.domain.number_rules import COSTLY_TYPES, make_number_rules
from campaign_app.domain.number_zones import find_zone
from campaign_app.domain.row_reading import NewContact, RowReader, RowRefusal, number_cell
from campaign_app.domain.spoken_values import LONGEST_VALUE, speak_value
from campaign_app.domain.variables import find_value

from .reading import read_rows
from .rows import NUL
from .tables import Reading, Row

CHUNK_ROWS = 4_000
CHUNK_CHARACTERS = 4_000_000
"""Of wide rows fewer make a chunk, so that memory stays bounded."""
FIRST_ROWS = 10
"""Rows of a file that a check shows in full."""
EXTRAS = (
    "second_numbers",
    "extension",
    "timezone",
    "region",
    "country",
    "state",
    "postal_code",
    "language",
    "external_id",
    "consent",
)
"""The columns of `contacts` beside the number, its variables and its line. Most files fill none of them."""
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
QUOTE = json.encoder.encode_basestring
"""A text as JSON has it: what ENCODE does with one, without the encoder that each call of that makes."""
CELL_END = "\x1f"
_NULL = "\\N"
COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


@dataclass(frozen=True, slots=True)
class ValidationPlan:
    """All that a validator needs, as plain values that travel between processes."""

    path: str
    reading: dict[str, Any]
    mapping: dict[str, Any]
    region: str | None
    dialect: str
    """`sqlite` or `postgresql`: how rows are encoded."""
    countries: tuple[str, ...] | None = None
    """Countries that may be dialed (ISO 3166 alpha-2); None for every country."""
    types: tuple[str, ...] | None = ()
    """Costly types of number that may be dialed all the same; None where every number counts, as on a do-not-call
    list."""
    describe: bool = False
    """For a check: count countries, types and zones, and show the first rows."""
    message_variables: tuple[str, ...] = ()
    """Those without a default that the campaign's message speaks: who lacks one is told."""
    formats: tuple[tuple[str, str], ...] = ()
    """(name, format) of those that it says by a format: values that cannot be read so are counted ..."""
    language: str | None = None
    """... in this language."""
    today: str | None = None
    """The day in ISO 8601: nobody can have agreed to calls after it."""
    start_row: int = 0
    chunk_rows: int = 0
    """0: CHUNK_ROWS."""


@dataclass(slots=True)
class Refused:
    """A row that is no contact. `position` counts the chunk's rows from 0; `cells` are shortened. `phones` are the
    numbers of somebody who must not be called, by the row's own words."""

    position: int
    line: int
    code: str
    reason: str
    cells: list[str]
    phones: tuple[str, ...] = ()


@dataclass(slots=True)
class Described:
    """What a check says of a chunk's contacts: {word: [count, an E.164 example]}."""

    countries: dict[str, list[Any]] = field(default_factory=dict)
    types: dict[str, list[Any]] = field(default_factory=dict)
    zones: dict[str, list[Any]] = field(default_factory=dict)
    variables: dict[str, int] = field(default_factory=dict)
    """How many contacts have a value for each."""
    unreadable: dict[str, list[Any]] = field(default_factory=dict)
    """{`{when:date}`: [contacts whose value cannot be spoken so, and of the first its line, the value and why]}."""
    first_rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class ValidatedRows:
    """A chunk of a file. The lists of its contacts run in parallel, in the file's order. A row of a do-not-call file
    has an entry for each of its numbers, all with the row's position."""

    size: int
    """Rows, contacts and refusals together."""
    bytes_done: int
    fields: tuple[str, ...]
    """What `encoded` has, in order: phone, variables, line, profile (its place in `profiles`; not for a do-not-call
    list), and those of EXTRAS that some row fills."""
    positions: list[int]
    lines: list[int]
    phones: list[str]
    encoded: list[str]
    """A contact a text: a JSON list for SQLite, a line of COPY for PostgreSQL."""
    cells: list[str]
    """Each row as the file has it, packed (`unpack_cells`): few are asked for."""
    refusals: list[Refused]
    without: dict[str, list[int]] = field(default_factory=dict)
    """For each of the message's variables, the indexes of the contacts that have no value for it."""
    external_ids: list[str | None] | None = None
    """None where the file has no column of ids."""
    described: Described | None = None
    profiles: tuple[DialProfile, ...] = ()
    """The distinct ones of these rows."""
    profile_places: list[int] = field(default_factory=list)
    """For a check: each contact's place in `profiles`."""

    @property
    def results(self) -> int:
        """Contacts and refusals: as many as there are rows, or more where rows have several numbers to list."""
        return len(self.phones) + len(self.refusals)

    def split(self, size: int) -> tuple[ValidatedRows, ValidatedRows | None]:
        """The first `size` rows, and the rest."""
        if size >= self.size:
            return self, None
        at = bisect_left(self.positions, size)
        head = ValidatedRows(
            size=size,
            bytes_done=self.bytes_done,
            fields=self.fields,
            positions=self.positions[:at],
            lines=self.lines[:at],
            phones=self.phones[:at],
            encoded=self.encoded[:at],
            cells=self.cells[:at],
            refusals=[row for row in self.refusals if row.position < size],
            without={
                name: [index for index in indexes if index < at] for name, indexes in self.without.items()
            },
            external_ids=self.external_ids and self.external_ids[:at],
            profiles=self.profiles,
        )
        tail = ValidatedRows(
            size=self.size - size,
            bytes_done=self.bytes_done,
            fields=self.fields,
            positions=[position - size for position in self.positions[at:]],
            lines=self.lines[at:],
            phones=self.phones[at:],
            encoded=self.encoded[at:],
            cells=self.cells[at:],
            refusals=[
                replace(row, position=row.position - size) for row in self.refusals if row.position >= size
            ],
            without={
                name: [index - at for index in indexes if index >= at]
                for name, indexes in self.without.items()
            },
            external_ids=self.external_ids and self.external_ids[at:],
            profiles=self.profiles,
        )
        return head, tail


@dataclass(frozen=True, slots=True)
class Unreadable:
    """In place of a chunk: the file cannot be read on. How UnreadableFile travels between processes."""

    sentence: str


@dataclass(slots=True)
class Chunk:
    rows: list[Row]
    bytes_done: int


def read_chunks(
    plan: ValidationPlan, wanted: Callable[[int], bool] = lambda _: True
) -> Iterator[tuple[int, Chunk]]:
    """The file's chunks after the plan's `start_row` rows, numbered from 0, and of these the `wanted`.

    Where a chunk ends depends on the file and the plan alone: several validators cut it alike.
    """
    most = plan.chunk_rows or CHUNK_ROWS
    bytes_done = 0

    def report(done: int) -> None:
        nonlocal bytes_done
        bytes_done = done

    number = count = size = 0
    keep = wanted(number)
    rows: list[Row] = []
    source = read_rows(
        Path(plan.path), Reading.from_json(plan.reading), start_row=plan.start_row, report_bytes=report
    )
    for row in source:
        if keep:
            rows.append(row)
        count += 1
        size += sum(map(len, row.cells))
        if count >= most or size >= CHUNK_CHARACTERS:
            if keep:
                yield number, Chunk(rows, bytes_done)
            number, count, size, rows = number + 1, 0, 0, []
            keep = wanted(number)
    if rows:
        yield number, Chunk(rows, bytes_done)


class Validator:
    """Turns chunks of rows into contacts and refusals, by one plan."""

    def __init__(self, plan: ValidationPlan) -> None:
        self._plan = plan
        self._mapping = Mapping.from_json(plan.mapping)
        self._listing = plan.types is None
        self._beside = {
            column.index
            for column in self._mapping.columns
            if column.role in (Role.REASON, Role.VARIABLE, Role.LEFT_OUT)
        }
        self._identified = Role.EXTERNAL_ID in self._mapping.roles
        self._reader = _make_reader(plan, self._mapping)
        self._encode = encode_sqlite if plan.dialect == "sqlite" else encode_copy

    def validate(self, chunk: Chunk, *, first: bool = False) -> ValidatedRows:
        """The chunk's contacts and refusals. `first` says that it is the file's first chunk."""
        rows = chunk.rows
        read: dict[int, list[NewContact | RowRefusal]] = {}
        profiles: dict[DialProfile, int] = {}
        places: dict[tuple[str, str | None, str | None], int] = {}
        quiet = self._reader.find_quiet([row.cells for row in rows])
        # Numbers are parsed in sorted order, which groups countries: phonenumbers keeps its patterns in a small
        # cache, and shuffled countries made it ten times slower.
        keys = [number_cell(row.cells, self._mapping) for row in rows]
        for position in sorted(range(len(rows)), key=keys.__getitem__):
            row = rows[position]
            if row.problem is not None and not self._is_listed_with(row):
                read[position] = [RowRefusal(row.problem.code, row.problem.reason)]
            elif self._listing:
                read[position] = self._reader.read_listed(row.cells)
            else:
                read[position] = [self._read_contact(row.cells, quiet[position], profiles, places)]
        contacts: list[NewContact] = []
        positions: list[int] = []
        refusals: list[Refused] = []
        for position, row in enumerate(rows):
            for found in read[position]:
                if isinstance(found, NewContact):
                    positions.append(position)
                    contacts.append(found)
                else:
                    refusals.append(
                        Refused(position, row.line, found.code, found.reason, kept(row.cells), found.phones)
                    )
        known = self._reader.extras | {"second_numbers", "region"}
        extras = [name for name in EXTRAS if name in known and any(map(attrgetter(name), contacts))]
        lines = [rows[position].line for position in positions]
        columns = extras if self._listing else ["profile", *extras]
        return ValidatedRows(
            size=len(rows),
            bytes_done=chunk.bytes_done,
            fields=("phone", "variables", "line", *columns),
            positions=positions,
            lines=lines,
            phones=[contact.phone for contact in contacts],
            encoded=self._encode(contacts, lines, columns),
            cells=[pack_cells(rows[position].cells) for position in positions],
            refusals=refusals,
            without={
                name: [
                    index for index, contact in enumerate(contacts) if not find_value(contact.variables, name)
                ]
                for name in self._plan.message_variables
            },
            external_ids=[contact.external_id for contact in contacts] if self._identified else None,
            described=self._describe(rows, read, contacts, lines, first, tuple(profiles)),
            profiles=tuple(profiles),
            profile_places=[contact.profile for contact in contacts]
            if self._plan.describe and not self._listing
            else [],
        )

    def _describe(
        self,
        rows: Sequence[Row],
        read: dict[int, list[NewContact | RowRefusal]],
        contacts: Sequence[NewContact],
        lines: Sequence[int],
        first: bool,
        profiles: Sequence[DialProfile],
    ) -> Described | None:
        if not self._plan.describe:
            return None
        described = describe(rows, read, contacts, first, profiles)
        for name, form in self._plan.formats:
            title = f"{{{name}:{form}}}"
            for contact, line in zip(contacts, lines, strict=True):
                value = find_value(contact.variables, name)
                problem = speak_value(value, form, self._plan.language).problem if value else None
                if problem is not None:
                    shown = value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"
                    described.unreadable.setdefault(title, [0, line, shown, problem])[0] += 1
        return described

    def _is_listed_with(self, row: Row) -> bool:
        """Whether a do-not-call row has its NUL only in what is written beside the number: nobody is to be called
        because a note is damaged."""
        if not self._listing or row.problem != NUL:
            return False
        damaged = {column for column, cell in enumerate(row.cells) if "\0" in cell}
        return damaged <= self._beside

    def _read_contact(
        self,
        cells: Sequence[str],
        quiet: bool,
        profiles: dict[DialProfile, int],
        places: dict[tuple[str, str | None, str | None], int],
    ) -> NewContact | RowRefusal:
        """A row's contact with its profile, numbered in the order in which they come. `places` are the profiles of
        numbers of whose persons the rows say nothing."""
        found = self._reader.read(cells, quiet)
        if isinstance(found, RowRefusal):
            return found
        key = None
        if not (found.timezone or found.state or found.postal_code or found.country):
            phone = found.phone
            key = (phone[: count_place_characters(phone[1:4])], found.region, found.number_type)
            place = places.get(key)
            if place is not None:
                found.profile = place
                return found
        try:
            profile = derive_profile(
                found.phone,
                timezone=found.timezone,
                state=found.state,
                postal_code=found.postal_code,
                country=found.country,
            ).profile
        except InvalidInput as error:
            return RowRefusal("place", "; ".join(f"{each.field}: {each.message}" for each in error.errors))
        found.profile = profiles.setdefault(profile, len(profiles))
        if key is not None:
            places[key] = found.profile
        return found


def _make_reader(plan: ValidationPlan, mapping: Mapping) -> RowReader:
    types = COSTLY_TYPES if plan.types is None else plan.types
    return RowReader(
        mapping,
        region=plan.region,
        rules=replace(make_number_rules(plan.countries, types), left_out=frozenset(mapping.left_out)),
        spoken=plan.message_variables,
        listing=plan.types is None,
        words_beside=plan.reading.get("format") == "list",
        today=date.fromisoformat(plan.today) if plan.today else None,
    )


def find_flagged_numbers(plan: ValidationPlan, most_rows: int | None = None) -> Iterator[list[str]]:
    """For each chunk of the file, or of its first `most_rows` rows, the numbers (E.164) of rows that say that they must
    not be called. Nothing where no column can say so: then the file is not read."""
    reader = _make_reader(plan, Mapping.from_json(plan.mapping))
    if plan.types is None or not reader.has_flags:
        return
    rows = (row for _, chunk in read_chunks(replace(plan, start_row=0)) for row in chunk.rows)
    source = islice(rows, most_rows)
    while chunk := list(islice(source, CHUNK_ROWS)):
        yield list(
            dict.fromkeys(
                phone for row in chunk if row.problem is None for phone in reader.find_flagged(row.cells)
            )
        )


def pack_cells(cells: Sequence[str]) -> str:
    """A row as one text. Lists by the million keep the worker's garbage collector busy; texts do not."""
    packed = CELL_END.join(cells)
    if packed.count(CELL_END) >= len(cells) > 0:
        packed = CELL_END.join(cell.replace(CELL_END, " ") for cell in cells)
    return packed


def unpack_cells(packed: str) -> list[str]:
    return packed.split(CELL_END)


def encode_sqlite(contacts: Sequence[NewContact], lines: Sequence[int], extras: Sequence[str]) -> list[str]:
    encoded = [
        f'["{contact.phone}",{QUOTE(_encode_variables(contact.variables))},{line}'
        for contact, line in zip(contacts, lines, strict=True)
    ]
    for name in extras:
        encoded = [
            f"{text},{'null' if value is None else QUOTE(value)}"
            for text, value in zip(encoded, _list_extra(contacts, name), strict=True)
        ]
    return [f"{text}]" for text in encoded]


def encode_copy(contacts: Sequence[NewContact], lines: Sequence[int], extras: Sequence[str]) -> list[str]:
    """Lines of COPY's text format."""
    encoded = [
        f"{contact.phone}\t{_escape(_encode_variables(contact.variables))}\t{line}"
        for contact, line in zip(contacts, lines, strict=True)
    ]
    for name in extras:
        encoded = [
            f"{text}\t{_NULL if value is None else _escape(value)}"
            for text, value in zip(encoded, _list_extra(contacts, name), strict=True)
        ]
    return [f"{text}\n" for text in encoded]


def _escape(text: str) -> str:
    # Of these only a backslash can be in JSON, and nothing in most texts.
    return text if text.isprintable() and "\\" not in text else text.translate(COPY_ESCAPES)


@lru_cache(maxsize=4096)
def _encode_name(name: str) -> str:
    return f"{QUOTE(name)}:"


def _encode_variables(variables: dict[str, str]) -> str:
    return f"{{{','.join([_encode_name(name) + QUOTE(value) for name, value in variables.items()])}}}"


def _list_extra(contacts: Sequence[NewContact], name: str) -> list[str | None]:
    """Values as their column keeps them; NULL for what the row does not say."""
    values = [getattr(contact, name) for contact in contacts]
    if name == "profile":
        return [str(value) for value in values]
    if name in ("second_numbers", "consent"):
        return [ENCODE(value) if value else None for value in values]
    return [value or None for value in values]


def describe(
    rows: Sequence[Row],
    read: dict[int, list[NewContact | RowRefusal]],
    contacts: Iterable[NewContact],
    first: bool,
    profiles: Sequence[DialProfile],
) -> Described:
    described = Described()
    for contact in contacts:
        _count(described.countries, contact.region or "", contact.phone)
        _count(described.types, contact.number_type or "", contact.phone)
        _count(described.zones, _name_zone(contact, profiles), contact.phone)
        for name, value in contact.variables.items():
            if value:
                described.variables[name] = described.variables.get(name, 0) + 1
    if first:
        for position, row in enumerate(rows[:FIRST_ROWS]):
            found = read[position][0]
            shown: dict[str, Any] = {"line": row.line, "cells": kept(row.cells)}
            if isinstance(found, NewContact):
                shown |= {
                    "phone": found.phone,
                    "variables": found.variables,
                    "country": found.region,
                    "type": found.number_type,
                    "timezone": _name_zone(found, profiles) or None,
                    "zones": list(profiles[found.profile].zones) if profiles else [],
                    "derived": profiles[found.profile].derived if profiles else "",
                    "second_numbers": [
                        *found.second_numbers,
                        *(other.phone for other in read[position][1:] if isinstance(other, NewContact)),
                    ],
                }
            else:
                shown |= {"code": found.code, "reason": found.reason}
            described.first_rows.append(shown)
    return described


def _name_zone(contact: NewContact, profiles: Sequence[DialProfile]) -> str:
    """The zone by which a contact is called: of several candidates the one that is likeliest; empty if none is known.
    Profiles are those of contacts; of a do-not-call list nobody asks."""
    zones = profiles[contact.profile].zones if profiles else ()
    likely = contact.timezone or find_zone(contact.phone) or ""
    return likely if likely in zones or not profiles else next(iter(zones), "")


def _count(counts: dict[str, list[Any]], word: str, example: str) -> None:
    """Count under a word; an empty one is what the numbers do not tell."""
    known = counts.get(word)
    if known is None:
        counts[word] = [1, example]
    else:
        known[0] += 1
