"""Commands of backups and upgrades: `flask --app app backup`, `restore`, `upgrade`, `compact` and `backup-key`."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from campaign_app.app_context import AppContext, context_of
from campaign_app.disk_space import is_disk_full
from campaign_app.extensions import (
    UnsuitableServer,
    db,
    describe_database_error,
    is_database_unusable,
    refuse_shared_sessions,
    refuse_unsuitable_server,
)
from campaign_app.folder_mark import list_dialing_installations
from campaign_app.instance_lock import InstanceInUse, hold_alone, holding_shared
from campaign_app.own_command import own_command
from campaign_app.queries import backup as backup_queries
from campaign_app.schema_version import (
    SchemaMismatch,
    check_schema,
    database_revision,
    known_revisions,
    program_revision,
)
from campaign_app.services import audit, folders, recovery
from campaign_app.transaction import transaction

from .archive import BadBackup
from .database import CopyCheck
from .make import MadeBackup, make_backup
from .place import BackupPlace
from .restore import restore_backup

if TYPE_CHECKING:
    from flask import Flask

ACTOR = "cli"
REFUSED = 2
"""The exit status of what was refused with nothing touched."""


class Refusal(click.ClickException):
    """Ends a command with one line and an exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.exit_code = status  # type: ignore[misc]


def _context() -> AppContext:
    return context_of(current_app)


def make_place(context: AppContext) -> BackupPlace:
    """Where this installation keeps what, and its backups."""
    settings = context.settings
    return BackupPlace(
        db.engine, settings.instance_path, settings.backups, settings.backup_key, settings.backup_keep
    )


@contextmanager
def refusing() -> Iterator[None]:
    """What cannot be done ends as one line and its own exit status, since 1 means that a backup was made."""
    try:
        yield
    except (BadBackup, InstanceInUse, SchemaMismatch, UnsuitableServer) as error:
        raise Refusal(f"{error}", REFUSED) from None
    except DBAPIError as error:
        if not is_database_unusable(error):
            raise
        raise Refusal(describe_database_error(error), REFUSED) from None
    except sqlite3.Error as error:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        text = (
            _describe_full_disk()
            if full
            else f"the database cannot be used: {error}: {db.engine.url.database}"
        )
        raise Refusal(text, REFUSED) from None
    except OSError as error:
        if is_disk_full(error):
            raise Refusal(_describe_full_disk(), REFUSED) from None
        name = f"{error.filename}: " if error.filename else ""
        # Root, who types the command of the service, becomes another user.
        who = f" for the user {_find_user_name()}" if isinstance(error, PermissionError) else ""
        raise Refusal(f"{name}{error.strerror or error}{who}", REFUSED) from None


def _describe_full_disk() -> str:
    return (
        f"the disk of {_context().settings.instance_path}, or the backup's, is full: make room, and try again"
    )


def _find_user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"{os.geteuid()}"


def _print_check(check: CopyCheck) -> None:
    if check.unchecked is not None:
        click.echo(f"Read back whole; its promises were not checked: {check.unchecked}")
    elif not check.broken:
        click.echo("Read back and checked: all promises hold in the copy")
    for line in check.broken:
        click.echo(f"BROKEN in the copy, as in the database: {line}", err=True)


def _print_backup(made: MadeBackup) -> None:
    click.echo(f"{made.path} ({made.size:,} bytes)")
    _print_check(made.check)
    for path in made.removed:
        click.echo(f"Removed: {path}")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--move",
    is_flag=True,
    help="For a planned move: nothing is dialed here any more, and the new place asks nothing.",
)
@with_appcontext
def back_up(file: Path | None, move: bool) -> None:
    """Back everything up while it dials, into FILE or the folder of backups, and read it back. Exit status 1 where a
    promise is broken in it."""
    context = _context()
    place = make_place(context)
    with refusing():
        if file is not None and file.exists():
            raise BadBackup(f"{file} is there already")
        refuse_shared_sessions(db.engine)
        with db.engine.connect() as connection:
            if not inspect(connection).has_table("campaigns"):
                raise BadBackup("the database has no tables yet: there is nothing to back up")
            check_schema(connection)
        if move:
            with hold_alone(place.instance, context.settings.sqlite_file):
                made = _make_moving_backup(context, place, file)
        else:
            with holding_shared(place.instance, context.settings.sqlite_file):
                made = make_backup(place, context.clock.now, target=file)
    _print_backup(made)
    if move:
        click.echo(
            "Nothing is dialed from here any more. Restore it at the new place within 24 hours, once."
            f" To dial here again all the same: {own_command('recover release')}"
        )
    if made.check.broken:
        raise SystemExit(1)


