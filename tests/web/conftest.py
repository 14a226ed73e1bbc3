"""The site that page tests visit: without an engine, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_app.models import Role
from tests.support.clock import FakeClock
from tests.web.people_support import Site, close, open_site


@pytest.fixture(scope="session")
def staffed_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A SQLite file with a user of each role, to copy: weighing four passwords costs as much as making the site."""
    directory = tmp_path_factory.mktemp("staffed")
    site = open_site(directory, sqlite_template, FakeClock())
    site.add_users(*Role)
    close(site)
    return directory / "site.sqlite"


@pytest.fixture
def empty_site(tmp_path: Path, sqlite_template: Path, clock: FakeClock) -> Iterator[Site]:
    """No user yet."""
    site = open_site(tmp_path, sqlite_template, clock)
    yield site
    close(site)


@pytest.fixture
def site(tmp_path: Path, staffed_template: Path, clock: FakeClock) -> Iterator[Site]:
    """With a user of each role."""
    site = open_site(tmp_path, staffed_template, clock)
    yield site
    close(site)
