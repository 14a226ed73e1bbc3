"""Channel watch: waitress' loop, at a cost that does not grow with the connections that only lie open.

waitress asks every connection before each look at the sockets what it waits for. With the six hundred of three hundred
live pages, that was most of what an answer cost. Here the kernel keeps what was asked (epoll), and only connections
that something happened to are asked again.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from waitress.wasyncore import readwrite  # type: ignore[import-untyped]

HAS_EPOLL = hasattr(select, "epoll")
LOOK_AT_ALL_EVERY = 1.0
"""Seconds after which every connection is asked all the same."""


class ChannelMap(dict[int, Any]):
    """waitress' map of descriptors and their channels, which notes what comes and goes."""

    def __init__(self) -> None:
        super().__init__()
        self._new: set[int] = set()
        self.on_gone: Callable[[int], None] | None = None

    def __setitem__(self, descriptor: int, channel: Any) -> None:
        super().__setitem__(descriptor, channel)
        self._new.add(descriptor)

    def __delitem__(self, descriptor: int) -> None:
        super().__delitem__(descriptor)
        if self.on_gone is not None:
            self.on_gone(descriptor)

    def take_new(self) -> set[int]:
        """The descriptors that came since the last time."""
        new, self._new = self._new, set()
        return new


def is_settled(channel: Any) -> bool:
    """Whether nothing but an event on its socket changes what the channel waits for: a connection that no thread works
    for, with nothing to send. Listeners and triggers never are: they keep the time."""
    if not hasattr(channel, "requests"):
        return False
    # A thread takes its request off the list and then may still send "100 Continue", both under this lock.
    if not channel.requests_lock.acquire(blocking=False):
        return False
    try:
        return not channel.requests and not channel.writable()
    finally:
        channel.requests_lock.release()


class ChannelWatch:
    """The loop over a map. Each descriptor is armed for one event (EPOLLONESHOT), and anew once that was handled and
    its channel waits for something again."""

    def __init__(self, channels: ChannelMap, monotonic: Callable[[], float]) -> None:
        self._channels = channels
        self._monotonic = monotonic
        self._epoll = select.epoll()
        self._armed: dict[int, int] = {}
        """What each registered descriptor is armed for; 0 after an event."""
        self._moving: set[int] = set()
        """Whoever is asked before the next look: all that have not settled."""
        self._all_asked_at = float("-inf")
        channels.on_gone = self._forget

    def run(self, timeout: float) -> None:
        """Until the map is empty. `timeout`: seconds that a look takes at the most."""
        try:
            while self._channels:
                self.look(timeout)
        finally:
            self.close()

    def close(self) -> None:
        self._channels.on_gone = None
        self._epoll.close()

    def look(self, timeout: float) -> None:
        """Wait for events once, and handle them."""
        self._moving |= self._channels.take_new()
        moment = self._monotonic()
        if moment - self._all_asked_at >= LOOK_AT_ALL_EVERY:
            self._all_asked_at = moment
            self._moving.update(list(self._channels))
        for descriptor in list(self._moving):
            self._ask(descriptor)
        for descriptor, events in self._epoll.poll(timeout):
            channel = self._channels.get(descriptor)
            if channel is None or descriptor not in self._armed:
                continue  # another one's event has closed it
            self._armed[descriptor] = 0
            self._moving.add(descriptor)
            readwrite(channel, events)

    def _ask(self, descriptor: int) -> None:
        """Arm a descriptor for what its channel waits for. As `waitress.wasyncore.poll2`, for one of them."""
        channel = self._channels.get(descriptor)
        if channel is None:
            self._moving.discard(descriptor)
            return
        # Before what is asked below: a thread may be done with it in between, and pulls the trigger then.
        settled = is_settled(channel)
        events = select.EPOLLIN | select.EPOLLPRI if channel.readable() else 0
        if channel.writable() and not channel.accepting:
            events |= select.EPOLLOUT
        if settled and self._channels.get(descriptor) is channel:
            self._moving.discard(descriptor)
        armed = self._armed.get(descriptor)
        if events == (armed or 0):
            return
        # A thread may close it at any moment: first the map loses it, then the kernel.
        with suppress(OSError):
            if not events:
                self._epoll.unregister(descriptor)
                self._armed.pop(descriptor, None)
            elif armed is None:
                self._epoll.register(descriptor, events | select.EPOLLONESHOT)
                self._armed[descriptor] = events
            else:
                try:
                    self._epoll.modify(descriptor, events | select.EPOLLONESHOT)
                except FileNotFoundError:
                    # Noted in `look` after a thread had closed the one before with this number.
                    self._epoll.register(descriptor, events | select.EPOLLONESHOT)
                self._armed[descriptor] = events
        if self._channels.get(descriptor) is not channel:
            # It went meanwhile, so `_forget` may have come before what was noted here. The next connection with this
            # number would pass for armed, and never be heard.
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        """The kernel lets go of a descriptor when it is closed; another one may get its number."""
        if self._armed.pop(descriptor, None) is not None:
            with suppress(OSError):
                self._epoll.unregister(descriptor)
