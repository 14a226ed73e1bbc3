"""Pack files: a pack as an author writes it, in TOML, checked.

Each rule has an id, a title, a status, a source and what it limits: `hours`, `caps`, `silence_after`, `requires` or
`prohibited`; `applies_when` and `in_force` say whose calls and when. Every example is a test. What is wrong is named
with its path in the file, such as `rules[2].hours[0].end`, and the line where that can be found.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from .calling_window import DAYS, CallingWindow, parse_windows
from .dial_profile import CONSENTS, LINES, PARTIES
from .errors import FieldError, InvalidInput
from .number_zones import is_zone
from .packs import (
    ANYWHERE,
    ELSEWHERE,
    PERSON_ZONE,
    STATE_ZONE,
    AppliesWhen,
    Example,
    Holidays,
    Pack,
    Requires,
    Rule,
    RuleStatus,
    Silence,
    SilenceEvent,
)
from .phone import is_region
from .place_names import find_state
from .rulebook import MOST_CALLS, CallCap, CapPeriod, CapScope, Purpose

LONGEST_FILE = 200_000
"""Characters."""
MOST_RULES = 200
LONGEST_CAP = 90
"""Days: call records are kept at least so long."""
LONGEST_SILENCE = 3660
"""Days after a refusal; after a call as many as a cap has."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DAY_RANGE = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)-(mon|tue|wed|thu|fri|sat|sun)")
MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-([0-2][1-9]|[123]0|31) (\S.*)")
PACK_PARTS = ("name", "title", "group", "places", "covers_hours", "checked_on", "notes", "rules")
RULE_PARTS = (
    "id",
    "title",
    "status",
    "source",
    "url",
    "optional",
    "places",
    "except_places",
    "in_force",
    "applies_when",
    "hours",
    "zone",
    "holidays",
    "caps",
    "silence_after",
    "requires",
    "prohibited",
    "examples",
)
LIMITS = ("hours", "holidays", "caps", "silence_after", "requires", "prohibited")


def parse_pack(text: str) -> Pack:
    """Read a pack file. Raises InvalidInput with everything that is wrong."""
    if len(text) > LONGEST_FILE:
        raise InvalidInput([FieldError("pack", f"{len(text):,} characters; {LONGEST_FILE:,} at the most")])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput([FieldError("pack", f"this is not TOML: {error}")]) from None
    reader = _Reader(text)
    pack = reader.read_pack(data)
    if reader.errors:
        raise InvalidInput(reader.errors)
    return pack


