"""Countries: their names in many languages, ISO codes and calling codes, as columns of files have them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from babel import Locale, localedata
from babel.core import get_global

SUPPORTED = frozenset(phonenumbers.SUPPORTED_REGIONS)
NAME_LOCALES = """
    en de fr es it pt nl sv da nb fi pl cs sk hu ro bg hr sl sr el tr ru uk lt lv et
    he ar fa hi bn th vi id ms zh zh_Hant ja ko
""".split()  # noqa: SIM905 - forty words read better as words
"""The languages in which a country's name is known."""
OTHER_NAMES = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "united kingdom of great britain and northern ireland": "GB",
    "united kingdom of great britain": "GB",
    "u k": "GB",
    "g b": "GB",
    "u a e": "AE",
    "emirates": "AE",
    "bharat": "IN",
    "republic of ireland": "IE",
    "rep of ireland": "IE",
    "eire": "IE",
    "roi": "IE",
    "prc": "CN",
    "mainland china": "CN",
    "peoples republic of china": "CN",
    "people s republic of china": "CN",
    "taiwan roc": "TW",
    "taiwan r o c": "TW",
    "s korea": "KR",
    "kingdom of saudi arabia": "SA",
    "ksa": "SA",
    "rsa": "ZA",
    "republic of south africa": "ZA",
    "bosnia": "BA",
    "cape verde": "CV",
    "east timor": "TL",
    "congo": "CG",
    "drc": "CD",
    "vatican": "VA",
    "polska": "PL",
    "cesko": "CZ",
    "ceska republika": "CZ",
    "slovenska republika": "SK",
    "republique francaise": "FR",
    "federal republic of germany": "DE",
    "bundesrepublik deutschland": "DE",
    "republik osterreich": "AT",
    "ch schweiz": "CH",
    "suisse": "CH",
    "svizzera": "CH",
    "eeuu": "US",
    "ee uu": "US",
    "etats unis d amerique": "US",
    "usa": "US",
    "u s a": "US",
    "u s": "US",
    "america": "US",
    "united states of america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "russian federation": "RU",
    "south korea": "KR",
    "korea": "KR",
    "republic of korea": "KR",
    "uae": "AE",
    "viet nam": "VN",
    "brasil": "BR",
    "deutschland": "DE",
    "schweiz": "CH",
    "brd": "DE",
    "ivory coast": "CI",
    "turkey": "TR",
    "macedonia": "MK",
    "swaziland": "SZ",
    "burma": "MM",
    "hong kong": "HK",
    "macau": "MO",
    "palestine": "PS",
    "kosovo": "XK",
}
"""Names that people write, folded, beside those of the CLDR."""
LONG_FORMS = (
    "republic of ",
    "kingdom of ",
    "state of ",
    "federal republic of ",
    "sultanate of ",
    "commonwealth of ",
)
"""With which a country's official name begins; those of which two are called alike are in OTHER_NAMES."""


PARTS = {
    "US": frozenset({"AS", "GU", "MP", "PR", "VI"}),
    "FR": frozenset({"BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"}),
    "AU": frozenset({"CC", "CX", "NF"}),
    "CN": frozenset({"HK", "MO"}),
    "DK": frozenset({"FO", "GL"}),
    "FI": frozenset({"AX"}),
    "GB": frozenset({"GG", "IM", "JE"}),
    "NL": frozenset({"AW", "BQ", "CW", "SX"}),
    "NO": frozenset({"SJ"}),
}
"""Areas with telephone numbers of their own, which people also call by the name of the whole country."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its ISO 3166 alpha-2 code, or, where only a calling code is known, its main country."""

    region: str
    calling_code: int
    by_calling_code: bool = False
    """A calling code was given: every country that shares it is meant (+1, +44, +7)."""


def find_country(text: str) -> Country | None:
    """The country that a cell names: by ISO code (two or three letters), name, or calling code (44, +44, 0044)."""
    text = text.strip().strip("()")
    if not text:
        return None
    if re.fullmatch(r"(?:\+|00)?\s*\d{1,3}(?:\.0+)?|\+?1[-\s]?\d{3}", text, re.ASCII):
        return _find_by_calling_code(text)
    code = text.upper()
    if code in SUPPORTED:
        return _country(code)
    folded = fold_name(text)
    region = _iso3_codes().get(code) or OTHER_NAMES.get(folded) or _names().get(folded)
    if region is None and (ending := re.search(r"\+\s*\d{1,3}\)?$", text)):
        # "United Kingdom (+44)"
        named = find_country(text[: ending.start()].rstrip(" (-"))
        return named if named is not None else _find_by_calling_code(ending[0].strip(" )"))
    if region is None and folded.startswith(LONG_FORMS):
        # "Republic of Austria", "Kingdom of Spain".
        short = folded.partition(" of ")[2].removeprefix("the ")
        is_unclear = short in ("congo", "china", "korea") or folded == "state of georgia"
        region = None if is_unclear else _names().get(short)
    return _country(region) if region is not None else None


def country_name(region: str, locale: str = "en") -> str:
    """`United States`; the code itself for one that has no name."""
    return str(_territories(locale).get(region, region))


def list_countries(locale: str = "en") -> list[tuple[str, str]]:
    """Every country with its name and calling code, such as ("US", "United States +1"), sorted by name."""
    named = [(fold_name(country_name(code, locale)), code) for code in SUPPORTED]
    return [
        (code, f"{country_name(code, locale)} +{phonenumbers.country_code_for_region(code)}")
        for _, code in sorted(named)
    ]


def shares_calling_code(region: str, other: str) -> bool:
    """Whether two countries' numbers begin alike, as those of US and Canada do."""
    return bool(
        phonenumbers.country_code_for_region(region) == phonenumbers.country_code_for_region(other) != 0
    )


def fold_name(text: str) -> str:
    """The text without accents, case and punctuation, for comparing."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", bare.casefold()))


def _find_by_calling_code(text: str) -> Country | None:
    digits = re.sub(r"\D", "", re.sub(r"\.0+$", "", text))
    digits = digits[2:] if digits.startswith("00") else digits
    if not digits:
        return None
    if len(digits) == 4:
        # "1-876": a country of the North American plan by its area code.
        region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+{digits}5550123"))
        return _country(region) if region in SUPPORTED else None
    region = phonenumbers.region_code_for_country_code(int(digits))
    return Country(region, int(digits), by_calling_code=True) if region in SUPPORTED else None


def _country(region: str) -> Country | None:
    code = phonenumbers.country_code_for_region(region)
    return Country(region, code) if code else None


@lru_cache(maxsize=64)
def _territories(locale: str) -> dict[str, str]:
    return dict(Locale.parse(locale).territories)


@lru_cache(maxsize=1)
def _iso3_codes() -> dict[str, str]:
    aliases = get_global("territory_aliases")
    return {
        alias: targets[0]
        for alias, targets in aliases.items()
        if len(alias) == 3 and alias.isalpha() and len(targets) == 1 and targets[0] in SUPPORTED
    }


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for locale in NAME_LOCALES:
        for region, name in Locale.parse(locale).territories.items():
            if region in SUPPORTED:
                names.setdefault(fold_name(name), region)
        # All that Babel knows of forty languages took 44 MB; whoever needs one again has it within milliseconds.
        localedata.clear_caches()
    return names
