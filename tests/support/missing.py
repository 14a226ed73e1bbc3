"""What a test does when a system part is not there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(part: str) -> NoReturn:
    """Skip with the reason; fail where CI is set, so that nothing goes untested unseen."""
    if os.environ.get("CI"):
        pytest.fail(f"{part} (CI is set, so this is no reason to skip)", pytrace=False)
    pytest.skip(part)
