"""Twilio account, as the environment configures it and the trunk's own settings override it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

DETECTION = ("async", "sync")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """`second_token` is the other one of the two auth tokens that hold during a rotation: requests are made with the
    first, callbacks are believed with either. `caller_id` is used where a campaign names none.

    `detection`: `async` lets the message begin at once while Twilio listens; `sync` waits in silence for the verdict.
    `read_timeout` in seconds: how long an answer may take before the call is in doubt.
    """

    sid: str = ""
    auth_token: str = ""
    second_token: str = ""
    base_url: str = "https://api.twilio.com"
    caller_id: str | None = None
    detection: str = "async"
    voice: str | None = None
    language: str | None = None
    read_timeout: float = 10.0

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        return tuple(token for token in (self.auth_token, self.second_token) if token)

    @property
    def on_loopback(self) -> bool:
        return (urlsplit(self.base_url).hostname or "") in LOOPBACK

    def describe_missing(self) -> str | None:
        """What has to be set before anything can be dialed, as a sentence; None when all is there."""
        names = [
            name for name, value in (("account SID", self.sid), ("auth token", self.auth_token)) if not value
        ]
        if not names:
            return None
        pronoun = "it" if len(names) == 1 else "them"
        return f"no Twilio {' and no '.join(names)}: set {pronoun} on the trunk or in SWITCHBOARD_TWILIO_*"


KEYS = {
    "account_sid": "sid",
    "auth_token": "auth_token",
    "auth_token_2": "second_token",
    "base_url": "base_url",
    "from": "caller_id",
    "detection": "detection",
    "voice": "voice",
    "language": "language",
}
"""A trunk's settings, and what they override."""


def account_from_settings(settings: Mapping[str, object], default: TwilioAccount) -> TwilioAccount:
    """The account of a trunk: `default` with what its settings say instead. ValueError names a setting that is wrong;
    one that this module does not know is left to whoever does."""
    changed: dict[str, str] = {}
    for key, field in KEYS.items():
        value = settings.get(key)
        if value in (None, ""):
            continue
        if not isinstance(value, str):
            raise ValueError(f"{key} must be text")
        changed[field] = value.rstrip("/") if key == "base_url" else value
    account = replace(default, **changed)  # type: ignore[arg-type]
    if account.detection not in DETECTION:
        raise ValueError(f"detection must be one of {', '.join(DETECTION)}")
    return account
