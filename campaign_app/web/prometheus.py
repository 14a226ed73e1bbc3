"""Prometheus' words for the numbers of services/metrics.py. Read anew at each scrape: they are the database's, the same
from whichever process tells them. Names and meanings are listed in docs/operations.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from campaign_app.disk_space import DiskSpace
from campaign_app.services.metrics import EngineMetrics, MetricsSnapshot

PREFIX = "switchboard_"
HISTOGRAMS = {
    "claim": "One claim: up to 100 contacts of a trunk's campaigns, with its commit",
    "permit": "One permit of a batch, with its commit",
    "place": "Asking the provider for one call, until it answered or failed",
    "record": "Recording what the provider said of a batch, with its commit",
    "settle": "Settling a batch of events, with its commit",
    "settle_lag": "From what happened at the provider until it was settled",
    "provider_queue": "How long the provider kept a call in a queue of its own (Twilio), where a poll told it",
    "tick": "One tick",
}


def render_exposition(
    numbers: MetricsSnapshot | None,
    engine_up: bool,
    tick_seconds: float,
    space: DiskSpace | None,
    certificate_expires_at: float | None,
) -> bytes:
    """The scrape's text. `numbers` is None while the database does not answer: then little more than that is told.
    `certificate_expires_at`, in Unix seconds, is None where no certificate was seen."""
    registry = CollectorRegistry()
    registry.register(_MetricFamilies(numbers, engine_up, tick_seconds, space, certificate_expires_at))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _MetricFamilies:
    def __init__(
        self,
        numbers: MetricsSnapshot | None,
        engine_up: bool,
        tick_seconds: float,
        space: DiskSpace | None,
        certificate_expires_at: float | None,
    ) -> None:
        self._certificate_expires_at = certificate_expires_at
        self._space = space
        self._numbers = numbers
        self._engine_up = engine_up
        self._tick_seconds = tick_seconds

    def collect(self) -> Iterator[Metric]:
        yield _build_gauge("database_up", "1 while the database answers", {(): self._numbers is not None})
        yield _build_gauge("engine_up", "1 while an engine ticks", {(): self._engine_up})
        yield _build_gauge(
            "tick_interval_seconds", "How often an engine ticks, as configured", {(): self._tick_seconds}
        )
        if self._space is not None:
            yield _build_gauge("disk_free_bytes", "Free on INSTANCE_PATH's disk", {(): self._space.free})
            yield _build_gauge("disk_size_bytes", "The size of INSTANCE_PATH's disk", {(): self._space.size})
        if self._certificate_expires_at is not None:
            yield _build_gauge(
                "certificate_expires_timestamp_seconds",
                "When the certificate of PUBLIC_URL expires",
                {(): self._certificate_expires_at},
            )
        if self._numbers is not None:
            yield _build_gauge(
                "journal_writable",
                "0 while no engine can write its journal of calls, so that nothing is dialed",
                {(): self._numbers.journal_writable},
            )
            yield _build_gauge(
                "dispatch_up",
                "0 while the broker or every worker is away",
                {(): self._numbers.dispatching},
            )
            yield _build_gauge(
                "quarantine",
                "1 while nothing is dialed because the database went backwards",
                {(): self._numbers.quarantined},
            )
            yield from _attempt_metrics(self._numbers)
            yield from _limit_metrics(self._numbers)
            yield from _work_metrics(self._numbers)
            yield from _engine_metrics(self._numbers)


def _attempt_metrics(numbers: MetricsSnapshot) -> Iterator[Metric]:
    labels = ["provider", "outcome"]
    # What is unresolved may get its outcome later, and a counter must not fall: it is a gauge of its own.
    ended = {key: n for key, n in numbers.ended.items() if key[1] != "unresolved"}
    unresolved = {
        (provider,): n for (provider, outcome), n in numbers.ended.items() if outcome == "unresolved"
    }
    yield _build_counter("attempts", "Ended attempts, by provider and outcome", ended, labels)
    yield _build_gauge(
        "attempts_unresolved", "Attempts of which nobody knows what became", unresolved, labels[:1]
    )
    yield _build_gauge("attempts_open", "Attempts under way, by status", numbers.open, ["provider", "status"])


def _limit_metrics(numbers: MetricsSnapshot) -> Iterator[Metric]:
    trunks = {(trunk.name,): trunk for trunk in numbers.trunks}
    labels = ["trunk"]
    yield _build_gauge(
        "trunk_lines",
        "Calls that the trunk may hold at once",
        {k: t.lines for k, t in trunks.items()},
        labels,
    )
    yield _build_gauge(
        "trunk_calls_open", "Attempts that hold a line", {k: t.open for k, t in trunks.items()}, labels
    )
    yield _build_gauge(
        "trunk_circuit_open",
        "1 while its provider fails",
        {k: t.circuit_open for k, t in trunks.items()},
        labels,
    )
    yield _build_gauge(
        "trunk_next_try_timestamp_seconds",
        "When a call is tried on a trunk whose circuit is open",
        {k: t.next_try_at.timestamp() for k, t in trunks.items() if t.next_try_at is not None},
        labels,
    )
    yield _build_gauge(
        "trunk_failures", "Failures in a row", {k: t.failures for k, t in trunks.items()}, labels
    )
    yield _build_gauge(
        "trunk_paused", "1 until somebody resumes it", {k: t.paused for k, t in trunks.items()}, labels
    )
    running = {(str(campaign.id), campaign.name): campaign for campaign in numbers.running}
    labels = ["campaign", "name"]
    yield _build_gauge(
        "campaign_lines", "Calls it may hold at once", {k: c.lines for k, c in running.items()}, labels
    )
    yield _build_gauge(
        "campaign_calls_open", "Attempts under way", {k: c.open for k, c in running.items()}, labels
    )
    yield _build_gauge(
        "campaign_due_contacts",
        "Due contacts of a running campaign that may dial now, counted up to 1,000",
        {k: c.due for k, c in running.items()},
        labels,
    )


def _work_metrics(numbers: MetricsSnapshot) -> Iterator[Metric]:
    labels = ["status"]
    yield _build_gauge("campaigns", "Campaigns, by status", _label_counts(numbers.campaigns), labels)
    yield _build_gauge("contacts", "Contacts, by status", _label_counts(numbers.contacts), labels)
    yield _build_gauge("imports", "Imports, by status", _label_counts(numbers.imports), labels)
    yield _build_counter(
        "import_rows", "Rows of imported files, by result", _label_counts(numbers.import_rows), ["result"]
    )
    yield _build_gauge(
        "news_lag_seconds",
        "From what happened at the provider until we heard of it, over the last 5 minutes; callback: webhooks",
        {(source, f"{quantile:g}"): lag for (source, quantile), lag in numbers.update_lag.items()},
        ["source", "quantile"],
    )
    yield _build_counter(
        "tally", "What was dropped, unknown, refused or repaired", _label_counts(numbers.counters), ["name"]
    )


def _engine_metrics(numbers: MetricsSnapshot) -> Iterator[Metric]:
    engines = {(engine.name, engine.role): engine for engine in numbers.engines}
    labels = ["engine", "role"]
    yield _build_gauge(
        "engines", "Engines and workers of the last day", numbers.engine_states, ["role", "state"]
    )
    for name, text, values in (
        (
            "last_tick_timestamp_seconds",
            "Its last sign of life",
            {k: e.last_tick_at.timestamp() for k, e in engines.items()},
        ),
        ("last_tick_seconds", "How long its last tick took", {k: e.tick for k, e in engines.items()}),
        ("tick_lag_seconds", "How late its last tick began", {k: e.lag for k, e in engines.items()}),
        ("attempts_open", "Open attempts that it claimed", {k: e.open for k, e in engines.items()}),
    ):
        yield _build_gauge(f"engine_{name}", text, values, labels)
    for step, text in HISTOGRAMS.items():
        yield _step_histogram(step, text, numbers.engines)


def _step_histogram(step: str, text: str, engines: list[EngineMetrics]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"{PREFIX}{step}_seconds", f"{text}, in seconds", labels=["engine"])
    for engine in engines:
        step_timing = engine.timings.get("steps", {}).get(step)
        if step_timing is not None:
            bounds = [*(f"{bound:g}" for bound in engine.timings["le"]), "+Inf"]
            buckets = list(zip(bounds, accumulate(step_timing["counts"]), strict=True))
            family.add_metric([engine.name], buckets, step_timing["sum"])
    return family


def _label_counts(counts: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    return {(name,): n for name, n in counts.items()}


def _build_gauge(
    name: str, text: str, values: Mapping[Any, float | bool], labels: list[str] | None = None
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels or [])
    for key, value in values.items():
        family.add_metric(list(key), float(value))
    return family


def _build_counter(name: str, text: str, values: Mapping[Any, int], labels: list[str]) -> CounterMetricFamily:
    family = CounterMetricFamily(PREFIX + name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), value)
    return family
