"""The partitions that docs/scaling.md describes are made by PostgreSQL, and keep what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import create_schema
from tests.support.postgres import PostgresServer
from tests.support.server import ROOT

pytestmark = pytest.mark.postgres
NOVEMBER, DECEMBER = "01a20000" + "0" * 24, "01a23000" + "0" * 24
INSERT = """INSERT INTO attempts_by_month
      (id, trunk_id, number, try_number, counts, token, phone, status, rank, claimed_at)
    VALUES (%s, 1, 1, 1, true, %s, %s, 'claimed', 0, now())"""


@pytest.fixture
def partitioned(postgres: PostgresServer) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    block = re.search(r"```sql\n(.*?)```", (ROOT / "docs/scaling.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    made, self_made = block[1].split("-- A month leaves")
    assert "DROP TABLE" in self_made
    url = postgres.new_database(create_schema)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(made)
        yield connection
    postgres.drop_database(url)


def test_a_token_exists_once_and_a_number_is_open_once_over_all_months(
    partitioned: psycopg.Connection[tuple[object, ...]],
) -> None:
    db = partitioned
    db.execute(INSERT, [1, NOVEMBER, "+12125550100"])
    with pytest.raises(psycopg.errors.UniqueViolation, match="token"):
        db.execute(INSERT, [2, NOVEMBER, "+12125550101"])
    with pytest.raises(psycopg.errors.UniqueViolation, match="open_numbers"):
        db.execute(INSERT, [3, DECEMBER, "+12125550100"])
    db.execute("UPDATE attempts_by_month SET status = 'busy', rank = 9, ended_at = now() WHERE id = 1")
    db.execute(INSERT, [3, DECEMBER, "+12125550100"])
    placed = db.execute("SELECT tableoid::regclass::text FROM attempts_by_month ORDER BY id").fetchall()
    assert placed == [("attempts_2026_11",), ("attempts_2026_12",)]
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute(INSERT, [4, "01a30000" + "0" * 24, "+12125550102"])


def test_a_month_leaves_in_an_instant(partitioned: psycopg.Connection[tuple[object, ...]]) -> None:
    db = partitioned
    db.execute(INSERT, [1, NOVEMBER, "+12125550100"])
    db.execute(INSERT, [2, DECEMBER, "+12125550101"])
    text = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    for statement in re.findall(
        r"^(?:ALTER TABLE attempts_by_month DETACH.*|DROP TABLE .*);$", text, re.MULTILINE
    ):
        db.execute(statement)
    assert db.execute("SELECT id FROM attempts_by_month").fetchall() == [(2,)]
