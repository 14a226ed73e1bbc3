"""Receipts: why each call was allowed, by the rules that it was permitted by.

An attempt keeps its rulebook and its profile by reference, and neither row ever changes; the do-not-call list keeps the
entries that were removed; earlier calls are rows. So a receipt is computed when it is asked for, and says the same
however often a campaign has been edited since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.erasure import hash_number, make_number_token
from campaign_app.domain.errors import InvalidInput, NotFound
from campaign_app.domain.local_times import describe_local_times
from campaign_app.domain.rulebook import Rulebook
from campaign_app.models import Attempt, ConfirmedNumber
from campaign_app.queries import history
from campaign_app.queries.forgotten import find_entry, find_marks, read_forget_key
from campaign_app.services import audit
from campaign_app.services.past_checks import NumberHistory, PastQuestion
from campaign_app.services.past_rules import check_past
from campaign_app.services.receipt_words import (
    describe_allowed,
    describe_forbidden,
    describe_not_sent,
)
from campaign_app.services.rule_checks import RuleCheck

FORM = 1
"""The version of a receipt's shape."""
ERASED = "the number was erased, and with it when it was on do-not-call; calls that lost their mark since do not count"
STARTS = frozenset({"campaign.start", "campaign.resume"})


class Verdict(StrEnum):
    """What a receipt says of an attempt."""

    ALLOWED = "allowed"
    EXEMPT = "exempt"
    """A test call to a number of somebody who works here: no hours and no caps hold for it."""
    NOT_SENT = "not-sent"
    WAITING = "waiting"
    """It has a line, and its permit is still to come."""
    AGAINST_RULES = "against-rules"
    """It was made, and the rules that are kept of it forbid it."""
    UNKNOWN = "unknown"
    """It was made, and by which rules is not kept."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why one attempt was allowed, or not."""

    attempt: Attempt
    verdict: Verdict
    sentence: str
    at: datetime
    """When it was permitted; where it never was, when that was decided or asked for."""
    profile: DialProfile | None
    rulebook: Rulebook | None
    stored: history.StoredRulebook | None
    started: history.Decision | None
    checks: Sequence[RuleCheck] = ()
    unknown: Sequence[str] = ()
    """What is not kept any more, in sentences."""


