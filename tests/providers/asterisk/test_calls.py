"""What a callee hears and can do, over a real Asterisk: keys, machines, transfers. Their calls run at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.domain.script import (
    CallScript,
    Disposition,
    KeyAction,
    MenuKey,
    OnMachine,
    SayText,
    script_from_text,
)
from campaign_app.providers.asterisk import call_manager
from campaign_app.providers.asterisk.ari import AriClient
from campaign_app.providers.base import DialRequest, InDoubt
from scripts.loopback.asterisk import PASSWORD, USER
from tests.providers.asterisk.loopback import Desk, Line, number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]

S = AttemptStatus
AGENT = number("001")
HASTY_AGENT = number("842")
SILENCE_MOST = 2.0
"""Seconds in which somebody who was answered must hear something."""


def survey(*, transfer_to: str = AGENT, wait: float = 1.0, **changes: object) -> CallScript:
    """A second and a half of message, so that the callees' keys come while it plays."""
    given: dict[str, object] = {
        "message": (SayText("1.5 seconds of it"),),
        "keys": (
            MenuKey("1", KeyAction.REPEAT),
            MenuKey("2", KeyAction.SURVEY_RESPONSE, "yes"),
            MenuKey("3", KeyAction.TRANSFER, to=transfer_to),
            MenuKey("9", KeyAction.OPT_OUT),
        ),
        "confirm_opt_out": (SayText("0.2 seconds"),),
        "thanks": (SayText("0.1 seconds"),),
        "wait": wait,
        **changes,
    }
    return CallScript(**given)  # type: ignore[arg-type]


