"""Pack examples: each call that a pack's author gives is judged by its rule alone, and has to come out as written."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from .call_caps import PlacedCall, find_rule_refusals
from .dial_profile import DialProfile
from .errors import FieldError
from .packs import Example, Pack, Rule, applies_to
from .rulebook import Purpose
from .timeline import is_open_by_rule


def is_example_allowed(rule: Rule, example: Example) -> bool:
    """Whether a rule alone allows the call of an example."""
    country, dash, _ = example.place.partition("-")
    profile = DialProfile(
        (example.zone,),
        country,
        (example.place,) if dash else (),
        example.line,
        example.party,
        example.consent,
        "column",
    )
    if not applies_to(rule, example.purpose or Purpose.MARKETING, profile):
        return True
    zone = ZoneInfo(example.zone)
    at = example.at.replace(tzinfo=zone).astimezone(UTC)
    if not is_open_by_rule(rule, profile, at):
        return False
    calls = [
        PlacedCall(each.replace(tzinfo=zone).astimezone(UTC), None, "", answered=True)
        for each in example.calls
    ]
    return not find_rule_refusals(rule, profile, calls, at)


def find_wrong_examples(pack: Pack) -> list[FieldError]:
    """The examples that a pack's own rules contradict."""
    return [
        FieldError(
            f"rules[{rule_number}].examples[{number}]",
            f"the rule {'allows' if not example.allowed else 'does not allow'} this call"
            f" ({example.at:%a %Y-%m-%d %H:%M} in {example.zone})",
        )
        for rule_number, rule in enumerate(pack.rules)
        for number, example in enumerate(rule.examples)
        if is_example_allowed(rule, example) is not example.allowed
    ]
