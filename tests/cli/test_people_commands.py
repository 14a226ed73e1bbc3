"""`flask people forget`: what was erased and what stays, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from campaign_app.extensions import db
from campaign_app.models import DoNotCall, Erasure
from campaign_app.services import do_not_call
from campaign_app.transaction import transaction
from tests.cli.commands_support import Commands, application

HER = "+13125550123"


@pytest.fixture
def commands(tmp_path: Path, database_url: str) -> Iterator[Commands]:
    app = application(tmp_path, database_url)
    yield Commands(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_person_is_forgotten_from_the_shell(commands: Commands) -> None:
    with commands.app.app_context(), transaction(db.session()) as session:
        do_not_call.add_do_not_call_entry(
            session,
            HER,
            region=None,
            campaign_id=None,
            reason=None,
            source="operator",
            actor="cli",
            now=commands.app.extensions["switchboard"].clock.now(),
        )
    done = commands("people", "forget", "--phone", HER, "--reason", "a letter")
    assert done.exit_code == 0, done.output
    assert "Erased: 1 do not call" in done.output
    assert "Kept until further notice: a keyed hash of the number" in done.output
    assert done.output.endswith("Forgotten\n")
    assert HER not in done.output
    with commands.app.app_context():
        assert db.session.scalars(sa.select(DoNotCall)).all() == []
        assert db.session.scalars(sa.select(Erasure.phone)).all() == [None]
    refused = commands("number", "confirm", HER)
    assert refused.exit_code == 1
    assert "asked to be forgotten" in refused.output


def test_what_is_wrong_is_one_line(commands: Commands) -> None:
    wrong = commands("people", "forget", "--phone", "12", "--reason", "a letter")
    assert wrong.exit_code == 1
    assert wrong.output.count("\n") == 1
