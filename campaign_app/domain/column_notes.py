"""Notes: texts in a file's cells that say, in plain words, that a person must not be called.

A million rows have such texts, so that the words are looked up before a text is folded and read.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from . import column_words, permission_words
from .column_names import fold_value

_CALL = (
    "(?:call(?:s|ed|ing)?|(?:tele)?phon(?:e|ed|ing|es)|r[iu]ng|ringing|contact(?:ed|ing|s)?|dial(?:l?ed|ing)?"
    "|reach(?:ed)? out|bother(?:ed|ing)?|disturb(?:ed|ing)?)"
)
_BETWEEN = "(?: (?:to|be|receive|get|have|any|more|further|phone|marketing|sales|such|our|your|these|us|you|for)){0,5}"
WISHES = {
    "longer not never t dont doesnt": (
        rf"(?:no longer|not|never|t|dont|doesnt) (?:want|wish|like|care)(?:e?s|ed)?{_BETWEEN} {_CALL}",
        rf"(?:told|ask|asks|asked|said|says|wants|prefers?|please|rather|must|should|may)(?: \w+){{0,2}} (?:not|never)"
        rf" (?:to )?(?:be )?{_CALL}",
        rf"(?:never|not) to (?:be )?{_CALL}(?: \w+)? (?:again|any ?more|ever)",
    ),
    "no": (r"no (?:more|further|other|marketing|sales|unsolicited)(?: \w+)? (?:calls|contact|calling)",),
    "stop quit cease": (rf"(?:stop|quit|cease)(?: \w+){{0,2}} {_CALL}",),
    "remove take delete": (
        r"(?:(?:remove|delete)(?: \w+){1,3} (?:off|from)|take(?: \w+){1,3} off)(?: \w+){1,3} lists?",
    ),
    "nicht nie niemals": (
        r"(?:nicht|nie|niemals) (?:mehr|wieder|weiter)(?: \w+){0,3} (?:angerufen|an(?:zu)?rufen|kontaktier\w+)",
        r"(?:will|mochte|wunscht|darf|soll)(?: \w+){0,3} (?:nicht|nie)(?: \w+){0,2} (?:angerufen|kontaktiert)",
    ),
    "keine keinen": (r"keinen? (?:\w+ )?(?:anrufe?|werbeanrufe?|kontaktaufnahme|telefonate)",),
    "plus pas jamais": (
        r"ne (?:veu\w+|souhait\w+|desir\w+) (?:plus|pas)(?: \w+){0,4} (?:r?appel\w*|contact\w*|demarch\w*|telephon\w*)",
        r"(?:plus|pas) d appels?",
    ),
    "no nunca": (
        r"no (?:quier\w+|dese\w+|volver|vuelv\w+)(?: \w+){0,4} (?:llam\w+|contact\w+|telefon\w+)",
        r"(?:no|nunca)(?: (?:le|la|lo|me|se|les|las|los|nos)){1,2} (?:llam|contact)(?:en|emos|e|eis)",
    ),
    "non": (
        r"non (?:vo\w+|vuole|desider\w+|essere|deve)(?: \w+){0,4} (?:chiamat\w+|contattat\w+|disturbat\w+)",
    ),
    "não nao": (
        r"nao (?:quer\w*|desej\w+|gost\w+)(?: \w+){0,4} (?:liga\w+|ligue\w*|conta[ct]\w+|telefon\w+|chamad\w+)",
        r"(?:pediu|pede|pedem)(?: \w+){0,3} nao (?:\w+ )?(?:liga\w+|contactar|contatar)",
    ),
    "niet nooit geen": (
        r"(?:wil|wenst|mag|willen)(?: \w+){0,3} (?:niet|nooit|geen)(?: \w+){0,3} (?:gebeld|benaderd|telefoontjes)",
    ),
    "nie niedzwonienie niekontaktowanie": (
        r"nie (?:chc\w+|zycz\w+)(?: \w+){0,3} (?:telefon\w*|kontakt\w*|polacz\w*|rozm\w*|dzwon\w*)",
        r"pro\w+ o nie(?:dzwonienie|kontaktowanie)",
    ),
    "не": (
        r"прос\w+(?: \w+){0,3} не (?:\w+ )?(?:звон|беспок|набир)\w*",
        r"не (?:хоч|жела|хот)\w+(?: \w+){0,4} звон\w*",
        r"(?:больше|никогда)(?: \w+)? не (?:\w+ )?(?:звон|набир)\w*",
    ),
}
"""What people say of calls with other words between: patterns over the words of a folded text, by the words of which
each needs one."""
SPACES = str.maketrans(dict.fromkeys(".,;:!?()[]{}<>/\\|\"'’‘`´*_+=-–—…¡¿\t\n\r", " "))
FIRST_UNSPACED = "\u0e00"
"""Thai, Chinese, Japanese and Korean letters come from here on; texts before it have blanks between words."""
LONGEST_NOTE = 4_000
"""Characters of a text that are read."""
_WORD = re.compile(r"[\w\u0900-\u097f]+")


def _listed(groups: tuple[column_words.Words, ...]) -> frozenset[str]:
    texts = (text for spoken in groups for text in spoken.values())
    return frozenset(fold_value(value) for text in texts for value in text.split(",") if value.strip())


@lru_cache(maxsize=1)
def _marks() -> frozenset[str]:
    """Whole cells, folded."""
    return _listed((permission_words.DO_NOT_CALL_VALUES, permission_words.NOT_TO_CALL_MARKS))


@lru_cache(maxsize=1)
def _unspaced() -> tuple[str, ...]:
    return tuple(sorted(mark for mark in _marks() if max(mark) >= FIRST_UNSPACED and len(mark) > 1))


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[str, ...]]:
    """Phrases, each with blanks around it, by the one of its words that most of them have (`not`, `nicht`, `не`)."""
    whole = _listed((permission_words.WHOLE_CELL_MARKS,))
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
def _wishes() -> dict[str, tuple[re.Pattern[str], ...]]:
    """The patterns, by each word that lets them be tried."""
    found: dict[str, tuple[re.Pattern[str], ...]] = {}
    for needed, patterns in WISHES.items():
        compiled = tuple(re.compile(rf"\b{pattern}\b") for pattern in patterns)
        for word in needed.split():
            found[word] = found.get(word, ()) + compiled
    return found


@lru_cache(maxsize=1)
def _triggers() -> frozenset[str]:
    """Words of which one is in every phrase and mark, in small letters as they are written and as they are folded."""
    folded = set(_phrases()) | set(_wishes()) | {mark for mark in _marks() if " " not in mark}
    texts = (
        text
        for spoken in (permission_words.DO_NOT_CALL_VALUES, permission_words.NOT_TO_CALL_MARKS)
        for text in spoken.values()
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
        wishes = _wishes()
        if any(wish.search(text) for token in set(tokens) & wishes.keys() for wish in wishes[token]):
            return True
    if small.isascii() or max(small, default="") < FIRST_UNSPACED:
        return False
    folded = fold_value(small[:LONGEST_NOTE])
    return any(mark in folded for mark in _unspaced())
