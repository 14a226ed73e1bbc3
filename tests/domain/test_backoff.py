"""The time to wait after failures in a row."""

from __future__ import annotations

import pytest

from campaign_app.domain.backoff import backoff_seconds


@pytest.mark.parametrize(
    "failures, retry_after, seconds",
    [
        (1, None, 0),
        (2, None, 0),
        (3, None, 5),
        (4, None, 10),
        (5, None, 20),
        (8, None, 160),
        (9, None, 300),
        (10_000, None, 300),
        (1, 7.0, 7),
        (4, 7.0, 10),
        (4, 60.0, 60),
    ],
)
def test_backing_off_doubles_from_the_third_failure_to_five_minutes(
    failures: int, retry_after: float | None, seconds: float
) -> None:
    assert backoff_seconds(failures, retry_after) == seconds
