"""File understanding: how an uploaded file is read, and what its columns mean, before any of its rows counts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from campaign_app.domain import column_roles
from campaign_app.domain.chosen_mapping import validate_mapping
from campaign_app.domain.column_names import fold_name
from campaign_app.domain.column_roles import MappingGuess, Role
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.phone import is_region
from campaign_app.uploads import Understanding, UnknownChoice, encodings, understand_file
from campaign_app.uploads.list_numbers import find_area_code_columns
from campaign_app.uploads.reading import OTHER_SHEETS

READING_CHOICES = ("encoding", "delimiter", "header", "sheet", "format")
"""What a mapping may say about how the file is read."""
ENCODING_QUESTION = "Which of these is spelled right? The file does not say how its letters are encoded."
HEADER_QUESTION = "Does the first row have the columns' names, or is it a person to call?"


@dataclass(frozen=True, slots=True)
class FileUnderstanding:
    """What was found out about a file, as the columns of `imports` keep it."""

    reading: dict[str, Any]
    region: str | None
    understanding: dict[str, Any]
    columns: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    """[{"code", "sentence", "columns"}]: what only a person can decide."""
    signature: str
    mapping: dict[str, Any]
    """By which its rows are read: what was chosen, or else what was guessed."""

    def values(self) -> dict[str, Any]:
        """For the columns of `imports`, but for the mapping, which is kept where a person chose it."""
        return {
            "reading": self.reading,
            "default_region": self.region,
            "understanding": _storable(self.understanding),
            "columns": _storable(self.columns),
            "questions": _storable(self.questions),
            "signature": self.signature,
            "encoding": self.reading["encoding"],
            "delimiter": self.reading["delimiter"],
            "has_header": self.reading["header"],
        }


def understand(
    path: Path,
    *,
    region: str | None,
    language: str | None = None,
    chosen: Mapping[str, Any] | None = None,
    message_variables: Collection[str] = (),
    mode: str = "contacts",
    prefix: str = "mapping.",
    for_list: bool = False,
) -> FileUnderstanding:
    """Look at a file's beginning. `chosen` is a mapping in the API's shape, which answers all questions. `for_list`:
    its numbers are for a list, where area codes may have a column of their own.

    Raises UnreadableFile with a sentence for the operator; Invalid for a choice that the file does not have, naming
    `mapping.columns[i].role` and the like.
    """
    chosen = dict(chosen or {})
    if chosen.get("region") is not None:
        # An empty one says that no country is assumed.
        region = _region(chosen["region"], f"{prefix}region")
    fixed = {name: chosen[name] for name in READING_CHOICES if chosen.get(name) is not None}
    listing = mode == "do_not_call"
    try:
        found = understand_file(path, region=region, language=language, chosen=fixed, listing=listing)
    except UnknownChoice as error:
        raise InvalidInput([FieldError(f"{prefix}{error.field}", error.message)]) from None
    if for_list and chosen.get("columns") is None:
        pair = find_area_code_columns([row.cells for row in found.rows if row.problem is None], region)
        if pair is not None:
            roles = {pair[0]: "left_out", pair[1]: "number"}
            chosen["columns"] = [{"index": index, "role": role} for index, role in roles.items()]
    guess = column_roles.guess_mapping(
        found.names,
        [row.cells for row in found.rows if row.problem is None],
        region=region,
        has_header=found.reading.header,
        message_variables=message_variables,
        listing=listing,
        keeps_reasons=listing and not for_list,
        pasted=found.reading.format == "list",
    )
    asked = guess.asked
    guess = _without_report(guess, found.reading.header)
    if for_list:
        guess = _with_numbers_alone(guess)
    if chosen.get("columns") is not None:
        mapping = validate_mapping(chosen, guess, prefix=prefix, listing=listing, keeps_reasons=not for_list)
    else:
        mapping = column_roles.mapping_of(guess)
    left_out = {
        _region(code, f"{prefix}left_out_countries") for code in chosen.get("left_out_countries") or ()
    }
    mapping = replace(mapping, left_out=tuple(sorted(code for code in left_out if code is not None)))
    return FileUnderstanding(
        reading=found.reading.to_json(),
        region=region,
        understanding={
            "original_names": list(found.original_names),
            "header_unsure": found.header_unsure,
            "sheets": list(found.sheets),
            "notices": [{"code": code, "sentence": sentence} for code, sentence in found.notices],
            "encoding_choices": [
                {"encoding": choice.encoding, "label": choice.label, "sample": list(choice.sample)}
                for choice in found.encoding_choices
            ],
        },
        columns=_describe_columns(guess, mapping),
        questions=[]
        if chosen.get("columns") is not None
        else _list_questions(asked, found, fixed, _list_asked_notices(found, listing)),
        signature=signature_of(found.original_names, found.reading.header),
        mapping=mapping.to_json(),
    )


def _describe_columns(guess: MappingGuess, mapping: column_roles.Mapping) -> list[dict[str, Any]]:
    """The columns as `imports` keeps them: what each was guessed to be, and what it is."""
    return [
        {
            "index": column.index,
            "name": column.name,
            "role": mapping.roles[column.index].value,
            "variable": mapping.columns[column.index].variable,
            "guess": column.role.value,
            "why": column.why,
            "samples": list(column.samples),
            "candidates": [role.value for role in column.candidates],
            "certain": column.certain,
            "filled": column.filled,
            "valid": column.valid,
            "inverted": mapping.columns[column.index].inverted,
            "region": mapping.columns[column.index].region,
        }
        for column in guess.columns
    ]


def _list_asked_notices(found: Understanding, listing: bool) -> list[tuple[str, str]]:
    """In a do-not-call file only that numbers are not read: whatever else is told of it, they are listed."""
    return [notice for notice in found.notices if not listing or notice[0] == OTHER_SHEETS]


def _list_questions(
    asked: Sequence[column_roles.Question],
    found: Understanding,
    fixed: Mapping[str, Any],
    notices: Sequence[tuple[str, str]],
) -> list[dict[str, Any]]:
    """What a person must decide before a number is queued: about columns, letters, and the first row."""
    questions: list[dict[str, Any]] = [
        {"code": question.code, "sentence": question.sentence, "columns": list(question.columns)}
        for question in asked
    ]
    if len(found.encoding_choices) > 1 and "encoding" not in fixed:
        questions.append({"code": "encoding", "sentence": ENCODING_QUESTION, "columns": []})
    if found.header_unsure and "header" not in fixed:
        questions.append({"code": "header", "sentence": HEADER_QUESTION, "columns": []})
    questions += [{"code": code, "sentence": sentence, "columns": []} for code, sentence in notices]
    return questions


REPORT = ("line", "reason")
"""The first columns of the file of rejected rows (rejects.py), which people correct and upload again."""


def _without_report(guess: MappingGuess, header: bool) -> MappingGuess:
    """Leave those columns out: what was said about a row is no variable of the person."""
    names = tuple(column.name for column in guess.columns[: len(REPORT)])
    if not header or names != REPORT:
        return guess
    left_out = [
        replace(
            column,
            role=Role.LEFT_OUT,
            variable=None,
            why="Written by Switchboard about a row that was not added",
            candidates=(Role.LEFT_OUT, Role.VARIABLE),
        )
        for column in guess.columns[: len(REPORT)]
    ]
    return replace(guess, columns=(*left_out, *guess.columns[len(REPORT) :]))


def _with_numbers_alone(guess: MappingGuess) -> MappingGuess:
    """Leave out of a list's file what would be a variable: it has no message, and keeps no reasons."""
    return replace(
        guess,
        columns=tuple(
            replace(column, role=Role.LEFT_OUT, variable=None, why="A list keeps the numbers alone")
            if column.role is Role.VARIABLE
            else column
            for column in guess.columns
        ),
    )


def list_encodings() -> list[tuple[str, str]]:
    """(codec, label) of every encoding that can be chosen."""
    return list(encodings.list_encodings())


def _storable(value: Any) -> Any:
    """Without NUL and halves of surrogate pairs, which PostgreSQL refuses and UTF-8 does not have."""
    if isinstance(value, str):
        return value.replace("\0", "␀").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value


def signature_of(names: Collection[str], header: bool) -> str:
    """Files with the same columns have the same, whatever the case and accents of their names."""
    words = [fold_name(name) for name in names] if header else [f"#{len(names)}"]
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def _region(code: object, field: str) -> str | None:
    if not code:
        return None
    region = str(code).strip().upper()
    if not is_region(region):
        raise InvalidInput(
            [FieldError(field, f"“{str(code)[:10]}” is no region: use a code such as US or DE")]
        )
    return region
