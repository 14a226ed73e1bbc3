"""What an ended channel means: "was up" decides first, then the cause (ITU-T Q.850), as seen on Asterisk 22.

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
WORDS = {
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
class Ending:
    """What is known of an ended call. `timed_out`: it lasted until our own ring time-out; `hung_up`: we ended it."""

    cause: int
    text: str = ""
    sip_code: int | None = None
    was_up: bool = False
    rang: bool = False
    timed_out: bool = False
    hung_up: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """The outcome; see domain.attempt.News for the flags."""

    status: AttemptStatus
    words: str
    permanent: bool = False
    congestion: bool = False
    trunk_down: bool = False


def fate(end: Ending) -> Fate:
    words = WORDS.get(end.cause, end.text or f"cause {end.cause}")
    if end.was_up:
        return Fate(S.COMPLETED, words)
    if end.hung_up and end.cause in (0, NORMAL, NO_ANSWER):
        return Fate(S.CANCELED, "hung up before it was answered")
    match end.cause:
        case cause if cause == BUSY:
            return Fate(S.BUSY, words)
        case cause if cause == NO_ANSWER:
            if end.timed_out and not end.rang:
                return Fate(S.FAILED, "unreachable: it did not even ring")
            return Fate(S.NO_ANSWER, words)
        case cause if cause in INVALID_NUMBER:
            return Fate(S.FAILED, words, permanent=True)
        case cause if cause in CONGESTION:
            return Fate(S.FAILED, words, congestion=True)
        case cause if cause == NO_RESPONSE:
            return Fate(S.FAILED, words, trunk_down=True)
        case cause if cause == NORMAL:
            return Fate(S.CANCELED, "hung up before it was answered")
    return Fate(S.FAILED, words)
