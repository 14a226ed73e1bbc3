"""Standing rules: which kinds of rules exist at all. Most installations have none of them, and one query saves a claim
or a permit a statement for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from .lists import HOLD_LISTS
from .sets import run_at_once


class StandingRules(NamedTuple):
    """Whether there are any rules of each kind."""

    blackouts: bool
    """Any that are not over."""
    outside_check: bool
    lists: bool
    forgotten: bool
    """Numbers whose owners asked to be forgotten."""


STANDING = """EXISTS (SELECT 1 FROM blackouts WHERE (ends_at IS NULL OR ends_at > :now)
        AND (lifted_at IS NULL OR lifted_at > :now)) AS blackouts,
      EXISTS (SELECT 1 FROM outside_check WHERE id = 1) AS outside_check,
      EXISTS (SELECT 1 FROM lists WHERE NOT gone) AS lists,
      EXISTS (SELECT 1 FROM forgotten_numbers) AS forgotten"""
"""The columns of StandingRules, for a SELECT that reads something else as well."""


HOLD_TABLES = "LOCK TABLE blackouts, forgotten_numbers IN SHARE MODE"
HOLD_CAMPAIGNS = "SELECT id FROM campaigns WHERE id IN ({ids}) ORDER BY id FOR SHARE"


def hold_rules_still(connection: Connection, campaign_ids: Iterable[int] = ()) -> None:
    """For a permit, before it reads anything or looks at the clock: until it has committed no blackout is added or
    lifted, no list gets a new version, nobody is forgotten, and these campaigns stay as they are. Permits do not wait
    for each other. (SQLite has one writer anyway.)

    What is read later, in a statement of its own, is as it is after the waiting: a statement that waited itself would
    have the trunk of before.
    """
    if connection.dialect.name == "sqlite":
        return
    ids = ", ".join(str(int(campaign_id)) for campaign_id in campaign_ids)
    campaigns = [HOLD_CAMPAIGNS.format(ids=ids)] if ids else []
    run_at_once(connection, HOLD_TABLES, HOLD_LISTS, *campaigns)


def read_standing_rules(columns: Sequence[Any]) -> StandingRules:
    """From what `STANDING` selected. For a permit, which holds them still, the kinds that are missing stay missing
    until it has committed; only an outside check can be added meanwhile."""
    return StandingRules(*map(bool, columns))
