"""Countries in column names: `Phone (UK)`, `Tel France` and `Mobile +44` say where the numbers below them are from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .column_names import Meaning, read_name
from .countries import OTHER_NAMES, find_country, fold_name

CALLING_CODE = re.compile(r"[(\[]?\s*(?:\+|\b00)\s?([1-9]\d{0,2})\b\s*[)\]]?", re.ASCII)
BRACKETS = re.compile(r"[(\[]([^()\[\]]{2,40})[)\]]")
WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
LONGEST_COUNTRY = 4
"""Words of a country's name that are tried together."""
ALSO_WORDS = frozenset(
    {
        *(
            "georgia",
            "jordan",
            "chad",
            "jersey",
            "guinea",
            "lebanon",
            "cuba",
            "mali",
            "niger",
            "malta",
            "tel",
        ),
        *(
            "in",
            "no",
            "it",
            "id",
            "to",
            "be",
            "me",
            "my",
            "do",
            "is",
            "as",
            "at",
            "so",
            "am",
            "pm",
            "by",
            "us",
        ),
        *("de", "la", "es", "se", "st", "nr", "pr", "ad", "sa", "cc", "ng", "ph"),
    }
)
"""Names and ISO codes that are words of their own: outside of brackets they are asked about."""
PLAIN_CODES = frozenset({"US", "UK", "USA", "UAE", "GB"})
"""Short names that people write for the country and, in capitals, for nothing else."""


@dataclass(frozen=True, slots=True)
class NamedCountry:
    """The country that a column's name has. `rest` is the name without it."""

    region: str
    certain: bool
    rest: str


@lru_cache(maxsize=4096)
def find_named_country(name: str) -> NamedCountry | None:
    """The country in the name of a column with phone numbers; None where there is none, or it is no such column."""
    name = name[:200]
    found = _find_country_text(name)
    if found is None:
        return None
    start, end, region, certain = found
    rest = " ".join(f"{name[:start]} {name[end:]}".split()).strip(" -_:/,.")
    if not rest or read_name(rest).meaning is not Meaning.NUMBER:
        return None
    if read_name(name).meaning is Meaning.SOMEBODY_ELSE:
        # `GP Tel` is a doctor's, and not from Guadeloupe.
        return None
    return NamedCountry(region, certain, rest)


def _find_country_text(name: str) -> tuple[int, int, str, bool] | None:
    """(start, end, region, whether it can mean nothing else) of the first that fits, the plainest first."""
    if (code := CALLING_CODE.search(name)) is not None and (country := find_country(f"+{code[1]}")):
        return code.start(), code.end(), country.region, True
    for bracket in BRACKETS.finditer(name):
        text = bracket[1].strip()
        if text.isdigit() or (country := find_country(text)) is None:
            continue
        # `(no)` and `(id)` in small letters may be words; a code is written in capitals.
        doubtful = text.casefold() in ALSO_WORDS and not (len(text) <= 3 and text.isupper())
        return bracket.start(), bracket.end(), country.region, not doubtful
    matches = list(WORD.finditer(re.sub(r"_", " ", name)))
    for count in range(min(LONGEST_COUNTRY, len(matches)), 0, -1):
        for first in range(len(matches) - count + 1):
            start, end = matches[first].start(), matches[first + count - 1].end()
            answer = _read_words(name, name[start:end].replace("_", " "))
            if answer is not None:
                return start, end, *answer
    return None


def _read_words(name: str, text: str) -> tuple[str, bool] | None:
    """(region, certain) of words outside of brackets."""
    country = find_country(text)
    if country is None:
        return None
    if len(text) > 3:
        return country.region, text.casefold() not in ALSO_WORDS
    shouted = name.upper() == name and name.lower() != name and len(name) > len(text)
    if text in PLAIN_CODES:
        return country.region, not shouted or text.casefold() not in ALSO_WORDS
    if fold_name(text) in OTHER_NAMES and text.casefold() not in ALSO_WORDS:
        return country.region, True
    if text.casefold() in ALSO_WORDS and (shouted or not text.isupper() or text in ("NO", "NR", "TEL", "ID")):
        # "Phone no", "best phone to call in": words, and nothing to ask about.
        return None
    if len(text) == 3 and not text.isupper():
        return None
    return country.region, not text.isascii()
