"""The systemd units: what systemd says of them, what they start, and which settings they use."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from campaign_app import config, create_app
from campaign_app.config import load_settings
from campaign_app.main import serve, work
from tests.support.server import ROOT

UNITS = sorted((ROOT / "deploy").glob("*.service"))
HOME = "/opt/switchboard"


def lines(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> click.Group:
    """The commands of `switchboard`."""
    folder = tmp_path_factory.mktemp("units")
    group = create_app(load_settings({"SWITCHBOARD_INSTANCE_PATH": str(folder)}, folder)).cli
    for command in (serve, work):
        group.add_command(command)
    return group


def test_there_is_one_for_each_kind_of_process() -> None:
    assert [unit.name for unit in UNITS] == [
        "switchboard-engine@.service",
        "switchboard-web.service",
        "switchboard-worker@.service",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_is_there_with_settings_that_are_read(unit: Path, cli: click.Group) -> None:
    for command in lines(unit, "ExecStart") + lines(unit, "ExecStartPre"):
        program, *arguments = command.split()
        assert program == f"{HOME}/.venv/bin/switchboard"
        command: click.Command | None = cli
        for word in arguments:
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), word)
        assert command is not None, arguments
    names = set(re.findall(r"SWITCHBOARD_(\w+)=", unit.read_text(encoding="utf-8")))
    assert names <= {*config.READERS, "INSTANCE_PATH"}
    assert lines(unit, "WorkingDirectory") == ["/var/lib/switchboard"]
    assert lines(unit, "User") == ["switchboard"]
    assert int(lines(unit, "TimeoutStopSec")[0]) >= 15, "what is being sent is recorded before it ends"


def test_they_are_as_confined_as_each_other() -> None:
    confinement = []
    for unit in UNITS:
        service = unit.read_text(encoding="utf-8").split("# It reads its code")[1].split("[Install]")[0]
        confinement.append(service)
    assert len(set(confinement)) == 1
    assert "ProtectSystem=strict" in confinement[0]
    assert "NoNewPrivileges=yes" in confinement[0]


def test_systemd_accepts_them_and_finds_them_confined(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not here")
    placed = []
    # It looks for the program.
    program = tmp_path / "switchboard"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    drop_in = (ROOT / "deploy/asterisk/sounds.conf").read_text(encoding="utf-8")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(f"{HOME}/.venv/bin", str(tmp_path))
        placed.append(tmp_path / unit.name)
        placed[-1].write_text(text, encoding="utf-8")
        (tmp_path / f"{unit.name}.d").mkdir()
        (tmp_path / f"{unit.name}.d/asterisk.conf").write_text(drop_in, encoding="utf-8")
    verified = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, placed)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    exposed = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=25", "--no-pager", *map(str, placed)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert exposed.returncode == 0, exposed.stdout[-500:] + exposed.stderr
