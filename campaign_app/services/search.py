"""Search: what somebody types into the bar: a number in any spelling, a part of a campaign's or of a person's name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.models import Campaign, Contact, Trunk
from campaign_app.queries import contact_table, phone_search, tables

MOST_CAMPAIGNS = 50
MOST_PEOPLE = 25
LEAST_DIGITS = 7
"""With fewer nobody has typed a whole number, and what is wrong with it as one is no help."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`numbers` are what the text may mean as a whole number, in E.164: one where it is clear, several where campaigns
    of several countries would read it differently. `problem` says why it is none, where it looks like one."""

    numbers: Sequence[str] = ()
    campaigns: Sequence[Campaign] = ()
    more: bool = False
    """Whether there are more campaigns than those."""
    problem: str | None = None
    people: Sequence[Contact] = ()
    """Contacts with the text in one of their values, with their campaign loaded."""
    more_people: bool = False
    people_searched: bool = True
    """Whether people were looked for: not where there are so many that it would take long."""

    @property
    def number(self) -> str | None:
        """The number that alone can be meant."""
        return self.numbers[0] if len(self.numbers) == 1 and not (self.campaigns or self.people) else None


def search_everything(session: Session, text: str, *, people: bool = True) -> SearchResult:
    """`people` are looked for by their values, up to phone_search.SMALL contacts in all; of viewers' searches those
    without a digit alone, since values may hold the numbers that are hidden from them.

    A number without a country code is one that somebody has, whatever its country. If nobody does, it is read as of
    the countries that campaigns name for such numbers, and as one that lacks its plus."""
    numbers, problem = _read_number(session, text)
    campaigns = tables.find_campaigns_by_name(session, text, MOST_CAMPAIGNS + 1)
    searched = contact_table.count_all_contacts(session) <= phone_search.SMALL
    found: Sequence[Contact] = ()
    if people and searched and text and not numbers:
        found = contact_table.find_people(session, text, MOST_PEOPLE + 1)
    return SearchResult(
        numbers,
        campaigns[:MOST_CAMPAIGNS],
        len(campaigns) > MOST_CAMPAIGNS,
        problem,
        found[:MOST_PEOPLE],
        len(found) > MOST_PEOPLE,
        searched,
    )


def _read_number(session: Session, text: str) -> tuple[list[str], str | None]:
    digits = sum(char.isdecimal() for char in text)
    if digits < LEAST_DIGITS:
        return [], None
    try:
        return [phones.parse(text, None)], None
    except phones.PhoneError as error:
        if error.code != "no-region":
            return [], str(error)
        problem = error
    known = tables.find_known_numbers(session, phones.list_spellings(text))
    if known:
        return known, None
    numbers: list[str] = []
    for region in _list_regions(session):
        try:
            numbers.append(phones.parse(text, region))
        except phones.PhoneError as error:
            problem = error
    if text.lstrip()[:1] in "123456789":
        with suppress(phones.PhoneError):
            numbers.append(phones.parse(f"+{text}", None))
    return list(dict.fromkeys(numbers)), None if numbers else str(problem)


def _list_regions(session: Session) -> list[str]:
    """The countries as of which numbers without a country code are read: the campaigns', else the United States and
    those of the trunks' own numbers."""
    regions = tables.list_default_regions(session)
    if regions:
        return regions
    own = [number for numbers in session.scalars(select(Trunk.caller_ids)) for number in numbers or ()]
    return sorted({"US"}.union(*(phones.regions_of(number) for number in own)))
