"""Requirements: what the rules of countries ask of a campaign before it starts, each with the sentence to add.

Hours and caps are kept by the permit, consent person by person; here is what holds for the whole campaign: who calls, a
key that ends all calls, a number to call for free, a register that is new enough.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .campaign import CampaignSpec
from .campaign_consent import BEST_CONSENT, CampaignConsent
from .countries import country_name
from .dial_profile import DialProfile
from .lists import BELONGS_TO, find_registry_age
from .message_needs import Gap, find_gaps
from .packs import (
    ANYWHERE,
    ELSEWHERE,
    Requires,
    Rule,
    find_rules,
    is_in_force,
    lacks_consent,
    list_needs,
    name_consent,
)
from .rulebook import Rulebook
from .timeline import find_lasting_refusal


@dataclass(slots=True)
class MissingRequirement:
    """Something that rules ask for and the campaign does not have."""

    field: str
    """Of the campaign, where it is given."""
    sentence: str
    """What is missing and what to do."""
    rules: list[Rule] = dataclasses.field(default_factory=list)
    """Who ask for it."""
    people: int = 0
    """Of those who wait: whose calls need it."""
    warns: bool = True
    """Whether a start goes on all the same, having said so."""

    @property
    def texts(self) -> list[str]:
        """`US federal: 47 CFR 64.1200(b)(1)`, each once."""
        return list(dict.fromkeys(f"{rule.pack_title}: {rule.source}" for rule in self.rules))

    @property
    def sources(self) -> str:
        """The same, joined by semicolons."""
        return "; ".join(self.texts)


def requirement_to_api(missing: MissingRequirement) -> dict[str, object]:
    return {
        "field": missing.field,
        "sentence": missing.sentence,
        "sources": missing.texts,
        "people": missing.people,
        "warns": missing.warns,
    }


def find_missing_requirements(
    spec: CampaignSpec,
    people: Iterable[tuple[DialProfile, int]],
    at: datetime,
    registry_ages: Mapping[str, int] | None = None,
) -> list[MissingRequirement]:
    """What is missing for those who may be called at all; `people` are those who wait, by profile. `registry_ages` has
    the age in days of each country's do-not-call register that is loaded (lists.find_registry_ages). Those that refuse
    a start come first."""
    # Whoever only lacks what the message has to have may be called once it has it.
    rulebook = replace(spec.rulebook, lacks=())
    found: dict[Gap, MissingRequirement] = {}
    checks = _Checks(spec, registry_ages or {})
    for profile, number in people:
        if not rulebook.packs or find_lasting_refusal(rulebook, profile, at) is not None:
            continue
        for rule in find_rules(rulebook, profile):
            if rule.requires is None or not is_in_force(rule, profile.zones, at):
                continue
            for gap in checks.list_gaps(rule, rule.requires, profile, rulebook):
                missing = found.setdefault(gap, MissingRequirement(*gap))
                if rule not in missing.rules:
                    missing.rules.append(rule)
                missing.people += number
                missing.warns = missing.warns and rule.requires.warns
    return sorted(found.values(), key=lambda each: each.warns)


def find_missing_with_consent(
    spec: CampaignSpec,
    people: Sequence[tuple[DialProfile, int]],
    at: datetime,
    registry_ages: Mapping[str, int] | None = None,
) -> list[MissingRequirement]:
    """What is missing; where nobody may be called, what else will be missing once their consent is on record, so that
    all of it is asked for at once."""
    rulebook = replace(spec.rulebook, lacks=())
    # Before there is a purpose nobody knows what rules will ask.
    if spec.purpose is not None and all(
        find_lasting_refusal(rulebook, profile, at) is not None for profile, _ in people
    ):
        spec = replace(spec, consent=CampaignConsent(BEST_CONSENT, "asked for"))
    return find_missing_requirements(spec, people, at, registry_ages)


class _Checks:
    """What one campaign has, looked at once."""

    def __init__(self, spec: CampaignSpec, registry_ages: Mapping[str, int]) -> None:
        self._registry_ages = registry_ages
        self._gaps = find_gaps(spec.message, spec.caller_name, spec.caller_id)

    def list_gaps(
        self, rule: Rule, requires: Requires, profile: DialProfile, rulebook: Rulebook
    ) -> list[Gap]:
        gaps = [gap for need, found in self._gaps for gap in found if need in list_needs(requires)]
        if requires.warns and lacks_consent(rule, profile, rulebook.consent):
            asked = name_consent(requires.consent)
            text = f"{asked} is not on record: give it in a column, or on the form for everybody on the list"
            gaps.append(("consent", text))
        if requires.registry_days is not None:
            gap = self._check_registry(requires.registry_days, _find_registry_country(rule, profile))
            gaps += [] if gap is None else [gap]
        return gaps

    def _check_registry(self, days: int, country: str) -> Gap | None:
        age = find_registry_age(self._registry_ages, country)
        name = country_name(BELONGS_TO.get(country, country))
        if age is None:
            text = f"no do-not-call register is loaded for {name}: add it under Rules, Lists"
        elif age > days:
            text = (
                f"the do-not-call register for {name} is {age} days old, {days} are allowed: replace it under Rules,"
                " Lists"
            )
        else:
            return None
        return "lists", text


def _find_registry_country(rule: Rule, profile: DialProfile) -> str:
    """Whose register a rule means for a person: the number's country, where the rule is about that."""
    countries = [place.partition("-")[0] for place in rule.places if place not in (ANYWHERE, ELSEWHERE)]
    return profile.country or "" if not countries or profile.country in countries else countries[0]
