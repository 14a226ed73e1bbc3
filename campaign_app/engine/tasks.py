"""Celery tasks: the settings of the dispatch queue, and publishing into it.

With worker.py the only place that imports Celery. What is set, and why:

- The task carries the attempt's id and nothing else, as JSON; there are no results, no retries and no countdowns: the
  database knows all of it better.
- Prefetch 1: a worker holds no more than one task per thread beyond those it works on.
- On RabbitMQ a task is acknowledged late, when its attempt is recorded: of a worker that dies the broker gives the
  tasks to another one at once, and the permit's compare-and-set decides whether there is something left to do. On Redis
  it is acknowledged when it is taken: Redis would notice a dead worker after its visibility time-out, which is later
  than the reaper, and Celery's worker ends when it cannot send a late acknowledgement. Nor does a worker put back what
  it held when its connection closes: if Redis has just died, kombu asks the dead connection for that and the worker
  ends with a traceback (seen when Redis was killed under load). What it held is a stale claim, as everywhere.
- Tasks expire when their claim does: the reaper has it back by then. RabbitMQ drops them itself, a worker drops the
  rest, and the permit would refuse them anyway.
- Nothing is kept on the broker's disk, for a lost task is a stale claim, which the engine reaps.
- MOST_TASKS is a belt: the claim bounds tasks by free lines and `Dispatch.room` by what workers have in front of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from amqp.exceptions import AMQPError, MessageNacked
from celery import Celery
from kombu import Connection, Exchange, Producer
from kombu import Queue as Declared
from kombu.exceptions import KombuError
from kombu.transport.redis import Channel as RedisChannel
from redis.exceptions import RedisError

from .context import CLAIM_STALE_AFTER, SENDERS
from .dispatch import BrokerAway

QUEUE = "switchboard.place"
TASK = "switchboard.place"
MOST_TASKS = 10_000
CONNECT_WITHIN = 2.0
ANSWER_WITHIN = 5.0
"""Seconds that the broker has for a connection, and for one answer: the engine's tick waits for it."""

AMQP_OPTIONS = {"confirm_publish": True, "read_timeout": ANSWER_WITHIN, "write_timeout": ANSWER_WITHIN}
REDIS_OPTIONS = {
    "visibility_timeout": 2 * CLAIM_STALE_AFTER,
    "socket_timeout": ANSWER_WITHIN,
    "socket_connect_timeout": CONNECT_WITHIN,
    "global_keyprefix": "switchboard:",
}


def make_celery(broker_url: str) -> Celery:
    """The Celery application, for engine and worker alike. Connects to nothing."""
    amqp = _speaks_amqp(broker_url)
    if not amqp:
        RedisChannel.do_restore = False
    app = Celery("switchboard", broker=broker_url, set_as_current=False)
    arguments = {
        "x-max-length": MOST_TASKS,
        "x-overflow": "reject-publish",
        "x-message-ttl": int(CLAIM_STALE_AFTER * 1000),
    }
    app.conf.update(
        task_queues=[
            Declared(
                QUEUE,
                Exchange(QUEUE, type="direct"),
                routing_key=QUEUE,
                queue_arguments=arguments if amqp else None,
            )
        ],
        task_default_queue=QUEUE,
        task_default_exchange=QUEUE,
        task_default_routing_key=QUEUE,
        task_default_delivery_mode="transient",
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=amqp,
        task_acks_on_failure_or_timeout=True,
        worker_prefetch_multiplier=1,
        # Placing is waiting for a network: threads, one adapter and one pool of database connections in a process.
        worker_pool="threads",
        worker_concurrency=SENDERS,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_timeout=CONNECT_WITHIN,
        broker_connection_retry_on_startup=True,
        broker_connection_retry=True,
        broker_connection_max_retries=None,
        broker_transport_options=AMQP_OPTIONS if amqp else REDIS_OPTIONS,
        broker_heartbeat=10,
        enable_utc=True,
    )
    return app


class CeleryQueue:
    """The engine's end of the queue."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._connection: Connection | None = None
        self._producer: Producer | None = None
        self._amqp = _speaks_amqp(str(app.conf.broker_url))
        self._queue: Declared = app.conf.task_queues[0]

    def count_waiting(self) -> int:
        def count_messages(producer: Producer) -> int:
            # In Redis an empty queue does not exist, so asking for it passively would fail.
            declared = producer.channel.queue_declare(QUEUE, passive=self._amqp)
            return int(declared.message_count)

        message_count: int = self._with_broker(count_messages)
        return message_count

    def publish_tasks(self, attempt_ids: Sequence[int], on_published: Callable[[int], None]) -> None:
        def publish_each(producer: Producer) -> None:
            for attempt_id in attempt_ids:
                self._app.send_task(
                    TASK,
                    args=(attempt_id,),
                    queue=self._queue,
                    expires=CLAIM_STALE_AFTER,
                    producer=producer,
                    retry=False,
                    timeout=ANSWER_WITHIN,
                    confirm_timeout=ANSWER_WITHIN,
                )
                on_published(attempt_id)

        self._with_broker(publish_each)

    def close(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            try:
                connection.release()
            except FAILURES:
                connection.collect()

    def _with_broker(self, work: Callable[[Producer], Any]) -> Any:
        try:
            return work(self._open_producer())
        except MessageNacked:
            raise BrokerAway("its queue is full") from None
        except FAILURES as error:
            if self._connection is not None:
                # Not `release`: saying good-bye to one that hangs would wait for it again.
                self._connection.collect()
            self._connection = self._producer = None
            raise BrokerAway(
                f"{_broker_address(self._app)} does not answer ({_describe_error(error)})"
            ) from error

    def _open_producer(self) -> Producer:
        if self._producer is None:
            self._connection = self._app.connection_for_write(connect_timeout=CONNECT_WITHIN)
            self._connection.connect()
            channel = self._connection.channel()
            self._queue(channel).declare()
            self._producer = Producer(channel, serializer="json")
        return self._producer


FAILURES = (AMQPError, KombuError, RedisError, OSError)


def _speaks_amqp(broker_url: str) -> bool:
    return urlsplit(broker_url).scheme.startswith("amqp")


def _broker_address(app: Celery) -> str:
    """The broker as a person may see it: without its password."""
    parts = urlsplit(str(app.conf.broker_url))
    return f"{parts.hostname}:{parts.port or ('5672' if _speaks_amqp(parts.geturl()) else '6379')}"


def _describe_error(error: BaseException) -> str:
    return f"{error}".strip().splitlines()[0][:200] if f"{error}".strip() else type(error).__name__
