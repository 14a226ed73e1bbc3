"""The judge is independent, and each of its laws can be broken."""

from __future__ import annotations

import ast
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import checker
from tests.faults.checker import Kill, Verdict

T0 = 1_800_000_000.0


def stamp(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Books:
    """A ledger and a database that agree: one campaign that runs, one contact, one call that was completed."""

    def __init__(self, directory: Path, template: Path) -> None:
        self.path, self.file = directory / "books.sqlite", directory / "ledger.jsonl"
        shutil.copyfile(template, self.path)
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.lines: list[dict[str, Any]] = []
        self.row(
            "trunks",
            id=1,
            name="t",
            provider="p",
            settings="{}",
            max_concurrent_calls=2,
            created_at=stamp(T0),
        )
        self.row(
            "campaigns",
            id=1,
            name="c",
            status="running",
            stored_message={"text": "Hello"},
            message="{}",
            timezone="UTC",
            calling_windows="[]",
            max_concurrent_calls=1,
            retry=json.dumps({"max_retries": 1, "delays_minutes": [1]}),
            trunk_id=1,
            priority=5,
            created_at=stamp(T0),
            created_by="cli",
            status_at=stamp(T0),
            status_by="cli",
            failures=0,
        )
        self.row("campaign_counters", campaign_id=1, contacts_completed=1, attempts_completed=1)
        self.audit("start", "running", T0)
        self.contact(1, "completed")
        self.attempt(1, status="completed", at=T0 + 10)
        self.call(1, T0 + 11, T0 + 20)

    def row(self, table: str, **cells: Any) -> None:
        known = {
            name: (kind, notnull, default)
            for _, name, kind, notnull, default, _ in self.db.execute(f"PRAGMA table_info({table})")
        }
        cells = {key: value for key, value in cells.items() if key in known}
        for name, (kind, notnull, default) in known.items():
            if notnull and default is None and name not in cells and name != "id":
                cells[name] = (
                    0 if kind.upper() in ("INTEGER", "BIGINT", "SMALLINT", "BOOLEAN", "FLOAT") else "{}"
                )
        marks = ", ".join("?" * len(cells))
        self.db.execute(f"INSERT INTO {table} ({', '.join(cells)}) VALUES ({marks})", tuple(cells.values()))

    def sql(self, statement: str) -> None:
        self.db.execute("PRAGMA ignore_check_constraints = ON")
        self.db.execute(statement)

    def audit(self, verb: str, after: str, at: float) -> None:
        self.row(
            "audit",
            at=stamp(at),
            actor="cli",
            action=f"campaign.{verb}",
            object_type="campaign",
            object_id="1",
            detail=json.dumps({"after": after}),
        )

    def contact(self, number: int, status: str) -> None:
        self.row(
            "contacts",
            id=number,
            campaign_id=1,
            phone=f"+1212555010{number}",
            status=status,
            variables="{}",
            created_at=stamp(T0),
        )

    def attempt(self, key: int, *, status: str, at: float, contact: int | None = None, **more: Any) -> None:
        over = checker.RANK[status] == 9
        self.row(
            "attempts",
            **{
                "id": key,
                "campaign_id": 1,
                "contact_id": contact or key,
                "trunk_id": 1,
                "number": key,
                "try_number": key,
                "counts": 1,
                "token": f"token-{key}",
                "phone": f"+1212555010{contact or key}",
                "status": status,
                "rank": checker.RANK[status],
                "engine": "engine-1",
                "claimed_at": stamp(at - 1),
                "dialing_at": stamp(at),
                "ended_at": stamp(at + 10) if over else None,
                **more,
            },
        )

    def call(
        self, number: int, asked: float, ended: float, contact: int | None = None, outcome: str = "completed"
    ) -> None:
        who = {"token": f"token-{number}", "to": f"+1212555010{contact or number}"}
        call = f"c-{len(self.lines)}"
        self.lines += [
            {"t": asked, "event": "asked", **who},
            {"t": asked, "event": "placed", "call": call, **who},
            {"t": ended, "event": "ended", "call": call, "outcome": outcome, **who},
        ]

    def check(self, *kills: Kill) -> Verdict:
        lines = sorted(self.lines, key=lambda line: line["t"])
        self.file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return checker.check(f"sqlite:///{self.path}", self.file, kills=kills, slack=0.5)


@pytest.fixture
def books(tmp_path: Path, sqlite_template: Path) -> Iterator[Books]:
    made = Books(tmp_path, sqlite_template)
    yield made
    made.db.close()


def test_it_knows_nothing_of_the_product() -> None:
    imported = set()
    for node in ast.walk(ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert "campaign_app" not in imported
    assert imported <= {
        "__future__",
        "json",
        "sqlite3",
        "collections",
        "contextlib",
        "dataclasses",
        "datetime",
        "itertools",
        "pathlib",
        "typing",
        "psycopg",
    }


def test_books_that_agree_are_clean(books: Books) -> None:
    verdict = books.check()
    assert not verdict.broken, verdict.text()
    assert (verdict.calls, verdict.double_dials, verdict.over_limit, verdict.lost) == (1, 0, 0, 0)


def test_a_token_that_was_placed_twice(books: Books) -> None:
    books.call(1, T0 + 30, T0 + 40)
    verdict = books.check()
    assert (verdict.promises, verdict.double_dials) == ({"I1"}, 1)


def test_a_call_whose_attempt_says_it_was_never_sent(books: Books) -> None:
    books.sql("UPDATE attempts SET status = 'released', rank = 9")
    verdict = books.check()
    assert {"I1", "I5"} <= verdict.promises
    assert (verdict.double_dials, verdict.lost) == (1, 1)


def test_one_call_more_than_the_limit_for_an_instant(books: Books) -> None:
    books.contact(2, "completed")
    books.attempt(2, status="completed", at=T0 + 12, number=1, try_number=1)
    books.call(2, T0 + 13, T0 + 19)
    books.sql("UPDATE campaign_counters SET contacts_completed = 2, attempts_completed = 2")
    verdict = books.check()
    assert (verdict.promises, verdict.over_limit) == ({"I2"}, 1)


def test_a_number_in_two_calls_at_once(books: Books) -> None:
    books.sql("UPDATE campaigns SET max_concurrent_calls = 5")
    books.attempt(2, contact=1, status="completed", at=T0 + 12)
    books.call(2, T0 + 13, T0 + 19, contact=1)
    assert {"I3", "I8"} <= books.check().promises


def test_a_call_without_a_permit_or_before_it_or_too_late(books: Books) -> None:
    books.sql("UPDATE attempts SET dialing_at = NULL")
    assert "I4" in books.check().promises
    books.sql(f"UPDATE attempts SET dialing_at = '{stamp(T0 + 12)}'")
    assert "I4" in books.check().promises
    books.sql(f"UPDATE attempts SET dialing_at = '{stamp(T0 + 5)}'")
    assert books.check().promises == {"deadline"}
    # The engine had died by then: what it sent, it had sent before.
    assert books.check(Kill("engine-1", T0 + 9, "random")).promises == set()
    assert books.check(Kill("engine-1", T0 + 11, "random")).promises == {"deadline"}
    assert books.check(Kill("engine-2", T0 + 9, "random")).promises == {"deadline"}
    books.sql(f"UPDATE attempts SET dialing_at = '{stamp(T0 + 5.6)}'")
    assert books.check().promises == set()


def test_an_outcome_that_the_database_does_not_have(books: Books) -> None:
    books.sql("UPDATE attempts SET status = 'unresolved'")
    verdict = books.check(Kill("engine-1", T0 + 11, "permit.after-commit"))
    assert verdict.lost == 1
    assert "I5" in verdict.promises
    assert verdict.burnt == {"permit.after-commit": 1}
    assert verdict.resolved_after == [9.0]


def test_an_outcome_that_the_carrier_does_not_have(books: Books) -> None:
    books.lines = []
    assert books.check().promises == {"I5"}


def test_a_rank_below_a_reported_status_is_found(books: Books) -> None:
    books.sql("UPDATE attempts SET status = 'ringing', rank = 3, ended_at = NULL")
    books.row(
        "call_events",
        token="token-1",
        at=stamp(T0),
        received_at=stamp(T0),
        source="event",
        status="completed",
    )
    assert {"I6", "I9", "I5"} <= books.check().promises


def test_a_permit_while_paused_or_of_a_listed_number(books: Books) -> None:
    books.audit("pause", "paused", T0 + 5)
    books.audit("resume", "running", T0 + 15)
    assert books.check().promises == {"I7"}
    books.sql("DELETE FROM audit WHERE id > 1")
    books.row(
        "do_not_call", id=1, phone="+12125550101", source="operator", added_by="cli", created_at=stamp(T0 + 5)
    )
    books.row(
        "audit", at=stamp(T0), actor="cli", action="x", object_type="do-not-call", object_id="1", detail="{}"
    )
    assert books.check().promises == {"I7"}


def test_too_many_attempts_and_too_soon(books: Books) -> None:
    for number in (2, 3):
        books.attempt(number, contact=1, status="completed", at=T0 + 30 * number)
        books.call(number, T0 + 30 * number + 1, T0 + 30 * number + 5, contact=1)
    found = books.check().broken["I8"]
    assert len(found) == 3, found


def test_what_is_still_open(books: Books) -> None:
    books.contact(2, "dialing")
    books.attempt(3, contact=2, status="in-doubt", at=T0, number=1)
    books.sql("UPDATE campaign_counters SET contacts_dialing = 1")
    assert "I9" in books.check().promises
    books.sql("DELETE FROM attempts WHERE id = 3")
    assert books.check().promises == {"I9"}


def test_a_change_without_an_audit_entry(books: Books) -> None:
    books.sql("UPDATE campaigns SET status = 'paused'")
    assert books.check().promises == {"I10"}


def test_counters_that_lie(books: Books) -> None:
    books.sql("UPDATE campaign_counters SET attempts_completed = 2")
    assert books.check().promises == {"counters"}


def test_an_import_that_lost_a_row(books: Books) -> None:
    books.row(
        "imports",
        id=1,
        campaign_id=1,
        filename="f",
        stored_as="s",
        size=1,
        status="completed",
        total=2,
        accepted=1,
        rejected=1,
        created_by="cli",
        created_at=stamp(T0),
    )
    books.row(
        "audit", at=stamp(T0), actor="cli", action="x", object_type="import", object_id="1", detail="{}"
    )
    assert books.check().promises == {"imports"}
    books.sql("UPDATE contacts SET import_id = 1")
    assert books.check().promises == set()
