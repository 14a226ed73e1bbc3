"""The contract of every provider, over a real Asterisk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.asterisk.loopback import AsteriskHarness, Desk, Line
from tests.providers.contract import ProviderContract

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]


class TestAsterisk(ProviderContract):
    @pytest.fixture
    def harness(self, line: Line) -> Iterator[AsteriskHarness]:
        opened = Desk(line, line.provider())
        opened.connect()
        yield AsteriskHarness(opened.provider)
        opened.provider.close()
