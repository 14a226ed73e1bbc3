"""Column names: what a header says its column holds, in whatever language, case and punctuation it is written.

A name is split into words (`HomePhone`, `phone1`, `PHONE_NO`, `Kundentelefon`), and each word is looked up in
column_words.py, number_words.py and permission_words.py. Words about somebody else win over words for phones; words
that nobody knows make a name longer, not another one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from . import column_words, number_words, permission_words

LONGEST_NAME = 400
"""Characters of a name that are read: questions of forms are headers, too."""

# Letters that Unicode does not take apart into a plain one and its accent, and letters that keyboards mix up.
_SAME_LETTER = str.maketrans(
    {
        "ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ə": "e", "ς": "σ",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": None,
    }
)  # fmt: skip


class Meaning(Enum):
    """What a column's name says."""

    NUMBER = "number"
    WEAK_NUMBER = "weak-number"
    """Any number, or any way to reach somebody: `Number`, `Kontakt`, `to`."""
    SOMEBODY_ELSE = "somebody-else"
    LABEL = "label"
    ABOUT_PHONE = "about-phone"
    COUNTRY = "country"
    AREA_CODE = "area-code"
    EXTENSION = "extension"
    TIMEZONE = "timezone"
    STATE = "state"
    POSTAL_CODE = "postal-code"
    LANGUAGE = "language"
    DO_NOT_CALL = "do-not-call"
    OTHER_OPT_OUT = "other-opt-out"
    PERMISSION = "permission"
    CONSENT_AT = "consent-at"
    CONSENT_SOURCE = "consent-source"
    ID = "id"
    OTHER_ID = "other-id"
    DATE = "date"
    AMOUNT = "amount"
    OTHER = "other"


class Kind(Enum):
    """Which of a person's phones; the value is its place in the order of preference."""

    MOBILE = 0
    PLAIN = 1
    """Not said."""
    HOME = 2
    WORK = 3


@dataclass(frozen=True, slots=True)
class NameReading:
    """What a name says. `exact`: it has no word that could make it another person's or thing's number."""

    meaning: Meaning
    why: str = ""
    kind: Kind = Kind.PLAIN
    exact: bool = False
    place: str = ""
    """The digits in the name, as in `Phone 2`."""
    whose: frozenset[str] = frozenset()
    """Words for the person called, such as `patient`."""
    unknown: bool = False
    """It has words that are in no list."""
    only_number_word: bool = False
    """`Number`, `No`: not even a way to reach somebody."""
    only_kind: bool = False
    """`Home`, `Work number`: a phone beside other phones, else perhaps an address."""
    stem: str = ""
    """What `Phone 1 - Label` and `Phone 1 - Value` have in common."""
    also: frozenset[Meaning] = frozenset()
    """Other meanings of the same name, to be told apart by its values (`Kraj` is a country or a region)."""


