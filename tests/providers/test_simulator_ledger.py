"""The ledger as a file: torn, full, compacted, deleted, locked, and shared by real processes."""

from __future__ import annotations

import errno
import fcntl
import os
from collections import Counter
from pathlib import Path

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.providers.base import ProviderUnavailable
from campaign_app.providers.simulator import call
from campaign_app.providers.simulator import ledger as ledger_module
from campaign_app.providers.simulator.adapter import SimulatorProvider
from campaign_app.providers.simulator.ledger import LedgerEntry, decode_entry
from tests.providers.rig import dial, events_of, lines, run, token
from tests.support.call_updates import decisive_updates
from tests.support.clock import FakeClock
from tests.support.prepared_process import start_prepared

ROOT = Path(__file__).resolve().parents[2]


def test_a_line_reads_back_as_what_was_written() -> None:
    placed = LedgerEntry(1763.25, "placed", token(1), "+12125550200", None, 30.0, 300.0, 'é "x"\n', 7, 60.0)
    assert decode_entry(placed.to_line().encode()) == placed
    told = placed._replace(script="3.4 0 3.7 2.3 leave-message 9o1a")
    assert decode_entry(told.to_line().encode()) == told
    ended = LedgerEntry(1763.123456789, "ended", token(1), "+12125550200", "busy")
    assert decode_entry(ended.to_line().encode()) == ended


@pytest.mark.parametrize("torn", ['{"t":17', '{"t":1.0,"event":"placed","token":"', "x"])
def test_a_line_torn_by_a_crash_is_cut_and_said(
    ledger: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture, torn: str
) -> None:
    first = SimulatorProvider(ledger, clock=clock, start=False)
    first.place(dial(1, "+12125550486"))
    first.close()
    with ledger.open("a") as file:
        file.write(torn)
    second = SimulatorProvider(ledger, clock=clock, start=False)
    assert "torn" in caplog.text
    second.place(dial(2, "+12125550486"))
    assert len(decisive_updates(run(second, clock))) == 2
    second.close()
    assert [line["event"] for line in lines(ledger)] == ["placed", "placed", "ended", "ended"]


def test_a_line_torn_by_another_process_while_we_live_is_cut_too(ledger: Path, clock: FakeClock) -> None:
    simulator = SimulatorProvider(ledger, clock=clock, start=False)
    with ledger.open("a") as file:
        file.write('{"t":17')
    simulator.place(dial(1, "+12125550486"))
    simulator.close()
    assert events_of(ledger, 1) == ["placed"]
    assert len(lines(ledger)) == 1


