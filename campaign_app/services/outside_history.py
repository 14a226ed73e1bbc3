"""Outside history: what the operator's own check had answered about a number at a past instant."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from campaign_app.domain.number_masks import mask_written
from campaign_app.domain.outside_check import OutsideCheck
from campaign_app.domain.rulebook import Purpose
from campaign_app.models import OutsideAnswerRow
from campaign_app.queries import history
from campaign_app.services.past_checks import PastQuestion
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck

ANSWER_GONE = "its answer of then is not kept; a call needed its yes"


def check_past_outside(question: PastQuestion) -> Iterator[RuleCheck]:
    """The setting of then by the audit trail, and the answer where it is still kept; nothing where none was set up."""
    decisions = history.list_decisions(question.session.connection(), "outside-check", 1)
    before = [each for each in decisions if each.at <= question.at]
    if not before or before[-1].action != "outside-check.save":
        return
    detail = before[-1].detail
    purposes, countries = detail.get("purposes"), detail.get("countries")
    setting = OutsideCheck(
        0,
        detail["url"],
        detail["answers_hours"],
        detail["timeout_seconds"],
        None if purposes is None else tuple(map(Purpose, purposes)),
        None if countries is None else tuple(countries),
    )
    purpose = question.rulebook.purpose
    if not setting.applies(question.profile, purpose):
        yield RuleCheck(Rule.OUTSIDE, "the outside check did not apply to such calls")
        return
    answer = question.session.scalar(
        select(OutsideAnswerRow).where(
            OutsideAnswerRow.phone == question.phone,
            OutsideAnswerRow.purpose == ("" if purpose is None else purpose.value),
            OutsideAnswerRow.answered_at <= question.at,
            OutsideAnswerRow.expires_at > question.at,
        )
    )
    if answer is None:
        yield RuleCheck(Rule.OUTSIDE, ANSWER_GONE)
    elif answer.allowed:
        yield RuleCheck(Rule.OUTSIDE, "the outside check allowed it", (), answer.expires_at)
    else:
        said = f": {mask_written(answer.reason)}" if answer.reason else ""
        sentence = f"the outside check had refused it{said}"
        reason = NotCalledReason("outside-refused", sentence, answer.expires_at, answer.answered_at)
        yield RuleCheck(Rule.OUTSIDE, "", [reason])
