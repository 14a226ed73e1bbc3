"""Safe HTTP: requests to an address that somebody typed. They reach nothing but public addresses, whatever its name
resolves to at that moment, and end in time.

The name is resolved once; the connection goes to the very address that was checked, with the name for the certificate
and the Host header. No redirect is followed, no proxy of the environment used, no more read than was agreed.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.public_addresses import HttpsAddress, is_public_address

Resolver = Callable[[str, int], Sequence[str]]
"""The IP addresses of a name; raises OSError."""


class NoAnswer(Exception):
    """There is no usable answer; the text says why, as the end of a sentence."""


def resolve_name(host: str, port: int) -> Sequence[str]:
    """As the machine resolves it. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class SafeHttp:
    """`private_hosts`: names and addresses, in lower case, that may be private. `ca_file`: whom to trust instead of the
    machine's authorities."""

    private_hosts: frozenset[str] = frozenset()
    ca_file: Path | None = None
    resolve: Resolver = field(default=resolve_name)

    def find_addresses(self, host: str, port: int, seconds: float) -> Sequence[str]:
        """The addresses of a host, each of which may be asked. Raises NoAnswer."""
        found: list[Sequence[str]] = []

        def run() -> None:
            try:
                found.append(self.resolve(host, port))
            except (OSError, UnicodeError):
                found.append([])

        # The machine's resolver has no time limit of ours.
        thread = threading.Thread(target=run, name="resolve", daemon=True)
        thread.start()
        thread.join(seconds)
        if not found:
            raise NoAnswer(f"the name {host} was not resolved in time")
        if not found[0]:
            raise NoAnswer(f"the name {host} cannot be resolved")
        if host.rstrip(".") not in self.private_hosts:
            for address in found[0]:
                if not is_public_address(address):
                    raise NoAnswer(
                        f"{host} is at {address}, which is not a public address;"
                        " SWITCHBOARD_OUTSIDE_CHECK_PRIVATE_HOSTS names hosts that may be private"
                    )
        return found[0]

    def post(
        self, to: HttpsAddress, body: bytes, headers: Mapping[str, str], *, seconds: float, most: int
    ) -> bytes:
        """The body of an answer with status 200 and at most `most` bytes, within `seconds` from now in all. Raises
        NoAnswer."""
        deadline = _Deadline(seconds)
        try:
            return self._post(to, body, headers, deadline, most)
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
        self, to: HttpsAddress, body: bytes, headers: Mapping[str, str], deadline: _Deadline, most: int
    ) -> bytes:
        backend = _CheckedBackend(self, deadline)
        context = ssl.create_default_context(cafile=None if self.ca_file is None else str(self.ca_file))
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

    def __init__(self, owner: SafeHttp, deadline: _Deadline) -> None:
        self._owner, self._deadline = owner, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._owner.find_addresses(host, port, self._deadline.left())
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
