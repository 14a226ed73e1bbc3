"""Calls API client: each request is made once; what goes wrong becomes one of the provider's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from campaign_app.clock import Clock
from campaign_app.providers.base import InDoubt, ProviderError, ProviderUnavailable, TrunkDown

from . import mapping
from .account import TwilioAccount
from .request_form import Form

CONNECT_TIMEOUT = 3.0
"""Seconds to a connection: together with the permit's own five a call leaves soon after it was allowed, or not."""
MOST_CONNECTIONS = 20
SID = re.compile(r"CA[0-9a-f]{32}")
CERTAINLY_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
INVALID_CALL_STATE = 21220
LISTED_AT_ONCE = 1000
"""Calls on a page, the most that Twilio gives."""


class TwilioClient:
    """One account's requests. Safe to use from many threads."""

    def __init__(self, account: TwilioAccount, clock: Clock, *, read_timeout: float | None = None) -> None:
        self._clock = clock
        self._calls = f"{account.base_url}/2010-04-01/Accounts/{account.sid}/Calls"
        self._http = httpx.Client(
            auth=(account.sid, account.auth_token),
            timeout=httpx.Timeout(
                read_timeout or account.read_timeout, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT
            ),
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
            headers={"Accept": "application/json", "User-Agent": "switchboard"},
            # A proxy of the environment stands between us and Twilio, never between us and this machine.
            trust_env=not account.on_loopback,
        )

    def create_call(self, form: Form) -> Mapping[str, Any]:
        """Ask for a call, once. Returns its resource, which has a proper `sid`. Raises the provider's errors."""
        try:
            response = self._http.post(f"{self._calls}.json", data=form)
        except CERTAINLY_NOT_SENT as error:
            raise ProviderUnavailable(f"Twilio cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            raise InDoubt(f"{type(error).__name__}: {error}") from error
        if not response.is_success:
            raise self._make_error(response)
        call = _json_content(response)
        if not isinstance(call, Mapping) or not SID.fullmatch(str(call.get("sid"))):
            raise InDoubt("Twilio took the request, but its answer makes no sense")
        return call

    def fetch_call(self, sid: str) -> Mapping[str, Any] | None:
        """A call's resource; None when Twilio knows none. Raises Unavailable."""
        return self._read_object(self._send_query("GET", f"{self._calls}/{sid}.json"))

    def update_call(self, sid: str, form: Form) -> Mapping[str, Any] | None:
        """Change a live call; None when it is none or no longer. Raises Unavailable."""
        response = self._send_query("POST", f"{self._calls}/{sid}.json", data=form)
        if response.status_code == 400 and _error_code(response) == INVALID_CALL_STATE:
            return None
        return self._read_object(response)

    def list_calls(self, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """The newest calls of a query, one page. Raises Unavailable."""
        return self._read_page(self._send_query("GET", f"{self._calls}.json", params=query))[0]

    def iterate_calls(self, most_pages: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """All calls, the newest first, each with the number of its page from 1. Raises Unavailable."""
        response = self._send_query("GET", f"{self._calls}.json", params={"PageSize": f"{LISTED_AT_ONCE}"})
        for page in range(1, most_pages + 1):
            calls, next_page = self._read_page(response)
            for call in calls:
                yield page, call
            if next_page is None:
                return
            # Of our own server, whatever the answer names.
            response = self._send_query("GET", f"{self._calls}.json?{next_page}")

    def _read_page(self, response: httpx.Response) -> tuple[list[Mapping[str, Any]], str | None]:
        """The calls of a page, and the query of the next."""
        page = self._read_object(response) or {}
        calls = page.get("calls")
        if not isinstance(calls, list):
            raise ProviderUnavailable("Twilio's list of calls makes no sense")
        found = [call for call in calls if isinstance(call, Mapping) and SID.fullmatch(str(call.get("sid")))]
        return found, urlsplit(str(page.get("next_page_uri") or "")).query or None

    def close(self) -> None:
        self._http.close()

    def _send_query(self, method: str, url: str, **options: Any) -> httpx.Response:
        """A question changes nothing when it is lost: every failure of it is Unavailable."""
        try:
            return self._http.request(method, url, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderUnavailable(f"Twilio cannot be asked: {type(error).__name__}: {error}") from error

    def _read_object(self, response: httpx.Response) -> Mapping[str, Any] | None:
        if response.status_code == 404:
            return None
        if not response.is_success:
            error = self._make_error(response)
            raise error if isinstance(error, TrunkDown) else ProviderUnavailable(str(error))
        content = _json_content(response)
        if not isinstance(content, Mapping):
            raise ProviderUnavailable("Twilio's answer makes no sense")
        return content

    def _make_error(self, response: httpx.Response) -> ProviderError:
        return mapping.make_error(
            response.status_code,
            _json_content(response),
            response.headers.get("Retry-After"),
            self._clock.now(),
        )


def _json_content(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None


def _error_code(response: httpx.Response) -> int | None:
    content = _json_content(response)
    return mapping.parse_integer(content.get("code")) if isinstance(content, Mapping) else None
