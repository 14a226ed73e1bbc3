"""Charts: the geometry of the pages' drawings. No SVG here: templates draw what these functions measure.

x and widths are per cent of the drawing, y and heights px, so that text never scales (there is no viewBox).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from campaign_app.queries.fragments import SLOT

MINUTES_A_DAY = 24 * 60
LEAST_WIDTH = 0.5
"""Per cent: a part that is not zero can always be seen."""
MOST_LAMPS = 120
MOST_BARS = 36


@dataclass(frozen=True, slots=True)
class BarSegment:
    """One part of a stacked bar: its colour class, its label and count, from `x` on `w` per cent wide."""

    cls: str
    label: str
    count: int
    x: float
    w: float


def stack_segments(parts: Sequence[tuple[str, str, int]], total: int | None = None) -> list[BarSegment]:
    """Segments of `(class, label, count)` in order, as shares of `total` (their sum, if not given).

    A part of zero has no segment; any other is at least half a per cent wide, and the widest one pays for it,
    so that the bar never grows beyond 100.
    """
    whole = total if total else sum(count for _, _, count in parts)
    visible_parts = [part for part in parts if part[2] > 0]
    if not whole or not visible_parts:
        return []
    widths = [max(LEAST_WIDTH, 100 * count / whole) for _, _, count in visible_parts]
    excess = sum(widths) - max(100 * sum(count for _, _, count in visible_parts) / whole, 0)
    widest = widths.index(max(widths))
    widths[widest] = max(LEAST_WIDTH, widths[widest] - excess)
    segments, x = [], 0.0
    for (cls, label, count), width in zip(visible_parts, widths, strict=True):
        segments.append(BarSegment(cls, label, count, round(x, 2), round(width, 2)))
        x += width
    return segments


def describe_segments(segments: Sequence[BarSegment]) -> str:
    """`4,212 completed, 17 dialing`: what a stacked bar says to those who do not see it."""
    return ", ".join(f"{s.count:,} {s.label.lower()}" for s in segments) or "none"


@dataclass(frozen=True, slots=True)
class LampBoard:
    """A board of lamps: their states in order, and how many lines each one stands for."""

    states: tuple[str, ...]
    lines_each: int


def light_lamps(talking: int, ringing: int, setup: int, limit: int) -> LampBoard:
    """A lamp for each line: green talking, amber ringing, a ring being set up, grey free.

    Above 120 lines a lamp stands for several, so that the board stays a board; a state with any line
    keeps a lamp. More calls than the limit (it was lowered meanwhile) are shown, not hidden.
    """
    lines = max(limit, talking + ringing + setup)
    lines_per_lamp = max(1, ceil(lines / MOST_LAMPS))
    lamp_counts = [
        ("live", ceil(talking / lines_per_lamp)),
        ("wait", ceil(ringing / lines_per_lamp)),
        ("setup", ceil(setup / lines_per_lamp)),
    ]
    free = max(0, ceil(lines / lines_per_lamp) - sum(count for _, count in lamp_counts))
    return LampBoard(
        tuple(state for state, count in [*lamp_counts, ("off", free)] for _ in range(count)), lines_per_lamp
    )


@dataclass(frozen=True, slots=True)
class ChartBar:
    """A rectangle: x and width in per cent, y and height in px."""

    cls: str
    x: float
    w: float
    y: float
    h: float


def draw_week_bars(days: Sequence[Sequence[tuple[int, int]]]) -> list[ChartBar]:
    """The open stretches of a week's days (minutes of the day, Monday first), a row of 19 px for each day."""
    return [
        ChartBar(
            "peak",
            round(100 * start / MINUTES_A_DAY, 2),
            round(100 * (end - start) / MINUTES_A_DAY, 2),
            2 + 19 * row,
            14,
        )
        for row, stretches in enumerate(days)
        for start, end in stretches
    ]


