"""The geometry of the pages' drawings. No SVG here: templates draw what these functions measure.

x and widths are per cent of the drawing, y and heights px, so that text never scales (there is no viewBox).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

MINUTES_A_DAY = 24 * 60
LEAST_WIDTH = 0.5
"""Per cent: a part that is not zero can always be seen."""
MOST_LAMPS = 120
SLOT = timedelta(minutes=10)
"""The width of the slots in which outcomes are counted."""
MOST_BARS = 36


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a stacked bar: its colour class, its label and count, from `x` on `w` per cent wide."""

    cls: str
    label: str
    count: int
    x: float
    w: float


def stack(parts: Sequence[tuple[str, str, int]], total: int | None = None) -> list[Segment]:
    """Segments of `(class, label, count)` in order, as shares of `total` (their sum, if not given).

    A part of zero has no segment; any other is at least half a per cent wide, and the widest one pays for it,
    so that the bar never grows beyond 100.
    """
    whole = total if total else sum(count for _, _, count in parts)
    shown = [part for part in parts if part[2] > 0]
    if not whole or not shown:
        return []
    widths = [max(LEAST_WIDTH, 100 * count / whole) for _, _, count in shown]
    excess = sum(widths) - max(100 * sum(count for _, _, count in shown) / whole, 0)
    widest = widths.index(max(widths))
    widths[widest] = max(LEAST_WIDTH, widths[widest] - excess)
    segments, x = [], 0.0
    for (cls, label, count), width in zip(shown, widths, strict=True):
        segments.append(Segment(cls, label, count, round(x, 2), round(width, 2)))
        x += width
    return segments


def in_words(segments: Sequence[Segment]) -> str:
    """`4,212 completed, 17 dialing`: what a stacked bar says to those who do not see it."""
    return ", ".join(f"{s.count:,} {s.label.lower()}" for s in segments) or "none"


@dataclass(frozen=True, slots=True)
class Lamps:
    """A board of lamps: their states in order, and how many lines each one stands for."""

    states: tuple[str, ...]
    lines_each: int


def lamps(talking: int, ringing: int, setup: int, limit: int) -> Lamps:
    """A lamp for each line: green talking, amber ringing, a ring being set up, grey free.

    Above 120 lines a lamp stands for several, so that the board stays a board; a state with any line
    keeps a lamp. More calls than the limit (it was lowered meanwhile) are shown, not hidden.
    """
    lines = max(limit, talking + ringing + setup)
    each = max(1, ceil(lines / MOST_LAMPS))
    lit = [("live", ceil(talking / each)), ("wait", ceil(ringing / each)), ("setup", ceil(setup / each))]
    free = max(0, ceil(lines / each) - sum(count for _, count in lit))
    return Lamps(tuple(state for state, count in [*lit, ("off", free)] for _ in range(count)), each)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: x and width in per cent, y and height in px."""

    cls: str
    x: float
    w: float
    y: float
    h: float


def week(days: Sequence[Sequence[tuple[int, int]]]) -> list[Bar]:
    """The open stretches of a week's days (minutes of the day, Monday first), a row of 19 px for each day."""
    return [
        Bar(
            "peak",
            round(100 * start / MINUTES_A_DAY, 2),
            round(100 * (end - start) / MINUTES_A_DAY, 2),
            2 + 19 * row,
            14,
        )
        for row, stretches in enumerate(days)
        for start, end in stretches
    ]


def open_hours(days: Sequence[Sequence[tuple[int, int]]]) -> float:
    """Hours open in a week."""
    return sum(end - start for stretches in days for start, end in stretches) / 60


@dataclass(frozen=True, slots=True)
class Slot:
    """What a chart shows of a stretch of time: its counts by class, and the most lines open in it."""

    at: datetime
    counts: dict[str, int]
    peak: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart with its bars from the ground up."""

    slot: Slot
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns over time with the marks of both axes: `grid` of (y, value), `ticks` of (x, instant)."""

    height: int
    columns: tuple[Column, ...]
    grid: tuple[tuple[float, int], ...]
    ticks: tuple[tuple[float, datetime], ...]
    step: timedelta
    counts: dict[str, int] = field(default_factory=dict)


