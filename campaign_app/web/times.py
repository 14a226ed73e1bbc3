"""Times on a campaign's pages: in the campaign's zone, short where the day is plain."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from campaign_app.http.current import now

NOTHING = "–"


def clock_in(at: datetime, zone: str | None = None, *, seconds: bool = False, fraction: bool = False) -> str:
    """The time of day in a zone: `12:42`, `12:42:18` or, with `fraction` too, `12:42:18.042`."""
    local = _to_zone(at, zone)
    text = f"{local:{'%H:%M:%S' if seconds else '%H:%M'}}"
    return f"{text}.{local.microsecond // 1000:03}" if fraction else text


def day_and_clock(at: datetime, zone: str | None = None, *, seconds: bool = False) -> str:
    """`12:42` today, `Thu 19 Nov 12:42` on another day, with the year when it is another one."""
    local, today = _to_zone(at, zone), _to_zone(now(), zone)
    clock = clock_in(at, zone, seconds=seconds)
    if local.date() == today.date():
        return clock
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {clock}"


def format_moment(at: datetime | None, zone: str | None = None, *, seconds: bool = False) -> Markup | str:
    """The same as `<time>`, which says date, offset and zone to those who ask."""
    if at is None:
        return NOTHING
    local = _to_zone(at, zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="seconds"),
        f"{local:%a} {local.day} {local:%b %Y %H:%M:%S} {zone or 'UTC'}",
        day_and_clock(at, zone, seconds=seconds),
    )


def format_range(start: datetime, end: datetime, zone: str) -> str:
    """A range: `Today 14:10–14:40`, `Mon 23 Nov 11:30–15:10`, `Mon 23 Nov 11:30 – Tue 24 Nov 09:20`."""
    first, last = _to_zone(start, zone), _to_zone(end, zone)
    day = "Today" if first.date() == _to_zone(now(), zone).date() else f"{first:%a} {first.day} {first:%b}"
    if first.date() != last.date():
        return f"{day} {first:%H:%M} – {last:%a} {last.day} {last:%b %H:%M}"
    return f"{day} {first:%H:%M}" + ("" if f"{first:%H:%M}" == f"{last:%H:%M}" else f"–{last:%H:%M}")


def install_time_filters(app: Flask) -> None:
    app.jinja_env.filters.update(clock_in=clock_in, moment=format_moment)


def _to_zone(at: datetime, zone: str | None) -> datetime:
    return at.astimezone(ZoneInfo(zone) if zone else UTC)
