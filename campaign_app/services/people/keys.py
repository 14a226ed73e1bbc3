"""Random keys: of sessions, API tokens and the set-up link.

The tables hold their SHA-256 only. They are random and long, so that a slow hash would add nothing.
"""

from __future__ import annotations

import hashlib
import secrets


def generate_key() -> str:
    """256 random bits, fit for a URL and for a cookie."""
    return secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """SHA-256 in hex, as the tables hold it."""
    return hashlib.sha256(key.encode()).hexdigest()
