"""Permit (T2): the last check of claimed attempts before the wire, committed before the provider is asked.

A crash before that commit leaves an attempt that was certainly not sent (`claimed`), a crash after it one that is never
sent again (`dialing`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app import transaction
from campaign_app.domain.blackouts import Blackout, find_blackout
from campaign_app.domain.call_caps import GAP
from campaign_app.domain.contact import DeferredBy
from campaign_app.domain.day_limits import ALARM_SHARE, DayUse
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.gate import DialGate
from campaign_app.domain.lists import ListRule, suppressed_code
from campaign_app.domain.number_rules import find_number_refusal
from campaign_app.domain.outside_check import SUPPRESSED as OUTSIDE_SUPPRESSED
from campaign_app.domain.phone import mask
from campaign_app.domain.rulebook import Purpose, Rulebook
from campaign_app.domain.settlement import POLL_DOUBT_AFTER, SourcedUpdate, make_release_updates
from campaign_app.providers.base import Provider
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import forgotten as forgotten_queries
from campaign_app.queries import lists as list_queries
from campaign_app.queries import permit as permit_queries
from campaign_app.queries import trunk_days
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.queries.claim import CampaignLock, ClaimedAttempt
from campaign_app.queries.standing_rules import StandingRules, hold_rules_still
from campaign_app.services.calls.settle import apply_updates
from campaign_app.services.dialing_rules import UNKNOWN_PERSON, CallRequest, find_hours_refusal

from .claim import campaign_closed_gate
from .context import SEND_WITHIN, EngineContext, log
from .outside import OutsideRefusal, find_outside_refusals

REFUSAL_REASONS = {
    DialGate.NOT_RUNNING: "the campaign no longer runs",
    DialGate.STARTS_LATER: "the campaign starts later",
    DialGate.ENDED: "the campaign's end has passed",
    DialGate.OUTSIDE_HOURS: "outside calling hours",
    DialGate.BACKOFF: "the campaign backs off after failures",
}
OUTSIDE_HOURS = "outside the hours at which the person may be called"
CLOSES_SOON = "the hours end before it would ring"
CAP_REACHED = "the number was called often enough lately"
GAP_TOO_SHORT = "another campaign, or a single call, reached the number a short while ago"
BLACKED_OUT = "{place} is closed: {reason}"
BLACKOUT_AGAIN = timedelta(days=1)
"""When somebody has their turn again whom a blackout without an end holds."""
FORGOTTEN = "the person asked to be forgotten"
FORGET_KEY_MISSING = "this machine does not have the key by which forgotten numbers are known"
KEY_AGAIN = timedelta(minutes=5)
TRUNK_AGAIN = timedelta(days=1)
"""When a number that the trunk may not call has its turn again. A change of the trunk's rules brings it forward."""

DAY_USED_UP = "its trunk has reached its limit of the day"
DAY_REACHED = (
    "Its limit of the day (UTC) is reached: {words}. Check that these calls are yours; then raise the limit and resume"
    " it, or resume it tomorrow."
)


class PermitBasis(NamedTuple):
    """By what an attempt is judged: its campaign's present rulebook, or a single call's own; and its trunk's guard."""

    rulebook_id: int | None
    guard: timedelta = timedelta(0)


class PermitRefusal(NamedTuple):
    """Why an attempt may not be sent, in words, and when its contact is due again; None: at once."""

    reason: str
    again_at: datetime | None = None
    deferred_by: DeferredBy | None = None
    list_id: int | None = None
    """The list that has the number: its contact leaves the queue."""
    for_good: bool = False
    """Its contact is taken out of the queue: the outside check said so."""


