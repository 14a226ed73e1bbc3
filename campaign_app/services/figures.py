"""The figures of live pages, kept for a second where a cache is at hand: ten viewers of a page cost what one costs.

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
from campaign_app.services.stats import Board, CampaignStats

SECONDS = 1.0
"""How old a figure may be: half of what a live page waits between two looks."""
VERSION = 1
"""Raise it with the shape of what is kept."""

STATS = TypeAdapter(CampaignStats)
BOARD = TypeAdapter(Board)


T = TypeVar("T")


class Cache(Protocol):
    """Bytes by name, for a short time. Never raises, never waits long."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, seconds: float) -> None: ...


def campaign_stats(
    session: Session, campaign: Campaign, now: datetime, cache: Cache | None = None
) -> CampaignStats:
    """As `stats.campaign_stats`. What an operator just did is seen at once: the key names the campaign's state."""
    if cache is None:
        return stats.campaign_stats(session, campaign, now)
    state = f"{campaign.status}:{campaign.status_at.timestamp()}:{campaign.max_concurrent_calls}"
    key = f"stats:{VERSION}:{campaign.id}:{state}"
    return _kept(cache, key, STATS, lambda: stats.campaign_stats(session, campaign, now))


def board(session: Session, now: datetime, cache: Cache | None = None) -> Board:
    """As `stats.board`."""
    if cache is None:
        return stats.board(session, now)
    return _kept(cache, f"board:{VERSION}", BOARD, lambda: stats.board(session, now))


def _kept(cache: Cache, key: str, shape: TypeAdapter[T], ask: Callable[[], T]) -> T:
    kept = cache.get(key)
    if kept is not None:
        try:
            return shape.validate_json(kept)
        except ValidationError:
            # Of another version of ours, or no longer whole.
            pass
    fresh = ask()
    cache.put(key, shape.dump_json(fresh), SECONDS)
    return fresh
