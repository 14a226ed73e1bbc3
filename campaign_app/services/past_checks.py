"""Past checks: what each rule said of a number at an instant that is over, by what is kept of it.

Receipts and answers about the past ask these. They use the functions that permit calls, over the rows of then: the
rulebook and the profile, which never change, the do-not-call list with the entries that were removed since, and the
earlier calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.domain.call_caps import (
    CapReached,
    CapUse,
    PlacedCall,
    find_caps_reached,
    longest_period,
    longest_refusal,
    measure_caps,
)
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.erasure import is_forgotten
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.number_masks import mask_written
from campaign_app.domain.rulebook import Rulebook
from campaign_app.queries import history
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.queries.forgotten import ForgetKeyMissing, find_marks
from campaign_app.services.dialing_rules import CallRequest, DialingRules
from campaign_app.services.rule_checks import (
    NotCalledReason,
    Rule,
    RuleCheck,
    check_hours,
    make_cap_checks,
)


class NumberHistory:
    """What is kept of one number (E.164): its calls and its times on the do-not-call list, read once."""

    def __init__(self, session: Session, phone: str) -> None:
        self.phone = phone
        self.rules = DialingRules()
        self.erased = is_forgotten(phone)
        """Whether `phone` is the mark that stands in place of a number that was forgotten."""
        self._connection = session.connection()
        self.key_missing: str | None = None
        """Why calls of before the person was forgotten, if they were, cannot be found."""
        mark = self._find_mark()
        self.calls: Sequence[history.PastCall] = history.list_past_calls(self._connection, phone, mark)
        self.listed: Sequence[history.ListedSpan] = history.list_listed_spans(self._connection, phone, mark)

    def _find_mark(self) -> str | None:
        try:
            return next(iter(find_marks(self._connection, [self.phone])), None)
        except ForgetKeyMissing as error:
            self.key_missing = str(error)
            return None

    def get_rulebook(self, rulebook_id: int) -> Rulebook:
        """Raises InvalidInput, LookupError where the row is broken or gone."""
        return self.rules.get_rulebook(self._connection, rulebook_id)

    def get_profile(self, profile_id: int) -> DialProfile:
        return self.rules.get_profiles(self._connection, [profile_id])[profile_id]

    def list_calls_before(self, at: datetime, attempt_id: int | None) -> list[history.PastCall]:
        """The calls placed before `at`; of those at the same instant, those before the attempt."""
        return [
            call
            for call in self.calls
            if (call.at < at or (call.at == at and attempt_id is not None and call.id < attempt_id))
            and call.id != attempt_id
        ]

    def read_subject(self, rulebook_id: int | None) -> str:
        """What a call was about; one of before there were rulebooks is about the one common subject."""
        try:
            return "" if rulebook_id is None else self.get_rulebook(rulebook_id).subject
        except (InvalidInput, LookupError):
            return ""


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """Might a campaign (None: a single call) call this number at `at`, by these rules?"""

    session: Session
    history: NumberHistory
    campaign_id: int | None
    rulebook: Rulebook
    profile: DialProfile
    at: datetime
    attempt_id: int | None = None
    """Of the call that is judged: it does not count against itself."""

    @property
    def phone(self) -> str:
        return self.history.phone

    def list_placed(self) -> list[PlacedCall]:
        """The earlier calls that caps look at, the oldest first."""
        since = self.at - longest_period(self.rulebook)
        return [
            PlacedCall(call.at, call.campaign_id, self.history.read_subject(call.rulebook_id), call.answered)
            for call in self.history.list_calls_before(self.at, self.attempt_id)
            if call.at >= since
        ]

    def list_refusals(self) -> list[datetime]:
        """When the person had asked not to be called, also where that was taken back."""
        since = self.at - longest_refusal(self.rulebook)
        return [span.listed_at for span in self.history.listed if since <= span.listed_at < self.at]


@dataclass(frozen=True, slots=True)
class CapsThen:
    """How much of each cap was used up, and which of them forbade the call."""

    reached: Sequence[CapReached]
    uses: Sequence[CapUse]


def count_caps_then(question: PastQuestion) -> CapsThen:
    """The caps, counted anew from the earlier calls."""
    rulebook, profile, campaign_id, at = (
        question.rulebook,
        question.profile,
        question.campaign_id,
        question.at,
    )
    placed = question.list_placed()
    return CapsThen(
        find_caps_reached(rulebook, profile, placed, campaign_id, at, question.list_refusals()),
        measure_caps(rulebook, profile, placed, campaign_id, at),
    )


def check_past_do_not_call(question: PastQuestion) -> Iterator[RuleCheck]:
    """The list as it stood: entries that were removed since count, entries that were added since do not."""
    held = [span for span in question.history.listed if span.holds(question.campaign_id, question.at)]
    reasons = [
        NotCalledReason(
            "do-not-call",
            f"the number was on the do-not-call list{'' if span.campaign_id is None else ' of this campaign'}",
            until=span.removed_at,
            since=span.listed_at,
        )
        for span in held
    ]
    if not question.history.erased:
        yield RuleCheck(Rule.DO_NOT_CALL, "the number was on no do-not-call list", reasons)


def check_past_blackouts(question: PastQuestion) -> Iterator[RuleCheck]:
    """Countries and states that were closed then, also by blackouts that are over since; not by those made later."""
    at, rulebook = question.at, question.rulebook
    held = [
        blackout
        for blackout in load_blackouts(question.session.connection(), at)
        if blackout.made_at <= at
        and blackout.forbids(at, rulebook.guard)
        and blackout.covers(question.profile, rulebook.purpose)
    ]
    reasons = [
        NotCalledReason(
            "blackout",
            f"{blackout.place} was closed: {mask_written(blackout.reason)}",
            blackout.over_at,
            blackout.starts_at,
            blackout_id=blackout.id,
        )
        for blackout in held
    ]
    yield RuleCheck(Rule.BLACKOUT, "no place where the person may be was closed", reasons)


def check_past_hours(question: PastQuestion) -> Iterator[RuleCheck]:
    """The person's hours and the campaign's, by the rulebook and the profile of then."""
    request = CallRequest(question.phone, question.campaign_id, question.rulebook, question.profile)
    yield check_hours(request, question.at)


def check_past_caps(question: PastQuestion) -> Iterator[RuleCheck]:
    """How often the number had been called, over all campaigns."""
    caps = count_caps_then(question)
    yield from make_cap_checks(question.rulebook, caps.reached, caps.uses)
