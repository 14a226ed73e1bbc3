"""Channel watch: no connection goes unheard, whatever a thread does to it while the loop asks what it waits for."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]

from campaign_app.channel_watch import HAS_EPOLL, ChannelMap, ChannelWatch

pytestmark = pytest.mark.skipif(not HAS_EPOLL, reason="the system has no epoll")


class Connection(HTTPChannel):  # type: ignore[misc]
    """A connection of waitress'. `meanwhile` is what a thread does once, between the loop's questions."""

    meanwhile: Callable[[], None] | None = None

    def __init__(self, channels: ChannelMap, ours: socket.socket) -> None:
        self.heard: list[bytes] = []
        super().__init__(SimpleNamespace(active_channels={}), ours, None, Adjustments(), map=channels)

    def readable(self) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        try:
            return bool(super().readable())
        finally:
            self.total_outbufs_len = 0  # by now it has gone out

    def received(self, data: bytes) -> bool:
        self.heard.append(data)
        return True


class Room:
    """A watch at a standing clock, so that nobody is asked only because a second has gone by."""

    def __init__(self) -> None:
        self.channels, self._sockets = ChannelMap(), list[socket.socket]()
        self.watch = ChannelWatch(self.channels, lambda: 0.0)
        self.watch.look(0)

    def connect(self, descriptor: int | None = None) -> tuple[Connection, socket.socket]:
        """Its connection and the client's socket."""
        ours, client = socket.socketpair()
        if client.fileno() == descriptor:
            ours, client = client, ours
        elif descriptor is not None and ours.fileno() != descriptor:
            os.dup2(ours.fileno(), descriptor)
            ours.close()
            ours = socket.socket(fileno=descriptor)
        self._sockets += [ours, client]
        return Connection(self.channels, ours), client

    def close(self) -> None:
        self.watch.close()
        for each in self._sockets:
            each.close()


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.close()


@pytest.mark.parametrize("is_armed", [False, True], ids=["new", "armed before"])
def test_a_number_that_a_thread_gave_back_is_heard_again(room: Room, is_armed: bool) -> None:
    first, client = room.connect()
    descriptor: int = first._fileno
    if is_armed:
        room.watch.look(0)
        client.send(b"GET")
        room.watch.look(0)
        assert first.heard == [b"GET"]
    # waitress' close() in two halves: the loop comes in between, while the kernel still knows the descriptor.
    gone: Any = first.socket
    first.meanwhile = first.del_channel
    room.watch.look(0)
    assert descriptor not in room.channels
    gone.close()

    second, client = room.connect(descriptor)
    client.send(b"GET")
    room.watch.look(0)
    assert second.heard == [b"GET"]


def test_a_number_that_a_thread_gives_back_during_its_event_is_heard_again(room: Room) -> None:
    first, client = room.connect()
    descriptor: int = first._fileno
    room.watch.look(0)
    client.send(b"GET")

    class Armed(dict[int, int]):
        def __setitem__(self, key: int, events: int) -> None:
            if not events and room.channels.get(key) is first:
                ours: Any = first.socket
                first.del_channel()
                ours.close()
            super().__setitem__(key, events)

    room.watch._armed = Armed(room.watch._armed)
    room.watch.look(0)
    assert descriptor not in room.channels

    second, client = room.connect(descriptor)
    client.send(b"GET")
    room.watch.look(0)
    assert second.heard == [b"GET"]


def test_a_connection_whose_thread_still_sends_is_asked_again(room: Room) -> None:
    connection, client = room.connect()

    def let_continue_go_out() -> None:
        connection.total_outbufs_len = len(b"HTTP/1.1 100 Continue\r\n\r\n")

    # The request was taken off the list, and "100 Continue" goes out while the loop asks.
    connection.requests_lock.acquire()
    connection.meanwhile = let_continue_go_out
    room.watch.look(0)
    connection.requests_lock.release()
    client.send(b"body")
    room.watch.look(0)
    assert connection.heard == [b"body"]
