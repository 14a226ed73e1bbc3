"""What callees heard and did: connected, opted out, the answers of a survey, how long the detection took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.script import CONNECTED, Disposition, KeyAction
from campaign_app.models import Campaign
from campaign_app.queries import counts
from campaign_app.services.campaigns import message_of


@dataclass(frozen=True, slots=True)
class Answer:
    """A key that was pressed: how often, and what it means by the menu as it is now ("" where it has no such key)."""

    digit: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Heard:
    """`connected` counts calls whose message was heard to its end, or acted on. `detection_seconds` is the mean wait
    from the answer until human or machine was decided; None where nothing was detected."""

    connected: int
    opted_out: int
    dispositions: dict[str, int]
    answers: list[Answer]
    detection_seconds: float | None


def heard(session: Session, campaign: Campaign) -> Heard:
    facets = counts.read_response_counts(session, campaign.id)
    told = _part(facets, "disposition:")
    keys = _part(facets, "key:")
    labels = key_labels(campaign)
    detections = facets.get("detections", 0)
    return Heard(
        connected=sum(told.get(disposition, 0) for disposition in CONNECTED),
        opted_out=told.get(Disposition.OPTED_OUT, 0),
        dispositions=told,
        answers=[
            Answer(digit, labels.get(digit, ""), keys.get(digit, 0)) for digit in sorted({*labels, *keys})
        ]
        if keys
        else [],
        detection_seconds=facets.get("detection-ms", 0) / detections / 1000 if detections else None,
    )


def answers_over_time(
    session: Session, campaign: Campaign, since: datetime
) -> tuple[list[Answer], dict[datetime, dict[str, int]]]:
    """The keys that were ever pressed, most first, and how often each was in the calls that ended since: by the
    beginning of ten minutes, oldest first."""
    pressed = [answer for answer in heard(session, campaign).answers if answer.count]
    pressed.sort(key=lambda answer: (-answer.count, answer.digit))
    slots: dict[datetime, dict[str, int]] = {}
    for key, at, n in counts.count_responses(session, campaign.id, [answer.digit for answer in pressed], since):
        slots.setdefault(at, {})[key] = n
    return pressed, dict(sorted(slots.items()))


def key_labels(campaign: Campaign) -> dict[str, str]:
    """What each key of the menu means: its label, or what it does."""
    words = {
        KeyAction.OPT_OUT: "never call again",
        KeyAction.REPEAT: "play it again",
        KeyAction.TRANSFER: "transfer",
        KeyAction.SURVEY_RESPONSE: "answer",
    }
    try:
        keys = message_of(campaign.text, campaign.script).keys
    except InvalidInput:
        return {}
    return {key.digit: key.label or words[key.action] for key in keys}


def heard_to_api(found: Heard) -> dict[str, Any]:
    return {
        "connected": found.connected,
        "opted_out": found.opted_out,
        "dispositions": found.dispositions,
        "answers": {answer.digit: {"label": answer.label, "count": answer.count} for answer in found.answers},
        "detection_seconds": None if found.detection_seconds is None else round(found.detection_seconds, 3),
    }


def _part(facets: dict[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): n for name, n in facets.items() if name.startswith(prefix) and n}
