"""Local words: dates, times and currencies that a value has in another language, rewritten as English has them.

What spoken_words.py says is read again here, by the same CLDR patterns: `2026年12月3日`, `3 декабря 2026 г.`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import get_currency_name

from .spoken_words import DAYS, MONTHS, say_clock
from .text_folding import fold_text, to_plain_digits

_UNSEEN = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN = {**_UNSEEN, **_WIDE} | str.maketrans("￥￡￦٫٬،", "¥£₩.,,")
_FILLING = re.compile(r"(?<!\w)(?:de|del|den|der|le|el|il|ค\.ศ\.)(?!\w)")
_YEAR_WORDS = re.compile(r"(?<=\d{4})\s*(?:года|год|г|року|рік|р|roku|rok|r)(?!\w)\.?")
_YEAR_POINT = re.compile(r"(?<=\D\d{4})\.(?=\s|,|$)")
_ENDINGS = re.compile(
    r"(?<=\d)(?:er|\.?[ºª°])(?!\w)|(?<=\d\.)[ºª](?!\w)|(?<=\d)-(?:an|en|a|e|i)(?!\w)", re.IGNORECASE
)
_AT = re.compile(
    r"(?<!\w)(?:um|a las?|as|a|alle ore|alle|ore|ora|kl|klo|om|o godz|godz|ve|v|в|о)(?!\w)\.?\s*(?=\d\d?(?:[:.h ]|$))"
)
_HOURS = re.compile(
    r"(?<!\d)(\d\d?)(?:[:.](\d\d))?\s*(?:uhr|uur|hrs?|hs|h|ч|時|时|點|点|시)(?![^\W\d_時时點点시])(?:\s*(\d\d?)(?!\d)\s*(?:min|m|мин|分|분)?)?"
)
_NUMBER_SIGN = re.compile(r"(?<=\d)[号號](?!\w)")
_FIELDS = re.compile(r"'([^']*)'|([A-Za-z])\2*|([^\w\s'])|(\s+)|([^\W\d_])")
_MORE_NAMES: dict[str, dict[str, str]] = {
    "de": {
        "januar": "January",
        "janner": "January",
        "jaenner": "January",
        "feber": "February",
        "maerz": "March",
        "sonnabend": "Saturday",
    },
    "es": {"setiembre": "September", "set": "September", "sept": "September"},
    "pt": {
        "segunda": "Monday",
        "terca": "Tuesday",
        "quarta": "Wednesday",
        "quinta": "Thursday",
        "sexta": "Friday",
    },
}
"""Names that CLDR does not list, or lists for one country only; folded."""
_COUNTS: tuple[int | Decimal, ...] = (
    0,
    1,
    2,
    3,
    4,
    5,
    11,
    20,
    21,
    100,
    1_000_000,
    *map(Decimal, ("0.50", "0.99", "1.50", "2.50")),
)
"""Amounts that between them meet each plural of a language."""


def to_plain_signs(text: str) -> str:
    """The text with plain digits, blanks and signs: full-width and Arabic ones become ASCII, invisible ones go."""
    text = text.translate(_PLAIN)
    return " ".join(to_plain_digits(text).split())


def fold_words(text: str) -> str:
    """The text as it is folded everywhere, with the syllables of Korean whole."""
    return unicodedata.normalize("NFC", fold_text(text))


def translate_to_english(text: str, locale: Locale) -> str:
    """A date or time of a file as English has it: `3 de diciembre de 2026` → `3 December 2026`."""
    text = _NUMBER_SIGN.sub("日", fold_words(_ENDINGS.sub("", text)))
    text = _AT.sub("at ", text)
    text = _HOURS.sub(lambda found: f"{found[1]}:{(found[2] or found[3] or '00').rjust(2, '0')}", text)
    text = _translate_halves(text, locale)
    text = _translate_date(_drop_filling(_YEAR_WORDS.sub("", text)), locale)
    return " ".join(text.split())


def _drop_filling(text: str) -> str:
    return " ".join(_FILLING.sub(" ", text).split())


def _translate_date(text: str, locale: Locale) -> str:
    names, days = _list_names(locale)
    before, after, named = _list_name_patterns(locale)
    day = before.match(text)
    start = day.end() if day else 0
    for pattern in _list_patterns(locale):
        found = pattern.match(text, start)
        if found is None:
            continue
        parts = found.groupdict()
        rest = text[found.end() :]
        behind = after.match(rest)
        rest = rest[behind.end() :] if behind else rest
        weekday = next((days[each["name"]] for each in (day, behind) if each), "")
        month = names[parts["name"]] if parts.get("name") else _find_month(parts["month"])
        if month is None:
            continue
        year = f" {parts['year']}" if parts.get("year") else ""
        return _YEAR_POINT.sub("", f"{weekday} {parts['day']} {month}{year} {rest.removeprefix(',')}".strip())
    text = named.sub(lambda found: names[found["name"]], text)
    return _YEAR_POINT.sub("", text) if any(month in text for month in MONTHS) else text


@lru_cache(maxsize=64)
def _list_name_patterns(locale: Locale) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A day of the week before a date, one after it, and any name within words."""
    names, weekdays = _list_names(locale)
    days = _any_of(weekdays)
    lettered = _any_of(name for name in names if not any(char.isdigit() for char in name))
    return (
        re.compile(rf"(?P<name>{days})(?:ที่)?(?!\w)\.?,?\s*"),
        re.compile(rf"\.?,?\s*[(]?(?P<name>{days})(?!\w)\.?[)]?,?"),
        re.compile(rf"(?<!\w)(?P<name>{lettered})(?!\w)\.?"),
    )


