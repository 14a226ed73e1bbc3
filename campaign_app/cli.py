"""Command line: `flask --app app …`."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, BinaryIO, ParamSpec

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from campaign_app import __version__
from campaign_app.app_context import AppContext, context_of
from campaign_app.backup.commands import Refusal, register_backup_commands
from campaign_app.backup.event_commands import register_event_commands
from campaign_app.doctor import examine
from campaign_app.domain.errors import InvalidInput, SwitchboardError
from campaign_app.engine.upkeep import CounterCorrection, repair_all_counters
from campaign_app.extensions import database_errors_in_one_line, db
from campaign_app.models import Role
from campaign_app.models.audit_chain import verify_chain
from campaign_app.own_command import own_command
from campaign_app.queries import invariants
from campaign_app.serve import (
    DatabaseUnavailable,
    check_database,
    check_for_rollback,
    recover_in_this_process,
    run_engine,
)
from campaign_app.services import confirmed_numbers, demo, erasure, health, recovery, rule_packs, trunks
from campaign_app.services.erasure_files import ErasedFiles
from campaign_app.services.people import factors, links, tokens, users
from campaign_app.signing import MOST_BYTES, NotGenuine, describe_key, parse_key, verify_document
from campaign_app.transaction import begin_write, read_snapshot, transaction

if TYPE_CHECKING:
    from flask import Flask

ACTOR = "cli"
P = ParamSpec("P")

engine_group = AppGroup("engine", help="The engine that dials.")
admin_group = AppGroup("admin", help="People with all rights.")
number_group = AppGroup("number", help="Numbers of people who work here.")
people_group = AppGroup("people", help="People who ask what is held of them.")
token_group = AppGroup("token", help="Tokens of the REST API.")
audit_group = AppGroup("audit", help="The audit trail.")
demo_group = AppGroup("demo", help="Something to look at.")
packs_group = AppGroup("packs", help="Rules of countries and states.")
receipt_group = AppGroup("receipt", help="Signed receipts of calls.")
repair_group = AppGroup("repair", help="Put right what should never be wrong.")
recover_group = AppGroup("recover", help="After the database went backwards: the calls that it lost.")


def _app_context() -> AppContext:
    return context_of(current_app)


def needs_database(command: Callable[P, None]) -> Callable[P, None]:
    """A command that ends with one line where the database cannot be used."""

    @wraps(command)
    def run_command(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            check_database()
        except DatabaseUnavailable as failure:
            raise Refusal(str(failure), failure.status) from None
        with database_errors_in_one_line():
            command(*args, **kwargs)

    return run_command


@contextmanager
def _cli_transaction() -> Iterator[Session]:
    """A transaction of the command line: what is expected to fail ends as one line and exit status 1."""
    try:
        with transaction(db.session()) as session:
            yield session
    except SwitchboardError as error:
        raise click.ClickException(str(error)) from None


def _ensure_default_trunk(session: Session) -> None:
    settings = _app_context().settings
    trunks.ensure_default_trunk(
        session,
        settings.provider,
        lines=settings.trunk_lines,
        calls_per_second=settings.default_calls_per_second,
        now=_app_context().clock.now(),
    )


@engine_group.command("run")
def engine_run() -> None:
    """Run the engine alone until it is told to stop."""
    run_engine(current_app._get_current_object())  # type: ignore[attr-defined]


@engine_group.command("check")
@needs_database
def engine_check() -> None:
    """Say whether an engine of this host ticks, for a supervisor. Exit status 1 when none does."""
    app_context = _app_context()
    host = socket.gethostname()
    engines = health.list_engines(db.session(), app_context.clock.now(), app_context.settings.tick_seconds)
    ticking = [
        engine.heartbeat
        for engine in engines
        if engine.heartbeat.host == host and engine.heartbeat.role == "engine" and engine.state == "on"
    ]
    if not ticking:
        raise click.ClickException(f"no engine ticks on {host}")
    for beat in ticking:
        click.echo(f"{beat.name} ticks: the last one took {beat.tick_ms} ms")


@admin_group.command("create")
@click.argument("email")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
@needs_database
def admin_create(email: str, password_stdin: bool) -> None:
    """Make an account with all rights."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with _cli_transaction() as session:
        user = users.create_admin(session, email, password, actor=ACTOR, now=_app_context().clock.now())
    click.echo(f"{user.email} can sign in now")


