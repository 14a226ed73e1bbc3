"""Call request: the form fields of "make a call", for one attempt."""

from __future__ import annotations

from campaign_app.domain.script import CallScript, MachineDetection, OnMachine, PlayRecording
from campaign_app.providers.base import CallRejected, DialRequest

from . import twiml
from .account import TwilioAccount
from .urls import AMD, VOICE, CallbackUrls

EVENTS = ["initiated", "ringing", "answered", "completed"]
LONGEST_TIMEOUT, LONGEST_CALL = 600, 14_400
"""Seconds: Twilio's limits for the ringing and for a whole call."""
LONGEST_TWIML = 4000
"""Characters that fit into a request. A message we serve ourselves may be longer."""

DETECTION: dict[MachineDetection, dict[str, str]] = {
    # Balanced is what Twilio does by itself: 30 s, 2400 ms, 1200 ms, 5000 ms.
    MachineDetection.FAST: {
        "MachineDetectionTimeout": "10",
        "MachineDetectionSpeechThreshold": "1500",
        "MachineDetectionSpeechEndThreshold": "800",
        "MachineDetectionSilenceTimeout": "2500",
    },
    MachineDetection.CAREFUL: {
        "MachineDetectionTimeout": "45",
        "MachineDetectionSpeechThreshold": "3500",
        "MachineDetectionSpeechEndThreshold": "2000",
        "MachineDetectionSilenceTimeout": "8000",
    },
}
"""How long a greeting, its end and silence may be before Twilio decides (milliseconds; the time-out in seconds)."""

Form = dict[str, str | list[str]]


def call_form(dial: DialRequest, account: TwilioAccount, urls: CallbackUrls | None) -> Form:
    """`urls` of None (no PUBLIC_URL): the words travel inside the request, and polling tells what became of them.

    Raises Rejected where the request could only fail.
    """
    caller_id = dial.caller_id or account.caller_id
    if caller_id is None:
        raise CallRejected(
            "no caller id: set one on the campaign, or SWITCHBOARD_TWILIO_FROM",
            permanent=False,
            our_fault=True,
        )
    form: Form = {
        "To": dial.to,
        "From": caller_id,
        "Timeout": str(_bounded_seconds(dial.ring_timeout, LONGEST_TIMEOUT)),
        "TimeLimit": str(_bounded_seconds(dial.max_duration, LONGEST_CALL)),
    }
    if urls is None:
        return {**form, "Twiml": _inline_twiml(dial.script, account)}
    form["Url"] = urls.callback_url(dial.token, VOICE)
    form["StatusCallback"] = urls.callback_url(dial.token)
    form["StatusCallbackEvent"] = list(EVENTS)
    if dial.script.on_machine is not OnMachine.AS_HUMAN:
        # "Enable" decides as soon as it can; only a message that waits for the beep needs the greeting's end.
        leave = dial.script.on_machine is OnMachine.LEAVE_MESSAGE
        form["MachineDetection"] = "DetectMessageEnd" if leave else "Enable"
        form |= DETECTION.get(dial.detection, {})
        if account.detection == "async":
            form["AsyncAmd"] = "true"
            form["AsyncAmdStatusCallback"] = urls.callback_url(dial.token, AMD)
    return form


def _inline_twiml(script: CallScript, account: TwilioAccount) -> str:
    if any(isinstance(segment, PlayRecording) for segment in script.message):
        raise CallRejected(
            "a recording needs SWITCHBOARD_PUBLIC_URL: Twilio fetches it", permanent=False, our_fault=True
        )
    document = twiml.inline_document(script, account)
    if len(document) > LONGEST_TWIML:
        raise CallRejected(
            f"without SWITCHBOARD_PUBLIC_URL a message may have about {LONGEST_TWIML:,} characters",
            permanent=False,
            our_fault=True,
        )
    return document


def _bounded_seconds(value: float, most: int) -> int:
    return max(1, min(round(value), most))
