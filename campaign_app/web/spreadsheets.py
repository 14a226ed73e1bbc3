"""Spreadsheets: a campaign's contacts and their calls, or the calls of a filter, as an office reads them, in Excel's
format."""

from __future__ import annotations

import io
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from campaign_app.domain.errors import StateConflict
from campaign_app.domain.local_times import name_city
from campaign_app.domain.trunk import SIMULATOR
from campaign_app.domain.variables import find_value, fold_variable
from campaign_app.models import Attempt
from campaign_app.queries.call_files import list_unplaced_starts
from campaign_app.queries.exports import read_contact_page
from campaign_app.services.call_files import COLUMNS, TIMES, CallRows, measure_talk_seconds
from campaign_app.services.simulator_speed import find_speed

from .filters import capitalize_first
from .status_words import describe_status

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MOST_CONTACTS = 20_000
"""Beyond that a file takes too long to make while somebody waits; CSV has no such bound."""
MOST_CALLS = 20_000
MOST_VARIABLES = 1_000
"""Excel has 16,384 columns, and nobody reads that many."""
PAGE = 1_000
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNSAFE_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
"""What Windows allows in no file name."""
ABOUT_CALL = ("Outcome", "Answered by", "Seconds talked", "Key", "Key means", "Heard")
WIDTHS = {"Number": 18, "Campaign": 30, "Status": 18, "Outcome": 18, "Cause": 40}


class _Workbook:
    """Times are on the clock of `zone` (IANA), which the header names. `engine` knows how fast simulated calls go.
    Every text is written as text, so that a number keeps its plus, and nothing is a formula. Rows wait in `scratch`, a
    folder that nobody else reads."""

    def __init__(self, *, zone: str, engine: Engine, scratch: Path) -> None:
        import xlsxwriter  # when somebody wants one: a start does without

        self._zone = ZoneInfo(zone)
        self._when = name_city(zone)
        self._engine = engine
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._buffer,
            {
                "constant_memory": True,
                "tmpdir": str(scratch),
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
        self._bold = self._book.add_format({"bold": True})
        self._clock = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def _add_sheet(self, name: str, header: list[str]) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        for column, title in enumerate(header):
            sheet.set_column(column, column, WIDTHS.get(title, 20 if title.endswith(")") else 14))
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, self._bold)
        sheet.freeze_panes(1, 1)
        return sheet

    def _write(self, sheet: Worksheet, row: int, cells: list[object]) -> None:
        for column, cell in enumerate(cells):
            match cell:
                case None | "":
                    continue
                case datetime():
                    sheet.write_datetime(row, column, cell, self._clock)
                case int() | float():
                    sheet.write_number(row, column, cell)
                case _:
                    sheet.write_string(row, column, str(cell))

    def _finish(self, *sizes: tuple[Worksheet, int, int]) -> bytes:
        """The file. `sizes`: each sheet with its last row and column."""
        for sheet, row, column in sizes:
            sheet.autofilter(0, 0, row, column)
        self._book.close()
        return self._buffer.getvalue()


