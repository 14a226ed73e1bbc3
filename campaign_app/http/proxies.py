"""Reverse proxies: what a proxy says of a request (client, scheme, host, path prefix), believed of trusted ones.

TRUSTED_PROXIES is a number of hops, or the addresses and networks that the proxies have. Either way headers are read
from the right, where the nearest proxy wrote; what lies beyond the trusted hops was written by a stranger. waitress'
own reading is not used: it takes every peer or a single address, and no path prefix.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from campaign_app.config import Settings

REPORT = "switchboard.relay"
"""Where the environment of a request holds its RelayReport."""
FOR, PROTO, HOST, PREFIX_HEADER = (f"HTTP_X_FORWARDED_{name}" for name in ("FOR", "PROTO", "HOST", "PREFIX"))
FORWARDING_HEADERS = (
    FOR, PROTO, HOST, PREFIX_HEADER, "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_BY", "HTTP_X_FORWARDED_SERVER",
    "HTTP_X_FORWARDED_SSL", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA",
)  # fmt: skip
"""Whoever sends one of them is a proxy, or would like to be taken for one."""
PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
HOST_AND_PORT = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class RelayReport:
    """How a request came. `claimed_scheme` is what the proxy said, trusted or not; None where it said nothing."""

    peer: str
    relayed: bool
    trusted: bool
    claimed_scheme: str | None


class ForwardedHeaders:
    """WSGI middleware: puts what trusted proxies say into the environment, and takes every forwarding header out, so
    that nothing behind it can believe one by mistake. The path of PUBLIC_URL is the prefix of all pages, whatever a
    header says; a proxy may strip it or leave it."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        trusted = settings.trusted_proxies
        self._hops = trusted if isinstance(trusted, int) else 0
        self._networks = () if isinstance(trusted, int) else tuple(map(ipaddress.ip_network, trusted))
        self._prefix = urlsplit(settings.public_url or "").path.rstrip("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said = {name: environ.pop(name) for name in FORWARDING_HEADERS if name in environ}
        peer = environ.get("REMOTE_ADDR", "")
        trusted = bool(self._hops) or self._is_trusted(read_address(peer))
        proto = _values(said.get(PROTO))
        claimed = (proto[0] if proto else "").lower()
        environ[REPORT] = RelayReport(
            peer, bool(said), trusted, claimed if claimed in ("http", "https") else None
        )
        prefix = self._prefix
        if trusted and said:
            hops = self._believe_client(environ, _values(said.get(FOR)))
            _believe_scheme_and_host(environ, _pick(proto, hops), _pick(_values(said.get(HOST)), hops))
            prefix = prefix or _pick(_values(said.get(PREFIX_HEADER)), hops).rstrip("/")
        if PREFIX.fullmatch(prefix):
            _mount_below(environ, prefix)
        return self._app(environ, start_response)

    def _believe_client(self, environ: WSGIEnvironment, chain: list[str]) -> int:
        """Write the farthest address that a trusted hop vouches for; how many hops there were, at least one."""
        hops = 0
        for value in reversed(chain):
            address = read_address(value)
            if address is None:
                break
            environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = str(address)
            environ.pop("REMOTE_PORT", None)
            hops += 1
            if hops == self._hops or (self._networks and not self._is_trusted(address)):
                break
        return self._hops or max(hops, 1)

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def make_proxy_check(settings: Settings) -> Callable[[str], bool]:
    """Whether an address is a proxy's, by TRUSTED_PROXIES. A number of hops names no address: any may be one."""
    trusted = settings.trusted_proxies
    if isinstance(trusted, int):
        return lambda _address: trusted > 0
    networks = tuple(map(ipaddress.ip_network, trusted))

    def is_proxy(text: str) -> bool:
        address = read_address(text)
        return address is not None and any(address in network for network in networks)

    return is_proxy


def was_relayed(environ: WSGIEnvironment) -> bool:
    """Whether the request carries a proxy's headers, trusted or not."""
    report: RelayReport | None = environ.get(REPORT)
    return report is not None and report.relayed


def read_address(text: str) -> Address | None:
    """`192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; None for anything else. An IPv4 address
    that is written as an IPv6 one counts as IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _values(header: str | None) -> list[str]:
    return [value.strip() for value in header.split(",")] if header else []


def _pick(values: list[str], hops: int) -> str:
    """What the outermost trusted hop said. Fewer values than hops: proxies between replace the value, not add one."""
    return values[-min(hops, len(values))] if values else ""


def _believe_scheme_and_host(environ: WSGIEnvironment, scheme: str, host: str) -> None:
    if scheme.lower() in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme.lower()
    if HOST_AND_PORT.fullmatch(host):
        environ["HTTP_HOST"] = host


def _mount_below(environ: dict[str, Any], prefix: str) -> None:
    path = environ.get("PATH_INFO", "")
    environ["SCRIPT_NAME"] = prefix
    if path == prefix or path.startswith(f"{prefix}/"):
        environ["PATH_INFO"] = path[len(prefix) :]
