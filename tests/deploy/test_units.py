"""The systemd units: what systemd says of them, what they start, and which settings they use."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from campaign_app import config
from tests.support.server import ROOT

UNITS = sorted((ROOT / "deploy").glob("*.service"))
HOME = "/opt/switchboard"


def lines(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


def test_there_is_one_for_each_kind_of_process() -> None:
    assert [unit.name for unit in UNITS] == [
        "switchboard-engine@.service",
        "switchboard-web.service",
        "switchboard-worker@.service",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_is_there_with_settings_that_are_read(unit: Path) -> None:
    for command in lines(unit, "ExecStart") + lines(unit, "ExecStartPre"):
        program, *arguments = command.split()
        assert program.startswith(f"{HOME}/.venv/bin/")
        assert (Path(sys.executable).parent / Path(program).name).exists(), program
        assert arguments
    names = set(re.findall(r"SWITCHBOARD_(\w+)=", unit.read_text(encoding="utf-8")))
    assert names <= {*config.READERS, "INSTANCE_PATH"}
    assert lines(unit, "WorkingDirectory") == [HOME]
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
    for unit in UNITS:
        # It looks for the programs: those of this environment stand for the installed ones.
        text = unit.read_text(encoding="utf-8").replace(f"{HOME}/.venv/bin", str(Path(sys.executable).parent))
        placed.append(tmp_path / unit.name)
        placed[-1].write_text(text.replace(HOME, str(ROOT)), encoding="utf-8")
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
