"""The simulator: its scripted numbers, its mix, its faults, and how its calls live on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.script import script_from_text
from campaign_app.providers.base import CallRejected, DialRequest, InDoubt, ProviderUnavailable
from campaign_app.providers.simulator.adapter import SimulatorFaults, SimulatorProvider
from campaign_app.providers.simulator.call_plan import E164, EARLIEST, plan_call
from tests.providers.rig import Make, dial, events_of, lines, outcomes, run, token
from tests.support.call_updates import decisive_updates
from tests.support.clock import FakeClock

S = AttemptStatus


# digits, outcome, q850, SIP code, permanent, congestion, the ledger's events
SCRIPTED = [
    ("486", S.BUSY, 17, 486, False, False, ["placed", "ended"]),
    ("480", S.NO_ANSWER, 19, 480, False, False, ["placed", "ended"]),
    ("603", S.FAILED, 21, 603, False, False, ["placed", "ringing", "ended"]),
    ("404", S.FAILED, 1, 404, True, False, ["placed", "ended"]),
    ("503", S.FAILED, 34, 503, False, True, ["placed", "ended"]),
    ("487", S.NO_ANSWER, 19, 487, False, False, ["placed", "ringing", "ended"]),
    ("999", S.NO_ANSWER, 19, 487, False, False, ["placed", "ringing", "ended"]),
    ("200", S.COMPLETED, 16, None, False, False, ["placed", "ringing", "answered", "ended"]),
    ("832", S.COMPLETED, 16, None, False, False, ["placed", "ringing", "answered", "ended"]),
]


@pytest.mark.parametrize("digits,outcome,q850,sip_code,permanent,congestion,events", SCRIPTED)
def test_the_last_digits_script_the_call(
    make: Make,
    clock: FakeClock,
    ledger: Path,
    digits: str,
    outcome: AttemptStatus,
    q850: int,
    sip_code: int | None,
    permanent: bool,
    congestion: bool,
    events: list[str],
) -> None:
    simulator = make()
    simulator.place(dial(1, f"+12125550{digits}"))
    end = decisive_updates(run(simulator, clock))[token(1)]
    assert (end.status, end.q850, end.sip_code) == (outcome, q850, sip_code)
    assert (end.permanent, end.congestion) == (permanent, congestion)
    assert end.cause
    assert events_of(ledger, 1) == events


@pytest.mark.parametrize("digits", ["487", "999"])
def test_a_call_that_rings_out_lasts_exactly_the_ring_timeout(
    make: Make, clock: FakeClock, digits: str
) -> None:
    simulator, began = make(), clock.now()
    simulator.place(dial(1, f"+12125550{digits}", ring_timeout=20.0))
    end = decisive_updates(run(simulator, clock))[token(1)]
    assert (end.at - began).total_seconds() == pytest.approx(20.0, abs=1e-5)


@pytest.mark.parametrize(
    "digits,by,dispositions",
    [
        ("200", AnsweredBy.HUMAN, {"message-played", "hung-up-early"}),
        ("832", AnsweredBy.MACHINE, {"voicemail-left"}),
    ],
)
def test_the_news_says_who_answered_and_how_it_went(
    make: Make, clock: FakeClock, digits: str, by: AnsweredBy, dispositions: set[str]
) -> None:
    simulator = make()
    for number in range(60):
        simulator.place(dial(number, f"+12125550{digits}"))
    news = run(simulator, clock)
    assert {n.answered_by for n in news if n.status is not S.RINGING} == {by}
    assert {n.disposition for n in news if n.status is S.COMPLETED} == dispositions


def test_a_number_that_is_not_e164_is_rejected_and_never_placed(make: Make, ledger: Path) -> None:
    simulator = make()
    for wrong in ("2125550200", "+0125550200", "+1 212 555 0200", "", "+1212555020012345"):
        with pytest.raises(CallRejected):
            simulator.place(dial(1, wrong))
    assert lines(ledger) == []


def test_the_mix_is_about_what_it_claims() -> None:
    calls = 20_000
    scripts = [plan_call(7, token(n), "+12125550000", 30.0, 300.0) for n in range(calls)]
    share = Counter((script.outcome, script.answered_by) for script in scripts)
    expected = {
        (S.COMPLETED, AnsweredBy.HUMAN): 0.55,
        (S.COMPLETED, AnsweredBy.MACHINE): 0.12,
        (S.NO_ANSWER, None): 0.18,
        (S.BUSY, None): 0.10,
        (S.FAILED, None): 0.05,
    }
    assert set(share) == set(expected)
    for kind, part in expected.items():
        assert share[kind] / calls == pytest.approx(part, abs=0.015), kind


@pytest.mark.parametrize("ring_timeout,max_duration", [(0.0, 0.0), (1.0, 1.0), (30.0, 60.0), (1e9, 1e9)])
def test_no_script_outlives_the_horizon_and_its_steps_are_in_order(
    make: Make, ring_timeout: float, max_duration: float
) -> None:
    horizon = make().caps.horizon
    for number in range(3000):
        script = plan_call(1, token(number), f"+1212555{number:04d}", ring_timeout, max_duration)
        steps = [t for t in (0.0, script.ringing, script.answered, script.end) if t is not None]
        assert steps == sorted(steps)
        assert steps[1] >= EARLIEST
        assert script.end < horizon
        if script.answered is not None:
            assert script.end - script.answered <= max(1.0, max_duration) + 1e-9


def test_the_time_scale_divides_every_duration(make: Make, clock: FakeClock) -> None:
    fast, began = make(time_scale=60.0), clock.now()
    fast.place(dial(1, "+12125550999", ring_timeout=30.0))
    end = decisive_updates(run(fast, clock, 15.0))[token(1)]
    assert (end.at - began).total_seconds() == pytest.approx(0.5, abs=1e-5)
    assert fast.caps.horizon == 15.0
    assert make(time_scale=1.0).caps.horizon == 480.0


def test_a_reply_lost_after_placing_leaves_its_placed_line_and_the_call_goes_on(
    make: Make, clock: FakeClock, ledger: Path
) -> None:
    simulator = make()
    with pytest.raises(InDoubt):
        simulator.place(dial(1, "+12125550408"))
    assert events_of(ledger, 1) == ["placed"]
    assert [n.status for n in simulator.lookup(token(1), None)] == [S.QUEUED]
    run(simulator, clock)
    assert token(1) in outcomes(ledger)


def test_a_reply_lost_before_placing_leaves_nothing(make: Make, clock: FakeClock, ledger: Path) -> None:
    simulator = make()
    with pytest.raises(InDoubt):
        simulator.place(dial(1, "+12125550504"))
    assert run(simulator, clock) == []
    assert list(simulator.lookup(token(1), None)) == []
    assert lines(ledger) == []


def test_time_outs_are_about_as_frequent_as_configured_and_the_ledger_names_them(
    make: Make, ledger: Path
) -> None:
    simulator = make(faults=SimulatorFaults(timeout_before=0.2, timeout_after=0.5))
    doubts = 0
    for number in range(1000):
        try:
            simulator.place(dial(number, "+12125550200"))
        except InDoubt:
            doubts += 1
    placed = len(lines(ledger))
    assert placed == pytest.approx(800, abs=50)
    assert doubts == pytest.approx(200 + 400, abs=60)


def test_a_second_dial_of_a_token_is_there_for_the_invariant_check_to_find(
    make: Make, clock: FakeClock, ledger: Path, caplog: pytest.LogCaptureFixture
) -> None:
    simulator = make()
    for _ in range(2):
        simulator.place(dial(1, "+12125550200"))
    run(simulator, clock)
    assert events_of(ledger, 1) == ["placed", "placed", "ringing", "answered", "ended"]
    assert "dialed twice" in caplog.text


def test_duplicates_come_twice_and_late_news_is_late_while_lookups_stay_right(
    make: Make, clock: FakeClock
) -> None:
    simulator = make(faults=SimulatorFaults(duplicate=1.0, late=1.0))
    simulator.place(dial(1, "+12125550486"))
    clock.move(2.6)
    simulator.advance_to(clock.now())
    assert list(simulator.events()) == []
    assert decisive_updates(simulator.lookup(token(1), None))[token(1)].status is S.BUSY
    assert [n.status for n in run(simulator, clock, 60.0)] == [S.BUSY, S.BUSY]


def test_reordered_news_comes_after_what_followed_it_and_comes_down_to_the_same(
    make: Make, clock: FakeClock
) -> None:
    simulator = make(faults=SimulatorFaults(reordered=1.0))
    simulator.place(dial(1, "+12125550200"))
    news = run(simulator, clock)
    assert [n.status for n in news] == [S.RINGING, S.COMPLETED, S.IN_PROGRESS]
    assert decisive_updates(news)[token(1)].status is S.COMPLETED


def test_the_same_faults_befall_the_same_calls_again(tmp_path: Path) -> None:
    def told(path: Path) -> list[tuple[str, str]]:
        clock = FakeClock()
        simulator = SimulatorProvider(
            path, clock=clock, faults=SimulatorFaults(duplicate=0.3, late=0.3, reordered=0.3), start=False
        )
        for number in range(50):
            simulator.place(dial(number, "+12125550200"))
        news = run(simulator, clock)
        simulator.close()
        return [(n.token, n.status.value) for n in news]

    first = told(tmp_path / "a")
    assert len(first) > 150
    assert told(tmp_path / "b") == first


@pytest.mark.parametrize(
    "options", [{"duplicate": 1.5}, {"late": -0.1}, {"timeout_after": float("nan")}], ids=str
)
def test_a_fault_that_is_no_probability_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="probability"):
        SimulatorFaults(**options)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_time_scale_that_is_no_speed_is_refused(make: Make, scale: float) -> None:
    with pytest.raises(ValueError, match="time_scale"):
        make(time_scale=scale)


def test_every_line_keeps_to_the_schema(make: Make, clock: FakeClock, ledger: Path) -> None:
    simulator = make()
    for number in range(300):
        simulator.place(
            DialRequest(token(number), f"+12125551{number:03d}", 'a "b"\n', script_from_text("Hello."))
        )
    run(simulator, clock)
    allowed = {"completed", "busy", "no-answer", "failed", "canceled"}
    extras = {"ring_timeout", "max_duration", "caller_id", "seed", "time_scale", "script"}
    for line in lines(ledger):
        assert {"t", "event", "token", "to", "outcome"} == set(line) - extras
        assert isinstance(line["t"], float)
        assert line["event"] in {"placed", "ringing", "answered", "ended"}
        assert E164.fullmatch(line["to"])
        assert line["outcome"] in allowed if line["event"] == "ended" else line["outcome"] is None
        assert bool(extras & set(line)) is (line["event"] == "placed")


def test_a_closed_simulator_says_so_and_places_nothing(make: Make, ledger: Path) -> None:
    simulator = make(start=True)
    simulator.close()
    simulator.close()
    assert simulator.ready()
    with pytest.raises(ProviderUnavailable):
        simulator.place(dial(1, "+12125550200"))
    with pytest.raises(ProviderUnavailable):
        simulator.lookup(token(1), None)
    assert lines(ledger) == []
