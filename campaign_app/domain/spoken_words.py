"""Spoken words: dates, times and amounts in the words of a language, and its names of months and days in values.

The words are CLDR's, by Babel. English is said otherwise (spoken_values.py): CLDR's is for reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal, get_currency_name

ENGLISH = "en"
_OTHER_NAMES = {"cmn": "zh", "arb": "ar", "zho": "zh"}
"""What speech services call languages, where CLDR has another name."""
_VOICE_LANGUAGE = re.compile(r"(?:^|\.)([A-Za-z]{2}(?:[-_][A-Za-z]{2})?)(?=[-_.+]|$)")
"""Of `de`, `de-DE-Standard-A`, `Google.de-DE-Wavenet-B`, `de_DE-thorsten-medium`, `en-us+f3`."""
_AT = frozenset({"um", "à", "às", "alle", "kl", "om"})
_FILLING = frozenset({"de", "del", "den", "der", "le", "el", "il", "feira"})
_AT_THE = re.compile(r"\ba las?\b")
_ENDINGS = re.compile(r"(?<=\d)(?:er|º|ª|°)(?![\w])")
_HOURS = re.compile(r"\b(\d\d?)(?:[:.](\d\d))?\s*uhr\b(?:\s*(\d\d)\b)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+\.?")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class UnknownLanguage(ValueError):
    """Nobody here knows the words of a language."""


def find_voice_language(voice: str | None) -> str | None:
    """The language that a voice's name begins with; None where it names none: `Polly.Vicki`, `alice`."""
    for found in _VOICE_LANGUAGE.findall(voice or ""):
        try:
            find_locale(found)
        except UnknownLanguage:
            continue
        return str(found)
    return None


@lru_cache(maxsize=256)
def find_locale(language: str | None) -> Locale | None:
    """Whose words are used for a BCP 47 tag; None: English, which is spoken where a message names no language. Raises
    UnknownLanguage."""
    parts = (language or ENGLISH).replace("_", "-").split("-")
    parts[0] = _OTHER_NAMES.get(parts[0].lower(), parts[0].lower())
    if parts[0] == ENGLISH:
        return None
    for most in (3, 2, 1):
        try:
            return Locale.parse("-".join(parts[:most]), sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    raise UnknownLanguage(f"how the language “{language}” says it is not known here")


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
    number = format_decimal(amount, "0" if amount == amount.to_integral_value() else "0.00#", locale=locale)
    return f"{number} {get_currency_name(currency, count=amount, locale=locale)}"


def _plain_blanks(text: str) -> str:
    return " ".join(text.split())


def translate_to_english(text: str, locale: Locale) -> str:
    """A date or time of a file as English has it: `3 de diciembre de 2026` → `3 December 2026`."""
    text = _HOURS.sub(lambda found: f"{found[1]}:{found[2] or found[3] or '00'}", text)
    text = _ENDINGS.sub("", _AT_THE.sub("at", text))
    names = _list_names(locale)
    return _plain_blanks(_WORD.sub(lambda found: names.get(found[0].rstrip(".").casefold(), found[0]), text))


@lru_cache(maxsize=64)
def _list_names(locale: Locale) -> dict[str, str]:
    names = {**dict.fromkeys(_FILLING, ""), **dict.fromkeys(_AT, "at")}
    found: dict[str, str] = {}
    for name, english in (*_name_each(locale.months, _MONTHS, 1), *_name_each(locale.days, _DAYS, 0)):
        # Where a month and a day have one name (`mar` in Spanish), it is the month.
        found.setdefault(name.rstrip(".").casefold(), english)
    return names | found


def _name_each(table: object, english: tuple[str, ...], first: int) -> Iterator[tuple[str, str]]:
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in table[context][width].items():  # type: ignore[index]
                yield str(name), english[number - first]
