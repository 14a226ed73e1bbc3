"""Which keys people pressed, over time: a chart that is asked for more rarely than the live figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.models import Campaign
from campaign_app.services import heard

from . import charts
from .live import CHART_SINCE, step_words

PACE = 30
"""Seconds between two polls: the figures cost a look at every call with a key of the last day."""
MOST_KEYS = 4
"""Keys with a colour of their own; the rest are one."""


def view(session: Session, campaign: Campaign, now: datetime, *, moving: bool) -> dict[str, Any]:
    """The variables of templates/campaigns/_answers.html. `moving`: more may come."""
    pressed, slots = heard.load_responses_over_time(session, campaign, now - CHART_SINCE)
    own, rest = pressed[:MOST_KEYS], pressed[MOST_KEYS:]
    cls = {answer.digit: f"key{min(place, MOST_KEYS)}" for place, answer in enumerate(pressed)}
    labels = [(cls[answer.digit], f"{answer.digit} {answer.label}".strip()) for answer in own]
    if rest:
        labels.append((f"key{MOST_KEYS}", f"Other keys ({' '.join(answer.digit for answer in rest)})"))
    drawn = []
    for at, by_key in slots.items():
        sums = dict.fromkeys((name for name, _ in labels), 0)
        for key, n in by_key.items():
            sums[cls[key]] += n
        drawn.append(charts.Slot(at, sums, 0))
    chart = charts.outcomes(drawn, [name for name, _ in labels], max(slots) if slots else now, height=120)
    return {
        "campaign": campaign,
        "now": now,
        "answers": {
            "poll": PACE if moving else None,
            "chart": chart if drawn else None,
            "labels": labels,
            "step": step_words(chart.step),
        },
    }