def test_lines_that_are_no_entries_are_skipped_and_said(
    ledger: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    junk = [
        "not json",
        "[]",
        "{}",
        '{"t":1,"event":"sang","token":"a","to":"b"}',
        '{"t":"x","event":"placed","token":"a","to":"b"}',
        '{"t":1,"event":"ended","token":"a","to":"b","outcome":"released"}',
        '{"t":1,"event":"placed","token":"a","to":"b","script":{}}',
        "\r",
    ]
    placed = LedgerEntry(clock.now().timestamp(), "placed", token(1), "+12125550486").to_line()
    ledger.parent.mkdir()
    ledger.write_text("\n".join([*junk, placed]) + "\n")
    simulator = SimulatorProvider(ledger, clock=clock, start=False)
    assert caplog.text.count("skipped a line") == len(junk)
    assert decisive_updates(run(simulator, clock))[token(1)].status is AttemptStatus.BUSY
    simulator.close()


def test_a_ledger_larger_than_one_read_is_read_whole(
    ledger: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = SimulatorProvider(ledger, clock=clock, start=False)
    for number in range(100):
        first.place(dial(number, "+12125550486"))
    first.close()
    monkeypatch.setattr(ledger_module, "CHUNK", 77)
    second = SimulatorProvider(ledger, clock=clock, start=False)
    assert len(decisive_updates(run(second, clock))) == 100
    second.close()


def test_a_disk_that_fills_up_in_mid_line_means_not_placed_and_leaves_no_torn_line(
    ledger: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = SimulatorProvider(ledger, clock=clock, start=False)
    simulator.place(dial(1, "+12125550999"))
    write = os.write
    taken: list[int] = []

    def full_disk(fd: int, data: bytes) -> int:
        if taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken.append(write(fd, data[:20]))
        return taken[0]

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full_disk)
        with pytest.raises(ProviderUnavailable, match="No space left"):
            simulator.place(dial(2, "+12125550999"))
        assert [line["token"] for line in lines(ledger)] == [token(1)]
        clock.move(3.0)
        with pytest.raises(OSError, match="No space left"):
            simulator.advance_to(clock.now())
    assert [line["event"] for line in lines(ledger)] == ["placed"]
    assert decisive_updates(run(simulator, clock))[token(1)].status is AttemptStatus.NO_ANSWER
    assert events_of(ledger, 1) == ["placed", "ringing", "ended"]
    simulator.close()


def test_a_ledger_held_by_a_frozen_process_means_unavailable_not_a_hang(
    ledger: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = SimulatorProvider(ledger, clock=clock, start=False)
    monkeypatch.setattr(ledger_module, "LOCK_WAIT", 0.05)
    with ledger.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ProviderUnavailable, match="another process"):
            simulator.place(dial(1, "+12125550486"))
    simulator.place(dial(1, "+12125550486"))
    simulator.close()
    assert events_of(ledger, 1) == ["placed"]


def test_compaction_keeps_the_live_and_the_lately_ended_beside_a_process_that_goes_on(
    ledger: Path, clock: FakeClock
) -> None:
    living = SimulatorProvider(ledger, clock=clock, start=False)
    for number in range(50):
        living.place(dial(number, "+12125550486"))
    run(living, clock, 7200.0)
    living.place(dial(50, "+12125550486"))
    run(living, clock, 60.0)
    living.place(dial(51, "+12125550999"))
    size = ledger.stat().st_size
    newcomer = SimulatorProvider(ledger, clock=clock, start=False, compact_above=1000)
    assert ledger.stat().st_size < size / 10
    assert {line["token"] for line in lines(ledger)} == {token(50), token(51)}
    living.place(dial(52, "+12125550486"))
    assert decisive_updates(newcomer.lookup(token(52), None))[token(52)].status is AttemptStatus.QUEUED
    assert set(decisive_updates(run(living, clock))) == {token(51), token(52)}
    assert events_of(ledger, 51) == ["placed", "ringing", "ended"]
    assert sorted(path.name for path in ledger.parent.iterdir()) == [ledger.name]
    living.close()
    newcomer.close()


def test_a_small_ledger_is_not_compacted(ledger: Path, clock: FakeClock) -> None:
    SimulatorProvider(ledger, clock=clock, start=False).place(dial(1, "+12125550486"))
    before = ledger.read_bytes()
    SimulatorProvider(ledger, clock=clock, start=False, compact_above=1 << 24).close()
    assert ledger.read_bytes() == before


def test_a_ledger_that_somebody_removed_is_begun_anew(ledger: Path, clock: FakeClock) -> None:
    simulator = SimulatorProvider(ledger, clock=clock, start=False)
    simulator.place(dial(1, "+12125550486"))
    ledger.unlink()
    simulator.place(dial(2, "+12125550486"))
    simulator.close()
    assert [line["token"] for line in lines(ledger)] == [token(2)]


def test_calls_that_memory_let_go_of_are_found_in_the_file(
    ledger: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "REMEMBERED", 3)
    simulator = SimulatorProvider(ledger, clock=clock, start=False)
    for number in range(20):
        simulator.place(dial(number, "+12125550486"))
    run(simulator, clock)
    for number in range(20):
        found = simulator.lookup(token(number), None)
        assert [n.status for n in found] == [AttemptStatus.QUEUED, AttemptStatus.BUSY]
    assert list(simulator.lookup(token(99), None)) == []
    simulator.close()


PLACER = """
import sys
from pathlib import Path
from campaign_app.domain.script import script_from_text
from campaign_app.providers.base import DialRequest
from campaign_app.providers.simulator import SimulatorProvider

ledger, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
simulator = SimulatorProvider(ledger, time_scale=1000.0)
for number in range(first, first + count):
    simulator.place(DialRequest(f"{number:032x}", "+12125550200", None, script_from_text("Hello.")))
ended = 0
while ended < count:
    mine = (n for n in simulator.events() if first <= int(n.token, 16) < first + count)
    ended += sum(n.status.value == "completed" for n in mine)
simulator.close()
"""


def test_real_processes_write_one_ledger_and_every_line_is_whole_and_single(ledger: Path) -> None:
    processes = [start_prepared(["-c", PLACER, str(ledger), str(first), "300"]) for first in (0, 1000)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    counts = Counter((line["token"], line["event"]) for line in lines(ledger))
    assert len(counts) == 2400
    assert set(counts.values()) == {1}
