"""Encodings: which codec a file's letters are written in, found by its bytes, and where they do not say, by whether the
letters that come out are those of a language.

A detector alone is little help for a list of names, which is too short for it. So every codec of encoding_letters.py
is tried on the words with letters beyond ASCII, and judged by the letters of the languages that it is for, most of all
those of the region, of who uploads and of the countries that the file's numbers belong to. What stays close is asked.
charset-normalizer has a vote.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import encoding_letters as letters
from .errors import UnknownChoice
from .tables import EncodingChoice

BLOCK = 1 << 20
SAMPLE = 24_000
"""Bytes of lines with letters beyond ASCII, on which the codecs are tried."""
SURE = 0.12
"""By how much the best codec's mark, of at most about 1, must exceed the next for not being asked about."""
SURE_AT_HOME = 0.04
"""The same over a codec of languages that nobody here is expected to write."""
WESTERN = "cp1252"
CHOICES = 6
LINE = 1_000
"""Bytes of a line before and after its first letter beyond ASCII."""
ROW = 160
"""Characters of a row that is shown with a choice."""

MARKS: tuple[tuple[bytes, str], ...] = (
    # The longest first: UTF-32's mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LABELS: dict[str, str] = {
    **dict(letters.ALWAYS),
    **{codec: label for codec, label, _, _ in letters.CODECS},
}
"""Every encoding that can be chosen, and what it is called."""
_NORMAL = {codecs.lookup(codec).name: codec for codec in LABELS} | {
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-32": "utf-32",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "cp1125": "cp866",
    "cp858": "cp850",
}


def find_codec(name: str) -> str:
    """The codec for an encoding as people call it: `Windows-1251`, `win1251`, `Shift-JIS`. Raises UnknownChoice."""
    plain = name.strip().lower().replace(" ", "-")
    plain = re.sub(r"^(?:windows|win|cp|ms)[-_]?(?=\d{3,4}$)", "cp", plain)
    plain = {"macroman": "mac_roman", "mac": "mac_roman", "sjis": "cp932", "ansi": "cp1252"}.get(plain, plain)
    try:
        found = codecs.lookup(plain).name
    except LookupError:
        found = ""
    if found not in _NORMAL:
        raise UnknownChoice("encoding", f"“{name[:40]}” is no encoding that can be read: {', '.join(LABELS)}")
    return _NORMAL[found]


@dataclass(frozen=True, slots=True)
class FoundEncoding:
    codec: str
    choices: tuple[EncodingChoice, ...] = ()
    """More than one if it is unsure."""


def find_encoding(path: Path, *, region: str | None, language: str | None = None) -> FoundEncoding:
    """How a text file is encoded. Reads all of it, for its first accent may come late."""
    with path.open("rb") as raw:
        head = raw.read(BLOCK)
    marked = find_marked_encoding(head)
    if marked is not None:
        return FoundEncoding(marked)
    scan = _scan(path)
    if scan.is_utf8:
        if re.search(rb"\x1b\$[@B]", head):
            return FoundEncoding("iso2022_jp")
        return FoundEncoding("utf-8")
    return judge_codecs(scan.lines, region=region, language=language, calling_codes=_calling_codes(head))


