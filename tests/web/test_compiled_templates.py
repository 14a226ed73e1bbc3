"""Compiled templates are kept as Python keeps its bytecode, and nothing fails where they cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import jinja2
import pytest
from jinja2 import Environment, FileSystemLoader

from campaign_app.http.compiled_templates import keep_compiled_templates


def render(folder: Path) -> str:
    environment = Environment(
        loader=FileSystemLoader(folder), bytecode_cache=keep_compiled_templates(folder), autoescape=True
    )
    return environment.get_template("page.html").render(name="<Ann>")


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "page.html").write_text("Hello {{ name }}")
    return tmp_path


def test_a_template_is_compiled_once_and_again_when_it_changes(
    templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert render(templates) == "Hello &lt;Ann&gt;"
    with monkeypatch.context() as patch:
        patch.setattr(Environment, "_compile", None)  # a second compilation would call it
        assert render(templates) == "Hello &lt;Ann&gt;"
        patch.setattr(jinja2, "__version__", "0.other")
        with pytest.raises(TypeError):
            render(templates)
    (templates / "page.html").write_text("Bye {{ name }}")
    assert render(templates) == "Bye &lt;Ann&gt;"


def test_a_folder_that_cannot_be_made_or_written_costs_no_page(
    templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (templates / "__pycache__").write_text("in the way")
    assert keep_compiled_templates(templates) is None
    assert render(templates) == "Hello &lt;Ann&gt;"
    (templates / "__pycache__").unlink()
    cache = keep_compiled_templates(templates)
    assert cache is not None
    (templates / "__pycache__").rmdir()  # what is written next fails
    environment = Environment(loader=FileSystemLoader(templates), bytecode_cache=cache, autoescape=True)
    assert environment.get_template("page.html").render(name="Ann") == "Hello Ann"


def test_where_python_may_not_write_bytecode_nothing_is_written(
    templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert keep_compiled_templates(templates) is None
    assert render(templates) == "Hello &lt;Ann&gt;"
    assert [path.name for path in templates.iterdir()] == ["page.html"]
