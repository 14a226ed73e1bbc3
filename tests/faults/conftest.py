"""Worlds for the fault tests: an empty directory, a fresh database, a nursery of engines that is born once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import create_schema
from tests.faults.rig import Nursery
from tests.faults.scenarios import Place
from tests.support.postgres import PostgresServer, postgres_server


class MakePlace(Protocol):
    """Makes a world on `sqlite` or `postgresql`, over a carrier."""

    def __call__(self, database: str, over: str = "carrier") -> Place: ...


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "nursery.log") as nursery:
        yield nursery


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresServer]:
    """A server that keeps its fsync, for it is crashed."""
    with postgres_server(durable=True) as server:
        yield server


@pytest.fixture
def place(
    tmp_path: Path, nursery: Nursery, sqlite_template: Path, request: pytest.FixtureRequest
) -> Iterator[MakePlace]:
    made: list[Callable[[], None]] = []

    def make(database: str, over: str = "carrier") -> Place:
        directory = tmp_path / f"world-{len(made)}"
        directory.mkdir()
        if database == "sqlite":
            path = directory / "switchboard.sqlite"
            shutil.copyfile(sqlite_template, path)
            made.append(lambda: None)
            return Place(directory, f"sqlite:///{path}", nursery, None, over)
        server: PostgresServer = request.getfixturevalue("durable_postgres")
        url = server.new_database(create_schema)
        made.append(lambda: server.drop_database(url))
        return Place(directory, url, nursery, server, over)

    yield make
    for undo in made:
        undo()