@admin_group.command("reset")
@click.argument("email")
@click.option(
    "--second-factor", is_flag=True, help="Remove the authenticator app, passkeys and recovery codes, too."
)
@needs_database
def admin_reset(email: str, second_factor: bool) -> None:
    """Print a link with which somebody chooses a new password, within a day."""
    at = _app_context().clock.now()
    with _cli_transaction() as session:
        user_id = users.find_user_id(session, email)
        if user_id is None:
            raise click.ClickException(f"there is no user {email}")
        if second_factor:
            factors.remove_all(session, user_id, actor=ACTOR, now=at)
        _, key = links.new_link(session, user_id, actor=ACTOR, now=at)
    click.echo(f"{_app_context().settings.base_url}/welcome/{key}")


@number_group.command("confirm")
@click.argument("phone")
@needs_database
def number_confirm(phone: str) -> None:
    """Say that a number belongs to somebody here: test calls to it may ring at any hour, as often as wanted."""
    with _cli_transaction() as session:
        number = confirmed_numbers.confirm_number(session, phone, actor=ACTOR, now=_app_context().clock.now())
    click.echo(f"test calls to {number} may ring at any hour")


@token_group.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option(
    "--days", type=click.IntRange(1, tokens.MOST_DAYS), default=tokens.DEFAULT_DAYS, show_default=True,
    help="How long it works.",
)  # fmt: skip
@click.option(
    "--campaign", "campaigns", type=int, multiple=True, help="Only for this campaign; may be repeated."
)
@click.option(
    "--calls-per-day", type=click.IntRange(1), default=tokens.CALLS_PER_DAY, show_default=True,
    help="Single calls and test calls that it may place in a day (UTC).",
)  # fmt: skip
@needs_database
def token_create(name: str, role: str, days: int, campaigns: tuple[int, ...], calls_per_day: int) -> None:
    """Make an API token and print it, alone: it is shown this once."""
    with _cli_transaction() as session:
        _, plain_text = tokens.create_token(
            session,
            name,
            Role(role),
            actor=ACTOR,
            now=_app_context().clock.now(),
            days=days,
            campaigns=campaigns,
            max_calls_per_day=calls_per_day,
        )
    click.echo(plain_text)


@demo_group.command("load")
@needs_database
def demo_load() -> None:
    """Load and start a demo campaign with 500 numbers on the simulator."""
    with _cli_transaction() as session:
        _ensure_default_trunk(session)
        campaign = demo.load_demo_campaign(session, actor=ACTOR, now=_app_context().clock.now())
    click.echo(f"Started: {_app_context().settings.base_url}/campaigns/{campaign.id}")


@repair_group.command("counters")
@needs_database
def repair_counters() -> None:
    """Compare every campaign's counters with a count, and correct them. The engine does it once an hour."""
    corrected: list[CounterCorrection] = []
    if not repair_all_counters(db.engine, f"cli-{os.getpid()}-{secrets.token_hex(4)}", corrected.append):
        raise click.ClickException("an engine is repairing at this moment; try again in a minute")
    for correction in corrected:
        click.echo(f"Corrected {correction}")
    noun = "campaign" if len(corrected) == 1 else "campaigns"
    click.echo(f"{len(corrected):,} {noun} had wrong counters" if corrected else "All counters are right")


@audit_group.command("verify")
@click.option("--head", help="The hash that an earlier run printed; it must still be in the chain.")
@needs_database
def audit_verify(head: str | None) -> None:
    """Say whether the audit trail is as it was written. Exit status 1 when an entry was changed, removed or added."""
    with read_snapshot(db.engine) as connection:
        report = verify_chain(connection, head)
    for problem in report.problems:
        click.echo(problem[:1].upper() + problem[1:])
    click.echo(
        f"{report.entries:,} entries; {report.changed:,} changed where somebody was forgotten,"
        f" {report.removed:,} removed when their time was over, {report.unsealed:,} not sealed yet"
    )
    click.echo(f"Head: {report.head}")
    if report.problems:
        raise click.ClickException("the audit trail is not as it was written")


