"""The command line: `flask --app app …`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from campaign_app import Switchboard
from campaign_app.domain.errors import SwitchboardError
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.queries import invariants
from campaign_app.serve import database_trouble, run_engine
from campaign_app.services import demo, tokens, trunks, users
from campaign_app.transaction import transaction

if TYPE_CHECKING:
    from flask import Flask

ACTOR = "cli"

engine_group = AppGroup("engine", help="The engine that dials.")
admin_group = AppGroup("admin", help="People with all rights.")
token_group = AppGroup("token", help="Tokens of the REST API.")
demo_group = AppGroup("demo", help="Something to look at.")


def _board() -> Switchboard:
    board: Switchboard = current_app.extensions["switchboard"]
    return board


@contextmanager
def _changing() -> Iterator[Session]:
    """A transaction of the command line: what is expected to fail ends as one line and exit status 1."""
    trouble = database_trouble()
    if trouble is not None:
        raise click.ClickException(trouble)
    try:
        with transaction(db.session()) as session:
            yield session
    except SwitchboardError as error:
        raise click.ClickException(str(error)) from None


def _default_trunk(session: Session) -> None:
    settings = _board().settings
    trunks.ensure_default(
        session,
        settings.provider,
        lines=settings.trunk_lines,
        calls_per_second=settings.trunk_calls_per_second,
        now=_board().clock.now(),
    )


@engine_group.command("run")
def engine_run() -> None:
    """Run the engine alone until it is told to stop."""
    run_engine(current_app._get_current_object())  # type: ignore[attr-defined]


@admin_group.command("create")
@click.argument("email")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
def admin_create(email: str, password_stdin: bool) -> None:
    """Make an account with all rights."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with _changing() as session:
        user = users.create_admin(session, email, password, actor=ACTOR, now=_board().clock.now())
    click.echo(f"{user.email} can sign in now")


@token_group.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def token_create(name: str, role: str) -> None:
    """Make an API token and print it, alone: it is shown this once."""
    with _changing() as session:
        _, plain = tokens.create(session, name, Role(role), actor=ACTOR, now=_board().clock.now())
    click.echo(plain)


@demo_group.command("load")
def demo_load() -> None:
    """Load and start a demo campaign with 500 numbers on the simulator."""
    with _changing() as session:
        _default_trunk(session)
        campaign = demo.load(session, actor=ACTOR, now=_board().clock.now())
    click.echo(f"Started: {_board().settings.base_url}/campaigns/{campaign.id}")


@click.command("check")
@with_appcontext
def check() -> None:
    """Check the promises I1–I9 over the database. Exit status 1 when one is broken."""
    trouble = database_trouble()
    if trouble is not None:
        raise click.ClickException(trouble)
    with db.engine.connect() as connection:
        findings = invariants.check(connection, _board().clock.now())
    for finding in findings:
        click.echo(f"{finding.name:8} {'BROKEN' if finding.broken else 'ok':6} {finding.promise}")
        for line in finding.broken:
            click.echo(f"         - {line}")
    if any(finding.broken for finding in findings):
        raise SystemExit(1)


def register(app: Flask) -> None:
    for group in (engine_group, admin_group, token_group, demo_group):
        app.cli.add_command(group)
    app.cli.add_command(check)
