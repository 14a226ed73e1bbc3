"""Check results: what adding a file would do, in counts, reasons and the first rows as they will be called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from campaign_app.domain import phone as phones
from campaign_app.domain.column_names import fold_name
from campaign_app.domain.erasure import FORGOTTEN, read_sample
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.message import Message
from campaign_app.domain.script import SayText
from campaign_app.domain.spoken_values import FORMAT_NAMES
from campaign_app.models import Campaign
from campaign_app.services import imports, message_preview
from campaign_app.services.imports import CheckView

from . import charts
from .import_words import (
    REASON_LABELS,
    TYPE_LABELS,
    ReasonRow,
    in_country,
    mask_digits,
    number_cell,
    place_name,
    reason_rows,
    reason_sentence,
    region_name,
)

LEFT_OUT_WORDS = {"suppressed": "Known or repeated", "reason": "Do not call", "failed": "Not usable"}
ZONE_FROM = {
    "column": "the file",
    "postal": "the postal code",
    "state": "the state",
    "country": "the country",
    "number": "the number",
}
"""How a profile's zones were found, the surest first."""
ROWS_SHOWN = 6
MESSAGE_BEGINS = 60
"""Characters."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One of the first rows as it will be called. `refusal` is why it is not."""

    line: int
    cell: str
    phone: str | None = None
    country: str = ""
    number_type: str = ""
    clock: datetime | None = None
    place: str = ""
    zone_from: str = ""
    message: str = ""
    refusal: str = ""
    seconds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The counts of a check, in words and as a bar."""

    rows: int
    complete: bool
    new: int
    known: int
    do_not_call: int
    rejected: int
    bar: list[charts.BarSegment]
    bar_words: str
    legend: list[tuple[str, str, int]]
    reasons: list[ReasonRow]
    warnings: list[str] = field(default_factory=list)
    abroad: list[tuple[str, str, int]] = field(default_factory=list)
    """(code, country, numbers) of countries other than the file's, whose numbers can be left out."""
    left_out_countries: list[tuple[str, str]] = field(default_factory=list)
    """(code, country) of those that were."""
    asleep: str | None = None
    """Who of the new may not be called at this hour."""
    purpose_url: str | None = None
    """Where the campaign's purpose is chosen, while it has none: nobody is called before."""

    @property
    def left_out(self) -> int:
        return self.rows - self.new


def result_of(
    result: Mapping[str, Any] | None,
    mapping: Mapping[str, Any] | None,
    view: CheckView,
    *,
    full: bool,
    at: datetime,
) -> CheckResult | None:
    """A check's result as the page shows it; None where nothing was counted yet. It was made by `mapping`."""
    if not result:
        return None
    reasons = reason_rows(result.get("reasons") or {}, mapping, full=full)
    asleep = _find_asleep(result, view, at)
    parts = parts_of(result["new"], "New", reasons)
    if asleep is not None:
        awake = ("completed", "New, can be called at this hour", result["new"] - asleep.contacts)
        parts = [awake, ("wait", "New, not at this hour", asleep.contacts), *parts[1:]]
    bar = charts.stack_segments(parts)
    return CheckResult(
        rows=result["rows"],
        complete=result["complete"],
        new=result["new"],
        known=result["already_in_campaign"],
        do_not_call=result["do_not_call"],
        rejected=result["rejected"],
        bar=bar,
        bar_words=f"{result['rows']:,} rows: {charts.describe_segments(bar)}",
        legend=[part for part in parts if part[2] or part[0] == "completed"],
        reasons=reasons,
        warnings=_warnings(result, view, full=full),
        abroad=[(code, region_name(code), count) for code, count in _list_abroad(result, view)],
        left_out_countries=[
            (code, region_name(code)) for code in (mapping or {}).get("left_out_countries", ())
        ],
        asleep=None if asleep is None else _describe_asleep(asleep, at, full=full),
        purpose_url=url_for("campaigns.edit", campaign_id=view.campaign.id, _anchor="purpose")
        if _lacks_purpose(view) and view.campaign is not None and result["new"]
        else None,
    )


