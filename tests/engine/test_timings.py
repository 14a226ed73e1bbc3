"""Histograms in memory: nothing is lost between threads, and what is written can be read back."""

from __future__ import annotations

import threading

import pytest

from campaign_app.engine.timings import BOUNDS, STEPS, StepTimings
from tests.support.clock import FakeClock


def test_an_observation_counts_in_the_first_bucket_that_holds_it() -> None:
    timings = StepTimings()
    for seconds in (0.0, 0.001, 0.0011, 30.0, 31.0, -5.0):
        timings.observe("claim", seconds)
    told = timings.to_json()
    assert told["le"] == list(BOUNDS)
    counts = told["steps"]["claim"]["counts"]
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (3, 1, 1, 1)
    assert sum(counts) == 6
    assert told["steps"]["claim"]["sum"] == pytest.approx(61.0021)


def test_every_step_has_a_series_before_anything_happened() -> None:
    told = StepTimings().to_json()["steps"]
    assert set(told) == set(STEPS)
    assert all(len(step["counts"]) == len(BOUNDS) + 1 and not any(step["counts"]) for step in told.values())


def test_threads_that_count_at_once_lose_nothing_while_somebody_reads() -> None:
    timings = StepTimings()
    over = threading.Event()

    def count() -> None:
        for _ in range(5_000):
            timings.observe("place", 0.02)

    def read() -> None:
        while not over.is_set():
            timings.to_json()

    reader = threading.Thread(target=read)
    threads = [threading.Thread(target=count) for _ in range(8)]
    reader.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    reader.join()
    assert sum(timings.to_json()["steps"]["place"]["counts"]) == 40_000


def test_a_block_is_measured_on_the_monotonic_clock_also_when_it_raises(clock: FakeClock) -> None:
    timings = StepTimings()

    def fail() -> None:
        with timings.measure("tick", clock):
            clock.move(0.3)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert timings.to_json()["steps"]["tick"]["counts"][BOUNDS.index(0.5)] == 1
    with pytest.raises(KeyError):
        timings.observe("tea", 1)
