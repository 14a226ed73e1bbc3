"""Public addresses: whether an address of the internet is one that a request of ours may go to, and addresses of the
web as somebody typed them. Pure: names are resolved elsewhere (safe_http.py)."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from .errors import FieldError, InvalidInput

LONGEST_URL = 500
NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


class TrunkHost(NamedTuple):
    """A host that a trunk may be at. `host` is in lower case, an IPv6 address without brackets; `port` None: any."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port is None else f":{self.port}")

    def covers(self, other: TrunkHost) -> bool:
        """Whether an address is at this host."""
        default = 443 if other.scheme == "https" else 80
        return (self.scheme, self.host) == (other.scheme, other.host) and self.port in (
            None,
            other.port or default,
        )


def parse_trunk_host(text: str) -> TrunkHost:
    """`host`, `host:port` (both https) or `http://host:port`. Raises ValueError with what is allowed."""
    url = text.strip().rstrip("/")
    if "://" not in url:
        url = f"https://{url}"
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    plain = parts.scheme in ("http", "https") and not (parts.path or parts.query or parts.fragment)
    if not plain or "@" in parts.netloc or parts.port == 0 or not host.isascii():
        raise ValueError("a host, host:port or http://host:port")
    if not _is_plain_host(host, in_brackets=parts.netloc.startswith("[")):
        raise ValueError("its host must be a name, or an IP address in its usual form")
    return TrunkHost(parts.scheme, host, parts.port)


def strip_ari_path(url: str) -> str:
    """Asterisk's own address, where that of its ARI was given: `http://host:8088/ari` is `http://host:8088`."""
    return url.rstrip("/").removesuffix("/ari").rstrip("/")


class HttpsAddress(NamedTuple):
    """Where a request goes. `host` is a name in lower case, or an IP address without brackets."""

    url: str
    host: str
    port: int


def is_public_address(text: str) -> bool:
    """Whether anybody on the internet could be at an IP address: not this machine, a private network, a link, a cloud's
    metadata, a group, or one of these in the guise of IPv6."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return _is_public_six(address)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_public_six(address: ipaddress.IPv6Address) -> bool:
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64 or address in IPV4_COMPATIBLE:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if any(each is not None for each in inside):
        # Whoever translates them would reach the address that they hold.
        return False
    return address.is_global and address in GLOBAL_UNICAST and not address.is_multicast


def parse_https_address(value: object, field: str) -> HttpsAddress:
    """An https address whose host is a name or an IP address as everybody writes it. Raises InvalidInput."""

    def refuse(problem: str) -> InvalidInput:
        return InvalidInput([FieldError(field, problem)])

    if not isinstance(value, str) or not value.strip():
        raise refuse("an address that begins with https://")
    url = value.strip()
    if len(url) > LONGEST_URL:
        raise refuse(f"keep it under {LONGEST_URL} characters")
    if not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url):
        raise refuse("only plain letters: write a name with others in its xn-- form, and encode the path")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise refuse("it is not an address of the web") from None
    if parts.scheme.lower() != "https":
        raise refuse("must begin with https://: the question names people’s numbers")
    if "@" in parts.netloc:
        raise refuse("leave out the user and the password: the signature says who asks")
    if parts.fragment or "#" in url:
        raise refuse("leave out what follows the #")
    if port == 0:
        raise refuse("the port is a number from 1 to 65535")
    if not _is_plain_host(host, in_brackets=parts.netloc.startswith("[")):
        raise refuse("its host must be a name, or an IP address in its usual form")
    return HttpsAddress(url, host, port or 443)


def _is_plain_host(host: str, *, in_brackets: bool) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        # 127.1, 0x7f000001 and 2130706433 are read as addresses by many programs.
        numeric = bool(re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last))
        return not in_brackets and not numeric and len(host) <= 253 and bool(NAME.fullmatch(host))
    return in_brackets == (address.version == 6)
