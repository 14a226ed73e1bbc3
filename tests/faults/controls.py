"""Negative controls: safeguards taken out, one at a time, in the child process only. A checker that does not notice
has proved nothing.

Each `remove` patches the product inside the forked engine, before it runs; the product itself knows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy import Connection

from campaign_app import transaction
from campaign_app.domain import settlement
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.settlement import LockedAttempt, SourcedUpdate, make_release_updates
from campaign_app.engine import permit, reap, send, tick
from campaign_app.engine.context import EngineContext
from campaign_app.queries import claim as claim_rows
from campaign_app.queries import open_calls, standing_rules, trunk_days
from campaign_app.queries import permit as permit_rows
from campaign_app.services.calls import settle
from campaign_app.services.dialing_rules import DialingRules


@dataclass(frozen=True, slots=True)
class Control:
    """`promise`: what its removal must break, as the checker names it."""

    what: str
    promise: tuple[str, ...]
    remove: Callable[[], None]


def _patch(module: ModuleType, name: str, value: Any) -> None:
    """Put `value` in the place of what the module calls `name`. It must be there: else the control lost its object."""
    getattr(module, name)
    setattr(module, name, value)


def _lease_and_retry() -> None:
    """What a queue with leases does: a job whose worker fell silent is handed out again."""
    original = reap.reap_stale_claims

    def retry(engine: EngineContext, trunk_id: int) -> int:
        now = engine.clock.now()
        with transaction.begin_write(engine.db) as connection:
            silent = open_calls.list_due_polls(connection, trunk_id, now, 100)
            found = make_release_updates(
                [call.token for call in silent if call.status is AttemptStatus.DIALING],
                "its lease ran out",
                now,
                only_from=AttemptStatus.DIALING,
            )
            changed = settle.apply_updates(connection, found, now=now, rng=engine.rng)
        return changed + original(engine, trunk_id)

    # The lease runs out before anybody thinks of asking the provider.
    _patch(tick, "poll_calls", lambda engine, provider, trunk_id: retry(engine, trunk_id))


def _locks() -> None:
    unlocked, locks = re.subn(r" FOR NO KEY UPDATE( SKIP LOCKED)?", "", claim_rows.LOCK_TRUNK["postgresql"])
    assert locks == 2, "the statement has changed: this control must follow it"
    claim_rows.LOCK_TRUNK["postgresql"] = unlocked
    held = standing_rules.HOLD_CAMPAIGNS
    assert held.endswith(" FOR SHARE"), "the statement has changed: this control must follow it"
    _patch(standing_rules, "HOLD_CAMPAIGNS", held.removesuffix(" FOR SHARE"))
    for module in (claim_rows, trunk_days):
        _patch(module, "locking_clause", lambda connection, clause: "")


def _compare_and_set() -> None:
    """The permit is written, and nobody looks whether it took."""
    original = permit_rows.permit_claims

    def permit(connection: Connection, permits: Sequence[tuple[int, Any, Any]], **more: Any) -> set[int]:
        original(connection, permits, **more)
        return {attempt_id for attempt_id, _, _ in permits}

    _patch(permit_rows, "permit_claims", permit)


def _unique_index() -> None:
    """The index itself is dropped by the scenario (a schema is no code); with it goes the advisory lock on the number,
    which spares claims the wait at the index."""
    lock = r"WHERE pg_try_advisory_xact_lock\(hashtextextended\(phone, \d+\)\)"
    for name in ("CLAIM_PLAIN", "CLAIM_PERSONAL"):
        claim, found = re.subn(lock, "", getattr(claim_rows, name))
        assert found == 1, "the claim's statement has changed: this control must follow it"
        _patch(claim_rows, name, claim)


def _rank() -> None:
    """Only the rank: what is a compare-and-set of its own stays one."""

    def applies(attempt: LockedAttempt, report: SourcedUpdate) -> bool:
        return report.only_from is None or attempt.status in report.only_from

    _patch(settlement, "update_applies", applies)


def _do_not_call() -> None:
    """The clause alone: what stands before and after it stays."""

    def remove(statement: str) -> str:
        before, clause, rest = statement.partition("AND NOT EXISTS (SELECT 1 FROM do_not_call d")
        _, ends, after = rest.partition("d.campaign_id = attempts.campaign_id))")
        assert clause, "the permit's statement has changed: this control must follow it"
        assert ends, "the permit's statement has changed: this control must follow it"
        return before + after

    _patch(permit_rows, "PERMIT_WITHOUT_LISTS", remove(permit_rows.PERMIT_WITHOUT_LISTS))
    listed = {dialect: remove(statement) for dialect, statement in permit_rows.PERMIT_OFF_LISTS.items()}
    _patch(permit_rows, "PERMIT_OFF_LISTS", listed)


def _caps() -> None:
    """The permit finds no cap and no gap reached."""
    getattr(DialingRules, "find_caps")  # noqa: B009 - it must be there: else the control lost its object
    DialingRules.find_caps = lambda *_: {}  # type: ignore[method-assign,assignment]


def _deadline() -> None:
    for module in (send, permit):
        _patch(module, "SEND_WITHIN", 1e9)


CONTROLS = {
    "lease-and-retry": Control("a lease that is retried, in place of evidence", ("I1",), _lease_and_retry),
    "campaign-lock": Control("the campaign's and the trunk's row locks", ("I2",), _locks),
    "compare-and-set": Control("the permit's compare-and-set", ("I1", "I4"), _compare_and_set),
    "unique-index": Control(
        "the unique index on open numbers, with the lock on the number before it", ("I3",), _unique_index
    ),
    "rank-test": Control("the rank test in settle", ("I6", "I9", "counters", "I5"), _rank),
    "do-not-call": Control("the do-not-call check in the permit", ("I7",), _do_not_call),
    "caps": Control("the caps and gaps in the permit", ("caps",), _caps),
    "deadline": Control("the 5-second deadline", ("deadline",), _deadline),
}