def permit_attempts(
    engine: EngineContext, provider: Provider, attempts: Sequence[ClaimedAttempt]
) -> list[ClaimedAttempt]:
    """The last check (T2): every gate again, on the campaigns as they are now, then `claimed` → `dialing`, durably.

    What may not be sent is released in the same transaction; a listed number suppresses its contact there, and whoever
    may not be called at this hour, or not so often, is due again when that ends.
    """
    if not attempts:
        return []
    with transaction.begin_write(engine.db, "permit") as connection:
        # A blackout, a list's new version, or a pause either waits until this has committed, or is seen here; the clock
        # is read after that is settled.
        campaign_ids = sorted({a.campaign_id for a in attempts if a.campaign_id is not None})
        hold_rules_still(connection, campaign_ids)
        now = engine.clock.now()
        standing, trunk, campaigns = permit_queries.load_permit_basis(
            connection, campaign_ids, attempts[0].id, now
        )
        bases, refusals = _check_campaigns(campaigns, attempts, now)
        if trunk is not None:
            # A single call has no campaign to get its trunk's guard from.
            bases |= {
                a.id: bases[a.id]._replace(guard=trunk.guard)
                for a in attempts
                if a.campaign_id is None and a.id in bases
            }
        refusals |= _check_numbers(trunk, _without(attempts, refusals), now)
        refusals |= _check_people(connection, engine, standing, _without(attempts, refusals), bases, now)
        forgotten: set[str] = set()
        if standing.forgotten:
            forgotten, more = _check_forgotten(connection, _without(attempts, refusals), now)
            refusals |= more
        rules = list_queries.load_list_rules(connection) if standing.lists else []
        lists = _find_lists(connection, engine, rules, _without(attempts, refusals), bases)
        refusals |= _check_list_ages(rules, lists, now)
        day_use, more = _check_day(connection, trunk, _without(attempts, refusals), now)
        refusals |= more
        permissible = _without(attempts, refusals)
        versions = {a.id: _versions_of(lists.get(a.id, ())) for a in permissible}
        permitted_ids = permit_queries.permit_claims(
            connection,
            [(a.id, bases[a.id].rulebook_id, versions[a.id]) for a in permissible],
            now=now,
            horizon=now + timedelta(seconds=provider.caps.horizon),
            poll=now + POLL_DOUBT_AFTER + timedelta(seconds=SEND_WITHIN),
        )
        if trunk is not None and day_use is not None:
            _count_day(connection, trunk, day_use, len(permitted_ids), now)
        refusals |= _explain_refusals(
            connection, rules, [(a.id, versions[a.id]) for a in permissible if a.id not in permitted_ids]
        )
        if refusals:
            apply_updates(
                connection, list(_release_refused(attempts, refusals, now)), now=now, rng=engine.rng
            )
            if forgotten:
                contact_queries.suppress_many(connection, sorted(forgotten), None, reason="forgotten")
            list_queries.suppress_contacts(connection, list(_list_suppressions(attempts, refusals)))
    return [a for a in attempts if a.id in permitted_ids]


def _without(
    attempts: Sequence[ClaimedAttempt], refusals: Mapping[int, PermitRefusal]
) -> Sequence[ClaimedAttempt]:
    """Those that nothing refuses so far; mostly nothing does."""
    return [attempt for attempt in attempts if attempt.id not in refusals] if refusals else attempts


def _check_campaigns(
    locked: Sequence[tuple[CampaignLock, float]], attempts: Sequence[ClaimedAttempt], now: datetime
) -> tuple[dict[int, PermitBasis], dict[int, PermitRefusal]]:
    """By attempt: by what it is judged; or why its campaign refuses it."""
    campaigns = [campaign for campaign, _ in locked]
    present = {
        campaign.id: PermitBasis(campaign.rulebook_id, timedelta(seconds=guard)) for campaign, guard in locked
    }
    closed: dict[int, PermitRefusal] = {}
    for campaign in campaigns:
        try:
            reason = campaign_closed_gate(campaign, now)
        except Exception as error:
            # Broken since its claim. The next claim notes it on the campaign; the others go on.
            log.exception("campaign %s could not be permitted", campaign.id)
            closed[campaign.id] = PermitRefusal(f"its campaign cannot be read: {error}")
            continue
        if reason is not None:
            again_at = reason.until if reason.gate is DialGate.OUTSIDE_HOURS else None
            deferred_by = None if again_at is None else DeferredBy.HOURS
            closed[campaign.id] = PermitRefusal(REFUSAL_REASONS[reason.gate], again_at, deferred_by)
    bases: dict[int, PermitBasis] = {}
    refusals: dict[int, PermitRefusal] = {}
    for attempt in attempts:
        if attempt.campaign_id is None:
            bases[attempt.id] = PermitBasis(attempt.rulebook_id)
        elif attempt.campaign_id not in present:
            refusals[attempt.id] = PermitRefusal("the campaign is gone")
        elif attempt.campaign_id in closed:
            refusals[attempt.id] = closed[attempt.campaign_id]
        else:
            bases[attempt.id] = present[attempt.campaign_id]
    return bases, refusals


