"""Past answers: why a number was called, or not, at any minute that is over, by what is kept of it.

What is not kept any more is said, not guessed: which lines were free, the pace, failures of the provider, whether a
dialer ran.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.campaign import HORIZON, parse_instant, to_rfc3339
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.local_times import describe_local_times
from campaign_app.domain.rulebook import Rulebook
from campaign_app.models import Attempt, Campaign, Contact
from campaign_app.queries import history
from campaign_app.queries.forgotten import find_entry
from campaign_app.services import receipts
from campaign_app.services.campaign_history import CampaignHistory
from campaign_app.services.dialing_rules import CallRequest
from campaign_app.services.pack_editions import load_edition
from campaign_app.services.past_checks import PastQuestion
from campaign_app.services.past_rules import check_past
from campaign_app.services.receipts import Receipt, ReceiptMaker, Verdict
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck, check_hours
from campaign_app.services.single_calls import make_single_call_rulebook

MINUTE = timedelta(minutes=1)
NOT_KEPT = "which lines were free, the pace, failures of the provider and whether a dialer ran are not kept"
ONLY_HOURS = "of a time to come only the hours can be told, by the rules of now"


class Tense(StrEnum):
    """Which time was asked about."""

    PAST = "past"
    FUTURE = "future"
    BEFORE = "before-records"
    """This installation knows nothing of it."""


class Outcome(StrEnum):
    """What came of one campaign's contact in that minute."""

    CALLED = "called"
    HELD = "held"
    FREE = "free"
    """No rule that is kept held it back."""
    ABSENT = "absent"
    """The campaign did not have the number yet."""


@dataclass(frozen=True, slots=True)
class CampaignThen:
    """What one campaign did about the number, and what each rule said."""

    campaign: Campaign
    contact: Contact | None
    outcome: Outcome
    sentence: str
    stored: history.StoredRulebook | None = None
    profile_id: int | None = None
    profile: DialProfile | None = None
    tries: int = 0
    """Those that counted, before that instant."""
    checks: Sequence[RuleCheck] = ()
    calls: Sequence[Receipt] = ()
    """Its calls of that minute, also those that were held back just before the wire."""
    unknown: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """Why a number was called, or not, at an instant."""

    phone: str
    at: datetime
    tense: Tense
    sentence: str
    records_since: datetime | None
    campaigns: Sequence[CampaignThen] = ()
    single_calls: Sequence[Receipt] = ()
    checks: Sequence[RuleCheck] = ()
    """Of a single call, where no campaign had the number."""
    unknown: Sequence[str] = ()

    @property
    def zones(self) -> tuple[str, ...]:
        """Where the person was thought to be."""
        known = [each.profile.zones for each in self.campaigns if each.profile is not None]
        return known[0] if known else derive_profile(self.phone).profile.zones


def parse_past_instant(text: str, now: datetime) -> datetime:
    """The instant that a query names, UTC. Raises InvalidInput (`at`)."""
    at = parse_instant(text or None, "at")
    if at is None or at > now + HORIZON:
        problem = (
            "a time with its zone (RFC 3339), such as 2026-11-19T21:40:00Z; + is written %2B in an address"
        )
        if at is not None:
            problem = "a time from the year 2000 to ten years from now"
        raise InvalidInput([FieldError("at", problem)])
    return at


def answer_past(session: Session, phone: str, at: datetime, now: datetime) -> PastAnswer:
    """Why a number (E.164) was called, or not, in the minute of `at`; of a time to come, whether the hours allow it."""
    first = history.find_first_record(session.connection())
    if at > now:
        return _answer_future(session, phone, at, first)
    if first is None or at < first:
        since = "nothing yet" if first is None else f"records since {to_rfc3339(first)}"
        sentence = f"This installation has {since}; of before that it knows nothing."
        return PastAnswer(phone, at, Tense.BEFORE, sentence, first)
    return _PastAnswerMaker(session, phone, at, now).answer(first)


