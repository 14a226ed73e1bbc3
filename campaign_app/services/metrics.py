"""The numbers that /metrics tells, from counters that are kept anyway: a scrape costs a few short queries."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS, Campaign, CampaignCounters
from campaign_app.services import health, trunks


@dataclass(frozen=True, slots=True)
class TrunkNumbers:
    name: str
    open: int
    lines: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """All by name: status or outcome → how many."""

    campaigns: dict[str, int]
    contacts: dict[str, int]
    attempts: dict[str, int]
    """Ended attempts, by outcome."""
    imports: dict[str, int]
    trunks: list[TrunkNumbers]


def read(session: Session) -> Numbers:
    statuses = session.execute(select(Campaign.status, func.count()).group_by(Campaign.status))
    names = [*CONTACT_COUNTERS.values(), *ATTEMPT_COUNTERS.values()]
    sums = session.execute(
        select(*(func.coalesce(func.sum(getattr(CampaignCounters, name)), 0).label(name) for name in names))
    ).one()
    open_calls = trunks.open_calls(session)
    return Numbers(
        campaigns=dict(statuses.all()),
        contacts={status.value: int(getattr(sums, name)) for status, name in CONTACT_COUNTERS.items()},
        attempts={status.value: int(getattr(sums, name)) for status, name in ATTEMPT_COUNTERS.items()},
        imports=health.imports_by_status(session),
        trunks=[
            TrunkNumbers(trunk.name, open_calls.get(trunk.id, 0), trunk.max_concurrent_calls)
            for trunk in trunks.everything(session)
        ],
    )
