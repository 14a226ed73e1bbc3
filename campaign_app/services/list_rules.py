"""List rules: which lists hold a call back at an instant. The one place that claim, permit, pages and sweep ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.lists import ListRule
from campaign_app.domain.rulebook import Purpose
from campaign_app.queries import lists as list_queries
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck

LISTED, STALE = "listed", "list-stale"


class ListRequest(NamedTuple):
    """A call that lists are asked about."""

    phone: str
    purpose: Purpose | str | None
    profile: DialProfile


class ListHold(NamedTuple):
    """A list that holds a call back: the number is on it, or (`stale`) it is too old to tell."""

    rule: ListRule
    stale: bool = False


def find_list_holds(
    connection: Connection, rules: Sequence[ListRule], requests: Sequence[ListRequest], now: datetime
) -> list[list[ListHold]]:
    """For each request the lists that hold it back; none where it may be called as far as lists go."""
    applying = [
        [rule for rule in rules if rule.applies_to(one.purpose, one.profile, one.phone)] for one in requests
    ]
    found = list_queries.find_on_versions(
        connection,
        {
            (one.phone, rule.version_id)
            for one, each in zip(requests, applying, strict=True)
            for rule in each
            if rule.version_id is not None
        },
    )
    return [
        [ListHold(rule) for rule in each if (one.phone, rule.version_id) in found]
        + [ListHold(rule, stale=True) for rule in each if rule.blocks_all(now)]
        for one, each in zip(requests, applying, strict=True)
    ]


def find_blocking(
    rules: Sequence[ListRule],
    purpose: Purpose | str | None,
    profile: DialProfile,
    now: datetime,
    phone: str = "",
) -> ListRule | None:
    """The first list that is too old and blocks everybody of a profile."""
    return next(
        (rule for rule in rules if rule.blocks_all(now) and rule.applies_to(purpose, profile, phone)), None
    )


def describe_list_hold(session: Session, request: ListRequest, now: datetime) -> str | None:
    """Why lists forbid a call, in words; None where they do not."""
    connection = session.connection()
    [holds] = find_list_holds(connection, list_queries.load_list_rules(connection), [request], now)
    if not holds:
        return None
    rule = holds[0].rule
    return rule.describe_stale(now) if holds[0].stale else f"the number is on the list {rule.name}"


def check_lists(session: Session, request: ListRequest, now: datetime) -> RuleCheck:
    """Registries and other lists of numbers that may not be called."""
    connection = session.connection()
    rules = list_queries.load_list_rules(connection)
    [holds] = find_list_holds(connection, rules, [request], now)
    reasons = [
        NotCalledReason(
            STALE, f"{hold.rule.describe_stale(now)}: it has to be replaced", list_id=hold.rule.id
        )
        if hold.stale
        else NotCalledReason(
            LISTED,
            f"the number is on the list {hold.rule.name}, as of {hold.rule.as_of:%-d %b %Y}",
            list_id=hold.rule.id,
        )
        for hold in holds
    ]
    applying = [rule for rule in rules if rule.applies_to(request.purpose, request.profile, request.phone)]
    warned = [
        rule.describe_stale(now) for rule in applying if rule.is_stale(now) and not rule.blocks_all(now)
    ]
    names = ", ".join(f"{rule.name} (as of {rule.as_of:%-d %b %Y})" for rule in applying)
    says = f"on none of: {names}" if applying else "no list applies"
    return RuleCheck(Rule.LISTS, "; ".join([says, *warned]), reasons)
