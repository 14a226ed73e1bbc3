"""Backoff after failures: how long a campaign or a trunk waits once its calls fail at the provider."""

from __future__ import annotations

PATIENCE = 3
"""Failures in a row before anything waits."""
FIRST_BACKOFF = 5.0
LONGEST_BACKOFF = 300.0
"""Seconds."""


def backoff_seconds(failures: int, retry_after: float | None) -> float:
    """Seconds to wait after this many failures in a row: 5, 10, 20 … 300 from the third on. Never less than the
    provider asked for (`retry_after`, seconds)."""
    wait = 0.0
    if failures >= PATIENCE:
        wait = min(FIRST_BACKOFF * 2.0 ** min(failures - PATIENCE, 10), LONGEST_BACKOFF)
    return max(wait, retry_after or 0.0)
