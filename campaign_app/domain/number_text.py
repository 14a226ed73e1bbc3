"""Number spellings: from the text in a cell or a form to the digits, signs and separators that were meant.

Nothing here knows a country. It removes what people, phones and spreadsheets put around a number, and refuses, with a
sentence, what cannot be undone without guessing.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from .column_names import names_own_phone
from .text_folding import to_plain_digits

TILDE = re.compile(r"^8\s*~\s*10(?=[\s\d])")
"""How Russia writes what is dialed before a country code: the tilde is a tone to wait for."""
LONGEST_TEXT = 64
"""Characters of one number, however it is written."""

PLAIN = re.compile(r"(?:\+(?!00))?[0-9(][0-9 ().\-]*", re.ASCII)
"""What most cells look like: nothing in it needs cleaning."""
UNSURE_ENDS = (")", ".", ".0", ".00")
"""Behind which an extension or a spreadsheet's amount may stand."""
SCHEME = re.compile(
    r"(?:tel|ph|phone|telephone|telefon|mobile|mobil|mob|cell)(?:\.|\b)\s*(?:no\b\.?|number\b|phone\b)?\s*:?\s*(?://)?(?=[\d+(])"
    r"|(?:callto|sms|whatsapp|wa|p|t|m|home|work|office|privat|handy|cel|cellulare|portable|telefone|tel[eé]fono"
    r"|t[eé]l[eé]phone|m[oó]vil|t[eé]l)\.?\s*:\s*(?://)?",
    re.IGNORECASE,
)
"""`tel:` of RFC 3966, what chat programs write, and the label that people put in front. A fax has none: it stays, as
letters, and the cell is refused."""
CHAT_LINK = re.compile(r"(?:https?://)?(?:wa\.me|api\.whatsapp\.com/send\?phone=)/?\+?(?=\d)", re.IGNORECASE)
"""A link to a chat, which names the number with its country code."""
MISSING = frozenset(
    {"n/a", "#n/a", "na", "n.a.", "none", "null", "nil", "nan", "\\n", "(null)", "-", "--", "---", "?"}
)
"""What programs write where there is no number."""
DECORATION = " '\"`´‘’“”«»<>,;:!|"
"""What may stand around a number and is no part of it."""
LEADING_WORDS = re.compile(r"(?P<words>[^\d+(]{2,24}?)[.:]\s*(?P<number>[+(\d].*)", re.DOTALL)
TRAILING_WORDS = re.compile(r"(?P<number>.*\d)\s+[-–(\[]*\s*(?P<words>[^\d()\[\]]{2,24})[)\]]?", re.DOTALL)
DATE = re.compile(
    r"(?:(?P<year>(?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})|(\d{1,2})[-./](\d{1,2})[-./](?:19|20)\d\d)"
    r"(?:[ T]+\d{1,2}[:.h]\d\d.*)?",
    re.ASCII,
)
"""A day with its year, written as one writes days. `20261130` may be a number."""
ISO_DAY = r"(?:19|20)\d\d-[01]\d-[0-3]\d(?![\d-])"
"""A day within a text, with or without a time behind it: no number, though it has as many digits."""
_SIGNS = ("/", r"\.", "-")
_DAY_OF_MONTH = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:19|20)\d\d"
_LONG_DAYS = "|".join(
    f"{_YEAR}{sign} ?{_MONTH}{sign} ?{_DAY_OF_MONTH}"
    f"|(?:{_DAY_OF_MONTH}{sign} ?{_MONTH}|{_MONTH}{sign} ?{_DAY_OF_MONTH}){sign} ?{_YEAR}"
    for sign in _SIGNS
)
_SHORT_DAYS = "|".join(
    rf"(?:{_DAY_OF_MONTH}{sign}{_MONTH}|{_MONTH}{sign}{_DAY_OF_MONTH}){sign}\d\d" for sign in _SIGNS
)
_CLOCK = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6}(?!\d))?)?"
_BEHIND = (
    rf"(?:T|\.?,? )(?:{_CLOCK}(?: ?[-–] ?{_CLOCK}| ?[+-][01]\d:?[0-5]\d)?|(?:1[0-2]|[1-9]) ?[APap]\.?[Mm]\b)"
)
_WHOLE_DAY = rf"(?:(?:{_LONG_DAYS})(?:{_BEHIND})?|(?:{_SHORT_DAYS}){_BEHIND})"
WRITTEN_DAYS = (
    rf"(?:{_CLOCK},? |[1-9] |{_DAY_OF_MONTH}\.(?:{_DAY_OF_MONTH}\.)? ?[-–] ?)?"
    rf"{_WHOLE_DAY}(?: ?[-–—/] ?{_WHOLE_DAY}){{0,3}}(?: [1-9](?!\d))?"
)
"""A day within a text in any order, or a few with a dash between, with the time before or behind and one lone digit
(`5 30.11.2026`). The year may be a short one only with a time behind it. What follows must not go on as a number does:
`11-12-2012 3456` is one."""
SYMBOLS = ("So", "Sk")
"""Unicode's categories of pictures, such as a telephone's."""
LABEL = re.compile(
    r"\s*[(\[]\s*(?:mobile|mobil|mob|cell|cellular|cell phone|handy|m[oó]vil|celular|portable|gsm|tel|telephone|telefon"
    r"|phone|home|house|work|office|main|primary|private|privat|personal|landline|whatsapp|[hmwc])\.?\s*[)\]]\s*\Z",
    re.IGNORECASE,
)
"""`(mobile)` behind a number."""
FORMULA = re.compile(r"=\s*\"(.*)\"\s*\Z", re.DOTALL)
"""`="+44 20 …"`: how spreadsheets are made to keep digits."""
WHOLE_AMOUNT = re.compile(r"(\+?\d{6,})[.,]0{0,2}", re.ASCII)
"""2025550123.0 and 2025550123. lost nothing."""
POWER_OF_TEN = re.compile(r"\+?(\d(?:[.,]\d+)?)E\+?(\d{1,2})", re.ASCII | re.IGNORECASE)
"""4.47911E+11, as spreadsheets show and save long numbers."""
EXTENSION = re.compile(
    r"(?:;\s*ext=|(?:extension|ext|extn|x|#|poste|int|durchwahl|dw)\s*[.:]?\s*)\d{1,7}\s*\Z", re.IGNORECASE
)
BRACKETED_END = re.compile(r"\d[\d .\-/]{4,}\(\s*\d{1,5}\s*\)\s*\Z", re.ASCII)
"""`030 123456 (12)`: an extension or another number, in no case the end of this one."""
NUMBER_CHARACTERS = frozenset("0123456789+ ()[].-/")
SEVERAL = re.compile(
    r"\s*(?::::+|[;|\n,/&\\]|(?<=\d)(?=\s*\+\s?\d)"
    r"|\s(?:or|and|und|oder|u\.|bzw\.?|ou|et|y|o|oppure|en|of|i|lub|eller|och|og|tai|ja|nebo|vagy|sau|ili|veya|ve|atau"
    r"|или|и|або|та|ή|ও|または|或)\s)\s*",
    re.IGNORECASE,
)
"""What stands between two numbers in one cell; ` ::: ` is Google Contacts'."""
APART = re.compile(r"\s+[-–—]\s+|\s{2,}")
"""What parts two numbers only where both are long: within one number it may stand as well."""
DIGITS_OF_LONG_NUMBER = 9
DIGITS_OF_NUMBER = 7
"""Digits that each part of a cell must have to be a number of its own."""
CARRIER_BLANK = re.compile(r"\(?0?xx(?=\s*\d)|(?<=\(0)xx(?=\s*\d)", re.IGNORECASE)
"""`0xx11 …`: Brazil's blank for the carrier that is dialed through."""

