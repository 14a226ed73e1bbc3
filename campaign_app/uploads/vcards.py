"""vCards: address books as tables, a person a row, the numbers in the order in which one would call them."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from campaign_app.domain.column_names import Kind, is_known_label, read_label

MAX_LINE = 100_000
"""Characters of a line, folded ones together; the rest (a photo) is not kept."""
PHONE_COLUMNS = ("phone", *(f"phone_{place}" for place in range(2, 11)))
RELATIVE, LABELED = "relative_phone", "labeled_phone"
"""Numbers of somebody else, by their labels, and those whose label does not say whose they are: neither is called."""
COLUMNS = (
    "name", "first_name", "last_name", *PHONE_COLUMNS, RELATIVE, LABELED, "fax", "pager", "email", "organization",
    "timezone", "language", "categories", "note",
)  # fmt: skip
SIMPLE = {"EMAIL": "email", "TZ": "timezone", "LANG": "language", "CATEGORIES": "categories", "NOTE": "note"}
ORDER = ("pref", "cell", "mobile", "iphone", "home", "main", "voice", "", "work")
NO_PHONES = {"fax": "fax", "pager": "pager", "telex": "fax", "modem": "fax", "bbs": "fax"}
PLAIN_TYPES = frozenset(
    {
        *ORDER,
        "voice",
        "msg",
        "text",
        "video",
        "textphone",
        "internet",
        "other",
        "x-other",
        "pcs",
        "car",
        "isdn",
    }
)
"""Types that say nothing about whose number it is; others are read as labels are."""
PLACE_OF_KIND = {
    Kind.MOBILE: ORDER.index("cell"),
    Kind.HOME: ORDER.index("home"),
    Kind.WORK: ORDER.index("work"),
}
MOST_LABELS = 20


@dataclass(frozen=True, slots=True)
class Phone:
    """A number with its place in ORDER, the group of its line (`item1`), and types that are labels of people."""

    place: int
    number: str
    group: str = ""
    labels: tuple[str, ...] = ()


@dataclass(slots=True)
class Card:
    line: int
    values: dict[str, str] = field(default_factory=dict)
    """By column."""
    phones: list[Phone] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    """Apple's `item1.X-ABLabel`, by the group of the line that it belongs to."""

    @property
    def cells(self) -> dict[str, str]:
        own: list[tuple[int, str]] = []
        others: dict[str, str] = {}
        for phone in self.phones:
            column, place = self.column_of(phone)
            if column:
                others.setdefault(column, phone.number)
            else:
                own.append((place, phone.number))
        own.sort(key=lambda item: item[0])
        return {
            **others,
            **self.values,
            **{column: number for column, (_, number) in zip(PHONE_COLUMNS, own, strict=False)},
        }

    def column_of(self, phone: Phone) -> tuple[str, int]:
        """The column of a number that is not its person's to answer, else an empty text, and its place in ORDER."""
        place = phone.place
        for label in self.labels_of(phone):
            if any(word in label.casefold() for word in ("fax", "pager")):
                return ("fax" if "fax" in label.casefold() else "pager"), place
            kind, own = read_label(label)
            if not own:
                return RELATIVE, place
            if not is_known_label(label):
                return LABELED, place
            place = place if place != ORDER.index("") else PLACE_OF_KIND.get(kind, place)
        return "", place

    def labels_of(self, phone: Phone) -> list[str]:
        label = self.labels.get(phone.group, "") if phone.group else ""
        return [*phone.labels, *([label] if label else [])]

    def add(self, column: str, value: str) -> None:
        """Unless the column has a value."""
        if value and not self.values.get(column):
            self.values[column] = value


def read_cards(lines: Iterable[str]) -> Iterator[Card]:
    """The cards of a text, given its lines. What a card has beside names and ways to reach its person is left out."""
    card: Card | None = None
    is_whole = True

    def watch_ends() -> Iterator[str]:
        nonlocal is_whole
        for line in lines:
            is_whole = line.endswith(("\n", "\r"))
            yield line

    for (number, line), is_last in _mark_last(_unfold(watch_ends())):
        group, name, parameters, value = _split(line)
        if is_last and not is_whole and card is not None and name in ("TEL", "X-ABLABEL"):
            # The file is cut off: what is there may be the beginning of a number, and another person's as it stands,
            # or of the label that says whose number it is.
            if name == "X-ABLABEL":
                card.phones = [phone for phone in card.phones if phone.group != group]
        elif name == "BEGIN" and value.strip().upper() == "VCARD":
            if card is not None:
                yield card
            card = Card(number)
        elif card is not None and name == "END":
            yield card
            card = None
        elif card is not None:
            _take(card, group, name, parameters, value)
    if card is not None:
        yield card


def _mark_last(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[tuple[int, str], bool]]:
    """Each line, and whether it is the last."""
    line = next(lines, None)
    while line is not None:
        following = next(lines, None)
        yield line, following is None
        line = following


