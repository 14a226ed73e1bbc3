"""Upgrades from every revision that was ever released: one database goes through all of them, and gets rows and open
calls at each, as a version of that time would have written them. Then this version works with all of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import upgrade

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.extensions import db
from campaign_app.models import Base
from campaign_app.schema_version import MIGRATIONS, program_revision
from tests.cli.commands_support import Commands
from tests.engine.fakes import ScriptedProvider
from tests.engine.world import World
from tests.support.clock import START, FakeClock
from tests.support.migrated import Migrated
from tests.support.released import CONTACTS, ReleasedRows

RENAMED = {"campaign_facets": "response_counts"}


def test_rows_of_every_revision_are_kept_and_its_calls_go_on(database: Migrated) -> None:
    revisions = [each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    written: Counter[str] = Counter()
    for n, revision in enumerate(revisions, 1):
        with database.app.app_context():
            upgrade(revision=revision)
        assert written <= count_rows(database), f"{revision} loses rows"
        ReleasedRows(database.app).fill(n)
        written = count_rows(database)
    assert revisions[-1] == program_revision()

    run = Commands(database.app)
    with database.app.app_context():
        for mapper in Base.registry.mappers:
            db.session.scalars(sa.select(mapper.class_)).all()
        db.session.rollback()
    assert run("repair", "counters").output == "All counters are right\n"

    clock = FakeClock(START + timedelta(minutes=30))
    carriers = {n: ScriptedProvider(clock) for n in range(1, len(revisions) + 1)}
    with database.app.app_context():
        world = World(db.engine.url.render_as_string(hide_password=False), clock, providers=carriers)
    try:
        finish_campaigns(world, len(revisions))
    finally:
        world.close()


def count_rows(database: Migrated) -> Counter[str]:
    """Rows by table, under the names of today; tables without rows are left out."""
    with database.app.app_context(), db.engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        found = {
            RENAMED.get(name, name): connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in names
        }
    return +Counter(found)


def finish_campaigns(world: World, count: int) -> None:
    """The open calls are settled by their own trunk's carrier, and everybody still waiting is called, once."""
    assert world.broken() == {}
    for n, carrier in world.providers.items():
        for attempt in world.attempts(n):
            if attempt.ended_at is None:
                carrier.deliver(CallUpdate(attempt.token, AttemptStatus.COMPLETED, world.clock.now()))
    for _ in range(20):
        world.tick()
        world.clock.move(30)
        for carrier in world.providers.values():
            carrier.end_all()
        if all(world.status(n) == "completed" for n in range(1, count + 1)):
            break
    waiting = sum(status in ("pending", "retry") for status, _, _ in CONTACTS)
    for n, carrier in world.providers.items():
        assert world.status(n) == "completed", (n, world.reasons(n))
        assert len(carrier.placed) == waiting
        assert world.contacts(n) == {"completed": 3 + waiting, "exhausted": 1, "suppressed": 1}
    assert (world.broken(), world.drift()) == ({}, {})
    world.check()