# Every other dash, dot and blank that Unicode has, as the plain one.
DOTS = "·•․‧∙⋅・。．"
DASHES = "‐‑‒–—―−﹘﹣－⁃⁻₋"
SEPARATING = (
    rf"\s().\[\]\-/\\_{DASHES}{DOTS}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u2044\u2215\u301c"
    r"\u0300-\u036f\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f\ufe59\ufe5a\ufeff"
    r"\uff08\uff09\uff0f\uff3b\uff3d\uff5e\udc96\udc97\udca0\udcad"
)
"""What may stand between two digits of one number, within the brackets of a regular expression: blanks and line breaks,
dashes, dots, brackets and slashes of every script, accents, and characters that are not seen. The last four are bytes
that are no UTF-8, blanks and dashes where a character is a byte; the others are letters there."""
PLUSES = "+\uff0b"
_SAME = {ord(char): "." for char in DOTS} | {ord(char): "-" for char in DASHES}


class UnclearNumber(ValueError):
    """A text in which no number can be read for certain. `code` is one word, str(error) says what to do."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def clean_number(raw: str) -> str:
    """The number that was typed, as digits with `+`, brackets, blanks, dots, dashes and slashes.

    Raises UnclearNumber: empty, too-long, not-a-number, rounded, date, extension, several.
    """
    if len(raw) <= LONGEST_TEXT and PLAIN.fullmatch(raw):
        text = raw.rstrip()
        if not text.endswith(UNSURE_ENDS):
            if text[-5:-4] in "-./" or text[4:5] in "-./":
                _refuse_date(text)
            return text
    if len(raw) > LONGEST_TEXT * 4:
        raise UnclearNumber("too-long", f"has {len(raw):,} characters, which is too long for a phone number")
    text = TILDE.sub("810", normalize_characters(raw).strip())
    if text.lower() not in MISSING:
        text = strip_wrapping(text)
    if not text or text.lower() in MISSING:
        raise UnclearNumber("empty", "the number is missing")
    _refuse_date(text)
    text = CARRIER_BLANK.sub("0", read_amount(text), count=1)
    if len(text) > LONGEST_TEXT:
        raise UnclearNumber("too-long", f"has {len(text):,} characters, which is too long for a phone number")
    if EXTENSION.search(text):
        raise UnclearNumber(
            "extension",
            "has an extension; leave only a number that can be dialed directly, "
            "or give the extension a column of its own",
        )
    if len(split_numbers(raw)) > 1:
        raise UnclearNumber(
            "several", "has more than one number in it; keep one, or put the other in its own column"
        )
    if any(char.isalpha() for char in text):
        # It would be read as letters on a keypad (1-800-FLOWERS), and "call me 617…" with it.
        raise UnclearNumber(
            "not-a-number", "has letters in it; use only digits, spaces, +, - and parentheses"
        )
    if any(char in text for char in ",;|"):
        raise UnclearNumber(
            "not-a-number", "has a comma or semicolon in it; use only digits, spaces, +, - and parentheses"
        )
    if BRACKETED_END.search(text) or _ends_with_other_number(text):
        raise UnclearNumber(
            "extension",
            "ends with digits that could be an extension or a second number; "
            "leave only a number that can be dialed directly",
        )
    for char in text:
        if char not in NUMBER_CHARACTERS:
            raise UnclearNumber(
                "not-a-number", f"has “{char}” in it; use only digits, spaces, +, - and parentheses"
            )
    return text


def _refuse_date(text: str) -> None:
    found = DATE.fullmatch(text)
    if found is None:
        return
    first, second = (int(part) for part in found.groups()[1:] if part)
    if 1 <= first <= 31 and 1 <= second <= 31 and min(first, second) <= 12:
        raise UnclearNumber("date", f"is a date, {text[:10]}; write the phone number in its place")


def split_numbers(raw: str) -> list[str]:
    """The texts of a cell that holds several numbers, in their order; one text where it holds one.

    Only a cell of which every part has seven digits or more is split: `030 123456, Anna` stays whole.
    """
    text = normalize_characters(raw, keep_lines=True)
    parts = [part for part in SEVERAL.split(text) if part.strip()]
    if len(parts) < 2 or any(sum(char.isdigit() for char in part) < DIGITS_OF_NUMBER for part in parts):
        return [raw]
    return parts


def split_long_numbers(raw: str) -> list[str]:
    """The texts of a cell with two numbers in it and nothing but blanks or a dash between; one text where it is none.

    For a cell that is no number as a whole: `06 12 34 56 78 - 01 23 45 67 89`.
    """
    try:
        text = normalize_characters(raw).strip()
    except UnclearNumber:
        return [raw]
    parts = APART.split(text)
    if len(parts) < 2:
        parts = text.split()
    if len(parts) < 2 or any(sum(map(str.isdigit, part)) < DIGITS_OF_LONG_NUMBER for part in parts):
        return [raw]
    return parts


def normalize_characters(raw: str, *, keep_lines: bool = False) -> str:
    """The text without marks that nobody sees, and with one kind of blank, dash, dot and digit.

    Raises UnclearNumber on control characters, which no program shows in the same way.
    """
    text = raw if raw.isascii() else unicodedata.normalize("NFKC", raw.translate(_SAME)).translate(_SAME)
    text = to_plain_digits(text)
    characters = []
    for char in text:
        if " " <= char <= "~":
            characters.append(char)
            continue
        category = unicodedata.category(char)
        if category in ("Cf", "Mn", "Me"):
            continue
        if category[0] == "Z" or char in "\t\r\n":
            characters.append("\n" if keep_lines and char in "\r\n" else " ")
        elif category == "Cc":
            raise UnclearNumber(
                "not-a-number", "has control characters in it; use only digits, spaces, +, - and parentheses"
            )
        else:
            characters.append(char)
    return "".join(characters)


def strip_wrapping(text: str) -> str:
    """The number without quotes, apostrophe, formula, scheme or label around it."""
    text = text.strip()
    if formula := FORMULA.match(text):
        text = formula[1]
    text = _undecorated(text).lstrip("=")
    if link := CHAT_LINK.match(text):
        text = "+" + text[link.end() :]
    if scheme := SCHEME.match(text):
        text = text[scheme.end() :]
    if text.startswith(("sip:", "sips:")):
        text = text.partition(":")[2].partition("@")[0]
    text = text.partition(";phone-context=")[0]
    text = _without_label(LABEL.sub("", text).strip())
    # +0049: the plus and what it stands for.
    return "+" + text[3:].lstrip() if text.startswith("+00") else text


def _without_label(text: str) -> str:
    """Without words in front or behind that say which phone of the person it is: `моб. 8 912 …`, `030 … privat`."""
    if text.isdigit() or not any(map(str.isalpha, text)):
        return text
    for pattern in (LEADING_WORDS, TRAILING_WORDS):
        found = pattern.fullmatch(text)
        if (
            found
            and sum(map(str.isdigit, found["number"])) >= DIGITS_OF_NUMBER
            and names_own_phone(found["words"])
        ):
            text = found["number"].strip()
    return text


def _undecorated(text: str) -> str:
    """Without quotation marks, symbols and punctuation around it. A star or a dial code in front stays: `*31#` is not
    for us to leave out."""
    if re.match(r"[*#]+\d+[*#]", text):
        return text
    start = 0
    while start < len(text) and (text[start] in DECORATION or unicodedata.category(text[start]) in SYMBOLS):
        start += 1
    # Behind a number a symbol may stand for a digit that somebody masked, unless a blank parts the two.
    end = len(text)
    while end > start and unicodedata.category(text[end - 1]) in SYMBOLS:
        end -= 1
    if end < len(text) and end and text[end - 1] != " ":
        return text[start:]
    return text[start:end].rstrip(DECORATION)


def read_amount(text: str) -> str:
    """The digits of a number that a spreadsheet took for an amount, where none are lost.

    Raises UnclearNumber `rounded` where they are.
    """
    if amount := WHOLE_AMOUNT.fullmatch(text):
        return amount[1]
    if power := POWER_OF_TEN.fullmatch(text):
        value = Decimal(power[1].replace(",", ".")).scaleb(int(power[2]))
        decimals = len(power[1]) - 2 if len(power[1]) > 1 else 0
        if decimals < int(power[2]) or value != value.to_integral_value():
            raise UnclearNumber(
                "rounded",
                f"a spreadsheet shortened the number to {text} and its last digits are lost; "
                "format the column as text and save the file again",
            )
        return ("+" if text.startswith("+") else "") + str(int(value))
    return text


def _ends_with_other_number(text: str) -> bool:
    """Whether a short last group behind a slash is an extension or a second number: `030/123456/57`.

    Groups of equal length are one number (`06/12/34/56/78`), and so is what follows an area code (`030/123456`).
    """
    groups = ["".join(char for char in group if char.isdigit()) for group in text.split("/")]
    if len(groups) < 2 or len(groups) > 3:
        return False
    digits_before = sum(map(len, groups[:-1]))
    return len(groups[-1]) <= 4 and (digits_before >= 9 or (len(groups) == 3 and digits_before >= 7))