def count_open_hours(days: Sequence[Sequence[tuple[int, int]]]) -> float:
    """Hours open in a week."""
    return sum(end - start for stretches in days for start, end in stretches) / 60


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """What a chart shows of a stretch of time: its counts by class, and the most lines open in it."""

    at: datetime
    counts: dict[str, int]
    peak: int

    @property
    def total_count(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One column of a chart with its bars from the ground up."""

    slot: TimeSlot
    bars: tuple[ChartBar, ...]


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Columns over time with the marks of both axes: `grid` of (y, value), `ticks` of (x, instant)."""

    height: int
    columns: tuple[ChartColumn, ...]
    grid: tuple[tuple[float, int], ...]
    ticks: tuple[tuple[float, datetime], ...]
    step: timedelta
    counts: dict[str, int] = field(default_factory=dict)


FINE_STEPS = tuple(timedelta(seconds=seconds) for seconds in (10, 20, 30, 60, 120))
YOUNG = FINE_STEPS[-1] * MOST_BARS // 2
"""A campaign whose calls all lie within so long is drawn in finer steps than ten minutes."""


class DrawnCall(NamedTuple):
    """When a call took its line and when it left it, and how it ended; the last two are None while it is up."""

    began: datetime
    ended: datetime | None
    outcome: str | None


def slice_calls(calls: Sequence[DrawnCall], until: datetime) -> tuple[list[TimeSlot], timedelta]:
    """The calls of a young campaign in the finest steps that fit, and that step. The calls are not empty."""
    first = min(call.began for call in calls)
    until = max([until, *(call.ended for call in calls if call.ended is not None)])
    step = next((step for step in FINE_STEPS if (until - first) / step < MOST_BARS), FINE_STEPS[-1])
    slots = [TimeSlot(first + step * i, {}, 0) for i in range(int((until - first) / step) + 1)]
    # A line that is left in the moment in which another is taken was free in between.
    changes = sorted(
        [(call.began, 1) for call in calls] + [(call.ended, -1) for call in calls if call.ended is not None]
    )
    up = peak = position = 0
    for index, slot in enumerate(slots):
        peak = up
        while position < len(changes) and changes[position][0] < slot.at + step:
            up += changes[position][1]
            peak = max(peak, up)
            position += 1
        outcomes = Counter(
            call.outcome
            for call in calls
            if call.outcome is not None and call.ended is not None and slot.at <= call.ended < slot.at + step
        )
        slots[index] = TimeSlot(slot.at, dict(outcomes), peak)
    return slots, step


def fill_slots(
    slots: Sequence[TimeSlot], until: datetime, slot_length: timedelta = SLOT
) -> tuple[list[TimeSlot], timedelta]:
    """Slots without a gap from the first of `slots` to `until`, merged into at most 36 of equal length."""
    if not slots:
        return [], slot_length
    first = slots[0].at
    last = max(slots[-1].at, until - slot_length)
    count = int((last - first) / slot_length) + 1
    slots_per_step = ceil(count / MOST_BARS)
    step = slot_length * slots_per_step
    merged = [TimeSlot(first + step * i, {}, 0) for i in range(ceil(count / slots_per_step))]
    for slot in slots:
        index = min(int((slot.at - first) / step), len(merged) - 1)
        target = merged[index]
        sums = {
            key: target.counts.get(key, 0) + slot.counts.get(key, 0)
            for key in {**target.counts, **slot.counts}
        }
        merged[index] = TimeSlot(target.at, sums, max(target.peak, slot.peak))
    return merged, step


def draw_outcome_chart(
    slots: Sequence[TimeSlot],
    order: Sequence[str],
    until: datetime,
    *,
    height: int = 160,
    slot_length: timedelta = SLOT,
) -> ColumnChart:
    """Columns of calls ended, stacked by outcome in `order`."""
    full_slots, step = fill_slots(slots, until, slot_length)
    grid, top = _draw_grid(max((slot.total_count for slot in full_slots), default=0), height)
    columns = []
    for index, slot in enumerate(full_slots):
        x, w = _place_column(index, len(full_slots))
        bars, y = [], 6.0 + height
        for cls in order:
            count = slot.counts.get(cls, 0)
            if count:
                h = max(1.0, height * count / top)
                y -= h
                bars.append(ChartBar(cls, x, w, round(y, 1), round(max(h - 0.8, 0.8), 1)))
        columns.append(ChartColumn(slot, tuple(bars)))
    counts = {cls: sum(slot.counts.get(cls, 0) for slot in full_slots) for cls in order}
    return ColumnChart(height, tuple(columns), grid, _draw_ticks(full_slots), step, counts)


def draw_peak_chart(
    slots: Sequence[TimeSlot],
    limit: int,
    until: datetime,
    *,
    height: int = 130,
    slot_length: timedelta = SLOT,
) -> ColumnChart:
    """Columns of the most lines in use at once, under the campaign's limit. The highest is marked `peak`."""
    full_slots, step = fill_slots(slots, until, slot_length)
    top = max([limit, *(slot.peak for slot in full_slots)], default=1) or 1
    highest = max((slot.peak for slot in full_slots), default=0)
    columns = []
    for index, slot in enumerate(full_slots):
        x, w = _place_column(index, len(full_slots))
        h = round(height * slot.peak / top, 1)
        cls = "peak" if slot.peak == highest else "open"
        columns.append(ChartColumn(slot, (ChartBar(cls, x, w, round(18.0 + height - h, 1), h),) if h else ()))
    y_limit = round(18.0 + height - height * limit / top, 1)
    return ColumnChart(
        height, tuple(columns), ((y_limit, limit), (18.0 + height, 0)), _draw_ticks(full_slots), step
    )


def _place_column(index: int, count: int) -> tuple[float, float]:
    """x and width of a column, in per cent; a few columns do not become barn doors."""
    room = 100 / max(count, 6)
    return round(index * room, 2), round(room * 0.76, 2)


def _draw_grid(highest: int, height: int) -> tuple[tuple[tuple[float, int], ...], int]:
    """Three or four round marks from 0 up: `(y, value)`, and the value at the top."""
    wanted = max(highest, 3) / 3
    magnitude = 10 ** (len(str(int(wanted))) - 1)
    step = next(m * magnitude for m in (1, 2, 4, 5, 10) if m * magnitude >= wanted)
    marks = ceil(max(highest, 1) / step)
    top = step * marks
    return tuple((round(6 + height - height * i / marks, 1), step * i) for i in range(marks + 1)), top


def _draw_ticks(slots: Sequence[TimeSlot]) -> tuple[tuple[float, datetime], ...]:
    """At most six instants under the columns, evenly spread."""
    every = max(1, ceil(len(slots) / 6))
    return tuple(
        (round(x + w / 2, 2), slots[index].at)
        for index in range(0, len(slots), every)
        for x, w in [_place_column(index, len(slots))]
    )
