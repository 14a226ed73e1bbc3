"""Hangup causes: what an ended channel means, by "was up" first and then by Q.850, as seen on Asterisk 22.

A cause alone does not tell: 19 is a phone that rang out, one that is switched off (SIP 480) and a far end that never
answered at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from campaign_app.domain.attempt import AttemptStatus

S = AttemptStatus

NORMAL, BUSY, NO_RESPONSE, NO_ANSWER, REJECTED = 16, 17, 18, 19, 21
INVALID_NUMBER = frozenset({1, 28})
CONGESTION = frozenset({34, 38, 42})
CAUSE_TEXTS = {
    0: "no cause given",
    1: "no such number",
    3: "no route to the destination",
    16: "hung up",
    17: "busy",
    18: "the trunk's far end does not respond",
    19: "no answer",
    20: "the subscriber is absent",
    21: "rejected",
    27: "destination out of order",
    28: "not a valid number",
    34: "congestion: no line free",
    38: "congestion: network out of order",
    42: "congestion: too many calls",
}


@dataclass(frozen=True, slots=True)
class EndedChannel:
    """What is known of an ended call. `timed_out`: it lasted until our own ring time-out; `hung_up`: we ended it."""

    cause: int
    text: str = ""
    sip_code: int | None = None
    was_up: bool = False
    rang: bool = False
    timed_out: bool = False
    hung_up: bool = False


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """The outcome; see domain.attempt.News for the flags."""

    status: AttemptStatus
    text: str
    permanent: bool = False
    congestion: bool = False
    trunk_down: bool = False


def decide_outcome(channel: EndedChannel) -> CallOutcome:
    text = CAUSE_TEXTS.get(channel.cause, channel.text or f"cause {channel.cause}")
    if channel.was_up:
        return CallOutcome(S.COMPLETED, text)
    if channel.hung_up and channel.cause in (0, NORMAL, NO_ANSWER):
        return CallOutcome(S.CANCELED, "hung up before it was answered")
    match channel.cause:
        case cause if cause == BUSY:
            return CallOutcome(S.BUSY, text)
        case cause if cause in (0, NORMAL) and channel.timed_out:
            # Until December 2025 Asterisk ended a call that rang out with cause 0 (asterisk#963, #1660), and some
            # trunks end it with 16.
            return CallOutcome(S.NO_ANSWER, CAUSE_TEXTS[NO_ANSWER])
        case cause if cause == NO_ANSWER:
            if channel.timed_out and not channel.rang:
                return CallOutcome(S.FAILED, "unreachable: it did not even ring")
            return CallOutcome(S.NO_ANSWER, text)
        case cause if cause in INVALID_NUMBER:
            return CallOutcome(S.FAILED, text, permanent=True)
        case cause if cause in CONGESTION:
            return CallOutcome(S.FAILED, text, congestion=True)
        case cause if cause == NO_RESPONSE:
            return CallOutcome(S.FAILED, text, trunk_down=True)
        case cause if cause == NORMAL:
            return CallOutcome(S.CANCELED, "hung up before it was answered")
    return CallOutcome(S.FAILED, text)
