"""Stats cache: figures of live pages, kept for a second, so that ten viewers of a page cost what one costs.

The cache may be emptied or go away at any time: then the database is asked, as it is without one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from campaign_app.models import Campaign
from campaign_app.services import stats
from campaign_app.services.stats import CampaignStats, DashboardStats
from campaign_app.services.wait_reasons import USUAL_TICK

MAX_AGE_SECONDS = 1.0
"""How old a figure may be: half of what a live page waits between two looks."""
VERSION = 4
"""Raise it with the shape of what is kept."""

CAMPAIGN_STATS_ADAPTER = TypeAdapter(CampaignStats)
DASHBOARD_STATS_ADAPTER = TypeAdapter(DashboardStats)


T = TypeVar("T")


class StatsCache(Protocol):
    """Bytes by name, for a short time. Never raises, never waits long."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, seconds: float) -> None: ...


def get_campaign_stats(
    session: Session,
    campaign: Campaign,
    now: datetime,
    cache: StatsCache | None = None,
    *,
    tick_seconds: float = USUAL_TICK,
) -> CampaignStats:
    """As `stats.campaign_stats`. What an operator just did is seen at once: the key names the campaign's state."""
    if cache is None:
        return stats.compute_campaign_stats(session, campaign, now, tick_seconds=tick_seconds)
    key = f"stats:{VERSION}:{campaign.id}:{name_state(campaign)}"
    return _read_through(
        cache,
        key,
        CAMPAIGN_STATS_ADAPTER,
        lambda: stats.compute_campaign_stats(session, campaign, now, tick_seconds=tick_seconds),
    )


def name_state(campaign: Campaign) -> str:
    """What an operator changes of a campaign, as a part of a key."""
    soft = "" if campaign.soft_start_at is None else campaign.soft_start_at.timestamp()
    resume = "" if campaign.resume_at is None else campaign.resume_at.timestamp()
    return (
        f"{campaign.status}:{campaign.status_at.timestamp()}:{resume}:{campaign.max_concurrent_calls}:{soft}"
    )


def get_dashboard_stats(
    session: Session, now: datetime, cache: StatsCache | None = None, today: datetime | None = None
) -> DashboardStats:
    """As `stats.compute_dashboard_stats`."""
    if cache is None:
        return stats.compute_dashboard_stats(session, now, today)
    return _read_through(
        cache,
        f"board:{VERSION}:{'' if today is None else today.timestamp()}",
        DASHBOARD_STATS_ADAPTER,
        lambda: stats.compute_dashboard_stats(session, now, today),
    )


def _read_through(cache: StatsCache, key: str, shape: TypeAdapter[T], compute: Callable[[], T]) -> T:
    cached = cache.get(key)
    if cached is not None:
        try:
            return shape.validate_json(cached)
        except ValidationError:
            # Of another version of ours, or no longer whole.
            pass
    value = compute()
    cache.put(key, shape.dump_json(value), MAX_AGE_SECONDS)
    return value
