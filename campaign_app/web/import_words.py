"""Words of imports: how roles, reasons, formats and encodings read on the pages, and what is hidden from viewers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaign_app.domain import phone as phones
from campaign_app.domain.column_roles import Role
from campaign_app.domain.countries import country_name
from campaign_app.models import Import
from campaign_app.services.do_not_call import LONGEST_REASON
from campaign_app.services.imports import list_encodings

ROLE_LABELS = {
    Role.NUMBER: "Phone number",
    Role.SECOND_NUMBER: "Second number",
    Role.COUNTRY: "Country or calling code",
    Role.EXTENSION: "Extension",
    Role.TIMEZONE: "Time zone",
    Role.STATE: "State or region",
    Role.POSTAL_CODE: "Postal code",
    Role.LANGUAGE: "Language",
    Role.DO_NOT_CALL: "Do-not-call flag",
    Role.CONSENT_AT: "Consent date",
    Role.CONSENT_SOURCE: "Consent source",
    Role.EXTERNAL_ID: "External ID",
    Role.REASON: "Reason",
    Role.VARIABLE: "Value for the message",
    Role.LEFT_OUT: "Leave out",
}
LISTING_ROLES = (
    Role.NUMBER,
    Role.SECOND_NUMBER,
    Role.COUNTRY,
    Role.EXTENSION,
    Role.REASON,
    Role.LEFT_OUT,
)
"""What a column of a do-not-call file can be; everything else about the people is left out."""
LIST_ROLES = tuple(role for role in LISTING_ROLES if role is not Role.REASON)
"""The same of a list's file: of those the numbers alone are kept."""
CONTACT_ROLES = tuple(role for role in ROLE_LABELS if role is not Role.REASON)
INVERTED = "do_not_call-inverted"
"""The choice of a flag whose “no” means do not call."""
FLAG_LABELS = {
    Role.DO_NOT_CALL.value: "Do-not-call flag: “yes” is left out",
    INVERTED: "May-be-called flag: “no” is left out",
}
REASON_LABELS = {
    "already": "Already in this campaign",
    "already-listed": "Already on the list",
    "already-id": "In this campaign with another number",
    "repeated": "Repeated in the file",
    "repeated-id": "ID repeated in the file",
    "id-conflict": "ID and number belong to two people",
    "do-not-call": "On do-not-call",
    "not-flagged": "Not marked as do-not-call",
    "flagged": "Marked do-not-call in the file",
    "suppressed": "Marked do-not-call: taken out of the campaign",
    "note": "A note may say do not call",
    "consent-time": "Not a valid time of consent",
    "empty": "No number",
    "left-out": "In a country that you left out",
    "repeated-header": "Column names repeated",
    "other-header": "Below a row of other column names",
    "too-many-cells": "More cells than columns",
    "invalid": "Not a valid number",
    "not-a-number": "Not a phone number",
    "too-short": "Too short",
    "too-long": "Too long",
    "no-region": "No country code",
    "ambiguous": "Could be two numbers",
    "several": "Several numbers in one cell",
    "rounded": "Rounded by a spreadsheet",
    "date": "A date in place of the number",
    "extension": "Has an extension",
    "premium": "Premium-rate number",
    "shared-cost": "Shared-cost number",
    "satellite": "Satellite number",
    "pager": "Pager",
    "personal": "Personal number, charged like premium rate",
    "country": "Country that this trunk may not call",
    "no-value": "No value for the message",
    "forgotten": "Asked to be forgotten",
    "cell-too-long": "A value is too long",
    "value-too-long": "A value is too long",
}
KNOWN_CODES = frozenset({"already", "already-id", "already-listed", "repeated", "repeated-id"})
LISTED = "the number is on the do-not-call list"
PREDICATES = ("repeats ", "is ", "has ", "could ", "begins ", "lost ", "was ", "looks ", "cannot ")
"""How the reasons of numbers begin: the number itself goes before them."""
TYPE_LABELS = {
    "mobile": "mobile",
    "fixed": "landline",
    "fixed-or-mobile": "landline or mobile",
    "toll-free": "toll-free",
    "premium": "premium rate",
    "shared-cost": "shared cost",
    "voip": "internet phone",
    "personal": "personal number",
    "pager": "pager",
    "company": "company number",
    "voicemail": "voicemail",
    "satellite": "satellite",
}
FORMAT_LABELS = {
    "xlsx": "Excel workbook",
    "ods": "OpenDocument spreadsheet",
    "vcard": "vCard address book",
    "list": "numbers, one or more per line",
}
DELIMITERS = {",": "CSV, comma", ";": "CSV, semicolon", "\t": "CSV, tab", "|": "CSV, vertical bar"}


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Why rows are left out. `code` is None for what stays (unsure pages list it, too)."""

    code: str | None
    cls: str
    label: str
    example: str
    count: int
    help: str = ""


def reason_rows(
    reasons: Mapping[str, Any], mapping: Mapping[str, Any] | None, *, full: bool
) -> list[ReasonRow]:
    """The reasons why rows are left out: known ones first, then by their count."""
    rows = [
        ReasonRow(
            code,
            "suppressed"
            if code in KNOWN_CODES
            else "reason"
            if code in ("do-not-call", "flagged", "suppressed")
            else "failed",
            REASON_LABELS.get(code) or code.replace("-", " ").capitalize(),
            example_of(code, reason.get("example") or {}, mapping, full=full),
            reason["count"],
        )
        for code, reason in reasons.items()
    ]
    order = {"suppressed": 0, "reason": 1, "failed": 2}
    return sorted(rows, key=lambda row: (order[row.cls], -row.count, row.label))


def example_of(
    code: str, example: Mapping[str, Any], mapping: Mapping[str, Any] | None, *, full: bool
) -> str:
    """`Row 903: “555-0199” is too short for a phone number (United States, +1)`."""
    if not example:
        return ""
    reason = str(example.get("reason") or "")
    cell = number_cell(example.get("cells") or [], mapping)
    line = f"Row {example['line']:,}"
    if not cell:
        text = f"{line}: {reason}" if reason and code != "empty" else f"{line} has no number"
    elif code in ("repeated", "repeated-id") and reason.startswith("repeats "):
        text = f"{line}: {cell} {reason}"
    elif reason.startswith(PREDICATES):
        text = f"{line}: “{cell}” {reason}"
    elif code == "repeated":
        text = f"{line}: {cell} is in an earlier row"
    elif code in ("already", "already-listed") or reason == LISTED:
        text = f"{line}: {cell}"
    elif code == "do-not-call":
        text = f"{line}: {cell}, {reason}"
    else:
        text = f"{line}: {reason}"
    return text if full else mask_digits(text, keep=line)


def reason_sentence(reason: str) -> str:
    """The reason by itself: `It is a premium-rate number, which …`, `The number is missing`."""
    text = f"it {reason}" if reason.startswith(PREDICATES) else reason
    return f"{text[:1].upper()}{text[1:]}"


def number_cell(cells: list[str], mapping: Mapping[str, Any] | None) -> str:
    """The cell of the first number column that has something in it."""
    for index in (mapping or {}).get("numbers", ()):
        if index < len(cells) and cells[index].strip():
            return cells[index].strip()
    return ""


def mask_digits(text: str, *, keep: str = "") -> str:
    """The text with the digits of whatever may be a phone number hidden, but for the last two."""

    def hide(found: re.Match[str]) -> str:
        digits = [index for index, char in enumerate(found[0]) if char.isdigit()]
        if len(digits) < 5:
            return found[0]
        hidden = set(digits[:-2])
        return "".join("•" if index in hidden else char for index, char in enumerate(found[0]))

    head, rest = (keep, text[len(keep) :]) if keep and text.startswith(keep) else ("", text)
    return head + re.sub(r"\d(?:[\d\s().,/+–-]*\d)?", hide, rest)


def region_name(region: str) -> str:
    """`United States`; the numbers that belong to no country are international."""
    if not region:
        return ""
    return "International" if region == phones.WORLD else country_name(region)


def in_country(region: str) -> str:
    name = region_name(region)
    return f"the {name}" if name.startswith(("United ", "Netherlands", "Philippines", "Czech")) else name


def place_name(zone: str) -> str:
    """`New York` of America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")


