"""Web server: waitress, with bounds on what strangers may take of it.

waitress reads every request and sends every answer in one loop, so slow clients cost no thread. These classes add what
it leaves open: a body that is too large is refused by its headers, before it is read; a request that does not get on,
and an answer that nobody takes, end; an address has a bounded number of connections, of which the idlest makes room.
"""

from __future__ import annotations

import copy
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]
from waitress.server import MultiSocketServer, TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]
from waitress.utilities import RequestEntityTooLarge  # type: ignore[import-untyped]

from campaign_app.channel_watch import HAS_EPOLL, ChannelMap, ChannelWatch
from campaign_app.http.body_limits import BODY_LIMIT, SMALL_BODY, BodyLimit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOST_UPLOADS = 32
"""Bodies above SMALL_BODY that are received at once: more are refused, whoever sends them."""


@dataclass(frozen=True, slots=True)
class ServerBounds:
    """Seconds, bytes and connections."""

    threads: int = 8
    connections: int = 1_000
    connections_of_address: int = 64
    header_seconds: float = 20.0
    slow_seconds: float = 20.0
    """How long a client may be slower than `least_rate`, sending a body or taking an answer."""
    least_rate: int = 1024
    """Bytes a second."""
    idle_seconds: int = 60
    linger_seconds: float = 5.0
    """How long what follows a refused body is read and thrown away, so that the client gets to read the refusal."""
    look_every: int = 5


class LimitedParser(HTTPRequestParser):
    """Reads a request. One with too large a body is complete after its headers; the application refuses it in words."""

    large = False
    # Said for mypy: waitress has no types.
    adj: Any
    body_rcv: Any
    chunked: bool
    content_length: int
    error: Any

    def __init__(self, adj: Any, channel: GuardedChannel | None = None) -> None:
        super().__init__(adj)
        self.channel = channel

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.headers.pop(BODY_LIMIT, None)
        channel = self.channel
        if channel is None or not (self.chunked or self.content_length > SMALL_BODY):
            return
        limit = channel.server.find_body_limit(self, channel.addr[0])
        self.large = limit > SMALL_BODY
        if self.content_length > limit:
            self._refuse(limit)
        elif self.chunked:
            # How large it is shows only while it comes.
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = limit + 1

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.chunked and isinstance(self.error, RequestEntityTooLarge):
            self.error = None
            self._refuse(self.adj.max_request_body_size - 1)
        return consumed

    def _refuse(self, limit: int) -> None:
        if self.body_rcv is not None:
            self.body_rcv.getbuf().close()
        self.body_rcv = None
        self.content_length, self.chunked, self.expect_continue = 0, False, False
        self.headers |= {BODY_LIMIT: str(limit), "CONTENT_LENGTH": "0", "CONNECTION": "close"}
        self.connection_close = self.completed = True
        if self.channel is not None:
            self.channel.refused = True


class GuardedChannel(HTTPChannel):
    """One connection. Everything here but `send` runs in the server's loop."""

    request_since: float | None = None
    """When the first byte of the unfinished request came."""
    refused = False
    """Whether the application was handed a request without its body."""
    lingers_until: float | None = None
    bytes_in = bytes_out = 0
    in_mark: tuple[float, int] | None = None
    out_mark: tuple[float, int] | None = None

    def __init__(self, server: GuardedServer, sock: socket.socket, addr: Any, adj: Any, map: Any) -> None:
        self.parser_class = partial(LimitedParser, channel=self)
        self.opened_at = self.idle_since = server.monotonic()
        super().__init__(server, sock, addr, adj, map=map)

    def received(self, data: bytes) -> bool:
        self.bytes_in += len(data)
        if self.request is None:
            self.request_since = self.server.monotonic()
        taken: bool = super().received(data)
        if self.request is None:
            self.request_since = self.in_mark = None
            self.idle_since = self.server.monotonic()
        return taken

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close=do_close)
        self.bytes_out += sent
        return sent

    def readable(self) -> bool:
        return self.lingers_until is not None or super().readable()

    def writable(self) -> bool:
        return self.lingers_until is None and bool(super().writable())

    def handle_read(self) -> None:
        if self.lingers_until is None:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)
        except OSError:
            self.handle_close()

    def handle_write(self) -> None:
        if self.refused and self.close_when_flushed and not self.total_outbufs_len:
            # Closing with unread bytes resets the connection, and the client may never see the answer.
            self.lingers_until = self.server.monotonic() + self.server.bounds.linger_seconds
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_write()

    def is_idle(self) -> bool:
        """Whether nothing is lost with it: no request is complete, and no answer on its way."""
        return not self.requests and not self.total_outbufs_len

    def is_overdue(self, now: float) -> bool:
        """Whether it lingered long enough, or its client is too slow."""
        bounds = self.server.bounds
        if self.lingers_until is not None:
            return now >= self.lingers_until
        request = self.request
        if request is not None and not self.requests and self.request_since is not None:
            if not request.headers_finished:
                return now - self.request_since > bounds.header_seconds
            self.in_mark, is_slow = self._is_slow(self.in_mark, self.bytes_in, now)
            if is_slow:
                return True
        if not self.total_outbufs_len:
            self.out_mark = None
            return False
        self.out_mark, is_slow = self._is_slow(self.out_mark, self.bytes_out, now)
        return is_slow

    def _is_slow(
        self, mark: tuple[float, int] | None, count: int, now: float
    ) -> tuple[tuple[float, int], bool]:
        """The mark to go on from, and whether fewer bytes went by since `mark` than the least rate asks."""
        bounds = self.server.bounds
        if mark is None:
            return (now, count), False
        if now - mark[0] < bounds.slow_seconds:
            return mark, False
        return (now, count), count - mark[1] < bounds.least_rate * (now - mark[0])


