"""Contact matching: which rows of a file or a list are contacts that a campaign has already, by number or by id.

An id that the campaign has is that person's, whatever number stands beside it: who asked not to be called must not come
back as somebody new with another phone. Rows are decided in the file's order on what the campaign had before and what
the rows above have added, so that the check and the commit, in slices of any size, decide alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import Connection

from campaign_app.queries import imports as queries

SHOWN_ID = 40
"""Characters of an id that a reason quotes."""


class Match(Enum):
    NEW = "new"
    REPEATED = "repeated"
    """The number is in an earlier row of the file."""
    REPEATED_ID = "repeated-id"
    """The id is in an earlier row, with another number."""
    ALREADY = "already"
    ALREADY_ID = "already-id"
    """The id is in the campaign, with another number, which stays."""
    CONFLICT = "id-conflict"
    """The id is one contact's and the number another's."""


@dataclass(slots=True)
class KnownContact:
    """A contact of the campaign. `line` is that of its row where this very file has added it, else None."""

    external_id: str | None
    line: int | None = None


@dataclass(slots=True)
class MatchedRow:
    match: Match
    reason: str | None = None
    """The sentence, where the code alone does not say it."""
    contacts: tuple[str, ...] = ()
    """The numbers of the contacts that the row brings up to date."""


@dataclass(slots=True)
class KnownContacts:
    """The contacts that some rows may be about, by number and by id; `place` brings them up to date row by row."""

    by_phone: dict[str, KnownContact] = field(default_factory=dict)
    by_id: dict[str, set[str]] = field(default_factory=dict)
    updates: bool = True
    """Whether the file brings contacts up to date. Where it does not, a number that is known is, with whatever id."""
    changed: set[str] = field(default_factory=set)
    """The numbers of contacts that rows have added, or given an id."""

    def add(self, phone: str, contact: KnownContact) -> None:
        self.by_phone[phone] = contact
        if contact.external_id:
            self.by_id.setdefault(contact.external_id, set()).add(phone)

    def place(self, phone: str, external_id: str | None, line: int) -> MatchedRow:
        """Decide the next row of the file: an E.164 number, its id or None, and its line."""
        contact = self.by_phone.get(phone)
        holders = self.by_id.get(external_id, set()) if external_id else set()
        if contact is None:
            if holders:
                return self._match_id(external_id or "", holders)
            self._set(phone, KnownContact(external_id, line))
            return MatchedRow(Match.NEW)
        if not self.updates:
            if contact.line is not None:
                return MatchedRow(Match.REPEATED, describe_repeat(contact.line))
            return MatchedRow(Match.ALREADY, contacts=(phone,))
        if holders and phone not in holders:
            return MatchedRow(
                Match.CONFLICT,
                f"the id “{(external_id or '')[:SHOWN_ID]}” is one contact’s in this campaign and the number "
                "another’s; correct one of them",
            )
        if contact.line is not None:
            return MatchedRow(Match.REPEATED, describe_repeat(contact.line))
        if external_id and contact.external_id and not holders:
            return MatchedRow(
                Match.CONFLICT,
                f"the number is in the campaign already with the id “{contact.external_id[:SHOWN_ID]}”, not "
                f"“{external_id[:SHOWN_ID]}”; correct one of them",
            )
        if external_id and not contact.external_id:
            self._set(phone, KnownContact(external_id))
        return MatchedRow(Match.ALREADY, contacts=(phone,))

    def _match_id(self, external_id: str, holders: Iterable[str]) -> MatchedRow:
        lines = [self.by_phone[phone].line for phone in sorted(holders)]
        above = [line for line in lines if line is not None]
        if len(above) == len(lines):
            return MatchedRow(
                Match.REPEATED_ID, f"repeats the id “{external_id[:SHOWN_ID]}” of row {above[0]:,}"
            )
        return MatchedRow(
            Match.ALREADY_ID,
            f"the id “{external_id[:SHOWN_ID]}” is in the campaign already, with another number, which stays",
            contacts=tuple(sorted(holders)),
        )

    def _set(self, phone: str, contact: KnownContact) -> None:
        self.add(phone, contact)
        self.changed.add(phone)


def load_known_contacts(
    connection: Connection,
    campaign_id: int,
    phones: Collection[str],
    external_ids: Collection[str],
    *,
    updates: bool,
    import_id: int | None = None,
) -> KnownContacts:
    """The campaign's contacts with any of these numbers (E.164) or ids; those that an import has added as its rows."""
    contacts = KnownContacts(updates=updates)
    rows = [
        *queries.find_by_phone(connection, campaign_id, phones).values(),
        *queries.find_by_external_id(connection, campaign_id, external_ids),
    ]
    for row in rows:
        own = import_id is not None and row.import_id == import_id
        contacts.add(row.phone, KnownContact(row.external_id, row.line if own else None))
    return contacts


def describe_repeat(line: int) -> str:
    return f"repeats row {line:,}"


def rounds_of(rows: Sequence[tuple[int, MatchedRow]]) -> list[list[int]]:
    """Rows (index, match) that update contacts, in rounds in each of which no contact comes twice: run one after the
    other, they leave every contact as its rows in the file's order would."""
    rounds: list[list[int]] = []
    depth: dict[str, int] = {}
    for index, row in rows:
        at = max((depth.get(phone, 0) for phone in row.contacts), default=0)
        depth |= dict.fromkeys(row.contacts, at + 1)
        if at == len(rounds):
            rounds.append([])
        rounds[at].append(index)
    return rounds
