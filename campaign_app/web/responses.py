"""Responses chart: which keys people pressed, over time; asked for more rarely than the live figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.models import Campaign
from campaign_app.services import responses

from . import charts
from .live_page import CHART_SINCE, describe_step

POLL_SECONDS = 30
"""Seconds between two polls: the figures cost a look at every call with a key of the last day."""
MOST_KEYS = 4
"""Keys with a colour of their own; the rest are one."""


def build_responses_context(
    session: Session, campaign: Campaign, now: datetime, *, may_change: bool
) -> dict[str, Any]:
    """The variables of templates/campaigns/_answers.html. `moving`: more may come."""
    pressed_keys, slots = responses.load_responses_over_time(session, campaign, now - CHART_SINCE)
    top_keys, other_keys = pressed_keys[:MOST_KEYS], pressed_keys[MOST_KEYS:]
    color_classes = {answer.digit: f"key{min(place, MOST_KEYS)}" for place, answer in enumerate(pressed_keys)}
    labels = [(color_classes[answer.digit], f"{answer.digit} {answer.label}".strip()) for answer in top_keys]
    if other_keys:
        labels.append((f"key{MOST_KEYS}", f"Other keys ({' '.join(answer.digit for answer in other_keys)})"))
    chart_slots = []
    for at, by_key in slots.items():
        sums = dict.fromkeys((name for name, _ in labels), 0)
        for key, n in by_key.items():
            sums[color_classes[key]] += n
        chart_slots.append(charts.TimeSlot(at, sums, 0))
    chart = charts.draw_outcome_chart(
        chart_slots, [name for name, _ in labels], max(slots) if slots else now, height=120
    )
    return {
        "campaign": campaign,
        "now": now,
        "answers": {
            "poll": POLL_SECONDS if may_change else None,
            "chart": chart if chart_slots else None,
            "labels": labels,
            "step": describe_step(chart.step),
        },
    }
