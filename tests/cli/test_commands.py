"""`flask --app app …`, on a database that `db upgrade` made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from campaign_app.extensions import db
from campaign_app.models import AuditEntry, Base, Campaign, Contact, User
from campaign_app.services.people import users
from tests.cli.commands_support import Commands, application
from tests.support.migrated import drop_tables


@pytest.fixture
def commands(tmp_path: Path, database_url: str) -> Iterator[Commands]:
    app = application(tmp_path, database_url)
    yield Commands(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_first_account_signs_in_with_the_password_from_standard_input(commands: Commands) -> None:
    done = commands("admin", "create", "Ada@Example.org", "--password-stdin", stdin="correct horse battery\n")
    assert done.exit_code == 0, done.output
    with commands.app.app_context():
        user = users.authenticate_user(db.session(), "ada@example.org", "correct horse battery")
        assert user is not None
        assert user.role == "admin"
        assert db.session.scalar(select(AuditEntry.actor).where(AuditEntry.object_type == "user")) == "cli"


def test_a_weak_password_or_a_second_account_of_the_same_name_is_one_clear_line(commands: Commands) -> None:
    weak = commands("admin", "create", "ada@example.org", "--password-stdin", stdin="short\n")
    assert weak.exit_code == 1
    assert "Error: password" in weak.output
    assert "Traceback" not in weak.output
    for expected in (0, 1):
        again = commands(
            "admin", "create", "ada@example.org", "--password-stdin", stdin="correct horse battery\n"
        )
        assert again.exit_code == expected
    with commands.app.app_context():
        assert len(db.session.scalars(select(User)).all()) == 1


def test_only_the_token_is_printed_on_standard_output_and_it_opens_the_api(commands: Commands) -> None:
    done = commands("token", "create", "ci", "--role", "viewer")
    assert done.exit_code == 0
    token = done.stdout.strip()
    assert done.stdout == f"{token}\n"
    client = commands.app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/campaigns", headers=headers).status_code == 200
    assert client.post("/api/v1/campaigns", headers=headers, json={}).status_code == 403
    assert commands("token", "create", "ci", "--role", "king").exit_code == 2


def test_the_demo_is_a_running_campaign_of_five_hundred(commands: Commands) -> None:
    done = commands("demo", "load")
    assert done.exit_code == 0, done.output
    with commands.app.app_context():
        campaign = db.session.scalars(select(Campaign)).one()
        assert campaign.status == "running"
        assert db.session.scalar(select(sa.func.count()).select_from(Contact)) == 500
    assert f"/campaigns/{campaign.id}" in done.output


def test_check_says_what_is_broken_and_ends_with_status_1(commands: Commands) -> None:
    commands("demo", "load")
    whole = commands("check")
    assert whole.exit_code == 0, whole.output
    assert [line.split()[0] for line in whole.output.splitlines()] == [
        *(f"I{n}" for n in range(1, 10)),
        "counters",
    ]
    with commands.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE campaign_counters SET contacts_pending = 7"))
    broken = commands("check")
    assert broken.exit_code == 1
    assert "contacts_pending says 7, there are 500" in broken.output


@pytest.mark.parametrize(
    "words", [("demo", "load"), ("check",), ("token", "create", "x", "--role", "viewer")]
)
def test_a_database_without_tables_is_one_clear_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = Commands(application(tmp_path, f"sqlite:///{tmp_path}/empty.sqlite"))(*words)
    assert done.exit_code == 1
    assert "run `flask --app app db upgrade` first" in done.output
    assert "Traceback" not in done.output


def test_the_migrations_make_the_tables_that_the_models_declare(tmp_path: Path, database_url: str) -> None:
    app = application(tmp_path, database_url)
    with app.app_context():
        drop_tables(db.engine)
    upgraded = Commands(app)("db", "upgrade")
    assert upgraded.exit_code == 0, upgraded.output
    same = Commands(app)("db", "check")
    assert same.exit_code == 0, same.output
    with app.app_context():
        inspector = sa.inspect(db.engine)
        for table in Base.metadata.sorted_tables:
            made = {column["name"] for column in inspector.get_columns(table.name)}
            assert made == {column.name for column in table.columns}
            # By name: SQLAlchemy reads none of an expression back from SQLite.
            names = {
                "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :name",
                "postgresql": "SELECT indexname FROM pg_indexes WHERE tablename = :name",
            }[db.engine.dialect.name]
            indexes = set(db.session.scalars(sa.text(names), {"name": table.name}))
            assert {index.name for index in table.indexes} <= indexes
        db.session.remove()
        db.engine.dispose()