def called_at(item: Import) -> list[str]:
    """The names of the columns that hold the numbers, in the order of preference."""
    names = {column["index"]: column["name"] for column in item.columns or []}
    return [names[index] for index in (item.mapping or {}).get("numbers", ()) if index in names]


def reading_words(item: Import) -> str:
    """`CSV with commas, UTF-8, names in row 1, numbers without a country code are US`."""
    reading = item.reading or {}
    kind = reading.get("format", "delimited")
    words = {",": "CSV with commas", ";": "CSV with semicolons", "\t": "CSV with tabs"}
    parts = [FORMAT_LABELS.get(kind) or words.get(item.delimiter or "", f"CSV with “{item.delimiter}”")]
    parts[0] = parts[0][:1].upper() + parts[0][1:]
    if kind in ("delimited", "list") and item.encoding:
        parts.append(encoding_label(item.encoding))
    skipped = reading.get("skip_rows", 0)
    parts.append(f"names in row {skipped + 1}" if item.has_header else "no column names")
    if item.default_region:
        parts.append(f"numbers without a country code are from {in_country(item.default_region)}")
    else:
        parts.append("every number needs a country code")
    return ", ".join(parts)


def encoding_label(encoding: str) -> str:
    plain = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}
    return plain.get(encoding) or dict(list_encodings()).get(encoding, encoding)