def hash_pack(data: Mapping[str, Any]) -> str:
    """12 hexadecimal digits of everything that a pack says, however it is laid out."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


class _Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, text: str) -> None:
        self.errors: list[FieldError] = []
        self._lines = text.splitlines()

    def read_pack(self, data: Mapping[str, Any]) -> Pack:
        self._check_parts(data, PACK_PARTS, "")
        name = self._read_name(data.get("name"), "name")
        places = self._read_places(data.get("places"), "places")
        rules = data.get("rules")
        if not isinstance(rules, list) or not rules or len(rules) > MOST_RULES:
            self._refuse("rules", f"1 to {MOST_RULES} tables, each as [[rules]]")
            rules = []
        title = self._read_text(data.get("title"), "title")
        read = [self._read_rule(item, f"rules[{n}]", (name, title), places) for n, item in enumerate(rules)]
        # Where it says hours it knows them; else only where its author says that there are none.
        if self._read_flag(data.get("covers_hours", False), "covers_hours"):
            read = [replace(rule, covers=True) for rule in read]
        ids = [rule.id for rule in read]
        for index, rule_id in enumerate(ids):
            if rule_id in ids[:index]:
                self._refuse(f"rules[{index}].id", "another rule of this pack has it already")
        return Pack(
            name,
            hash_pack(data),
            title,
            self._read_text(data.get("group"), "group"),
            self._read_date(data.get("checked_on"), "checked_on") or date.min,
            tuple(read),
            tuple(self._read_texts(data.get("notes", []), "notes")),
        )

    def _read_rule(self, item: object, where: str, pack: tuple[str, str], places: tuple[str, ...]) -> Rule:
        data = self._read_table(item, where, RULE_PARTS)
        rule_id = f"{pack[0]}/{self._read_name(data.get('id'), f'{where}.id')}"
        if not any(data.get(part) for part in LIMITS):
            self._refuse(where, f"it limits nothing: give one of {', '.join(LIMITS)}")
        if "holidays" in data and "hours" not in data:
            self._refuse(f"{where}.holidays", "give hours, too: holidays shorten them")
        in_force = self._read_table(data.get("in_force", {}), f"{where}.in_force", ("from", "until"))
        starts = self._read_date(in_force.get("from"), f"{where}.in_force.from", needed=False)
        ends = self._read_date(in_force.get("until"), f"{where}.in_force.until", needed=False)
        if starts and ends and ends <= starts:
            self._refuse(f"{where}.in_force.until", "must come after its first day")
        own_places = self._read_places(data["places"], f"{where}.places") if "places" in data else places
        rule = Rule(
            id=rule_id,
            pack=pack[0],
            pack_title=pack[1],
            title=self._read_text(data.get("title"), f"{where}.title"),
            status=self._read_word(data.get("status"), f"{where}.status", RuleStatus) or RuleStatus.LAW,
            source=self._read_text(data.get("source"), f"{where}.source"),
            url=self._read_text(data.get("url", ""), f"{where}.url", needed=False),
            optional=self._read_flag(data.get("optional", False), f"{where}.optional"),
            covers=bool(data.get("hours")),
            places=own_places,
            except_places=self._read_places(data.get("except_places", []), f"{where}.except_places", False),
            starts_on=starts,
            ends_on=ends,
            applies_when=self._read_applies_when(data.get("applies_when", {}), f"{where}.applies_when"),
            hours=self._read_windows(data["hours"], f"{where}.hours") if "hours" in data else (),
            zone=self._read_zone(data.get("zone", PERSON_ZONE), f"{where}.zone"),
            holidays=(
                self._read_holidays(data["holidays"], f"{where}.holidays") if "holidays" in data else None
            ),
            caps=tuple(
                self._read_cap(each, f"{where}.caps[{n}]")
                for n, each in enumerate(self._read_list(data.get("caps", []), f"{where}.caps"))
            ),
            silence_after=tuple(
                self._read_silence(each, f"{where}.silence_after[{n}]")
                for n, each in enumerate(
                    self._read_list(data.get("silence_after", []), f"{where}.silence_after")
                )
            ),
            requires=(
                self._read_requires(data["requires"], f"{where}.requires") if "requires" in data else None
            ),
            prohibited=self._read_text(
                data.get("prohibited", ""),
                f"{where}.prohibited",
                needed=False,
                what="a sentence that says what is not allowed",
            ),
            examples=tuple(
                self._read_example(each, f"{where}.examples[{n}]", own_places)
                for n, each in enumerate(self._read_list(data.get("examples", []), f"{where}.examples"))
            ),
        )
        if not rule.examples:
            self._refuse(f"{where}.examples", "give at least one call and whether it is allowed")
        return rule

    def _read_applies_when(self, item: object, where: str) -> AppliesWhen:
        data = self._read_table(item, where, ("purposes", "lines", "parties", "unless_consent"))
        purposes = self._read_choices(data.get("purposes", []), f"{where}.purposes", tuple(Purpose))
        return AppliesWhen(
            tuple(Purpose(each) for each in purposes),
            self._read_choices(data.get("lines", []), f"{where}.lines", LINES),
            self._read_choices(data.get("parties", []), f"{where}.parties", PARTIES),
            self._read_choices(data.get("unless_consent", []), f"{where}.unless_consent", CONSENTS[1:]),
        )

    def _read_windows(self, value: object, where: str) -> tuple[CallingWindow, ...]:
        items = self._read_list(value, where)
        spelled = [
            {**item, "days": _spell_days(item.get("days", "daily"))} if isinstance(item, Mapping) else item
            for item in items
        ]
        return self._collect(lambda: parse_windows(spelled, where)) or ()

    def _read_holidays(self, value: object, where: str) -> Holidays | None:
        if value == "closed":
            return Holidays()
        data = self._read_table(
            value, where, ("windows", "of_states", "of_country", "before_weekends", "added", "removed")
        )
        added: list[tuple[int, int, str]] = []
        for index, day in enumerate(self._read_texts(data.get("added", []), f"{where}.added")):
            match = MONTH_DAY.fullmatch(day)
            if match is None:
                self._refuse(f"{where}.added[{index}]", "month, day and name, such as 06-14 Flag Day")
            else:
                added.append((int(match[1]), int(match[2]), match[3]))
        windows = data.get("windows", [])
        return Holidays(
            self._read_windows(windows, f"{where}.windows") if windows else (),
            self._read_flag(data.get("of_states", True), f"{where}.of_states"),
            self._read_flag(data.get("of_country", False), f"{where}.of_country"),
            self._read_flag(data.get("before_weekends", True), f"{where}.before_weekends"),
            tuple(added),
            tuple(self._read_texts(data.get("removed", []), f"{where}.removed")),
        )

    def _read_cap(self, item: object, where: str) -> CallCap:
        data = self._read_table(item, where, ("most", "per_hours", "per_days", "per", "scope", "counts"))
        most = self._read_whole(data.get("most"), f"{where}.most", MOST_CALLS)
        given = [part for part in ("per_hours", "per_days", "per") if part in data]
        hours: int | None = None
        per: CapPeriod | None = None
        if len(given) != 1:
            self._refuse(where, "one of per_hours, per_days, or per: day or week")
        elif given == ["per"]:
            per = self._read_word(data["per"], f"{where}.per", CapPeriod)
        else:
            unit = 24 if given == ["per_days"] else 1
            hours = unit * self._read_whole(data[given[0]], f"{where}.{given[0]}", 24 * LONGEST_CAP // unit)
        scope = self._read_word(data.get("scope", "number"), f"{where}.scope", CapScope)
        counts = data.get("counts", "placed")
        if counts not in ("placed", "answered"):
            self._refuse(f"{where}.counts", "placed or answered")
        return CallCap(most, hours, scope or CapScope.NUMBER, per, answered_only=counts == "answered")

    def _read_silence(self, item: object, where: str) -> Silence:
        data = self._read_table(item, where, ("event", "days"))
        event = self._read_word(data.get("event"), f"{where}.event", SilenceEvent)
        longest = LONGEST_SILENCE if event is SilenceEvent.REFUSED else LONGEST_CAP
        return Silence(
            event or SilenceEvent.REFUSED, self._read_whole(data.get("days"), f"{where}.days", longest)
        )

    def _read_requires(self, item: object, where: str) -> Requires:
        flags = ("opt_out_key", "identification", "toll_free", "caller_id", "warns")
        data = self._read_table(item, where, ("consent", "registry_days", *flags))
        days = data.get("registry_days")
        if not any(value for key, value in data.items() if key != "warns"):
            self._refuse(where, "it requires nothing")
        return Requires(
            consent=self._read_choices(data.get("consent", []), f"{where}.consent", CONSENTS[1:]),
            registry_days=None if days is None else self._read_whole(days, f"{where}.registry_days", 366),
            **{flag: self._read_flag(data.get(flag, False), f"{where}.{flag}") for flag in flags},
        )

    def _read_example(self, item: object, where: str, places: tuple[str, ...]) -> Example:
        parts = ("at", "zone", "place", "purpose", "allowed", "consent", "line", "party", "calls")
        data = self._read_table(item, where, parts)
        allowed = data.get("allowed")
        if not isinstance(allowed, bool):
            self._refuse(f"{where}.allowed", "true or false")
        place = data.get("place", places[0] if places else "")
        if not isinstance(place, str):
            self._refuse(f"{where}.place", "a country or a state, such as US-FL")
            place = ""
        calls = self._read_list(data.get("calls", []), f"{where}.calls")
        return Example(
            at=self._read_local(data.get("at"), f"{where}.at"),
            zone=self._read_zone(data.get("zone"), f"{where}.zone"),
            place=place,
            purpose=self._read_word(data.get("purpose", "marketing"), f"{where}.purpose", Purpose),
            allowed=bool(allowed),
            consent=self._choose(data.get("consent", "none"), f"{where}.consent", CONSENTS),
            line=self._choose(data.get("line", "unknown"), f"{where}.line", LINES),
            party=self._choose(data.get("party", "consumer"), f"{where}.party", PARTIES),
            calls=tuple(self._read_local(each, f"{where}.calls[{n}]") for n, each in enumerate(calls)),
        )

    # --- values ---

    def _refuse(self, where: str, text: str) -> None:
        line = self._find_line(where)
        self.errors.append(FieldError(where or "pack", text if line is None else f"{text} (line {line})"))

    def _find_line(self, where: str) -> int | None:
        """The line of a part: within its rule, the first that gives its last name."""
        begin = 0
        rule = re.match(r"rules\[(\d+)\]", where)
        if rule is not None:
            heads = [n for n, line in enumerate(self._lines) if line.strip() == "[[rules]]"]
            if int(rule[1]) >= len(heads):
                return None
            begin = heads[int(rule[1])]
        name = re.sub(r"\[\d+\]", "", where).rpartition(".")[2]
        if rule is not None and where == rule[0]:
            return begin + 1
        wanted = re.compile(rf"(^|[\s{{,\[.]){re.escape(name)}\s*[=.\]]")
        for number in range(begin, len(self._lines)):
            if number > begin and rule is not None and self._lines[number].strip() == "[[rules]]":
                break
            if wanted.search(self._lines[number]):
                return number + 1
        return begin + 1 if rule is not None else None

    def _collect(self, parse: Callable[[], Any]) -> Any:
        try:
            return parse()
        except InvalidInput as error:
            for each in error.errors:
                self._refuse(each.field, each.message)
            return None

    def _check_parts(self, data: Mapping[str, Any], parts: Sequence[str], where: str) -> None:
        for key in data:
            if key not in parts:
                self._refuse(
                    f"{where}.{key}" if where else key,
                    f"not a part of this table; its parts are {', '.join(parts)}",
                )

    def _read_table(self, item: object, where: str, parts: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(item, Mapping):
            self._refuse(where, f"a table with {', '.join(parts)}")
            return {}
        self._check_parts(item, parts, where)
        return item

    def _read_list(self, value: object, where: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self._refuse(where, "a list")
        return []

    def _read_text(self, value: object, where: str, *, needed: bool = True, what: str = "text") -> str:
        if isinstance(value, str) and (value.strip() or not needed) and len(value) <= 1000:
            return " ".join(value.split())
        self._refuse(where, f"{what} of at most 1,000 characters")
        return ""

    def _read_texts(self, value: object, where: str) -> list[str]:
        return [
            self._read_text(each, f"{where}[{n}]") for n, each in enumerate(self._read_list(value, where))
        ]

    def _read_name(self, value: object, where: str) -> str:
        if isinstance(value, str) and NAME.fullmatch(value) and len(value) <= 60:
            return value
        self._refuse(where, "small letters, digits and hyphens, such as us-fl")
        return ""

    def _read_flag(self, value: object, where: str) -> bool:
        if isinstance(value, bool):
            return value
        self._refuse(where, "true or false")
        return False

    def _read_whole(self, value: object, where: str, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return value
        self._refuse(where, f"a whole number from 1 to {most:,}")
        return 1

    def _read_date(self, value: object, where: str, *, needed: bool = True) -> date | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None or needed:
            self._refuse(where, "a day, such as 2026-11-28, without quotes")
        return None

    def _read_local(self, value: object, where: str) -> datetime:
        if isinstance(value, datetime) and value.tzinfo is None:
            return value
        self._refuse(where, "a local time, such as 2026-07-06T08:00:00, without quotes and offset")
        return datetime(2000, 1, 1)  # noqa: DTZ001

    def _read_word(self, value: object, where: str, words: Any) -> Any:
        if isinstance(value, str) and value in set(words):
            return words(value)
        self._refuse(where, f"one of {', '.join(words)}")
        return None

    def _choose(self, value: object, where: str, choices: Sequence[str]) -> str:
        if isinstance(value, str) and value in choices:
            return value
        self._refuse(where, f"one of {', '.join(choices)}")
        return choices[0]

    def _read_choices(self, value: object, where: str, choices: Sequence[str]) -> tuple[str, ...]:
        items = self._read_list(value, where)
        return tuple(self._choose(each, f"{where}[{n}]", choices) for n, each in enumerate(items))

    def _read_places(self, value: object, where: str, needed: bool = True) -> tuple[str, ...]:
        items = self._read_list(value, where)
        if needed and not items:
            self._refuse(where, "at least one country (ISO 3166) or state (ISO 3166-2), such as US-FL")
        for index, each in enumerate(items):
            known = isinstance(each, str) and (
                each in (ANYWHERE, ELSEWHERE) or is_region(each) or find_state(each) is not None
            )
            if not known:
                self._refuse(
                    f"{where}[{index}]", "no country or state that is known here, such as FR or US-FL"
                )
        return tuple(each for each in items if isinstance(each, str))

    def _read_zone(self, value: object, where: str) -> str:
        if value in (PERSON_ZONE, STATE_ZONE) or (isinstance(value, str) and is_zone(value)):
            return str(value)
        self._refuse(where, "person, state, or an IANA time zone")
        return PERSON_ZONE


def _spell_days(value: object) -> object:
    """`daily` and `mon-fri` as the days that they stand for; `mon-wed, sat` too."""
    if not isinstance(value, str):
        return value
    if value == "daily":
        return list(DAYS)
    days: list[str] = []
    for part in (each.strip() for each in value.split(",")):
        match = DAY_RANGE.fullmatch(part)
        if match is None:
            days.append(part)
            continue
        first, last = DAYS.index(match[1]), DAYS.index(match[2])
        days += DAYS[first : last + 1] if first <= last else DAYS[first:] + DAYS[: last + 1]
    return days
