"""An engine as a process, on a provider that takes 50 ms for each call. `python -m bench.fifty NAME`, by engines.py."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Callable, Sequence
from time import sleep

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.engine.context import EngineContext
from campaign_app.engine.scheduler import EngineScheduler
from campaign_app.engine.tick import EngineLoop
from campaign_app.extensions import make_engine
from campaign_app.providers.base import DialRequest, PlacedCall, ProviderCaps
from campaign_app.stop_signals import set_on_signals

PLACE_SECONDS = 0.05
READY = "ready"


class Fifty:
    """Takes 50 ms to place a call, which is over by then."""

    caps = ProviderCaps(blocking=True, horizon=3600.0)

    def __init__(self, ledger: str) -> None:
        # One write a line, appended: lines of all engines stand in the order of time.
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._news: list[CallUpdate] = []
        self._wake: Callable[[], None] = lambda: None

    def ready(self) -> str | None:
        return None

    def place(self, attempt: DialRequest) -> PlacedCall:
        self._write("placed", attempt.token)
        sleep(PLACE_SECONDS)
        self._write("ended", attempt.token)
        news = CallUpdate(
            attempt.token, AttemptStatus.COMPLETED, SYSTEM_CLOCK.now(), answered_by=AnsweredBy.HUMAN
        )
        with self._lock:
            self._news.append(news)
        self._wake()
        return PlacedCall(f"fifty-{attempt.token}")

    def hangup(self, token: str, ref: str | None) -> None:
        """Every call is over already."""

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        return ()

    def events(self) -> Sequence[CallUpdate]:
        with self._lock:
            news, self._news = self._news, []
        return news

    def on_updates(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def close(self) -> None:
        os.close(self._ledger)

    def _write(self, event: str, token: str) -> None:
        os.write(self._ledger, (json.dumps([event, token]) + "\n").encode())


def main(name: str) -> None:
    provider = Fifty(os.environ["BENCH_LEDGER"])
    state = EngineContext(
        db=make_engine(os.environ["BENCH_DATABASE"]),
        name=name,
        clock=SYSTEM_CLOCK,
        make_provider=lambda trunk: provider,
        rng=random.Random(name),
    )
    scheduler = EngineScheduler(EngineLoop(state), 1.0, lambda: False)
    over = threading.Event()
    set_on_signals(over)
    scheduler.start()
    print(READY, flush=True)
    over.wait()
    scheduler.stop()


if __name__ == "__main__":
    main(sys.argv[1])