def encoding_options(item: Import) -> list[tuple[str, str]]:
    """(codec, label); the stored one is always among them."""
    stored, known = item.encoding or "utf-8", list_encodings()
    return known if stored in dict(known) else [(stored, encoding_label(stored)), *known]


def delimiter_options(item: Import) -> list[tuple[str, str]]:
    """(value, label), a tab as `tab`, a list of numbers as `list`; the stored one is always among them."""
    stored = item.delimiter or ""
    known = dict(DELIMITERS)
    if stored and stored not in known:
        known = {stored: f"CSV, “{stored}”", **known}
    options = [("tab" if each == "\t" else each, label) for each, label in known.items()]
    return [*options, ("list", "Numbers, one or more per line")]


def delimiter_value(item: Import) -> str:
    """The stored one, as `delimiter_options` has it."""
    if (item.reading or {}).get("format") == "list":
        return "list"
    return "tab" if item.delimiter == "\t" else item.delimiter or ""


def role_value(column: Mapping[str, Any]) -> str:
    role: str = column["role"]
    return INVERTED if role == Role.DO_NOT_CALL and column.get("inverted") else role


def role_options(item: Import, column: Mapping[str, Any], *, open_: bool) -> tuple[tuple[str, str], ...]:
    """(value, label) of the uses of a column; the stored one is always among them."""
    mode = item.mode
    listing = LISTING_ROLES if item.list_id is None else LIST_ROLES
    offered = [role.value for role in (CONTACT_ROLES if mode == "contacts" else listing)]
    stored = role_value(column)
    if stored not in offered and stored != INVERTED:
        offered.append(stored)
    labels = {role.value: label for role, label in ROLE_LABELS.items()}
    if mode == "do_not_call":
        labels[Role.VARIABLE.value] = "Not used"
    options = []
    for value in offered:
        if value == Role.DO_NOT_CALL and (stored in FLAG_LABELS or column.get("guess") == Role.DO_NOT_CALL):
            options += list(FLAG_LABELS.items())
        else:
            options.append((value, labels[value]))
    return (("", "Choose…"), *options) if open_ else tuple(options)


def describe_reasons_kept(item: Import) -> str | None:
    """How many numbers of a do-not-call file were listed with their row's reason; None where no column gives one."""
    roles = [column["role"] for column in (item.mapping or {}).get("columns", ())]
    if item.mode != "do_not_call" or item.list_id is not None or Role.REASON not in roles:
        return None
    kept = int((item.listing or {}).get("reasons") or 0)
    if not kept:
        return "No number was listed with a reason of its own."
    listed = "1 number was" if kept == 1 else f"{kept:,} numbers were"
    text = f"{listed} listed with the reason in {'its' if kept == 1 else 'their'} row."
    cut = int((item.listing or {}).get("reasons_cut") or 0)
    if not cut:
        return text
    longer = "1 reason was" if cut == 1 else f"{cut:,} reasons were"
    rest = "its" if cut == 1 else "their"
    return f"{text} {longer} longer than {LONGEST_REASON} characters: only {rest} beginning is kept."


def column_uses(item: Import) -> list[tuple[str, str, str]]:
    """(column, use, where its values are found) of the columns that an import used, numbers first."""
    numbers = list((item.mapping or {}).get("numbers", ()))
    rows = []
    for column in (item.mapping or {}).get("columns", ()):
        role = Role(column["role"])
        use = ROLE_LABELS[role]
        if role is Role.NUMBER and item.mode == "contacts":
            use = "Number that is called"
        variable = column.get("name")
        spoken = f"{{{variable}}}" if variable and item.mode == "contacts" else ""
        rows.append((column["column"], use, spoken, column["index"], role))
    rows.sort(key=lambda row: (numbers.index(row[3]) if row[3] in numbers else len(numbers), row[3]))
    return [
        (name, use, spoken)
        for name, use, spoken, _, role in rows
        if role is not Role.LEFT_OUT and not (item.mode == "do_not_call" and role is Role.VARIABLE)
    ]
