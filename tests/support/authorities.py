"""Certificates of authorities that are read once in a run: tests make hundreds of HTTP clients, for servers of their
own, and each client would read the hundred and fifty anew."""

from __future__ import annotations

import os
import ssl
from typing import Any

from httpx._transports import default as transports


def share_authorities() -> None:
    create = transports.create_ssl_context  # type: ignore[attr-defined]
    shared: dict[tuple[str | None, ...], ssl.SSLContext] = {}

    def create_or_share(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        if verify is not True or cert is not None:
            return create(verify=verify, cert=cert, trust_env=trust_env)
        named = [os.environ.get(name) if trust_env else None for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")]
        if tuple(named) not in shared:
            shared[tuple(named)] = create(trust_env=trust_env)
        return shared[tuple(named)]

    transports.create_ssl_context = create_or_share  # type: ignore[attr-defined]
