"""ARI requests: one each, never repeated, and what a failure means for an attempt."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from campaign_app.providers.base import (
    CallRejected,
    InDoubt,
    ProviderThrottled,
    ProviderUnavailable,
    TrunkDown,
)

Json = dict[str, Any]

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
LOOP_TIMEOUT = httpx.Timeout(10.0)
"""For what is asked during a call: on a busy machine the loop is late, not Asterisk, and giving up ends the call."""
CONNECTIONS = 4
"""Asterisk took 300 calls a second on one to four connections, and fewer on more."""
KEEP_SECONDS = 5.0
"""An idle connection is dropped before Asterisk drops it (15 s by default): a request that meets a closing one would
be in doubt."""
NOT_ALLOCATED = "Allocation failed"
"""Asterisk's 500 for an endpoint it does not have or cannot reach: it could not make a channel, so nothing was sent.
Any other 500 tells nothing."""
GONE = (404, 409)
"""The channel is no more, or has left the application: nothing is left to be done to it."""


class AriClient:
    """Where Asterisk is and how it is asked. `url` is the server's, without `/ari`. The methods serve the engine's
    threads; `aclient` makes the client of the event loop.

    Each thread borrows a client with one connection: threads that shared a pool closed each other's connections in
    the moment that these expired, and a request met a closed one.
    """

    def __init__(self, url: str, user: str, password: str, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        self.url = url.rstrip("/")
        self.credentials = "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
        """The header Authorization."""
        # One for all clients, over plain HTTP too: each would read the authorities' certificates by itself.
        context = ssl.create_default_context()
        self.tls = context if urlsplit(url).scheme == "https" else None
        """One for the requests and for the events. It trusts the system's authorities and SSL_CERT_FILE's."""
        self._options: dict[str, Any] = {
            "base_url": f"{self.url}/ari",
            "headers": {"Authorization": self.credentials},
            "timeout": timeout,
            "verify": context,
            # Asterisk stands in one's own network: the environment's proxies are not meant for it.
            "trust_env": False,
        }
        self._patience = timeout.connect or TIMEOUT.read
        self._clients = [
            httpx.Client(
                **self._options, limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_SECONDS)
            )
            for _ in range(CONNECTIONS)
        ]
        self._idle: LifoQueue[httpx.Client] = LifoQueue()
        for client in self._clients:
            self._idle.put(client)

    def make_async_client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEP_SECONDS)
        return httpx.AsyncClient(**{**self._options, "timeout": LOOP_TIMEOUT}, limits=limits)

    def open_client(self) -> httpx.Client:
        """A client of the caller's own, who closes it."""
        return httpx.Client(**{**self._options, "timeout": LOOP_TIMEOUT})

    def close(self) -> None:
        for client in self._clients:
            client.close()

    @contextmanager
    def _borrow_client(self) -> Iterator[httpx.Client]:
        """A client that no other thread uses meanwhile. Raises Unavailable where none comes free."""
        try:
            client = self._idle.get(timeout=self._patience)
        except Empty:
            raise ProviderUnavailable("all connections to Asterisk are busy") from None
        try:
            yield client
        finally:
            self._idle.put(client)

    def originate_call(self, token: str, query: Mapping[str, str | int], variables: Mapping[str, str]) -> str:
        """Place a call whose channel has the id `token`; Asterisk's answer. Raises the four errors of base.py."""
        try:
            with self._borrow_client() as client:
                answer = client.post(
                    "/channels", params={**query, "channelId": token}, json={"variables": dict(variables)}
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ProviderUnavailable(f"Asterisk cannot be reached: {describe_error(error)}") from error
        except httpx.TransportError as error:
            raise InDoubt(f"Asterisk did not answer: {describe_error(error)}") from error
        return _check_placed(answer, token)

    def get_channel(self, token: str) -> Json | None:
        """The channel of that id, None where there is none. Raises Unavailable."""
        try:
            with self._borrow_client() as client:
                answer = client.get(f"/channels/{quote(token, safe='')}")
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"Asterisk cannot be asked: {describe_error(error)}") from error
        if answer.status_code == 404:
            return None
        channel = json_body(answer)
        if answer.status_code != 200 or channel.get("id") != token:
            raise ProviderUnavailable(f"Asterisk answered {answer.status_code} to a look-up")
        return channel

    def hang_up_channel(self, token: str) -> None:
        """End a channel, whatever its state; one that is gone is no error. Raises Unavailable."""
        try:
            with self._borrow_client() as client:
                answer = client.delete(f"/channels/{quote(token, safe='')}", params={"reason": "normal"})
        except httpx.HTTPError as error:
            raise ProviderUnavailable(
                f"Asterisk cannot be asked to hang up: {describe_error(error)}"
            ) from error
        if answer.status_code not in (200, 204, *GONE):
            raise ProviderUnavailable(f"Asterisk answered {answer.status_code} to a hang-up")


def _check_placed(answer: httpx.Response, token: str) -> str:
    status = answer.status_code
    description = f"Asterisk answered {status}: {_error_message(answer)}"
    if status == 200:
        if json_body(answer).get("id") != token:
            raise InDoubt("Asterisk's answer makes no sense")
        return answer.text
    if status == 409:
        raise InDoubt("Asterisk has a call of this attempt already")
    if status in (401, 403):
        raise TrunkDown(
            "Asterisk refuses the user name or the password (ari.conf), or the user may only read"
        )
    if status in (400, 422):
        raise CallRejected(description, permanent=False, our_fault=True)
    if status == 429:
        after = answer.headers.get("retry-after", "")
        raise ProviderThrottled(description, float(after) if after.isdecimal() else 5.0)
    if 400 <= status < 500:
        raise ProviderUnavailable(description)
    if status == 500 and json_body(answer).get("error") == NOT_ALLOCATED:
        raise ProviderUnavailable(
            "Asterisk could not make a channel: its endpoint is unknown or out of reach"
        )
    raise InDoubt(description)


def json_body(answer: httpx.Response) -> Json:
    """The answer's JSON object; empty where it is none."""
    try:
        content = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def _error_message(answer: httpx.Response) -> str:
    content = json_body(answer)
    return str(content.get("message") or content.get("error") or answer.reason_phrase)[:200]


def describe_error(error: Exception) -> str:
    """An error in one line, without what only a programmer would understand."""
    text = str(error).strip() or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return _describe_distrust(text.rpartition("failed: ")[2].partition(" (_ssl.c")[0].rstrip("."))
    if "WRONG_VERSION_NUMBER" in text or "RECORD_LAYER_FAILURE" in text:
        return "no TLS is spoken at this port: compare ASTERISK_URL and http.conf"
    return text.splitlines()[0][:200]


def _describe_distrust(why: str) -> str:
    """Why a certificate was not taken, in OpenSSL's words, and what to do about it."""
    if "mismatch" in why:
        remedy = "ASTERISK_URL must have a name that the certificate has"
    elif "expired" in why or "not yet valid" in why:
        remedy = "renew it at Asterisk"
    else:
        remedy = "name its authority's file in SSL_CERT_FILE and restart Switchboard"
    return f"its TLS certificate is not trusted ({why}): {remedy}"
