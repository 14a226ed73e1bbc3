"""Stats cache: figures of live pages, kept for a second, so that ten viewers of a page cost what one costs.

The cache may be emptied or go away at any time: then the database is asked, as it is without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from campaign_app.models import Campaign
from campaign_app.queries.polls import CAMPAIGN_STATE
from campaign_app.services import stats
from campaign_app.services.stats import CampaignStats, DashboardStats
from campaign_app.services.wait_reasons import USUAL_TICK

MAX_AGE_SECONDS = 1.0
"""How old a figure may be: half of what a live page waits between two looks."""
MOST = 1000
"""Figures that a process keeps."""
VERSION = 5
"""Raise it with the shape of what is kept."""


T = TypeVar("T")


_adapters: dict[str, TypeAdapter[Any]] = {}


def _adapter_of(shape: type[T]) -> TypeAdapter[T]:
    """How figures are read and written; made at the first look at a page, for it costs more than a page."""
    adapter: TypeAdapter[T] | None = _adapters.get(shape.__name__)
    if adapter is None:
        adapter = _adapters[shape.__name__] = TypeAdapter(shape)
    return adapter


class StatsCache(Protocol):
    """Bytes by name, for a short time. Never raises, never waits long."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, seconds: float) -> None: ...


class ProcessCache:
    """A StatsCache of one process: what `monotonic` (seconds) says is over is not given."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._kept: dict[str, tuple[bytes, float]] = {}

    def get(self, key: str) -> bytes | None:
        value, until = self._kept.get(key, (None, 0.0))
        return value if self._monotonic() < until else None

    def put(self, key: str, value: bytes, seconds: float) -> None:
        moment = self._monotonic()
        if len(self._kept) >= MOST:
            self._kept = {name: kept for name, kept in self._kept.copy().items() if kept[1] > moment}
        if len(self._kept) < MOST:
            self._kept[key] = value, moment + seconds


def get_campaign_stats(
    session: Session,
    campaign: Campaign,
    now: datetime,
    cache: StatsCache | None = None,
    *,
    tick_seconds: float = USUAL_TICK,
) -> CampaignStats:
    """As `stats.compute_campaign_stats`."""
    found = get_stats_of_campaigns(session, [campaign], now, cache, tick_seconds=tick_seconds)
    return found[campaign.id]


def get_stats_of_campaigns(
    session: Session,
    campaigns: Sequence[Campaign],
    now: datetime,
    cache: StatsCache | None = None,
    *,
    tick_seconds: float = USUAL_TICK,
) -> dict[int, CampaignStats]:
    """As `stats.compute_stats_of_campaigns`. What an operator just did is seen at once: the key names the campaign's
    state."""
    found: dict[int, CampaignStats] = {}
    keys = {campaign.id: f"stats:{VERSION}:{campaign.id}:{name_state(campaign)}" for campaign in campaigns}
    if cache is not None:
        for campaign_id, key in keys.items():
            kept = _read(cache, key, CampaignStats)
            if kept is not None:
                found[campaign_id] = kept
    missing = [campaign for campaign in campaigns if campaign.id not in found]
    if not missing:
        return found
    computed = stats.compute_stats_of_campaigns(session, missing, now, tick_seconds=tick_seconds)
    if cache is not None:
        for campaign_id, value in computed.items():
            cache.put(keys[campaign_id], _adapter_of(CampaignStats).dump_json(value), MAX_AGE_SECONDS)
    return found | computed


def name_state(campaign: Campaign) -> str:
    """What an operator changes of a campaign, as a part of a key."""
    values = (getattr(campaign, column.key) for column in CAMPAIGN_STATE)
    return ":".join(str(each.timestamp() if isinstance(each, datetime) else each) for each in values)


def get_dashboard_stats(
    session: Session, now: datetime, cache: StatsCache | None = None, today: datetime | None = None
) -> DashboardStats:
    """As `stats.compute_dashboard_stats`."""
    if cache is None:
        return stats.compute_dashboard_stats(session, now, today)
    key = f"board:{VERSION}:{'' if today is None else today.timestamp()}"
    kept = _read(cache, key, DashboardStats)
    if kept is None:
        kept = stats.compute_dashboard_stats(session, now, today)
        cache.put(key, _adapter_of(DashboardStats).dump_json(kept), MAX_AGE_SECONDS)
    return kept


def _read(cache: StatsCache, key: str, shape: type[T]) -> T | None:
    """None where there is none, or one of another version of ours, or one that is no longer whole."""
    cached = cache.get(key)
    if cached is None:
        return None
    try:
        return _adapter_of(shape).validate_json(cached)
    except ValidationError:
        return None
