"""Command line: runs Flask commands of an application, in this process."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result
from flask import Flask

from campaign_app import create_app
from campaign_app.config import Settings


class Commands:
    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, *words: str, stdin: str | None = None) -> Result:
        return self.app.test_cli_runner().invoke(args=list(words), input=stdin)


def application(tmp_path: Path, url: str) -> Flask:
    return create_app(Settings(instance_path=tmp_path / "instance", database_url=url, secret_key="k" * 32))
