"""huey on SQLite: one worker thread, no results, and without fsync."""

from __future__ import annotations

import sys

from huey import SqliteHuey

from bench.libraries.marks import BROKER, mark_job

huey = SqliteHuey("bench", filename=BROKER, results=False, fsync=False)


@huey.task()
def empty() -> None:
    mark_job()


def enqueue(jobs: int) -> None:
    for _ in range(jobs):
        empty()


def work() -> None:
    from huey.bin.huey_consumer import consumer_main

    # Its own polling and schedule stay as they are: with jobs waiting, it never sleeps.
    sys.argv = ["huey_consumer", "bench.libraries.on_huey.huey", "--workers", "1", "--quiet"]
    consumer_main()
