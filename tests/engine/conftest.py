from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.world import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Empty but for one trunk; its promises are checked when the test has ended well."""
    world = World(database_url)
    yield world
    try:
        world.check()
    finally:
        world.close()
