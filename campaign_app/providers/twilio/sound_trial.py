"""Sound trial: asks for a recording at the address from which Twilio will fetch it, before anybody is called.

It asks from here, not from Twilio: it finds a wrong PUBLIC_URL, a proxy that lets nobody through and a recording that
is gone, but no firewall that keeps only strangers out.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from .account import LOOPBACK

TRIAL_SECONDS = 5.0


def describe_unplayable(url: str) -> str | None:
    """Why Twilio could not play what is at this address, and what to do; None where it is a sound."""
    host = urlsplit(url).hostname or ""
    try:
        with (
            httpx.Client(timeout=TRIAL_SECONDS, trust_env=host not in LOOPBACK) as client,
            client.stream("GET", url) as answer,
        ):
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
            if not answer.is_success:
                what = f"answers HTTP {answer.status_code}"
            elif not kind.startswith("audio/"):
                what = f"answers with {kind or 'no type'}, which is not a sound"
            else:
                return None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        what = f"cannot be reached ({str(error) or type(error).__name__})"
    return (
        f"Twilio cannot play its recording: the address from which it would fetch it, at {host}, {what}. Check"
        " SWITCHBOARD_PUBLIC_URL, and that your reverse proxy passes /webhooks/ on"
    )
