"""Dramatiq on Redis: one process with its eight threads, 100 messages ahead."""

from __future__ import annotations

import os

from bench.libraries.marks import BATCH, BROKER, mark_job

os.environ["dramatiq_queue_prefetch"] = str(BATCH)  # noqa: SIM112 - its name; read when dramatiq is imported

import dramatiq
from dramatiq.brokers.redis import RedisBroker

broker = RedisBroker(url=BROKER)
dramatiq.set_broker(broker)


@dramatiq.actor
def empty() -> None:
    mark_job()


def enqueue(jobs: int) -> None:
    for _ in range(jobs):
        empty.send()


def work() -> None:
    program = [*("dramatiq", "--processes", "1", "bench.libraries.on_dramatiq")]
    os.execvp(program[0], program)