def fold_name(name: str) -> str:
    """`First Name`, `first_name`, `FirstName` and `FIRST-NAME` → `firstname`: names that mean the same variable."""
    return "".join(split_name(name)) or name.strip().casefold()


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters without accents: `Nº móvil2` → ("no", "movil", "2")."""
    text = unicodedata.normalize("NFKC", name[:LONGEST_NAME].replace("’", "'"))
    parts: list[str] = []
    word = ""
    before = ""
    for char in text:
        kind = _kind_of(char)
        if kind == "hidden":
            continue
        if kind == "mark":
            # A vowel sign belongs to its letter.
            word += char if word else ""
            continue
        if (
            not kind
            or "sign" in (kind, before)
            or (kind == "digit") != (before == "digit")
            or (kind == "upper" and before == "lower")
        ) and word:
            parts.append(word)
            word = ""
        if kind == "lower" and before == "upper" and len(word) > 1:
            # `IDNumber` is ID and Number.
            parts.append(word[:-1])
            word = word[-1]
        if kind:
            word += char
        before = kind
    if word:
        parts.append(word)
    return tuple(folded for part in parts if (folded := _fold_word(part)))


def _kind_of(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":
        return "hidden"
    if category[0] == "M":
        return "mark"
    if category == "Lu":
        return "upper"
    if char in "#№〒":
        return "sign"
    if category[0] == "L":
        return "lower"
    return "digit" if category[0] == "N" else ""


def _fold_word(word: str) -> str:
    text = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(char for char in text if not _is_accent(char))
    return unicodedata.normalize("NFC", bare).translate(_SAME_LETTER)


def _is_accent(char: str) -> bool:
    """Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic, and the Hindi dot; not the vowels of India."""
    return (
        "\u0300" <= char <= "\u036f"
        or "\u0591" <= char <= "\u05c7"
        or "\u064b" <= char <= "\u065f"
        or char in "\u0670\u093c\u09bc\u0a3c"
    )


# The vocabulary, folded: phrases (tuples of words) to what they are.
PHONE, MOBILE, HOME, WORK, SELF, NUMBER, REACH = "phone", "mobile", "home", "work", "self", "number", "reach"
LABEL, ABOUT, FILL, DATE, AMOUNT, NOT_CALL, CHANNEL = (
    "label", "about", "fill", "date", "amount", "not-call", "channel",
)  # fmt: skip
TAGGED = {
    PHONE: number_words.PHONE,
    MOBILE: number_words.MOBILE,
    HOME: number_words.HOME,
    WORK: number_words.WORK,
    SELF: number_words.SELF,
    NUMBER: number_words.NUMBER,
    REACH: number_words.REACH,
    LABEL: number_words.LABEL,
    ABOUT: number_words.ABOUT,
    FILL: number_words.FILL,
    DATE: column_words.DATE,
    AMOUNT: column_words.AMOUNT,
    NOT_CALL: permission_words.DO_NOT_CALL,
    CHANNEL: permission_words.OTHER_CHANNEL,
}
WHOLE = {
    Meaning.CONSENT_AT: permission_words.CONSENT_AT,
    Meaning.CONSENT_SOURCE: permission_words.CONSENT_SOURCE,
    Meaning.DO_NOT_CALL: {
        **permission_words.DO_NOT_CALL,
        **{f"{key} alone": text for key, text in permission_words.DO_NOT_CALL_ALONE.items()},
    },
    Meaning.PERMISSION: permission_words.PERMISSION,
    Meaning.TIMEZONE: column_words.TIMEZONE,
    Meaning.POSTAL_CODE: column_words.POSTAL_CODE,
    Meaning.AREA_CODE: column_words.AREA_CODE,
    Meaning.COUNTRY: {
        **column_words.CALLING_CODE,
        **{f"{key} name": text for key, text in column_words.COUNTRY.items()},
    },
    Meaning.STATE: column_words.STATE,
    Meaning.LANGUAGE: column_words.LANGUAGE,
    Meaning.EXTENSION: column_words.EXTENSION,
    Meaning.OTHER_ID: column_words.OTHER_ID,
    Meaning.ID: column_words.ID,
}
"""Meanings that a name has as a whole; the first that fits, and the others in `also`."""
UNSPACED = (
    ("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"), ("\u3040", "\u30ff"), ("\u3400", "\u9fff"),
    ("\uac00", "\ud7af"),
)  # fmt: skip
"""Scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, kana, Chinese, and Korean compounds."""
SHORTEST_PART = 3
"""Letters of a part of a compound, so that `hotel` does not end with `tel`."""
ENDINGS = frozenset({"no", "nr", "nro", "num", "br", "id", "s", "n", "en", "er", "st"})
"""What may stand at the end of a compound, or join its parts."""
PHONE_STEMS = (
    "telefon", "telephon", "telefoon", "telefono", "telefone", "rufnummer", "handynummer", "mobilnummer", "puhelin",
    "телефон", "τηλεφων", "puhelinnumero", "matkapuhelin", "mobiltelefon", "cellulare", "celular",
)  # fmt: skip


def _phrases(text: str) -> Iterator[tuple[str, ...]]:
    for phrase in text.replace("\n", " ").split(","):
        if split := split_name(phrase.strip().casefold()):
            yield split


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[dict[tuple[str, ...], frozenset[str]], int]:
    """Phrases to their tags, and the words of the longest. A reason why a number is somebody else's is its tag."""
    tags: dict[tuple[str, ...], set[str]] = {}
    groups = {**TAGGED, **{f"else:{why}": spoken for why, spoken in number_words.ELSE.items()}}
    for tag, spoken in groups.items():
        for text in spoken.values():
            for phrase in _phrases(text):
                tags.setdefault(phrase, set()).add(tag)
    for found in tags.values():
        if MOBILE in found:
            found.add(PHONE)
    return {phrase: frozenset(found) for phrase, found in tags.items()}, max(map(len, tags))


