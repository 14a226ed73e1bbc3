"""Safe HTTP: requests to an address that somebody typed. They reach nothing but public addresses, whatever its name
resolves to at that moment, and end in time.

The name is resolved once; the connection goes to the very address that was checked, with the name for the certificate
and the Host header. No redirect is followed, no proxy of the environment used, no more read than was agreed.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
        from campaign_app.safe_requests import post

        return post(
            to,
            body,
            headers,
            find_addresses=self.find_addresses,
            ca_file=self.ca_file,
            seconds=seconds,
            most=most,
        )
