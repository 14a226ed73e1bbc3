"""pgqueuer on PostgreSQL: one worker on asyncpg and uvloop, asynchronous jobs, 100 jobs a query."""

from __future__ import annotations

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from bench.libraries.marks import BATCH, BROKER, mark_job


def enqueue(jobs: int) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(BROKER)
        queries = Queries(AsyncpgDriver(connection))
        await queries.install()
        for start in range(0, jobs, BATCH):
            many = min(BATCH, jobs - start)
            await queries.enqueue(["empty"] * many, [None] * many, [0] * many)
        await connection.close()

    uvloop.run(run())


def work() -> None:
    async def run() -> None:
        connection = await asyncpg.connect(BROKER)
        queuer = PgQueuer(AsyncpgDriver(connection))

        @queuer.entrypoint("empty")
        async def empty(job: Job) -> None:
            mark_job()

        await queuer.run(batch_size=BATCH)

    uvloop.run(run())
