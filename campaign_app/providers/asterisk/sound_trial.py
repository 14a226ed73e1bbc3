"""Sound trial: plays sounds into a bridge that nobody is in, so that Asterisk says whether it can, before anybody is
called.

Asterisk answers 201 to a request to play whatever there is; only PlaybackFinished tells whether it was played. Its
events come over a connection and an application of the trial's own, so that any process may try sounds while an engine
dials. Of each sound the end is played: the whole file must be there for that, and a trial lasts no longer for a long
message.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlencode

import httpx
import websockets
from websockets.sync.client import ClientConnection, connect

from campaign_app.clock import Clock
from campaign_app.providers.asterisk.ari import AriClient, describe_error, json_body
from campaign_app.providers.base import ProviderUnavailable

TAIL_MS = 100
"""Milliseconds at the end of a sound that are played."""
TRIAL_SECONDS = 15.0
"""For so long the events of a trial are waited for."""
OPEN_SECONDS = 5.0
MOST_AT_ONCE = 20


class SignInRefused(ProviderUnavailable):
    """Asterisk does not take the user name or the password."""


class PermissionMissing(ProviderUnavailable):
    """The user may not do what calls need: it is read-only."""


class SoundTrial:
    """Tries sounds at one Asterisk. `app` is the name of the trunk's application: the trial's begins with it."""

    def __init__(self, ari: AriClient, app: str, clock: Clock) -> None:
        self._ari = ari
        self._app = f"{app}-check-{secrets.token_hex(4)}"
        self._clock = clock

    def find_unplayable(self, seconds_by_uri: Mapping[str, float]) -> dict[str, str]:
        """{media URI: why Asterisk cannot play it}, of those that it cannot. Raises SignInRefused, PermissionMissing
        and Unavailable where it could not be tried."""
        errors: dict[str, str] = {}
        with self.open_events() as events, self._ari.open_client() as client:
            uris = list(seconds_by_uri)
            for start in range(0, len(uris), MOST_AT_ONCE):
                part = {uri: seconds_by_uri[uri] for uri in uris[start : start + MOST_AT_ONCE]}
                errors |= self._try_sounds(client, events, part)
        return errors

    @contextmanager
    def open_events(self) -> Iterator[ClientConnection]:
        """The connection for events, which makes the application. Raises SignInRefused and Unavailable."""
        scheme, address = self._ari.url.split("://", 1)
        try:
            socket = connect(
                f"{'wss' if scheme == 'https' else 'ws'}://{address}/ari/events?{urlencode({'app': self._app})}",
                additional_headers={"Authorization": self._ari.credentials},
                ssl=self._ari.tls,
                open_timeout=OPEN_SECONDS,
                close_timeout=1.0,
                compression=None,
                max_size=None,
                proxy=None,
            )
        except websockets.InvalidStatus as error:
            status = error.response.status_code
            if status in (401, 403):
                raise SignInRefused(
                    f"Asterisk refuses the user name or the password (HTTP {status}): compare them with ari.conf"
                ) from None
            raise ProviderUnavailable(
                f"Asterisk answered {status} to the connection for its events: enable ARI in http.conf and ari.conf"
            ) from None
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise ProviderUnavailable(
                f"Asterisk at {self._ari.url} cannot be reached: {describe_error(error)}"
            ) from None
        with socket:
            yield socket

    def _try_sounds(
        self, client: httpx.Client, events: ClientConnection, seconds_by_uri: Mapping[str, float]
    ) -> dict[str, str]:
        """One bridge a sound: those of one bridge would be played one after the other."""
        uris: dict[str, str] = {}
        errors: dict[str, str] = {}
        with ExitStack() as bridges:
            for uri, seconds in seconds_by_uri.items():
                name = f"check-{secrets.token_hex(12)}"
                self._request(
                    client, "POST", f"/bridges/{name}", type="mixing", name="switchboard sound check"
                )
                bridges.callback(self._remove_bridge, client, name)
                self._request(
                    client, "POST", f"/applications/{self._app}/subscription", eventSource=f"bridge:{name}"
                )
                offset = max(0, round(seconds * 1000) - TAIL_MS)
                self._request(client, "POST", f"/bridges/{name}/play/{name}", media=uri, offsetms=offset)
                uris[name] = uri
            until = self._clock.monotonic() + TRIAL_SECONDS
            while uris:
                event = self._next_event(events, until - self._clock.monotonic())
                playback = event.get("playback")
                if event.get("type") != "PlaybackFinished" or not isinstance(playback, dict):
                    continue
                tried = uris.pop(str(playback.get("id")), None)
                if tried is not None and playback.get("state") == "failed":
                    errors[tried] = (
                        f"Asterisk cannot play {tried}: it does not find the file, or cannot decode it. Compare"
                        " ASTERISK_SOUNDS (the folder here) with ASTERISK_SOUNDS_AS (the same folder as Asterisk sees"
                        " it), and who may read it"
                    )
        return errors

    def _next_event(self, events: ClientConnection, seconds: float) -> dict[str, object]:
        try:
            event = json.loads(events.recv(timeout=max(0.0, seconds)))
        except TimeoutError:
            raise ProviderUnavailable(
                f"Asterisk did not say within {TRIAL_SECONDS:g} s whether it could play a sound"
            ) from None
        except (ValueError, websockets.WebSocketException) as error:
            raise ProviderUnavailable(
                f"Asterisk ended the trial of a sound: {describe_error(error)}"
            ) from None
        return event if isinstance(event, dict) else {}

    def _request(self, client: httpx.Client, method: str, path: str, **query: str | int) -> None:
        try:
            answer = client.request(method, path, params=query)
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"Asterisk cannot be asked: {describe_error(error)}") from error
        if answer.status_code in (401, 403):
            raise PermissionMissing(
                f"Asterisk refuses to do what calls need (HTTP {answer.status_code}): its user may only read. Set"
                " read_only = no in ari.conf"
            )
        if not answer.is_success:
            message = str(json_body(answer).get("message") or answer.reason_phrase)[:200]
            raise ProviderUnavailable(f"Asterisk answered {answer.status_code} to {path}: {message}")

    def _remove_bridge(self, client: httpx.Client, name: str) -> None:
        with suppress(httpx.HTTPError):
            client.delete(f"/bridges/{name}")