def _check_numbers(
    trunk: trunk_days.TrunkRules | None, attempts: Sequence[ClaimedAttempt], now: datetime
) -> dict[int, PermitRefusal]:
    """The refusals of numbers that the trunk may not call, and of messages that connect with somebody whom it may not
    call: its rules may be narrower than when they came."""
    if trunk is None:
        return {}
    refusals: dict[int, PermitRefusal] = {}
    for attempt in attempts:
        reason = find_number_refusal(attempt.phone, trunk.numbers)
        if reason is not None:
            refusals[attempt.id] = PermitRefusal(f"the number {reason}", now + TRUNK_AGAIN, DeferredBy.TRUNK)
        elif (wrong := _find_unlisted_transfer(attempt.message, trunk)) is not None:
            refusals[attempt.id] = PermitRefusal(
                f"its message connects with {mask(wrong)}, whom its trunk may not connect with",
                now + TRUNK_AGAIN,
                DeferredBy.TRUNK,
            )
    return refusals


def _find_unlisted_transfer(message: str, trunk: trunk_days.TrunkRules) -> str | None:
    """The first target of a transfer that the trunk does not list; None where there is none, or nothing is listed."""
    if trunk.transfer_targets is None or '"transfer"' not in message:
        return None
    targets = (key.get("to") for key in json.loads(message).get("keys") or () if key.get("to"))
    return next((target for target in targets if target not in trunk.transfer_targets), None)


def _check_day(
    connection: Connection,
    trunk: trunk_days.TrunkRules | None,
    attempts: Sequence[ClaimedAttempt],
    now: datetime,
) -> tuple[DayUse | None, dict[int, PermitRefusal]]:
    """What the trunk used of its day, and the refusals of those beyond its limits. None where it has no limit."""
    if trunk is None or not trunk.limits.any or not attempts:
        return None, {}
    use = trunk_days.measure_use(connection, trunk, now, first_attempt=min(a.id for a in attempts))
    room = trunk.limits.room(use)
    if room is None or room >= len(attempts):
        return use, {}
    return use, {attempt.id: PermitRefusal(DAY_USED_UP) for attempt in attempts[room:]}


def _count_day(
    connection: Connection, trunk: trunk_days.TrunkRules, use: DayUse, permitted: int, now: datetime
) -> None:
    """Count what was permitted. Where that reaches a limit, the trunk is paused; from 80 % on there is one alarm."""
    use = DayUse(use.calls + permitted, use.seconds)
    if permitted:
        trunk_days.count_calls(connection, trunk.id, permitted, now)
    share, words = trunk.limits.describe_highest(use)
    if share >= ALARM_SHARE and trunk_days.raise_alarm(connection, trunk, words, now):
        log.warning("trunk %s has used %s of today (UTC)", trunk.name, words)
    if trunk.limits.room(use) == 0 and trunk_days.pause_for_limit(
        connection, trunk, DAY_REACHED.format(words=words), now
    ):
        log.error("trunk %s is paused: its limit of the day is reached: %s", trunk.name, words)


def _check_forgotten(
    connection: Connection, attempts: Sequence[ClaimedAttempt], now: datetime
) -> tuple[set[str], dict[int, PermitRefusal]]:
    """The numbers that somebody asked to forget since they were claimed, and their refusals."""
    try:
        forgotten = forgotten_queries.find_forgotten(connection, [a.phone for a in attempts])
    except forgotten_queries.ForgetKeyMissing as error:
        log.error("nothing is dialed: %s", error)
        return set(), {a.id: PermitRefusal(FORGET_KEY_MISSING, now + KEY_AGAIN) for a in attempts}
    return forgotten, {a.id: PermitRefusal(FORGOTTEN) for a in attempts if a.phone in forgotten}