def _find_month(number: str) -> str | None:
    return MONTHS[int(number) - 1] if 1 <= int(number) <= 12 else None


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) or r"(?!)"


@lru_cache(maxsize=64)
def _list_names(locale: Locale) -> tuple[dict[str, str], dict[str, str]]:
    """{folded name: its English} of months and days, and of days alone; a name of two months or two days is left out,
    and one of a month and a day (`mar` in Spanish) is the month in the first."""
    months: dict[str, set[str]] = {}
    days: dict[str, set[str]] = {}
    for table, english, first, found in ((locale.months, MONTHS, 1, months), (locale.days, DAYS, 0, days)):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in table[context][width].items():
                    folded = fold_words(to_plain_signs(str(name))).rstrip(".")
                    for spelling in {folded, _drop_filling(folded)}:
                        found.setdefault(spelling, set()).add(english[number - first])
    more = _MORE_NAMES.get(locale.language, {})
    certain, certain_days = (
        {name: min(meant) for name, meant in found.items() if len(meant) == 1 and name}
        for found in (days | months, days)
    )
    more_days = {name: english for name, english in more.items() if english in DAYS}
    return more | certain, more_days | certain_days


def begins_with_weekday(text: str, locale: Locale) -> bool:
    """Whether the first word of a date is a day of the week in this language, if perhaps a month as well."""
    before, _, _ = _list_name_patterns(locale)
    return before.match(fold_words(text)) is not None


@lru_cache(maxsize=64)
def _list_patterns(locale: Locale) -> tuple[re.Pattern[str], ...]:
    """What CLDR writes dates as, without the day of the week; the longest first."""
    skeletons = locale.datetime_skeletons
    formats = [locale.date_formats[width].pattern for width in ("full", "long", "medium")]
    for name in ("yMMMMEEEEd", "yMMMMd", "yMMMd", "MMMMd", "MMMd"):
        if name in skeletons:
            formats.append(skeletons[name].pattern)
    if locale.language in ("ja", "zh", "ko", "yue"):
        formats += ["y年M月d日", "M月d日", "y년 M월 d일", "M월 d일"]
    names = _any_of(name for name, english in _list_names(locale)[0].items() if english in MONTHS)
    patterns = [_to_pattern(to_plain_signs(each), names) for each in formats]
    return tuple(re.compile(each) for each in dict.fromkeys(patterns) if each)


