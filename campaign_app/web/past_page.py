"""Past minute on the page of a number: the form that asks about it, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.local_times import name_city
from campaign_app.models import Campaign
from campaign_app.services.past_answers import (
    CampaignThen,
    Outcome,
    PastAnswer,
    Tense,
    answer_past,
    parse_past_instant,
)

from .forms_people import PageForm, attach_errors
from .person_clock import PersonClock
from .receipt_rows import PastRow, ReceiptView, list_past_rows, view_receipt

MOST_ZONES = 6
OUTCOME_TONES = {
    Outcome.CALLED: ("live", "dialing"),
    Outcome.HELD: ("bad", "suppressed"),
    Outcome.FREE: ("wait", "clock"),
    Outcome.ABSENT: ("muted", "info"),
}


class PastMoment(PageForm):
    """An instant on a clock that the reader knows, as a GET form."""

    at = StringField("Date and time")
    clock = SelectField("On this clock", validate_choice=False)


@dataclass(frozen=True, slots=True)
class PastSection:
    """What one campaign did in that minute."""

    then: CampaignThen
    tone: str
    icon: str
    rows: Sequence[PastRow]
    calls: Sequence[ReceiptView]


@dataclass(frozen=True, slots=True)
class PastView:
    """The answer on the page."""

    answer: PastAnswer
    at: str
    """As an address has it."""
    tone: str
    icon: str
    sections: Sequence[PastSection]
    rows: Sequence[PastRow]
    """Of a single call, where no campaign had the number."""
    calls: Sequence[ReceiptView]


def ask_about_past(
    session: Session,
    phone: str,
    args: Mapping[str, Any],
    zones: Sequence[str],
    campaigns: Sequence[Campaign],
    now: datetime,
) -> tuple[PastMoment, PastView | None]:
    """The form as it was filled in, and the answer; None where nothing was asked, or the form's errors say what is
    wrong."""
    form = PastMoment(formdata=args if "at" in args else None)
    form.clock.choices = _list_clocks(zones, campaigns)
    if "at" not in args:
        form.clock.data = zones[0] if zones else "UTC"
        return form, None
    try:
        known = {choice.value for choice in form.clock.choices}
        zone = form.clock.data or "UTC"
        if zone not in known:
            raise InvalidInput([FieldError("clock", "choose one of these clocks")])
        at = _read_instant(form.at.data or "", zone, now)
    except InvalidInput as error:
        attach_errors(form, error)
        return form, None
    return form, _view_answer(answer_past(session, phone, at, now))


def _list_clocks(zones: Sequence[str], campaigns: Sequence[Campaign]) -> list[SelectChoice]:
    choices = {zone: f"Theirs, {name_city(zone)}" for zone in zones[:MOST_ZONES]}
    for campaign in campaigns:
        if campaign.timezone is not None:
            choices.setdefault(campaign.timezone, f"The campaign’s, {name_city(campaign.timezone)}")
    choices.setdefault("UTC", "UTC")
    return [SelectChoice(zone, label) for zone, label in choices.items()]


def _read_instant(text: str, zone: str, now: datetime) -> datetime:
    """A time without an offset is one of `zone`. Raises InvalidInput (`at`)."""
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        problem = "enter a date and a time, such as 2026-11-19 21:40"
        raise InvalidInput([FieldError("at", problem)]) from None
    if local.tzinfo is not None:
        return parse_past_instant(text.strip(), now)
    try:
        at = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        exists = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
    except OverflowError:
        raise InvalidInput([FieldError("at", "a time from the year 2000 to ten years from now")]) from None
    if not exists:
        problem = f"there was no such time in {name_city(zone)}: the clocks went forward"
        raise InvalidInput([FieldError("at", problem)])
    return parse_past_instant(at.isoformat(), now)


def _view_answer(answer: PastAnswer) -> PastView:
    clock = PersonClock(answer.zones)
    sections = [
        PastSection(
            then,
            *OUTCOME_TONES[then.outcome],
            list_past_rows(then.checks, clock),
            [view_receipt(receipt) for receipt in then.calls],
        )
        for then in answer.campaigns
    ]
    called = answer.single_calls or any(then.outcome is Outcome.CALLED for then in answer.campaigns)
    tone, icon = ("live", "dialing") if called else ("bad", "suppressed")
    if answer.tense is not Tense.PAST:
        tone, icon = "wait", "clock"
    return PastView(
        answer,
        to_rfc3339(answer.at) or "",
        tone,
        icon,
        sections,
        list_past_rows(answer.checks, clock),
        [view_receipt(receipt) for receipt in answer.single_calls],
    )
