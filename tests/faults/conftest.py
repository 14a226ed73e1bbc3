"""Worlds for the fault tests: an empty directory, a fresh database, and one fork server for all of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import create_schema
from tests.faults.rig import ForkServer
from tests.faults.scenarios import FaultWorld
from tests.support.postgres import PostgresServer, postgres_server


class MakeWorld(Protocol):
    """Makes a world on `sqlite` or `postgresql`, over a carrier."""

    def __call__(self, database: str, over: str = "carrier") -> FaultWorld: ...


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    with ForkServer(tmp_path_factory.mktemp("fork-server") / "fork-server.log") as fork_server:
        yield fork_server


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresServer]:
    """A server that keeps its fsync, for it is crashed."""
    with postgres_server(durable=True) as server:
        yield server


@pytest.fixture
def make_world(
    tmp_path: Path, fork_server: ForkServer, sqlite_template: Path, request: pytest.FixtureRequest
) -> Iterator[MakeWorld]:
    made: list[Callable[[], None]] = []

    def make(database: str, over: str = "carrier") -> FaultWorld:
        directory = tmp_path / f"world-{len(made)}"
        directory.mkdir()
        if database == "sqlite":
            path = directory / "switchboard.sqlite"
            shutil.copyfile(sqlite_template, path)
            made.append(lambda: None)
            return FaultWorld(directory, f"sqlite:///{path}", fork_server, None, over)
        server: PostgresServer = request.getfixturevalue("durable_postgres")
        url = server.new_database(create_schema)
        made.append(lambda: server.drop_database(url))
        return FaultWorld(directory, url, fork_server, server, over)

    yield make
    for undo in made:
        undo()