def _check_people(
    connection: Connection,
    engine: EngineContext,
    standing: StandingRules,
    attempts: Sequence[ClaimedAttempt],
    bases: dict[int, PermitBasis],
    now: datetime,
) -> dict[int, PermitRefusal]:
    """The refusals for the called person's sake: blackouts, the hours, how often the number was called, and what the
    outside check says."""
    rules = engine.queue_profiles.rules
    blackouts = load_blackouts(connection, now) if standing.blackouts else []
    profiles = rules.get_profiles(connection, {a.profile_id for a in attempts if a.profile_id is not None})
    refusals: dict[int, PermitRefusal] = {}
    requests: dict[int, CallRequest] = {}
    # By rulebook, guard and profile: a batch has few of these combinations, and each is judged once.
    judged: dict[tuple[int | None, timedelta, int | None], _PeopleJudgment] = {}
    for attempt in attempts:
        rulebook_id, guard = bases[attempt.id]
        if rulebook_id is None and attempt.campaign_id is None:
            continue  # a test call to a number that its owner has confirmed
        key = rulebook_id, guard, attempt.profile_id
        judgment = judged.get(key)
        if judgment is None:
            profile = UNKNOWN_PERSON if attempt.profile_id is None else profiles[attempt.profile_id]
            try:
                rulebook: Rulebook = rules.get_rulebook(connection, rulebook_id)
                refusal = _find_closed(rulebook, profile, blackouts, max(guard, rulebook.guard), now)
            except (InvalidInput, LookupError) as error:
                log.exception("attempt %s could not be permitted", attempt.id)
                refusals[attempt.id] = PermitRefusal(f"its rulebook cannot be read: {error}")
                continue
            judgment = judged[key] = _PeopleJudgment(rulebook, profile, refusal)
        if judgment.refusal is not None:
            refusals[attempt.id] = judgment.refusal
        else:
            requests[attempt.id] = CallRequest(
                attempt.phone, attempt.campaign_id, judgment.rulebook, judgment.profile
            )
    try:
        reached = rules.find_caps(connection, list(requests.values()), now)
    except forgotten_queries.ForgetKeyMissing as error:
        log.error("nothing is dialed: %s", error)
        missing = PermitRefusal(FORGET_KEY_MISSING, now + KEY_AGAIN)
        return refusals | dict.fromkeys(requests, missing)
    for attempt_id, request in requests.items():
        if request.phone in reached:
            last = max(reached[request.phone], key=lambda cap: cap.frees_at)
            cause = GAP_TOO_SHORT if last.code == GAP else CAP_REACHED
            refusals[attempt_id] = PermitRefusal(cause, last.frees_at, DeferredBy(last.deferral))
    others = {key: request for key, request in requests.items() if key not in refusals}
    outside = find_outside_refusals(connection, others, now) if standing.outside_check else {}
    return refusals | {key: _refuse_for_outside(refusal) for key, refusal in outside.items()}


class _PeopleJudgment(NamedTuple):
    """Whether a rulebook lets people of a profile be called at this hour; `refusal` says why not."""

    rulebook: Rulebook
    profile: DialProfile
    refusal: PermitRefusal | None


def _find_closed(
    rulebook: Rulebook,
    profile: DialProfile,
    blackouts: Sequence[Blackout],
    guard: timedelta,
    now: datetime,
) -> PermitRefusal | None:
    """Why people of a profile may not be called at this hour: a blackout, or their hours or the campaign's."""
    refusal = find_hours_refusal(rulebook, profile, now, guard)
    blackout = find_blackout(blackouts, profile, rulebook.purpose, now, guard)
    if blackout is not None:
        return _refuse_for_blackout(blackout, now)
    if refusal is not None:
        return PermitRefusal(
            CLOSES_SOON if refusal.closing else OUTSIDE_HOURS, refusal.until, DeferredBy.HOURS
        )
    return None


def _refuse_for_blackout(blackout: Blackout, now: datetime) -> PermitRefusal:
    again_at = blackout.over_at or now + BLACKOUT_AGAIN
    return PermitRefusal(
        BLACKED_OUT.format(place=blackout.place, reason=blackout.reason), again_at, DeferredBy.HOURS
    )


