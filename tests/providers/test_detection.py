"""Ring time and machine detection, as each provider is told of them."""

from __future__ import annotations

import pytest

from campaign_app.domain.script import CallScript, MachineDetection, OnMachine, SayText
from campaign_app.providers.asterisk.playback_plan import PlaybackPlan, write_plan
from campaign_app.providers.base import DialRequest
from campaign_app.providers.simulator import callee
from campaign_app.providers.simulator.call_plan import plan_call
from campaign_app.providers.twilio.account import TwilioAccount
from campaign_app.providers.twilio.request_form import call_form
from campaign_app.providers.twilio.urls import CallbackUrls

TOKEN = "0" * 32
HANG_UP = CallScript((SayText("Hello"),), on_machine=OnMachine.HANG_UP)


def dial(detection: MachineDetection) -> DialRequest:
    return DialRequest(TOKEN, "+12125550832", "+12125550199", HANG_UP, 90.0, 200.0, detection)


@pytest.mark.parametrize("detection, milliseconds", [("fast", 1200), ("balanced", 1900), ("careful", 3500)])
def test_asterisk_listens_as_long_as_the_campaign_says(detection: str, milliseconds: int) -> None:
    plan = write_plan(
        dial(MachineDetection(detection)), lambda segment: ("sound:x", 1.0), ring_most=120, talk_most=600
    )
    assert (plan.ring, plan.talk, plan.detect_ms) == (90.0, 200.0, milliseconds)
    assert PlaybackPlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("detection, threshold", [("fast", "1500"), ("balanced", None), ("careful", "3500")])
def test_twilio_is_told_how_long_a_greeting_may_be(detection: str, threshold: str | None) -> None:
    account = TwilioAccount("AC" + "1" * 32, "secret")
    urls = CallbackUrls("https://calls.example", 1)
    form = call_form(dial(MachineDetection(detection)), account, urls)
    assert (form["Timeout"], form["TimeLimit"], form["MachineDetection"]) == ("90", "200", "Enable")
    assert form.get("MachineDetectionSpeechThreshold") == threshold


def test_the_simulator_decides_sooner_or_later_and_reads_it_back_from_its_ledger() -> None:
    seconds = []
    for detection in ("fast", "balanced", "careful"):
        timings = callee.decode_script(callee.encode_script(HANG_UP, MachineDetection(detection)))
        assert timings.detection == detection
        seconds.append(plan_call(1, TOKEN, "+12125550832", 30.0, 300.0, timings).detected_after)
    assert None not in seconds
    assert seconds == sorted(seconds)  # type: ignore[type-var]
    assert len(set(seconds)) == 3
