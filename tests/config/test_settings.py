"""Settings: a wrong value stops the start with one line that names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from campaign_app.config import READERS, SECRETS, SETTING_FIELDS, BadSetting, load_settings
from scripts.settings_table import PAGE, write_table

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_set_is_a_working_installation(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert settings.instance_path == tmp_path / "instance"
    assert settings.database_url == f"sqlite:///{tmp_path}/instance/switchboard.sqlite"
    assert settings.base_url == "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    "name,value,allowed",
    [
        ("PORT", "abc", "from 1 to 65535"),
        ("PORT", "70000", "from 1 to 65535"),
        ("ENGINE", "sometimes", "inline, off"),
        ("TICK_SECONDS", "0", "from 0.05"),
        ("TICK_SECONDS", "nan", "from 0.05"),
        ("PROVIDER", "pigeon", "simulator"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("PUBLIC_URL", "example.org", "https://"),
        ("SIMULATOR_TIME_SCALE", "-1", "from 0.001"),
        ("LOG_FORMAT", "xml", "text, json"),
        ("ASTERISK_URL", "127.0.0.1:8088", "http://"),
        ("ASTERISK_ENDPOINT", "PJSIP/trunk", "{number}"),
    ],
)
def test_a_wrong_value_names_the_variable_the_value_and_what_is_allowed(
    tmp_path: Path, name: str, value: str, allowed: str
) -> None:
    with pytest.raises(BadSetting) as raised:
        load_settings({f"SWITCHBOARD_{name}": value}, tmp_path)
    text = str(raised.value)
    assert f"SWITCHBOARD_{name}" in text
    assert allowed in text
    if name != "DATABASE_URL":
        assert value in text
    assert "\n" not in text


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as raised:
        load_settings({"SWITCHBOARD_SECRET_KEY": "hunter2"}, tmp_path)
    assert "hunter2" not in str(raised.value)


def test_an_unknown_name_is_pointed_out(tmp_path: Path) -> None:
    told: list[str] = []
    load_settings({"SWITCHBOARD_PROT": "80"}, tmp_path, warn=told.append)
    assert "SWITCHBOARD_PROT" in told[0]


def test_the_readme_lists_every_setting_as_it_is_declared() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert write_table(page) == page, "run `make docs`"
    assert {name for name in SETTING_FIELDS if f"| `{name}` |" not in page} == {"CRASH_AT"}


def test_what_signs_encrypts_or_signs_in_is_a_secret() -> None:
    assert {name for name in READERS if name.endswith(("_KEY", "_TOKEN", "_PASSWORD"))} <= SECRETS


def test_every_setting_has_its_place(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert all(hasattr(settings, name.lower()) for name in READERS)


@pytest.mark.parametrize("command", [["app.py"], ["-m", "flask", "--app", "app", "check"]])
def test_a_wrong_value_stops_the_start_with_one_line_and_status_2(tmp_path: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "SWITCHBOARD_INSTANCE_PATH": str(tmp_path), "SWITCHBOARD_TICK_SECONDS": "soon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "SWITCHBOARD_TICK_SECONDS is 'soon'" in done.stderr
