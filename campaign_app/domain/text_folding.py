"""Text folding: a text as it is compared in searches, without case and accents and with single blanks, so that “Zoe”
finds Zoë and “strasse” finds Straße; and digits of other scripts as plain ones."""

from __future__ import annotations

import re
import unicodedata

ACCENTS = "[\u0300-\u036f]"
"""The marks of Latin, Greek and Cyrillic letters once they stand by themselves (Combining Diacritical Marks)."""
BLANKS = "[ \\t\\n\\r\\f\\v]+"
FOLDED_LETTERS = {
    **dict.fromkeys("łŁ", "l"),
    **dict.fromkeys("øØ", "o"),
    **dict.fromkeys("đĐðÐ", "d"),
    **dict.fromkeys("ħĦ", "h"),
    **dict.fromkeys("ŧŦ", "t"),
    "ı": "i",
    "ς": "σ",
    **dict.fromkeys("’‘ʼ", "'"),
}
"""What Unicode does not take apart, and what people type for it: the end form of sigma is a matter of case."""
FOLDED_PAIRS = {
    **dict.fromkeys("ßẞ", "ss"),
    **dict.fromkeys("æÆ", "ae"),
    **dict.fromkeys("œŒ", "oe"),
    **dict.fromkeys("þÞ", "th"),
}
"""The same, where it is two letters."""
NEVER_FOLDED = "\u0301"
"""In no folded text."""
_FOREIGN_DIGITS = re.compile(r"(?![0-9])\d")
_ACCENTS, _BLANKS = re.compile(ACCENTS), re.compile(BLANKS)
_TABLE = str.maketrans({**FOLDED_LETTERS, **FOLDED_PAIRS})


def fold_text(text: str) -> str:
    """As queries/text_search.py has it in SQL: both fold alike."""
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    folded = text.lower()
    return _BLANKS.sub(" ", folded if folded.isascii() else folded.translate(_TABLE))


def has_digit(text: str) -> bool:
    """Whether a search for the text looks for a digit: folded, `²` and `⑫` are some too."""
    return any(char.isdigit() for char in fold_text(text))


def to_plain_digits(text: str) -> str:
    """The text with the decimal digits of every script as 0 to 9, a character for a character."""
    return text if text.isascii() else _FOREIGN_DIGITS.sub(lambda found: str(int(found[0])), text)
