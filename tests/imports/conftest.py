"""The API of an application without an engine: that of tests/api."""

from __future__ import annotations

from tests.api.conftest import api, each_api, make_api

__all__ = ["api", "each_api", "make_api"]
