"""Outside check: claimed attempts wait here until the operator's address has answered about their numbers.

The question is on its way in a thread of its own, outside of any transaction, while the tick goes on with other trunks
and campaigns. The permit then looks for fresh answers in its transaction: whoever has none is not called.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from campaign_app import transaction
from campaign_app.clock import Clock
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.outside_check import (
    AGAIN_SOON,
    MOST_BYTES,
    MOST_CALLS,
    AskedCall,
    BadAnswer,
    OutsideCheck,
    build_question,
    parse_answers,
    sign_question,
)
from campaign_app.domain.public_addresses import parse_https_address
from campaign_app.domain.rulebook import Purpose
from campaign_app.queries import outside_check as outside_queries
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.queries.outside_check import AnswerKey, StoredCheck
from campaign_app.safe_http import NoAnswer, SafeHttp
from campaign_app.services.dialing_rules import UNKNOWN_PERSON, CallRequest, DialingRules
from campaign_app.vault import CredentialVault, NoKey

THREADS = 4
"""Questions of one engine at once; a claim makes no more while one is on its way, single calls may."""
NOT_ANSWERED = "the outside check does not answer"


@dataclass(slots=True)
class _Question:
    trunk_id: int
    attempts: Sequence[ClaimedAttempt]
    done: Future[None]


@dataclass(slots=True)
class OutsideAsker:
    """The questions of one engine."""

    db: sa.Engine
    clock: Clock
    http: SafeHttp
    vault: CredentialVault
    wake: Callable[[], None] = lambda: None
    _pool: ThreadPoolExecutor = field(init=False)
    _questions: list[_Question] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, "outside")

    @property
    def is_asking(self) -> bool:
        """Whether a question is on its way."""
        return any(not question.done.done() for question in self._questions)

    def hold_unanswered(
        self, rules: DialingRules, trunk_id: int, attempts: Sequence[ClaimedAttempt]
    ) -> list[ClaimedAttempt]:
        """Ask about those who need an answer and have none, and keep their attempts; the others may be sent now.

        While the address does not answer nobody is asked about: then all may go on to the permit, which refuses them.
        """
        if not attempts:
            return []
        with self.db.connect() as reading:
            stored = outside_queries.load_outside_check(reading)
            if stored is None:
                return list(attempts)
            unanswered = _find_unanswered(reading, rules, stored.check, attempts, self.clock.now())
        if not unanswered or not self._may_ask(stored.check):
            return list(attempts)
        asked = [attempt for attempt in attempts if attempt.id in unanswered]
        for start in range(0, len(asked), MOST_CALLS):
            piece = asked[start : start + MOST_CALLS]
            calls = [unanswered[attempt.id] for attempt in piece]
            self._questions.append(_Question(trunk_id, piece, self._pool.submit(self._ask, stored, calls)))
        return [attempt for attempt in attempts if attempt.id not in unanswered]

    def take_answered(self, trunk_id: int) -> list[ClaimedAttempt]:
        """The attempts of a trunk whose question is over, whatever came of it."""
        over = [each for each in self._questions if each.trunk_id == trunk_id and each.done.done()]
        self._questions = [each for each in self._questions if each not in over]
        return [attempt for question in over for attempt in question.attempts]

    def wait_for_answers(self) -> None:
        """Until no question is on its way; each ends by its time limit."""
        wait([question.done for question in self._questions])

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _may_ask(self, check: OutsideCheck) -> bool:
        now = self.clock.now()
        if not check.failures:
            return True
        if check.waits(now):
            return False
        with transaction.begin_write(self.db) as connection:
            return outside_queries.take_turn_to_ask(connection, check, now)

    def _ask(self, stored: StoredCheck, calls: Sequence[AskedCall]) -> None:
        """One question, and what came of it kept, whole or not at all."""
        try:
            self._settle_question(stored, calls)
        except Exception:
            from .context import log

            # The permit finds no answer, and refuses.
            log.exception("what the outside check answered could not be kept")
        finally:
            self.wake()

    def _settle_question(self, stored: StoredCheck, calls: Sequence[AskedCall]) -> None:
        check, asked_at = stored.check, self.clock.now()
        try:
            body = build_question(secrets.token_hex(16), asked_at, calls)
            secret = self.vault.open(stored.locked_secret).get("secret", "")
            headers = {"Content-Type": "application/json", **sign_question(secret, asked_at, body)}
            received = self.http.post(
                parse_https_address(check.url, "url"),
                body,
                headers,
                seconds=check.timeout_seconds,
                most=MOST_BYTES,
            )
            answers = parse_answers(received, [call.phone for call in calls])
        except (NoAnswer, BadAnswer, NoKey, InvalidInput) as error:
            with transaction.begin_write(self.db) as connection:
                outside_queries.record_silence(connection, check, str(error), self.clock.now())
            return
        by_key = {make_key(call.phone, call.purpose): answers[call.phone] for call in calls}
        with transaction.begin_write(self.db) as connection:
            outside_queries.keep_answers(connection, check, by_key, asked_at, self.clock.now())


def make_key(phone: str, purpose: Purpose | None) -> AnswerKey:
    """By what an answer is found again."""
    return phone, "" if purpose is None else purpose.value


def _find_unanswered(
    connection: Connection,
    rules: DialingRules,
    check: OutsideCheck,
    attempts: Sequence[ClaimedAttempt],
    now: datetime,
) -> dict[int, AskedCall]:
    """{attempt: what is asked about it} of those to whom the check applies and of whom nothing fresh is known."""
    rulebook_ids = outside_queries.load_campaign_rulebook_ids(
        connection, [attempt.campaign_id for attempt in attempts if attempt.campaign_id is not None]
    )
    profiles = rules.get_profiles(connection, {a.profile_id for a in attempts if a.profile_id is not None})
    wanted: dict[int, AskedCall] = {}
    for attempt in attempts:
        if attempt.rulebook_id is None and attempt.campaign_id is None:
            continue  # a test call to a number that its owner has confirmed
        rulebook_id = (
            attempt.rulebook_id if attempt.campaign_id is None else rulebook_ids.get(attempt.campaign_id)
        )
        profile: DialProfile = UNKNOWN_PERSON if attempt.profile_id is None else profiles[attempt.profile_id]
        try:
            purpose = rules.get_rulebook(connection, rulebook_id).purpose
        except (InvalidInput, LookupError):
            continue  # the permit refuses it
        if check.applies(profile, purpose):
            wanted[attempt.id] = AskedCall(attempt.phone, profile.country, purpose, attempt.campaign_id)
    fresh = outside_queries.load_answers(
        connection, check.version, [make_key(call.phone, call.purpose) for call in wanted.values()], now
    )
    return {
        attempt_id: call
        for attempt_id, call in wanted.items()
        if make_key(call.phone, call.purpose) not in fresh
    }


class OutsideRefusal(NamedTuple):
    """Why a call may not begin. `answered`: the address said so, until `again_at`; else it said nothing."""

    reason: str
    again_at: datetime
    answered: bool
    for_good: bool = False


def find_outside_refusals(
    connection: Connection, requests: Mapping[int, CallRequest], now: datetime
) -> dict[int, OutsideRefusal]:
    """By attempt, for the permit, in its transaction: whoever needs an answer and has not been allowed by a fresh
    one."""
    stored = outside_queries.load_outside_check(connection) if requests else None
    if stored is None:
        return {}
    check = stored.check
    keys = {
        attempt_id: make_key(one.phone, one.rulebook.purpose)
        for attempt_id, one in requests.items()
        if check.applies(one.profile, one.rulebook.purpose)
    }
    fresh = outside_queries.load_answers(connection, check.version, keys.values(), now)
    refusals: dict[int, OutsideRefusal] = {}
    for attempt_id, key in keys.items():
        found = fresh.get(key)
        if found is None:
            again_at = max(check.retry_at or now, now + AGAIN_SOON)
            error = f": {check.last_error}" if check.last_error else ""
            refusals[attempt_id] = OutsideRefusal(NOT_ANSWERED + error, again_at, answered=False)
        elif not found.answer.allowed:
            said = f": {found.answer.reason}" if found.answer.reason else ""
            refusals[attempt_id] = OutsideRefusal(
                f"the outside check refused the number{said}",
                found.expires_at,
                answered=True,
                for_good=found.answer.for_good,
            )
    return refusals
