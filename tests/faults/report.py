"""What was measured, as rows that can be kept and added up, and the tables of docs/reliability-method.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults.checker import percentile
from tests.faults.matrix import AFTER_PERMIT, CELLS, POINTS, Result

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "reliability-method.md"
DATABASES = ("sqlite", "postgresql")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Log:
    """Results, one JSON object a line, so that a long run can be ended and taken up again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, kind: str, row: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **row}) + "\n")

    def rows(self, kind: str) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        rows = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        return [
            {key: value for key, value in row.items() if key != "kind"} for row in rows if row["kind"] == kind
        ]

    def results(self, over: str = "carrier") -> list[Result]:
        """The rounds over one carrier."""
        found = [Result(**row) for row in self.rows("cell")]
        return [result for result in found if result.over == over]

    def add_result(self, result: Result) -> None:
        self.add("cell", asdict(result))


def merged(results: Iterable[Result], cell: str, database: str) -> Result | None:
    """The rounds of one cell as one; None when there was none."""
    rounds = [r for r in results if r.cell == cell and r.database == database]
    if not rounds:
        return None
    return Result(
        cell=cell,
        database=database,
        **{
            name: sum(getattr(r, name) for r in rounds)
            for name in (
                "kills",
                "calls",
                "double_dials",
                "over_limit",
                "lost",
                "burnt",
                "late",
                "unresolved",
                "seconds",
                "other_kills",
            )
        },
        resolved_after=[value for r in rounds for value in r.resolved_after],
        broken="\n".join(r.broken for r in rounds if r.broken),
        errors=[error for r in rounds for error in r.errors],
    )


def matrix_table(results: Sequence[Result]) -> str:
    lines = [
        "| killed at | database | kills | calls | double dials | over-limit instants | lost outcomes | burnt"
        " | p50 s | p99 s |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    whole: list[Result] = []
    for cell in CELLS:
        for database in DATABASES:
            row = merged(results, cell, database)
            if row is not None:
                whole.append(row)
                name = f"`{cell}`" if cell in POINTS else cell
                lines.append(_line(f"{name}{' ¹' if cell in AFTER_PERMIT else ''}", NAMES[database], row))
    if whole:
        lines.append(_line("**all**", "both", _sum(whole)))
    return "\n".join(lines)


def _sum(rows: Sequence[Result]) -> Result:
    renamed = [Result(**{**asdict(row), "cell": "all", "database": "both"}) for row in rows]
    total = merged(renamed, "all", "both")
    assert total is not None
    return total


def _line(name: str, database: str, row: Result) -> str:
    cells = [
        name,
        database,
        f"{row.kills:,}",
        f"{row.calls:,}",
        str(row.double_dials),
        str(row.over_limit),
        str(row.lost),
        f"{row.burnt:,}",
        _seconds(percentile(row.resolved_after, 0.50)),
        _seconds(percentile(row.resolved_after, 0.99)),
    ]
    return f"| {' | '.join(cells)} |"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def faults_table(rows: Sequence[dict[str, Any]], over: str = "carrier") -> str:
    """Odd faults over one carrier: the last run of each on each database."""
    last = {(row["name"], row["database"]): row for row in rows if row.get("over", "carrier") == over}
    lines = [
        "| fault | database | calls | double dials | over-limit instants | lost outcomes | unresolved"
        " | broken promises |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for (name, database), row in last.items():
        numbers = [row[key] for key in ("calls", "double_dials", "over_limit", "lost", "unresolved")]
        broken = ", ".join(row["broken"]) or "none"
        lines.append(f"| {name} | {NAMES[database]} | {' | '.join(map(str, numbers))} | {broken} |")
    return "\n".join(lines)


def controls_table(rows: Sequence[dict[str, Any]]) -> str:
    """Negative controls: the last run of each on each database."""
    last = {(row["name"], row["database"]): row for row in rows}
    caught = sum(1 for row in last.values() if row["caught"])
    lines = [
        "| taken out | database | caught | broken promises |",
        "| --- | --- | --- | --- |",
        *(
            f"| {row['what']} | {NAMES[database]} | {'yes' if row['caught'] else '**no**'}"
            f" | {', '.join(row['broken']) or 'none'} |"
            for (_, database), row in last.items()
        ),
        f"| **all** | | **{caught} of {len(last)}** | |",
    ]
    return "\n".join(lines)


def write(tables: dict[str, str], document: Path = DOCUMENT) -> None:
    """Put each table between its markers, `<!-- table: NAME -->` and `<!-- end: NAME -->`."""
    text = document.read_text(encoding="utf-8")
    for name, table in tables.items():
        start, end = f"<!-- table: {name} -->\n", f"<!-- end: {name} -->"
        before, found, rest = text.partition(start)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            raise ValueError(f"{document} has no markers for the table {name}")
        text = f"{before}{start}{table}\n{end}{after}"
    document.write_text(text, encoding="utf-8")
