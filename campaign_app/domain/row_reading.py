"""Row reading: from a row's cells and the columns' roles to a new contact, or the reason why it is none.

A million rows come through here, so that all that depends on the columns alone is worked out once (`RowReader`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from .call_answers import has_forbidding_word, speaks_of_calls, speaks_of_writing
from .column_names import (
    Kind,
    Meaning,
    NameReading,
    fold_value,
    is_known_label,
    read_flag,
    read_label,
    read_name,
    read_permission,
    read_spoken,
)
from .column_notes import may_say_do_not_call, says_do_not_call
from .column_roles import Mapping, Role
from .column_values import is_date_text
from .consent_times import UnclearConsent, read_consent_time
from .countries import Country, find_country, shares_calling_code
from .csv_cells import MAX_VALUE, plain
from .number_rules import NumberRules, check_number
from .number_text import UnclearNumber, split_long_numbers, split_numbers
from .phone import WORLD, ParsedNumber, PhoneError, parse_number
from .variables import fold_variable
from .zone_names import find_timezone

LONGEST_STATE = 64
LONGEST_POSTAL_CODE = 16
LONGEST_LANGUAGE = 35
LONGEST_EXTERNAL_ID = 128
LONGEST_EXTENSION = 16
LONGEST_CONSENT = 500
"""Characters that `contacts` keeps of each."""
SHOWN = 60
"""Characters of a cell that a reason quotes."""
GOOGLE_SEPARATOR = ":::"


@dataclass(slots=True)
class NewContact:
    """A person to call. Numbers are E.164; `region` (ISO 3166 alpha-2) and `number_type` are those of `phone`.

    `second_numbers` are other numbers of the same person, in the order of preference. `consent` is {"at", "source"},
    the time in ISO 8601 where the file has it plainly, else as the file has it.
    """

    phone: str
    variables: dict[str, str]
    second_numbers: tuple[str, ...] = ()
    timezone: str | None = None
    region: str | None = None
    number_type: str | None = None
    country: str | None = None
    """Of the person, ISO 3166 alpha-2, where the row names another than the number's."""
    state: str | None = None
    postal_code: str | None = None
    language: str | None = None
    external_id: str | None = None
    consent: dict[str, Any] | None = None
    extension: str | None = None
    profile: int = 0
    """The place of its dial profile in a list that the reader's caller keeps."""


@dataclass(slots=True)
class RowRefusal:
    """Why a row is no contact: a fixed code and a sentence. `phones` (E.164) are the numbers of somebody who must not
    be called, by the row's own words: the campaign may have them already."""

    code: str
    reason: str
    phones: tuple[str, ...] = ()


class _Refused(Exception):
    def __init__(self, code: str, reason: str) -> None:
        self.refusal = RowRefusal(code, reason)
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class _NumberColumn:
    index: int
    name: str
    label: int | None
    any_label: bool
    """Whether labels that nobody knows are called as well."""
    countries: tuple[int, ...]
    """The columns with its country: those that belong to it by their names (`Home Country`), or all; none where the
    number's own column says it."""
    extension: int | None
    region: str | None
    """That reads its numbers where a row names no country."""


find_known_country = lru_cache(maxsize=4096)(find_country)
read_known_label = lru_cache(maxsize=4096)(read_label)
is_known_own_label = lru_cache(maxsize=4096)(is_known_label)
read_known_flag = lru_cache(maxsize=4096)(read_flag)
says_known_do_not_call = lru_cache(maxsize=4096)(says_do_not_call)
read_known_permission = lru_cache(maxsize=4096)(read_permission)
read_known_spoken = lru_cache(maxsize=4096)(read_spoken)


