"""Metrics service: the numbers of /metrics. A scrape costs a dozen short queries, whatever the campaigns hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import OPEN
from campaign_app.domain.calling_window import make_schedule, parse_windows
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.gate import find_closed_gate, find_closed_trunk_gate
from campaign_app.domain.rulebook import CampaignClock
from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS, Campaign, Trunk
from campaign_app.queries import durable_counters, tables
from campaign_app.queries import metrics as metrics_queries
from campaign_app.queries.metrics import OpenAttempts, SingleCalls
from campaign_app.services import health, recovery, trunks
from campaign_app.services.campaigns import count_soft_start_left

DUE_MOST = 1_000
"""Due contacts of a campaign are counted no further: what matters is whether there are any."""
LAG_WINDOW = timedelta(minutes=5)
LAG_EVENTS = 1_000
QUANTILES = (0.5, 0.99)


@dataclass(frozen=True, slots=True)
class EngineMetrics:
    """An engine or worker that ticks. Times in seconds."""

    name: str
    role: str
    last_tick_at: datetime
    tick: float
    lag: float
    open: int
    timings: Mapping[str, Any]
    """As engine/timings.py writes them; empty before its first beat."""


@dataclass(frozen=True, slots=True)
class TrunkMetrics:
    name: str
    open: int
    lines: int
    failures: int
    circuit_open: bool
    """Also half open: until a call went through."""
    next_try_at: datetime | None
    paused: bool


@dataclass(frozen=True, slots=True)
class CampaignMetrics:
    """A running campaign. `due` is 0 while it may not dial: outside of its windows, say, or on a paused trunk."""

    id: int
    name: str
    open: int
    lines: int
    due: int


@dataclass(frozen=True, slots=True)
class MetricsSnapshot:
    """All by name: status or outcome → how many."""

    campaigns: dict[str, int]
    contacts: dict[str, int]
    ended: dict[tuple[str, str], int]
    """Ended attempts by (provider, outcome), of campaigns and single calls; `unresolved` ones may become another."""
    open: dict[tuple[str, str], int]
    """Open attempts by (provider, status), with the zeros."""
    imports: dict[str, int]
    import_rows: dict[str, int]
    """Rows of all imports, by what became of them."""
    trunks: list[TrunkMetrics]
    running: list[CampaignMetrics]
    engines: list[EngineMetrics]
    engine_states: dict[tuple[str, str], int]
    """Engines and workers of the last day, by (role, state)."""
    update_lag: dict[tuple[str, float], float]
    """Seconds from the provider to here, by (source, quantile), over the last minutes."""
    counters: dict[str, int]
    quarantined: bool
    """The database went backwards, and nothing is dialed."""
    journal_writable: bool
    """False where no engine that ticks can write its journal of calls, and so dials."""
    dispatching: bool
    """False where no engine that ticks can hand its calls over: the broker is away, or every worker is."""


def read_metrics(session: Session, now: datetime, tick_seconds: float) -> MetricsSnapshot:
    connection = session.connection()
    contacts = metrics_queries.sum_contacts(session)
    open_now = metrics_queries.count_open_attempts(connection)
    all_trunks = trunks.list_trunks(session)
    imports = metrics_queries.sum_imports(connection)
    engines = health.list_engines(session, now, tick_seconds)
    by_engine = _sum_by_key((row.engine, row.n) for row in open_now)
    return MetricsSnapshot(
        campaigns={status.value: 0 for status in CampaignStatus} | tables.count_campaigns_by_status(session),
        contacts={status.value: contacts[name] for status, name in CONTACT_COUNTERS.items()},
        ended=_count_ended(
            all_trunks,
            metrics_queries.sum_ended_by_provider(connection),
            metrics_queries.count_ended_single_calls(connection),
        ),
        open=_count_open(all_trunks, open_now),
        imports=dict.fromkeys(("queued", "running", "completed", "failed"), 0)
        | {row.status: row.n for row in imports},
        import_rows={
            name: sum(int(getattr(row, name)) for row in imports)
            for name in metrics_queries.ImportTotals._fields[2:]
        },
        trunks=_trunk_metrics(all_trunks, open_now),
        running=_running_campaigns(session, open_now, now),
        engines=[
            EngineMetrics(
                name=engine.heartbeat.name,
                role=engine.heartbeat.role,
                last_tick_at=engine.heartbeat.last_tick_at,
                tick=engine.heartbeat.tick_ms / 1000,
                lag=engine.heartbeat.lag_ms / 1000,
                open=by_engine.get(engine.heartbeat.name, 0),
                timings=engine.heartbeat.timings or {},
            )
            for engine in engines
            if engine.state == "on"
        ],
        engine_states={
            (role, state): 0 for role in ("engine", "worker") for state in ("on", "away", "stopped")
        }
        | _sum_by_key(((engine.heartbeat.role, engine.state), 1) for engine in engines),
        update_lag={
            (source, quantile): lags[min(int(quantile * len(lags)), len(lags) - 1)]
            for source, lags in metrics_queries.measure_update_lags(
                connection, now - LAG_WINDOW, LAG_EVENTS
            ).items()
            for quantile in QUANTILES
        },
        counters=dict.fromkeys(durable_counters.NAMES, 0) | metrics_queries.read_durable_counters(connection),
        quarantined=recovery.is_quarantined(session),
        journal_writable=health.find_journal_failure(session, now, tick_seconds) is None,
        dispatching=health.find_dispatch_failure(session, now, tick_seconds) is None,
    )


def count_open_by_engine(session: Session) -> dict[str, int]:
    """{engine: open attempts that it claimed}."""
    rows = metrics_queries.count_open_attempts(session.connection())
    return _sum_by_key((row.engine, row.n) for row in rows if row.engine is not None)


def _sum_by_key(pairs: Any) -> dict[Any, int]:
    total: Counter[Any] = Counter()
    for key, n in pairs:
        total[key] += n
    return dict(total)


def _count_ended(all_trunks: Any, rows: list[Any], single: list[SingleCalls]) -> dict[tuple[str, str], int]:
    counts = {(t.provider, status.value): 0 for t in all_trunks for status in ATTEMPT_COUNTERS}
    for row in rows:
        for status, name in ATTEMPT_COUNTERS.items():
            counts[row.provider, status.value] = int(getattr(row, name))
    for call in single:
        counts[call.provider, call.status] += call.n
    return counts


def _count_open(all_trunks: Any, open_now: list[OpenAttempts]) -> dict[tuple[str, str], int]:
    providers = {trunk.id: trunk.provider for trunk in all_trunks}
    counts = {(provider, status.value): 0 for provider in providers.values() for status in OPEN}
    return counts | _sum_by_key(((providers[row.trunk_id], row.status), row.n) for row in open_now)


def _trunk_metrics(all_trunks: Any, open_now: list[OpenAttempts]) -> list[TrunkMetrics]:
    in_use = _sum_by_key((row.trunk_id, row.n) for row in open_now)
    return [
        TrunkMetrics(
            name=trunk.name,
            open=in_use.get(trunk.id, 0),
            lines=trunk.max_concurrent_calls,
            failures=trunk.failures,
            circuit_open=trunk.circuit_until is not None,
            next_try_at=trunk.circuit_until,
            paused=trunk.paused_at is not None,
        )
        for trunk in all_trunks
    ]


def _running_campaigns(
    session: Session, open_now: list[OpenAttempts], now: datetime
) -> list[CampaignMetrics]:
    in_use = _sum_by_key((row.campaign_id, row.n) for row in open_now)
    due = metrics_queries.count_due_contacts(session.connection(), now, DUE_MOST)
    campaigns = session.scalars(
        select(Campaign).where(Campaign.status == CampaignStatus.RUNNING.value).order_by(Campaign.id)
    )
    return [
        CampaignMetrics(
            id=campaign.id,
            name=campaign.name,
            open=in_use.get(campaign.id, 0),
            lines=campaign.max_concurrent_calls,
            due=due.get(campaign.id, 0)
            if due.get(campaign.id)
            and _may_dial(campaign, campaign.trunk, now)
            and count_soft_start_left(session, campaign) != 0
            else 0,
        )
        for campaign in campaigns
    ]


def _may_dial(campaign: Campaign, trunk: Trunk, now: datetime) -> bool:
    """Whether nothing but lines and pace holds it back, by the gates that the claim asks."""
    try:
        windows = parse_windows(campaign.calling_windows)
        follows_people = campaign.timezone is None or campaign.clock == CampaignClock.PERSON
        calling_schedule = None if follows_people else make_schedule(campaign.display_zone, windows)
    except (InvalidInput, ValueError, TypeError, KeyError):
        # Broken by hand. The engine notes it on the campaign; the other numbers are told all the same.
        return False
    trunk_gate = find_closed_trunk_gate(paused_at=trunk.paused_at, circuit_until=trunk.circuit_until, now=now)
    campaign_gate = find_closed_gate(
        status=CampaignStatus(campaign.status),
        schedule=calling_schedule,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        backoff_until=campaign.backoff_until,
        now=now,
    )
    return trunk_gate is None and campaign_gate is None and trunk.max_concurrent_calls > 0
