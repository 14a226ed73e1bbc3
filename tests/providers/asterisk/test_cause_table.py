"""Every row of the cause table, over a real Asterisk: all calls at once, then row by row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.script import Disposition, script_from_text
from tests.providers.asterisk.loopback import RING, Desk, Line, number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]

S = AttemptStatus
ROWS: dict[str, tuple[str, AttemptStatus, int | None, int | None, str]] = {
    # what happens: callee, outcome, Q.850, SIP, flag
    "answered, and we hang up": ("001", S.COMPLETED, None, None, ""),
    "answered, and the callee hangs up": ("842", S.COMPLETED, None, None, ""),
    "answered, and hung up at once": ("841", S.COMPLETED, None, None, ""),
    "busy": ("486", S.BUSY, 17, 486, ""),
    "rings out": ("487", S.NO_ANSWER, 19, None, ""),
    "never answers the INVITE": ("999", S.FAILED, 19, None, ""),
    "switched off": ("480", S.NO_ANSWER, 19, 480, ""),
    "declined": ("603", S.FAILED, 21, 603, ""),
    "no such number": ("404", S.FAILED, 1, 404, "permanent"),
    "congestion": ("503", S.FAILED, 34, 503, "congestion"),
    "the trunk does not respond": ("408", S.FAILED, 18, 408, "trunk_down"),
    "canceled while it rings": ("200", S.CANCELED, None, None, ""),
}


@pytest.fixture(scope="module")
def ends(line: Line) -> dict[str, CallUpdate]:
    """The end of each row's call. Where CAUSE_TABLE names a file, the rows as seen are appended to it."""
    desk = Desk(line, line.provider()).connect()
    tokens = {
        what: desk.dial(number(row[0]), script_from_text("2 seconds of it"), ring_timeout=RING)
        for what, row in ROWS.items()
    }
    canceled = tokens["canceled while it rings"]
    wait_until(lambda: any(n.status is S.RINGING for n in desk.of(canceled)), "it to ring")
    desk.provider.hangup(canceled, None)
    found = {what: desk.end(token) for what, token in tokens.items()}
    desk.provider.close()
    if os.environ.get("CAUSE_TABLE"):
        with Path(os.environ["CAUSE_TABLE"]).open("a") as file:
            for what, news in found.items():
                file.write(f"{what}\t{news.q850}\t{news.sip_code}\t{news.status}\n")
    return found


@pytest.mark.parametrize("what", ROWS)
def test_each_end_of_a_call_has_its_outcome(ends: dict[str, CallUpdate], what: str) -> None:
    _, outcome, q850, sip_code, flag = ROWS[what]
    news = ends[what]
    assert news.status is outcome, news
    given: dict[str, Any] = {"q850": q850, "sip_code": sip_code}
    for name, value in given.items():
        assert value is None or getattr(news, name) == value, news
    assert {name for name in ("permanent", "congestion", "trunk_down") if getattr(news, name)} == (
        {flag} if flag else set()
    )
    assert news.cause


def test_each_ending_gives_its_own_disposition(ends: dict[str, CallUpdate]) -> None:
    assert ends["answered, and we hang up"].disposition is Disposition.PLAYED
    for what in ("answered, and the callee hangs up", "answered, and hung up at once"):
        assert ends[what].disposition is Disposition.CUT_SHORT
    assert ends["busy"].disposition is None
