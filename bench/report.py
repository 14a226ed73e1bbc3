"""A measured line, the table on the terminal, and the file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True)
class Result:
    """Medians. `floor` is the same by hand through the driver, None where there is nothing to set beside."""

    name: str
    database: str
    batch: int | None
    ours: float
    floor: float | None
    unit: str

    @property
    def ratio(self) -> float | None:
        """ours / floor: of a speed the higher the better, of a time the lower."""
        return None if self.floor is None else self.ours / self.floor


def write(results: Iterable[Result], file: Path = FILE) -> None:
    rows = [
        {
            **asdict(result),
            "ours": round(result.ours, 3),
            "floor": None if result.floor is None else round(result.floor, 3),
            "ratio": None if result.ratio is None else round(result.ratio, 3),
        }
        for result in results
    ]
    file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


HEAD = ("what", "database", "batch", "Switchboard", "by hand", "ratio", "unit")


def table(results: Iterable[Result]) -> str:
    rows = [HEAD] + [
        (
            result.name,
            result.database,
            str(result.batch or ""),
            _figure(result.ours),
            _figure(result.floor),
            "" if result.ratio is None else f"{result.ratio:.2f}",
            result.unit,
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.rjust(width) if 2 <= column <= 5 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"