def _make_moving_backup(context: AppContext, place: BackupPlace, file: Path | None) -> MadeBackup:
    users = place.describe_users(context.clock.now())
    if users is not None:
        raise BadBackup(users)
    name = secrets.token_hex(16)
    # Before the copy is made: from here on the old place dials nothing, whatever becomes of this process.
    with transaction(db.session()) as session:
        recovery.note_move(session, name, host=socket.gethostname(), actor=ACTOR, now=context.clock.now())
    db.session.remove()
    return make_backup(place, context.clock.now, target=file, move=name, signer=context.signer)


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put it in the place of the data that are there.")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Put a backup into this installation, whose processes are stopped. It is read and checked whole before anything is
    touched. Exit status 2 where it is refused."""
    context = _context()
    place = make_place(context)
    now = context.clock.now()
    with refusing(), hold_alone(place.instance, context.settings.sqlite_file):
        refuse_unsuitable_server(db.engine)
        restored = restore_backup(
            place,
            file,
            now,
            replace=replace,
            journals=list_dialing_installations(place.instance),
            signing_key=context.settings.signing_key,
        )
        db.engine.dispose()
        with transaction(db.session()) as session:
            if restored.moved:
                folders.admit_this_folder(session, place.instance, host=socket.gethostname())
            audit.record_audit_entry(
                session,
                actor=ACTOR,
                action="backup.restore",
                object_type="backup",
                object_id=file.name[-64:],
                now=now,
                made_at=restored.made_at.isoformat(),
                moved=restored.moved,
            )
    click.echo(f"Restored: the state of {restored.made_at:%Y-%m-%d %H:%M:%S} UTC")
    _print_check(restored.check)
    if restored.kept is not None:
        click.echo(f"What was there before: {restored.kept}")
    if restored.moved:
        click.echo("A planned move: its end mark is good, and dialing goes on at the start")
    else:
        click.echo("Calls may have been made since. At the start it is looked up: see `recover show`")


@click.command("upgrade")
@with_appcontext
def upgrade_database() -> None:
    """Make the tables, or bring them up to this version: with a backup first where there are data, and every process
    stopped. Does nothing where they are this version's."""
    from flask_migrate import upgrade

    context = _context()
    with refusing():
        refuse_shared_sessions(db.engine)
        with db.engine.connect() as connection:
            there = inspect(connection).has_table("campaigns")
            revision = database_revision(connection)
            if there and revision not in known_revisions():
                check_schema(connection)
            used = there and backup_queries.is_used(connection)
        if not used:
            refuse_unsuitable_server(db.engine)
        if revision == program_revision():
            return
        with hold_alone(context.settings.instance_path, context.settings.sqlite_file):
            users = make_place(context).describe_users(context.clock.now()) if there else None
            if users is not None:
                raise BadBackup(users)
            if used:
                click.echo(f"The database is at {revision} and needs {program_revision()}; a backup first:")
                _print_backup(make_backup(make_place(context), context.clock.now))
            upgrade()
    click.echo(f"The database is at {program_revision()}")


@click.command("compact")
@with_appcontext
def compact_file() -> None:
    """Give what is free of SQLite's file back to the disk, at once. Every process must be stopped; as much space as the
    file takes must be free meanwhile. Exit status 2 where it is refused."""
    context = _context()
    file = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not file:
        raise Refusal("only SQLite's file is compacted; PostgreSQL's autovacuum does it by itself", REFUSED)
    with refusing(), hold_alone(context.settings.instance_path, context.settings.sqlite_file):
        before = Path(file).stat().st_size
        with closing(db.engine.raw_connection()) as connection:
            backup_queries.compact(connection)
        db.engine.dispose()
        after = Path(file).stat().st_size
    click.echo(f"{before:,} bytes before, {after:,} now; from here on the upkeep keeps it compact")


@click.command("backup-key")
def print_new_key() -> None:
    """Print a new key for SWITCHBOARD_BACKUP_KEY, alone. Keep a copy of it where no backup lies."""
    import pyrage

    click.echo(f"{pyrage.x25519.Identity.generate()}")


def register_backup_commands(app: Flask) -> None:
    for command in (back_up, restore, upgrade_database, compact_file, print_new_key):
        app.cli.add_command(command)
