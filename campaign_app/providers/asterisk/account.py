"""Asterisk account: where a trunk's Asterisk is, by the environment's settings or the trunk's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from campaign_app.domain.public_addresses import strip_ari_path


@dataclass(frozen=True, slots=True)
class AsteriskAccount:
    """See `adapter.Asterisk`. `sounds_as` None: Asterisk sees the folder under the same name, as it does on one host.
    `cel` None: there is no journal to read."""

    url: str
    user: str
    password: str
    endpoint: str
    app: str
    sounds: Path
    sounds_as: str | None = None
    cel: Path | None = None

    @property
    def known_as(self) -> str:
        return self.sounds_as or str(self.sounds)


def account_from_settings(stored: Mapping[str, Any], default: AsteriskAccount) -> AsteriskAccount:
    """The account of a trunk whose own settings are `stored`; keys that are none of ours are somebody else's.
    Raises ValueError with a sentence for the operator."""
    overrides: dict[str, Any] = {}
    for field in fields(AsteriskAccount):
        value = stored.get(field.name)
        if value is None:
            continue
        if not isinstance(value, str) or not value:
            raise ValueError(f"its setting {field.name} must be a text")
        overrides[field.name] = Path(value) if field.name in ("sounds", "cel") else value
    account = replace(default, **overrides)
    account = replace(account, url=strip_ari_path(account.url))
    if urlsplit(account.url).scheme not in ("http", "https") or not urlsplit(account.url).netloc:
        raise ValueError("it needs Asterisk's address (ASTERISK_URL), such as http://127.0.0.1:8088")
    if not account.user or not account.password:
        raise ValueError("it needs the user and password of ari.conf (ASTERISK_USER, ASTERISK_PASSWORD)")
    if not account.app.replace("-", "").replace("_", "").isalnum():
        raise ValueError(
            "its application's name (ASTERISK_APP) may have letters, digits, hyphens and underscores"
        )
    return account
