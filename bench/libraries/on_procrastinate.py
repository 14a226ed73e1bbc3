"""procrastinate on PostgreSQL: one worker, asynchronous jobs. It fetches one job a query."""

from __future__ import annotations

import asyncio

from procrastinate import App, PsycopgConnector

from bench.libraries.marks import BATCH, BROKER, mark_job

CONCURRENCY = 10
app = App(connector=PsycopgConnector(conninfo=BROKER))


@app.task(name="bench.empty")
async def empty() -> None:
    mark_job()


def enqueue(jobs: int) -> None:
    async def run() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            for start in range(0, jobs, BATCH):
                await empty.batch_defer_async(*({} for _ in range(min(BATCH, jobs - start))))

    asyncio.run(run())


def work() -> None:
    async def run() -> None:
        async with app.open_async():
            await app.run_worker_async(concurrency=CONCURRENCY)

    asyncio.run(run())
