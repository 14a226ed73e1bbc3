"""The geometry of the drawings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.web import charts

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@given(st.lists(st.integers(0, 10**7), max_size=8), st.integers(0, 10**7))
def test_a_bar_never_grows_beyond_its_hundred_per_cent(counts: list[int], rest: int) -> None:
    segments = charts.stack_segments(
        [("live", f"part {i}", n) for i, n in enumerate(counts)], sum(counts) + rest
    )
    assert sum(segment.w for segment in segments) <= 100.1
    assert len(segments) == sum(1 for n in counts if n)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_every_part_that_is_not_zero_can_be_seen(counts: list[int]) -> None:
    for segment in charts.stack_segments([("live", str(i), n) for i, n in enumerate(counts)]):
        assert segment.w >= 0.5


def test_segments_stand_one_after_the_other() -> None:
    first, second = charts.stack_segments([("live", "Done", 1), ("bad", "Zero", 0), ("wait", "Left", 3)])
    assert (first.x, first.w, second.x, second.w) == (0, 25, 25, 75)
    assert charts.describe_segments([first, second]) == "1 done, 3 left"


def test_nothing_has_no_segments() -> None:
    assert (
        charts.stack_segments([])
        == charts.stack_segments([("live", "Done", 0)])
        == charts.stack_segments([("live", "Done", 0)], 10)
        == []
    )


def test_there_is_a_lamp_for_each_line() -> None:
    board = charts.light_lamps(2, 1, 1, 6)
    assert board.states == ("live", "live", "wait", "setup", "off", "off")
    assert board.lines_each == 1


def test_more_calls_than_the_limit_are_shown_and_not_hidden() -> None:
    assert charts.light_lamps(5, 0, 0, 3).states == ("live",) * 5


@pytest.mark.parametrize("limit", [121, 200, 10_000])
def test_a_large_board_has_lamps_for_several_lines_and_shows_even_one_call(limit: int) -> None:
    board = charts.light_lamps(1, 1, 1, limit)
    assert len(board.states) <= charts.MOST_LAMPS
    assert {"live", "wait", "setup", "off"} == set(board.states)
    assert board.lines_each * charts.MOST_LAMPS >= limit


def test_the_week_is_drawn_day_by_day() -> None:
    days: list[list[tuple[int, int]]] = [[(540, 1080)], [], [], [], [], [(0, 120), (1320, 1440)], []]
    bars = charts.draw_week_bars(days)
    assert [(bar.x, bar.w, bar.y) for bar in bars] == [(37.5, 37.5, 2), (0.0, 8.33, 97), (91.67, 8.33, 97)]
    assert charts.count_open_hours(days) == 13


def slot(minutes: int, **counts: int) -> charts.TimeSlot:
    return charts.TimeSlot(NINE + timedelta(minutes=minutes), dict(counts), peak=sum(counts.values()))


def test_gaps_between_slots_are_kept_as_empty_columns() -> None:
    chart = charts.draw_outcome_chart(
        [slot(0, busy=2), slot(30, busy=4)], ["busy"], NINE + timedelta(minutes=40)
    )
    assert [column.slot.total_count for column in chart.columns] == [2, 0, 0, 4]
    assert chart.counts == {"busy": 4 + 2}


def test_a_long_day_is_merged_into_few_columns_and_loses_no_call() -> None:
    slots = [slot(10 * i, completed=1) for i in range(144)]
    chart = charts.draw_outcome_chart(slots, ["completed"], NINE + timedelta(hours=24))
    assert len(chart.columns) <= charts.MOST_BARS
    assert chart.counts == {"completed": 144}
    assert len(chart.ticks) <= 6


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_no_column_leaves_the_drawing(totals: list[int]) -> None:
    slots = [slot(10 * i, completed=n) for i, n in enumerate(totals)]
    until = NINE + timedelta(minutes=10 * len(totals))
    chart = charts.draw_outcome_chart(slots, ["completed"], until)
    for drawn in (chart, charts.draw_peak_chart(slots, 100, until)):
        for column in drawn.columns:
            for bar in column.bars:
                assert bar.y >= 0
                assert bar.x + bar.w <= 100
    values = [value for _, value in chart.grid]
    assert values == sorted(values)
    assert max(totals) <= values[-1]


def test_the_highest_column_and_the_limit_are_marked() -> None:
    chart = charts.draw_peak_chart([slot(0, a=3), slot(10, a=10)], 10, NINE + timedelta(minutes=20))
    assert [column.bars[0].cls for column in chart.columns] == ["open", "peak"]
    assert chart.grid[0] == (18.0, 10)


def test_a_young_campaign_is_drawn_in_fine_steps() -> None:
    """Sixty seconds of calls were one fat bar of ten minutes."""
    calls = [
        charts.DrawnCall(
            NINE + timedelta(seconds=second),
            NINE + timedelta(seconds=second + 5),
            "busy" if second % 2 else "failed",
        )
        for second in range(0, 60, 3)
    ]
    calls.append(charts.DrawnCall(NINE + timedelta(seconds=61), None, None))
    slots, step = charts.slice_calls(calls, NINE + timedelta(seconds=69))
    assert (step, len(slots)) == (timedelta(seconds=10), 7)
    assert sum(slot.total_count for slot in slots) == 20
    assert {slot.peak for slot in slots} == {2}
    assert (
        len(charts.draw_outcome_chart(slots, ["busy", "failed"], slots[-1].at, slot_length=step).columns) == 7
    )
