"""Spoken values: amounts, dates, times and codes as a voice should say them, in the message's language.

`{amount:money}` says "$1,234.50" as "1234 dollars and 50 cents". What cannot be read for certain is never guessed:
it is spoken as it stands, with a sentence for who previews the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .local_words import begins_with_weekday, name_currency, to_plain_signs, translate_to_english
from .spoken_words import (
    DAYS,
    MONTHS,
    UnknownLanguage,
    find_calendar,
    find_currencies,
    find_date_orders,
    find_decimal_sign,
    find_locale,
    find_region,
    say_clock,
    say_date,
    say_money,
)

FORMAT_NAMES = {"money": "an amount", "date": "a date", "time": "a time", "digits": "a code"}
"""What a value is spoken as."""
FORMATS = tuple(FORMAT_NAMES)
LONGEST_VALUE = 64
"""Characters of a value that is read at all."""


class UnreadableValue(ValueError):
    """str(error) says what is wrong with the value."""


@dataclass(frozen=True, slots=True)
class SpokenValue:
    """The words that are said; `problem` says why a value is said as it stands."""

    text: str
    problem: str | None = None


def speak_value(value: str, form: str, language: str | None = None) -> SpokenValue:
    """A value by one of FORMATS, in the words of `language` (the message's, such as en-US; None: English), which also
    tells which of 3/4/2026 is the month."""
    value = value.strip()
    try:
        if len(value) > LONGEST_VALUE:
            raise UnreadableValue(f"it has {len(value):,} characters")
        return SpokenValue(_SPEAKERS[form](to_plain_signs(value), language))
    except (UnreadableValue, UnknownLanguage) as error:
        return SpokenValue(value, str(error))


# Money.


@dataclass(frozen=True, slots=True)
class _Currency:
    one: str
    many: str
    part: str = "cent"
    parts: str = "cents"
    decimals: int = 2


_CURRENCIES = {
    "USD": _Currency("dollar", "dollars"),
    "EUR": _Currency("euro", "euros"),
    "GBP": _Currency("pound", "pounds", "penny", "pence"),
    "JPY": _Currency("yen", "yen", decimals=0),
    "CHF": _Currency("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CAD": _Currency("Canadian dollar", "Canadian dollars"),
    "AUD": _Currency("Australian dollar", "Australian dollars"),
    "NZD": _Currency("New Zealand dollar", "New Zealand dollars"),
    "HKD": _Currency("Hong Kong dollar", "Hong Kong dollars"),
    "SGD": _Currency("Singapore dollar", "Singapore dollars"),
    "TWD": _Currency("Taiwan dollar", "Taiwan dollars"),
    "MXN": _Currency("Mexican peso", "Mexican pesos", "centavo", "centavos"),
    "COP": _Currency("Colombian peso", "Colombian pesos", "centavo", "centavos"),
    "ARS": _Currency("Argentine peso", "Argentine pesos", "centavo", "centavos"),
    "CLP": _Currency("Chilean peso", "Chilean pesos", decimals=0),
    "NIO": _Currency("Nicaraguan cordoba", "Nicaraguan cordobas", "centavo", "centavos"),
    "PEN": _Currency("sol", "soles", "centimo", "centimos"),
    "BRL": _Currency("real", "reais", "centavo", "centavos"),
    "PHP": _Currency("Philippine peso", "Philippine pesos", "centavo", "centavos"),
    "INR": _Currency("rupee", "rupees", "paisa", "paise"),
    "PKR": _Currency("Pakistani rupee", "Pakistani rupees", "paisa", "paise"),
    "LKR": _Currency("Sri Lankan rupee", "Sri Lankan rupees"),
    "BDT": _Currency("taka", "taka", "poisha", "poisha"),
    "CNY": _Currency("yuan", "yuan", "fen", "fen"),
    "KRW": _Currency("won", "won", decimals=0),
    "THB": _Currency("baht", "baht", "satang", "satang"),
    "VND": _Currency("dong", "dong", decimals=0),
    "IDR": _Currency("rupiah", "rupiah", "sen", "sen"),
    "MYR": _Currency("ringgit", "ringgit", "sen", "sen"),
    "SEK": _Currency("Swedish krona", "Swedish kronor", "ore", "ore"),
    "NOK": _Currency("Norwegian krone", "Norwegian kroner", "ore", "ore"),
    "DKK": _Currency("Danish krone", "Danish kroner", "ore", "ore"),
    "ISK": _Currency("Icelandic krona", "Icelandic kronur", decimals=0),
    "PLN": _Currency("zloty", "zlotys", "grosz", "groszy"),
    "CZK": _Currency("Czech koruna", "Czech korunas", "haler", "halers"),
    "HUF": _Currency("forint", "forints", "filler", "fillers"),
    "RON": _Currency("leu", "lei", "ban", "bani"),
    "MDL": _Currency("Moldovan leu", "Moldovan lei", "ban", "bani"),
    "BGN": _Currency("lev", "leva", "stotinka", "stotinki"),
    "RSD": _Currency("Serbian dinar", "Serbian dinars", "para", "para"),
    "UAH": _Currency("hryvnia", "hryvnias", "kopiyka", "kopiykas"),
    "RUB": _Currency("ruble", "rubles", "kopeck", "kopecks"),
    "BYN": _Currency("Belarusian ruble", "Belarusian rubles", "kopeck", "kopecks"),
    "TRY": _Currency("Turkish lira", "Turkish lira", "kurus", "kurus"),
    "ILS": _Currency("shekel", "shekels", "agora", "agorot"),
    "AED": _Currency("dirham", "dirhams", "fils", "fils"),
    "SAR": _Currency("Saudi riyal", "Saudi riyals", "halala", "halalas"),
    "QAR": _Currency("Qatari riyal", "Qatari riyals", "dirham", "dirhams"),
    "KWD": _Currency("Kuwaiti dinar", "Kuwaiti dinars", "fils", "fils", decimals=3),
    "BHD": _Currency("Bahraini dinar", "Bahraini dinars", "fils", "fils", decimals=3),
    "JOD": _Currency("Jordanian dinar", "Jordanian dinars", "fils", "fils", decimals=3),
    "TND": _Currency("Tunisian dinar", "Tunisian dinars", "millime", "millimes", decimals=3),
    "MAD": _Currency("Moroccan dirham", "Moroccan dirhams", "centime", "centimes"),
    "EGP": _Currency("Egyptian pound", "Egyptian pounds", "piastre", "piastres"),
    "ZAR": _Currency("rand", "rand"),
    "NGN": _Currency("naira", "naira", "kobo", "kobo"),
    "KES": _Currency("Kenyan shilling", "Kenyan shillings"),
    "UGX": _Currency("Ugandan shilling", "Ugandan shillings", decimals=0),
    "TZS": _Currency("Tanzanian shilling", "Tanzanian shillings"),
    "GHS": _Currency("cedi", "cedis", "pesewa", "pesewas"),
    "XOF": _Currency("CFA franc", "CFA francs", decimals=0),
    "XAF": _Currency("CFA franc", "CFA francs", decimals=0),
    "XPF": _Currency("CFP franc", "CFP francs", decimals=0),
    "BIF": _Currency("Burundian franc", "Burundian francs", decimals=0),
    "CDF": _Currency("Congolese franc", "Congolese francs", "centime", "centimes"),
    "DJF": _Currency("Djiboutian franc", "Djiboutian francs", decimals=0),
    "GNF": _Currency("Guinean franc", "Guinean francs", decimals=0),
    "KMF": _Currency("Comorian franc", "Comorian francs", decimals=0),
    "RWF": _Currency("Rwandan franc", "Rwandan francs", decimals=0),
    "CVE": _Currency("Cape Verdean escudo", "Cape Verdean escudos", "centavo", "centavos"),
}
_SIGNS = {
    "US$": "USD",
    "U$S": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "NT$": "TWD",
    "MX$": "MXN",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "円": "JPY",
    "元": "CNY",
    "₹": "INR",
    "₨": "INR",
    "Rs": "INR",
    "Rs.": "INR",
    "₩": "KRW",
    "฿": "THB",
    "₫": "VND",
    "₱": "PHP",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
    "₦": "NGN",
    "₵": "GHS",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "원": "KRW",
    "грн": "UAH",
    "грн.": "UAH",
    "руб": "RUB",
    "руб.": "RUB",
    "kr": "SEK",
    "kr.": "SEK",
    "Fr.": "CHF",
    "SFr.": "CHF",
}
_MONEY = re.compile(
    r"(?P<minus>[-−–]?)\s*(?P<before>[^\d\s(.,+\-−–]*(?:Rs\.|S?Fr\.)?)\s*(?P<minus2>[-−–]?)\s*"
    r"(?P<number>\d[\d.,' \u00a0\u2009\u202f’]*?)\s*(?P<after>[^\d\s)]*)\s*(?P<more>[A-Za-z]{3})?"
)
_DOLLARS = "USD CAD AUD NZD HKD SGD TWD JMD TTD BBD BSD BZD XCD FJD GYD LRD NAD SBD SRD BND BMD KYD"
_PESOS = "MXN COP ARS CLP UYU DOP CUP"
_FRANCS = "CHF BIF CDF DJF GNF KMF RWF XOF XAF XPF"
_RUPEES = "INR PKR LKR NPR MUR SCR"
_SHARED_SIGNS = {
    sign: frozenset(codes.split())
    for signs, codes in (
        ("$", f"{_DOLLARS} {_PESOS} CVE"),
        ("dollar dollars", _DOLLARS),
        ("C$", "CAD NIO"),
        ("£ pound pounds", "GBP EGP LBP SYP SDG SSP GIP FKP SHP"),
        ("¥", "JPY CNY"),
        ("元", "CNY TWD HKD"),
        ("kr kr.", "SEK NOK DKK ISK"),
        ("₨ Rs Rs. rupee rupees", _RUPEES),
        ("руб руб. ruble rubles", "RUB BYN"),
        ("leu lei", "RON MDL"),
        ("Fr.", _FRANCS),
        ("₩ 원 won", "KRW KPW"),
        ("dirham dirhams", "AED MAD"),
    )
    for sign in signs.split()
}
"""Signs and names of several currencies: a code beside one says which is meant, or else the region of the message."""
_USUAL_SIGNS = frozenset({"$", "£", "₩", "원"})
"""Those that mean the first of their currencies where the region has none of them."""
_USUAL_IN_ENGLISH = frozenset({"dollar", "dollars", "pound", "pounds", "won", "C$"})
"""Those that do so in English alone."""
_MANY_REGIONS = {"es": ("MXN", "COP", "ARS", "NIO"), "zh": ("CNY", "TWD", "HKD"), "ar": ("EGP", "MAD", "AED")}
"""Languages of many countries, each with money of its own, and some of it."""
_NAMES = {
    name.lower(): code for code, currency in _CURRENCIES.items() for name in (currency.one, currency.many)
}


def _speak_money(value: str, language: str | None) -> str:
    text, negative = _open_parentheses(value)
    locale = find_locale(language)
    if locale is not None:
        text = name_currency(text, locale, _CURRENCIES, find_currencies(language))
    # "12,-" and "12.-" are whole amounts.
    found = _MONEY.fullmatch(re.sub(r"(?<=\d)[.,][-–—]*(?=[^\d.,]*$)", "", text))
    if found is None:
        raise UnreadableValue("it is not an amount of money")
    code = _currency_of([found["before"], found["after"], found["more"] or ""], language)
    currency = _CURRENCIES[code]
    whole, part = _read_amount(found["number"], currency, language)
    negative = negative or bool(found["minus"] or found["minus2"])
    if locale is not None:
        amount = whole + Decimal(part).scaleb(-currency.decimals)
        return say_money(locale, -amount if negative and amount else amount, code)
    words = []
    if whole or not part:
        words.append(f"{whole} {currency.one if whole == 1 else currency.many}")
    if part:
        words.append(f"{part} {currency.part if part == 1 else currency.parts}")
    return ("minus " if negative and (whole or part) else "") + " and ".join(words)


_PARENTHESES = re.compile(r"([^\d()]*)\(([^()]*\d[^()]*)\)([^\d()]*)")


def _open_parentheses(value: str) -> tuple[str, bool]:
    """An accountant's minus: `($5)` and `(5.00) USD`; the amount without it, and whether it was there."""
    found = _PARENTHESES.fullmatch(value)
    if found is None or re.search(r"[-−–]\s*\W{0,3}\d", found[2]) or re.search(r"[-−–]", found[1]):
        return value, False
    return f"{found[1]}{found[2]}{found[3]}".strip(), True


def _currency_of(marks: list[str], language: str | None) -> str:
    """The one currency that signs, names and ISO codes around an amount name."""
    codes: set[str] = set()
    shared: list[str] = []
    for mark in filter(None, marks):
        spellings = (mark, mark.title(), mark.lower())
        sign = next((each for each in spellings if each in _SHARED_SIGNS or each in _SIGNS), mark.lower())
        code = _SIGNS.get(sign) or _NAMES.get(sign)
        if code is None and mark.upper() in _CURRENCIES:
            code = mark.upper()
        if code is None:
            raise UnreadableValue(f"“{mark}” is not a currency that is known here")
        if sign in _SHARED_SIGNS:
            shared.append(sign)
        else:
            codes.add(code)
    if not codes and not shared:
        raise UnreadableValue("it names no currency; write $12.50 or 12.50 USD")
    meant = frozenset.intersection(
        *(_SHARED_SIGNS[sign] for sign in shared), *(frozenset({code}) for code in codes)
    )
    if not meant:
        raise UnreadableValue("it names two currencies")
    return codes.pop() if codes else _currency_of_region(shared[0], meant, language)


def _currency_of_region(sign: str, meant: frozenset[str], language: str | None) -> str:
    """Whose sign or name it is where the message is heard, of the currencies `meant`. Where it has none of them, $
    and £ are the dollar and the pound of the United States and of Britain, unless the language is that of many
    countries and its tag names none."""
    own = meant & set(find_currencies(language))
    if len(own & _CURRENCIES.keys()) == 1:
        return min(own & _CURRENCIES.keys())
    locale, region = find_locale(language), find_region(language)
    spoken = () if locale is None else _MANY_REGIONS.get(locale.language, ())
    many = [code for code in spoken if code in meant]
    if not own:
        is_usual = sign in _USUAL_SIGNS or (locale is None and sign in _USUAL_IN_ENGLISH)
        if is_usual and (not many or (region and find_currencies(language))):
            return _SIGNS.get(sign) or _NAMES[sign]
        if sign == "¥" and locale is None and region is None:
            return "JPY"
    elif not own & _CURRENCIES.keys():
        raise UnreadableValue(
            f"“{sign}” is {min(own)} in the message's region, a currency that is not known here"
        )
    shown = [code for code in dict.fromkeys([*many, *_CURRENCIES]) if code in meant][:4]
    raise UnreadableValue(
        f"“{sign}” could be several currencies; write the code, such as {' or '.join(shown)}"
    )


def _read_amount(number: str, currency: _Currency, language: str | None) -> tuple[int, int]:
    """Whole units and parts (cents)."""
    text = re.sub(r"[' \u00a0\u2009\u202f’]", "_", number.strip(" .,'"))
    separators = [char for char in text if char in ".,_"]
    point = _decimal_separator(text, separators, currency.decimals, find_decimal_sign(language))
    head, _, tail = text.rpartition(point) if point else (text, "", "")
    groups = re.split(r"[.,_]", head)
    # Thousands by three; in India by two, but for the last three.
    if len(groups) > 1 and not (
        1 <= len(groups[0]) <= 3
        and len(groups[-1]) == 3
        and all(len(group) in (2, 3) for group in groups[1:])
    ):
        raise UnreadableValue("its digits are not grouped by thousands")
    digits = "".join(groups)
    if len(digits) > 15:
        raise UnreadableValue("it is too large to be an amount")
    tail = tail.ljust(currency.decimals, "0")
    if tail[currency.decimals :].strip("0"):
        places = "no" if not currency.decimals else currency.decimals
        raise UnreadableValue(f"{currency.many} have {places} decimals")
    return int(digits), int(tail[: currency.decimals] or 0)


def _decimal_separator(text: str, separators: list[str], decimals: int, usual: str) -> str | None:
    """The character in front of the decimals; None for a whole amount. `decimals` are the currency's, and `usual` is
    that character in the message's language."""
    if not separators or set(separators) == {"_"}:
        return None
    last = separators[-1]
    behind = len(text) - 1 - text.rindex(last)
    if last == "_" or separators.count(last) > 1:
        return None
    others = set(separators) - {last, "_"}
    if behind == 3 and not others and "_" not in separators:
        # 1,234 is 1234 where the decimal sign is a point, and 1.234 where it is a comma.
        if last == usual or decimals == 3 or text[:-4].strip("0") == "":
            raise UnreadableValue("it could be a thousand or a small amount")
        return None
    return last


# Dates and times.

_MONTH_NUMBERS = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = (
    r"(?:(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)\b\.?,?\s+)?"
)
_CLOCK = r"(?:(?:[T ]|,\s*|\s+at\s+)\s*(?P<clock>\d{1,2}[:.h]\d{2}.*|\d{1,2}\s*[ap]\.?m\.?))?"
_ISO = re.compile(
    rf"{_WEEKDAY}(?P<year>\d{{4}})(?P<sep>[-/.]?)(?P<gap>\s?)(?P<month>\d\d?)(?P=sep)(?P=gap)(?P<day>\d\d?)\.?"
    rf"(?:\s*\(?(?P<weekday2>{'|'.join(DAYS)})\)?)?{_CLOCK}",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    rf"{_WEEKDAY}(?P<a>\d\d?)(?P<sep>[-/.])\s?(?P<b>\d\d?)(?P=sep)\s?(?P<year>\d{{4}}|\d\d){_CLOCK}",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}(?P<day>\d\d?)(?:st|nd|rd|th|\.)?(?:\s+of)?[\s-]*{_MONTH},?[\s-]*(?P<year>\d{{4}}|\d\d)?{_CLOCK}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}{_MONTH}\s*(?P<day>\d\d?)(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?{_CLOCK}", re.IGNORECASE
)
_TIME = re.compile(
    r"(?P<hour>\d\d?)(?:[:.h](?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def _speak_date(value: str, language: str | None) -> str:
    day, _ = _read_moment(value, language)
    if day is None:
        raise UnreadableValue("it is not a date; write it as 2026-11-30")
    return day


def _speak_time(value: str, language: str | None) -> str:
    _, clock = _read_moment(value, language)
    if clock is None:
        raise UnreadableValue("it has no time of day; write it as 14:30")
    return _say_clock(clock, language)


def _read_moment(value: str, language: str | None) -> tuple[str | None, str | None]:
    """The date in words and the text of the time of day, each None where the value has none."""
    text = {"noon": "12:00", "midnight": "0:00"}.get(value.lower(), value)
    locale = find_locale(language)
    if locale is not None:
        text = translate_to_english(text, locale)
    text = re.sub(r"^at\s+", "", text, flags=re.IGNORECASE)
    for pattern in (_ISO, _DAY_FIRST, _MONTH_FIRST, _NUMERIC):
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        if pattern is _ISO and not parts["sep"] and (parts["gap"] or len(parts["month"] + parts["day"]) != 4):
            continue
        clock = parts["clock"]
        if clock is not None and not _TIME.fullmatch(clock):
            continue
        year, weekday = parts["year"], parts.get("weekday") or parts.get("weekday2")
        if pattern is _NUMERIC:
            return _say_numbers(parts["a"], parts["b"], year, parts["sep"], weekday, language), clock
        if pattern is _ISO:
            month, day = int(parts["month"]), int(parts["day"])
        else:
            month, day = _MONTH_NUMBERS[parts["month"][:3].lower()], int(parts["day"])
            if pattern is _MONTH_FIRST and year is None and locale and begins_with_weekday(value, locale):
                raise UnreadableValue("its month could be a day of the week; write it as 2026-11-30")
            # In English 26-Dec-03 is of 2003: nothing else is written so.
            unsure = locale is not None and len(year or "") == 2 and "ymd" in find_date_orders(language)
            if unsure and _is_date(parts["day"].rjust(2, "0"), month, int(year)):
                raise UnreadableValue(f"{parts['day']} could be its year; write it as 2026-11-30")
        is_iso = pattern is _ISO and parts["sep"] in ("", "-")
        return _say_date(year, month, day, weekday, language, is_iso=is_iso), clock
    return None, text if _TIME.fullmatch(text) else None


def _say_numbers(
    first: str, second: str, third: str, separator: str, weekday: str | None, language: str | None
) -> str:
    """The only date that three numbers can be, or else the one that is usual in the message's language."""
    orders = {
        "dmy": (third, int(second), int(first)),
        # Nobody writes the month first with dots.
        **({"mdy": (third, int(first), int(second))} if separator != "." else {}),
        **({"ymd": (first.rjust(2, "0"), int(second), int(third))} if len(third) == 2 else {}),
    }
    possible = {order: parts for order, parts in orders.items() if _is_date(*parts)}
    usual = find_date_orders(language) & possible.keys()
    meant = {parts for order, parts in possible.items() if not usual or order in usual}
    if not meant:
        raise UnreadableValue("there is no such day")
    if len(set(possible.values())) > 1 and (len(meant) > 1 or "ymd" in usual or not usual):
        raise UnreadableValue(
            _tell_choice(sorted(possible.values()), separator.join((first, second, third)), language)
        )
    year, month, day = meant.pop()
    return _say_date(year, month, day, weekday, language)


def _tell_choice(dates: list[tuple[str, int, int]], written: str, language: str | None) -> str:
    named = [f"{MONTHS[month - 1]} {day}, {_whole_year(year)}" for year, month, day in dict.fromkeys(dates)]
    choice = f"{written} could be {', '.join(named[:-1])} or {named[-1]}; write it as 2026-11-30"
    if find_locale(language) is None and find_region(language) is None:
        choice += ", or give the message a language with its region, such as en-US"
    return choice


def _is_date(year: str, month: int, day: int) -> bool:
    try:
        date(_whole_year(year), month, day)
    except ValueError:
        return False
    return True


def _whole_year(year: str) -> int:
    """Two digits are of this century up to 68, as POSIX reads them."""
    return int(year) + (0 if len(year) == 4 else 2000 if int(year) < 69 else 1900)


def _say_date(
    year: str | None,
    month: int,
    day: int,
    weekday: str | None,
    language: str | None,
    *,
    is_iso: bool = False,
) -> str:
    locale = find_locale(language)
    try:
        if year is None:
            date(2024, month, day)
            if locale is not None:
                return say_date(locale, None, month, day)
            return f"{MONTHS[month - 1]} {_ordinal(day)}"
        whole = _whole_year(year)
        found = date(whole, month, day)
    except ValueError:
        raise UnreadableValue("there is no such day") from None
    if weekday and not DAYS[found.weekday()].lower().startswith(weekday.lower()):
        raise UnreadableValue(f"that day is a {DAYS[found.weekday()]}")
    calendar = find_calendar(language)
    if calendar is not None and not calendar.is_certain(year, is_iso=is_iso):
        raise UnreadableValue(f"{year} could be a year of another calendar; write it as 2026-11-30")
    if locale is not None:
        return say_date(locale, whole, month, day)
    return f"{DAYS[found.weekday()]}, {MONTHS[month - 1]} {_ordinal(day)}, {whole}"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _say_clock(text: str, language: str | None) -> str:
    found = _TIME.fullmatch(text)
    if found is None or (found["minute"] is None and found["half"] is None):
        raise UnreadableValue("it has no time of day; write it as 14:30")
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise UnreadableValue("there is no such time of day")
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    if hour > 23 or minute > 59 or int(found["second"] or 0) > 59:
        raise UnreadableValue("there is no such time of day")
    # An offset is that of the clock which was written down; Z is nobody's own clock, and is said.
    zone = " UTC" if (found["zone"] or "").upper() in ("Z", "UTC", "GMT") else ""
    locale = find_locale(language)
    if locale is not None:
        return f"{say_clock(locale, hour, minute)}{zone}"
    if not minute and hour in (0, 12) and not zone:
        return "midnight" if hour == 0 else "noon"
    clock = f"{hour % 12 or 12}" + (f":{minute:02}" if minute else "")
    return f"{clock} {'AM' if hour < 12 else 'PM'}{zone}"


# Codes.

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .\-_/]*")
_LONGEST_GROUP = 4


def _speak_digits(value: str, language: str | None) -> str:
    """Each digit and letter by itself, with a pause (a comma) between groups."""
    if not _CODE.fullmatch(value) or not any(char.isdigit() for char in value):
        raise UnreadableValue("it is not a code of digits and letters")
    groups = [piece for run in re.split(r"[ .\-_/]+", value) if run for piece in _cut(run)]
    return ", ".join(" ".join(group.upper()) for group in groups)


def _cut(run: str) -> list[str]:
    """Pieces that a listener can keep: of three, and one of two or four at the end."""
    pieces = []
    while len(run) > _LONGEST_GROUP:
        pieces.append(run[:3])
        run = run[3:]
    return [*pieces, run]


_SPEAKERS: dict[str, Callable[[str, str | None], str]] = {
    "money": _speak_money,
    "date": _speak_date,
    "time": _speak_time,
    "digits": _speak_digits,
}
