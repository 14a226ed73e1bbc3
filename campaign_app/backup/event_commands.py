"""Commands of raw events: `flask --app app events partition`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from campaign_app.app_context import context_of
from campaign_app.extensions import db, refuse_shared_sessions
from campaign_app.instance_lock import hold_alone
from campaign_app.queries import event_months
from campaign_app.queries.event_months import CannotPartition
from campaign_app.schema_version import check_schema
from campaign_app.transaction import begin_write

from .archive import BadBackup
from .commands import REFUSED, Refusal, make_place, refusing

if TYPE_CHECKING:
    from flask import Flask

events_group = AppGroup("events", help="Raw events: what providers said of calls.")


@events_group.command("partition")
@click.option("--undo", is_flag=True, help="Copy them back into one plain table.")
def partition_events(undo: bool) -> None:
    """Keep raw events by month (PostgreSQL), each in a table of its own, from here on. Every process must be stopped.
    One transaction: it happens whole or not at all. Exit status 2 where it is refused."""
    context = context_of(current_app)
    if db.engine.dialect.name == "sqlite":
        raise Refusal(
            "only PostgreSQL keeps raw events by month; SQLite has one file for everything", REFUSED
        )
    with refusing(), hold_alone(context.settings.instance_path, context.settings.sqlite_file):
        refuse_shared_sessions(db.engine)
        with db.engine.connect() as connection:
            check_schema(connection)
        now = context.clock.now()
        users = make_place(context).describe_users(now)
        if users is not None:
            raise BadBackup(users)
        try:
            with begin_write(db.engine) as connection:
                outcome = _change_partitions(connection, now, undo=undo)
        except CannotPartition as refusal:
            raise Refusal(f"{refusal}", REFUSED) from None
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in event_months.IN_USE:
                raise
            raise Refusal(
                "another program is using the table of raw events: end it (pg_stat_activity names it), then try again",
                REFUSED,
            ) from None
    click.echo(outcome)


def _change_partitions(connection: Connection, now: datetime, *, undo: bool) -> str:
    if event_months.is_partitioned(connection) is not undo:
        return "Raw events are in one plain table already" if undo else "Raw events are kept by month already"
    if undo:
        rows = event_months.merge_partitions(connection)
        return f"Raw events are in one plain table again: {rows:,} copied"
    partitioned = event_months.partition_events(connection, now)
    moved = f"; {partitioned.moved:,} of later months moved to where they belong" if partitioned.moved else ""
    return (
        f"Raw events are kept by month: all until now in {partitioned.name}, not copied{moved};"
        f" then {', '.join(partitioned.months)}"
    )


def register_event_commands(app: Flask) -> None:
    app.cli.add_command(events_group)