def _refuse_for_outside(refusal: OutsideRefusal) -> PermitRefusal:
    deferred_by = DeferredBy.OUTSIDE if refusal.answered else DeferredBy.UNASKED
    return PermitRefusal(refusal.reason, refusal.again_at, deferred_by, for_good=refusal.for_good)


def _find_lists(
    connection: Connection,
    engine: EngineContext,
    rules: Sequence[ListRule],
    attempts: Sequence[ClaimedAttempt],
    bases: dict[int, PermitBasis],
) -> dict[int, list[ListRule]]:
    """By attempt: the lists that its call has to keep to."""
    if not rules:
        return {}
    dialing = engine.queue_profiles.rules
    profiles = dialing.get_profiles(connection, {a.profile_id for a in attempts if a.profile_id is not None})
    found: dict[int, list[ListRule]] = {}
    for attempt in attempts:
        rulebook_id = bases[attempt.id].rulebook_id
        # A test call to a number that its owner has confirmed has none: it is no advertising.
        purpose: Purpose | None = Purpose.INFORMATIONAL
        if rulebook_id is not None:
            purpose = dialing.get_rulebook(connection, rulebook_id).purpose
        profile = UNKNOWN_PERSON if attempt.profile_id is None else profiles[attempt.profile_id]
        found[attempt.id] = [rule for rule in rules if rule.applies_to(purpose, profile, attempt.phone)]
    return found


def _versions_of(rules: Sequence[ListRule]) -> str:
    """JSON."""
    return f"[{','.join(str(rule.version_id) for rule in rules)}]" if rules else permit_queries.NO_LISTS


def _check_list_ages(
    rules: Sequence[ListRule], lists: dict[int, list[ListRule]], now: datetime
) -> dict[int, PermitRefusal]:
    """The refusals of those for whom a list is too old to tell whether they may be called."""
    stale = {rule.id: rule for rule in rules if rule.blocks_all(now)}
    if not stale:
        return {}
    refusals: dict[int, PermitRefusal] = {}
    for attempt_id, applying in lists.items():
        old = next((rule for rule in applying if rule.id in stale), None)
        if old is not None:
            refusals[attempt_id] = PermitRefusal(old.describe_stale(now))
    return refusals


def _explain_refusals(
    connection: Connection, rules: Sequence[ListRule], attempts: Sequence[tuple[int, str]]
) -> dict[int, PermitRefusal]:
    """Of (attempt, its list versions) that the compare-and-set passed over."""
    if not attempts:
        return {}
    by_version = {rule.version_id: rule for rule in rules}
    reasons = permit_queries.find_refusals(connection, attempts)
    refusals: dict[int, PermitRefusal] = {}
    for attempt_id, _ in attempts:
        found = reasons.get(attempt_id)
        rule = by_version.get(found.version_id) if found is not None and found.version_id else None
        if rule is not None:
            refusals[attempt_id] = PermitRefusal(f"the number is on the list {rule.name}", list_id=rule.id)
        else:
            refusals[attempt_id] = PermitRefusal("the call is gone" if found is None else found.reason)
    return refusals


def _list_suppressions(
    attempts: Sequence[ClaimedAttempt], refusals: dict[int, PermitRefusal]
) -> Iterable[tuple[int, str]]:
    """The contacts (id, `suppressed_by`) whose number is on a list, or that the outside check refused for good: no
    claim shall find them again."""
    for attempt in attempts:
        refusal = refusals.get(attempt.id)
        if refusal is not None and refusal.list_id is not None and attempt.contact_id is not None:
            yield attempt.contact_id, suppressed_code(refusal.list_id)
        elif refusal is not None and refusal.for_good and attempt.contact_id is not None:
            yield attempt.contact_id, OUTSIDE_SUPPRESSED


def _release_refused(
    attempts: Sequence[ClaimedAttempt], refusals: dict[int, PermitRefusal], now: datetime
) -> Iterable[SourcedUpdate]:
    for attempt in attempts:
        refusal = refusals.get(attempt.id)
        if refusal is not None:
            yield from make_release_updates(
                [attempt.token],
                refusal.reason,
                now,
                again_at=refusal.again_at,
                deferred_by=refusal.deferred_by,
            )
