"""Signals that end a process in good order."""

from __future__ import annotations

import signal
import threading
from queue import SimpleQueue
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def set_on_signals(*events: threading.Event, signals: tuple[signal.Signals, ...] = SIGNALS) -> None:
    """Set these events at the first of the signals. To be called in the main thread.

    A handler runs between any two steps of the main thread, also between those of `event.wait()` or of the handler of
    a signal just before. It may take no lock that they hold, and an event has one: `event.set()` there waits for ever,
    once in some hundred stops. `SimpleQueue.put` may be called at any point."""
    asked: SimpleQueue[None] = SimpleQueue()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        asked.put(None)

    def set_when_asked() -> None:
        asked.get()
        for event in events:
            event.set()

    threading.Thread(target=set_when_asked, name="stop-signals", daemon=True).start()
    for number in signals:
        signal.signal(number, request_stop)
