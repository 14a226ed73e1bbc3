"""A scrape of /metrics as Prometheus reads it."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Scrape:
    """`kinds`: {family: gauge | counter | histogram}; `samples`: {sample name: {labels: value}}."""

    kinds: dict[str, str] = field(default_factory=dict)
    samples: dict[str, dict[Labels, float]] = field(default_factory=dict)

    def value(self, sample: str, /, **labels: str) -> float:
        """KeyError when there is no such sample."""
        return self.samples[sample][frozenset(labels.items())]

    def labels(self, sample: str, label: str) -> set[str]:
        """The values that a label has in the samples of this name."""
        return {dict(key)[label] for key in self.samples.get(sample, {})}


def parse(text: str) -> Scrape:
    """ValueError where it is no exposition, or holds a sample twice."""
    scrape = Scrape()
    for family in text_string_to_metric_families(text):
        scrape.kinds[family.name] = family.type
        for sample in family.samples:
            held = scrape.samples.setdefault(sample.name, {})
            key = frozenset(sample.labels.items())
            if key in held:
                raise ValueError(f"{sample.name} {dict(key)} is there twice")
            held[key] = sample.value
    return scrape