_CLOCK = re.compile(r"\d:[0-5]\d")
"""Of a message in a chat, or a line of a log."""
MOST_NAME_WORDS = 6
"""Words beside a number in a list; more of them are a sentence."""
_NO_PERSON = frozenset(
    {
        Meaning.SOMEBODY_ELSE,
        Meaning.ABOUT_PHONE,
        Meaning.DO_NOT_CALL,
        Meaning.OTHER_OPT_OUT,
        Meaning.ID,
        Meaning.OTHER_ID,
    }
)
_CONSENTS = frozenset({Meaning.PERMISSION, Meaning.CONSENT_AT, Meaning.CONSENT_SOURCE})
"""Names of columns in which a no, or `withdrawn`, means that the person is not to be called."""
_CONSENT_ROLES = frozenset({Role.VARIABLE, Role.CONSENT_AT, Role.CONSENT_SOURCE})
_EXTRA_ROLES = {
    Role.COUNTRY: "country",
    Role.TIMEZONE: "timezone",
    Role.STATE: "state",
    Role.POSTAL_CODE: "postal_code",
    Role.LANGUAGE: "language",
    Role.EXTERNAL_ID: "external_id",
    Role.CONSENT_AT: "consent",
    Role.CONSENT_SOURCE: "consent",
    Role.EXTENSION: "extension",
}
"""What they fill of a NewContact."""
QUIET_ROWS = 64
"""Rows whose notes are asked together."""
EMPTY_VALUES = frozenset({"-", "--", "–", "—", "n/a", "na", "#n/a", "n a", "null", "nil", "nan", "\\n", "?"})
"""What programs write where there is no value, folded."""
UNKNOWN_VALUES = EMPTY_VALUES | {
    "none", "unknown", "not known", "not set", "not specified", "unspecified", "undefined", "not available", "missing",
    "other", "tbd", "tba", "x", "xx", "xxx", "00000", "0", "unbekannt", "keine angabe", "k a", "inconnu", "inconnue",
    "desconocido", "desconocida", "desconhecido", "sconosciuto", "onbekend", "nieznany", "неизвестно", "нет", "okand",
    "ukendt", "ukjent", "tuntematon", "未知", "不明", "미상",
}  # fmt: skip
"""The same, and what people write there: where a person lives nobody knows then, which is no reason not to call."""


