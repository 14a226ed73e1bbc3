"""Spoken words: dates, times and amounts in the words of a language, and which language a tag or a voice names.

The words are CLDR's, by Babel. English is said otherwise (spoken_values.py): CLDR's is for reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal, get_currency_name, get_territory_currencies

ENGLISH = "en"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OTHER_NAMES = {"cmn": "zh", "arb": "ar", "zho": "zh", "no": "nb"}
"""What speech services call languages, where CLDR has another name."""
_NO_LANGUAGE = frozenset({"und", "root", "mul", "zxx", "x", "i"})
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?(?:-.*)?",
    re.IGNORECASE,
)
_VOICE_LANGUAGE = re.compile(
    r"(?:^|\.)(?:"
    r"([A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3})|_[A-Z]{2}))(?=[-_.+]|$)"
    r"|([a-z]{2,3}-[A-Z][a-z]{3})(?=[-.+]|$)"
    r"|([a-z]{2}|cmn|yue|fil|arb)(?=[-.+]|$))"
)
"""Of `de`, `de-DE-Standard-A`, `Google.de-DE-Wavenet-B`, `de_DE-thorsten-medium`, `en-us+f3`, `sr-Latn-RS`; not of
`af_heart`, whose letters name an accent and a sex."""
_TENDER_AT = date(2026, 1, 1)
_MIXED_REGIONS = frozenset({"US", "CA", "PR", "PH", "PA"})
"""Where the month stands first as well as the day, whatever the language."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which years can only be of the Gregorian calendar where another one is also in use."""

    years: range = range(1800, 2400)
    two_digits: bool = False
    iso_only: bool = False
    """Whether the years of both calendars are so near that only an ISO date is certain."""

    def is_certain(self, year: str, *, is_iso: bool) -> bool:
        """`year` as it is written, in two digits or four."""
        if len(year) == 2:
            return self.two_digits
        return int(year) in self.years and (is_iso or not self.iso_only)


_TWO_CALENDARS = Calendar()
_CALENDARS = {
    # 2569 in Thailand, 1448 in Saudi Arabia and 1405 in Iran are 2026; so is Reiwa 8 in Japan and 115 in Taiwan.
    **dict.fromkeys(("th", "lo", "ar", "fa", "ps", "ur", "ckb", "mzn", "lrc"), _TWO_CALENDARS),
    **dict.fromkeys(("ja", "TH", "LA", "SA", "IR", "AF", "TW", "Hant"), _TWO_CALENDARS),
    # Years of these are seldom written, and in full: 5787 is 2026 in the Hebrew calendar.
    **dict.fromkeys(("he", "yi", "bn", "my", "km", "KH"), Calendar(two_digits=True)),
    # 2083 in Nepal is 2026, and 2019 in Ethiopia.
    **dict.fromkeys(("ne", "NP"), Calendar(range(1800, 2044))),
    **dict.fromkeys(("am", "ti", "om", "ET"), Calendar(iso_only=True)),
}
"""By language, or by the region or script that a tag names."""


class UnknownLanguage(ValueError):
    """Nobody here knows the words of a language."""


def find_voice_language(voice: str | None) -> str | None:
    """The language that a voice's name begins with; None where it names none: `Polly.Vicki`, `alice`, `af_heart`."""
    for found in _VOICE_LANGUAGE.finditer(voice or ""):
        tag = found[1] or found[2] or found[3]
        try:
            find_locale(tag)
        except UnknownLanguage:
            continue
        return str(tag)
    return None


def find_locale(language: str | None) -> Locale | None:
    """Whose words are used for a BCP 47 tag; None: English, which is spoken where a message names no language. Raises
    UnknownLanguage."""
    locale, _ = _read_tag(language or ENGLISH)
    return None if locale.language == ENGLISH else locale


def find_region(language: str | None) -> str | None:
    """The country or area that a tag names itself: `MX` of es-MX, None of es."""
    return _read_tag(language or ENGLISH)[1]


