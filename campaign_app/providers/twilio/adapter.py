"""Twilio adapter: place, look up, search and end calls.

It hears nothing by itself: Twilio tells the web server (webhooks.py), and whatever no callback told is polled.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from campaign_app.clock import SYSTEM_CLOCK, Clock
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus, CallUpdate
from campaign_app.domain.script import PlayRecording, Segment
from campaign_app.providers.base import (
    CallCandidate,
    DialRequest,
    ListedCall,
    PlacedCall,
    PlacedListing,
    ProviderCaps,
    SoughtCall,
)

from . import mapping
from .account import TwilioAccount
from .client import TwilioClient
from .request_form import call_form
from .sound_trial import describe_unplayable
from .urls import CallbackUrls

HORIZON = 900.0
"""Seconds: the ringing, the longest message and a transfer's end, with ten minutes in Twilio's queue."""
ABSENCE_AFTER = 120.0
"""Seconds: LATER, in which a call that was asked for may still be created, and half a minute for Twilio's list to have
it. A request that timed out or got a 5xx holds its line for so long, and not for a quarter of an hour."""
REMEMBERED = 10_000
EARLIER, LATER = timedelta(seconds=60), timedelta(seconds=90)
"""How far a call's creation, by Twilio's clock, may lie from its permit, by ours."""
MOST_PAGES = 1000
"""Of a list of calls: a million."""
LONG_IN_QUEUE = 2000
"""Milliseconds in Twilio's queue from which on the account dials faster than Twilio lets it."""

log = logging.getLogger("switchboard.twilio")


