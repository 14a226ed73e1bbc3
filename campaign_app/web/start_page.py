"""Start page: who would be called now, who later and who never, before anybody is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaign_app.models import Campaign
from campaign_app.services.preflight import DO_NOT_CALL, NEVER_OPEN, ZONE_UNKNOWN, PreflightResult

from .times import day_and_clock, format_range

MOST_ZONES = 4
NEVER_WORDS = {
    DO_NOT_CALL: "on the do-not-call list",
    ZONE_UNKNOWN: "in a place whose time nobody knows: add a time zone, state or postal code to their rows",
    NEVER_OPEN: "at no hour that the campaign and the person have in common within two weeks: change the windows",
}


@dataclass(frozen=True, slots=True)
class StartGroup:
    """A line of the table: from when on, how many, and where they may be."""

    begins: str
    contacts: int
    zones: str


@dataclass(frozen=True, slots=True)
class StartWords:
    """A preflight as a person reads it."""

    sentence: str
    finish: str | None
    warnings: Sequence[str]
    groups: Sequence[StartGroup]
    never: Sequence[str]
    missing: bool


def describe_start(campaign: Campaign, result: PreflightResult) -> StartWords:
    """The words for a campaign's start; times in its zone."""
    zone = campaign.display_zone
    later = sum(group.contacts for group in result.later)
    never = sum(result.never.values())
    parts = [f"{result.now:,} now"]
    if later:
        parts.append(f"{later:,} from {day_and_clock(result.later[0].opens_at, zone)}")
    if never:
        parts.append(f"{never:,} never")
    noun = "person" if result.waiting == 1 else "people"
    return StartWords(
        sentence=f"Call {result.waiting:,} {noun}: {', '.join(parts)}.",
        finish=_describe_finish(result, zone),
        warnings=_list_warnings(campaign, result),
        groups=[
            *([StartGroup("Now", result.now, "")] if result.now else []),
            *(
                StartGroup(
                    day_and_clock(group.opens_at, zone), group.contacts, _join_zones(sorted(group.zones))
                )
                for group in result.later
            ),
        ],
        never=[f"{number:,} {NEVER_WORDS[code]}." for code, number in sorted(result.never.items())],
        missing=bool(result.missing),
    )


def _describe_finish(result: PreflightResult, zone: str) -> str | None:
    if result.finish is None:
        return None
    low, high = result.calls
    calls = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{calls} calls. Finishes {format_range(*result.finish, zone)}, by an estimate that includes closed hours."


def _list_warnings(campaign: Campaign, result: PreflightResult) -> list[str]:
    warnings = []
    if result.missing:
        warnings.append(
            "Nobody has said what the calls are for. It decides at which hours people may be called."
        )
    if campaign.clock == "campaign":
        warnings.append(
            f"It goes by its own clock ({campaign.display_zone}) alone: people may be called at any hour of theirs."
        )
    elif result.zones_guessed:
        people = "1 person comes" if result.zones_guessed == 1 else f"{result.zones_guessed:,} people comes"
        rows = f" {result.zones_known:,} have it in their row." if result.zones_known else ""
        warnings.append(
            f"The time zone of {people} from the number alone; people who have moved keep their area code.{rows}"
        )
    if result.capped:
        warnings.append(
            f"{result.capped:,} must wait longer: they were called often enough lately, or are due later."
        )
    return warnings


def _join_zones(zones: Sequence[str]) -> str:
    more = f" and {len(zones) - MOST_ZONES} more" if len(zones) > MOST_ZONES else ""
    return ", ".join(zones[:MOST_ZONES]) + more
