"""Day limits: how much a trunk may call in a day (UTC), so that a stolen account or token costs a bounded amount.

Calls are counted exactly, at the permit. Minutes, and the spend that follows from them, are measured every few seconds
while it dials; calls that are up when a limit is reached go on to their end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from .call_price import CallPrice

ALARM_SHARE = 0.8
"""From this share of a limit on, an alarm is raised, once a day."""
MEASURE_EVERY = timedelta(seconds=10)
FIELDS = ("max_calls_per_day", "max_minutes_per_day", "max_spend_per_day")
MOST_CALLS = MOST_MINUTES = 100_000_000
MOST_MONEY = 100_000_000.0


@dataclass(frozen=True, slots=True)
class DayUse:
    """What was used of a day: calls that were permitted, and seconds of talk, transfers' other legs included."""

    calls: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DayLimits:
    """None: no such limit. `spend` is money of the price's currency, and no limit while nobody has said the price."""

    calls: int | None = None
    minutes: int | None = None
    spend: float | None = None
    price: CallPrice | None = None

    @property
    def any(self) -> bool:
        return self.calls is not None or self.measures_time

    @property
    def measures_time(self) -> bool:
        return self.minutes is not None or self.limits_spend

    @property
    def limits_spend(self) -> bool:
        return self.spend is not None and self.price is not None

    def find_spent(self, use: DayUse) -> Decimal:
        """What was used costs; 0 without a price."""
        if self.price is None:
            return Decimal(0)
        return self.price.per_call * use.calls + self.price.per_minute * Decimal(use.seconds) / 60

    def room(self, use: DayUse) -> int | None:
        """How many calls may still begin; None: any number."""
        rooms = [] if self.calls is None else [max(self.calls - use.calls, 0)]
        if self.minutes is not None and use.seconds >= self.minutes * 60:
            rooms.append(0)
        if self.spend is not None and self.price is not None:
            left = Decimal(str(self.spend)) - self.find_spent(use)
            if left <= 0:
                rooms.append(0)
            elif self.price.per_call:
                rooms.append(int(left / self.price.per_call))
        return min(rooms, default=None)

    def shares(self, use: DayUse) -> list[tuple[float, str]]:
        """How much of each limit is used, 1 being all of it, and in words."""
        shares: list[tuple[float, str]] = []
        if self.calls is not None:
            shares.append((_share(use.calls, self.calls), f"{use.calls:,} of {self.calls:,} calls"))
        if self.minutes is not None:
            used = int(use.seconds // 60)
            shares.append((_share(use.seconds, self.minutes * 60), f"{used:,} of {self.minutes:,} minutes"))
        if self.spend is not None and self.price is not None:
            spent = self.find_spent(use)
            words = f"{spent:,.2f} of {self.spend:,.2f} {self.price.currency}"
            shares.append((float(spent / Decimal(str(self.spend))), words))
        return shares

    def describe_highest(self, use: DayUse) -> tuple[float, str]:
        """The limit that is used most: its share, and in words. Only where there is one."""
        return max(self.shares(use), key=lambda pair: pair[0])


def day_of(now: datetime) -> datetime:
    """The midnight (UTC) at which the day of `now` began."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def check_day_limits(
    data: Mapping[str, Any], price: CallPrice | None, add_error: Callable[[str, str], None]
) -> DayLimits:
    """The limits in API shape; what is wrong with them goes to `add_error` (field, text)."""
    calls = _whole(data, "max_calls_per_day", MOST_CALLS, add_error)
    minutes = _whole(data, "max_minutes_per_day", MOST_MINUTES, add_error)
    spend = _amount(data, "max_spend_per_day", add_error)
    if spend is not None and price is None:
        add_error("max_spend_per_day", "say what its calls cost: the spend is worked out from the price")
    return DayLimits(calls, minutes, spend, price)


def _whole(
    data: Mapping[str, Any], field: str, most: int, add_error: Callable[[str, str], None]
) -> int | None:
    value = data.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        add_error(field, f"use a whole number from 1 to {most:,}, or leave it empty")
        return None
    return value


def _amount(data: Mapping[str, Any], field: str, add_error: Callable[[str, str], None]) -> float | None:
    value = data.get(field)
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not 0.0001 <= value <= MOST_MONEY
    ):
        add_error(field, f"use an amount from 0.0001 to {MOST_MONEY:,.0f}, or leave it empty")
        return None
    return float(value)


def _share(used: float, limit: float) -> float:
    return used / limit if limit else 1.0
