"""Safe requests: the connections under safe_http.py. One request to one of the addresses that were checked, all of
whose steps share one deadline.

A module of its own, so that a start does not load httpcore: few installations ask anybody.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpcore

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.public_addresses import HttpsAddress
from campaign_app.safe_http import NoAnswer

AddressFinder = Callable[[str, int, float], Sequence[str]]
"""The checked IP addresses of (host, port), found within so many seconds. Raises NoAnswer."""


def post(
    to: HttpsAddress,
    body: bytes,
    headers: Mapping[str, str],
    *,
    find_addresses: AddressFinder,
    ca_file: Path | None,
    seconds: float,
    most: int,
) -> bytes:
    """The body of an answer with status 200 and at most `most` bytes, within `seconds` from now in all. Raises
    NoAnswer."""
    deadline = _Deadline(seconds)
    try:
        return _post(to, body, headers, find_addresses, ca_file, deadline, most)
    except NoAnswer:
        raise
    except (httpcore.TimeoutException, TimeoutError):
        raise NoAnswer(f"it did not answer within {seconds:g} seconds") from None
    except ssl.SSLError as error:
        raise NoAnswer(f"its certificate is refused ({error.reason or 'TLS'})") from None
    except httpcore.ConnectError as error:
        if isinstance(error.__cause__, ssl.SSLError) or "certificate" in str(error).lower():
            raise NoAnswer(f"its certificate is refused ({str(error)[:120]})") from None
        raise NoAnswer(f"it cannot be reached ({str(error)[:120]})") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
        raise NoAnswer(f"its answer broke off ({str(error)[:120] or type(error).__name__})") from None


def _post(
    to: HttpsAddress,
    body: bytes,
    headers: Mapping[str, str],
    find_addresses: AddressFinder,
    ca_file: Path | None,
    deadline: _Deadline,
    most: int,
) -> bytes:
    backend = _CheckedBackend(find_addresses, deadline)
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    pool = httpcore.ConnectionPool(
        ssl_context=context, network_backend=backend, retries=0, http1=True, http2=False
    )
    sent: dict[bytes | str, bytes | str] = {"Accept": "application/json", "Accept-Encoding": "identity"}
    sent.update(headers)
    with pool, pool.stream("POST", to.url, headers=sent, content=body) as response:
        if 300 <= response.status < 400:
            raise NoAnswer("it redirects, which is not followed: give the final address")
        if response.status != 200:
            raise NoAnswer(f"it answers with status {response.status}")
        received = bytearray()
        for piece in response.iter_stream():
            received += piece
            if len(received) > most:
                raise NoAnswer(f"its answer is larger than {most // 1024} kB")
        return bytes(received)


class _Deadline:
    """The end of a request, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._until = SYSTEM_CLOCK.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than none. Raises TimeoutException."""
        left = self._until - SYSTEM_CLOCK.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return left


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to an address that was checked."""

    def __init__(self, find_addresses: AddressFinder, deadline: _Deadline) -> None:
        self._find_addresses, self._deadline = find_addresses, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._find_addresses(host, port, self._deadline.left())
        problem: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(address, port, self._deadline.left())
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
                continue
            return _TimedStream(stream, self._deadline)
        raise problem


class _TimedStream(httpcore.NetworkStream):
    """Each step has what is left of the whole time, so that an answer that drips ends, too."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        started = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(started, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
