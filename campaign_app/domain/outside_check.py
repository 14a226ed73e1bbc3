"""Outside check: a question about numbers to an address of the operator's, before they are called.

What is asked, how it is signed, what counts as an answer, and to whom it applies. Anything that is not exactly an
answer is none: then nobody of the question is called.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from .campaign import to_rfc3339
from .countries import PARTS
from .dial_profile import DialProfile
from .rulebook import Purpose

MOST_CALLS = 100
"""Numbers in one question."""
MOST_BYTES = 256 * 1024
"""Of an answer."""
LONGEST_REASON = 500
FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
"""Seconds between questions while there is no answer."""
AGAIN_SOON = timedelta(seconds=5)
"""When somebody has their turn again who could not be asked about."""
TIMESTAMP_HEADER = "Switchboard-Timestamp"
SUPPRESSED = "outside-check"
"""`contacts.suppressed_by` of who was refused for good."""
SIGNATURE_HEADER = "Switchboard-Signature"
ANSWER_KEYS = frozenset({"phone", "allowed", "reason", "for_good"})


class BadAnswer(Exception):
    """It is no answer to the question, for the reason of the text."""


@dataclass(frozen=True, slots=True)
class OutsideCheck:
    """The setting of the installation, and how its address answers."""

    version: int
    """Answers of another version do not count."""
    url: str
    answers_hours: int
    timeout_seconds: float
    purposes: tuple[Purpose, ...] | None
    """None: all."""
    countries: tuple[str, ...] | None
    """ISO 3166 alpha-2; None: all."""
    failures: int = 0
    """Questions in a row that had no answer."""
    retry_at: datetime | None = None
    last_error: str | None = None

    def applies(self, profile: DialProfile, purpose: Purpose | None) -> bool:
        """Whether such calls to such people need its answer. Of what is not known it is assumed that it does."""
        if self.purposes is not None and purpose is not None and purpose not in self.purposes:
            return False
        if self.countries is None or profile.country is None:
            return True
        wanted = {*self.countries, *(part for country in self.countries for part in PARTS.get(country, ()))}
        return profile.country in wanted or any(state.partition("-")[0] in wanted for state in profile.states)

    def waits(self, now: datetime) -> bool:
        """Whether it is left alone until `retry_at`, after questions without an answer."""
        return bool(self.failures) and self.retry_at is not None and now < self.retry_at


class AskedCall(NamedTuple):
    """One call of a question. `phone` is E.164, `country` ISO 3166 alpha-2 where it is known."""

    phone: str
    country: str | None
    purpose: Purpose | None
    campaign_id: int | None


class OutsideAnswer(NamedTuple):
    """What was said of a number. `for_good`: it is never to be called for this campaign."""

    allowed: bool
    reason: str | None = None
    for_good: bool = False


def build_question(question_id: str, asked_at: datetime, calls: Sequence[AskedCall]) -> bytes:
    """The body of a question, JSON in UTF-8."""
    body = {
        "id": question_id,
        "asked_at": to_rfc3339(asked_at),
        "calls": [
            {
                "phone": call.phone,
                "country": call.country,
                "purpose": None if call.purpose is None else call.purpose.value,
                "campaign_id": call.campaign_id,
            }
            for call in calls
        ],
    }
    return json.dumps(body, separators=(",", ":")).encode()


def sign_question(secret: str, asked_at: datetime, body: bytes) -> dict[str, str]:
    """The headers that prove who asks, and when: HMAC-SHA256 over `timestamp.body`."""
    timestamp = str(int(asked_at.timestamp()))
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: f"v1={digest}"}


def parse_answers(body: bytes, phones: Iterable[str]) -> dict[str, OutsideAnswer]:
    """{number: answer} for exactly the numbers that were asked about. Raises BadAnswer."""
    try:
        data = json.loads(body.decode("utf-8"), object_pairs_hook=_refuse_twice, parse_constant=_refuse_word)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"its answer is not JSON ({str(error)[:100]})") from None
    if not isinstance(data, dict) or data.keys() != {"answers"} or not isinstance(data["answers"], list):
        raise BadAnswer('its answer is not {"answers": […]}')
    asked = set(phones)
    answers: dict[str, OutsideAnswer] = {}
    for item in data["answers"]:
        phone, answer = _parse_answer(item)
        if phone not in asked:
            raise BadAnswer("it answers for a number that was not asked about")
        if phone in answers:
            raise BadAnswer("it answers twice for a number")
        answers[phone] = answer
    if len(answers) < len(asked):
        raise BadAnswer(f"it does not answer for {len(asked) - len(answers)} of {len(asked)} numbers")
    return answers


def _parse_answer(item: Any) -> tuple[str, OutsideAnswer]:
    if not isinstance(item, dict):
        raise BadAnswer("an item of its answers is not an object")
    unknown = sorted(item.keys() - ANSWER_KEYS)
    if unknown:
        raise BadAnswer(f"an item of its answers has an unknown key {unknown[0][:40]!r}")
    phone, allowed = item.get("phone"), item.get("allowed")
    reason, for_good = item.get("reason"), item.get("for_good", False)
    if not isinstance(phone, str) or not isinstance(allowed, bool):
        raise BadAnswer("an item of its answers lacks phone (text) or allowed (true or false)")
    if reason is not None and (not isinstance(reason, str) or len(reason) > LONGEST_REASON or "\0" in reason):
        raise BadAnswer(f"a reason of its answers is not text of at most {LONGEST_REASON} characters")
    if not isinstance(for_good, bool) or (for_good and allowed):
        raise BadAnswer("an item of its answers has for_good where it is not refused")
    try:
        (reason or "").encode()
    except UnicodeEncodeError:
        raise BadAnswer("a reason of its answers is not text") from None
    return phone, OutsideAnswer(allowed, reason or None, for_good)


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_word(word: str) -> None:
    raise ValueError(f"{word} is not a number")


def find_wait(failures: int) -> timedelta:
    """How long it is left alone after so many questions in a row without an answer: 5, 10, 20 … 300 seconds."""
    return timedelta(seconds=min(FIRST_WAIT * 2.0 ** min(max(failures - 1, 0), 10), LONGEST_WAIT))