class ReceiptMaker:
    """Makes the receipts of the attempts to one number: what they share is read once."""

    def __init__(self, session: Session, phone: str) -> None:
        self._session = session
        self._connection = session.connection()
        self.history = NumberHistory(session, phone)
        self._stored: dict[int, history.StoredRulebook | None] = {}
        self._decisions: dict[int, Sequence[history.Decision]] = {}

    def make_receipt(self, attempt: Attempt, now: datetime) -> Receipt:
        """The receipt of an attempt to this number."""
        unknown: list[str] = [ERASED] if self.history.erased else []
        if self.history.key_missing is not None:
            unknown.append(self.history.key_missing)
        at = _find_instant(attempt, now)
        profile = None if attempt.profile_id is None else self.history.get_profile(attempt.profile_id)
        stored = self._find_stored(attempt, at)
        rulebook = self._read_rulebook(stored, unknown)
        started = self._find_start(attempt.campaign_id, at, unknown)
        checks: Sequence[RuleCheck] = ()
        if rulebook is not None and profile is not None:
            checks = check_past(
                PastQuestion(
                    self._session,
                    self.history,
                    attempt.campaign_id,
                    rulebook,
                    profile,
                    at,
                    attempt.id,
                )
            )
        elif profile is None and rulebook is not None:
            unknown.append("where the person was thought to be is not kept of this call")
        verdict = self._decide_verdict(attempt, rulebook, profile, checks, unknown, stored)
        sentence = self._describe(attempt, verdict, at, rulebook, profile, checks)
        return Receipt(
            attempt, verdict, sentence, at, profile, rulebook, stored, started, checks, tuple(unknown)
        )

    def _find_stored(self, attempt: Attempt, at: datetime) -> history.StoredRulebook | None:
        rulebook_id = attempt.rulebook_id
        if rulebook_id is None:
            if attempt.campaign_id is None or attempt.dialing_at is not None:
                return None
            # It was never permitted: the rules of its campaign then.
            return history.find_rulebook_at(self._connection, attempt.campaign_id, at)
        if rulebook_id not in self._stored:
            found = history.load_rulebooks(self._connection, [rulebook_id])
            self._stored[rulebook_id] = found.get(rulebook_id)
        return self._stored[rulebook_id]

    def _read_rulebook(self, stored: history.StoredRulebook | None, unknown: list[str]) -> Rulebook | None:
        if stored is None:
            return None
        try:
            return self.history.get_rulebook(stored.id)
        except (InvalidInput, LookupError) as error:
            unknown.append(f"its rulebook {stored.id} cannot be read: {error}")
            return None

    def _find_start(
        self, campaign_id: int | None, at: datetime, unknown: list[str]
    ) -> history.Decision | None:
        """Who started the campaign, or resumed it, last before the call."""
        if campaign_id is None:
            return None
        if campaign_id not in self._decisions:
            self._decisions[campaign_id] = history.list_decisions(self._connection, "campaign", campaign_id)
        for decision in reversed(self._decisions[campaign_id]):
            if decision.at <= at and decision.action in STARTS:
                found: history.Decision = decision
                return found
        unknown.append("who started the campaign is not kept")
        return None

    def _decide_verdict(
        self,
        attempt: Attempt,
        rulebook: Rulebook | None,
        profile: DialProfile | None,
        checks: Sequence[RuleCheck],
        unknown: list[str],
        stored: history.StoredRulebook | None,
    ) -> Verdict:
        if attempt.status == AttemptStatus.RELEASED:
            return Verdict.NOT_SENT
        if attempt.status == AttemptStatus.CLAIMED:
            return Verdict.WAITING
        if attempt.dialing_at is None:
            unknown.append("its permit is not kept: this database is older than the call")
            return Verdict.UNKNOWN
        if rulebook is None or profile is None:
            if self._was_confirmed(attempt):
                return Verdict.EXEMPT
            if stored is None:
                unknown.append("by which rules it was permitted is not kept of this call")
            return Verdict.UNKNOWN
        return Verdict.AGAINST_RULES if any(check.holds for check in checks) else Verdict.ALLOWED

    def _was_confirmed(self, attempt: Attempt) -> bool:
        """Whether its number was confirmed by its owner, who works here, before the call."""
        if not attempt.test or attempt.campaign_id is not None or attempt.rulebook_id is not None:
            return False
        number = self._session.scalar(select(ConfirmedNumber).where(ConfirmedNumber.phone == attempt.phone))
        return (
            number is not None
            and number.confirmed_at is not None
            and number.confirmed_at <= attempt.claimed_at
        )

    def _describe(
        self,
        attempt: Attempt,
        verdict: Verdict,
        at: datetime,
        rulebook: Rulebook | None,
        profile: DialProfile | None,
        checks: Sequence[RuleCheck],
    ) -> str:
        match verdict:
            case Verdict.NOT_SENT:
                return describe_not_sent(at, profile, attempt.cause)
            case Verdict.WAITING:
                return "Not called yet: every rule is checked again just before the call."
            case Verdict.EXEMPT:
                return (
                    f"Allowed: {describe_local_times(at, ())}, and it was a test call to a number that somebody who"
                    " works here had confirmed as theirs, for which there are no hours and no caps."
                )
        if rulebook is None or profile is None or verdict is Verdict.UNKNOWN:
            return f"Called: {describe_local_times(at, ())}; by which rules is not kept."
        if verdict is Verdict.AGAINST_RULES:
            return describe_forbidden(at, profile, checks)
        return describe_allowed(
            PastQuestion(self._session, self.history, attempt.campaign_id, rulebook, profile, at, attempt.id)
        )


def _find_instant(attempt: Attempt, now: datetime) -> datetime:
    """When it was decided whether the attempt may be sent."""
    if attempt.status == AttemptStatus.RELEASED and attempt.dialing_at is None:
        return attempt.ended_at or attempt.claimed_at
    if attempt.status == AttemptStatus.CLAIMED:
        return now
    return attempt.dialing_at or attempt.placed_at or attempt.claimed_at


