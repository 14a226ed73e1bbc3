"""Fixtures for all tests. What they are made of lives in tests/support."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from tests.support.authorities import share_authorities
from tests.support.browser import Pages, chromium
from tests.support.clock import FakeClock
from tests.support.passwords import weigh_passwords_quickly
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.routes import remember_rules
from tests.support.scratch import in_memory
from tests.support.statements import share_compiled_statements
from tests.support.whole_answers import read_answers_whole

if TYPE_CHECKING:
    from tests.engine.world import World


def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders lie in memory where there is room. (A worker of pytest-xdist is given one of the whole run's
    folder, which goes when all have ended.)"""
    remember_rules()
    share_authorities()
    share_compiled_statements()
    read_answers_whole()
    weigh_passwords_quickly()
    memory = in_memory()
    if config.option.basetemp is None and memory is not None:
        config.option.basetemp = tempfile.mkdtemp(prefix="switchboard-tests-", dir=memory)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported stays until the end: the garbage collector need not walk it meanwhile, nor during every test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.fixture
def clock() -> FakeClock:
    """Friday 2026-11-20 15:00 UTC, until the test moves it."""
    return FakeClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A throwaway PostgreSQL server, started by the first test that asks."""
    with postgres_server() as server:
        yield server


def create_schema(url: str) -> None:
    """All tables, as the models declare them. (That the migrations make the same is a test of its own.)"""
    from campaign_app.extensions import make_engine
    from campaign_app.models import Base
    from campaign_app.schema_version import program_revision, write_revision

    engine = make_engine(url)
    try:
        Base.metadata.create_all(engine)
        with engine.begin() as connection:
            write_revision(connection, program_revision())
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no row, to copy: creating them costs more than most tests."""
    path = tmp_path_factory.mktemp("schema") / "template.sqlite"
    create_schema(f"sqlite:///{path}")
    return path


LONGEST_ID = 80
"""Characters of one parameter's value in the name of its test."""


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long value is cut in its test's name, which goes from process to process several times: twelve megabytes of
    name would take longer than the test. pytest numbers those that are then the same."""
    if isinstance(val, str) and len(val) > LONGEST_ID:
        return f"{val[:LONGEST_ID]}...{len(val)}".encode("unicode_escape").decode("ascii")
    if isinstance(val, bytes) and len(val) > LONGEST_ID:
        return f"{val[:LONGEST_ID]!r}...{len(val)}"
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a database runs on SQLite and on PostgreSQL, unless it is marked `sqlite_only` or
    `postgres_only`."""
    if "database_url" not in metafunc.fixturenames:
        return
    kinds = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
    node = metafunc.definition
    if node.get_closest_marker("sqlite_only"):
        kinds = kinds[:1]
    elif node.get_closest_marker("postgres_only"):
        kinds = kinds[1:]
    metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the test's own with all tables and no row; the test runs once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.new_database(create_schema)
    yield url
    server.drop_database(url)


@pytest.fixture
def world(database_url: str, request: pytest.FixtureRequest) -> Iterator[World]:
    """Empty but for one trunk, on each kind of database; its promises are checked when the test is over, unless it is
    marked as one that spoils them."""
    from tests.engine.world import World

    world = World(database_url)
    world.record_moves()
    try:
        yield world
        if request.node.get_closest_marker("spoils") is None:
            world.check()
    finally:
        world.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, started by the first test that asks."""
    with chromium() as running:
        yield running


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:
    """Opens pages (`pages.new(...)`) and fails the test on console errors, script errors, CSP violations and
    requests to strangers, unless the test named them with `pages.allow(...)`."""
    opened = Pages(browser)
    yield opened
    opened.close()
    problems = opened.problems()
    assert not problems, "the browser complained:\n" + "\n".join(problems)


@pytest.fixture
def page(pages: Pages) -> Page:
    """One watched page, 1280 × 800, light."""
    return pages.new(viewport={"width": 1280, "height": 800})


@pytest.fixture
def new_page(pages: Pages) -> Callable[..., Page]:
    """Opens further watched pages: `new_page(java_script_enabled=False, viewport=...)`."""
    return pages.new
