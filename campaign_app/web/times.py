"""Times in words: instants, ages, spans and ranges, on the reader's clock unless a zone is given."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import Flask, g, request
from markupsafe import Markup

from campaign_app.domain.local_times import name_city
from campaign_app.domain.number_zones import is_zone
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.models import Trunk
from campaign_app.services.simulator_speed import find_speed

NOTHING = "–"
ZONE_COOKIE = "zone"
"""The browser's IANA zone, set by static/app.js."""


def reader_zone() -> str:
    """The IANA zone of who reads the page: the account's own, else the browser's, else UTC."""
    zone: str | None = g.get("reader_zone")
    if zone is None:
        chosen, browser = _chosen_zone(), request.cookies.get(ZONE_COOKIE, "")[:64]
        zone = chosen or (browser if is_zone(browser) else "UTC")
        g.reader_zone = zone
    return zone


def _chosen_zone() -> str | None:
    user = g.get("user")
    return user.time_zone if user else None


def reader_clock() -> str:
    """What a table's header calls the reader's clock: `New York`, `UTC`."""
    return name_city(reader_zone())


def describe_reader_clock() -> str:
    """`New York time (UTC-5), from your browser`: for the foot of every page."""
    zone, chosen = reader_zone(), _chosen_zone()
    offset = f"{now().astimezone(ZoneInfo(zone)):%z}"
    hours = f"UTC{offset[0]}{int(offset[1:3])}" + (f":{offset[3:]}" if offset[3:] != "00" else "")
    name = "UTC" if zone == "UTC" else f"{name_city(zone)} time ({hours})"
    if chosen:
        return f"{name}, as set in your account"
    return f"{name}, from your browser" if request.cookies.get(ZONE_COOKIE) == zone else name


def find_reader_midnight(at: datetime) -> datetime:
    """When the reader's day began (UTC)."""
    return _to_zone(at, None).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


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
    return f"{_format_day(local)} {clock}"


def name_moment(at: datetime, zone: str | None = None, *, seconds: bool = False) -> str:
    """The same with its zone: `12:42 Europe/Paris`, `Thu 19 Nov 12:42 UTC`."""
    return f"{day_and_clock(at, zone, seconds=seconds)} {zone or reader_zone()}"


def format_moment(
    at: datetime | None, zone: str | None = None, *, seconds: bool = False, named: bool = True
) -> Markup | str:
    """The same as `<time>`, with its zone. `named=False` where that stands above it, as in a table's header."""
    if at is None:
        return NOTHING
    local = _to_zone(at, zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="seconds"),
        f"{local:%a} {local.day} {local:%b %Y %H:%M:%S} {zone or reader_zone()}",
        name_moment(at, zone, seconds=seconds) if named else day_and_clock(at, zone, seconds=seconds),
    )


def name_range(start: datetime, end: datetime, zone: str | None = None) -> str:
    """A range with its zone: `Today 14:10–14:40 Europe/Paris`."""
    return f"{format_range(start, end, zone)} {zone or reader_zone()}"


def format_range(start: datetime, end: datetime, zone: str | None = None) -> str:
    """A range: `Today 14:10–14:40`, `Mon 23 Nov 11:30–15:10`, `Mon 23 Nov 11:30 – Tue 24 Nov 09:20`."""
    first, last = _to_zone(start, zone), _to_zone(end, zone)
    day = "Today" if first.date() == _to_zone(now(), zone).date() else f"{first:%a} {first.day} {first:%b}"
    if first.date() != last.date():
        return f"{day} {first:%H:%M} – {last:%a} {last.day} {last:%b %H:%M}"
    return f"{day} {first:%H:%M}" + ("" if f"{first:%H:%M}" == f"{last:%H:%M}" else f"–{last:%H:%M}")


def format_instant(
    value: datetime | None, zone: str | None = None, *, seconds: bool = False, named: bool = True
) -> Markup | str:
    """An instant as `<time>`, always with its day: `Fri 20 Nov 12:42 UTC`. `named` as above."""
    if value is None:
        return NOTHING
    local = _to_zone(value, zone)
    clock = f"{_format_day(local)} {clock_in(value, zone, seconds=seconds)}"
    text = f"{clock} {zone or reader_zone()}" if named else clock
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC", text
    )


def format_age(value: datetime | None) -> Markup | str:
    """How long since, as `<time>`: `3 s ago`, `5 min ago`, `2 h ago`; the future is `in 5 min`."""
    if value is None:
        return NOTHING
    age_seconds = (now() - value).total_seconds()
    text = format_span(abs(age_seconds))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.astimezone(UTC).isoformat(timespec="seconds"),
        f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        f"{text} ago" if age_seconds >= 0 else f"in {text}",
    )


def format_span(seconds: float) -> str:
    """A length of time in its largest unit, rounded down: `59 s`, `5 min`, `2 h`, `4 days`."""
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h"
    days = int(seconds // 86400)
    return "1 day" if days == 1 else f"{days} days"


def speed_of(trunk: Trunk) -> float:
    """How much faster than life the trunk's calls go: 60 is a simulated minute in a second."""
    return find_speed(db.engine, trunk.provider)


def install_time_filters(app: Flask) -> None:
    app.jinja_env.filters.update(
        speed=speed_of,
        clock_in=clock_in,
        moment=format_moment,
        moment_text=name_moment,
        when=format_instant,
        ago=format_age,
        span=format_span,
        day=format_date,
    )


def format_date(day: date) -> str:
    """`28 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def _to_zone(at: datetime, zone: str | None) -> datetime:
    return at.astimezone(ZoneInfo(zone or reader_zone()))


def _format_day(local: datetime) -> str:
    """`Thu 19 Nov`, with the year when it is another one than now."""
    year = "" if local.year == now().astimezone(local.tzinfo).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}"
