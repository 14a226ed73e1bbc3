"""The adapter: place, look up, search and end calls at Twilio.

It hears nothing by itself: Twilio tells the web server (webhooks.py), and whatever no callback told is polled.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from campaign_app.clock import SYSTEM, Clock
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus, CallUpdate
from campaign_app.providers.base import Candidate, Caps, Dial, Placed, Sought

from . import mapping
from .account import Account
from .client import Client
from .request_form import call_form
from .urls import Urls

HORIZON = 900.0
"""Seconds: the ringing, the longest message and a transfer's end, with ten minutes in Twilio's queue."""
REMEMBERED = 10_000
EARLIER, LATER = timedelta(seconds=60), timedelta(seconds=90)
"""How far a call's creation, by Twilio's clock, may lie from its permit, by ours."""
LONG_IN_QUEUE = 2000
"""Milliseconds in Twilio's queue from which on the account dials faster than Twilio lets it."""

log = logging.getLogger("switchboard.twilio")


class Twilio:
    """One account. Safe to use from many threads."""

    def __init__(self, account: Account, urls: Urls | None, clock: Clock = SYSTEM) -> None:
        self._account, self._urls, self._clock = account, urls, clock
        self._client = Client(account, clock)
        self._placed: OrderedDict[str, str] = OrderedDict()
        """{token: sid} of the calls this process placed, the latest: for whoever asks by the token alone."""
        self._queue_told: OrderedDict[str, None] = OrderedDict()
        """The calls whose time in the queue this process has told, the latest."""
        self._lock = Lock()
        self.caps = Caps(blocking=True, horizon=HORIZON, lookup_by_token=False)

    def ready(self) -> str | None:
        return self._account.missing()

    def place(self, dial: Dial) -> Placed:
        call = self._client.create(call_form(dial, self._account, self._urls))
        sid = str(call["sid"])
        with self._lock:
            self._placed[dial.token] = sid
            while len(self._placed) > REMEMBERED:
                self._placed.popitem(last=False)
        return Placed(sid)

    def hangup(self, token: str, ref: str | None) -> None:
        """A call that does not talk yet is canceled; one that does is completed. If it was answered in between, the
        second request ends it."""
        sid = ref or self._sid(token)
        call = self._client.fetch(sid) if sid else None
        if sid is None or call is None or call.get("status") in mapping.ENDED:
            return
        if call.get("status") != "in-progress":
            call = self._client.update(sid, {"Status": "canceled"})
            if call is not None and call.get("status") != "in-progress":
                return
        self._client.update(sid, {"Status": "completed"})

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        sid = ref or self._sid(token)
        call = self._client.fetch(sid) if sid else None
        if call is None:
            return ()
        told = story(token, call, self._clock.now())
        waited = self._queue_time(token, call)
        return told if waited is None else [*told[:-1], replace(told[-1], queued_for=waited)]

    def search(self, sought: Sought) -> Sequence[Candidate]:
        """The calls to this number that were created about then. Twilio's own filter by time is not used: a call that
        still waits in its queue has no start yet."""
        query = {"To": sought.to, "PageSize": "50"}
        caller_id = sought.caller_id or self._account.caller_id
        if caller_id:
            query["From"] = caller_id
        now = self._clock.now()
        return [
            Candidate(str(call["sid"]), tuple(story(sought.token, call, now)))
            for call in self._client.list(query)
            if _created_about(call, sought.since)
        ]

    def events(self) -> Sequence[CallUpdate]:
        """None, ever: Twilio tells the web server, which settles it there."""
        return ()

    def on_news(self, wake: Callable[[], None]) -> None:
        """Nobody to wake: see `events`."""

    def close(self) -> None:
        self._client.close()

    def _sid(self, token: str) -> str | None:
        with self._lock:
            return self._placed.get(token)

    def _queue_time(self, token: str, call: Mapping[str, Any]) -> float | None:
        """Seconds that the call was in Twilio's queue; told once, when it has left it."""
        waited = mapping.whole(call.get("queue_time"))
        if waited is None or mapping.STATUS.get(str(call.get("status"))) in (None, AttemptStatus.QUEUED):
            return None
        with self._lock:
            if token in self._queue_told:
                return None
            self._queue_told[token] = None
            while len(self._queue_told) > REMEMBERED:
                self._queue_told.popitem(last=False)
        if waited >= LONG_IN_QUEUE:
            log.warning(
                "Twilio kept attempt %s in its queue for %.1f s: lower the trunk's calls per second",
                token,
                waited / 1000,
            )
        return waited / 1000


def story(token: str, call: Mapping[str, Any], now: datetime) -> list[CallUpdate]:
    """A call's resource as news, oldest first: where it stands, and before that its answer, if it had one."""
    status = mapping.STATUS.get(str(call.get("status")))
    if status is None:
        return []
    sid = str(call["sid"])
    who = mapping.answered_by(call.get("answered_by"))
    at = mapping.when(call.get("end_time"), now) if status in OUTCOMES else now
    found = []
    if status is AttemptStatus.COMPLETED:
        # Its `start_time` is when it was dialled; `duration` counts from the answer.
        answered = at - timedelta(seconds=mapping.whole(call.get("duration")) or 0)
        found.append(mapping.news(token, AttemptStatus.IN_PROGRESS, answered, sid, call, who=who))
    found.append(mapping.news(token, status, at, sid, call, who=who))
    return found


def _created_about(call: Mapping[str, Any], since: datetime) -> bool:
    created = mapping.time(call.get("date_created"))
    # A time that cannot be read says nothing against the call.
    return created is None or since - EARLIER <= created <= since + LATER