class GuardedServer(TcpWSGIServer):
    channel_class = GuardedChannel
    next_channel_cleanup: float
    task_dispatcher: Any
    adj: Any
    _map: ChannelMap
    bounds: ServerBounds
    monotonic: Callable[[], float]
    body_limit: BodyLimit
    is_proxy: Callable[[str], bool]

    def run(self) -> None:
        if not HAS_EPOLL:
            super().run()
            return
        try:
            ChannelWatch(self._map, self.monotonic).run(self.adj.asyncore_loop_timeout)
        except (SystemExit, KeyboardInterrupt):
            self.task_dispatcher.shutdown()

    def find_body_limit(self, parser: LimitedParser, peer: str) -> int:
        limit = self.body_limit(parser.command, parser.path, peer, parser.headers)
        if limit <= SMALL_BODY:
            return limit
        under_way = sum(
            1 for channel in self.active_channels.values() if getattr(channel.request, "large", False)
        )
        return limit if under_way < MOST_UPLOADS else SMALL_BODY

    def readable(self) -> bool:
        # waitress stops accepting at its limit, and strangers would hold everybody out; see handle_accept.
        now = self.monotonic()
        if now >= self.next_channel_cleanup:
            self.next_channel_cleanup = now + self.bounds.look_every
            self.maintenance(now)
        return bool(self.accepting)

    def maintenance(self, now: float) -> None:
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(now) or (
                channel.is_idle() and channel.request is None and self._is_idle_too_long(channel, now)
            ):
                channel.handle_close()

    def _is_idle_too_long(self, channel: GuardedChannel, now: float) -> bool:
        return now - channel.idle_since > self.bounds.idle_seconds

    def handle_accept(self) -> None:
        super().handle_accept()
        channels = list(self.active_channels.values())
        if not channels:
            return
        newest = channels[-1]
        address = newest.addr[0]
        if not self.is_proxy(address):
            own = [channel for channel in channels if channel.addr[0] == address]
            if len(own) > self.bounds.connections_of_address:
                self._make_room(own, newest)
                return
        if len(channels) > self.bounds.connections:
            addresses = Counter(channel.addr[0] for channel in channels)
            most, _ = addresses.most_common(1)[0]
            self._make_room([channel for channel in channels if channel.addr[0] == most], newest)

    def _make_room(self, channels: list[GuardedChannel], newest: GuardedChannel) -> None:
        """Close the one that has been idle longest; the newest where all are busy."""
        idle = [channel for channel in channels if channel is not newest and channel.is_idle()]
        min(idle, key=lambda channel: channel.idle_since, default=newest).handle_close()


class GuardedServers(MultiSocketServer):
    """Listens at several addresses of one name."""

    map: ChannelMap
    monotonic: Callable[[], float]

    def run(self) -> None:
        if not HAS_EPOLL:
            super().run()
            return
        try:
            ChannelWatch(self.map, self.monotonic).run(self.adj.asyncore_loop_timeout)
        except (SystemExit, KeyboardInterrupt):
            self.close()


def create_guarded_server(
    app: WSGIApplication,
    host: str,
    port: int,
    *,
    bounds: ServerBounds,
    monotonic: Callable[[], float],
    body_limit: BodyLimit,
    is_proxy: Callable[[str], bool] = lambda _address: False,
) -> Any:
    """A server that listens, to be `run` and `close`d. `is_proxy` tells the addresses from which any number of
    connections may come. Raises OSError where it cannot listen."""
    adj = Adjustments(
        host=host,
        port=port,
        threads=bounds.threads,
        ident="switchboard",
        # http/proxies.py reads them, and takes them out: it has to see that there were any.
        clear_untrusted_proxy_headers=False,
        # select() ends at descriptor 1024.
        asyncore_use_poll=True,
        max_request_body_size=1 << 62,
        log_socket_errors=False,
    )
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(bounds.threads)
    sockets = ChannelMap()
    servers: list[GuardedServer] = []
    try:
        for sockinfo in adj.listen:
            server = GuardedServer(
                app, sockets, _start=False, dispatcher=dispatcher, adj=adj, sockinfo=sockinfo
            )
            server.bounds, server.monotonic = bounds, monotonic
            server.body_limit, server.is_proxy = body_limit, is_proxy
            servers.append(server)
        for server in servers:
            server.accept_connections()
    except OSError:
        dispatcher.shutdown(timeout=1)
        raise
    if len(servers) == 1:
        return servers[0]
    addresses = [(server.effective_host, server.effective_port) for server in servers]
    every = GuardedServers(sockets, adj, addresses, dispatcher, servers[0].log_info)
    every.monotonic = monotonic
    return every
