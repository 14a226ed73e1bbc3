"""The version: written once in the package, and the same wherever somebody reads it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from campaign_app import __version__, create_app
from campaign_app.config import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_project_file_and_changelog_name_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest is not None
    assert project["project"]["version"] == newest[1] == __version__


def test_the_command_line_prints_the_version(tmp_path: Path) -> None:
    app = create_app(
        Settings(
            instance_path=tmp_path / "instance",
            database_url=f"sqlite:///{tmp_path}/a.sqlite",
            secret_key="k" * 32,
        )
    )
    result = app.test_cli_runner().invoke(args=["version"])
    assert result.exit_code == 0
    assert result.output == f"Switchboard {__version__}\n"
