"""Doctor command: what is in force on this machine, where it comes from, and what is wrong with it."""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import metadata
from typing import Any, NamedTuple

import click
from flask import current_app
from flask.cli import with_appcontext

from campaign_app import __version__
from campaign_app.app_context import AppContext, context_of
from campaign_app.config import PREFIX, SECRETS, SETTING_FIELDS, SETTINGS_READ, Settings
from campaign_app.disk_space import measure_disk
from campaign_app.domain.public_holidays import is_library_old
from campaign_app.extensions import database_errors_in_one_line, db
from campaign_app.queries import health as health_queries
from campaign_app.serve import DatabaseUnavailable, check_database
from campaign_app.services import health, readiness, trunks
from campaign_app.services.public_address import list_public_url_problems
from campaign_app.time_zones import describe_zone_data
from campaign_app.transaction import transaction

MOST_SKEW = 2.0
"""Seconds that this clock and the database's may differ."""
LEAST_CERTIFICATE_DAYS = 14
LEAST_DISK_SHARE = 0.1
ANSWER_SECONDS = 5.0


class Finding(NamedTuple):
    """One line. `problem`: something has to be done."""

    name: str
    text: str
    problem: bool = False


def list_settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Every setting that is not its default, and the two that say where the data are, with their source."""
    path, *from_file = environ.get(SETTINGS_READ, "").split(",")
    for name in ("INSTANCE_PATH", *SETTING_FIELDS):
        variable = PREFIX + name
        given = environ.get(variable)
        if not given and name not in ("INSTANCE_PATH", "DATABASE_URL"):
            continue
        source = (
            "the default"
            if not given
            else f"from {path}"
            if variable in from_file
            else "from the environment"
        )
        value = getattr(settings, name.lower())
        if name == "DATABASE_URL":
            value = db.engine.url.render_as_string(hide_password=True)
        elif name in SECRETS:
            value = "(set, not shown)"
        yield Finding(name, f"{value}  {source}")


def list_versions() -> Iterator[Finding]:
    yield Finding("Switchboard", f"{__version__} in {os.path.dirname(__file__)}")
    yield Finding("Python", f"{platform.python_version()} on {platform.platform(terse=True)}")


def check_data(context: AppContext) -> Iterator[Finding]:
    """The database with its schema, the engines, the journal, dispatch and the disk: the parts of /readyz."""
    settings, now = context.settings, context.clock.now()
    space = measure_disk(settings.instance_path)
    share = space.free / max(space.size, 1)
    yield Finding(
        "Disk", f"{space.free / 2**30:,.1f} GiB of {space.size / 2**30:,.1f} free", share < LEAST_DISK_SHARE
    )
    try:
        check_database()
    except DatabaseUnavailable as failure:
        yield Finding("Database", str(failure), problem=True)
        return
    session = db.session()
    yield Finding(
        "Database", f"{health_queries.read_database_version(session)}, its tables are this version's"
    )
    for part in readiness.check_readiness(session, now, settings.tick_seconds)[1:]:
        yield Finding(part.name.capitalize(), part.failure or part.state, part.failure is not None)
    for engine in health.list_engines(session, now, settings.tick_seconds):
        if engine.state == "on" and engine.heartbeat.last_error:
            yield Finding(engine.heartbeat.name, engine.heartbeat.last_error, problem=True)


def check_clock(now: datetime) -> Iterator[Finding]:
    """This machine's clock beside the database's, and whether anybody sets it."""
    zones = describe_zone_data(now)
    yield Finding("Clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")
    yield Finding(
        "Time zones", f"{zones.version} from the {zones.source}{', which is old' if zones.is_old else ''}"
    )
    version = metadata.version("holidays")
    old = ", which is old" if is_library_old(version, now.date()) else ""
    yield Finding("Public holidays", f"package holidays {version}{old}")
    theirs = health_queries.read_database_time(db.session())
    if theirs is not None and abs(skew := (now - theirs).total_seconds()) > MOST_SKEW:
        yield Finding(
            "Clock", f"{abs(skew):,.1f} s {'ahead of' if skew > 0 else 'behind'} the database's", True
        )
    timedatectl = shutil.which("timedatectl")
    if timedatectl is not None:
        try:
            asked = subprocess.run(
                [timedatectl, "show", "--property=NTPSynchronized", "--value"],
                capture_output=True,
                text=True,
                timeout=ANSWER_SECONDS,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            yield Finding("Clock", f"whether anything sets it could not be asked: {error}")
            return
        if asked.stdout.strip() == "no":
            yield Finding(
                "Clock", "nothing sets it by the network's time: calling hours need a right clock", True
            )


def check_front(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What people meet at PUBLIC_URL: whether it is we, its certificate, and whether the proxy is trusted."""
    for problem in list_public_url_problems(db.session(), settings.public_url):
        yield Finding("PUBLIC_URL", problem, problem=True)
    if settings.public_url is None:
        yield Finding("PUBLIC_URL", "not set: it is reached at " + settings.base_url)
        return
    if settings.behind_tls and not settings.trusted_proxies:
        yield Finding(
            "TRUSTED_PROXIES",
            "0, and TLS stands in front: everybody counts as one address; set it to 1",
            True,
        )
    import httpx

    question = secrets.token_hex(16)
    with transaction(db.session()) as session:
        readiness.write_identity_probe(session, question)
    try:
        with httpx.stream(
            "GET", f"{settings.base_url}/healthz", params={"question": question}, timeout=ANSWER_SECONDS
        ) as answer:
            handle = answer.extensions["network_stream"].get_extra_info("ssl_object")
            certificate = handle.getpeercert() if handle is not None else None
            text = answer.read()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        yield Finding("PUBLIC_URL", f"{settings.base_url} does not answer: {error}", problem=True)
        return
    finally:
        with transaction(db.session()) as session:
            readiness.remove_identity_probe(session, question)
    body = _read_json(text)
    if answer.status_code != 200 or "database" not in body:
        words = "answers, and is not a Switchboard that is well"
    elif not body.get("knows_question"):
        words = "is another Switchboard, or an older version: see where its name leads"
    else:
        words = ""
    yield Finding("PUBLIC_URL", f"{settings.base_url} {words or 'is this'}", problem=bool(words))
    if certificate:
        left = (ssl.cert_time_to_seconds(str(certificate["notAfter"])) - now.timestamp()) / 86400
        yield Finding("Certificate", f"{left:,.0f} days are left", left < LEAST_CERTIFICATE_DAYS)


