"""Celery on Redis: one process, no results, 100 messages ahead. In the pool `solo`, which runs empty jobs several times
as fast as a child process does (`prefork`)."""

from __future__ import annotations

from celery import Celery

from bench.libraries.marks import BATCH, BROKER, mark_job

app = Celery("bench.libraries.on_celery", broker=BROKER)
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=BATCH,
    broker_connection_retry_on_startup=True,
)


@app.task(name="bench.empty")
def empty() -> None:
    mark_job()


def enqueue(jobs: int) -> None:
    with app.producer_or_acquire() as producer:
        for _ in range(jobs):
            empty.apply_async(producer=producer)


def work() -> None:
    # Without events, gossip and mingle: they are for many workers, and cost time.
    app.worker_main(
        [
            *("--app", "bench.libraries.on_celery", "worker", "--pool", "solo", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
    )