class RowReader:
    """Reads the rows of one file. With `listing` it is a do-not-call file, in which a flag says who is to be listed;
    with `words_beside` a pasted list, in which `Fax` may stand beside a number where others have a name.
    `region` reads numbers of rows that name no country; `spoken` are the variables that
    the message speaks: a value too long to be kept costs the row only there. `today` is the day after which no consent
    can have been given; None where nobody knows it.
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        region: str | None,
        rules: NumberRules,
        spoken: Collection[str] = (),
        listing: bool = False,
        words_beside: bool = False,
        today: date | None = None,
    ) -> None:
        self._today = today
        self._listing = listing
        self._words_beside = words_beside and not listing
        self._region = region
        self._rules = rules
        self._spoken = frozenset(map(fold_variable, spoken))
        self._width = len(mapping.columns)
        self._names = tuple(column.name for column in mapping.columns)
        self._variables = tuple(
            (column.index, column.variable) for column in mapping.columns if column.variable is not None
        )
        self._flags = tuple(
            (column.index, column.inverted, column.marks, column.marks and speaks_of_calls(column.name))
            for column in mapping.columns
            if column.role is Role.DO_NOT_CALL
        )
        self._consents = () if listing else _consent_columns(mapping)
        self._answers = () if listing else _answer_columns(mapping)
        self._notes = () if listing or words_beside else _note_columns(mapping)
        self._numbers = _number_columns(mapping, region)
        self._labeled = any(number.label is not None for number in self._numbers)
        self._indices = {
            role: tuple(column.index for column in mapping.columns if column.role is role) for role in Role
        }
        self._only = self._numbers[0] if len(self._numbers) == 1 and not self._labeled else None
        self._plain_number = self._only is not None and not self._only.countries
        self._extras = frozenset(
            name for role, name in _EXTRA_ROLES.items() if self._indices[role] and not listing
        )
        self._last_variable = max((index for index, _ in self._variables), default=-1)

    @property
    def has_flags(self) -> bool:
        """Whether the columns can say that somebody must not be called."""
        return bool(self._flags or self._consents)

    @property
    def extras(self) -> frozenset[str]:
        """What contacts may have beside a number, other numbers and variables, as NewContact calls it."""
        return self._extras

    def find_quiet(self, rows: Sequence[Sequence[str]]) -> list[bool]:
        """For each row whether its notes are without a word that could say that nobody is to call. Together they are
        asked several times faster than each."""
        notes = self._notes
        if not notes:
            return [True] * len(rows)
        found: list[bool] = []
        for start in range(0, len(rows), QUIET_ROWS):
            block = rows[start : start + QUIET_ROWS]
            text = "\n".join([cells[index] for cells in block for index in notes if index < len(cells)])
            found += [not may_say_do_not_call(text)] * len(block)
        return found

    def read(self, cells: Sequence[str], quiet: bool = False) -> NewContact | RowRefusal:
        """What a row says. `quiet` is what `find_quiet` told of it."""
        try:
            return self._read(cells, quiet)
        except _Refused as error:
            if error.refusal.code == "do-not-call":
                error.refusal.phones = self._find_phones(cells)
            return error.refusal

    def find_flagged(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The numbers (E.164) of a row whose columns say that its person must not be called; none for other rows."""
        try:
            self._check_flags(cells)
            self._check_consents(cells)
        except _Refused:
            return self._find_phones(cells)
        return ()

    def read_listed(self, cells: Sequence[str]) -> list[NewContact | RowRefusal]:
        """What a row of a do-not-call file says: each of its numbers, and why others cannot be listed."""
        try:
            self._check_flags(cells)
        except _Refused as error:
            return [error.refusal]
        found, refused = self._find_all(cells)
        # Cells beyond the names: one number too many on the list does less harm than one that is not on it.
        for cell in cells[self._width :]:
            found += self._read_each_number(plain(cell), self._region)[0]
        if not found and not refused:
            return [self._nothing_to_call(cells).refusal]
        phones = dict.fromkeys(number.e164 for number in found)
        regions = {number.e164: number for number in found}
        contacts = [
            NewContact(
                phone,
                {},
                region=regions[phone].region if regions[phone].region != WORLD else None,
                number_type=regions[phone].number_type,
            )
            for phone in phones
        ]
        return [*contacts, *(error.refusal for error in refused)]

    def _read(self, cells: Sequence[str], quiet: bool) -> NewContact:
        self._check_person(cells, quiet)
        if len(cells) > self._width:
            self._check_width(cells)
        if self._words_beside:
            self._check_words(cells)
        parsed, seconds, column = self._find_number(cells)
        contact = NewContact(
            parsed.e164,
            self._read_variables(cells),
            tuple(seconds),
            region=parsed.region if parsed.region != WORLD else None,
            number_type=parsed.number_type,
        )
        if self._extras:
            self._add_extras(contact, cells, column)
        return contact

    def _cell(self, cells: Sequence[str], index: int) -> str:
        return plain(cells[index]) if index < len(cells) else ""

    def _first(self, cells: Sequence[str], role: Role) -> tuple[str, int]:
        """The first value of the columns with a role, and the column."""
        for index in self._indices[role]:
            if value := self._cell(cells, index):
                return value, index
        return "", -1

    # Who must not be called.

    def _check_person(self, cells: Sequence[str], quiet: bool) -> None:
        """Refuse a row whose columns, or notes, say that its person must not be called."""
        if self._flags:
            self._check_flags(cells)
        if self._consents:
            self._check_consents(cells)
        if self._answers:
            self._check_answers(cells)
        if self._notes and not quiet:
            width = len(cells)
            text = " ".join([cells[index] for index in self._notes if index < width])
            if text and may_say_do_not_call(text):
                self._check_notes(cells)

    def _check_flags(self, cells: Sequence[str]) -> None:
        listed = not self._flags
        refusal: _Refused | None = None
        for index, inverted, marks, spoken in self._flags:
            value = self._cell(cells, index)
            if not value:
                refusal = refusal or _Refused(
                    "not-flagged", f"is not to be listed: the column “{self._names[index]}” is empty"
                )
                continue
            if marks:
                allowed = not says_known_do_not_call(value) and not (
                    spoken and read_known_spoken(value) is False
                )
            elif inverted:
                allowed = read_known_permission(value) is True or is_date_text(value)
            else:
                # Whatever is no plain no may be a yes: a date, a reason, a word that nobody thought of.
                allowed = read_known_flag(value) is False
            if allowed:
                refusal = refusal or _Refused(
                    "not-flagged",
                    f"is not to be listed: the column “{self._names[index]}” says “{value[:SHOWN]}”",
                )
            elif self._listing:
                listed = True
            else:
                raise self._not_to_call(index, value)
        if self._listing and not listed and refusal is not None:
            raise refusal

    def _not_to_call(self, index: int, value: str) -> _Refused:
        return _Refused(
            "do-not-call",
            f"must not be called: the column “{self._names[index]}” says “{value[:SHOWN]}”",
        )

    def _check_consents(self, cells: Sequence[str]) -> None:
        """Refuse who said no to being called, in a column about consent that is no flag."""
        for index, may_be_empty in self._consents:
            value = self._cell(cells, index)
            if value and read_known_permission(value) is False:
                if may_be_empty and fold_value(value) in EMPTY_VALUES:
                    continue
                raise self._not_to_call(index, value)

    def _check_answers(self, cells: Sequence[str]) -> None:
        """Refuse who says no to calls where nobody among the first rows did, so that nothing was asked."""
        for index, forbidding, only_spoken in self._answers:
            value = self._cell(cells, index)
            if not value:
                continue
            spoken = read_known_spoken(value)
            if (
                spoken is None
                and not only_spoken
                and value.isalpha()
                and fold_value(value) not in UNKNOWN_VALUES
            ):
                flag = read_known_permission(value)
                spoken = None if flag is None else flag is not forbidding
            if spoken is False:
                raise self._may_not_want(index, value)

    def _check_notes(self, cells: Sequence[str]) -> None:
        for index in self._notes:
            value = self._cell(cells, index)
            if value and says_known_do_not_call(value):
                raise self._may_not_want(index, value)

    def _may_not_want(self, index: int, value: str) -> _Refused:
        return _Refused(
            "note",
            f"may not want to be called: the column “{self._names[index]}” says “{value[:SHOWN]}”; "
            "correct it, or leave the column out, if they may be called",
        )

    def _check_words(self, cells: Sequence[str]) -> None:
        """Refuse a number that the words beside it call somebody else's, a machine's, or not to be called."""
        for index, _ in self._variables:
            words = self._cell(cells, index)
            if not words:
                continue
            tokens = words.casefold().split()
            reading = read_name(words)
            if (
                reading.meaning in _NO_PERSON
                or says_known_do_not_call(words)
                or any(says_known_do_not_call(token.strip(".,!()")) for token in tokens)
                or len(tokens) > MOST_NAME_WORDS
                or speaks_of_calls(words)
                or _CLOCK.search(words)
            ):
                raise _Refused(
                    "label",
                    f"has “{words[:SHOWN]}” beside it, which does not read as the name of a person to call; "
                    "give names and numbers columns of their own if it is one",
                )

    def _check_width(self, cells: Sequence[str]) -> None:
        """Refuse a row whose cells moved, as by a comma without quotes: another column's number would be dialed."""
        extra = sum(bool(cell.strip()) for cell in cells[self._width :])
        if not extra:
            return
        for number in self._numbers:
            moved = cells[number.index + 1 : number.index + 1 + extra]
            if self._cell(cells, number.index) and any(
                _has_number(plain(cell), self._region) for cell in moved
            ):
                raise _Refused(
                    "too-many-cells",
                    f"has {len(cells):,} cells, but the file has {_count_columns(self._width)}: its numbers may stand "
                    "in the wrong ones; put quotation marks around cells with a separator in them",
                )

    # The number.

    def _find_number(self, cells: Sequence[str]) -> tuple[ParsedNumber, list[str], _NumberColumn]:
        """The number to call, the others of the row, and the column of the first. Raises _Refused."""
        only = self._only
        if only is not None and only.index < len(cells) and self._plain_number:
            # What nearly all files are.
            try:
                return check_number(parse_number(cells[only.index], only.region), self._rules), [], only
            except PhoneError:
                pass
        if not self._numbers:
            raise _no_column()
        found: list[ParsedNumber] = []
        column = self._numbers[0]
        refusal: _Refused | None = None
        for number in self._ordered(cells):
            value = self._cell(cells, number.index)
            if not value:
                continue
            try:
                read = self._read_numbers(value, self._region_of(number, value, cells))
            except (PhoneError, _Refused) as error:
                refused = error if isinstance(error, _Refused) else _Refused(error.code, str(error))
                refusal = refusal or refused
                continue
            if not found:
                column = number
            found.extend(read)
        if not found:
            raise refusal or self._nothing_to_call(cells)
        first = found[0]
        seconds = list(dict.fromkeys(other.e164 for other in found[1:] if other.e164 != first.e164))
        return first, seconds, column

    def _find_all(self, cells: Sequence[str]) -> tuple[list[ParsedNumber], list[_Refused]]:
        """Every number of the row, and why others cannot be read."""
        found: list[ParsedNumber] = []
        refused: list[_Refused] = [] if self._numbers else [_no_column()]
        for number in self._ordered(cells):
            value = self._cell(cells, number.index)
            if not value or fold_value(value) in EMPTY_VALUES:
                continue
            try:
                region = self._region_of(number, value, cells)
            except _Refused as error:
                refused.append(error)
                continue
            numbers, problems = self._read_each_number(value, region)
            found += numbers
            refused += [_Refused(error.code, str(error)) for error in problems]
        return found, refused

    def _read_each_number(
        self, value: str, region: str | None
    ) -> tuple[list[ParsedNumber], list[PhoneError]]:
        """The numbers of a cell, even where others in it cannot be read."""
        try:
            return self._read_numbers(value, region), []
        except PhoneError as error:
            try:
                parts = [part for part in split_numbers(value) if part.strip()]
            except UnclearNumber:
                return [], [error]
            if len(parts) < 2:
                parts = split_long_numbers(value)
            if len(parts) < 2:
                return [], [error]
        found: list[ParsedNumber] = []
        problems: list[PhoneError] = []
        for part in parts:
            try:
                found.append(check_number(parse_number(part, region), self._rules))
            except PhoneError as error:
                problems.append(error)
        return found, problems

    def _find_phones(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The numbers of a row in E.164, as far as they can be read."""
        return tuple(dict.fromkeys(number.e164 for number in self._find_all(cells)[0]))

    def _ordered(self, cells: Sequence[str]) -> Sequence[_NumberColumn]:
        """The number columns in the row's order of preference, without what its labels call a fax and the like."""
        if not self._labeled:
            return self._numbers
        ranked = []
        for place, number in enumerate(self._numbers):
            label = self._cell(cells, number.label) if number.label is not None else ""
            kind, own = read_known_label(label)
            if own and (self._listing or number.any_label or is_known_own_label(label)):
                starred = label.startswith("*")
                ranked.append((not starred, kind.value if label else Kind.PLAIN.value, place, number))
        return [number for *_, number in sorted(ranked, key=lambda item: item[:3])]

    def _nothing_to_call(self, cells: Sequence[str]) -> _Refused:
        for number in self._numbers:
            if self._cell(cells, number.index) and number.label is not None:
                label = self._cell(cells, number.label)
                whose = "" if is_known_own_label(label) else ", which does not say whose it is"
                return _Refused(
                    "label", f"has no number to call: the number is labeled “{label[:SHOWN]}”{whose}"
                )
        return _Refused("empty", "the number is missing")

    def _read_numbers(self, value: str, region: str | None) -> list[ParsedNumber]:
        """The numbers of a cell, mostly one. Raises PhoneError."""
        try:
            return [check_number(parse_number(value, region), self._rules)]
        except PhoneError as error:
            try:
                parts = [part for part in split_numbers(value) if part.strip()]
            except UnclearNumber:
                parts = []
            if len(parts) < 2:
                parts = split_long_numbers(value)
            if len(parts) < 2:
                raise
            refusal = error
        found: list[ParsedNumber] = []
        for part in parts:
            try:
                found.append(check_number(parse_number(part, region), self._rules))
            except PhoneError as error:
                # Google's mark stands between numbers only; a comma or slash may stand within one.
                if GOOGLE_SEPARATOR not in value:
                    raise refusal from None
                refusal = error
        if not found:
            raise refusal
        return found

    def _region_of(self, number: _NumberColumn, value: str, cells: Sequence[str]) -> str | None:
        """The country that reads a number: the row's own, else the file's.

        Raises _Refused where the row contradicts itself or names a country that nobody knows.
        """
        if not number.countries:
            return number.region
        international = value.startswith(("+", "00", "＋", "tel:+", "(+"))
        region: str | None = None
        for index in number.countries:
            text = self._cell(cells, index)
            if not text:
                continue
            country = find_known_country(text)
            if country is None:
                if international:
                    continue
                raise _Refused(
                    "country",
                    f"the country “{text[:SHOWN]}” in the column “{self._names[index]}” is not known; "
                    "write its name, its code such as GB, or its calling code",
                )
            if international:
                self._check_calling_code(value, country, index)
                continue
            shares = region is not None and shares_calling_code(region, country.region)
            if region is None or (shares and not country.by_calling_code):
                region = country.region
            elif not shares:
                raise _Refused(
                    "country",
                    f"its columns name two countries, {region} and {country.region}; write the number with + and its "
                    "calling code, or correct one",
                )
        return region or number.region

    def _check_calling_code(self, value: str, country: Country, index: int) -> None:
        """A calling code beside a number that has another one: nobody knows which is right. An address may differ."""
        digits = re.sub(r"\D", "", value)
        digits = digits[2:] if value.startswith("00") else digits
        if country.by_calling_code and not digits.startswith(str(country.calling_code)):
            raise _Refused(
                "country",
                f"the number {value[:SHOWN]} and the calling code {country.calling_code} in the column "
                f"“{self._names[index]}” do not agree; correct one",
            )

    # What else is kept.

    def _read_variables(self, cells: Sequence[str]) -> dict[str, str]:
        """The values that the message may speak; an empty cell is no value."""
        width = len(cells)
        if width > self._last_variable:
            # What most rows are: nothing in them is too long, marked as text or refused by a database.
            text = "".join(cells)
            if len(text) <= MAX_VALUE and "'" not in text and "\0" not in text:
                return {name: value for index, name in self._variables if (value := cells[index].strip())}
        variables: dict[str, str] = {}
        for index, name in self._variables:
            if index >= width:
                continue
            value = cells[index]
            if not value:
                continue
            value = plain(value)
            if len(value) > MAX_VALUE:
                if fold_variable(name) in self._spoken:
                    raise _Refused(
                        "cell-too-long",
                        f"the cell “{name}” has {len(value):,} characters; {MAX_VALUE:,} at the most can be spoken",
                    )
                value = value[: MAX_VALUE - 1] + "…"
            if "\0" in value:
                value = value.replace("\0", "␀")
            if value:
                variables[name] = value
        return variables

    def _add_extras(self, contact: NewContact, cells: Sequence[str], column: _NumberColumn) -> None:
        extras = self._extras
        if "country" in extras:
            contact.country = self._find_country(cells, column, contact.region)
        if "timezone" in extras:
            contact.timezone = self._read_timezone(contact, cells)
        if "state" in extras:
            contact.state = _fitting(_known(self._first(cells, Role.STATE)[0]), LONGEST_STATE)
        if "postal_code" in extras:
            contact.postal_code = _fitting(
                _known(self._first(cells, Role.POSTAL_CODE)[0]), LONGEST_POSTAL_CODE
            )
        if "language" in extras:
            contact.language = read_language(self._first(cells, Role.LANGUAGE)[0])
        if "external_id" in extras:
            contact.external_id = self._read_external_id(cells)
        if "consent" in extras:
            contact.consent = self._read_consent(cells)
        if column.extension is not None and (extension := self._cell(cells, column.extension)):
            contact.extension = self._read_extension(extension, column.extension)

    def _read_timezone(self, contact: NewContact, cells: Sequence[str]) -> str | None:
        zone, index = self._first(cells, Role.TIMEZONE)
        found = None
        if _known(zone):
            if contact.country is not None:
                found = find_timezone(zone, contact.country)
            found = found or find_timezone(zone, contact.region)
            if found is None:
                raise _Refused(
                    "timezone",
                    f"the time zone “{zone[:SHOWN]}” in the column “{self._names[index]}” is not known; "
                    "write a name such as America/New_York, or leave it empty",
                )
        return found

    def _read_external_id(self, cells: Sequence[str]) -> str | None:
        found, index = self._first(cells, Role.EXTERNAL_ID)
        if fold_value(found) in EMPTY_VALUES:
            return None
        if len(found) > LONGEST_EXTERNAL_ID:
            raise _Refused(
                "external-id",
                f"the id in the column “{self._names[index]}” has {len(found):,} characters; "
                f"{LONGEST_EXTERNAL_ID} at the most",
            )
        return found or None

    def _find_country(self, cells: Sequence[str], column: _NumberColumn, region: str | None) -> str | None:
        """The person's country, where a column names one that is not the number's; a calling code names none."""
        for index in column.countries or self._indices[Role.COUNTRY]:
            country = find_known_country(self._cell(cells, index))
            if country is not None and not country.by_calling_code:
                return country.region if country.region != region else None
        return None

    def _read_consent(self, cells: Sequence[str]) -> dict[str, Any] | None:
        at, index = self._first(cells, Role.CONSENT_AT)
        source = self._first(cells, Role.CONSENT_SOURCE)[0]
        consent = {}
        if at and fold_value(at) not in EMPTY_VALUES and read_known_permission(at) is not True:
            try:
                consent["at"] = read_consent_time(at, self._today)
            except UnclearConsent as error:
                raise _Refused(
                    "consent-time",
                    f"the time of consent “{at[:SHOWN]}” in the column “{self._names[index]}” {error}; correct it, or "
                    "leave it empty",
                ) from None
        if source:
            consent["source"] = source[:LONGEST_CONSENT].replace("\0", "␀")
        return consent or None

    def _read_extension(self, text: str, index: int) -> str:
        extension = re.sub(r"^(?:ext(?:ension)?\.?|x|#)\s*|\.0$", "", text, flags=re.IGNORECASE).strip()
        if not re.fullmatch(r"[\d*#, -]+", extension) or len(extension) > LONGEST_EXTENSION:
            raise _Refused(
                "extension",
                f"the extension “{text[:SHOWN]}” in the column “{self._names[index]}” is not a number of up to "
                f"{LONGEST_EXTENSION} digits; correct it, or leave it empty",
            )
        return extension


def _count_columns(width: int) -> str:
    return f"{width:,} column{'' if width == 1 else 's'}"


def _no_column() -> _Refused:
    return _Refused("no-number", "no column was chosen as the phone number")


_NO_NOTES = frozenset({Meaning.DATE, Meaning.AMOUNT, Meaning.ID, Meaning.OTHER_ID})
"""Names of columns in which nobody writes what callees said."""


def _note_columns(mapping: Mapping) -> tuple[int, ...]:
    """Columns whose texts may say that somebody must not be called."""
    return tuple(
        column.index
        for column in mapping.columns
        if column.role is Role.VARIABLE
        and not column.cleared
        and read_name(column.name).meaning not in _NO_NOTES
    )


def _answer_columns(mapping: Mapping) -> tuple[tuple[int, bool, bool], ...]:
    """Columns whose names speak of calls, whether a yes below them forbids, and whether only answers count that say by
    themselves what they mean."""
    return tuple(
        (column.index, has_forbidding_word(column.name), speaks_of_writing(column.name))
        for column in mapping.columns
        if column.role is Role.VARIABLE
        and not column.cleared
        and speaks_of_calls(column.name)
        and read_name(column.name).meaning not in _CONSENTS
    )


def _consent_columns(mapping: Mapping) -> tuple[tuple[int, bool], ...]:
    """Columns about consent that are no flags, and whether `n/a` is an empty value there, as for a time."""
    return tuple(
        (column.index, column.role is not Role.VARIABLE)
        for column in mapping.columns
        if not column.cleared
        and (
            column.role in (Role.CONSENT_AT, Role.CONSENT_SOURCE)
            or (column.role in _CONSENT_ROLES and read_name(column.name).meaning in _CONSENTS)
        )
    )


def _number_columns(mapping: Mapping, region: str | None) -> tuple[_NumberColumn, ...]:
    readings = [read_name(column.name) for column in mapping.columns]
    countries = [column.index for column in mapping.columns if column.role is Role.COUNTRY]
    extensions = [column.index for column in mapping.columns if column.role is Role.EXTENSION]
    return tuple(
        _NumberColumn(
            index,
            mapping.columns[index].name,
            mapping.columns[index].label,
            mapping.columns[index].any_label,
            () if mapping.columns[index].region else _countries_of(index, countries, readings),
            _extension_of(index, extensions, mapping.numbers, readings),
            mapping.columns[index].region or region,
        )
        for index in mapping.numbers
    )


def _countries_of(index: int, countries: Sequence[int], readings: Sequence[NameReading]) -> tuple[int, ...]:
    """The country columns of a number: `Home Country` for `Home Phone`; else those of no other kind of number."""
    kind = readings[index].kind
    same = [other for other in countries if readings[other].kind is kind]
    general = [other for other in countries if readings[other].kind is Kind.PLAIN]
    return tuple(same or general or countries)


def _extension_of(
    index: int, extensions: Sequence[int], numbers: Sequence[int], readings: Sequence[NameReading]
) -> int | None:
    """The extension column of a number: of its own kind, else the one behind it; a mobile phone has none."""
    if len(numbers) == 1:
        return extensions[0] if extensions else None
    for extension in extensions:
        if readings[extension].kind is readings[index].kind and readings[index].kind is not Kind.PLAIN:
            return extension
        before = [number for number in numbers if number < extension]
        if readings[extension].kind is Kind.PLAIN and before and max(before) == index:
            return extension
    return None


def _has_number(value: str, region: str | None) -> bool:
    try:
        parse_number(value, region)
        return True
    except PhoneError:
        return False


def _known(value: str) -> str:
    """The value, unless it says that there is none."""
    return "" if fold_value(value) in UNKNOWN_VALUES else value


def _fitting(value: str, longest: int) -> str | None:
    """A value that is not too long to be one; it stays a variable in any case."""
    return value if 0 < len(value) <= longest and "\0" not in value else None


LANGUAGES = {
    "english": "en", "englisch": "en", "anglais": "en", "ingles": "en", "inglese": "en", "en": "en", "eng": "en",
    "german": "de", "deutsch": "de", "allemand": "de", "aleman": "de", "tedesco": "de", "ger": "de", "deu": "de",
    "french": "fr", "francais": "fr", "franzosisch": "fr", "frances": "fr", "francese": "fr", "fra": "fr", "fre": "fr",
    "spanish": "es", "espanol": "es", "castellano": "es", "spanisch": "es", "espagnol": "es", "spagnolo": "es",
    "spa": "es", "italian": "it", "italiano": "it", "italienisch": "it", "ita": "it",
    "portuguese": "pt", "portugues": "pt", "portugiesisch": "pt", "por": "pt", "dutch": "nl", "nederlands": "nl",
    "polish": "pl", "polski": "pl", "russian": "ru", "русский": "ru", "ukrainian": "uk", "українська": "uk",
    "turkish": "tr", "turkce": "tr", "arabic": "ar", "العربيه": "ar", "chinese": "zh", "mandarin": "zh", "中文": "zh",
    "cantonese": "yue", "japanese": "ja", "日本語": "ja", "korean": "ko", "한국어": "ko", "vietnamese": "vi",
    "tieng viet": "vi", "hindi": "hi", "हिन्दी": "hi", "hebrew": "he", "עברית": "he", "greek": "el", "ελληνικα": "el",
    "swedish": "sv", "svenska": "sv", "danish": "da", "dansk": "da", "norwegian": "no", "norsk": "no",
    "finnish": "fi", "suomi": "fi", "czech": "cs", "cestina": "cs", "hungarian": "hu", "magyar": "hu",
    "romanian": "ro", "romana": "ro", "tagalog": "tl", "filipino": "fil", "thai": "th", "indonesian": "id",
    "persian": "fa", "farsi": "fa", "urdu": "ur", "bengali": "bn", "punjabi": "pa",
}  # fmt: skip
"""What files call languages, folded as `fold_value` does, as BCP 47 has them."""
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:\..*)?")