class CampaignWorkbook(_Workbook):
    """Two sheets: one row for each contact, with each variable in a column of its own, and one for each call.
    `key_labels` says what a key means; `simulated` names the trunks whose calls are simulated."""

    def __init__(
        self,
        *,
        variables: Collection[str],
        key_labels: Mapping[str, str],
        simulated: Collection[str],
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self._simulated = frozenset(simulated)
        self._variables = list(variables)
        self._key_labels = key_labels
        self._contacts = self._add_sheet(
            "Contacts",
            ["Number", "Status", "Calls", *self._variables, f"Last call ({self._when})", *ABOUT_CALL],
        )
        self._calls = self._add_sheet(
            "Calls", ["Number", "Call", f"Started ({self._when})", *ABOUT_CALL, "Cause"]
        )
        self._contact_row = self._call_row = 0

    def add_contact(self, contact: Mapping[str, Any]) -> None:
        """A contact as `read_contacts` gives it."""
        calls = [attempt for attempt in contact["attempts"] if attempt["status"] != "released"]
        self._contact_row += 1
        values = [find_value(contact["variables"], name) for name in self._variables]
        last = self._describe_call(calls[-1]) if calls else [None] * 7
        cells = [contact["phone"], describe_status(contact["status"]), len(calls), *values, *last]
        self._write(self._contacts, self._contact_row, cells)
        for place, attempt in enumerate(calls, 1):
            self._call_row += 1
            about = self._describe_call(attempt)
            self._write(self._calls, self._call_row, [contact["phone"], place, *about, attempt["cause"]])

    def _describe_call(self, attempt: Mapping[str, Any]) -> list[object]:
        """When it started, its outcome, who answered, seconds talked, the key, what it means, what was heard."""
        speed = find_speed(self._engine, SIMULATOR) if attempt["provider"] in self._simulated else 1.0
        key = attempt["key"]
        return [
            attempt["started_at"].astimezone(self._zone).replace(tzinfo=None),
            describe_status(attempt["status"]),
            capitalize_first(attempt["answered_by"] or ""),
            measure_talk_seconds(_read_time(attempt["answered_at"]), _read_time(attempt["ended_at"]), speed),
            key,
            None if key is None else self._key_labels.get(key),
            capitalize_first((attempt["disposition"] or "").replace("-", " ")),
        ]

    def close(self) -> bytes:
        """The file."""
        return self._finish(
            (self._contacts, self._contact_row, len(self._variables) + 9), (self._calls, self._call_row, 9)
        )


class CallsWorkbook(_Workbook):
    """One sheet: a row for each call that a filter shows, whatever its campaign, with the columns that were chosen."""

    def __init__(self, *, columns: Sequence[str], **common: Any) -> None:
        super().__init__(**common)
        self._columns = list(columns)
        header = [f"{COLUMNS[name]} ({self._when})" if name in TIMES else COLUMNS[name] for name in columns]
        self._calls = self._add_sheet("Calls", header)
        self._rows = CallRows(self._engine)
        self.count = 0

    def add_call(self, attempt: Attempt) -> None:
        self.count += 1
        row = self._rows.describe(attempt, self._columns)
        self._write(self._calls, self.count, [self._describe(name, row[name]) for name in self._columns])

    def _describe(self, name: str, value: Any) -> object:
        match name:
            case "status":
                return describe_status(value)
            case "answered_by":
                return capitalize_first(value or "")
            case "disposition":
                return capitalize_first((value or "").replace("-", " "))
            case _ if isinstance(value, datetime):
                return value.astimezone(self._zone).replace(tzinfo=None)
        return value

    def close(self) -> bytes:
        """The file."""
        return self._finish((self._calls, self.count, len(self._columns) - 1))


def make_file_name(title: str, day: datetime) -> str:
    """`Reminders 2026-11-29.xlsx`."""
    return UNSAFE_IN_NAMES.sub("_", f"{title} {day:%Y-%m-%d}.xlsx")


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def read_contacts(
    engine: Engine, campaign_id: int, chosen: Collection[int] | None
) -> Iterator[dict[str, Any]]:
    """A campaign's contacts in the API's shape, as they were added; with `chosen` those with these ids. Each attempt
    has `started_at` as well."""
    after, most = 0, PAGE
    wanted = None if chosen is None else sorted(chosen)
    while True:
        if wanted is not None:
            # From one chosen contact to the next: a few of a large campaign are read without the others.
            place = bisect_right(wanted, after)
            if place == len(wanted):
                return
            after = wanted[place] - 1
            most = wanted[bisect_right(wanted, after + PAGE) - 1] - after
        with engine.connect() as connection:
            page = read_contact_page(connection, campaign_id, after, most, csv=False, prefix="")
            if page is None:
                return
            starts = list_unplaced_starts(connection, campaign_id, after, page.last_id)
        after = page.last_id
        for line in page.lines.split(b"\n"):
            contact = json.loads(line)
            if chosen is None or contact["id"] in chosen:
                for attempt in contact["attempts"]:
                    started = starts.get(attempt["id"])
                    attempt["started_at"] = started or _read_time(
                        attempt["placed_at"] or attempt["claimed_at"]
                    )
                yield contact


@dataclass(frozen=True, slots=True)
class WrittenContacts:
    """The contacts that a file is of, and the variables of theirs that have a value: the commonest first, each by its
    usual spelling."""

    ids: frozenset[int]
    variables: list[str]


def survey_contacts(engine: Engine, campaign_id: int, chosen: Collection[int] | None) -> WrittenContacts:
    """Look through the contacts before the header is written. Raises StateConflict where a sheet has not the columns
    for their variables."""
    ids: list[int] = []
    spellings: dict[str, Counter[str]] = {}
    for contact in read_contacts(engine, campaign_id, chosen):
        ids.append(contact["id"])
        for name, value in contact["variables"].items():
            if value and str(value).strip():
                spellings.setdefault(fold_variable(name), Counter())[name] += 1
    if len(spellings) > MOST_VARIABLES:
        raise StateConflict(
            f"an Excel file holds {MOST_VARIABLES:,} variables at the most: export the campaign as CSV"
        )
    found = sorted(spellings.values(), key=lambda counts: -counts.total())
    return WrittenContacts(frozenset(ids), [counts.most_common(1)[0][0] for counts in found])
