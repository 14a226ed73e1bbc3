"""The end of a process by a signal: at whatever point of the main thread it comes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from campaign_app.stop_signals import SIGNALS, set_on_signals


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_sets_every_event(number: signal.Signals) -> None:
    one, other = threading.Event(), threading.Event()
    set_on_signals(one, other)
    signal.raise_signal(number)
    assert one.wait(60)
    assert other.wait(60)


def test_a_signal_in_the_midst_of_a_wait_is_no_deadlock() -> None:
    event = threading.Event()
    set_on_signals(event)
    with event._cond:  # type: ignore[attr-defined]
        # Where `event.wait()` stands for a moment when it begins and when it ends.
        signal.raise_signal(signal.SIGTERM)
        assert not event.is_set()
    assert event.wait(60)


def test_later_signals_change_nothing() -> None:
    event = threading.Event()
    set_on_signals(event)
    for _ in range(1000):
        signal.raise_signal(signal.SIGTERM)
    assert event.wait(60)