def find_marked_encoding(head: bytes) -> str | None:
    """The encoding by its byte-order mark, or UTF-16 or 32 without one by where its zero bytes lie; None if neither."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    head = head[: len(head) // 4 * 4]
    zeros = [head[place::4].count(0) for place in range(4)]
    total, quarter = sum(zeros), len(head) / 4
    if quarter < 1 or total < 0.1 * len(head):
        return None
    if min(zeros[2], zeros[3]) > 0.9 * quarter and zeros[0] < 0.05 * quarter:
        return "utf-32-le"
    if min(zeros[0], zeros[1]) > 0.9 * quarter and zeros[3] < 0.05 * quarter:
        return "utf-32-be"
    if zeros[1] + zeros[3] > 0.97 * total:
        return "utf-16-le"
    if zeros[0] + zeros[2] > 0.97 * total:
        return "utf-16-be"
    return None


@dataclass(slots=True)
class _Scan:
    size: int = 0
    wrong: int = 0
    """Bytes that are no UTF-8."""
    right: int = 0
    """Characters beyond ASCII that are."""
    lines: list[bytes] | tuple[()] = ()
    """Some with bytes beyond ASCII."""

    @property
    def is_utf8(self) -> bool:
        """Other encodings' letters are hardly ever UTF-8 by chance, so a few bad bytes, or an end within a character,
        are an accident of a file that is.
        """
        if not self.wrong:
            return True
        return self.right >= 4 * self.wrong or (self.wrong < 0.001 * self.size and self.right > self.wrong)


_VALID = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")
_BEGUN = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")
"""The beginning of a character in UTF-8."""


def _scan(path: Path) -> _Scan:
    scan, lines, kept = _Scan(), [], 0
    with path.open("rb") as raw:
        tail = b""
        while block := raw.read(BLOCK):
            scan.size += len(block)
            block = tail + block
            if block.isascii():
                tail = b""
                continue
            # A character that the block cuts in two is looked at with the next one.
            cut = len(block) - (len(begun[0]) if (begun := _BEGUN.search(block)) else 0)
            block, tail = block[:cut], block[cut:]
            _look_at(block, scan)
            room = SAMPLE // 2 if not kept else SAMPLE // 16
            for line in _lines_beyond_ascii(block):
                if room <= 0 or kept >= SAMPLE:
                    break
                lines.append(line)
                room -= len(line)
                kept += len(line)
        if tail:
            _look_at(tail, scan)
            if len(lines) < 2:
                lines.append(tail)
    scan.lines = lines
    return scan


def _lines_beyond_ascii(block: bytes) -> Iterator[bytes]:
    """The lines with bytes beyond ASCII; of long ones the part around the first of these."""
    at = 0
    while match := _HIGH.search(block, at):
        low, high = max(at, match.start() - LINE), match.start() + LINE
        start = max(
            block.rfind(b"\n", low, match.start()) + 1, block.rfind(b"\r", low, match.start()) + 1, low
        )
        ends = [
            end
            for end in (block.find(b"\n", match.start(), high), block.find(b"\r", match.start(), high))
            if end >= 0
        ]
        at = min(ends, default=min(high, len(block)))
        yield block[start:at]


def _look_at(block: bytes, scan: _Scan) -> None:
    try:
        text = block.decode()
    except UnicodeDecodeError:
        valid = _VALID.findall(block)
        scan.right += len(valid)
        scan.wrong += len(_HIGH.findall(block)) - sum(map(len, valid))
    else:
        scan.right += (len(block) - len(text)) // 2 + 1


def _calling_codes(head: bytes) -> list[str]:
    return [code.decode() for code in re.findall(rb"(?:\+|\b00)([1-9]\d{2})", head[:SAMPLE])]


def likely_languages(
    region: str | None, language: str | None, calling_codes: Iterable[str] = ()
) -> dict[str, float]:
    """How much more likely each language is by the region, by who uploads, and by the numbers in the file."""
    bonus: dict[str, float] = {}
    if region:
        for code, regions in letters.REGIONS.items():
            if region.upper() in regions.split():
                bonus[code] = 0.2
    if language:
        code = language.lower().replace("_", "-")
        code = "zh-hant" if code.startswith(("zh-tw", "zh-hk", "zh-mo", "zh-hant")) else code.split("-")[0]
        code = {"nb": "da", "nn": "da", "no": "da", "bs": "hr"}.get(code, code)
        if code != "en":
            bonus[code] = bonus.get(code, 0.0) + 0.15
    spoken = Counter(map(_language_of, calling_codes))
    for found, count in spoken.items():
        if found is not None:
            bonus[found] = bonus.get(found, 0.0) + (0.2 if 2 * count > spoken.total() else 0.05)
    return bonus


def _language_of(number: str) -> str | None:
    return next(
        (
            letters.CALLING_CODES[number[:length]]
            for length in (3, 2, 1)
            if number[:length] in letters.CALLING_CODES
        ),
        None,
    )


def judge_codecs(
    lines: Sequence[bytes],
    *,
    region: str | None = None,
    language: str | None = None,
    calling_codes: Iterable[str] = (),
) -> FoundEncoding:
    """The codec that makes words of some language of lines with bytes beyond ASCII."""
    sample = b"\n".join(lines)
    likely = likely_languages(region, language, calling_codes)
    western = _decode(sample, WESTERN)
    if western is not None and _has_only_signs(western) and likely.keys() <= _western_languages():
        # Nothing to judge by but a price: `10 €`.
        return FoundEncoding(WESTERN)
    marks: list[tuple[float, str, str]] = []
    expected: set[str] = set()
    for codec, _, languages, usual in letters.CODECS:
        text = _decode(sample, codec)
        if text is not None:
            found, spoken = _mark(text, languages.split(), likely)
            marks.append((found + usual, codec, text))
            if spoken in likely:
                expected.add(codec)
    if not marks:
        return FoundEncoding("cp1252")
    voted = _vote(sample, [codec for _, codec, _ in marks])
    marks = [(mark + 0.04 * (codec == voted), codec, text) for mark, codec, text in marks]
    marks.sort(key=lambda item: -item[0])
    best = marks[0]
    rivals, seen = [best], {_letters_of(best[2])}
    for mark, codec, text in marks[1:]:
        if mark < best[0] - 2 * SURE or len(rivals) == CHOICES:
            break
        if (bare := _letters_of(text)) not in seen:
            seen.add(bare)
            rivals.append((mark, codec, text))
    if all(
        mark < best[0] - (SURE_AT_HOME if best[1] in expected and codec not in expected else SURE)
        for mark, codec, _ in rivals[1:]
    ):
        return FoundEncoding(best[1])
    shown = _telling_lines([text.split("\n") for _, _, text in rivals])
    return FoundEncoding(
        best[1],
        tuple(
            EncodingChoice(
                codec, LABELS[codec], tuple(text.split("\n")[index].strip()[:ROW] for index in shown)
            )
            for _, codec, text in rivals
        ),
    )


@cache
def _western_languages() -> frozenset[str]:
    return frozenset(next(languages for codec, _, languages, _ in letters.CODECS if codec == WESTERN).split())


def _has_only_signs(text: str) -> bool:
    """Whether no letter beyond ASCII is in the text, and no sign stands at a letter."""
    return not any(
        char not in _EDGE_SIGNS or text[max(place - 1, 0) : place + 2].strip(char).strip().isalpha()
        for place, char in enumerate(text)
        if char > "\x7f"
    )


def _telling_lines(texts: Sequence[Sequence[str]]) -> list[int]:
    """The two lines that differ most between the readings."""
    size = min(map(len, texts))
    order = sorted(range(size), key=lambda index: -len({lines[index] for lines in texts}))
    return sorted(order[:2])


def _decode(sample: bytes, codec: str) -> str | None:
    """The text, if all but an accident of it can be decoded."""
    try:
        return sample.decode(codec)
    except UnicodeDecodeError:
        text = sample.decode(codec, "replace")
    high = len(_HIGH.findall(sample))
    return text if text.count("\ufffd") <= 0.01 * high and text.count("\n") == sample.count(b"\n") else None


def _vote(sample: bytes, candidates: list[str]) -> str | None:
    from charset_normalizer import from_bytes  # few files come to a vote

    best = from_bytes(sample[:8_000], cp_isolation=candidates, threshold=0.5).best()
    return best.encoding if best is not None else None


def _letters_of(text: str) -> str:
    return "".join(char for char in text if char.isalpha())


_BETWEEN_WORDS = re.compile(r"[\s\x00-\x40\x5b-\x60\x7b-\x7f\d]+")
_ORDINAL = re.compile(r"[A-Za-z]?[ªº]")
"""`Nº`, and what stands behind the digit of `2º`: no word to judge by."""
_BESIDE_DIGIT = re.compile(r"(?<![^\W\d_])[^\W\d_ªº\x00-\x7f](?=\d)|(?<=\d)[^\W\d_ªº\x00-\x7f](?![^\W\d_])")
"""A letter where the sign of a currency stands: Ł10 for £10."""
_EDGE_SIGNS = frozenset("“”„‘’‚«»‹›–—…·•€£¥°§©®™¿¡ªº№´`、。「」・，；：（）\xa0\u3000")
_JOINTS = frozenset("’·‐\xad")


def _mark(text: str, languages: Sequence[str], likely: Mapping[str, float]) -> tuple[float, str]:
    """How much the words of `text` look like one of the languages: 1 for a text of its letters, below 0 for a mess;
    and which language that is. The fewer letters there are to judge by, the more counts what is expected."""
    words = {
        word for word in _BETWEEN_WORDS.split(text) if not word.isascii() and not _ORDINAL.fullmatch(word)
    }
    size = sum(sum(char > "\x7f" for char in word) for word in words)
    if not size:
        return -1.0, ""
    shared = sum(map(_word_faults, words)) + sum(
        unicodedata.category(match[0]) in ("Lu", "Ll") for match in _BESIDE_DIGIT.finditer(text)
    )
    every = _all_weights(tuple(languages))
    best, spoken = -9.0, ""
    for language in languages:
        weights = _weights(language)
        own = 0.0
        for word in words:
            for char in word:
                if char > "\x7f" and unicodedata.category(char)[0] in "LM":
                    weight = weights.get(char)
                    own += (
                        weight if weight is not None else 0.3 if char in every else _foreign(char, language)
                    )
        mark = (own - shared) / size + likely.get(language, 0.0) * (1 + 1 / size)
        if mark > best:
            best, spoken = mark, language
    return best, spoken


def _foreign(char: str, language: str) -> float:
    """For a letter that the language has not."""
    if language == "ja":
        if "\uff66" <= char <= "\uff9f":
            return 0.1
        return 0.4 if "\u4e00" <= char <= "\u9fff" else -0.6
    if language in ("zh", "zh-hant"):
        return 0.35 if "\u4e00" <= char <= "\u9fff" else -0.6
    if language == "ko":
        return 0.45 if "\uac00" <= char <= "\ud7a3" else -0.4
    return -0.6


@cache
def _weights(language: str) -> dict[str, float]:
    """Of each letter, capitals a little less."""
    common = {
        "ja": letters.COMMON_JAPANESE,
        "ko": letters.COMMON_KOREAN,
        "zh": letters.COMMON_CHINESE,
        "zh-hant": letters.COMMON_TRADITIONAL,
    }.get(language)
    if common is not None:
        found = dict.fromkeys("".join(common.split()), 1.0)
        if language == "ja":
            found |= dict.fromkeys(map(chr, range(0x3041, 0x30FF)), 1.0) | {"々": 1.0, "ー": 1.0}
        return found
    alphabet = letters.LETTERS.get(language, "")
    found = {}
    for place, letter in enumerate(alphabet):
        weight = 1.0 - 0.5 * place / len(alphabet)
        found[letter] = weight
        upper = letter.upper()
        if len(upper) == 1 and upper != letter:
            found[upper] = weight - 0.05
    if language == "tr":
        found |= {"İ": 0.95}
        found.pop("I", None)
    return found | dict.fromkeys(letters.MARKS.get(language, ""), 0.6)


@cache
def _all_weights(languages: tuple[str, ...]) -> frozenset[str]:
    return frozenset(char for language in languages for char in _weights(language))


def _word_faults(word: str) -> float:
    """What no word of any language has: controls and signs within it, two scripts, a capital after a small letter."""
    faults = 0.0
    scripts = set()
    before = ""
    beyond = 0
    for place, char in enumerate(word):
        category = unicodedata.category(char)
        if category[0] == "L" or category[0] == "M":
            if category[0] == "L" and char not in "ªº":
                scripts.add(_script(char))
                beyond += char > "\x7f"
            if category == "Lu" and before == "Ll" and (char > "\x7f" or word[place - 1] > "\x7f"):
                faults += 0.8
            if before == "Ls":
                faults += 1.0  # a final sigma within a word
            before = category if char != "ς" else "Ls"
            continue
        before = ""
        if char <= "\x7f":
            continue
        if char == "\ufffd" or category in ("Cc", "Cn", "Co"):
            faults += 3.0
        elif char in _JOINTS and 0 < place < len(word) - 1:
            faults += 0.1
        elif char in _EDGE_SIGNS and (place == 0 or place == len(word) - 1):
            faults += 0.3
        else:
            faults += 1.2
    if len(scripts) > 1 and not scripts <= {"kana", "han", "latin"} and not scripts <= {"hangul", "latin"}:
        faults += 1.5
    if scripts == {"latin"} and beyond > 2 and 2 * beyond > len(word):
        faults += 0.6 * beyond
    if scripts and scripts <= {"greek", "hebrew", "arabic", "cyrillic"} and word[-1:] in "כמנפצ":
        faults += 0.6  # letters with a form of their own at the end of a word
    return faults


@cache
def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    first = name.split(" ")[0].lower()
    if first in ("hiragana", "katakana", "katakana-hiragana", "halfwidth"):
        return "kana"
    return {"cjk": "han", "fullwidth": "latin", "modifier": "latin"}.get(first, first)


def decoded_head(path: Path, codec: str, size: int) -> str:
    """The first `size` characters, whatever cannot be decoded replaced."""
    with path.open(encoding=codec, errors="replace", newline="") as text:
        try:
            return text.read(size)
        except UnicodeError:
            # UTF-16 and UTF-32 without a mark in front, which no replacement mends.
            raise UnknownChoice("encoding", f"the file is not written in {codec}") from None


def list_encodings() -> Iterator[tuple[str, str]]:
    """(codec, label) of every encoding that can be chosen."""
    yield from LABELS.items()
