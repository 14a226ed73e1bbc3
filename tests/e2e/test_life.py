"""Five minutes of life: what grows, and how late the engine is, where somebody has the time to look.

`LIFE=long make test ARGS=tests/e2e/test_life.py`; `python -m bench life` is the hour.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.life import LEVEL, LONGEST_LAG, SAMPLE_EVERY, live
from bench.lifecycles import WrongWork
from bench.viewers import throwaway_database

MINUTES, RATE = 5.0, 50.0
pytestmark = pytest.mark.e2e


def test_a_life_too_short_for_a_sample_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(WrongWork, match="LIFE_MINUTES"):
        live(tmp_path, SAMPLE_EVERY / 60, RATE)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.environ.get("LIFE") != "long", reason="five minutes each: LIFE=long")
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(
    "postgres", [False, pytest.param(True, marks=pytest.mark.postgres)], ids=["sqlite", "postgres"]
)
def test_memory_log_and_lag_stay_bounded(tmp_path: Path, postgres: bool) -> None:
    with throwaway_database(postgres) as url:
        samples = live(tmp_path, MINUTES, RATE, url)
    for process in samples.memory:
        last, first = samples.average_thirds(process)
        assert last < first * (1 + LEVEL), f"{process}: {first:.0f} MB became {last:.0f} MB"
    assert samples.lag_99 <= LONGEST_LAG
    assert samples.placed > MINUTES * 60 * RATE / 2
    assert samples.finished
    # A log that is never put back into the database grows by all that is written; a bounded one stays at some MB.
    assert max(samples.wal) < 64