def _read_json(text: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {}


def check_trunks(context: AppContext) -> Iterator[Finding]:
    session, now = db.session(), context.clock.now()
    for trunk in trunks.list_trunks(session):
        told = trunks.to_api(session, trunk, vault=context.vault, now=now)
        reason = f": {told['reason']}" if told["reason"] else ""
        text = f"{trunk.provider}, {told['state']}{reason}"
        yield Finding(f"Trunk {trunk.name}", text, told["state"] != "up")


@click.command("doctor")
@with_appcontext
def examine() -> None:
    """Say what is in force here and where it comes from, and what is wrong. Exit status 1 where something is."""
    with database_errors_in_one_line():
        _examine(context_of(current_app))


def _examine(context: AppContext) -> None:
    now = context.clock.now()
    broken = False
    for heading, findings in (
        ("Settings", list_settings(context.settings, os.environ)),
        ("Versions", list_versions()),
        ("Data", check_data(context)),
    ):
        broken |= _print_findings(heading, findings)
    try:
        check_database()
    except DatabaseUnavailable:
        raise SystemExit(1) from None
    for heading, findings in (
        ("Clock", check_clock(now)),
        ("In front", check_front(context.settings, now)),
        ("Trunks", check_trunks(context)),
    ):
        broken |= _print_findings(heading, findings)
    if broken:
        raise SystemExit(1)


def _print_findings(heading: str, findings: Iterator[Finding]) -> bool:
    """Whether one of them is a problem."""
    click.echo(f"{heading}:")
    broken = False
    for finding in findings:
        click.echo(f"  {'!!' if finding.problem else 'ok'} {finding.name}: {finding.text}")
        broken |= finding.problem
    return broken
