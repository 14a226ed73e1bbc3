"""Notes: texts in a file's cells that say, in plain words, that a person must not be called.

A million rows have such texts, so that the words are looked up before a text is folded and read.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from . import column_words as words
from .column_names import fold_value

SPACES = str.maketrans(dict.fromkeys(".,;:!?()[]{}<>/\\|\"'’‘`´*_+=-–—…¡¿\t\n\r", " "))
FIRST_UNSPACED = "\u0e00"
"""Thai, Chinese, Japanese and Korean letters come from here on; texts before it have blanks between words."""
LONGEST_NOTE = 4_000
"""Characters of a text that are read."""
_WORD = re.compile(r"[\w\u0900-\u097f]+")


def _listed(groups: tuple[words.Words, ...]) -> frozenset[str]:
    texts = (text for spoken in groups for text in spoken.values())
    return frozenset(fold_value(value) for text in texts for value in text.split(",") if value.strip())


@lru_cache(maxsize=1)
def _marks() -> frozenset[str]:
    """Whole cells, folded."""
    return _listed((words.DO_NOT_CALL_VALUES, words.NOT_TO_CALL_MARKS))


@lru_cache(maxsize=1)
def _unspaced() -> tuple[str, ...]:
    return tuple(sorted(mark for mark in _marks() if max(mark) >= FIRST_UNSPACED and len(mark) > 1))


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[str, ...]]:
    """Phrases, each with blanks around it, by the one of its words that most of them have (`not`, `nicht`, `не`)."""
    whole = _listed((words.WHOLE_CELL_MARKS,))
    spoken = [
        tuple(_WORD.findall(mark)) for mark in _marks() if max(mark) < FIRST_UNSPACED and mark not in whole
    ]
    common = Counter(word for phrase in spoken for word in set(phrase))
    found: dict[str, list[str]] = {}
    for phrase in spoken:
        if phrase:
            key = max(phrase, key=lambda word: (common[word], word))
            found.setdefault(key, []).append(f" {' '.join(phrase)} ")
    return {key: tuple(phrases) for key, phrases in found.items()}


@lru_cache(maxsize=1)
def _triggers() -> frozenset[str]:
    """Words of which one is in every phrase and mark, in small letters as they are written and as they are folded."""
    folded = set(_phrases()) | {mark for mark in _marks() if " " not in mark}
    texts = (
        text for spoken in (words.DO_NOT_CALL_VALUES, words.NOT_TO_CALL_MARKS) for text in spoken.values()
    )
    written = {word for text in texts for word in text.casefold().translate(SPACES).split()}
    return frozenset(folded | {word for word in written if fold_value(word) in folded})


def may_say_do_not_call(text: str) -> bool:
    """Whether a text has a word of those that say so: what is passed over here need not be read."""
    small = text.casefold()
    if not _triggers().isdisjoint(small.translate(SPACES).split()):
        return True
    return not small.isascii() and max(small, default="") >= FIRST_UNSPACED


def says_do_not_call(value: str) -> bool:
    """Whether a text says so by itself, as `DNC` does in a column called `Status`, and `bitte nicht mehr anrufen` in a
    note."""
    small = value.casefold()
    if not _triggers().isdisjoint(small.translate(SPACES).split()):
        folded = fold_value(small[:LONGEST_NOTE])
        if folded in _marks():
            return True
        tokens = _WORD.findall(folded)
        text = f" {' '.join(tokens)} "
        phrases = _phrases()
        if any(phrase in text for token in set(tokens) & phrases.keys() for phrase in phrases[token]):
            return True
    if small.isascii() or max(small, default="") < FIRST_UNSPACED:
        return False
    folded = fold_value(small[:LONGEST_NOTE])
    return any(mark in folded for mark in _unspaced())