class _PastAnswerMaker:
    """Answers one question: number and instant."""

    def __init__(self, session: Session, phone: str, at: datetime, now: datetime) -> None:
        self._session = session
        self._connection = session.connection()
        self._phone = phone
        self._at = at
        self._now = now
        self._forgotten = find_entry(self._connection, phone)
        names = receipts.find_kept_names(session, phone)
        self._maker = ReceiptMaker(session, names[0])
        query = select(Attempt).where(Attempt.phone.in_(names), Attempt.claimed_at < _end_minute(at))
        self._attempts: Sequence[Attempt] = session.scalars(query.order_by(Attempt.id)).all()
        self._receipts = {
            attempt.id: self._maker.make_receipt(attempt, now)
            for attempt in self._attempts
            if _is_of_minute(attempt, at)
        }

    def answer(self, first: datetime) -> PastAnswer:
        contacts = self._session.scalars(
            select(Contact).where(Contact.phone == self._phone).order_by(Contact.id)
        ).all()
        campaigns = [self._answer_campaign(contact) for contact in contacts]
        campaigns.sort(key=lambda each: list(Outcome).index(each.outcome))
        known = {contact.id for contact in contacts}
        singles = [each for each in self._receipts.values() if each.attempt.contact_id not in known]
        had = [each for each in campaigns if each.outcome is not Outcome.ABSENT]
        checks: Sequence[RuleCheck] = ()
        unknown: list[str] = []
        profile = derive_profile(self._phone).profile
        if self._forgotten is not None:
            unknown.append("the person was forgotten: which campaigns had the number is not kept")
        elif not had and not singles:
            rulebook = make_single_call_rulebook({}, load_edition(self._session))
            checks = check_past(
                PastQuestion(self._session, self._maker.history, None, rulebook, profile, self._at)
            )
            unknown.append(
                "a campaign that was deleted as a draft since, or a row that was taken back, is not kept"
            )
        sentence = self._sum_up(had, singles, checks, profile)
        return PastAnswer(
            self._phone, self._at, Tense.PAST, sentence, first, campaigns, singles, checks, unknown
        )

    def _sum_up(
        self,
        had: Sequence[CampaignThen],
        singles: Sequence[Receipt],
        checks: Sequence[RuleCheck],
        profile: DialProfile,
    ) -> str:
        made = [each for each in singles if each.verdict is not Verdict.NOT_SENT]
        if made:
            kind = "A single call" if made[0].attempt.campaign_id is None else "A call"
            return f"{kind} was made in that minute. {made[0].sentence}"
        if len(had) == 1 or (had and had[0].outcome is Outcome.CALLED):
            return had[0].sentence
        zones = next((each.profile.zones for each in had if each.profile is not None), profile.zones)
        when = _capitalize(describe_local_times(self._at, zones))
        if had:
            return f"{when}, and none of the {len(had)} campaigns that had the number called it."
        if self._forgotten is not None:
            forgotten = to_rfc3339(self._forgotten.forgotten_at)
            no_call = "no call that is still known to be theirs was made then"
            return f"{when}; this person was forgotten on {forgotten}, and {no_call}."
        reasons = "; ".join(reason.sentence for check in checks for reason in check.reasons)
        single = f"would not have been allowed: {reasons}" if reasons else "would have been allowed"
        return f"{when}; no campaign had this number, and nobody called it. A single call {single}."

    def _answer_campaign(self, contact: Contact) -> CampaignThen:
        campaign = self._session.get_one(Campaign, contact.campaign_id)
        at = self._at
        attempts = [each for each in self._attempts if each.contact_id == contact.id]
        unknown: list[str] = []
        profile_id = self._find_profile_id(contact, attempts, unknown)
        profile = self._maker.history.get_profile(profile_id)
        calls = [self._receipts[each.id] for each in attempts if each.id in self._receipts]
        when = _capitalize(describe_local_times(at, profile.zones))
        if contact.created_at > at and not calls:
            sentence = f"{when}, and {campaign.name} did not have this number yet."
            return CampaignThen(campaign, contact, Outcome.ABSENT, sentence, None, profile_id, profile)
        stored = history.find_rulebook_at(self._connection, campaign.id, at)
        rulebook = self._read_rulebook(stored, unknown)
        checks = self._check_campaign(contact, campaign, attempts, unknown)
        if rulebook is not None:
            question = PastQuestion(self._session, self._maker.history, campaign.id, rulebook, profile, at)
            checks += check_past(question)
        made = [each for each in calls if each.verdict not in (Verdict.NOT_SENT, Verdict.WAITING)]
        reasons = [reason for check in checks for reason in check.reasons]
        reasons += [
            NotCalledReason("released", each.attempt.cause or "the call was not sent")
            for each in calls
            if each.verdict is Verdict.NOT_SENT
        ]
        if made:
            outcome = Outcome.CALLED
            checks = list(made[0].checks)
            began = made[0].at >= self._at.replace(second=0, microsecond=0)
            did = "called this number in that minute" if began else "had this number on the line then"
            sentence = f"{campaign.name} {did}. {made[0].sentence}"
        elif reasons:
            outcome = Outcome.HELD
            told = "; ".join(dict.fromkeys(reason.sentence for reason in reasons))
            sentence = f"{when}, and {campaign.name} did not call this number: {told}."
        else:
            outcome = Outcome.FREE
            sentence = (
                f"{when}, and {campaign.name} did not call this number. No rule that is kept held it back."
            )
            unknown.append(NOT_KEPT)
        tries = sum(1 for each in attempts if each.counts and each.claimed_at <= at and _was_sent(each))
        return CampaignThen(
            campaign,
            contact,
            outcome,
            sentence,
            stored,
            profile_id,
            profile,
            tries,
            checks,
            calls,
            tuple(unknown),
        )

    def _find_profile_id(self, contact: Contact, attempts: Sequence[Attempt], unknown: list[str]) -> int:
        """Where the person was thought to be: as it is now, unless an upload may have changed it since."""
        if not history.may_have_changed(self._connection, contact.campaign_id, self._at):
            return contact.profile_id
        then = [each.profile_id for each in attempts if each.profile_id and each.claimed_at <= self._at]
        if then and then[-1] is not None and then[-1] == contact.profile_id:
            return contact.profile_id
        unknown.append(
            "where the person was thought to be may have been changed by an upload since; this goes by "
            + ("their last call before" if then else "what is known now")
        )
        return then[-1] or contact.profile_id if then else contact.profile_id

    def _read_rulebook(self, stored: history.StoredRulebook | None, unknown: list[str]) -> Rulebook | None:
        if stored is None:
            unknown.append("by which rules the campaign went then is not kept")
            return None
        try:
            return self._maker.history.get_rulebook(stored.id)
        except (InvalidInput, LookupError) as error:
            unknown.append(f"its rulebook of then cannot be read: {error}")
            return None

    def _check_campaign(
        self, contact: Contact, campaign: Campaign, attempts: Sequence[Attempt], unknown: list[str]
    ) -> list[RuleCheck]:
        past = CampaignHistory(self._session, campaign)
        return [
            *self._check_open_call(contact),
            self._check_turn(contact, attempts, unknown),
            past.check_campaign(self._at, unknown),
            *past.check_trunk(self._at, unknown),
        ]

    def _check_open_call(self, contact: Contact) -> list[RuleCheck]:
        """Whether another campaign, or a single call, had the number on the line."""
        others = [
            each for each in self._attempts if each.contact_id != contact.id and _is_open_at(each, self._at)
        ]
        reasons = [
            NotCalledReason(
                "being-called", "another call to the number was under way", each.ended_at, each.claimed_at
            )
            for each in others
        ]
        return [RuleCheck(Rule.OPEN_CALL, "no other call to the number was under way", reasons)]

    def _check_turn(self, contact: Contact, attempts: Sequence[Attempt], unknown: list[str]) -> RuleCheck:
        """The contact's own state, as far as its attempts tell it."""
        at = self._at
        before = [each for each in attempts if each.claimed_at <= at and not _is_open_at(each, at)]
        last = before[-1] if before else None
        came_later = self._session.scalar(
            select(Attempt.id)
            .where(Attempt.contact_id == contact.id, Attempt.claimed_at > at)
            .order_by(Attempt.id)
            .limit(1)
        )
        tries = sum(1 for each in before if each.counts and _was_sent(each))
        says = f"it waited for its turn, after {tries} {'try' if tries == 1 else 'tries'}"
        if came_later is not None or any(_is_open_at(each, at) for each in attempts):
            return RuleCheck(Rule.TURN, says)
        return RuleCheck(Rule.TURN, says, list(_find_turn_reasons(contact, last, at, unknown)))


