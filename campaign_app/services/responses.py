"""Responses: what callees did: connected, opted out, answered a survey, and how long the detection took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import KNOWN_ANSWERERS
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.script import CONNECTED, Disposition, KeyAction
from campaign_app.models import Campaign
from campaign_app.queries import counts
from campaign_app.queries.campaign_stats import read_response_counts


@dataclass(frozen=True, slots=True)
class SurveyResponse:
    """A key that was pressed: how often, and what it means by the menu as it is now ("" where it has no such key)."""

    digit: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class CampaignResponses:
    """`connected` counts calls whose message was heard to its end, or acted on. `detection_seconds` is the mean wait
    from the answer until human or machine was decided; None where nothing was detected."""

    connected: int
    opted_out: int
    dispositions: dict[str, int]
    response_counts: list[SurveyResponse]
    detection_seconds: float | None
    answered_by: dict[str, int]
    """Of KNOWN_ANSWERERS."""


def load_campaign_responses(session: Session, campaign: Campaign) -> CampaignResponses:
    return make_campaign_responses(
        campaign, read_response_counts(session, [campaign.id]).get(campaign.id, {})
    )


def make_campaign_responses(campaign: Campaign, counters: Mapping[str, int]) -> CampaignResponses:
    """Of what is counted of the calls' details, by name."""
    dispositions = _counts_with_prefix(counters, "disposition:")
    keys = _counts_with_prefix(counters, "key:")
    labels = list_key_labels(campaign)
    detections = counters.get("detections", 0)
    return CampaignResponses(
        connected=sum(dispositions.get(disposition, 0) for disposition in CONNECTED),
        opted_out=dispositions.get(Disposition.OPTED_OUT, 0),
        dispositions=dispositions,
        response_counts=[
            SurveyResponse(digit, labels.get(digit, ""), keys.get(digit, 0))
            for digit in sorted({*labels, *keys})
        ]
        if keys
        else [],
        detection_seconds=counters.get("detection-ms", 0) / detections / 1000 if detections else None,
        answered_by={each.value: counters.get(f"answered-by:{each}", 0) for each in KNOWN_ANSWERERS},
    )


def load_responses_over_time(
    session: Session, campaign: Campaign, since: datetime
) -> tuple[list[SurveyResponse], dict[datetime, dict[str, int]]]:
    """The keys that were ever pressed, most first, and how often each was in the calls that ended since: by the
    beginning of ten minutes, oldest first."""
    pressed_keys = [
        answer for answer in load_campaign_responses(session, campaign).response_counts if answer.count
    ]
    pressed_keys.sort(key=lambda answer: (-answer.count, answer.digit))
    slots: dict[datetime, dict[str, int]] = {}
    for key, at, n in counts.count_responses(
        session, campaign.id, [answer.digit for answer in pressed_keys], since
    ):
        slots.setdefault(at, {})[key] = n
    return pressed_keys, dict(sorted(slots.items()))


def list_key_labels(campaign: Campaign) -> dict[str, str]:
    """What each key of the menu means: its label, or what it does."""
    action_labels = {
        KeyAction.OPT_OUT: "never call again",
        KeyAction.REPEAT: "play it again",
        KeyAction.TRANSFER: "transfer",
        KeyAction.SURVEY_RESPONSE: "answer",
    }
    try:
        keys = campaign.message.keys
    except InvalidInput:
        return {}
    return {key.digit: key.label or action_labels[key.action] for key in keys}


def responses_to_api(responses: CampaignResponses) -> dict[str, Any]:
    return {
        "connected": responses.connected,
        "opted_out": responses.opted_out,
        "dispositions": responses.dispositions,
        "answers": {
            answer.digit: {"label": answer.label, "count": answer.count}
            for answer in responses.response_counts
        },
        "detection_seconds": None
        if responses.detection_seconds is None
        else round(responses.detection_seconds, 3),
    }


def _counts_with_prefix(counters: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): n for name, n in counters.items() if name.startswith(prefix) and n}