def _lacks_purpose(view: CheckView) -> bool:
    """Whether nobody is called before somebody says what the campaign's calls are for."""
    return view.item.mode == "contacts" and view.campaign is not None and view.campaign.purpose is None


def _find_asleep(result: Mapping[str, Any], view: CheckView, at: datetime) -> imports.AsleepContacts | None:
    if view.campaign is None or view.item.mode != "contacts" or _lacks_purpose(view):
        return None  # Without a purpose nobody can be called at any hour, and the page says that.
    try:
        return imports.find_asleep(result, view.campaign, at)
    except InvalidInput:  # Its start will say what is wrong with its hours.
        return None


def _describe_asleep(asleep: imports.AsleepContacts, at: datetime, *, full: bool) -> str:
    """`208 people can’t be called at this hour, such as row 77, +61 2 5550 0131, 04:42 Saturday in Sydney. …`."""
    phone = phones.format_international(asleep.phone) if full else phones.mask(asleep.phone)
    who = f"{asleep.contacts:,} {_verb(asleep.contacts, 'person', 'people')} can’t be called at this hour"
    where = "whose time zone is unknown"
    such_as = ":" if asleep.contacts == 1 else ", such as"
    until = ""
    if asleep.refusals:
        until = f" It is never called as things are: {asleep.refusals}."
    elif asleep.until is None and asleep.zone is not None:
        until = " The campaign’s hours and theirs leave no time for a call within two weeks."
    elif asleep.until is None:
        until = " Add a time zone, state or postal code to such rows: nobody is called without one."
    if asleep.zone is not None:
        zone = ZoneInfo(asleep.zone)
        where = f"{at.astimezone(zone):%H:%M %A} in {place_name(asleep.zone)}"
        if asleep.until is not None:
            until = f" It may be called from {asleep.until.astimezone(zone):%H:%M %A} there."
    return f"{who}{such_as} row {asleep.line:,}, {phone}, {where}.{until}"


def parts_of(added: int, word: str, reasons: Sequence[ReasonRow]) -> list[tuple[str, str, int]]:
    """(class, word, rows) of a bar: what is added, and what is left out by the kind of its reason."""
    left_out = {cls: sum(row.count for row in reasons if row.cls == cls) for cls in LEFT_OUT_WORDS}
    return [
        ("completed", word, added),
        *((cls, LEFT_OUT_WORDS[cls], left_out[cls]) for cls in LEFT_OUT_WORDS),
    ]


def preview_rows(
    result: Mapping[str, Any] | None, view: CheckView, *, full: bool, at: datetime
) -> list[PreviewRow]:
    """The first rows of a file beside what becomes of them."""
    message = _message(view.campaign)
    return [
        _preview(row, view, message, full=full, at=at)
        for row in (result or {}).get("first_rows", ())[:ROWS_SHOWN]
    ]


def _preview(
    row: Mapping[str, Any], view: CheckView, message: Message | None, *, full: bool, at: datetime
) -> PreviewRow:
    row = read_sample(row)
    cell = number_cell(row["cells"], view.item.mapping)
    if "code" in row:
        label = REASON_LABELS.get(row["code"], "")
        reason = row.get("reason") or label
        refusal = reason_sentence(label if label and reason == FORGOTTEN else reason)
        return PreviewRow(row["line"], _shown(cell, full), refusal=refusal if full else mask_digits(refusal))
    phone, zone = row["phone"], row.get("timezone")
    return PreviewRow(
        line=row["line"],
        cell=_shown(cell, full),
        phone=phones.format_international(phone) if full else phones.mask(phone),
        country=region_name(row.get("country") or ""),
        number_type=TYPE_LABELS.get(row.get("type") or "", ""),
        clock=at.astimezone(ZoneInfo(zone)) if zone else None,
        place=_place(zone, row.get("zones") or ()) if zone else "",
        zone_from=ZONE_FROM.get(str(row.get("derived") or "").partition("+")[0], "the number"),
        message=_message_begins(message, row.get("variables") or {}),
        seconds=tuple(
            phones.format_international(number) if full else phones.mask(number)
            for number in row.get("second_numbers") or ()
        ),
    )


