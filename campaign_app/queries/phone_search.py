"""Phone search: the numbers that a few digits find, by an index in large tables.

A table is large with more than SMALL rows. There no more than MOST_FOUND numbers are looked at: a search that finds
more is refused with the remedy, for its rows would have to be sorted, which took seconds at four million calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.number_text import PLUSES
from campaign_app.domain.text_folding import to_plain_digits
from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS, Attempt, CampaignCounters, Contact

SMALL = 20_000
"""Rows up to which a table may be looked through and sorted by anything: more would hold a page up."""
MOST_FOUND = 1_000
LAST = 4
"""Digits that an index has of the end of each number."""


@dataclass(frozen=True, slots=True)
class NumberSearch:
    """What a number begins or ends with; with `endings` only what it ends with; with `whole` (E.164) only those."""

    text: str
    endings: bool = False
    whole: tuple[str, ...] = ()


def search_digits(search: NumberSearch | str | None) -> str | None:
    """The digits of a search, of any script, as 0 to 9, and without blanks and signs; None when there are none, or
    letters as well: no number is spelled with them, and without them it would find somebody else."""
    text = to_plain_digits(search.text if isinstance(search, NumberSearch) else search or "")
    if any(map(str.isalpha, text)):
        return None
    digits = "".join(c for c in text if c.isascii() and c.isdigit())
    return digits[:15] or None


def is_search(search: NumberSearch | str | None) -> bool:
    """Whether anything is searched for: what has no digit finds nothing, which is not the same as everything."""
    return search is not None and bool((search.text if isinstance(search, NumberSearch) else search).strip())


def _has_plus(search: NumberSearch | str) -> bool:
    text = search.text if isinstance(search, NumberSearch) else search
    return text.strip().startswith(tuple(PLUSES))


def phone_matches(column: InstrumentedAttribute[str], search: NumberSearch | str) -> ColumnElement[bool]:
    """The numbers that a search finds, looked for row by row; none without a digit."""
    digits = search_digits(search)
    if digits is None:
        return false()
    if isinstance(search, NumberSearch):
        if search.whole:
            return column.in_(search.whole)
        if search.endings:
            return column.like(f"%{digits}")
    return or_(column.like(f"+{digits}%"), column.like(f"%{digits}"))


def count_contacts(session: Session, campaign_id: int) -> int:
    """A campaign's contacts by its counters: counting them took 0.4 s at two million."""
    return _sum_counters(session, campaign_id, CONTACT_COUNTERS.values())


def has_many_contacts(session: Session, campaign_id: int) -> bool:
    """Whether a campaign's contacts are a large table."""
    return count_contacts(session, campaign_id) > SMALL


def has_many_attempts(session: Session, campaign_id: int | None) -> bool:
    """Whether the attempts of a campaign, or with None all, are a large table."""
    if campaign_id is None:
        return spans_many_ids(session, Attempt.id)
    return _sum_counters(session, campaign_id, ATTEMPT_COUNTERS.values()) > SMALL


def spans_many_ids(session: Session, column: InstrumentedAttribute[int]) -> bool:
    """Whether a table is large, told by its first and last id."""
    first = session.scalar(select(func.min(column)))
    last = session.scalar(select(func.max(column)))
    return first is not None and last is not None and last - first >= SMALL


def _sum_counters(session: Session, campaign_id: int, names: Iterable[str]) -> int:
    columns = [getattr(CampaignCounters, name) for name in names]
    total = select(sum(columns[1:], columns[0])).where(CampaignCounters.campaign_id == campaign_id)
    return session.scalar(total) or 0


def _ending_of(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """As the indexes have it."""
    name = f"{column.class_.__tablename__}.phone"
    return literal_column(f"substr({name}, length({name}) - 3)")


def _choose_matches(
    column: InstrumentedAttribute[str], search: NumberSearch | str
) -> list[ColumnElement[bool]]:
    """Conditions that are each a range of an index; what any of them finds is found."""
    digits = search_digits(search)
    if digits is None:
        return [false()]
    if isinstance(search, NumberSearch) and search.whole:
        return [column.in_(search.whole)]
    matches: list[ColumnElement[bool]] = []
    if not (isinstance(search, NumberSearch) and search.endings):
        # Not LIKE, whose range no index has unless its collation is C's. In every one a letter follows the digits.
        matches.append(and_(column >= f"+{digits}", column < f"+{digits}Z"))
    if len(digits) >= LAST and not _has_plus(search):
        ending = _ending_of(column) == digits[-LAST:]
        matches.append(ending if len(digits) == LAST else and_(ending, column.like(f"%{digits}")))
    return matches


def find_ids(
    session: Session,
    model: Any,
    search: NumberSearch | str,
    *scope: ColumnElement[bool],
) -> list[int]:
    """The ids of a large table's rows whose number a search finds, within `scope`. Raises InvalidInput where they are
    more than MOST_FOUND, or where the search has too few digits."""
    digits = search_digits(search) or ""
    if digits and len(digits) < LAST and not _has_plus(search):
        raise InvalidInput(
            [FieldError("search", f"type at least {LAST} digits: there are too many numbers to look through")]
        )
    found: set[int] = set()
    for match in _choose_matches(model.phone, search):
        # By the rest of the index's columns too: else SQLite, without statistics, looks through the campaign.
        statement: Select[Any] = select(model.id).where(match, *scope, model.id > 0).limit(MOST_FOUND + 1)
        found.update(session.scalars(statement))
        if len(found) > MOST_FOUND:
            problem = f"more than {MOST_FOUND:,} numbers match: type more digits"
            raise InvalidInput([FieldError("search", problem)])
    return sorted(found)


def match_attempts(
    session: Session, search: NumberSearch | str, campaign_id: int | None
) -> ColumnElement[bool]:
    """Attempts of a large table whose number a search finds. Raises InvalidInput as `find_ids`."""
    return Attempt.id.in_(sorted(find_attempt_ids(session, search, campaign_id)))


def find_attempt_ids(session: Session, search: NumberSearch | str, campaign_id: int | None) -> set[int]:
    """Of the attempts of a large table whose number a search finds: those of the contacts that have it, and single
    calls. So no attempt needs an index by the end of its number. Raises InvalidInput as `find_ids`."""
    scope = [] if campaign_id is None else [Contact.campaign_id == campaign_id]
    contact_ids = find_ids(session, Contact, search, *scope)
    # By their ids: of another condition PostgreSQL may walk all attempts backward until it has a page.
    ids = set(session.scalars(select(Attempt.id).where(Attempt.contact_id.in_(contact_ids))))
    if campaign_id is None:
        ids.update(find_ids(session, Attempt, search, literal_column("attempts.contact_id IS NULL")))
    return ids
