from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaign_app.engine.tasks import QUEUE
from tests.support.rabbitmq import RabbitServer, rabbit_server
from tests.support.redis import RedisServer, redis_server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis of the test's own: it starts in a few hundredths of a second."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """A RabbitMQ for all tests of the group `brokers`."""
    with rabbit_server() as server:
        yield server


class Broker:
    """A RabbitMQ or a Redis, with what a test does to it."""

    def __init__(self, server: RabbitServer | RedisServer) -> None:
        self.url = server.url
        self.kill, self.start = server.kill, server.start
        self.freeze, self.thaw = server.freeze, server.thaw


@pytest.fixture(params=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker with no task in it, of each kind; it runs again when the test is over."""
    if request.param == "redis":
        yield Broker(request.getfixturevalue("redis"))
        return
    server: RabbitServer = request.getfixturevalue("rabbit")
    empty(server.url)
    yield Broker(server)


def empty(url: str) -> None:
    """No queue of ours, and no task of the test before."""
    from kombu import Connection

    with Connection(url) as connection:
        connection.channel().queue_delete(QUEUE)
