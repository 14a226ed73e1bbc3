"""Command `switchboard`: everything of `flask --app app …`, with the settings of the service that is installed.

Those are in /etc/switchboard/env, or the file that SWITCHBOARD_SETTINGS names; variables of the environment come first.
So a command by hand works on the service's database, never on a second one; and as the owner of its files, whoever
root is when he types it.
"""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext

from campaign_app.config import PREFIX, SETTINGS_FILE, SETTINGS_READ, BadSetting
from campaign_app.private_files import keep_files_private

if TYPE_CHECKING:
    from flask import Flask

DEFAULT_FILE = Path("/etc/switchboard/env")
INSTALLED_INSTANCE = Path("/var/lib/switchboard")
"""INSTANCE_PATH where that file names none."""


def read_settings_file(path: Path) -> dict[str, str]:
    """Variables as systemd reads them from an EnvironmentFile: `NAME=value` or `NAME="value"`, `#` begins a comment
    line. Raises BadSetting with the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except PermissionError:
        raise BadSetting(f"{path} may not be read by this user: try again with sudo") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}"
        ) from None
    variables: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            raise BadSetting(f"{path}, line {number}: write NAME=value")
        if value[:1] in ("'", '"'):
            try:
                [value] = shlex.split(value)
            except ValueError:
                raise BadSetting(f"{path}, line {number}: the quotes of {name} do not close") from None
        variables[name] = value
    return variables


def find_settings(environ: Mapping[str, str], source: Path) -> tuple[Path | None, dict[str, str]]:
    """The settings file, if there is one, and what it adds to the environment. `source`: where a checkout has app.py.
    Raises BadSetting where nothing says which installation is meant."""
    named = environ.get(SETTINGS_FILE)
    path = Path(named) if named else DEFAULT_FILE
    if named or path.exists():
        found = read_settings_file(path)
        if path == DEFAULT_FILE:
            found.setdefault(f"{PREFIX}INSTANCE_PATH", str(INSTALLED_INSTANCE))
        return path, {name: value for name, value in found.items() if name not in environ}
    if f"{PREFIX}INSTANCE_PATH" not in environ and not (source / "app.py").exists():
        raise BadSetting(
            f"there is no {DEFAULT_FILE}: name the settings file with {SETTINGS_FILE}, or set {PREFIX}INSTANCE_PATH"
        )
    return None, {}


def become_owner(environ: MutableMapping[str, str]) -> None:
    """Root becomes the owner of INSTANCE_PATH: files that root made there would be closed to the service."""
    folder = Path(environ.get(f"{PREFIX}INSTANCE_PATH", ""))
    if os.geteuid() != 0 or not folder.is_absolute() or not folder.is_dir():
        return
    owner = folder.stat()
    if owner.st_uid == 0:
        return
    try:
        name = pwd.getpwuid(owner.st_uid).pw_name
        os.initgroups(name, owner.st_gid)
    except KeyError:
        os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    environ["HOME"] = str(folder)


def make_app() -> Flask:
    from campaign_app import ROOT, create_app

    path, found = find_settings(os.environ, ROOT)
    os.environ.update(found)
    if path is not None:
        os.environ[SETTINGS_READ] = ",".join([str(path), *sorted(found)])
    become_owner(os.environ)
    keep_files_private()
    return create_app()


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Serve the pages and the API, with the engine inside unless ENGINE=off."""
    from flask import current_app

    from campaign_app.serve import serve_app

    serve_app(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("worker", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def work(arguments: tuple[str, ...]) -> None:
    """Place the calls that engines hand over (DISPATCH=celery); ARGUMENTS go to `celery worker`."""
    words = [sys.executable, "-m", "celery", "-A", "campaign_app.worker", "worker", "--loglevel", "WARNING"]
    os.execv(sys.executable, [*words, *arguments])


def main() -> None:
    """Entry point of the wheel."""
    from flask.cli import ScriptInfo

    try:
        app = make_app()
    except BadSetting as error:
        print(f"switchboard: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    app.cli.add_command(serve)
    app.cli.add_command(work)
    try:
        status = app.cli.main(
            prog_name="switchboard", obj=ScriptInfo(create_app=lambda: app), standalone_mode=False
        )
    except click.Abort:
        raise SystemExit(1) from None
    except click.ClickException as error:
        if isinstance(error, click.UsageError):
            error.show()
        else:
            click.echo(f"Error: {error.format_message()}", err=True)
        raise SystemExit(error.exit_code) from None
    raise SystemExit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
