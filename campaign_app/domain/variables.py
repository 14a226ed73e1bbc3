"""Variables: a contact's values by name, however the name is written.

`{first_name}` finds the column "First Name", "FIRST-NAME" or "Prénom" written as "prenom": case, blanks, underscores,
punctuation and accents make no difference. A name that is written exactly alike wins, then the first that has a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

WHITESPACE = " \t\n\r\v\f\u00a0\u2007\u202f\u3000"
"""Characters that make no value; databases know the blank only."""
NEAR = 0.72
"""From which likeness on (difflib, 0 to 1) a name is told as a near one."""
MOST_NEAR = 3
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"}
)
"""Letters with a stroke and the like, which Unicode does not take apart."""


@lru_cache(maxsize=4096)
def fold_variable(name: str) -> str:
    """The letters and digits of a name, for comparing; the name itself where it has none."""
    parts = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN)
    return "".join(char for char in parts if char.isalnum()) or name.strip()


def find_value(values: Mapping[str, object], name: str) -> str:
    """A contact's value for a variable, without blanks around it; empty where it has none."""
    value = str(values.get(name) or "").strip()
    if value or not values:
        return value
    folded = fold_variable(name)
    for other, text in values.items():
        if fold_variable(other) == folded and (value := str(text or "").strip()):
            return value
    return ""


def name_in_braces(name: str) -> str:
    """The name as a message has it, `{First Name}`. What means something in braces makes no difference to a name."""
    return "{" + " ".join(re.sub(r"[{}|:]", " ", name).split()) + "}"


def same_names(names: Iterable[str], name: str) -> list[str]:
    """Those of `names` that mean the same variable, without the name itself."""
    folded = fold_variable(name)
    return [other for other in names if other != name and fold_variable(other) == folded]


def near_names(names: Collection[str], name: str) -> list[str]:
    """Up to three of `names` that somebody who wrote `name` may have meant, the likeliest first."""
    folded = fold_variable(name)
    scored = []
    for other in names:
        candidate = fold_variable(other)
        likeness = SequenceMatcher(None, folded, candidate).ratio()
        shorter, longer = sorted((folded, candidate), key=len)
        if len(shorter) >= 3 and shorter in longer:
            likeness = max(likeness, NEAR)
        if likeness >= NEAR:
            scored.append((-likeness, other))
    return [other for _, other in sorted(scored)[:MOST_NEAR]]
