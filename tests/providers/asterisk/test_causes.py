"""The cause table, row by row, as a table (over a real Asterisk: test_cause_table.py)."""

from __future__ import annotations

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.providers.asterisk.causes import EndedChannel, decide_outcome

S = AttemptStatus
BY_US = {"hung_up": True}
ROWS = [
    # what is known of the end, outcome, permanent, congestion, trunk down
    ({"cause": 0, "was_up": True}, S.COMPLETED, ""),
    ({"cause": 16, "was_up": True}, S.COMPLETED, ""),
    ({"cause": 17}, S.BUSY, ""),
    ({"cause": 19, "rang": True}, S.NO_ANSWER, ""),
    ({"cause": 19, "rang": True, "timed_out": True}, S.NO_ANSWER, ""),
    ({"cause": 19, "timed_out": True}, S.FAILED, ""),
    ({"cause": 19, "sip_code": 480}, S.NO_ANSWER, ""),
    ({"cause": 21}, S.FAILED, ""),
    ({"cause": 1}, S.FAILED, "permanent"),
    ({"cause": 28}, S.FAILED, "permanent"),
    ({"cause": 34}, S.FAILED, "congestion"),
    ({"cause": 38}, S.FAILED, "congestion"),
    ({"cause": 42}, S.FAILED, "congestion"),
    ({"cause": 18}, S.FAILED, "trunk_down"),
    ({"cause": 16, **BY_US}, S.CANCELED, ""),
    ({"cause": 19, "rang": True, **BY_US}, S.CANCELED, ""),
    # Whoever was hung up on by us and was busy all the same, was busy.
    ({"cause": 17, **BY_US}, S.BUSY, ""),
    # What no table foresees is a failure that may be tried again.
    ({"cause": 127}, S.FAILED, ""),
    ({"cause": 0}, S.FAILED, ""),
    # As Asterisk before December 2025 ends a call that rang out (asterisk#963, #1660), and as some trunks do.
    ({"cause": 0, "rang": True, "timed_out": True}, S.NO_ANSWER, ""),
    ({"cause": 16, "rang": True, "timed_out": True}, S.NO_ANSWER, ""),
    ({"cause": 16, "timed_out": True}, S.NO_ANSWER, ""),
    ({"cause": 16, "rang": True, "timed_out": True, **BY_US}, S.CANCELED, ""),
]


@pytest.mark.parametrize("end,outcome,flag", ROWS)
def test_a_cause_has_its_outcome(end: dict[str, object], outcome: AttemptStatus, flag: str) -> None:
    became = decide_outcome(EndedChannel(**end))  # type: ignore[arg-type]
    assert became.status is outcome
    assert {name for name in ("permanent", "congestion", "trunk_down") if getattr(became, name)} == (
        {flag} if flag else set()
    )
    assert became.text


@pytest.mark.parametrize("cause", range(128))
def test_a_call_that_was_up_has_completed_whatever_ended_it(cause: int) -> None:
    assert decide_outcome(EndedChannel(cause, was_up=True, hung_up=cause % 2 == 0)).status is S.COMPLETED
