"""Declarative base, and the column types that SQLite and PostgreSQL share."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


ENDING = text("substr(phone, length(phone) - 3)")
"""A number's last four digits, for indexes. queries/phone_search.py asks in the same words."""


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in, aware UTC out. A naive value is a bug and raises ValueError.

    PostgreSQL keeps `timestamptz`; SQLite keeps text of one fixed width, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time reached the database: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def sqlite_stamp(value: datetime | None) -> str | None:
    """The text that `UtcDateTime` keeps on SQLite, for values that travel inside a JSON parameter. TypeError: a naive
    time."""
    if value is None:
        return None
    since = value - EPOCH
    return f"{_write_second(since.days, since.seconds)}.{since.microseconds:06d}"


@lru_cache(maxsize=1024)
def _write_second(days: int, seconds: int) -> str:
    """A second since EPOCH. Of a batch most times lie in the same few; `isoformat` took more than twice as long."""
    return (EPOCH + timedelta(days, seconds)).isoformat(" ", "seconds")[:19]


def dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# SQLite makes only INTEGER (not BIGINT) primary keys its rowid.
BigId = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")
JsonOrNull = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Where None is SQL's NULL; `Json` would store JSON's null."""


def one_of(column: str, values: Any) -> str:
    """The text of a CHECK that allows just these words."""
    listed = ", ".join(f"'{value}'" for value in sorted(str(v) for v in values))
    return f"{column} IN ({listed})"
