"""Time zone data: every process reads the newest there is."""

from __future__ import annotations

import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tzdata

from campaign_app.time_zones import describe_zone_data, find_system_version

ASK = "import campaign_app.time_zones as t, zoneinfo; print(zoneinfo.TZPATH)"


def ask(folder: Path, code: str = ASK) -> str:
    """What a new process says whose system has its zones in `folder`."""
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONTZPATH": str(folder), "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.strip()


@pytest.mark.parametrize(
    "told, used",
    [
        ("# version 2019c", "package"),
        ("# version 2999a", "system"),
        ("# no version", "package"),
        ("", "package"),
    ],
)
def test_the_newest_is_used_and_one_without_a_version_is_not(tmp_path: Path, told: str, used: str) -> None:
    (tmp_path / "tzdata.zi").write_text(told + "\n", encoding="ascii")
    assert (ask(tmp_path) == "()") is (used == "package")


def test_old_rules_of_the_system_do_not_count(tmp_path: Path) -> None:
    """Vancouver keeps its summer time from 2026 on; files that do not know it are not asked."""
    (tmp_path / "tzdata.zi").write_text("# version 2025b\n", encoding="ascii")
    (tmp_path / "America").mkdir()
    (tmp_path / "America" / "Vancouver").write_bytes(b"broken")
    code = (
        "import campaign_app, zoneinfo, datetime;"
        "print(datetime.datetime(2026, 12, 1, tzinfo=zoneinfo.ZoneInfo('America/Vancouver')).utcoffset())"
    )
    assert ask(tmp_path, code) == "-1 day, 17:00:00"


def test_this_process_and_its_children_use_the_same() -> None:
    state = describe_zone_data(datetime(2026, 11, 20, tzinfo=UTC))
    assert state.version >= tzdata.IANA_VERSION
    assert state.source == ("package" if find_system_version() is None else "system")
    assert zoneinfo.ZoneInfo("America/Vancouver").key == "America/Vancouver"


def test_data_of_more_than_a_year_ago_is_old() -> None:
    assert not describe_zone_data(datetime(2026, 11, 20, tzinfo=UTC)).is_old
    assert describe_zone_data(datetime(2029, 1, 1, tzinfo=UTC)).is_old