def _find_turn_reasons(
    contact: Contact, last: Attempt | None, at: datetime, unknown: list[str]
) -> Sequence[NotCalledReason]:
    """Of a contact that no attempt was made to after `at`."""
    status = contact.status
    if status in (ContactStatus.COMPLETED, ContactStatus.EXHAUSTED) and last is not None:
        word = "it had been reached" if status == ContactStatus.COMPLETED else "no more tries were left"
        return [NotCalledReason(status, word, since=last.ended_at)]
    if status in (ContactStatus.SUPPRESSED, ContactStatus.CANCELED):
        unknown.append("when it was taken out of the queue is not kept")
    elif contact.due_at is not None and contact.due_at > at:
        if contact.deferred_by is None:
            return [NotCalledReason("due-later", "it was not due before", contact.due_at)]
        unknown.append("since when it is put off is not kept")
    return []


def _end_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + MINUTE


def _is_of_minute(attempt: Attempt, at: datetime) -> bool:
    """Whether the attempt was permitted, or given up, in the minute of `at`, or was open at that instant."""
    begin, end = at.replace(second=0, microsecond=0), _end_minute(at)
    if attempt.status == AttemptStatus.RELEASED:
        return attempt.ended_at is not None and begin <= attempt.ended_at < end
    decided = attempt.dialing_at or attempt.placed_at
    return (decided is not None and begin <= decided < end) or _is_open_at(attempt, at)


