"""The drill of docs/backup.md under the real product: the disk is lost, and nobody rings twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.drill import play_drill
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_the_drill(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    new_url: Callable[[], str] = lambda: f"sqlite:///{tmp_path / 'there' / 'switchboard.sqlite'}"  # noqa: E731
    if not database_url.startswith("sqlite"):
        server: PostgresServer = request.getfixturevalue("postgres")
        new_url = server.new_database
    result = play_drill(tmp_path, database_url, new_url(), keep_journal=False, seed=7)
    assert result.broken == []
    assert result.lost > 0, "there was something to lose"
    shutil.rmtree(tmp_path / "there")
