"""What an engine remembers of a trunk: how long its requests take."""

from __future__ import annotations

import pytest

from campaign_app.engine.trunk_state import FIRST_LATENCY, TrunkState


def test_before_the_first_request_a_short_one_is_expected() -> None:
    assert TrunkState().expected_latency() == FIRST_LATENCY


def test_the_first_request_sets_the_latency_and_the_next_ones_move_it_by_a_fifth() -> None:
    state = TrunkState()
    state.observe_latency(1.0)
    assert state.expected_latency() == pytest.approx(1.0)
    state.observe_latency(2.0)
    assert state.expected_latency() == pytest.approx(1.2)
    state.observe_latency(2.0)
    assert state.expected_latency() == pytest.approx(1.36)