def make_receipt(session: Session, attempt_id: int, now: datetime) -> Receipt:
    """The receipt of one attempt. Raises NotFound."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound(f"there is no attempt {attempt_id}")
    return ReceiptMaker(session, attempt.phone).make_receipt(attempt, now)


def find_kept_names(session: Session, phone: str) -> list[str]:
    """Under what the calls to a number (E.164) are kept: the mark that stands for it once the person was forgotten;
    and itself, also beside the mark where it came back. The first is the one to judge by. Raises ForgetKeyMissing."""
    connection = session.connection()
    if find_entry(connection, phone) is not None:
        return [make_number_token(hash_number(read_forget_key(connection), phone))]
    return [phone, *find_marks(connection, [phone])]


def list_receipts(session: Session, phone: str, now: datetime) -> list[Receipt]:
    """The receipts of all attempts to call a number (E.164), over all campaigns, the oldest first; of a person who was
    forgotten those that a duty keeps."""
    names = find_kept_names(session, phone)
    maker = ReceiptMaker(session, names[0])
    attempts = session.scalars(select(Attempt).where(Attempt.phone.in_(names)).order_by(Attempt.id))
    return [maker.make_receipt(attempt, now) for attempt in attempts]


def receipt_to_api(receipt: Receipt) -> dict[str, Any]:
    """The receipt as data, in the shape that is signed."""
    attempt, profile, stored = receipt.attempt, receipt.profile, receipt.stored
    return {
        "kind": "receipt",
        "form": FORM,
        "verdict": receipt.verdict.value,
        "sentence": receipt.sentence,
        "at": to_rfc3339(receipt.at),
        "local_times": _list_local_times(receipt.at, profile),
        "to": attempt.phone,
        "attempt": {
            "id": attempt.id,
            "number": attempt.number,
            "token": attempt.token,
            "status": attempt.status,
            "test": attempt.test,
            "cause": attempt.cause,
            "claimed_at": to_rfc3339(attempt.claimed_at),
            "permitted_at": to_rfc3339(attempt.dialing_at),
            "placed_at": to_rfc3339(attempt.placed_at),
            "ended_at": to_rfc3339(attempt.ended_at),
        },
        "campaign": None
        if attempt.campaign is None
        else {"id": attempt.campaign.id, "name": attempt.campaign.name},
        "started": None if receipt.started is None else decision_to_api(receipt.started),
        "rulebook": rulebook_row_to_api(stored),
        "profile": profile_to_api(attempt.profile_id, profile),
        "checks": [check_to_api(check) for check in receipt.checks],
        "unknown": list(receipt.unknown),
    }


def _list_local_times(at: datetime, profile: DialProfile | None) -> list[dict[str, str]]:
    """The instant in each zone in which the person may be."""
    zones = () if profile is None else profile.zones
    return [{"zone": zone, "time": at.astimezone(ZoneInfo(zone)).isoformat()} for zone in zones]


def decision_to_api(decision: history.Decision) -> dict[str, Any]:
    return {"action": decision.action, "at": to_rfc3339(decision.at), "by": decision.actor}


def rulebook_row_to_api(stored: history.StoredRulebook | None) -> dict[str, Any] | None:
    """The rules with their fingerprint, and who made them when."""
    if stored is None:
        return None
    return {
        "id": stored.id,
        "sha256": stored.sha256,
        "made_at": to_rfc3339(stored.made_at),
        "made_by": stored.made_by,
        "rules": stored.body,
    }


def profile_to_api(profile_id: int | None, profile: DialProfile | None) -> dict[str, Any] | None:
    """Where and who the person was thought to be."""
    return None if profile is None else {"id": profile_id, "sha256": profile.key, **profile.to_json()}


def check_to_api(check: RuleCheck) -> dict[str, Any]:
    """What one rule said. `until`: when a permission ends."""
    return {
        "rule": check.rule.value,
        "allows": not check.holds,
        "says": "; ".join(reason.sentence for reason in check.reasons) or check.says,
        "until": None if check.holds else to_rfc3339(check.until),
        "reasons": [
            {
                "code": reason.code,
                "detail": reason.sentence,
                "since": to_rfc3339(reason.since),
                "until": to_rfc3339(reason.until),
            }
            for reason in check.reasons
        ],
    }


def export_receipts(session: Session, phone: str, *, actor: str, now: datetime) -> dict[str, Any]:
    """The receipts of all attempts to call a number, as the data that is signed; audited."""
    found = [receipt_to_api(receipt) for receipt in list_receipts(session, phone, now)]
    audit.record_audit_entry(
        session,
        actor=actor,
        action="receipts.export",
        object_type="person",
        object_id=phones.mask(phone),
        now=now,
        receipts=len(found),
    )
    return {"kind": "receipts", "form": FORM, "phone": phone, "receipts": found}
