"""Standing rules: which kinds of rules exist at all. Most installations have none of them, and one query saves a claim
or a permit a statement for each kind."""

from __future__ import annotations

from collections.abc import Sequence
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


def hold_rules_still(connection: Connection) -> None:
    """For a permit, before it reads anything: until it has committed no blackout is added or lifted, no list gets a
    new version, and nobody is forgotten. Permits do not wait for each other. (SQLite has one writer anyway.)"""
    if connection.dialect.name != "sqlite":
        run_at_once(connection, "LOCK TABLE blackouts, forgotten_numbers IN SHARE MODE", HOLD_LISTS)


def read_standing_rules(columns: Sequence[Any]) -> StandingRules:
    """From what `STANDING` selected. For a permit, which holds them still, the kinds that are missing stay missing
    until it has committed; only an outside check can be added meanwhile."""
    return StandingRules(*map(bool, columns))