def _place(zone: str, zones: Sequence[str]) -> str:
    """`New York`; `New York, or 3 other zones` where the number alone does not tell."""
    others = len(set(zones) - {zone})
    more = "" if not others else ", or another zone" if others == 1 else f", or {others} other zones"
    return f"{place_name(zone)}{more}"


def _shown(cell: str, full: bool) -> str:
    return cell if full else mask_digits(cell)


def _message(campaign: Campaign | None) -> Message | None:
    if campaign is None:
        return None
    try:
        return campaign.message
    except InvalidInput:
        return None


def _message_begins(message: Message | None, values: Mapping[str, str]) -> str:
    if message is None:
        return ""
    try:
        script, _ = message_preview.build_reading_script(message, dict(values))
    except ValueError:
        return ""
    words = " ".join(part.text if isinstance(part, SayText) else "a recording" for part in script.message)
    if len(words) <= MESSAGE_BEGINS:
        return words
    return words[:MESSAGE_BEGINS].rsplit(" ", 1)[0] + " …"


def _list_abroad(result: Mapping[str, Any], view: CheckView) -> list[tuple[str, int]]:
    """(code, numbers) of the countries that are not the file's."""
    region = view.item.default_region
    if not region or view.item.mode != "contacts":
        return []
    return [
        (code, entry["count"])
        for code, entry in (result.get("countries") or {}).items()
        if code and code != region and entry["count"]
    ]


def _warnings(result: Mapping[str, Any], view: CheckView, *, full: bool) -> list[str]:
    """What is no reason to leave a row out, and yet worth a look before they are called."""
    warnings = []
    item, campaign = view.item, view.campaign
    dialable = result["rows"] - result["rejected"]
    region = item.default_region
    abroad = _list_abroad(result, view)
    if region and abroad:
        total = sum(count for _, count in abroad)
        if total:
            names = ", ".join(f"{region_name(code)} {count:,}" for code, count in abroad[:4])
            more = f" and {len(abroad) - 4} more" if len(abroad) > 4 else ""
            warnings.append(
                f"{_of(total, dialable)} {_verb(total, 'is', 'are')} outside {in_country(region)}: {names}{more}."
            )
    if campaign is not None:
        for name in view.message_variables:
            counts = result.get("variables") or {}
            have = sum(count for word, count in counts.items() if fold_name(word) == fold_name(name))
            if have < dialable:
                lack = dialable - have
                who = f"{_of(lack, dialable)} {_verb(lack, 'has', 'have')}"
                warnings.append(f"Your message uses {{{name}}}, and {who} no value for it.")
        warnings += _list_unreadable(result, dialable, full=full)
    return warnings


def _list_unreadable(result: Mapping[str, Any], dialable: int, *, full: bool) -> list[str]:
    """`Your message says {when:date}, and 6 of 300 have a value that cannot be spoken as a date, such as row 3, “soon”:
    it is not a date; write it as 2026-11-30. Such values are spoken as they stand.`"""
    warnings = []
    for title, found in (result.get("unreadable") or {}).items():
        count, example = found["count"], found["example"]
        value = example["value"] if full else mask_digits(example["value"])
        problem = example["problem"] if full else mask_digits(example["problem"])
        such_as = ":" if count == 1 else ", such as"
        spoken_as = FORMAT_NAMES[title.rpartition(":")[2].rstrip("}")]
        spoken = "It is spoken as it stands." if count == 1 else "Such values are spoken as they stand."
        warnings.append(
            f"Your message says {title}, and {_of(count, dialable)} {_verb(count, 'has', 'have')} a value that cannot"
            f" be spoken as {spoken_as}{such_as} row {example['line']:,}, “{value}”: {problem}. {spoken}"
        )
    return warnings


def _of(count: int, total: int) -> str:
    if count == total:
        return "all of them" if count != 1 else "the only one"
    return f"{count:,} of {total:,}"


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