def fill(slots: Sequence[Slot], until: datetime) -> tuple[list[Slot], timedelta]:
    """Slots without a gap from the first of `slots` to `until`, merged into at most 36 of equal length."""
    if not slots:
        return [], SLOT
    first = slots[0].at
    last = max(slots[-1].at, until - SLOT)
    count = int((last - first) / SLOT) + 1
    each = ceil(count / MOST_BARS)
    step = SLOT * each
    merged = [Slot(first + step * i, {}, 0) for i in range(ceil(count / each))]
    for slot in slots:
        index = min(int((slot.at - first) / step), len(merged) - 1)
        into = merged[index]
        sums = {
            key: into.counts.get(key, 0) + slot.counts.get(key, 0) for key in {**into.counts, **slot.counts}
        }
        merged[index] = Slot(into.at, sums, max(into.peak, slot.peak))
    return merged, step


def outcomes(slots: Sequence[Slot], order: Sequence[str], until: datetime, *, height: int = 160) -> Chart:
    """Columns of calls ended, stacked by outcome in `order`."""
    filled, step = fill(slots, until)
    grid, top = _grid(max((slot.total for slot in filled), default=0), height)
    columns = []
    for index, slot in enumerate(filled):
        x, w = _place(index, len(filled))
        bars, y = [], 6.0 + height
        for cls in order:
            count = slot.counts.get(cls, 0)
            if count:
                h = max(1.0, height * count / top)
                y -= h
                bars.append(Bar(cls, x, w, round(y, 1), round(max(h - 0.8, 0.8), 1)))
        columns.append(Column(slot, tuple(bars)))
    counts = {cls: sum(slot.counts.get(cls, 0) for slot in filled) for cls in order}
    return Chart(height, tuple(columns), grid, _ticks(filled), step, counts)


def peaks(slots: Sequence[Slot], limit: int, until: datetime, *, height: int = 130) -> Chart:
    """Columns of the most lines in use at once, under the campaign's limit. The highest is marked `peak`."""
    filled, step = fill(slots, until)
    top = max([limit, *(slot.peak for slot in filled)], default=1) or 1
    highest = max((slot.peak for slot in filled), default=0)
    columns = []
    for index, slot in enumerate(filled):
        x, w = _place(index, len(filled))
        h = round(height * slot.peak / top, 1)
        cls = "peak" if slot.peak == highest else "open"
        columns.append(Column(slot, (Bar(cls, x, w, round(18.0 + height - h, 1), h),) if h else ()))
    y_limit = round(18.0 + height - height * limit / top, 1)
    return Chart(height, tuple(columns), ((y_limit, limit), (18.0 + height, 0)), _ticks(filled), step)


def _place(index: int, count: int) -> tuple[float, float]:
    """x and width of a column, in per cent; a few columns do not become barn doors."""
    room = 100 / max(count, 6)
    return round(index * room, 2), round(room * 0.76, 2)


def _grid(highest: int, height: int) -> tuple[tuple[tuple[float, int], ...], int]:
    """Three or four round marks from 0 up: `(y, value)`, and the value at the top."""
    wanted = max(highest, 3) / 3
    magnitude = 10 ** (len(str(int(wanted))) - 1)
    step = next(m * magnitude for m in (1, 2, 4, 5, 10) if m * magnitude >= wanted)
    marks = ceil(max(highest, 1) / step)
    top = step * marks
    return tuple((round(6 + height - height * i / marks, 1), step * i) for i in range(marks + 1)), top


def _ticks(slots: Sequence[Slot]) -> tuple[tuple[float, datetime], ...]:
    """At most six instants under the columns, evenly spread."""
    every = max(1, ceil(len(slots) / 6))
    return tuple(
        (round(x + w / 2, 2), slots[index].at)
        for index in range(0, len(slots), every)
        for x, w in [_place(index, len(slots))]
    )
