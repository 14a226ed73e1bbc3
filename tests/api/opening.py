"""An application whose API is asked, without an engine."""

from __future__ import annotations

from pathlib import Path

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.extensions import db
from campaign_app.models import Role, Trunk
from campaign_app.services.people import tokens
from campaign_app.transaction import transaction
from tests.api.asking import Api
from tests.support.clock import FakeClock


def open_api(instance: Path, url: str, clock: FakeClock, plain_tokens: dict[str, str] | None = None) -> Api:
    """Of a database that has tables; with a trunk and a token of each role, unless they are handed in as those that it
    has."""
    settings = Settings(
        instance_path=instance, database_url=url, engine="off", secret_key="s" * 32, max_upload_mb=1
    )
    app = create_app(settings, clock=clock)
    if plain_tokens is None:
        plain_tokens = {}
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
                _, plain_tokens[role.value] = tokens.create_token(
                    session, role.value, role, actor="cli", now=clock.now()
                )
    api = Api(app, clock, plain_tokens)
    app.extensions["switchboard"].wake = lambda: api.wakes.append(None)
    return api


def close_api(api: Api) -> None:
    with api.app.app_context():
        db.session.remove()
        db.engine.dispose()