@people_group.command("forget")
@click.option("--phone", required=True, help="With its country code, such as +13125550123.")
@click.option("--reason", required=True, help="Why; it is kept without the number.")
@click.option(
    "--keep/--no-keep", default=True, help="Keep a keyed hash, by which the number is never called again."
)
@needs_database
def people_forget(phone: str, reason: str, keep: bool) -> None:
    """Erase a person everywhere, for good. What is held can be exported before: GET /api/v1/people/export."""
    with _cli_transaction() as session:
        number = erasure.parse_person(phone)
        made = erasure.request_erasure(
            session,
            number,
            reason=reason,
            keep_on_do_not_call=keep,
            actor=ACTOR,
            now=_app_context().clock.now(),
        )
    context = _app_context()
    files = ErasedFiles(context.settings.instance_path, context.settings.ledger_path)
    for _ in erasure.erase_person(db.engine, begin_write, made.id, files, context.clock.now):
        pass
    db.session.expire_all()
    done = erasure.get_erasure(db.session(), made.id)
    for what, count in done.counts.items():
        click.echo(f"Erased: {count:,} {what.replace('_', ' ')}")
    for record in done.kept:
        click.echo(f"Kept until {record['until'] or 'further notice'}: {record['what']} ({record['why']})")
    left = done.waits_for or "more to search"
    click.echo("Forgotten" if done.state == "done" else f"The upkeep goes on: {left}")


def _warn_if_rolled_back() -> None:
    rollback = check_for_rollback(current_app._get_current_object())  # type: ignore[attr-defined]
    if rollback is not None:
        click.echo(rollback.capitalize(), err=True)


def _print_quarantine(quarantine: recovery.QuarantineStatus | None) -> None:
    if quarantine is None:
        click.echo("There is no quarantine: dialing goes on")
        return
    doubt = quarantine.doubt
    who = f"the folder on {quarantine.host}" if doubt else f"the journal on {quarantine.host}"
    if quarantine.moved_at is not None:
        who = "this is the old place of a move, and"
    click.echo(f"Nothing is dialed since {quarantine.since:%Y-%m-%d %H:%M:%S} UTC; {who} told why")
    if quarantine.moved_at is not None:
        click.echo(f"A backup for a move was made at {quarantine.moved_at:%Y-%m-%d %H:%M:%S} UTC")
    if doubt is not None:
        for line in recovery.describe_doubt(doubt):
            click.echo(line)
    click.echo(f"Lost calls: {quarantine.lost:,} to be written back, {quarantine.restored:,} written back")
    if quarantine.last_error:
        click.echo(f"It does not go on: {quarantine.last_error}")


@recover_group.command("show")
@needs_database
def recover_show() -> None:
    """Compare the database with this machine's journal; say whether dialing is in quarantine, and how many calls
    are lost. Exit status 1 while it is."""
    _warn_if_rolled_back()
    with _cli_transaction() as session:
        quarantine = recovery.get_quarantine(session)
    _print_quarantine(quarantine)
    if quarantine is not None:
        raise SystemExit(1)


@recover_group.command("begin")
@needs_database
def recover_begin() -> None:
    """Say that this database is an old copy, where nothing else can tell: a machine that went back as a whole."""
    with _cli_transaction() as session:
        recovery.report_restore(
            session, host=socket.gethostname(), actor=ACTOR, now=_app_context().clock.now()
        )
        quarantine = recovery.get_quarantine(session)
    _print_quarantine(quarantine)


