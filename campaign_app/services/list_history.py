"""List history: which lists of numbers a call had to keep to at a past instant, in the versions of then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from campaign_app.domain.lists import ListRule
from campaign_app.queries import history
from campaign_app.queries.lists import find_on_versions
from campaign_app.services.past_checks import PastQuestion
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck


@dataclass(frozen=True, slots=True)
class ListThen:
    """A list that a call had to keep to."""

    rule: ListRule
    listed: bool | None
    """Whether the number was on it. None: the numbers of that version are not kept any more; the permit asked them."""


def find_lists_then(question: PastQuestion) -> list[ListThen]:
    """The lists that applied to a call, by what was decided about them until then."""
    session, phone, at = question.session, question.phone, question.at
    found = []
    for version in history.list_versions_at(session.connection(), at):
        rule = history.find_list_rule(session.connection(), version, at)
        if rule is None or not rule.applies_to(question.rulebook.purpose, question.profile, phone):
            continue
        listed = None
        if version.has_numbers and not question.history.erased:
            listed = bool(find_on_versions(session.connection(), [(phone, version.id)]))
        found.append(ListThen(rule, listed))
    return found


def check_past_lists(question: PastQuestion) -> Iterator[RuleCheck]:
    """Registries and other lists, in the versions that were in force."""
    at = question.at
    lists = find_lists_then(question)
    reasons = [
        NotCalledReason(
            "listed",
            f"the number was on the list {each.rule.name}, as of {each.rule.as_of:%-d %b %Y}",
            list_id=each.rule.id,
        )
        for each in lists
        if each.listed
    ] + [
        NotCalledReason("list-stale", each.rule.describe_stale(at), list_id=each.rule.id)
        for each in lists
        if each.rule.blocks_all(at)
    ]
    told = []
    for each in lists:
        kept = "" if each.listed is not None else "; its numbers are not kept any more, the permit asked them"
        told.append(
            f"{each.rule.name} (as of {each.rule.as_of:%-d %b %Y}, version {each.rule.version_id}{kept})"
        )
    says = f"on none of: {', '.join(told)}" if told else "no list applied"
    yield RuleCheck(Rule.LISTS, says, reasons)
