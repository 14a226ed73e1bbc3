"""Import answers: from the form of the check page to the mapping that services.imports takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaign_app.domain.column_roles import Role
from campaign_app.services.imports import CheckView

from .import_questions import NOTICES, NUMBER_QUESTIONS, QuestionCard
from .import_words import FLAG_LABELS, INVERTED, role_value


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person posted. `mapping` is services.imports' shape; `changed` says whether it differs from what is
    stored; `problems` are (id of the field, sentence) of what is still to be answered."""

    mapping: dict[str, Any]
    changed: bool
    problems: list[tuple[str, str]]
    on_known: str | None
    remember: bool


def read_answers(view: CheckView, cards: list[QuestionCard], form: Mapping[str, str]) -> Answers:
    """The form of the check page. Never raises: what is wrong with a value, the service says."""
    problems: list[tuple[str, str]] = []
    mapping, read_anew = _posted_reading(view, cards, form, problems)
    columns, chosen = _posted_columns(view, cards, form, problems)
    stored = {column["index"]: role_value(column) for column in view.columns}
    regions = _posted_regions(view, form)
    anew = {
        column["index"]
        for column in view.columns
        if regions.get(column["index"], "") != (column.get("region") or "")
        and columns[column["index"]] in NUMBER_ROLES
    }
    changed = (
        read_anew
        or bool(anew)
        or any(columns[index] != stored[index] for index in columns)
        or bool(view.questions)
    )
    as_guessed = not (chosen or anew) and all(
        columns[column["index"]] == role_value({**column, "role": column.get("guess", column["role"])})
        for column in view.columns
    )
    if not (read_anew and (as_guessed or _cut_anew(view, mapping))):
        mapping["columns"] = _in_order(view, columns, regions)
    if as_guessed and not (NUMBER_QUESTIONS & {card.code for card in cards}):
        mapping.pop("columns", None)
    stored_left_out = set((view.item.mapping or {}).get("left_out_countries", ()))
    left_out = (stored_left_out | {form.get("leave", "")}) - {form.get("call", ""), ""}
    mapping["left_out_countries"] = sorted(left_out)
    changed = changed or left_out != stored_left_out
    return Answers(
        mapping=mapping,
        changed=changed,
        problems=problems,
        on_known=form.get("known") if form.get("known") in ("skip", "update") else None,
        remember=form.get("remember") == "1",
    )


def _posted_reading(
    view: CheckView, cards: list[QuestionCard], form: Mapping[str, str], problems: list[tuple[str, str]]
) -> tuple[dict[str, Any], bool]:
    """How the file is to be read, and whether that differs from how it was."""
    mapping: dict[str, Any] = {}
    encoding = form.get("encoding")
    if encoding == "other":
        encoding = form.get("encoding-other")
        if not encoding:
            card = next((card for card in cards if card.code == "encoding"), None)
            problems.append((card.id if card else "encoding", "Choose how the text is written"))
    if encoding:
        mapping["encoding"] = encoding
    if form.get("delimiter") == "list":
        mapping["format"] = "list"
    elif form.get("delimiter"):
        mapping["delimiter"] = "\t" if form["delimiter"] == "tab" else form["delimiter"]
    if form.get("sheet"):
        mapping["sheet"] = form["sheet"]
    if form.get("header") in ("0", "1"):
        mapping["header"] = form["header"] == "1"
    if "region" in form:
        mapping["region"] = form["region"]
    stored = _stored_reading(view)
    return mapping, any(mapping[name] != stored[name] for name in mapping)


def _stored_reading(view: CheckView) -> dict[str, Any]:
    item, reading = view.item, view.item.reading or {}
    return {
        "encoding": item.encoding,
        "format": reading.get("format"),
        "delimiter": None if reading.get("format") == "list" else item.delimiter,
        "header": item.has_header,
        "sheet": reading.get("sheet"),
        "region": item.default_region or "",
    }


def _cut_anew(view: CheckView, mapping: Mapping[str, Any]) -> bool:
    """Whether the columns are others than before."""
    stored = _stored_reading(view)
    return any(
        mapping[name] != stored[name]
        for name in ("format", "delimiter", "header", "sheet")
        if name in mapping
    )