def _is_open_at(attempt: Attempt, at: datetime) -> bool:
    return attempt.claimed_at <= at and (attempt.ended_at is None or at < attempt.ended_at)


def _was_sent(attempt: Attempt) -> bool:
    return attempt.status != AttemptStatus.RELEASED


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]


def _answer_future(session: Session, phone: str, at: datetime, first: datetime | None) -> PastAnswer:
    """Whether the hours allow a call at a time to come, by the rules and profiles of now."""
    maker = ReceiptMaker(session, phone)
    campaigns = []
    for contact in session.scalars(select(Contact).where(Contact.phone == phone).order_by(Contact.id)):
        campaign = session.get_one(Campaign, contact.campaign_id)
        profile = maker.history.get_profile(contact.profile_id)
        when = _capitalize(describe_local_times(at, profile.zones)).replace(" it was ", " it will be ")
        unknown: list[str] = []
        checks: list[RuleCheck] = []
        try:
            if campaign.rulebook_id is None:
                raise LookupError("the campaign has no rulebook")
            rulebook = maker.history.get_rulebook(campaign.rulebook_id)
            checks = [check_hours(CallRequest(phone, campaign.id, rulebook, profile), at)]
        except (InvalidInput, LookupError) as error:
            unknown.append(f"its rules cannot be read: {error}")
        told = "; ".join(reason.sentence for check in checks for reason in check.reasons)
        text = f"closed: {told}" if told else "open"
        sentence = f"{when}, and the hours for {campaign.name} are {text}."
        then = CampaignThen(campaign, contact, Outcome.HELD if told else Outcome.FREE, sentence)
        campaigns.append(
            replace(
                then,
                profile_id=contact.profile_id,
                profile=profile,
                checks=checks,
                unknown=tuple(unknown),
            )
        )
    checks = []
    if not campaigns:
        profile = derive_profile(phone).profile
        checks = [
            check_hours(
                CallRequest(phone, None, make_single_call_rulebook({}, load_edition(session)), profile), at
            )
        ]
        when = _capitalize(describe_local_times(at, profile.zones)).replace(" it was ", " it will be ")
        told = "; ".join(reason.sentence for reason in checks[0].reasons)
        sentence = f"{when}, and the hours for a single call are {f'closed: {told}' if told else 'open'}."
    else:
        sentence = " ".join(each.sentence for each in campaigns[:2])
    return PastAnswer(phone, at, Tense.FUTURE, sentence, first, campaigns, (), checks, (ONLY_HOURS,))


def answer_to_api(answer: PastAnswer) -> dict[str, Any]:
    """The answer as data, in the shape that is signed."""
    return {
        "kind": "answer",
        "form": receipts.FORM,
        "phone": answer.phone,
        "at": to_rfc3339(answer.at),
        "tense": answer.tense.value,
        "sentence": answer.sentence,
        "records_since": to_rfc3339(answer.records_since),
        "campaigns": [_campaign_to_api(each) for each in answer.campaigns],
        "single_calls": [receipts.receipt_to_api(each) for each in answer.single_calls],
        "checks": [receipts.check_to_api(each) for each in answer.checks],
        "unknown": list(answer.unknown),
    }


def _campaign_to_api(then: CampaignThen) -> dict[str, Any]:
    return {
        "campaign": {"id": then.campaign.id, "name": then.campaign.name},
        "contact_id": None if then.contact is None else then.contact.id,
        "outcome": then.outcome.value,
        "sentence": then.sentence,
        "rulebook": receipts.rulebook_row_to_api(then.stored),
        "profile": receipts.profile_to_api(then.profile_id, then.profile),
        "tries": then.tries,
        "checks": [receipts.check_to_api(each) for each in then.checks],
        "calls": [receipts.receipt_to_api(each) for each in then.calls],
        "unknown": list(then.unknown),
    }
