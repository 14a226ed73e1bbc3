"""The tables of blackouts and of the outside check come and go beside the rows that are there."""

from __future__ import annotations

from campaign_app.extensions import db
from campaign_app.models import BlackoutRow, OutsideAnswerRow, OutsideCheckRow
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


def test_the_outside_check_comes_with_its_migration_and_goes_with_its_way_back(database: Migrated) -> None:
    database.to("upgrade", "0016")
    database.insert("blackouts", country="FR", starts_at=AT, reason="mourning", made_by="me", made_at=AT)
    database.to("upgrade", "0017")
    database.insert(
        "outside_check",
        id=1,
        version=1,
        url="https://checks.example.com/",
        secret="locked",
        answers_hours=24,
        timeout_seconds=5,
        changed_by="me",
        changed_at=AT,
        failures=0,
    )
    database.insert(
        "outside_answers",
        phone="+33123456789",
        purpose="",
        version=1,
        allowed=True,
        for_good=False,
        answered_at=AT,
        expires_at=AT,
    )
    with database.app.app_context():
        assert db.session.get(OutsideCheckRow, 1) is not None
        answer = db.session.get(OutsideAnswerRow, ("+33123456789", ""))
        assert answer is not None
        assert (answer.allowed, answer.reason) == (True, None)
        db.session.rollback()
    database.to("downgrade", "0016")
    assert database.run("SELECT country FROM blackouts") == [("FR",)]
    database.to("upgrade", "head")
    assert database.run("SELECT count(*) FROM outside_answers") == [(0,)]
