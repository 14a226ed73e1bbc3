"""Requirements: what the rules of countries ask of a campaign before it starts, each with the sentence to add.

Hours and caps are kept by the permit, consent person by person; here is what holds for the whole campaign: who calls, a
key that ends all calls, a number to call for free, a register that is new enough.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .campaign import CampaignSpec
from .countries import country_name
from .dial_profile import DialProfile
from .lists import BELONGS_TO, find_registry_age
from .message import Message
from .packs import (
    ANYWHERE,
    ELSEWHERE,
    Requires,
    Rule,
    find_rules,
    is_in_force,
    lacks_consent,
    name_consent,
)
from .phone import holds_toll_free_number
from .rulebook import Rulebook
from .script import KeyAction, OnMachine
from .timeline import find_lasting_refusal

FIRST_WORDS = 20
"""The caller is named within so many words."""
WORD = re.compile(r"\w+")
FIRST_CHARACTERS = 100
"""The same for names in scripts that put no blanks between words, and names without a letter."""


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


Gap = tuple[str, str]
"""(field, sentence)."""


def find_missing_requirements(
    spec: CampaignSpec,
    people: Iterable[tuple[DialProfile, int]],
    at: datetime,
    registry_ages: Mapping[str, int] | None = None,
) -> list[MissingRequirement]:
    """What is missing for those who may be called at all; `people` are those who wait, by profile. `registry_ages` has
    the age in days of each country's do-not-call register that is loaded (lists.find_registry_ages). Those that refuse
    a start come first."""
    rulebook = spec.rulebook
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


class _Checks:
    """What one campaign has, looked at once."""

    def __init__(self, spec: CampaignSpec, registry_ages: Mapping[str, int]) -> None:
        self._caller_name, self._registry_ages = spec.caller_name, registry_ages
        message = spec.message
        self._gaps: list[tuple[Callable[[Requires], bool], Gap | None]] = [
            (lambda requires: requires.identification, _check_identification(message, spec.caller_name)),
            (lambda requires: requires.opt_out_key, _check_opt_out(message)),
            (lambda requires: requires.toll_free, _check_toll_free(message)),
            (lambda requires: requires.caller_id, _check_caller_id(spec.caller_id)),
        ]

    def list_gaps(
        self, rule: Rule, requires: Requires, profile: DialProfile, rulebook: Rulebook
    ) -> list[Gap]:
        gaps = [gap for asks, gap in self._gaps if gap is not None and asks(requires)]
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


def _check_identification(message: Message, caller_name: str) -> Gap | None:
    if not caller_name:
        return (
            "caller_name",
            "say who calls: fill in the caller’s name, and begin the message with it, such as “This is Hill Clinic.”",
        )
    if message.human.recording is None and not is_named_first(message.human.text, caller_name):
        text = f"the first words of the message do not say who calls: begin it with “This is {caller_name}.”"
        return "message.text", text
    return None


def is_named_first(text: str, name: str) -> bool:
    """Whether a text says a name within its first words."""
    said, wanted = _fold(text), _fold(name)
    names = WORD.findall(wanted)
    words = WORD.findall(said)[: FIRST_WORDS + len(names)]
    if names and any(words[at : at + len(names)] == names for at in range(len(words))):
        return True
    has_blanks = names and not any(unicodedata.east_asian_width(letter) == "W" for letter in wanted)
    return bool(wanted) and not has_blanks and wanted in said[:FIRST_CHARACTERS]


def _fold(text: str) -> str:
    """As it sounds: without case, accents, apostrophes and runs of blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in plain if not unicodedata.combining(each) and each not in "’'`")
    return " ".join(letters.split())


def _check_opt_out(message: Message) -> Gap | None:
    if any(key.action is KeyAction.OPT_OUT for key in message.keys):
        return None
    return (
        "message.keys",
        "there is no key that ends all calls: add one, and say so, such as “Press 9 and we will not call again.”",
    )


def _check_toll_free(message: Message) -> Gap | None:
    """A machine that is hung up on hears nothing; a recording cannot be looked into."""
    heard = (
        message.machine
        if message.on_machine is OnMachine.LEAVE_MESSAGE and message.machine
        else message.human
    )
    if (
        message.on_machine is OnMachine.HANG_UP
        or heard.recording is not None
        or holds_toll_free_number(heard.text)
    ):
        return None
    return (
        "message.machine",
        "what an answering machine hears has no number to call for free: add “To stop these calls, call 1-800-…”, or"
        " hang up on machines",
    )


def _check_caller_id(caller_id: str | None) -> Gap | None:
    return None if caller_id else ("caller_id", "a number has to be shown: choose a caller ID")
