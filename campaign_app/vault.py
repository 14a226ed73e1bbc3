"""Vault: secrets at rest, encrypted with a key from the environment (Fernet: AES-128-CBC with HMAC-SHA256).

`SWITCHBOARD_ENCRYPTION_KEY` holds one key or, while one is being replaced, several with commas: the first encrypts,
each can decrypt. After a start with the new key in front everything is encrypted with it, and the old one can go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from campaign_app.domain.errors import StateConflict


class NoKey(StateConflict):
    """There is no key to encrypt with, or none of those given opens what is stored. The text says what to do."""


class CredentialVault:
    """`keys`: url-safe base64 of 32 bytes each, as `Fernet.generate_key()` makes them. ValueError for another."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [Fernet(key) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._keys)

    def lock(self, secrets: Mapping[str, str]) -> str | None:
        """What to store; None for nothing. Raises NoKey."""
        if not secrets:
            return None
        return self._key_ring().encrypt(json.dumps(dict(secrets)).encode()).decode()

    def open(self, stored: str | None) -> dict[str, str]:
        """Raises NoKey."""
        if stored is None:
            return {}
        try:
            opened: dict[str, str] = json.loads(self._key_ring().decrypt(stored))
        except InvalidToken:
            raise NoKey(
                "its credentials were encrypted with a key that SWITCHBOARD_ENCRYPTION_KEY does not hold:"
                " add that key, or enter them again"
            ) from None
        return opened

    def renew_secret(self, stored: str) -> str | None:
        """The same secrets under the first key; None where they are already. Raises NoKey."""
        secrets = self.open(stored)
        try:
            self._keys[0].decrypt(stored)
        except InvalidToken:
            return self.lock(secrets)
        return None

    def _key_ring(self) -> MultiFernet:
        if not self._keys:
            raise NoKey(
                "credentials are stored encrypted: set SWITCHBOARD_ENCRYPTION_KEY first (python -c"
                ' "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())")'
            )
        return MultiFernet(self._keys)
