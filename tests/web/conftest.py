"""The site that page tests visit: without an engine, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from campaign_app.models import Role
from campaign_app.services.people import users
from tests.support.clock import FakeClock
from tests.web.people_support import Site, close, open_site


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id still, but without the 64 MiB that make it slow on purpose."""
    monkeypatch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def empty_site(tmp_path: Path, sqlite_template: Path, clock: FakeClock, cheap_hashes: None) -> Iterator[Site]:
    """No user yet."""
    site = open_site(tmp_path, sqlite_template, clock)
    yield site
    close(site)


@pytest.fixture
def site(empty_site: Site) -> Site:
    empty_site.add_users(*Role)
    return empty_site
