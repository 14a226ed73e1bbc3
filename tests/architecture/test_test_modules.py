"""Test modules: what they share stands in support modules and conftest.py, where a newcomer looks for it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.server import ROOT

MODULES = sorted((ROOT / "tests").rglob("*.py"))


def imports_of(path: Path) -> list[str]:
    """The full names of what a module imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_imports_from_a_test_module(path: Path) -> None:
    parts = [(name, part) for name in imports_of(path) for part in name.split(".")[:-1]]
    assert [name for name, part in parts if part.startswith("test_")] == []
