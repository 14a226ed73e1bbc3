"""Contact timeline: a contact's calls with their receipts, and the times at which the person was not to be called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import OUTCOMES, AttemptStatus
from campaign_app.domain.rulebook import Purpose
from campaign_app.models import Attempt, CallEvent, Campaign, Contact
from campaign_app.queries import history, tables
from campaign_app.services import blackouts
from campaign_app.services.call_files import measure_talk_seconds
from campaign_app.services.next_calls import find_next_calls
from campaign_app.services.receipts import ReceiptMaker

from .calls_table import describe_outcome
from .filters import describe_actor, mask_text
from .receipt_rows import ReceiptView, view_receipt
from .times import name_moment, speed_of

SOURCES = {
    "event": "Reported by the carrier",
    "poll": "Reported by the carrier when asked",
    "callback": "Reported by the carrier",
}


@dataclass(frozen=True, slots=True)
class AttemptStep:
    """One line of an attempt's story."""

    at: datetime
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A call with its receipt and its steps, oldest first; or without `attempt` a time at which nobody was to call."""

    at: datetime
    title: str
    text: str
    until: datetime | None = None
    attempt: Attempt | None = None
    receipt: ReceiptView | None = None
    steps: Sequence[AttemptStep] = ()

    @property
    def open(self) -> bool:
        return self.attempt is not None and AttemptStatus(self.attempt.status) not in OUTCOMES


@dataclass(frozen=True, slots=True)
class ContactTimeline:
    """Everything that is kept of a contact, the latest first."""

    entries: Sequence[TimelineEntry]

    @property
    def calls(self) -> list[TimelineEntry]:
        return [entry for entry in self.entries if entry.attempt is not None]

    @property
    def sent_calls(self) -> list[TimelineEntry]:
        """Those that were not released before they were sent."""
        return [
            entry
            for entry in self.calls
            if entry.attempt is not None and entry.attempt.status != AttemptStatus.RELEASED
        ]

    @property
    def free_calls(self) -> list[TimelineEntry]:
        """Calls that were sent and cost no try: the trunk refused them."""
        return [entry for entry in self.sent_calls if entry.attempt is not None and not entry.attempt.counts]


def build_timeline(session: Session, contact: Contact, campaign: Campaign, now: datetime) -> ContactTimeline:
    """The calls of a contact, its times on do-not-call, and the blackouts of where the person may be."""
    attempts = tables.list_attempts_of(session, [contact.id])[contact.id]
    events = tables.list_events_of(session, [attempt.token for attempt in attempts])
    maker = ReceiptMaker(session, contact.phone)
    next_call = find_next_calls(session, [contact], now).get(contact.id)
    entries = [
        _build_call(
            attempt,
            events[attempt.token],
            view_receipt(maker.make_receipt(attempt, now)),
            describe_outcome(attempt, next_call, now, name_moment),
        )
        for attempt in attempts
    ]
    for span in maker.history.listed:
        if span.campaign_id in (None, contact.campaign_id):
            entries += _describe_listing(span)
    profile = maker.history.get_profile(contact.profile_id)
    purpose = None if campaign.purpose is None else Purpose(campaign.purpose)
    for rows in blackouts.list_blackouts(session, now).values():
        for row in rows:
            blackout = blackouts.make_blackout(row)
            over = blackout.over_at
            begun = blackout.starts_at <= now and (over is None or over > blackout.starts_at)
            if begun and (over is None or over > contact.created_at) and blackout.covers(profile, purpose):
                text = (
                    f"{blackout.place} was closed by {describe_actor(row.made_by)}: {mask_text(row.reason)}"
                )
                entries.append(TimelineEntry(blackout.starts_at, "Not to be called", text, over))
    return ContactTimeline(sorted(entries, key=lambda entry: entry.at, reverse=True))


def _describe_listing(span: history.ListedSpan) -> list[TimelineEntry]:
    where = "do-not-call" if span.campaign_id is None else "this campaign’s do-not-call list"
    why = f": {mask_text(span.reason)}" if span.reason else ""
    entries = [
        TimelineEntry(
            span.listed_at,
            f"Put on {where}",
            f"By {describe_actor(span.added_by)} ({span.source}){why}.",
        )
    ]
    if span.removed_at is not None:
        text = f"By {describe_actor(span.removed_by)}: {mask_text(span.removal_reason or '')}."
        entries.append(TimelineEntry(span.removed_at, f"Taken off {where}", text))
    return entries


def _build_call(
    attempt: Attempt, events: Sequence[CallEvent], receipt: ReceiptView, outcome_text: str
) -> TimelineEntry:
    return TimelineEntry(
        attempt.started_at,
        f"Call {attempt.number}",
        _summarize_attempt(attempt, outcome_text),
        attempt=attempt,
        receipt=receipt,
        steps=_list_steps(attempt, events),
    )


def _list_steps(attempt: Attempt, events: Sequence[CallEvent]) -> list[AttemptStep]:
    engine_text = f"By engine {attempt.engine}" if attempt.engine else ""
    steps = [AttemptStep(attempt.claimed_at, AttemptStatus.CLAIMED, engine_text)]
    if attempt.dialing_at is not None:
        text = "Every rule was checked again; the receipt says how"
        steps.append(AttemptStep(attempt.dialing_at, AttemptStatus.DIALING, text))
    seen_statuses = {"claimed", "dialing"}
    for event in events:
        if event.status in seen_statuses and event.source == "engine":
            continue
        seen_statuses.add(event.status)
        steps.append(AttemptStep(event.at, event.status, SOURCES.get(event.source, event.source)))
    if attempt.ended_at is not None and attempt.status not in seen_statuses:
        steps.append(AttemptStep(attempt.ended_at, attempt.status, "Closed by Switchboard"))
    return sorted(steps, key=lambda step: step.at)


def _summarize_attempt(attempt: Attempt, outcome_text: str) -> str:
    """`On the line for 41 s. Answered by a human.`: the attempt in one line."""
    parts = []
    seconds = measure_talk_seconds(attempt.answered_at, attempt.ended_at, speed_of(attempt.trunk))
    if seconds is not None:
        parts.append(f"On the line for {seconds} s.")
    if attempt.answered_by and attempt.answered_by != "unknown":
        parts.append(f"Answered by a {attempt.answered_by}.")
    if outcome_text:
        parts.append(f"{outcome_text}.")
    return " ".join(parts)