class Calls:
    """Calls that were dialed together, by name."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.desk = Desk(line, line.provider()).connect()
        self.tokens: dict[str, str] = {}
        self.numbers: dict[str, str] = {}

    def dial(self, name: str, digits: str, script: CallScript) -> None:
        self.numbers[name] = number(digits)
        self.tokens[name] = self.desk.dial(self.numbers[name], script)

    def news(self, name: str) -> list[CallUpdate]:
        return self.desk.of(self.tokens[name])

    def end(self, name: str) -> CallUpdate:
        return self.desk.end(self.tokens[name])


@pytest.fixture(scope="module")
def calls(line: Line) -> Iterator[Calls]:
    made = Calls(line)
    for way, digits in (("RTP", "81"), ("INFO", "82")):
        for key in (1, 2, 3, 9):
            made.dial(f"{key} by {way}", f"{digits}{key}", survey())
    made.dial("flood", "828", survey(keys=(MenuKey("2", KeyAction.REPEAT),), wait=0.2))
    made.dial("hasty agent", "813", survey(transfer_to=HASTY_AGENT))
    leave = survey(on_machine=OnMachine.LEAVE_MESSAGE, machine=(SayText("0.4 seconds"),), wait=0.2)
    hang_up = survey(on_machine=OnMachine.HANG_UP, wait=0.2)
    made.dial("a person", "831", leave)
    made.dial("a silent person", "833", leave)
    made.dial("a machine, left a message", "832", leave)
    made.dial("a machine, hung up on", "832", hang_up)
    made.dial("a machine, taken for a person", "832", survey(on_machine=OnMachine.AS_HUMAN, wait=0.2))
    yield made
    made.desk.provider.close()


WAYS = ("RTP", "INFO")


@pytest.mark.parametrize("way", WAYS)
def test_1_repeats_the_message(calls: Calls, way: str) -> None:
    end = calls.end(f"1 by {way}")
    assert (end.status, end.disposition, end.key) == (S.COMPLETED, Disposition.PLAYED, None)
    answered = next(news for news in calls.news(f"1 by {way}") if news.status is S.IN_PROGRESS)
    # 0.7 s of the message, all of it again, and the time for a key; without the repeat it would be 2.5.
    assert (end.at - answered.at).total_seconds() > 2.9


@pytest.mark.parametrize("way", WAYS)
def test_2_answers_the_survey(calls: Calls, way: str) -> None:
    end = calls.end(f"2 by {way}")
    assert (end.status, end.disposition, end.key) == (S.COMPLETED, Disposition.RESPONDED, "2")


@pytest.mark.parametrize("way", WAYS)
def test_9_opts_out_at_once(calls: Calls, way: str) -> None:
    end = calls.end(f"9 by {way}")
    assert (end.status, end.disposition, end.key) == (S.COMPLETED, Disposition.OPTED_OUT, "9")
    told = [news for news in calls.news(f"9 by {way}") if news.key == "9"]
    assert told[0].status is S.IN_PROGRESS, "it is told before the call is over"
    assert told[0].disposition is Disposition.OPTED_OUT


@pytest.mark.parametrize("way", WAYS)
def test_3_transfers_and_an_operator_ends_both(calls: Calls, way: str) -> None:
    name = f"3 by {way}"
    calls.desk.until(
        calls.tokens[name], lambda news: news.disposition is Disposition.TRANSFERRED, "the transfer"
    )
    wait_until(
        lambda: (
            len([b for b in calls.line.server.ask("/bridges").json() if b["id"] == calls.tokens[name]]) == 1
        ),
        "a bridge",
    )
    calls.desk.provider.hangup(calls.tokens[name], None)
    end = calls.end(name)
    assert (end.status, end.disposition, end.key) == (S.COMPLETED, Disposition.TRANSFERRED, "3")
    token = calls.tokens[name]
    wait_until(
        lambda: calls.line.server.ask(f"/channels/transfer-{token}").status_code == 404, "its other end"
    )
    wait_until(lambda: calls.line.server.ask(f"/bridges/{token}").status_code == 404, "its bridge to be gone")


def test_an_agent_who_hangs_up_ends_the_callees_call_too(calls: Calls) -> None:
    end = calls.end("hasty agent")
    assert (end.status, end.disposition) == (S.COMPLETED, Disposition.TRANSFERRED)
    assert calls.line.rang(HASTY_AGENT) == 1


def test_a_flood_of_keys_is_bounded(calls: Calls) -> None:
    end = calls.end("flood")
    assert (end.status, end.disposition) == (S.COMPLETED, Disposition.PLAYED)


def listened(news: list[CallUpdate]) -> float:
    """Seconds of silence that Asterisk waited for, or listened at all, by its own verdict (`HUMAN-800-800`,
    `TOOLONG-1800`): on a busy
    machine everything takes longer, and this does not."""
    told = next(item for item in news if item.detected_after is not None and item.status is S.IN_PROGRESS)
    assert told.raw is not None
    assert told.detected_after is not None
    verdict = json.loads(told.raw)["args"][2]
    return sum(int(part) for part in verdict.split("-")[1:2]) / 1000


def test_a_person_hears_the_message_within_two_seconds(calls: Calls) -> None:
    end = calls.end("a person")
    assert (end.answered_by, end.disposition) == (AnsweredBy.HUMAN, Disposition.PLAYED)
    assert listened(calls.news("a person")) < SILENCE_MOST


def test_somebody_who_says_nothing_is_not_kept_waiting(calls: Calls) -> None:
    end = calls.end("a silent person")
    assert (end.answered_by, end.disposition) == (AnsweredBy.UNKNOWN, Disposition.PLAYED)
    assert listened(calls.news("a silent person")) < SILENCE_MOST


def test_a_machine_is_left_its_message_after_the_greeting(calls: Calls) -> None:
    end = calls.end("a machine, left a message")
    assert (end.answered_by, end.disposition) == (AnsweredBy.MACHINE, Disposition.MACHINE_LEFT)
    answered = next(news for news in calls.news("a machine, left a message") if news.status is S.IN_PROGRESS)
    assert (end.at - answered.at).total_seconds() > 4.9, "not before its greeting of 4.94 s was over"


def test_a_machine_is_hung_up_on(calls: Calls) -> None:
    end = calls.end("a machine, hung up on")
    assert (end.status, end.answered_by) == (S.COMPLETED, AnsweredBy.MACHINE)
    assert end.disposition is Disposition.MACHINE_HUNG_UP


def test_a_machine_taken_for_a_person_hears_the_message(calls: Calls) -> None:
    end = calls.end("a machine, taken for a person")
    assert (end.answered_by, end.disposition) == (None, Disposition.PLAYED)


def test_a_transfer_waits_until_a_line_is_free(desk: Desk) -> None:
    asked: list[str] = []
    free = threading.Event()

    def may_dial(token: str, to: str) -> bool:
        asked.append(token)
        return free.is_set()

    desk.provider.on_transfer(may_dial)
    agent = number("001")
    token = desk.dial(number("813"), survey(transfer_to=agent))
    wait_until(lambda: len(asked) >= 3, "it to ask again and again")
    assert desk.line.rang(agent) == 0
    free.set()
    desk.until(token, lambda news: news.disposition is Disposition.TRANSFERRED, "the transfer")
    assert (desk.line.rang(agent), set(asked)) == (1, {token})
    desk.provider.hangup(token, None)
    assert desk.end(token).disposition is Disposition.TRANSFERRED


@pytest.mark.parametrize("by", ["callee", "operator"])
def test_a_callee_who_hangs_up_while_waiting_for_a_line_is_not_connected(desk: Desk, by: str) -> None:
    asked: list[str] = []
    desk.provider.on_transfer(lambda token, to: bool(asked.append(token)))
    agent = number("001")
    token = desk.dial(number("843" if by == "callee" else "813"), survey(transfer_to=agent))
    wait_until(lambda: asked, "it to ask")
    if by == "operator":
        desk.provider.hangup(token, None)
    end = desk.end(token)
    assert (end.status, end.key, desk.line.rang(agent)) == (S.COMPLETED, "3", 0)
    known = len(asked)
    other = desk.end(desk.dial(number("841"), script_from_text("Hello.")))
    assert other.status is S.COMPLETED
    assert len(asked) <= known + 1, "and it asks no more"


def test_a_transferred_call_is_over_once_its_transfer_leg_is_gone(desk: Desk) -> None:
    agent = number("001")
    token = desk.dial(number("843"), survey(transfer_to=agent))
    end = desk.end(token)
    assert (end.disposition, desk.line.rang(agent)) == (Disposition.TRANSFERRED, 1)
    assert desk.line.server.ask(f"/channels/transfer-{token}").status_code == 404, (
        "its line is free for others"
    )


def test_an_other_leg_whose_call_ended_while_nobody_listened_is_ended_by_the_next_connection(
    line: Line,
) -> None:
    first = Desk(line, line.provider(app="orphans")).connect()
    agent = number("001")
    token = first.dial(number("843"), survey(transfer_to=agent))
    first.until(token, lambda news: news.disposition is Disposition.TRANSFERRED, "the transfer")
    first.provider.close()
    wait_until(lambda: line.server.ask(f"/channels/{token}").status_code == 404, "the callee to hang up")
    leg = f"/channels/transfer-{token}"
    assert line.server.ask(leg).status_code == 200, "the agent is still on the line"
    second = Desk(line, line.provider(app="orphans")).connect()
    try:
        wait_until(lambda: line.server.ask(leg).status_code == 404, "the agent's end")
        assert second.provider.lookup(token, token)[-1].status is S.COMPLETED, "from the journal"
    finally:
        second.provider.close()


@pytest.mark.parametrize("joined", [True, False], ids=["joined already", "waiting for a line"])
def test_another_connection_goes_on_with_a_transfer(line: Line, joined: bool) -> None:
    app = f"heirs-{joined}".lower()
    first = Desk(line, line.provider(app=app)).connect()
    asked = threading.Event()

    def may_dial(token: str, to: str) -> bool:
        asked.set()
        return joined

    first.provider.on_transfer(may_dial)
    agent = number("001")
    token = first.dial(number("813"), survey(transfer_to=agent))
    assert asked.wait(20)
    if joined:
        first.until(token, lambda news: news.disposition is Disposition.TRANSFERRED, "the transfer")
        bridge = f"/bridges/{token}"
        wait_until(
            lambda: token in line.server.ask(bridge).json().get("channels", ()), "the two to be joined"
        )
    first.provider.close()
    second = Desk(line, line.provider(app=app)).connect()
    try:
        if not joined:
            second.until(token, lambda news: news.disposition is Disposition.TRANSFERRED, "the transfer")
        assert line.server.ask(f"/channels/transfer-{token}").json()["state"] == "Up"
        assert line.rang(agent) == 1
        second.provider.hangup(token, None)
        assert second.end(token).disposition is Disposition.TRANSFERRED
    finally:
        second.provider.close()


def test_a_bridge_whose_call_ended_while_nobody_listened_is_removed(line: Line) -> None:
    first = Desk(line, line.provider(app="leavers")).connect()
    first.provider.on_transfer(lambda token, to: True)
    token = first.dial(number("813"), survey(transfer_to=number("001")))
    bridge = f"/bridges/{token}"
    wait_until(lambda: token in line.server.ask(bridge).json().get("channels", ()), "the two to be joined")
    first.provider.close()
    switch = AriClient(line.server.url, USER, PASSWORD)
    for channel in (token, f"transfer-{token}"):
        switch.hang_up_channel(channel)
    switch.close()
    wait_until(lambda: line.server.ask(bridge).json()["channels"] == [], "both to have left")
    second = Desk(line, line.provider(app="leavers")).connect()
    try:
        wait_until(lambda: line.server.ask(bridge).status_code == 404, "its bridge to be gone")
    finally:
        second.provider.close()


def test_a_failure_that_nobody_foresaw_leaves_no_callee_waiting(desk: Desk) -> None:
    def broken(token: str, to: str) -> bool:
        raise LookupError(token)

    desk.provider.on_transfer(broken)
    end = desk.end(desk.dial(number("813"), survey()))
    assert (end.status, "Asterisk could not be told" in str(end.cause)) == (S.COMPLETED, True)


def test_a_transfer_for_which_no_line_comes_free_ends_the_call_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_manager, "LINE_MOST", 1.0)
    desk.provider.on_transfer(lambda token, to: False)
    agent = number("001")
    end = desk.end(desk.dial(number("813"), survey(transfer_to=agent)))
    assert "no line came free for the transfer" in str(end.cause)
    assert desk.line.rang(agent) == 0


def test_the_longest_duration_is_kept(desk: Desk) -> None:
    end = desk.end(desk.dial(number("001"), script_from_text("5 seconds of it"), max_duration=1.0))
    assert (end.status, end.disposition) == (S.COMPLETED, Disposition.CUT_SHORT)


def test_the_same_attempt_is_never_dialed_again(desk: Desk) -> None:
    phone = number("487")
    token = desk.dial(phone, script_from_text("Hello."))
    with pytest.raises(InDoubt, match="already"):
        desk.provider.place(DialRequest(token, phone, None, script_from_text("Hello.")))
    wait_until(lambda: desk.line.rang(phone), "it to ring")
    desk.provider.hangup(token, None)
    assert desk.end(token).status is S.CANCELED
    assert desk.line.rang(phone) == 1