@recover_group.command("run")
@click.option("--give-up", is_flag=True, help="Ask nobody: what is left becomes unresolved.")
@click.option("--timeout", default=300.0, show_default=True, help="Seconds to wait for the end.")
@needs_database
def recover_run(give_up: bool, timeout: float) -> None:
    """Ask the providers about the lost calls and write them back. Nobody is dialed; run it again to go on."""
    _warn_if_rolled_back()
    with _cli_transaction() as session:
        recovery.request_recovery(session, actor=ACTOR, now=_app_context().clock.now(), give_up=give_up)
    calls_left = recover_in_this_process(current_app._get_current_object(), timeout)  # type: ignore[attr-defined]
    with _cli_transaction() as session:
        quarantine = recovery.get_quarantine(session)
    _print_quarantine(quarantine)
    if calls_left or (quarantine is not None and quarantine.step != "done"):
        raise click.ClickException("not all of them are written back yet; run it again")
    click.echo(f"Dial again with: {own_command('recover release')}")


@recover_group.command("release")
@needs_database
def recover_release() -> None:
    """Dial again, once every lost call is written back. Whoever may have been called, and no provider can say, is held
    back for as long as the caps of the campaign say."""
    with _cli_transaction() as session:
        recovery.release_quarantine(session, actor=ACTOR, now=_app_context().clock.now())
    click.echo("Dialing goes on")


@packs_group.command("check")
@click.argument("file", type=click.File("rb"))
def check_pack_file(file: BinaryIO) -> None:
    """Read the pack in FILE and try its examples, without using it. Exit status 1 where something is wrong."""
    content = file.read(rule_packs.LONGEST_UPLOAD + 1)
    try:
        pack = rule_packs.check_pack(content.decode("utf-8-sig"), _app_context().clock.now())
    except UnicodeDecodeError as error:
        raise click.ClickException(f"this is not text in UTF-8: byte {error.start:,} is none of it") from None
    except InvalidInput as error:
        for each in error.errors:
            click.echo(f"{each.field}: {each.message}", err=True)
        sys.exit(1)
    examples = sum(len(rule.examples) for rule in pack.rules)
    click.echo(f"{pack.key}: right; {len(pack.rules):,} rules, {examples:,} examples")


@receipt_group.command("key")
def print_receipt_key() -> None:
    """Print the public key that verifies receipts, in base64."""
    click.echo(describe_key(_app_context().signer.public_key)["public_key"])


@receipt_group.command("verify")
@click.argument("file", type=click.File("rb"))
@click.option("--key", "key_text", help="The public key, in base64; default: this installation's.")
def verify_receipt(file: BinaryIO, key_text: str | None) -> None:
    """Say whether FILE is exactly what was signed. Exit status 1 where it is not."""
    try:
        public_key = _app_context().signer.public_key if key_text is None else parse_key(key_text)
    except ValueError as error:
        raise click.BadParameter(f"no key: {error}", param_hint="--key") from None
    try:
        document = verify_document(file.read(MOST_BYTES + 1), public_key)
    except NotGenuine as refusal:
        raise click.ClickException(f"not genuine: {refusal}") from None
    click.echo(f"Genuine: signed {document['signed']['at']} with key {document['signed']['key_id']}")
    if "sentence" in document:
        click.echo(document["sentence"])


@click.command("check")
@with_appcontext
@needs_database
def check_promises() -> None:
    """Check the promises I1–I9 over the database. Exit status 1 when one is broken."""
    with db.engine.connect() as connection:
        findings = invariants.check_invariants(connection, _app_context().clock.now())
    for finding in findings:
        click.echo(f"{finding.name:8} {'BROKEN' if finding.violations else 'ok':6} {finding.promise}")
        for line in finding.violations:
            click.echo(f"         - {line}")
    if any(finding.violations for finding in findings):
        raise SystemExit(1)


@click.command("version")
def print_version() -> None:
    """Print the version of Switchboard (--version prints Flask's)."""
    click.echo(f"Switchboard {__version__}")


def register_commands(app: Flask) -> None:
    for group in (
        engine_group,
        audit_group,
        admin_group,
        number_group,
        people_group,
        token_group,
        demo_group,
        packs_group,
        receipt_group,
        repair_group,
        recover_group,
    ):
        app.cli.add_command(group)
    register_backup_commands(app)
    register_event_commands(app)
    app.cli.add_command(check_promises)
    app.cli.add_command(examine)
    app.cli.add_command(print_version)
