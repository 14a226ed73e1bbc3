"""Searching the audit trail by days: exactly the entries that bear them, whatever the clocks did meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from campaign_app.extensions import make_engine
from campaign_app.models import AuditEntry
from campaign_app.queries import audit_trail, phone_search
from campaign_app.transaction import transaction

DAY = timedelta(days=1)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
MISDATED = {10: BEGIN - 20_000 * DAY, 25: BEGIN + 900 * DAY, 26: BEGIN + 900 * DAY}
"""A clock that began in 1970, and one that was set back after some minutes."""


@pytest.fixture
def db(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(phone_search, "SMALL", 10)
    engine = make_engine(database_url)
    entry = {"actor": "engine", "action": "campaign.complete", "object_type": "campaign", "detail": {}}
    with Session(engine) as session, transaction(session):
        session.execute(
            insert(AuditEntry),
            [
                {**entry, "id": n, "object_id": str(n), "at": MISDATED.get(n, BEGIN + n * DAY / 4)}
                for n in range(1, 61)
            ],
        )
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    "since, before", [(None, 8), (5, None), (5, 8), (-20_000, -19_999), (900, 901), (899, None), (None, -100)]
)
def test_days_find_the_entries_that_bear_them(db: Engine, since: int | None, before: int | None) -> None:
    search = {
        "since": None if since is None else BEGIN + since * DAY,
        "before": None if before is None else BEGIN + before * DAY,
    }
    with Session(db) as session:
        entries = session.query(AuditEntry).all()
        wanted = [
            entry.id
            for entry in sorted(entries, key=lambda entry: (entry.at, entry.id))
            if search["since"] is None or search["since"] <= entry.at
            if search["before"] is None or entry.at < search["before"]
        ]
        assert wanted
        assert audit_trail.count_audit_entries(session, **search) == len(wanted)
        shown, cursor = [], None
        while True:
            page = audit_trail.list_audit_entries(session, cursor=cursor, limit=7, **search)
            shown += [entry.id for entry in page.items]
            if (cursor := page.next_cursor) is None:
                break
        assert shown == wanted[::-1]
        written, last_id = [], 0
        while piece := audit_trail.list_audit_piece(session, last_id, 7, **search):
            last_id = piece[-1][0].id
            written += [entry.id for entry, _ in piece]
        assert written == wanted
