"""Consent times: when somebody agreed to be called, as files write it, in ISO 8601 where it can be read in one way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from .column_values import COMPACT, DATE, is_date_text

LONGEST_CONSENT = 500
"""Characters of a text that are kept."""
THREE_NUMBERS = re.compile(r"(\d{1,4})\s?[-./年]\s?(\d{1,2})\s?[-./月]\s?(\d{1,4})(?!\d)日?", re.ASCII)
DAY_FIRST_COMPACT = re.compile(r"(\d\d)(\d\d)((?:19|20)\d\d)", re.ASCII)
EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?", re.ASCII)
SERIAL = re.compile(r"[34]\d{4}(?:\.\d+)?", re.ASCII)
"""Days since the end of 1899, as spreadsheets count them."""
SERIAL_START = date(1899, 12, 30)
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
FIRST_YEAR = 1970


class UnclearConsent(ValueError):
    """A text that is no time at which anybody can have agreed. str(error) says why, after the text itself."""


@lru_cache(maxsize=4096)
def read_consent_time(text: str, today: date | None = None) -> str:
    """A time in ISO 8601, if the text is one that is read in one way only; else the text.

    Raises UnclearConsent for a day that the calendar does not have, and for one after `today`
    (a day later is allowed, for clocks differ by the place).
    """
    text = text[:LONGEST_CONSENT].replace("\0", "␀")
    days = sorted(set(_possible_days(text)))
    if not days:
        if not any(map(str.isdigit, text)):
            # `last spring`: whoever said no was refused before.
            return text
        if not YEAR.search(text) or _is_date_shaped(text):
            raise UnclearConsent("is no day of the calendar")
        # `12. März 2026`: a date in words of a language that nobody taught us.
        days = [date(int(YEAR.findall(text)[0]), 1, 1)]
    clock = CLOCK.search(text)
    if clock is not None and not (int(clock[1]) < 25 and int(clock[2]) < 60 and int(clock[3] or 0) <= 60):
        raise UnclearConsent("is not a time of day")
    if today is not None and days[0] > today + timedelta(days=1):
        raise UnclearConsent("lies in the future")
    if days[-1].year < FIRST_YEAR:
        raise UnclearConsent(f"lies before {FIRST_YEAR}")
    return _to_iso(text)


def _possible_days(text: str) -> Iterator[date]:
    """The days that a text may mean: `03/04/2026` is in March or in April."""
    orders: list[tuple[str, str, str]] = []
    if EPOCH.fullmatch(text):
        with suppress(ValueError, OverflowError, OSError):
            seconds = float(text) / (1000 if len(text.partition(".")[0]) == 13 else 1)
            yield datetime.fromtimestamp(seconds, UTC).date()
    elif SERIAL.fullmatch(text):
        yield SERIAL_START + timedelta(days=int(text.partition(".")[0]))
    elif (found := COMPACT.fullmatch(text)) is not None:
        orders = [(found[1], found[2], found[3])]
    elif (found := DAY_FIRST_COMPACT.fullmatch(text)) is not None:
        orders = [(found[3], found[2], found[1]), (found[3], found[1], found[2])]
    elif (found := THREE_NUMBERS.search(text)) is not None:
        first, second, third = found.groups()
        if len(first) == 4:
            orders = [(first, second, third)]
        elif len(third) in (2, 4) and len(first) <= 2:
            orders = [(third, second, first), (third, first, second)]
    else:
        yield from _days_in_words(text)
    for year, month, day in orders:
        with suppress(ValueError):
            yield date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))


def _days_in_words(text: str) -> Iterator[date]:
    """`12 Jan 2026`, `January 12, 2026`, `12-Jan-26`."""
    plain = " ".join(re.findall(r"[A-Za-z]+|\d+", text)[:3])
    for pattern in ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d %b %y", "%Y %b %d", "%Y %B %d"):
        with suppress(ValueError):
            yield datetime.strptime(plain, pattern).replace(tzinfo=UTC).date()


def _is_date_shaped(text: str) -> bool:
    return bool(THREE_NUMBERS.search(text)) or text.isdigit()


def _to_iso(text: str) -> str:
    if (found := DATE.fullmatch(text)) and is_date_text(text):
        year, month, day = (int(part) for part in found.groups())
        rest = text[found.end(3) :].strip(" T,").replace(".", ":", 1) if found.end(3) < len(text) else ""
        if not rest:
            return f"{year:04}-{month:02}-{day:02}"
        if re.fullmatch(r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?", rest):
            return f"{year:04}-{month:02}-{day:02}T{rest}"
    return text