class TwilioProvider:
    """One account. Safe to use from many threads."""

    def __init__(
        self, account: TwilioAccount, urls: CallbackUrls | None, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._account, self._urls, self._clock = account, urls, clock
        self._client = TwilioClient(account, clock)
        self._placed: OrderedDict[str, str] = OrderedDict()
        """{token: sid} of the calls this process placed, the latest: for whoever asks by the token alone."""
        self._queue_reported: OrderedDict[str, None] = OrderedDict()
        """The calls whose time in the queue this process has told, the latest."""
        self._proved: set[str] = set()
        """The addresses of recordings at which there is a sound."""
        self._lock = Lock()
        self.caps = ProviderCaps(blocking=True, horizon=HORIZON, absence_after=ABSENCE_AFTER)

    def ready(self) -> str | None:
        return self._account.describe_missing()

    def place(self, dial: DialRequest) -> PlacedCall:
        call = self._client.create_call(call_form(dial, self._account, self._urls))
        sid = str(call["sid"])
        with self._lock:
            self._placed[dial.token] = sid
            while len(self._placed) > REMEMBERED:
                self._placed.popitem(last=False)
        return PlacedCall(sid)

    def find_unplayable(self, segments: Iterable[Segment]) -> Mapping[Segment, str]:
        """Recordings: texts are spoken by Twilio. A recording's address changes with its content."""
        if self._urls is None:
            return {}
        errors: dict[Segment, str] = {}
        for segment in segments:
            if not isinstance(segment, PlayRecording):
                continue
            url = self._urls.recording_url(segment.recording)
            if url in self._proved:
                continue
            error = describe_unplayable(url)
            if error is None:
                self._proved.add(url)
            else:
                errors[segment] = error
        return errors

    def hangup(self, token: str, ref: str | None) -> None:
        """A call that does not talk yet is canceled; one that does is completed. If it was answered in between, the
        second request ends it."""
        sid = ref or self._find_sid(token)
        call = self._client.fetch_call(sid) if sid else None
        if sid is None or call is None or call.get("status") in mapping.ENDED:
            return
        if call.get("status") != "in-progress":
            call = self._client.update_call(sid, {"Status": "canceled"})
            if call is not None and call.get("status") != "in-progress":
                return
        self._client.update_call(sid, {"Status": "completed"})

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        sid = ref or self._find_sid(token)
        call = self._client.fetch_call(sid) if sid else None
        if call is None:
            return ()
        updates = updates_from_call(token, call, self._clock.now())
        queue_seconds = self._report_queue_time(token, call)
        return (
            updates
            if queue_seconds is None
            else [*updates[:-1], updates[-1]._replace(queued_for=queue_seconds)]
        )

    def find_candidates(self, sought: SoughtCall) -> Sequence[CallCandidate]:
        """The calls to this number that were created about then. Twilio's own filter by time is not used: a call that
        still waits in its queue has no start yet."""
        query = {"To": sought.to, "PageSize": "50"}
        caller_id = sought.caller_id or self._account.caller_id
        if caller_id:
            query["From"] = caller_id
        now = self._clock.now()
        return [
            CallCandidate(str(call["sid"]), tuple(updates_from_call(sought.token, call, now)))
            for call in self._client.list_calls(query)
            if _created_about(call, sought.since)
        ]

    def list_placed(self, since: datetime) -> PlacedListing:
        """The account's outbound calls created since then, by Twilio's list, which keeps none of our tokens."""
        now = self._clock.now()
        listed: list[ListedCall] = []
        gap = None
        for page, call in self._client.iterate_calls(MOST_PAGES):
            created = mapping.parse_time(call.get("date_created"))
            if created is not None and created < since:
                # The newest come first.
                return PlacedListing(listed)
            if str(call.get("direction", "outbound-api")).startswith("outbound"):
                listed.append(
                    ListedCall(
                        None,
                        str(call["sid"]),
                        str(call.get("to") or "") or None,
                        created or now,
                        tuple(updates_from_call("", call, now)),
                    )
                )
            if page == MOST_PAGES:
                gap = f"only the newest {len(listed):,} calls were looked at"
        return PlacedListing(listed, gap)

    def events(self) -> Sequence[CallUpdate]:
        """None, ever: Twilio tells the web server, which settles it there."""
        return ()

    def on_updates(self, wake: Callable[[], None]) -> None:
        """Nobody to wake: see `events`."""

    def close(self) -> None:
        self._client.close()

    def _find_sid(self, token: str) -> str | None:
        with self._lock:
            return self._placed.get(token)

    def _report_queue_time(self, token: str, call: Mapping[str, Any]) -> float | None:
        """Seconds that the call was in Twilio's queue; told once, when it has left it."""
        queue_milliseconds = mapping.parse_integer(call.get("queue_time"))
        if queue_milliseconds is None or mapping.STATUS_BY_WORD.get(str(call.get("status"))) in (
            None,
            AttemptStatus.QUEUED,
        ):
            return None
        with self._lock:
            if token in self._queue_reported:
                return None
            self._queue_reported[token] = None
            while len(self._queue_reported) > REMEMBERED:
                self._queue_reported.popitem(last=False)
        if queue_milliseconds >= LONG_IN_QUEUE:
            log.warning(
                "Twilio kept attempt %s in its queue for %.1f s: lower the trunk's calls per second",
                token,
                queue_milliseconds / 1000,
            )
        return queue_milliseconds / 1000


def updates_from_call(token: str, call: Mapping[str, Any], now: datetime) -> list[CallUpdate]:
    """A call's resource as news, oldest first: where it stands, and before that its answer, if it had one."""
    status = mapping.STATUS_BY_WORD.get(str(call.get("status")))
    if status is None:
        return []
    sid = str(call["sid"])
    answered_by = mapping.parse_answered_by(call.get("answered_by"))
    at = mapping.parse_past_time(call.get("end_time"), now) if status in OUTCOMES else now
    updates = []
    if status is AttemptStatus.COMPLETED:
        # Its `start_time` is when it was dialed; `duration` counts from the answer.
        answered = at - timedelta(seconds=mapping.parse_integer(call.get("duration")) or 0)
        updates.append(
            mapping.make_update(
                token, AttemptStatus.IN_PROGRESS, answered, sid, call, answered_by=answered_by
            )
        )
    updates.append(mapping.make_update(token, status, at, sid, call, answered_by=answered_by))
    return updates


def _created_about(call: Mapping[str, Any], since: datetime) -> bool:
    created = mapping.parse_time(call.get("date_created"))
    # A time that cannot be read says nothing against the call.
    return created is None or since - EARLIER <= created <= since + LATER