def find_columns(cards: Iterable[Card]) -> list[str]:
    """The columns for which any card has a value, in their order."""
    used = {"name", "phone"}.union(*(card.cells for card in cards))
    return [column for column in COLUMNS if column in used]


def card_rows(cards: Iterable[Card], columns: Sequence[str]) -> Iterator[list[str]]:
    """The cards' rows, under the row of their columns' names."""
    yield list(columns)
    for card in cards:
        cells = card.cells
        yield [cells.get(column, "") for column in columns]


def list_unclear_labels(cards: Iterable[Card]) -> list[str]:
    """Labels of numbers that are in the column LABELED, some of them."""
    labels: dict[str, None] = {}
    for card in cards:
        for phone in card.phones:
            if card.column_of(phone)[0] == LABELED:
                labels.update(dict.fromkeys(card.labels_of(phone)))
        if len(labels) >= MOST_LABELS:
            break
    return list(labels)[:MOST_LABELS]


def _unfold(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Logical lines: one that begins with a blank goes on from the one before; in vCard 2.1 also after a final `=`."""
    text, begun = "", 0
    soft = False
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if soft and not re.match(r"(?:[\w-]+\.)?[A-Za-z-]+[;:]", line):
            text = (text[:-1] + line.lstrip(" \t"))[:MAX_LINE]
        elif line[:1] in (" ", "\t") and begun:
            text = text + line[1:] if len(text) < MAX_LINE else text
        else:
            if text:
                yield begun, text
            text, begun = line[:MAX_LINE], number
        soft = text.endswith("=") and "QUOTED-PRINTABLE" in text.upper()
    if text:
        yield begun, text


def _split(line: str) -> tuple[str, str, dict[str, str], str]:
    """(group, name, parameters, value) of `item1.TEL;TYPE=cell,pref:+1 …`. Types are joined by commas under TYPE."""
    match = re.match(r'((?:[^:"]|"[^"]*")*):(.*)', line, re.S)
    if match is None:
        return "", "", {}, line
    name, *given = re.findall(r'(?:[^;"]|"[^"]*")+', match[1]) or [""]
    parameters: dict[str, str] = {}
    for item in given:
        key, _, setting = item.partition("=")
        if not setting:
            # vCard 2.1 writes `TEL;CELL;VOICE`.
            key, setting = (
                ("ENCODING", key) if key.upper() in ("QUOTED-PRINTABLE", "BASE64") else ("TYPE", key)
            )
        key, setting = key.strip().upper(), setting.strip('"')
        parameters[key] = f"{parameters[key]},{setting}" if key in parameters else setting
    value = match[2]
    if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        raw = quopri.decodestring(value.encode("utf-8", "surrogateescape"))
        try:
            value = raw.decode(parameters.get("CHARSET") or "utf-8", "replace")
        except LookupError:
            value = raw.decode("utf-8", "replace")
    group, _, name = name.rpartition(".")
    return group.strip().lower(), name.strip().upper(), parameters, value


def _take(card: Card, group: str, name: str, parameters: dict[str, str], value: str) -> None:
    if name == "FN":
        card.values["name"] = _plain(value) or card.values.get("name", "")
    elif name == "N":
        last, first = [*map(_plain, re.split(r"(?<!\\);", value)), ""][:2]
        card.add("last_name", last)
        card.add("first_name", first)
        card.add("name", f"{first} {last}".strip())
    elif name == "ORG":
        card.add("organization", _plain(re.split(r"(?<!\\);", value)[0]))
    elif name in SIMPLE:
        card.add(SIMPLE[name], _plain(value))
    elif name == "X-ABLABEL" and group:
        # Apple writes its own labels as `_$!<Mobile>!$_`.
        card.labels[group] = re.sub(r"^_\$!<(.*)>!\$_$", r"\1", _plain(value))[:60]
    elif name == "TEL" and (number := _plain(value)):
        types = {
            word.strip().lower().removeprefix("x-"): None for word in parameters.get("TYPE", "").split(",")
        }
        other = next((column for word, column in NO_PHONES.items() if word in types), None)
        if other is not None:
            card.add(other, number)
        elif len(card.phones) < len(PHONE_COLUMNS):
            place = min((ORDER.index(word) for word in types if word in ORDER), default=ORDER.index(""))
            labels = tuple(word for word in types if word not in PLAIN_TYPES)
            card.phones.append(
                Phone(0 if "PREF" in parameters else place, _bare_number(number), group, labels)
            )


def _plain(value: str) -> str:
    return re.sub(r"\\([\\,;:])", r"\1", re.sub(r"\\[nN]", " ", value)).strip()


def _bare_number(number: str) -> str:
    """Without the scheme of a URI (vCard 4: `VALUE=uri:tel:+1-…;ext=5`)."""
    return re.sub(r"(?i)^tel:", "", number)
