"""What simulated callees hear and press, by seed and number."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.domain.script import (
    CONNECTED,
    CallScript,
    Disposition,
    KeyAction,
    MenuKey,
    OnMachine,
    PlayRecording,
    SayText,
    script_from_text,
)
from campaign_app.providers.base import DialRequest
from campaign_app.providers.simulator import callee
from campaign_app.providers.simulator.adapter import SimulatorProvider
from campaign_app.providers.simulator.call_plan import plan_call
from tests.providers.rig import Make, lines, run, token
from tests.support.call_updates import decisive_updates
from tests.support.clock import FakeClock

S, D = AttemptStatus, Disposition
MENU = CallScript(
    message=(
        SayText("Press 1 to confirm, 2 to cancel, 3 to talk to us, 4 to hear it again, 9 for no more calls."),
    ),
    keys=(
        MenuKey("1", KeyAction.SURVEY_RESPONSE, "Coming"),
        MenuKey("2", KeyAction.SURVEY_RESPONSE, "Not coming"),
        MenuKey("3", KeyAction.TRANSFER, to="100"),
        MenuKey("4", KeyAction.REPEAT),
        MenuKey("9", KeyAction.OPT_OUT),
    ),
    confirm_opt_out=(SayText("You will not be called again."),),
    thanks=(SayText("Thank you."),),
)
HEARD = callee.decode_script(callee.encode_script(MENU))


def ends(
    simulator: SimulatorProvider, clock: FakeClock, script: CallScript, *numbers: str
) -> list[CallUpdate]:
    """The last word about a call to each number."""
    for place, number in enumerate(numbers):
        simulator.place(DialRequest(token(place), number, None, script))
    told = decisive_updates(run(simulator, clock))
    return [told[token(place)] for place in range(len(numbers))]


@pytest.mark.parametrize(
    "script",
    [
        MENU,
        script_from_text("Hello."),
        CallScript((PlayRecording("a" * 64),), machine=(SayText("Hi"),), on_machine=OnMachine.HANG_UP),
    ],
)
def test_a_line_carries_what_the_callee_needs(script: CallScript) -> None:
    heard = callee.decode_script(callee.encode_script(script))
    assert heard.keys == tuple((key.digit, key.action) for key in script.keys)
    assert heard.on_machine is script.on_machine
    assert heard.message >= 1.0
    assert (heard.machine > 0) is bool(script.machine)


@pytest.mark.parametrize(
    "junk", ["", "x", "1 2 3 4 as-human 9", "1 2 3 4 as-human 9z", "1 2 3 4 shout 9o", "a b c d e"]
)
def test_what_is_no_script_is_a_message_of_unknown_length(junk: str) -> None:
    assert callee.decode_script(junk) == callee.UNKNOWN_SCRIPT == callee.decode_script(None)


@pytest.mark.parametrize(
    "number, key, disposition",
    [
        ("+12125550211", "1", D.RESPONDED),
        ("+12125550212", "2", D.RESPONDED),
        ("+12125550213", "3", D.TRANSFERRED),
        ("+12125550214", None, D.PLAYED),
        ("+12125550219", "9", D.OPTED_OUT),
        ("+12125550215", None, D.PLAYED),
    ],
)
def test_the_last_digit_is_the_key_that_is_pressed(
    make: Make, clock: FakeClock, number: str, key: str | None, disposition: Disposition
) -> None:
    (end,) = ends(make(), clock, MENU, number)
    assert (end.status, end.key, end.disposition) == (S.COMPLETED, key, disposition)
    assert end.answered_by is AnsweredBy.HUMAN


def test_without_keys_nobody_presses_one(make: Make, clock: FakeClock) -> None:
    told = ends(
        make(), clock, script_from_text("Hello."), "+12125550219", *[f"+1312555{n:04}" for n in range(300)]
    )
    assert {end.key for end in told} == {None}
    assert {end.disposition for end in told} == {None, D.PLAYED, D.CUT_SHORT, D.MACHINE_LEFT}


def test_outcomes_among_listeners_have_the_configured_shares() -> None:
    calls = 20_000
    lives = [plan_call(7, token(n), "+12125550200", 30.0, 300.0, HEARD) for n in range(calls)]
    told = Counter(life.disposition for life in lives)
    listeners = calls - told[D.CUT_SHORT]
    assert told[D.CUT_SHORT] / calls == pytest.approx(0.15, abs=0.01)
    assert told[D.OPTED_OUT] / listeners == pytest.approx(callee.OPT_OUT_SHARE, abs=0.005)
    assert told[D.TRANSFERRED] / listeners == pytest.approx(callee.TRANSFER_SHARE, abs=0.01)
    assert told[D.RESPONDED] / listeners == pytest.approx(callee.RESPONSE_SHARE, abs=0.015)
    keys = Counter(life.key for life in lives)
    assert keys["1"] > keys["2"] > keys["3"] > keys["9"] > 0
    for life in lives:
        assert life.answered is not None
        assert (life.disposition in CONNECTED) is (
            life.message_completed is not None and life.message_completed <= life.end
        )
        if life.key_pressed is not None:
            assert life.message_completed is not None
            assert life.message_completed < life.key_pressed < life.end


@pytest.mark.parametrize(
    "policy, disposition",
    [
        (OnMachine.HANG_UP, D.MACHINE_HUNG_UP),
        (OnMachine.LEAVE_MESSAGE, D.MACHINE_LEFT),
        (OnMachine.AS_HUMAN, D.MACHINE_LEFT),
    ],
)
def test_a_machine_gets_what_the_script_says(
    make: Make, clock: FakeClock, policy: OnMachine, disposition: Disposition
) -> None:
    (end,) = ends(make(), clock, replace(MENU, on_machine=policy), "+12125550832")
    assert (end.answered_by, end.disposition, end.key) == (AnsweredBy.MACHINE, disposition, None)
    assert (end.detected_after is None) is (policy is OnMachine.AS_HUMAN)


def test_nobody_waits_for_the_verdict_for_more_than_two_seconds() -> None:
    heard = HEARD._replace(on_machine=OnMachine.LEAVE_MESSAGE)
    lives = [plan_call(7, token(n), "+12125550142", 30.0, 300.0, heard) for n in range(1_000)]
    waits = [life.detected_after for life in lives if life.detected_after is not None]
    assert len(waits) > 500
    assert 1.5 < min(waits) < max(waits) < 2.0


def test_a_message_longer_than_the_call_may_last_is_not_heard_out() -> None:
    long = HEARD._replace(message=40.0)
    assert plan_call(1, token(1), "+12125550219", 30.0, 30.0, long).disposition == D.CUT_SHORT
    told = plan_call(1, token(1), "+12125550219", 30.0, 40.1, long)
    assert (told.disposition, told.key) == (D.PLAYED, None), "the limit came before the key"


def test_a_hang_up_keeps_what_the_callee_heard_and_pressed_before(make: Make, clock: FakeClock) -> None:
    def hung_up(after: float) -> CallUpdate:
        simulator = make()
        number = token(int(after * 1000))
        simulator.place(DialRequest(number, "+12125550219", None, MENU))
        life = plan_call(0, number, "+12125550219", 30.0, 300.0, HEARD)
        assert None not in (life.answered, life.message_completed, life.key_pressed)
        moments = {1: life.answered, 2: life.message_completed, 3: life.key_pressed}
        run(simulator, clock, (moments[int(after)] or 0.0) + 0.05)
        simulator.hangup(number, None)
        return decisive_updates(simulator.lookup(number, None))[number]

    told = [hung_up(after) for after in (1, 2, 3)]
    assert [(end.disposition, end.key) for end in told] == [
        (D.CUT_SHORT, None),
        (D.PLAYED, None),
        (D.OPTED_OUT, "9"),
    ]
    assert {end.status for end in told} == {S.COMPLETED}, "somebody had answered, as with a carrier"
    assert {end.cause for end in told} == {"hung up by us"}


def test_another_process_goes_on_with_the_same_script(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger", FakeClock()
    before = SimulatorProvider(path, seed=3, clock=clock, start=False)
    before.place(DialRequest(token(1), "+12125550219", None, MENU))
    before.close()
    after = SimulatorProvider(path, seed=99, clock=clock, start=False)
    end = decisive_updates(run(after, clock))[token(1)]
    after.close()
    assert (end.disposition, end.key) == (D.OPTED_OUT, "9")
    assert lines(path)[0]["script"].endswith("as-human 1a2a3t4r9o")