def _to_pattern(written: str, names: str) -> str | None:
    """A CLDR pattern as a regular expression for folded text; None for one of numbers and punctuation alone."""
    fields = [found for found in _FIELDS.finditer(written) if not (found[2] and found[2] in "EcG")]
    # A day of the week stands first or last, and is read apart.
    while fields and not (fields[0][2] and fields[0][2] in "yMLd"):
        fields.pop(0)
    has_name = any(found[2] and found[2] in "ML" and len(found[0]) > 2 for found in fields)
    if any(found[0] == "yy" for found in fields):
        return None
    if not has_name and not any((found[1] or found[5] or "").strip() for found in fields):
        return None
    pieces = []
    for found in fields:
        letter, literal = found[2], found[1] or found[3] or found[5]
        if letter == "y":
            pieces.append(r"(?P<year>\d{4})(?!\d)")
        elif letter == "d":
            pieces.append(r"(?P<day>\d\d?)(?!\d)")
        elif letter and letter in "ML":
            pieces.append(rf"(?P<name>{names})\.?" if len(found[0]) > 2 else r"(?P<month>\d\d?)(?!\d)")
        elif literal and literal.strip():
            folded = re.escape(fold_words(literal.strip()))
            pieces.append(rf"\s*(?:{folded})?\s*" if has_name else folded)
        else:
            pieces.append(r"\s*")
    return "".join(pieces)


def _translate_halves(text: str, locale: Locale) -> str:
    """`下午2:30` and `2:30 μ.μ.` as `2:30 pm`."""
    for half, words in _list_halves(locale):
        text = re.sub(rf"(?<!\w)(?:{words})\s*(\d\d?(?:[:.]\d\d)?)(?![:.]?\d)", rf" \1 {half}", text)
        text = re.sub(rf"(?<!\d)(\d\d?(?:[:.]\d\d)?)\s*(?:{words})(?!\w)\.?", rf"\1 {half}", text)
    return text


@lru_cache(maxsize=64)
def _list_halves(locale: Locale) -> tuple[tuple[str, str], ...]:
    """(am or pm, a regular expression of the words for it)."""
    found: dict[str, set[str]] = {}
    for width in ("abbreviated", "wide"):
        for half, word in locale.day_periods.get("format", {}).get(width, {}).items():
            if half in ("am", "pm"):
                found.setdefault(fold_words(to_plain_signs(str(word))), set()).add(half)
    for hour in range(24):
        for minute in (0, 30):
            said = fold_words(to_plain_signs(say_clock(locale, hour, minute)))
            word = re.sub(r"[\d:.]*\d", "", said).strip()
            found.setdefault(word, set()).add("am" if hour < 12 else "pm")
    words: dict[str, list[str]] = {"am": [], "pm": []}
    for word, halves in sorted(found.items(), key=lambda each: -len(each[0])):
        letters = re.findall(r"[^\W_]+", word)
        if len(halves) == 1 and letters:
            words[min(halves)].append(r"\.?\s?".join(re.escape(each) for each in letters) + r"\.?")
        elif letters:
            # Said behind every time, as น. in Thai: it tells nothing.
            words.setdefault("", []).append(re.escape(word))
    return tuple((half, "|".join(each)) for half, each in words.items() if each)


def name_currency(text: str, locale: Locale, codes: Iterable[str], own: tuple[str, ...]) -> str:
    """The amount with its currency's name as an ISO code: `5 złotych polskich` → `5 PLN`. One word of the name does for
    `own`, the money of the place."""
    names = _list_currency_names(locale, tuple(codes), own)
    folded = fold_words(text)
    for name in sorted((name for name in names if name in folded), key=len, reverse=True):
        replaced, count = re.subn(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", f" {names[name]} ", folded)
        if count == 1:
            return " ".join(replaced.split())
    return text


@lru_cache(maxsize=64)
def _list_currency_names(locale: Locale, codes: tuple[str, ...], own: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for code in codes:
        for name in _spell_currency(locale, code):
            found.setdefault(name, set()).add(code)
    certain = {name: min(meant) for name, meant in found.items() if len(meant) == 1}
    if len(own) == 1 and own[0] in codes:
        for name in _spell_currency(locale, own[0]):
            for word in re.findall(r"[^\W\d_]{3,}", name):
                certain.setdefault(word, own[0])
    return certain


def _spell_currency(locale: Locale, code: str) -> Iterator[str]:
    for count in _COUNTS:
        name = fold_words(to_plain_signs(get_currency_name(code, count=count, locale=locale)))
        if name != code.casefold():
            yield name