@lru_cache(maxsize=1024)
def read_language(text: str) -> str | None:
    """The language as BCP 47 has it (`en_us` → `en-US`, `Deutsch` → `de`); None for what is none."""
    named = LANGUAGES.get(fold_value(text))
    if named is not None:
        return named
    tag = _LANGUAGE_TAG.fullmatch(text)
    if tag is None:
        return None
    language, script, country = tag.groups()
    return "-".join(
        part for part in (language.lower(), script and script.title(), country and country.upper()) if part
    )


_last: tuple[Mapping, str | None, NumberRules, RowReader] | None = None


def read_contact(
    cells: Sequence[str], mapping: Mapping, *, region: str | None, rules: NumberRules
) -> NewContact | RowRefusal:
    """The contact of a row. `region` reads numbers of rows that name no country of their own.

    Whoever reads many rows makes a RowReader; the one of the last mapping is kept here.
    """
    global _last
    last = _last
    if last is None or last[0] is not mapping or last[1] != region or last[2] is not rules:
        last = _last = (mapping, region, rules, RowReader(mapping, region=region, rules=rules))
    return last[3].read(cells)


def number_cell(cells: Sequence[str], mapping: Mapping) -> str:
    """The cell of the first number column that is filled: rows sorted by it are parsed several times faster."""
    for index in mapping.numbers:
        if index < len(cells) and cells[index]:
            return cells[index]
    return ""
