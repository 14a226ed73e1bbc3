"""A database without tables, for migrations up and down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.extensions import db
from tests.support.migrated import Migrated, drop_tables


@pytest.fixture
def database(tmp_path: Path, database_url: str) -> Iterator[Migrated]:
    """Without tables."""
    settings = Settings(instance_path=tmp_path / "instance", database_url=database_url, secret_key="k" * 32)
    app = create_app(settings)
    with app.app_context():
        drop_tables(db.engine)
    yield Migrated(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
