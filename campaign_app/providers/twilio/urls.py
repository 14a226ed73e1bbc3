"""Callback URLs. Each carries the attempt's token: Twilio has no idempotency key, and no field of its own for it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from campaign_app.domain.webhook import recording_signature

VOICE, KEYS, PLAYED, AMD, TRANSFER = "voice", "keys", "played", "amd", "transfer"
PARTS = ("", VOICE, KEYS, PLAYED, AMD, TRANSFER)
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class CallbackUrls:
    """`base` is PUBLIC_URL, without a slash at its end. `key` signs the addresses of recordings."""

    base: str
    trunk_id: int
    key: bytes = b""

    def callback_url(self, token: str, part: str = "", **query: object) -> str:
        url = f"{self.base}/webhooks/twilio/{self.trunk_id}/{token}"
        if part:
            url += f"/{part}"
        return f"{url}?{urlencode(query)}" if query else url

    def recording_url(self, sha256: str) -> str:
        """Where a recording can be fetched by whoever was given this very address."""
        return f"{self.base}/webhooks/recordings/{sha256}/{recording_signature(self.key, sha256)}.wav"

    def signable_urls(self, token: str, part: str, raw_query: str) -> tuple[str, ...]:
        """What Twilio may have signed: the address as we gave it, and with the port it leaves out or adds (its own
        libraries accept both, for it is not consistent). Built from PUBLIC_URL, not from the request: a proxy may
        have changed that on the way."""
        url = self.callback_url(token, part) + (f"?{raw_query}" if raw_query else "")
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = parts.port or PORTS.get(parts.scheme, 443)
        bare = parts._replace(netloc=host).geturl()
        ported = parts._replace(netloc=f"{host}:{port}").geturl()
        return tuple(dict.fromkeys((url, bare, ported)))