@lru_cache(maxsize=256)
def _read_tag(language: str) -> tuple[Locale, str | None]:
    found = _TAG.fullmatch(language.replace("_", "-"))
    if found is not None and found["language"].lower() not in _NO_LANGUAGE:
        name = _OTHER_NAMES.get(found["language"].lower(), found["language"].lower())
        region = found["region"] and found["region"].upper()
        for parts in ((name, found["script"], region), (name, found["script"]), (name, region), (name,)):
            try:
                return Locale.parse("-".join(filter(None, parts)), sep="-"), region
            except (ValueError, UnknownLocaleError):
                continue
    raise UnknownLanguage(f"the language “{language}” is not supported for dates, times and amounts")


@lru_cache(maxsize=256)
def find_currencies(language: str | None) -> tuple[str, ...]:
    """ISO codes of the money of the region that a tag names, or else of where its language is mostly spoken."""
    locale, region = _read_tag(language or ENGLISH)
    if region is None:
        region = str(get_global("likely_subtags").get(locale.language, "")).rpartition("_")[2]
    return tuple(get_territory_currencies(region, _TENDER_AT)) if region.isalpha() else ()


@lru_cache(maxsize=256)
def find_decimal_sign(language: str | None) -> str:
    """What stands before the decimals of an amount in plain digits: `.` or `,`."""
    locale, _ = _read_tag(language or ENGLISH)
    symbols = locale.number_symbols
    return str((symbols.get("latn") or symbols[locale.default_numbering_system])["decimal"])


@lru_cache(maxsize=256)
def find_date_orders(language: str | None) -> frozenset[str]:
    """How numbers of a date are ordered in a language and region: of `dmy`, `mdy`, `ymd`. More than one, or `ymd`
    alone for a date whose year stands last: nobody can tell. None, bare English and wherever the month may stand first
    as well: all."""
    locale, region = _read_tag(language or ENGLISH)
    everything = frozenset({"dmy", "mdy", "ymd"})
    if locale.language == ENGLISH and region in (None, "US", "PH"):
        return everything if region is None else frozenset({"mdy"})
    if region in _MIXED_REGIONS:
        return everything
    skeletons = locale.datetime_skeletons
    patterns = [locale.date_formats["short"].pattern]
    patterns += [skeletons[name].pattern for name in ("yMd", "Md") if name in skeletons]
    firsts = {re.sub(r"[^dMy]", "", pattern)[:1] for pattern in patterns}
    return (
        everything
        if "M" in firsts
        else frozenset({"d": "dmy", "y": "ymd"}[first] for first in firsts if first)
    )


@lru_cache(maxsize=256)
def find_calendar(language: str | None) -> Calendar | None:
    """What to ask of the years of dates in a language and region; None: nothing."""
    locale, region = _read_tag(language or ENGLISH)
    script = locale.script if region is None else None
    return next((_CALENDARS[key] for key in (region, locale.language, script) if key in _CALENDARS), None)


def say_date(locale: Locale, year: int | None, month: int, day: int) -> str:
    """`Donnerstag, 3. Dezember 2026`; without a year `3. Dezember`."""
    if year is None:
        text = format_skeleton("MMMMd", date(2024, month, day), locale=locale)
    else:
        text = format_date(date(year, month, day), "full", locale=locale)
    if locale.language == "fr":
        text = re.sub(r"\b1 (?=[^\W\d])", "1er ", text)
    return _plain_blanks(text)


def say_clock(locale: Locale, hour: int, minute: int) -> str:
    """`14:30`."""
    return _plain_blanks(format_time(time(hour, minute), "short", locale=locale))


def say_money(locale: Locale, amount: Decimal, currency: str) -> str:
    """`1234,50 Euro`; whole amounts without decimals. Thousands are not grouped: voices stumble over it."""
    # The plural follows the digits that are said: in Polish 5 is "złotych", 5,00 "złotego".
    if amount == amount.to_integral_value():
        amount, pattern = amount.to_integral_value(), "0"
    else:
        places = -max(2, -int(amount.normalize().as_tuple().exponent))
        amount, pattern = amount.quantize(Decimal(1).scaleb(places)), "0.00#"
    number = format_decimal(amount, pattern, locale=locale)
    return f"{number} {get_currency_name(currency, count=amount, locale=locale)}"


def _plain_blanks(text: str) -> str:
    return " ".join(text.split())
