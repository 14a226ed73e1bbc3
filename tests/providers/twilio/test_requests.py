"""Our requests are those that Twilio's own SDK sends for the same call, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from twilio.base.values import unset
from twilio.rest import Client as Sdk

from campaign_app.domain.script import CallScript, OnMachine, SayText, script_from_text
from campaign_app.providers.base import DialRequest, SoughtCall
from campaign_app.providers.twilio import TwilioAccount, TwilioProvider
from campaign_app.providers.twilio.urls import CallbackUrls
from tests.providers.twilio.recorder import CALL, Recorder, recorder

SID, TOKEN = "AC" + "1" * 32, "a-token-that-nobody-else-has"
ATTEMPT = "0123456789abcdef" * 2
URLS = CallbackUrls("https://calls.example.org/switchboard", 3)
BASE = f"https://calls.example.org/switchboard/webhooks/twilio/3/{ATTEMPT}"
REF = CALL["sid"]
EVENTS = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
def wire() -> Iterator[Recorder]:
    with recorder() as made:
        yield made


@pytest.fixture
def both(wire: Recorder) -> Iterator[Callable[..., None]]:
    """Let our adapter and the SDK do the same; fails unless they sent the same."""
    made: list[TwilioProvider] = []

    def compare(
        ours: Callable[[TwilioProvider], object], theirs: Callable[[Sdk], object], **account: object
    ) -> None:
        fields = {"sid": SID, "auth_token": TOKEN, "base_url": wire.url, **account}
        urls = None if account.pop("no_url", False) else URLS
        fields.pop("no_url", None)
        made.append(TwilioProvider(TwilioAccount(**fields), urls))  # type: ignore[arg-type]
        ours(made[-1])
        sent, wire.seen = wire.seen, []
        sdk = Sdk(SID, TOKEN)
        sdk.api.base_url = wire.url
        theirs(sdk)
        assert sent == wire.seen
        assert len(sent) >= 1

    yield compare
    for one in made:
        one.close()


def dial(script: CallScript, **more: float) -> DialRequest:
    return DialRequest(ATTEMPT, "+12125550123", "+12125550100", script, **more)


def leave(on_machine: OnMachine) -> CallScript:
    return CallScript(message=(SayText("Hello."),), on_machine=on_machine)


@pytest.mark.parametrize(
    "on_machine, detection, asynchronous",
    [
        (OnMachine.AS_HUMAN, None, False),
        (OnMachine.HANG_UP, "Enable", True),
        (OnMachine.LEAVE_MESSAGE, "DetectMessageEnd", True),
        (OnMachine.HANG_UP, "Enable", False),
    ],
)
def test_a_call(
    both: Callable[..., None], on_machine: OnMachine, detection: str | None, asynchronous: bool
) -> None:
    both(
        lambda ours: ours.place(dial(leave(on_machine), ring_timeout=25.0, max_duration=240.0)),
        lambda sdk: sdk.calls.create(
            to="+12125550123",
            from_="+12125550100",
            url=f"{BASE}/voice",
            status_callback=BASE,
            status_callback_event=EVENTS,
            timeout=25,
            time_limit=240,
            machine_detection=detection or unset,
            async_amd="true" if asynchronous else unset,
            async_amd_status_callback=f"{BASE}/amd" if asynchronous else unset,
        ),
        detection="async" if asynchronous else "sync",
    )


def test_a_call_without_a_public_url(both: Callable[..., None]) -> None:
    both(
        lambda ours: ours.place(dial(script_from_text('Fish & "chips" <now>'))),
        lambda sdk: sdk.calls.create(
            to="+12125550123",
            from_="+12125550100",
            twiml='<?xml version="1.0" encoding="UTF-8"?>'
            '<Response><Say>Fish &amp; "chips" &lt;now&gt;</Say><Hangup /></Response>',
            timeout=30,
            time_limit=300,
        ),
        no_url=True,
    )


def test_asking_about_a_call(both: Callable[..., None]) -> None:
    both(lambda ours: ours.lookup(ATTEMPT, REF), lambda sdk: sdk.calls(REF).fetch())


def test_canceling_a_call_that_rings(both: Callable[..., None]) -> None:
    both(
        lambda ours: ours.hangup(ATTEMPT, REF),
        lambda sdk: (sdk.calls(REF).fetch(), sdk.calls(REF).update(status="canceled")),
    )


def test_ending_a_call_that_talks(both: Callable[..., None], wire: Recorder) -> None:
    wire.says(200, {**CALL, "status": "in-progress"}, Content_Type="application/json")
    both(
        lambda ours: ours.hangup(ATTEMPT, REF),
        lambda sdk: (sdk.calls(REF).fetch(), sdk.calls(REF).update(status="completed")),
    )


def test_listing_the_calls_to_a_number(both: Callable[..., None], wire: Recorder) -> None:
    wire.says(200, {"calls": [], "page": 0, "page_size": 50}, Content_Type="application/json")
    sought = SoughtCall(ATTEMPT, "+12125550123", "+12125550100", datetime(2026, 11, 20, tzinfo=UTC))
    both(
        lambda ours: ours.find_candidates(sought),
        lambda sdk: sdk.calls.page(to="+12125550123", from_="+12125550100", page_size=50),
    )
