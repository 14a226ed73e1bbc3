"""Past rules: every rule that can be judged later, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from campaign_app.services.list_history import check_past_lists
from campaign_app.services.outside_history import check_past_outside
from campaign_app.services.past_checks import (
    PastQuestion,
    check_past_blackouts,
    check_past_caps,
    check_past_do_not_call,
    check_past_hours,
)
from campaign_app.services.rule_checks import RuleCheck

PAST_CHECKS: list[Callable[[PastQuestion], Iterator[RuleCheck]]] = [
    check_past_do_not_call,
    check_past_lists,
    check_past_blackouts,
    check_past_outside,
    check_past_hours,
    check_past_caps,
]
"""A rule of a new kind adds its own function: it yields what the rule said then, nothing where that is not kept."""


def check_past(question: PastQuestion) -> list[RuleCheck]:
    """What every rule said."""
    return [check for find_checks in PAST_CHECKS for check in find_checks(question)]
