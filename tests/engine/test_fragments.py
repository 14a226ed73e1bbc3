"""SQL fragments: times and the ten minutes of a slot are the same in Python and in either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import String, cast, create_engine, literal, select, text

from campaign_app.extensions import make_engine
from campaign_app.models.base import UtcDateTime, sqlite_stamp
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


@pytest.mark.parametrize(
    "at",
    [
        *INSTANTS,
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 1, 4, 44, 59, 120, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_a_time_is_written_for_sqlite_as_its_column_keeps_it(at: datetime) -> None:
    with create_engine("sqlite://").connect() as connection:
        kept = connection.execute(select(cast(literal(at, UtcDateTime), String))).scalar_one()
    assert sqlite_stamp(at) == kept


def test_a_naive_time_is_not_written() -> None:
    with pytest.raises(TypeError, match="naive"):
        sqlite_stamp(datetime(2026, 11, 20, 15, 0))
