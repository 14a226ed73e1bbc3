"""How simulated calls live on: the same by seed, across restarts, processes and threads."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.attempt import AttemptStatus, CallUpdate, new_token
from campaign_app.domain.script import script_from_text
from campaign_app.providers.base import DialRequest
from campaign_app.providers.simulator.adapter import SimulatorProvider
from tests.providers.rig import Make, dial, events_of, lines, outcomes, run, token
from tests.support.call_updates import decisive_updates
from tests.support.clock import FakeClock
from tests.support.waiting import wait_until

S = AttemptStatus


def whole_run(path: Path, seed: int) -> dict[str, tuple[str, float]]:
    clock = FakeClock()
    simulator = SimulatorProvider(path, seed=seed, clock=clock, start=False)
    for number in range(200):
        simulator.place(dial(number, f"+12125551{number % 100:03d}"))
    run(simulator, clock)
    simulator.close()
    return outcomes(path)


def test_the_same_seed_gives_the_same_calls_and_another_seed_others(tmp_path: Path) -> None:
    first = whole_run(tmp_path / "a", 1)
    assert len(first) == 200
    assert whole_run(tmp_path / "b", 1) == first
    assert whole_run(tmp_path / "c", 2) != first


@pytest.mark.parametrize("seconds", [0.0, 1.0, 5.0, 12.0, 40.0, 500.0])
def test_calls_live_on_across_a_restart_and_end_as_they_would_have(tmp_path: Path, seconds: float) -> None:
    undisturbed = whole_run(tmp_path / "a", 3)
    clock, path = FakeClock(), tmp_path / "b"
    before = SimulatorProvider(path, seed=3, clock=clock, start=False)
    for number in range(200):
        before.place(dial(number, f"+12125551{number % 100:03d}"))
    run(before, clock, 4.0)
    before.close()
    clock.move(seconds)
    # With other settings, too: what a call was placed with is in the ledger.
    after = SimulatorProvider(path, seed=99, time_scale=5.0, clock=clock, start=False)
    heard = decisive_updates(run(after, clock))
    after.close()
    assert outcomes(path) == undisturbed
    assert Counter(line["event"] for line in lines(path))["ended"] == 200
    assert all(news.status.value == undisturbed[key][0] for key, news in heard.items())
    assert heard


def test_a_lookup_finds_a_call_that_ended_while_no_process_was_alive(
    make: Make, clock: FakeClock, ledger: Path
) -> None:
    first = make()
    first.place(dial(1, "+12125550200"))
    first.close()
    clock.move(1000.0)
    found = make().lookup(token(1), None)
    assert [n.status for n in found] == [S.QUEUED, S.RINGING, S.IN_PROGRESS, S.COMPLETED]
    assert events_of(ledger, 1) == ["placed", "ringing", "answered", "ended"]


def test_two_processes_share_one_ledger_and_no_line_is_written_twice(
    make: Make, clock: FakeClock, ledger: Path
) -> None:
    one = make()
    for number in range(50):
        one.place(dial(number, "+12125550200"))
    two = make()  # finds one's calls alive, and so tells them too
    for number in range(50, 100):
        two.place(dial(number, "+12125550200"))
    news: list[list[CallUpdate]] = [[], []]
    for _ in range(400):
        for simulator, heard in zip((one, two), news, strict=True):
            simulator.advance_to(clock.now())
            heard.extend(simulator.events())
        clock.move(1.0)
    assert len(decisive_updates(news[0])) == 50
    assert len(decisive_updates(news[1])) == 100
    assert all(n.status is S.COMPLETED for heard in news for n in decisive_updates(heard).values())
    counts = Counter((line["token"], line["event"]) for line in lines(ledger))
    assert len(counts) == 400
    assert set(counts.values()) == {1}


def test_one_process_looks_up_and_hangs_up_what_another_placed(
    make: Make, clock: FakeClock, ledger: Path
) -> None:
    one, two = make(), make()
    one.place(dial(1, "+12125550999"))
    run(one, clock, 5.0)
    assert decisive_updates(two.lookup(token(1), None))[token(1)].status is S.RINGING
    two.hangup(token(1), None)
    hung_up_at = clock.now()
    assert lines(ledger)[-1] | {"t": 0} == {
        "t": 0,
        "event": "ended",
        "token": token(1),
        "to": "+12125550999",
        "outcome": "canceled",
    }
    end = decisive_updates(run(one, clock))[token(1)]
    assert (end.status, end.at, end.q850) == (S.CANCELED, hung_up_at, 16)
    assert events_of(ledger, 1) == ["placed", "ringing", "ended"]


def test_a_hang_up_is_reported_at_once_not_when_the_call_would_have_ended(
    make: Make, clock: FakeClock
) -> None:
    simulator = make()
    simulator.place(dial(1, "+12125550999"))
    run(simulator, clock, 5.0)
    simulator.hangup(token(1), None)
    simulator.advance_to(clock.now())
    assert [n.status for n in simulator.events()] == [S.CANCELED]
    assert run(simulator, clock) == []


def test_whoever_registers_late_is_woken_for_the_news_that_waits(make: Make, clock: FakeClock) -> None:
    simulator = make()
    simulator.place(dial(1, "+12125550486"))
    clock.move(10.0)
    while simulator.advance_to(clock.now()) is not None:
        pass
    woken: list[bool] = []
    simulator.on_updates(lambda: woken.append(True))
    assert woken == [True]


def test_a_call_hung_up_after_its_scripted_end_keeps_its_own_outcome(
    make: Make, clock: FakeClock, ledger: Path
) -> None:
    simulator = make()
    simulator.place(dial(1, "+12125550486"))
    clock.move(100.0)
    simulator.hangup(token(1), None)
    assert outcomes(ledger)[token(1)][0] == "busy"


def test_a_hundred_threads_place_each_call_once_and_every_call_is_reported(ledger: Path) -> None:
    simulator = SimulatorProvider(ledger, time_scale=1000.0)
    woken = threading.Event()
    simulator.on_updates(woken.set)
    barrier = threading.Barrier(100)
    tokens = [[new_token(SYSTEM_CLOCK.now()) for _ in range(10)] for _ in range(100)]

    def place(mine: list[str]) -> None:
        barrier.wait()
        for one in mine:
            simulator.place(DialRequest(one, "+12125550200", None, script_from_text("Hello.")))
            assert simulator.lookup(one, None)

    threads = [threading.Thread(target=place, args=(mine,)) for mine in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heard: list[CallUpdate] = []

    def ended() -> bool:
        heard.extend(simulator.events())
        return sum(n.status is S.COMPLETED for n in heard) == 1000

    wait_until(ended, "a thousand calls to end")
    simulator.close()
    assert woken.is_set()
    counts = Counter((line["token"], line["event"]) for line in lines(ledger))
    assert len(counts) == 4000
    assert set(counts.values()) == {1}
    assert {key for key, _ in counts} == {one for mine in tokens for one in mine}
