"""Text folding: a text as it is compared in searches, without case and accents, so that “Zoe” finds Zoë."""

from __future__ import annotations

import re
import unicodedata

ACCENTS = "[\u0300-\u036f]"
"""The marks of Latin, Greek and Cyrillic letters once they stand by themselves (Combining Diacritical Marks)."""
_ACCENTS = re.compile(ACCENTS)


def fold_text(text: str) -> str:
    """As queries/text_search.py has it in SQL: both fold alike."""
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower()
