from __future__ import annotations

import pytest

# The contract's asserts live in a module that pytest does not collect by itself.
pytest.register_assert_rewrite("tests.providers.contract")
