"""The API of an application without an engine, asked through Flask's test client."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.api.asking import Api
from tests.api.opening import close_api, open_api
from tests.support.clock import FakeClock


class MakeApi(Protocol):
    def __call__(self, url: str, tokens: dict[str, str] | None = None) -> Api: ...


@pytest.fixture
def make_api(tmp_path: Path, clock: FakeClock) -> Iterator[MakeApi]:
    """Of a database with tables and no row; with `tokens`, of one that has rows, a trunk and these."""
    made: list[Api] = []

    def make(url: str, tokens: dict[str, str] | None = None) -> Api:
        api = open_api(tmp_path / "instance", url, clock, tokens)
        made.append(api)
        return api

    yield make
    for api in made:
        close_api(api)


@pytest.fixture
def api(make_api: MakeApi, sqlite_template: Path, tmp_path: Path) -> Api:
    """On SQLite: what is not about SQL needs no second database."""
    path = tmp_path / "api.sqlite"
    shutil.copyfile(sqlite_template, path)
    return make_api(f"sqlite:///{path}")


@pytest.fixture
def each_api(make_api: MakeApi, database_url: str) -> Api:
    """On SQLite and on PostgreSQL."""
    return make_api(database_url)
