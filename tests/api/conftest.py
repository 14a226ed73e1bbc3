"""The API of an application without an engine, asked through Flask's test client."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.extensions import db
from campaign_app.models import Role, Trunk
from campaign_app.services.people import tokens
from campaign_app.transaction import transaction
from tests.api.asking import Api
from tests.support.clock import FakeClock


@pytest.fixture
def make_api(tmp_path: Path, clock: FakeClock) -> Iterator[Callable[[str], Api]]:
    apps: list[Flask] = []

    def make(url: str) -> Api:
        settings = Settings(
            instance_path=tmp_path / "instance",
            database_url=url,
            engine="off",
            secret_key="s" * 32,
            max_upload_mb=1,
        )
        app = create_app(settings, clock=clock)
        apps.append(app)
        plain: dict[str, str] = {}
        with app.app_context(), transaction(db.session()) as session:
            session.add(
                Trunk(
                    name="default",
                    provider="simulator",
                    settings={},
                    max_concurrent_calls=3,
                    created_at=clock.now(),
                )
            )
            for role in Role:
                _, plain[role.value] = tokens.create_token(
                    session, role.value, role, actor="cli", now=clock.now()
                )
        api = Api(app, clock, plain)
        app.extensions["switchboard"].wake = lambda: api.wakes.append(None)
        return api

    yield make
    for app in apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def api(make_api: Callable[[str], Api], sqlite_template: Path, tmp_path: Path) -> Api:
    """On SQLite: what is not about SQL needs no second database."""
    path = tmp_path / "api.sqlite"
    shutil.copyfile(sqlite_template, path)
    return make_api(f"sqlite:///{path}")


@pytest.fixture
def each_api(make_api: Callable[[str], Api], database_url: str) -> Api:
    """On SQLite and on PostgreSQL."""
    return make_api(database_url)
