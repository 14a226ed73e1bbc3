"""Person hours: when people may be called by their own clock, whatever a campaign wants.

The part of every rulebook that is built in until rules of countries replace it: 08:00 to 21:00 every day, and for
marketing 09:00 to 20:00 from Monday to Saturday, not on public holidays. An emergency knows no hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from .calling_window import DAYS, CallingWindow
from .rulebook import Purpose


@dataclass(frozen=True, slots=True)
class PersonHours:
    """Windows on the called person's clock, and whether public holidays are closed."""

    windows: tuple[CallingWindow, ...]
    holidays_closed: bool = False


ANY_HOUR = PersonHours((CallingWindow(DAYS, 0, 24 * 60),))
DAYTIME = PersonHours((CallingWindow(DAYS, 8 * 60, 21 * 60),))
MARKETING_HOURS = PersonHours((CallingWindow(DAYS[:6], 9 * 60, 20 * 60),), holidays_closed=True)


def find_person_hours(purpose: Purpose | None) -> PersonHours:
    """The hours for a purpose; of a campaign that does not say, the strictest."""
    if purpose is Purpose.EMERGENCY:
        return ANY_HOUR
    if purpose is None or purpose is Purpose.MARKETING:
        return MARKETING_HOURS
    return DAYTIME
