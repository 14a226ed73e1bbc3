from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scripts.loopback.asterisk import Asterisk as Server
from scripts.loopback.callees import Callees
from scripts.system_parts import find_asterisk
from tests.providers.asterisk.loopback import Desk, Line
from tests.support.missing import missing


@pytest.fixture(scope="session")
def parts() -> None:
    """Whoever wants an Asterisk asks for this first."""
    if os.geteuid() != 0:
        missing("Asterisk runs in a chroot, for which one must be root")
    if find_asterisk() is None:
        missing("Asterisk or SIPp is missing; as root: python -m scripts.system_parts asterisk")


@pytest.fixture(scope="session")
def line(parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A real Asterisk and real SIP callees, started by the first test that asks."""
    folder = tmp_path_factory.mktemp("callees")
    callees = Callees(folder, hold=20.0)
    callees.start()
    server = Server(callees.port)
    try:
        server.start()
        yield Line(server, callees, folder)
    finally:
        server.stop()
        callees.stop()


@pytest.fixture
def desk(line: Line) -> Iterator[Desk]:
    """A connected provider of the test's own."""
    opened = Desk(line, line.provider())
    try:
        yield opened.connect()
    finally:
        opened.provider.close()
