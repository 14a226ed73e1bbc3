"""A short shift: the carrier of a trunk dies, the engine is killed and comes back, the server is restarted; and at each
sample nothing that a page says is untrue. `make shift` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from .checks import read_line
from .rig import describe, run_shift, shift

SAMPLES = 8


@pytest.mark.e2e
@pytest.mark.xdist_group("shift")
@pytest.mark.timeout(400)
def test_no_page_says_anything_untrue_through_a_short_shift(tmp_path: Path) -> None:
    with shift(tmp_path, people=40) as found:
        verdict = run_shift(found, SAMPLES, live_pages=4)
        assert not verdict.untrue, describe(verdict)
        assert found.app.flask("check").returncode == 0
    # It was a real one.
    assert (verdict.samples, verdict.compared > 2_000) == (SAMPLES, True), describe(verdict)
    assert {"No engine is running", "Outside calling hours", "Paused"} <= verdict.seen, describe(verdict)
    assert "no engine" in verdict.states
    assert any(state.startswith(("gamma cannot dial", "gamma stopped")) for state in verdict.states)


def test_a_line_of_the_list_is_read_as_its_title_and_the_rest() -> None:
    failed = read_line("Something went wrong: ReadError: Connection reset by peer")
    assert (failed.title, failed.detail) == ("Something went wrong", "ReadError: Connection reset by peer")
    assert read_line("Paused by Ann: lunch").title == "Paused"
    assert read_line("No contacts yet until Monday").title == "No contacts"