@lru_cache(maxsize=1)
def _whole_names() -> dict[str, tuple[Meaning, ...]]:
    meanings: dict[str, list[Meaning]] = {}
    for meaning, spoken in WHOLE.items():
        for text in spoken.values():
            for phrase in _phrases(text):
                found = meanings.setdefault("".join(phrase), [])
                if meaning not in found:
                    found.append(meaning)
    return {name: tuple(found) for name, found in meanings.items()}


@lru_cache(maxsize=1)
def _compound_parts() -> dict[str, frozenset[str]]:
    """Single words of the vocabulary, and phrases written in one, with their tags: the parts of compounds."""
    vocabulary, _ = _vocabulary()
    parts: dict[str, set[str]] = {}
    for phrase, tags in vocabulary.items():
        joined = "".join(phrase)
        if tags != {FILL} and not joined.isdigit():
            parts.setdefault(joined, set()).update(tags - {FILL})
    return {word: frozenset(tags) for word, tags in parts.items() if tags}


def _is_unspaced(word: str) -> bool:
    return any(low <= char <= high for char in word for low, high in UNSPACED)


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    tags: frozenset[str]


def _pieces(tokens: Sequence[str]) -> list[_Piece]:
    """The name's words and phrases with their tags, the longest phrase first; no tags for what is unknown."""
    vocabulary, longest = _vocabulary()
    pieces: list[_Piece] = []
    at = 0
    while at < len(tokens):
        if tokens[at].isnumeric() and not any(
            tuple(tokens[at : at + length]) in vocabulary for length in range(2, longest + 1)
        ):
            pieces.append(_Piece(tokens[at], frozenset({"digits"})))
            at += 1
            continue
        for length in range(min(longest, len(tokens) - at), 0, -1):
            phrase = tuple(tokens[at : at + length])
            if phrase in vocabulary:
                pieces.append(_Piece(" ".join(phrase), vocabulary[phrase]))
                at += length
                break
        else:
            pieces.extend(_compound(tokens[at]))
            at += 1
    return pieces


@lru_cache(maxsize=4096)
def _compound(word: str) -> tuple[_Piece, ...]:
    """The parts of a word that is in no list: `homephone`, `kundentelefonnummer`, `客户手机号码`."""
    if word in _compound_parts():
        return (_Piece(word, _compound_parts()[word]),)
    if _is_unspaced(word):
        return tuple(_scan(word))
    if len(word) <= 40 and (found := _split_compound(word)) is not None:
        return tuple(found)
    for stem in PHONE_STEMS:
        if word.startswith(stem) or word.endswith(stem):
            return (_Piece(stem, frozenset({PHONE})), _Piece(word.replace(stem, "", 1), frozenset()))
    return (_Piece(word, frozenset()),)


def _scan(word: str) -> Iterator[_Piece]:
    """The words in a text without blanks, the longest that fits at each place; what is between them is unknown."""
    parts = _compound_parts()
    fill = _vocabulary()[0]
    unknown = ""
    at = 0
    while at < len(word):
        for length in range(min(16, len(word) - at), 0, -1):
            part = word[at : at + length]
            if part in parts or fill.get((part,)):
                if unknown:
                    yield _Piece(unknown, frozenset())
                    unknown = ""
                yield _Piece(part, parts.get(part) or fill[part,])
                at += length
                break
        else:
            unknown += word[at]
            at += 1
    if unknown:
        yield _Piece(unknown, frozenset())


