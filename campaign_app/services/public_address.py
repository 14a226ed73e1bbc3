"""Public address checks: what does not work because a provider cannot call us, or only without encryption."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.models import Trunk

CALLBACK_PROVIDER = "twilio"
"""The provider that has to reach this server."""


def list_public_url_problems(session: Session, public_url: str | None) -> list[str]:
    """Sentences for whoever has a trunk that needs PUBLIC_URL; none where all is well or no such trunk exists."""
    if session.scalar(select(Trunk.id).where(Trunk.provider == CALLBACK_PROVIDER).limit(1)) is None:
        return []
    return list_address_problems(public_url)


def list_address_problems(public_url: str | None) -> list[str]:
    """The same for an address alone."""
    if not public_url:
        return [
            "SWITCHBOARD_PUBLIC_URL is not set, so Twilio cannot call back. Calls are made, and what became of them is"
            " asked for every 15 seconds. Keys, recordings, machine detection and long messages do not work."
        ]
    parts = urlsplit(public_url)
    problems = []
    if _is_private_host(parts.hostname or ""):
        problems.append(
            f"SWITCHBOARD_PUBLIC_URL names {parts.hostname}, which Twilio cannot reach from outside: its calls would"
            " say an error. Use the address that the internet knows, or leave it empty."
        )
    if parts.scheme != "https":
        problems.append(
            "SWITCHBOARD_PUBLIC_URL is not https: whoever listens on the way reads the numbers called, the messages"
            " and the keys pressed."
        )
    return problems


def list_proxy_problems(
    *, relayed: bool, trusted: bool, peer: str, scheme: str, public_url: str | None
) -> list[str]:
    """Sentences about whatever stands in front, judged by one request: whether it carried a proxy's headers, whether
    that proxy (at `peer`) is trusted, and the scheme that the browser used as far as anybody said."""
    problems = []
    if relayed and not trusted:
        problems.append(
            f"A reverse proxy at {peer} stands in front, and SWITCHBOARD_TRUSTED_PROXIES does not name it: the log, the"
            " audit trail and the limits of sign-in take everybody for that one address. Set it to the number of"
            " proxies, or to their addresses."
        )
    if scheme == "https" and not public_url:
        problems.append(
            "TLS stands in front, and SWITCHBOARD_PUBLIC_URL is not set. Set it to the https address that people use:"
            " then cookies are for TLS alone whatever the proxy says, and set-up links and callbacks have that address."
        )
    elif scheme == "https" and not (public_url or "").startswith("https://"):
        problems.append(
            "TLS stands in front, and SWITCHBOARD_PUBLIC_URL begins with http://. Set it to the https address that"
            " people use."
        )
    return problems


def _is_private_host(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
