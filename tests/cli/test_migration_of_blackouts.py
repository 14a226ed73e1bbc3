"""The table of blackouts comes and goes beside the rows that are there."""

from __future__ import annotations

from campaign_app.extensions import db
from campaign_app.models import BlackoutRow
from tests.support.migrated import AT, Migrated


def test_blackouts_come_with_their_migration_and_go_with_its_way_back(database: Migrated) -> None:
    database.to("upgrade", "0013")
    database.insert(
        "do_not_call",
        phone="+16175550199",
        campaign_id=None,
        source="operator",
        reason="asked",
        added_by="me",
        created_at=AT,
    )
    database.to("upgrade", "0014")
    for purposes in (None, '["debt"]'):
        database.insert(
            "blackouts",
            country="US",
            state="US-LA",
            purposes=purposes,
            starts_at=AT,
            reason="hurricane",
            made_by="me",
            made_at=AT,
        )
    with database.app.app_context():
        rows = db.session.query(BlackoutRow).order_by(BlackoutRow.id).all()
        assert [(row.purposes, row.ends_at, row.lifted_at) for row in rows] == [
            (None, None, None),
            (["debt"], None, None),
        ]
        db.session.rollback()
    database.to("downgrade", "0013")
    assert database.run("SELECT phone FROM do_not_call") == [("+16175550199",)]
    database.to("upgrade", "head")
    assert database.run("SELECT count(*) FROM blackouts") == [(0,)]