def _posted_columns(
    view: CheckView, cards: list[QuestionCard], form: Mapping[str, str], problems: list[tuple[str, str]]
) -> tuple[dict[int, str], bool]:
    """{index: role} as posted, and whether a question about columns was answered by it."""
    roles = {
        column["index"]: form.get(f"role-{column['index']}") or role_value(column) for column in view.columns
    }
    chosen = False
    for card in cards:
        if card.code in NUMBER_QUESTIONS:
            number = form.get("number", "none" if not card.choices else "")
            if number.isdigit() and int(number) in card.columns:
                chosen = True
                for index in card.columns:
                    if index == int(number):
                        roles[index] = Role.NUMBER.value
                    elif not form.get(f"role-{index}"):
                        roles[index] = (Role.SECOND_NUMBER if form.get("second") else Role.LEFT_OUT).value
                continue
            chosen = _answer_by_columns(view, card, form, roles, number, problems) or chosen
        elif card.code == "split-number":
            chosen = True
            if form.get(card.choices[0].name) != "keep":
                problems.append((card.id, "Say whether the number is complete, or upload a corrected file"))
        elif card.code in NOTICES:
            chosen = True
            if form.get(card.choices[0].name) != "keep":
                problems.append((card.id, "Say that you have seen this, or upload a corrected file"))
        elif card.columns:
            chosen = True
            for index in card.columns:
                if not form.get(f"role-{index}"):
                    name = view.columns[index]["name"]
                    problems.append((card.id, f"Choose what “{name}” is"))
    return roles, chosen


def _answer_by_columns(
    view: CheckView,
    card: QuestionCard,
    form: Mapping[str, str],
    roles: dict[int, str],
    number: str,
    problems: list[tuple[str, str]],
) -> bool:
    """Whether the question about the number is answered by a select below it; what is wrong goes to `problems`."""
    for index in card.columns:
        if not form.get(f"role-{index}"):
            roles[index] = Role.LEFT_OUT.value
    if any(form.get(f"role-{column['index']}") == Role.NUMBER for column in view.columns):
        return True
    if number == "none":
        text = "Choose the column with the number, under Columns"
        problems.append((f"role-{_first_select(view, card)}", text))
    else:
        problems.append((card.id, "Choose which column holds the number to call"))
    return False


def _first_select(view: CheckView, card: QuestionCard) -> int:
    return card.columns[0] if card.columns else view.columns[0]["index"] if view.columns else 0


NUMBER_ROLES = (Role.NUMBER.value, Role.SECOND_NUMBER.value)


def _posted_regions(view: CheckView, form: Mapping[str, str]) -> dict[int, str]:
    """{column: the country of its numbers} as posted, or as it was; empty for the rows' own, or the file's."""
    return {
        column["index"]: form.get(f"region-{column['index']}", column.get("region") or "")
        for column in view.columns
    }


def _in_order(view: CheckView, roles: Mapping[int, str], regions: Mapping[int, str]) -> list[dict[str, Any]]:
    """The columns as the service takes them: numbers in the order of preference come first."""
    preferred = [index for index in (view.item.mapping or {}).get("numbers", ()) if index in roles]
    columns = {column["index"]: column for column in view.columns}
    entries = []
    for index in dict.fromkeys([*preferred, *roles]):
        role, column = roles[index], columns[index]
        entry: dict[str, Any] = {"index": index, "role": Role.DO_NOT_CALL.value if role == INVERTED else role}
        if role in FLAG_LABELS:
            entry["inverted"] = role == INVERTED
        if column.get("variable") and role == column["role"]:
            entry["name"] = column["variable"]
        if role in NUMBER_ROLES and column["role"] in NUMBER_ROLES:
            entry["region"] = regions[index]
        entries.append(entry)
    return entries


def remembered_mapping(view: CheckView) -> dict[str, Any] | None:
    """The choices that were confirmed for a file with the same columns, as the service takes them."""
    stored = view.remembered
    if not stored:
        return None
    numbers = list(stored.get("numbers", ()))
    columns = {column["index"]: column for column in stored["columns"]}
    if any(index >= len(view.columns) for index in columns):
        return None
    return {
        "columns": [
            {
                name: columns[index][name]
                for name in ("index", "role", "name", "inverted", "region")
                if name in columns[index]
            }
            for index in dict.fromkeys([*numbers, *columns])
        ]
    }


def is_as_remembered(view: CheckView) -> bool:
    """Whether the file is read in the same way as the one before it."""
    if not view.remembered or not view.item.mapping:
        return False
    return _uses(view.remembered) == _uses(view.item.mapping)


def _uses(mapping: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        tuple(mapping.get("numbers", ())),
        tuple((column["index"], column["role"], column.get("name")) for column in mapping["columns"]),
    )
