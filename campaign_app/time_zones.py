"""Time zone data: the newest of the pinned package and the system's, in every process.

Python reads the system's files first, however old they are: 2025 data called Vancouver at the wrong hour in November
2026. Used by campaign_app/__init__.py before anything asks for a zone.
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import tzdata  # type: ignore[import-untyped]

OLD_AFTER = timedelta(days=365)
DAYS_BETWEEN_RELEASES = 60
"""About: the letter of a release tells when in its year it came."""
VERSION = re.compile(r"#?\s*version\s+(\d{4}[a-z]{1,2})")
VERSION_FILES = ("tzdata.zi", "+VERSION", "version")


@dataclass(frozen=True, slots=True)
class ZoneDataState:
    """Which time zone data this process uses."""

    version: str
    """Of IANA, such as 2026f."""
    source: str
    """`package` or `system`."""
    is_old: bool
    """Over a year: rules of zones have changed since."""


def use_newest_zone_data() -> None:
    """Make ZoneInfo read the newest data that is there. The system's counts only where it tells its version: of files
    without one nobody knows how old they are."""
    system = find_system_version()
    if system is None or system < tzdata.IANA_VERSION:
        zoneinfo.reset_tzpath(to=())
        zoneinfo.ZoneInfo.clear_cache()


def find_system_version() -> str | None:
    """The version of the system's data that ZoneInfo would read, such as 2025b; None where it tells none."""
    for folder in zoneinfo.TZPATH:
        for name in VERSION_FILES:
            version = _read_version(Path(folder) / name)
            if version is not None:
                return version
    return None


def describe_zone_data(now: datetime) -> ZoneDataState:
    """What this process uses now."""
    system = find_system_version()
    version = system or tzdata.IANA_VERSION
    days = min(DAYS_BETWEEN_RELEASES * (ord(version[4]) - ord("a")), 364)
    released = datetime(int(version[:4]), 1, 1, tzinfo=now.tzinfo) + timedelta(days=days)
    return ZoneDataState(version, "system" if system else "package", now - released > OLD_AFTER)


def _read_version(path: Path) -> str | None:
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            first = file.readline(80).strip()
    except OSError:
        return None
    match = VERSION.match(first) or re.fullmatch(r"(\d{4}[a-z]{1,2})", first)
    return match[1] if match else None
