"""SQL fragments: the ten minutes of a slot are the same in Python and in either database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from campaign_app.extensions import make_engine
from campaign_app.models.base import sqlite_stamp
from campaign_app.queries.fragments import ENDED_SLOT, SLOT, slot_of
from campaign_app.queries.sets import as_time

INSTANTS = [
    datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
    datetime(2026, 11, 20, 15, 9, 59, 999_999, tzinfo=UTC),
    datetime(2026, 11, 20, 23, 55, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 0, 10, tzinfo=UTC),
]


@pytest.mark.parametrize("at", INSTANTS)
def test_a_slot_is_the_same_in_python_and_in_the_database(database_url: str, at: datetime) -> None:
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            sqlite = engine.dialect.name == "sqlite"
            source = "SELECT :at AS ended_at" if sqlite else "SELECT CAST(:at AS timestamptz) AS ended_at"
            slot = connection.execute(
                text(f"SELECT {ENDED_SLOT[engine.dialect.name]} FROM ({source}) AS attempts"),
                {"at": sqlite_stamp(at) if sqlite else at},
            ).scalar_one()
    finally:
        engine.dispose()
    assert as_time(slot) == slot_of(at)
    assert slot_of(at) <= at < slot_of(at) + SLOT