def _split_compound(word: str) -> list[_Piece] | None:
    """The word as known parts one after the other, or None. Joints such as the German s may stand between them."""
    parts = _compound_parts()
    # best[i]: a division of the first i letters, the fewest parts first.
    best: list[list[_Piece] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            before = best[start]
            if before is None:
                continue
            part = word[start:end]
            if len(part) >= SHORTEST_PART and part in parts:
                piece = _Piece(part, parts[part])
            elif before and part in ENDINGS:
                tags = parts.get(part, frozenset()) if end == len(word) else frozenset()
                piece = _Piece(part, tags or frozenset({FILL}))
            else:
                continue
            candidate = [*before, piece]
            current = best[end]
            if current is None or len(candidate) < len(current):
                best[end] = candidate
    found = best[len(word)]
    return found if found and len(found) > 1 else None


@lru_cache(maxsize=4096)
def read_name(name: str) -> NameReading:
    """What a column's name says of its values. Never raises."""
    tokens = split_name(name)
    if not tokens:
        return NameReading(Meaning.OTHER)
    pieces = _pieces(tokens)
    tags = {tag for piece in pieces for tag in piece.tags}
    stem = " ".join(
        piece.text for piece in pieces if not piece.tags & {NUMBER, LABEL} or piece.tags & {PHONE, "digits"}
    )
    whole = _whole_meaning(tokens, pieces)
    if whole and whole[0] in (Meaning.CONSENT_AT, Meaning.CONSENT_SOURCE):
        return NameReading(whole[0], "named so", also=frozenset(whole[1:]))
    if NOT_CALL in tags or Meaning.DO_NOT_CALL in whole:
        return _read_opt_out(pieces, whole)
    if Meaning.PERMISSION in whole:
        return NameReading(
            Meaning.PERMISSION, "it says who may be called", also=frozenset(whole) - {Meaning.PERMISSION}
        )
    if (
        whole
        and not (PHONE in tags and whole[0] in (Meaning.ID, Meaning.OTHER_ID))
        and not _names_number(name, pieces)
    ):
        why = "the number of a thing, or an identity number" if whole[0] is Meaning.OTHER_ID else "named so"
        return NameReading(whole[0], why, kind=_kind(pieces), stem=stem, also=frozenset(whole[1:]))
    reasons = [
        tag.removeprefix("else:") for piece in pieces for tag in piece.tags if _is_somebody_else(piece, tag)
    ]
    if PHONE in tags:
        return _read_phone(pieces, reasons, stem)
    if LABEL in tags and len(pieces) > 1 and REACH in tags:
        return NameReading(Meaning.LABEL, stem=stem)
    if reasons:
        return NameReading(Meaning.SOMEBODY_ELSE, reasons[0], stem=stem)
    if DATE in tags:
        return NameReading(Meaning.DATE, "a date, by its name")
    if AMOUNT in tags:
        return NameReading(Meaning.AMOUNT, "an amount, by its name")
    plain = [piece for piece in pieces if not piece.tags & {FILL, "digits"} or piece.tags & {NUMBER, REACH}]
    if plain and all(piece.tags & {NUMBER, HOME, WORK, SELF} for piece in plain) and tags & {HOME, WORK}:
        return NameReading(
            Meaning.WEAK_NUMBER, "the name may mean a phone", kind=_kind(pieces), only_kind=True, stem=stem
        )
    known = all(piece.tags & {NUMBER, REACH, SELF, FILL, HOME, WORK} for piece in plain)
    if plain and known and (REACH in tags or (NUMBER in tags and SELF not in tags)):
        return NameReading(
            Meaning.WEAK_NUMBER,
            "the name may mean a phone number",
            kind=_kind(pieces),
            only_number_word=REACH not in tags,
            stem=stem,
        )
    return NameReading(Meaning.OTHER, stem=stem)


def _whole_meaning(tokens: Sequence[str], pieces: Sequence[_Piece]) -> tuple[Meaning, ...]:
    """The meanings of the name as a whole, with or without words such as home, customer, phone and 1 around them."""
    names = _whole_names()
    joined = "".join(tokens)
    if joined in names:
        return names[joined]
    bare = "".join(token for token in tokens if not token.isnumeric())
    if bare in names:
        return names[bare]
    aside = {PHONE, HOME, WORK, SELF, FILL, "digits"}
    core = "".join(
        piece.text.replace(" ", "") for piece in pieces if not piece.tags & aside or piece.tags & {NOT_CALL}
    )
    if core and core != bare and core in names:
        found = names[core]
        # "Mobile code" and "Phone prefix" are calling codes, "Phone ID" is no person's id.
        return tuple(
            meaning for meaning in found if meaning not in (Meaning.ID, Meaning.OTHER_ID) or len(found) == 1
        )
    address = {
        "address",
        "mailing",
        "billing",
        "shipping",
        "street",
        "postal",
        "adresse",
        "contact",
        "residential",
        "permanent",
        "current",
        "delivery",
    }
    core = "".join(token for token in tokens if token not in address and not token.isnumeric())
    if core != bare and core in names:
        # `Stop address` is no stop.
        return tuple(meaning for meaning in names[core] if meaning is not Meaning.DO_NOT_CALL)
    core = "".join(token for token in tokens if token not in _flag_words() and not token.isnumeric())
    flags = (Meaning.DO_NOT_CALL, Meaning.PERMISSION)
    return tuple(meaning for meaning in names.get(core, ()) if meaning in flags)


@lru_cache(maxsize=1)
def _lone_words() -> frozenset[str]:
    phrases = (phrase for text in permission_words.DO_NOT_CALL_ALONE.values() for phrase in _phrases(text))
    return frozenset(phrase[0] for phrase in phrases if len(phrase) == 1 and len(phrase[0]) > 3)


def hints_at_do_not_call(name: str) -> bool:
    """Whether a name has a word that alone would say who must not be called, as `exclude_from_wave_2` does."""
    return not _lone_words().isdisjoint(split_name(name))


@lru_cache(maxsize=1)
def _flag_words() -> frozenset[str]:
    return frozenset(
        word for text in permission_words.FLAG_WORDS.values() for phrase in _phrases(text) for word in phrase
    )


def _names_number(name: str, pieces: Sequence[_Piece]) -> bool:
    """`Mobile number (with country code)` is a number, whatever stands behind."""
    lead = name
    for mark in ("(", "[", " with ", " incl", " inkl", " mit ", " con ", " avec ", " com "):
        lead = lead.partition(mark)[0]
    if lead == name or not lead.strip():
        return False
    before = _pieces(split_name(lead))
    return any(PHONE in piece.tags for piece in before) and not any(
        tag.startswith("else:") or tag in (LABEL, ABOUT) for piece in before for tag in piece.tags
    )


def _is_somebody_else(piece: _Piece, tag: str) -> bool:
    # A word for the person called wins only where it is the same word (a student's school is another one).
    return tag.startswith("else:") and not piece.tags & {FILL}


def _read_phone(pieces: Sequence[_Piece], reasons: Sequence[str], stem: str) -> NameReading:
    place = "".join(piece.text for piece in pieces if "digits" in piece.tags)
    if reasons:
        return NameReading(Meaning.SOMEBODY_ELSE, reasons[0], place=place, stem=stem)
    unclear = [
        piece for piece in pieces if not piece.tags & {PHONE, NUMBER, FILL, HOME, WORK, SELF, "digits"}
    ]
    if len(pieces) > 1 and len(pieces[-1].text) == 1 and FILL in pieces[-1].tags:
        # "Phone A" beside "Phone B": behind the phone a letter tells columns apart, and is no article.
        unclear.append(pieces[-1])
    if any(LABEL in piece.tags for piece in unclear):
        return NameReading(Meaning.LABEL, "what kind of phone it is", place=place, stem=stem)
    if any(piece.tags & {ABOUT, DATE, AMOUNT, NOT_CALL} for piece in unclear) and len(pieces) <= 6:
        return NameReading(Meaning.ABOUT_PHONE, "about the phone, not its number", stem=stem)
    whose = frozenset(
        piece.text for piece in pieces if SELF in piece.tags and not piece.tags & {PHONE, NUMBER, FILL}
    )
    kind = _kind(pieces)
    return NameReading(
        Meaning.NUMBER,
        "named so",
        kind=kind,
        exact=not unclear and not whose and kind in (Kind.PLAIN, Kind.MOBILE),
        place=place,
        whose=whose,
        unknown=bool(unclear),
        stem=stem,
    )


def _kind(pieces: Sequence[_Piece]) -> Kind:
    for kind, tag in ((Kind.MOBILE, MOBILE), (Kind.WORK, WORK), (Kind.HOME, HOME)):
        if any(tag in piece.tags for piece in pieces):
            return kind
    return Kind.PLAIN


def _read_opt_out(pieces: Sequence[_Piece], whole: Sequence[Meaning]) -> NameReading:
    beside = [piece for piece in pieces if not piece.tags & {NOT_CALL, FILL, SELF, PHONE, "digits"}]
    if any(CHANNEL in piece.tags and PHONE not in piece.tags for piece in pieces):
        return NameReading(Meaning.OTHER_OPT_OUT, "it says who must not be written to")
    return NameReading(
        Meaning.DO_NOT_CALL,
        "it says who must not be called",
        exact=Meaning.DO_NOT_CALL in whole or not beside,
        unknown=bool(beside),
    )


OWN_LABELS = frozenset({"google voice"})
"""Labels of services that give people numbers of their own."""


def is_known_label(value: str) -> bool:
    """Whether a label has no word that is in no list: `Grandma` may be anybody."""
    return value.strip(" *").casefold() in OWN_LABELS or all(
        piece.tags for piece in _pieces(split_name(value))
    )


def names_own_phone(value: str) -> bool:
    """Whether words say which of a person's phones it is (`Mob.`, `privat`), and nothing else."""
    pieces = _pieces(split_name(value))
    phones = {PHONE, MOBILE, HOME, WORK}
    return any(piece.tags & phones for piece in pieces) and all(
        piece.tags & (phones | {SELF, NUMBER, FILL})
        and not any(tag.startswith("else:") for tag in piece.tags)
        for piece in pieces
    )


def read_label(value: str) -> tuple[Kind, bool]:
    """A label in a row, such as `Mobile` or `Work Fax`: which phone it is, and whether it is this person's phone."""
    pieces = _pieces(split_name(value))
    if any(_is_somebody_else(piece, tag) for piece in pieces for tag in piece.tags):
        return Kind.PLAIN, False
    return _kind(pieces), True


@lru_cache(maxsize=1)
def _flags() -> tuple[frozenset[str], frozenset[str]]:
    def values(spoken: column_words.Words) -> frozenset[str]:
        return frozenset(fold_value(value) for text in spoken.values() for value in text.split(","))

    return values(permission_words.TRUE_VALUES), values(permission_words.FALSE_VALUES)


def fold_value(value: str) -> str:
    return " ".join(_fold_word(value.strip().rstrip(".")).split())


@lru_cache(maxsize=1)
def _refusals() -> frozenset[str]:
    return frozenset(
        fold_value(value) for text in permission_words.REFUSED_VALUES.values() for value in text.split(",")
    )


@lru_cache(maxsize=1)
def _unsettled() -> frozenset[str]:
    return frozenset(
        fold_value(value) for text in permission_words.UNSETTLED_VALUES.values() for value in text.split(",")
    )


@lru_cache(maxsize=1)
def _agreed() -> frozenset[str]:
    return frozenset(
        fold_value(value) for text in permission_words.AGREED_VALUES.values() for value in text.split(",")
    )


@lru_cache(maxsize=1)
def _negations() -> frozenset[str]:
    return frozenset(
        fold_value(value) for text in permission_words.NEGATIONS.values() for value in text.split(",")
    )


LONGEST_ANSWER = 8
"""Words of a text that is still read as an answer."""
_ANSWER_WORD = re.compile(r"[^\W\d_]+")
_LEAD = re.compile(
    r"([^\W\d_]{2,8})(?:\s*[,;:!(]|\s+[-–—]\s|\s+(?:please|thanks|thank|bitte|danke|merci|gracias|grazie|obrigad))"
)


def read_spoken(value: str) -> bool | None:
    """An answer that needs no question to be understood: `allowed` is True, `Do Not Allow` and `denied` are False;
    None for a plain yes or no, which depends on the question, and for all else."""
    text = fold_value(value)
    if text in _refusals():
        return False
    if text in _agreed():
        return True
    tokens = _ANSWER_WORD.findall(text)
    if not 2 <= len(tokens) <= LONGEST_ANSWER or _agreed().isdisjoint(tokens):
        return None
    return _negations().isdisjoint(tokens)


def read_permission(value: str) -> bool | None:
    """The flag of a column that says who may be called; `denied` and `withdrawn` are a no there."""
    text = fold_value(value)
    if text in _unsettled():
        return False
    found = read_spoken(value)
    if found is None:
        found = True if text == "in" else read_flag(value)
    if found is None and (lead := _LEAD.match(text)):
        # `No, thanks`, `Yes - mornings`.
        found = read_flag(lead[1])
    return found


def read_flag(value: str) -> bool | None:
    """A flag's value: True, False (also when it is empty), or None for what is no flag.

    A text that is yes in one language and no in another (`e`) counts as both, so as None.
    """
    text = fold_value(value)
    if not text:
        return False
    true, false = _flags()
    is_true, is_false = text in true, text in false
    return None if is_true == is_false else is_true
