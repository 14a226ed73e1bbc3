"""Settle: the one place where news becomes status. Events, polls, replies and reaps all end here.

Late, repeated and reordered news change nothing: an attempt moves only to a higher rank (domain.attempt.outranks),
and its contact and the counters move only with it, in the same transaction. What they tell besides (when it was
answered, by whom, the provider's own id) still fills what is empty: an `in-progress` may come after the outcome.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import OUTCOMES, RANK, AnsweredBy, AttemptStatus, CallUpdate, status_outranks
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.retry import RetryPolicy, decide_retry, parse_retry
from campaign_app.domain.script import Disposition, stronger_disposition
from campaign_app.models import dump_json
from campaign_app.queries import opt_outs, tallies
from campaign_app.queries import settle as settle_queries
from campaign_app.queries.counters import RESPONSE_NAME_LENGTH, CounterChanges, slot_of
from campaign_app.queries.settle import AttemptChange, ContactChange, LateDetails, LockedAttempt

log = logging.getLogger("switchboard.settle")

UNKNOWN = "events_unknown_token"
"""What is counted of news that no attempt is known to."""
POLL_AFTER = timedelta(seconds=15)
"""How long an accepted call may be silent before the provider is asked about it."""
POLL_DOUBT_AFTER = timedelta(seconds=3)
"""The same for one of which we do not know whether it was accepted."""


class Report(NamedTuple):
    """News, and what the engine adds to it.

    `source` is `engine`, `event`, `poll` or `callback`. `only_from` makes it a compare-and-set: it is applied to an
    attempt that stands at one of these statuses, else dropped. `again_after` (seconds) puts a released contact's next
    turn off; `quiet` keeps what is no message of the provider's out of the raw events.
    """

    news: CallUpdate
    source: str
    only_from: frozenset[AttemptStatus] | None = None
    again_after: float = 0.0
    quiet: bool = False


@dataclass(slots=True)
class _Story:
    """What a batch tells about one attempt: the decisive report, and details that other ones of it carry."""

    best: Report
    provider_ref: str | None = None
    answered_by: AnsweredBy | None = None
    disposition: str | None = None
    answered_at: datetime | None = None
    placed_at: datetime | None = None
    key: str | None = None
    detected_after: float | None = None

    def add(self, report: Report) -> None:
        news = report.news
        if report is not self.best and status_outranks(news.status, self.best.news.status):
            self.best = report
        self.provider_ref = self.provider_ref or news.provider_ref
        self.answered_by = self.answered_by or news.answered_by
        if news.disposition is not None:
            self.disposition = stronger_disposition(news.disposition, self.disposition)
        if news.key is not None:
            self.key = self.key or news.key
        if news.detected_after is not None:
            self.detected_after = news.detected_after
        if news.status is AttemptStatus.IN_PROGRESS:
            self.answered_at = min(self.answered_at or news.at, news.at)
        if news.status is AttemptStatus.QUEUED:
            self.placed_at = news.at

    def details(self, token: str) -> LateDetails:
        return LateDetails(
            token,
            self.provider_ref,
            None if self.answered_by is None else self.answered_by.value,
            self.disposition,
            self.placed_at,
            self.answered_at,
        )


def settle(connection: Connection, reports: Sequence[Report], *, now: datetime, rng: random.Random) -> int:
    """Apply a batch of news. Returns how many attempts changed; unknown tokens are kept as raw events, and counted."""
    if not reports:
        return 0
    settle_queries.append_raw_events(
        connection,
        [
            (r.news.token, r.news.at, r.source, r.news.status.value, r.news.raw)
            for r in reports
            if not r.quiet
        ],
        now,
    )
    stories: dict[str, _Story] = {}
    for report in reports:
        story = stories.get(report.news.token)
        if story is None:
            story = stories[report.news.token] = _Story(report)
        story.add(report)
    held = settle_queries.lock_attempts(connection, list(stories))
    unknown = {UNKNOWN: len(stories) - len(held)}
    if unknown[UNKNOWN]:
        log.warning("%s of %s pieces of news name no attempt of ours", unknown[UNKNOWN], len(stories))
    changes = CounterChanges()
    _hear(connection, [(h, stories[h.token]) for h in held.values()], changes, now)
    moving = [(h, stories[h.token]) for h in held.values() if _applies(h, stories[h.token].best)]
    if len(moving) < len(held):
        moved = {h.token for h, _ in moving}
        rest = [stories[token].details(token) for token in held if token not in moved]
        settle_queries.fill_details(connection, [details for details in rest if details])
    if not moving:
        changes.apply_changes(connection)
        tallies.add_to_counters(connection, unknown)
        return 0
    ended = [h for h, story in moving if story.best.news.status in OUTCOMES]
    stored = settle_queries.load_retry_policies(
        connection, sorted({h.campaign_id for h in ended if h.campaign_id is not None})
    )
    policies = {campaign_id: _policy(policy, campaign_id) for campaign_id, policy in stored.items()}
    attempts: list[AttemptChange] = []
    contacts: list[ContactChange] = []
    outcomes: Counter[tuple[int, AttemptStatus, AttemptStatus, datetime, datetime | None]] = Counter()
    for attempt, story in moving:
        counts = True
        if story.best.news.status in OUTCOMES:
            if attempt.campaign_id is not None:
                counts, contact = _contact_after(attempt, story, policies[attempt.campaign_id], now, rng)
                contacts.append(contact)
                # By when it ended, not by when we heard: so it can be counted again from the rows.
                slot = slot_of(story.best.news.at)
                before_slot = None if attempt.ended_at is None else slot_of(attempt.ended_at)
                outcomes[attempt.campaign_id, attempt.status, story.best.news.status, slot, before_slot] += 1
            else:
                counts = story.best.news.status is not AttemptStatus.RELEASED
        attempts.append(_attempt_after(attempt, story, counts, now))
    settle_queries.apply_attempts(connection, attempts)
    for (campaign_id, was, became, slot, before_slot), times in outcomes.items():
        changes.count_outcome(campaign_id, was, became, slot, before_slot, times)
    if contacts:
        before = {change.id: change.before for change in contacts}
        done = settle_queries.apply_contacts(connection, contacts)
        moves = Counter((campaign_id, before[contact_id], after) for contact_id, campaign_id, after in done)
        for (campaign_id, left, entered), times in moves.items():
            changes.count_contact(campaign_id, left, entered, times)
    changes.apply_changes(connection)
    tallies.add_to_counters(connection, unknown)
    return len(moving)


def _hear(
    connection: Connection, told: Sequence[tuple[LockedAttempt, _Story]], changes: CounterChanges, now: datetime
) -> None:
    """What callees heard and did: the strongest disposition stands, the first key, the first verdict; each is counted
    when it is new. Who opts out is listed here and now, whatever became of the call."""
    heard: list[tuple[int, str | None, int | None]] = []
    opted_out: list[tuple[str, int | None]] = []
    for attempt, story in told:
        if story.disposition is None and story.key is None and story.detected_after is None:
            continue
        if story.disposition == Disposition.OPTED_OUT:
            # Whatever we know of the call: who says "never again" is believed.
            opted_out.append((attempt.phone, attempt.campaign_id))
        if attempt.status is AttemptStatus.RELEASED:
            story.disposition = None
            continue
        story.disposition = stronger_disposition(story.disposition, attempt.disposition)
        key = story.key if attempt.key is None else None
        detect_ms = None
        if story.detected_after is not None and attempt.detect_ms is None:
            detect_ms = int(story.detected_after * 1000)
        if key is not None or detect_ms is not None:
            heard.append((attempt.id, key, detect_ms))
        if attempt.campaign_id is None:
            continue
        if story.disposition is not None and story.disposition != attempt.disposition:
            changes.count_response(attempt.campaign_id, f"disposition:{story.disposition}"[:RESPONSE_NAME_LENGTH])
            if attempt.disposition is not None:
                changes.count_response(attempt.campaign_id, f"disposition:{attempt.disposition}"[:RESPONSE_NAME_LENGTH], -1)
        if key is not None:
            changes.count_response(attempt.campaign_id, f"key:{key}")
        if detect_ms is not None:
            changes.count_response(attempt.campaign_id, "detections")
            changes.count_response(attempt.campaign_id, "detection-ms", detect_ms)
    settle_queries.record_responses(connection, heard)
    opt_outs.add_opt_outs(connection, opted_out, now)


def _applies(attempt: LockedAttempt, report: Report) -> bool:
    if report.only_from is not None and attempt.status not in report.only_from:
        return False
    return status_outranks(report.news.status, attempt.status) or _doubt(attempt, report)


def _doubt(attempt: LockedAttempt, report: Report) -> bool:
    """`dialing` and `in-doubt` share a rank: the second is the first, with the answer lost."""
    return attempt.status is AttemptStatus.DIALING and report.news.status is AttemptStatus.IN_DOUBT


def _attempt_after(attempt: LockedAttempt, story: _Story, counts: bool, now: datetime) -> AttemptChange:
    news = story.best.news
    over = news.status in OUTCOMES
    poll = POLL_DOUBT_AFTER if news.status is AttemptStatus.IN_DOUBT else POLL_AFTER
    return AttemptChange(
        id=attempt.id,
        status=news.status.value,
        rank=RANK[news.status],
        counts=counts,
        provider_ref=story.provider_ref,
        answered_by=None if story.answered_by is None else story.answered_by.value,
        disposition=story.disposition,
        cause=news.cause,
        q850=news.q850,
        sip_code=news.sip_code,
        placed_at=story.placed_at,
        answered_at=story.answered_at,
        ended_at=news.at if over else None,
        poll_at=None if over else now + poll,
    )


def _contact_after(
    attempt: LockedAttempt, story: _Story, policy: RetryPolicy, now: datetime, rng: random.Random
) -> tuple[bool, ContactChange]:
    """Whether the attempt counts, and what becomes of its contact."""
    news = story.best.news
    assert attempt.contact_id is not None
    if attempt.status is AttemptStatus.UNRESOLVED:
        # Late evidence. The contact was exhausted with the attempt and is not called again, whatever it was.
        after = ContactStatus.COMPLETED if news.status is AttemptStatus.COMPLETED else ContactStatus.EXHAUSTED
        return True, ContactChange(
            attempt.contact_id, ContactStatus.EXHAUSTED, after, None, attempt.try_number
        )
    decision = decide_retry(
        policy,
        outcome=news.status,
        # A machine may have been told of long before the call ended.
        answered_by=story.answered_by or attempt.answered_by,
        permanent=news.permanent,
        congestion=news.congestion,
        tries=attempt.try_number,
        free_attempts=attempt.number - attempt.try_number,
        now=now,
        jitter=rng.random(),
    )
    due = decision.due_at
    if due is not None and story.best.again_after:
        due = max(due, now + timedelta(seconds=story.best.again_after))
    tries = attempt.try_number if decision.counts else attempt.try_number - 1
    return decision.counts, ContactChange(
        attempt.contact_id, ContactStatus.DIALING, decision.status, due, tries
    )


def _policy(stored: Any, campaign_id: int) -> RetryPolicy:
    """The campaign's policy; where somebody broke it by hand, none of its calls is tried again, and the others' news
    is settled all the same."""
    try:
        return _parsed(stored if isinstance(stored, str) else dump_json(stored))
    except (InvalidInput, ValueError) as error:
        log.error("campaign %s: its retry policy cannot be read: %s", campaign_id, error)
        return RetryPolicy(0)


@lru_cache(maxsize=1024)
def _parsed(stored: str) -> RetryPolicy:
    return parse_retry(json.loads(stored))


def reports(news: Iterable[CallUpdate], source: str) -> list[Report]:
    return [Report(item, source) for item in news]


def released(
    tokens: Iterable[str],
    why: str,
    now: datetime,
    *,
    only_from: AttemptStatus = AttemptStatus.CLAIMED,
    again_after: float = 0.0,
) -> list[Report]:
    """Attempts that certainly were not sent go back; by default only from `claimed`, where that is sure."""
    return [
        Report(
            CallUpdate(token, AttemptStatus.RELEASED, now, cause=why),
            "engine",
            only_from=frozenset({only_from}),
            again_after=again_after,
            quiet=True,
        )
        for token in tokens
    ]
