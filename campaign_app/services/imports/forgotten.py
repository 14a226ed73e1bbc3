"""Forgotten numbers in uploads: their rows are refused, and nothing of them is kept, neither cells nor examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from campaign_app.domain.erasure import FORGOTTEN_NUMBER, NumberFinder
from campaign_app.queries.forgotten import find_forgotten, has_forgotten
from campaign_app.uploads.validation import Described, Refused, ValidatedRows, unpack_cells

CODE = "forgotten"
REASON = "the person asked to be forgotten, and is not called again"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def withdraw_forgotten(connection: Connection, chunk: ValidatedRows) -> ValidatedRows:
    """The chunk with the rows of forgotten numbers among its refusals, their cells emptied. Raises ForgetKeyMissing."""
    if not has_forgotten(connection):
        return chunk
    others = {number for text in chunk.encoded for number in E164.findall(text)}
    marked = {phone for row in chunk.refusals for phone in row.phones}
    forgotten = find_forgotten(connection, others | marked | set(chunk.phones))
    if not forgotten:
        return chunk
    kept = [index for index, phone in enumerate(chunk.phones) if phone not in forgotten]
    place = {index: at for at, index in enumerate(kept)}
    gone = [index for index in range(len(chunk.phones)) if index not in place]
    refusals = [_empty_refusal(row) if forgotten & set(row.phones) else row for row in chunk.refusals]
    refusals += [
        Refused(
            chunk.positions[index],
            chunk.lines[index],
            CODE,
            REASON,
            [""] * len(unpack_cells(chunk.cells[index])),
        )
        for index in gone
    ]
    refusals.sort(key=lambda row: row.position)
    lines = {row.line for row in refusals if row.code == CODE}
    return replace(
        chunk,
        positions=[chunk.positions[index] for index in kept],
        lines=[chunk.lines[index] for index in kept],
        phones=[chunk.phones[index] for index in kept],
        encoded=[_leave_out(chunk.encoded[index], forgotten) for index in kept],
        cells=[chunk.cells[index] for index in kept],
        refusals=refusals,
        without={
            name: [place[index] for index in indexes if index in place]
            for name, indexes in chunk.without.items()
        },
        external_ids=chunk.external_ids and [chunk.external_ids[index] for index in kept],
        profile_places=[chunk.profile_places[index] for index in kept] if chunk.profile_places else [],
        described=chunk.described and _scrub_described(chunk.described, forgotten, lines),
    )


def _empty_refusal(row: Refused) -> Refused:
    return replace(row, code=CODE, reason=REASON, cells=[""] * len(row.cells), phones=())


def _leave_out(encoded: str, forgotten: set[str]) -> str:
    """A contact's encoded row without numbers, second ones and in variables, that were forgotten."""
    return E164.sub(lambda found: FORGOTTEN_NUMBER if found.group() in forgotten else found.group(), encoded)


def _scrub_described(described: Described, forgotten: set[str], lines: set[int]) -> Described:
    examples = [
        {word: [count, "" if example in forgotten else example] for word, (count, example) in words.items()}
        for words in (described.countries, described.types, described.zones)
    ]
    finders = [NumberFinder(phone) for phone in forgotten]
    first_rows: list[dict[str, object]] = []
    for row in described.first_rows:
        if row["line"] in lines:
            shown = {"line": row["line"], "cells": [""] * len(row["cells"]), "code": CODE, "reason": REASON}
        else:
            shown = _scrub(row, finders)
        first_rows.append(shown)
    countries, types, zones = examples
    unreadable = {
        title: [count, line, *(("", REASON) if line in lines else _scrub_texts(texts, finders))]
        for title, (count, line, *texts) in described.unreadable.items()
    }
    return Described(countries, types, zones, described.variables, unreadable, first_rows)


def _scrub_texts(texts: Sequence[str], finders: Sequence[NumberFinder]) -> Sequence[str]:
    for finder in finders:
        texts = [finder.scrub_text(text) for text in texts]
    return texts


def _scrub(row: dict[str, object], finders: Sequence[NumberFinder]) -> dict[str, object]:
    for finder in finders:
        row = {name: value if name == "phone" else finder.scrub_json(value) for name, value in row.items()}
    return row


def leave_out_of_texts(connection: Connection, texts: Sequence[str]) -> list[str]:
    """The texts without the numbers in them that were forgotten. Raises ForgetKeyMissing."""
    named = {number for text in texts for number in E164.findall(text)}
    forgotten = find_forgotten(connection, named) if named else set()
    return [_leave_out(text, forgotten) for text in texts] if forgotten else list(texts)


def leave_out_forgotten(connection: Connection, phones: Sequence[str]) -> list[str]:
    """Those of the numbers that may be written down."""
    forgotten = find_forgotten(connection, phones)
    return [phone for phone in phones if phone not in forgotten]
