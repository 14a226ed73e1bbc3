"""A database that went backwards is noticed, dials nothing, and gets its calls back from those who made them."""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.errors import StateConflict
from campaign_app.domain.settlement import wrap_updates
from campaign_app.engine.call_journal import CallJournal
from campaign_app.engine.recover import NOT_CONNECTED
from campaign_app.engine.rollback_guard import RollbackGuard
from campaign_app.queries.recovery import DialedCall
from campaign_app.services import recovery, trunks
from campaign_app.services.calls.settle import apply_updates
from campaign_app.transaction import begin_write
from tests.engine.fakes import ScriptedProvider
from tests.engine.world import BY, World, phones
from tests.support.clock import START, FakeClock
from tests.support.postgres import PostgresServer

S = AttemptStatus


class Machine:
    """A host that outlives its database: the journal's folder, the carrier, the clock. `restore` starts anew on the
    backup, as an operator would."""

    def __init__(self, url: str, folder: Path, backup: Callable[[], Callable[[], None]]) -> None:
        self.url = url
        self.clock = FakeClock()
        self.folder = folder
        self._backup = backup
        self._put_back: Callable[[], None] = lambda: None
        self.world = World(url, self.clock)
        self.world.record_moves()
        self.provider: ScriptedProvider = self.world.provider
        self._remember()
        guard = self.world.state.rollback_guard
        assert guard is not None
        assert guard.check_not_rolled_back(self.clock.now()), "as an engine does at its first start"

    def _remember(self) -> None:
        self.world.state.rollback_guard = RollbackGuard(self.world.db, self.folder, "host-a")

    def back_up(self) -> None:
        self.world.db.dispose()
        self._put_back = self._backup()

    def restore(self) -> World:
        """The engine is stopped, the backup put back, the engine started."""
        self.world.close()
        self._put_back()
        return self._start()

    def restart(self) -> World:
        """The engine dies, and starts again."""
        self.world.close()
        return self._start()

    def _start(self) -> World:
        self.world = World(self.url, self.clock, providers=self.world.providers)
        self.world.record_moves()
        self._remember()
        return self.world

    def fail_over(self) -> None:
        """The backup takes the database's place under the running engine."""
        self.world.db.dispose()
        self._put_back()

    def held(self) -> recovery.QuarantineStatus | None:
        with self.world.session() as session:
            return recovery.get_quarantine(session)

    def ask(self, **more: bool) -> None:
        with self.world.session() as session:
            recovery.request_recovery(session, actor=BY, now=self.clock.now(), **more)

    def release(self) -> None:
        with self.world.session() as session:
            recovery.release_quarantine(session, actor=BY, now=self.clock.now())

    def rung(self) -> list[str]:
        return [dial.to for dial in self.provider.placed]


@pytest.fixture
def machine(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Machine]:
    folder = tmp_path / "instance"
    folder.mkdir()

    def backup() -> Callable[[], None]:
        if database_url.startswith("sqlite"):
            file = Path(make_url(database_url).database or "")
            copy = file.with_suffix(".backup")
            shutil.copyfile(file, copy)  # every connection is closed, so nothing is left in its -wal

            def put_back() -> None:
                for extra in ("-wal", "-shm"):
                    file.with_name(file.name + extra).unlink(missing_ok=True)
                shutil.copyfile(copy, file)

            return put_back
        server: PostgresServer = request.getfixturevalue("postgres")
        copied = server.copy_database(database_url)
        return lambda: server.replace_database(database_url, copied)

    machine = Machine(database_url, folder, backup)
    yield machine
    try:
        machine.world.check()
    finally:
        machine.world.close()


def dialed_and_lost(machine: Machine, count: int = 6, **fields: object) -> int:
    """A campaign of which `count` numbers were called after the backup; its id. The restored engine has not ticked."""
    campaign_id = machine.world.campaign(count, max_concurrent_calls=20, **fields)
    machine.back_up()
    assert machine.world.tick().placed == count
    machine.clock.move(2)
    return campaign_id


def test_nothing_is_dialed_on_a_restored_database_until_its_calls_are_written_back(machine: Machine) -> None:
    campaign_id = dialed_and_lost(machine)
    ends = (S.COMPLETED, S.BUSY, S.NO_ANSWER, S.COMPLETED)
    for token, status in zip(machine.provider.live(), ends, strict=False):
        machine.provider.tell(token, status, provider_ref=f"ref-{token[-8:]}")
    machine.provider.events()  # told to the engine that is gone
    gone = machine.provider.lines.pop(machine.provider.live()[0])  # and this call the carrier has forgotten
    world = machine.restore()

    for _ in range(3):
        assert world.tick().placed == 0
        machine.clock.move(1)
    held = machine.held()
    assert held is not None
    assert (held.step, held.lost, held.restored, held.host) == ("noticed", 6, 0, "host-a")
    assert world.contacts(campaign_id) == {"pending": 6}, "nothing is decided before an operator asks"
    with pytest.raises(StateConflict, match="6 lost calls are still to be written back"):
        machine.release()

    machine.ask()
    world.tick()
    held = machine.held()
    assert held is not None
    assert (held.step, held.lost, held.restored) == ("done", 0, 6)
    assert world.outcomes(campaign_id) == {
        "completed": 2,
        "busy": 1,
        "no-answer": 1,
        "queued": 1,
        "dialing": 1,
    }
    assert world.contacts(campaign_id) == {"completed": 2, "retry": 2, "dialing": 2}
    assert {a.engine for a in world.attempts()} == {"recovery"}
    world.check()

    machine.clock.move(700)
    world.tick()
    assert world.attempt(gone.dial.to).status == "unresolved"
    assert world.contact(gone.dial.to).status == "exhausted"
    assert len(machine.rung()) == 6, "still in quarantine"
    machine.release()
    assert machine.held() is None
    world.finish(campaign_id)
    assert sorted(machine.rung()) == sorted(phones(6) + [a.phone for a in world.attempts() if a.number == 2])
    assert [entry.action for entry in world.audit()][-3:-1] == ["recovery.run", "recovery.release"]
    assert machine.provider.repeated() == []


def test_a_permit_that_the_database_forgot_is_no_stale_claim(machine: Machine) -> None:
    """The backup was taken between claim and permit: "never sent" would be wrong, and dial the number again."""
    campaign_id = machine.world.campaign(2)
    claimed = machine.world.claim().attempts
    machine.back_up()
    assert machine.world.send(claimed) == 2
    machine.clock.move(60)
    world = machine.restore()
    world.tick()
    machine.clock.move(60)
    assert world.tick().placed == 0
    assert world.outcomes(campaign_id) == {"claimed": 2}
    machine.ask()
    world.tick()
    assert world.outcomes(campaign_id) == {"queued": 2}
    machine.release()
    world.finish(campaign_id)
    assert sorted(machine.rung()) == phones(2)
    assert world.contacts(campaign_id) == {"completed": 2}


def test_what_another_engine_gave_back_before_the_loss_was_noticed_is_made_good(machine: Machine) -> None:
    campaign_id = machine.world.campaign(2)
    claimed = machine.world.claim().attempts
    machine.back_up()
    machine.world.send(claimed)
    machine.provider.end_all()
    machine.provider.events()
    machine.clock.move(60)
    world = machine.restore()
    other = world.new_engine("without a journal")
    world.provider.not_ready = "it only reaps"
    other.tick()
    world.sql("DELETE FROM leases")
    world.provider.not_ready = None
    assert world.outcomes(campaign_id) == {"released": 2}
    world.tick()
    machine.ask()
    world.tick()
    assert world.outcomes(campaign_id) == {"completed": 2}
    assert world.contacts(campaign_id) == {"completed": 2}
    machine.release()
    world.tick(3)
    assert sorted(machine.rung()) == phones(2)


@pytest.mark.parametrize("told", ["ringing", "busy"])
def test_a_callback_from_before_the_loss_was_noticed_is_not_undone(machine: Machine, told: str) -> None:
    """The backup has a claim, and the carrier tells of its call: evidence of a call that it never permitted."""
    campaign_id = machine.world.campaign(1)
    claimed = machine.world.claim().attempts
    machine.back_up()
    machine.world.send(claimed)
    permitted_at = machine.clock.now()
    machine.provider.tell(claimed[0].token, S(told))
    news = list(machine.provider.events())
    machine.clock.move(5)
    world = machine.restore()
    with begin_write(world.db) as connection:
        assert apply_updates(
            connection, wrap_updates(news, "callback"), now=machine.clock.now(), rng=random.Random(1)
        )
    contacts = world.contacts(campaign_id)
    world.tick()
    machine.ask()
    world.tick()
    held = machine.held()
    assert held is not None
    assert (held.lost, held.restored) == (0, 1)
    [attempt] = world.attempts()
    assert (attempt.status, attempt.dialing_at) == (told, permitted_at)
    assert attempt.horizon_at is not None
    assert world.contacts(campaign_id) == contacts == {"retry" if told == "busy" else "dialing": 1}
    world.check()
    machine.release()
    machine.provider.end_all(S.BUSY)
    world.tick()
    assert world.contacts(campaign_id) == {"retry": 1}
    assert machine.rung() == phones(1)


def test_two_lost_calls_to_one_number_come_back_in_their_order(machine: Machine) -> None:
    campaign_id = machine.world.campaign(1)
    machine.back_up()
    machine.world.tick()
    machine.provider.end_all(S.BUSY)
    machine.world.tick()
    machine.clock.move(700)
    assert machine.world.tick().placed == 1
    machine.provider.end_all(S.NO_ANSWER)
    machine.provider.events()
    world = machine.restore()
    world.tick()
    machine.ask()
    world.tick(3)
    assert [(a.number, a.try_number, a.status) for a in world.attempts(campaign_id)] == [
        (1, 1, "busy"),
        (2, 2, "no-answer"),
    ]
    assert world.contact(phones(1)[0]).status == "exhausted"
    machine.release()


def test_a_contact_that_is_gone_leaves_its_call_to_see(machine: Machine) -> None:
    machine.world.tick()
    machine.back_up()
    machine.world.campaign(1)
    machine.world.tick()
    machine.provider.end_all()
    machine.provider.events()
    world = machine.restore()
    world.tick()
    machine.ask()
    world.tick()
    [attempt] = world.attempts()
    assert (attempt.phone, attempt.status, attempt.contact_id) == (phones(1)[0], "completed", None)
    with world.session() as session:
        [found] = recovery.list_lost_calls(session)
    assert (found.written, found.status, found.contact_id) == (True, "completed", None)
    machine.release()


def test_a_provider_out_of_reach_is_waited_for_or_given_up(machine: Machine) -> None:
    campaign_id = dialed_and_lost(machine, 3)
    world = machine.restore()
    world.tick()
    machine.provider.away = "no route to host"
    machine.ask()
    world.tick()
    held = machine.held()
    assert held is not None
    assert (held.step, held.lost, held.last_error) == ("running", 3, "no route to host")
    machine.ask(give_up=True)
    world.tick()
    assert world.outcomes(campaign_id) == {"unresolved": 3}
    assert world.contacts(campaign_id) == {"exhausted": 3}
    machine.release()
    world.tick(2)
    assert len(machine.rung()) == 3


def test_a_trunk_that_lost_its_connection_to_somebody_is_resumed_before_its_calls_are_asked_for(
    machine: Machine,
) -> None:
    machine.provider._caps = replace(machine.provider.caps, exclusive=True)
    campaign_id = dialed_and_lost(machine, 3)
    machine.provider.end_all()
    world = machine.restore()
    machine.provider.gave_up = "somebody else has it"
    world.tick()
    machine.ask()
    world.tick()
    held = machine.held()
    assert held is not None
    assert held.last_error == NOT_CONNECTED
    assert machine.provider.asked_ready == 1, "by the first engine, to dial"
    machine.provider.gave_up = None
    with world.session() as session:
        trunks.resume_trunk(session, world.trunk_id, actor=BY, now=machine.clock.now())
    world.tick()
    assert world.outcomes(campaign_id) == {"completed": 3}
    machine.release()


def test_killed_on_the_way_it_goes_on_where_it_stood(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two transactions: a batch of one call each, and a death after every one."""
    campaign_id = dialed_and_lost(machine, 3)
    machine.provider.end_all()
    machine.provider.events()
    world = machine.restore()
    world.tick()
    machine.ask()
    monkeypatch.setattr("campaign_app.engine.recover.BATCH", 1)
    for left in (2, 1, 0):
        with monkeypatch.context() as patch:
            patch.setattr("campaign_app.engine.recover.store_last_error", _die)
            with pytest.raises(KeyboardInterrupt):
                world.tick()
        world = machine.restart()
        held = machine.held()
        assert held is not None
        assert held.lost == left
    world.tick()
    assert world.outcomes(campaign_id) == {"completed": 3}
    machine.release()
    world.tick()
    assert len(machine.rung()) == 3


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_any_number_of_engines_may_notice_and_write_back_at_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four engines start on a restored database, each compares it anew again and again, as after new connections; one
    dies in the middle. On PostgreSQL a call was noted anew here while another engine wrote it back, for good."""
    campaign_id = machine.world.campaign(100, max_concurrent_calls=200)
    machine.back_up()
    assert machine.world.tick().placed == 100
    machine.provider.end_all()
    machine.provider.events()
    world = machine.restore()
    assert world.tick().placed == 0
    machine.ask()
    monkeypatch.setattr("campaign_app.engine.recover.BATCH", 5)
    monkeypatch.setattr("campaign_app.engine.rollback_guard.PIECE", 15)
    guards = [RollbackGuard(world.db, machine.folder, f"host-{n}") for n in range(4)]
    done = threading.Event()

    def run_engine(number: int) -> str | None:
        engine = world.new_engine(f"engine-{number + 10}")
        engine.context.rollback_guard = guards[number]
        for round_number in range(200):
            guards[number]._compared_count = None  # As where a connection has been made anew.
            if number == 0 and round_number == 3:
                world.sql("DELETE FROM leases")  # it dies: another one keeps the house
                return None
            tick = engine.tick()
            if engine._last_error is not None and "failed" in engine._last_error:
                return engine._last_error
            if tick.housekeeping and not lost(machine):
                done.set()
            if done.is_set():
                return None
            world.sql("DELETE FROM leases")
        return "never done"

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(run_engine, range(4))] == [None] * 4
    for guard in guards:
        guard.close()
    held = machine.held()
    assert held is not None
    assert (held.lost, held.restored, held.last_error) == (0, 100, None)
    assert world.outcomes(campaign_id) == {"completed": 100}
    machine.release()


def lost(machine: Machine) -> int:
    held = machine.held()
    return 0 if held is None else held.lost


def test_a_call_that_got_stuck_in_an_earlier_version_is_let_go(machine: Machine) -> None:
    """It stands among the lost calls and among those written back."""
    campaign_id = dialed_and_lost(machine, 2)
    machine.provider.end_all()
    world = machine.restore()
    world.tick()
    world.sql("INSERT INTO settings (key, value) SELECT 'back:' || substr(key, 6), value FROM settings"
              " WHERE key LIKE 'lost:%'")  # fmt: skip
    machine.ask()
    world.tick()
    assert lost(machine) == 0
    assert world.outcomes(campaign_id) == {"completed": 2}
    machine.release()


def test_a_failure_in_writing_back_is_told_and_settling_goes_on(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = machine.world.campaign(4, max_concurrent_calls=2)
    machine.world.tick()
    machine.back_up()
    lost_at = machine.provider.live()
    machine.provider.end_all()
    machine.clock.move(1)
    assert machine.world.tick().placed == 2
    world = machine.restore()
    with monkeypatch.context() as patch:
        patch.setattr("campaign_app.queries.recovery.restore_calls", _fail)
        world.tick()
        machine.ask()
        for token in lost_at:
            machine.provider.deliver(*machine.provider.lines[token].news)
        assert world.tick().settled == 2, "in the very tick whose recovery fails"
        held = machine.held()
        assert held is not None
        assert held.last_error == "writing the lost calls back failed: something that nobody thought of"
        assert lost(machine) == 2
    world.tick()
    held = machine.held()
    assert held is not None
    assert (held.lost, held.last_error) == (0, None)
    assert world.outcomes(campaign_id) == {"completed": 2, "queued": 2}
    machine.provider.end_all()
    world.tick()
    machine.release()


def _fail(*_: object) -> None:
    raise ValueError("something that nobody thought of\nSELECT 1")


def test_news_that_came_while_a_call_was_lost_is_used_when_nobody_is_asked(machine: Machine) -> None:
    campaign_id = dialed_and_lost(machine, 3)
    world = machine.restore()
    world.tick()
    tokens = machine.provider.live()
    machine.provider.tell(tokens[0], S.BUSY)
    world.tick()
    machine.ask(give_up=True)
    world.tick()
    assert world.outcomes(campaign_id) == {"busy": 1, "unresolved": 2}
    machine.provider.tell(tokens[1], S.COMPLETED)
    world.tick()
    assert world.outcomes(campaign_id) == {"busy": 1, "completed": 1, "unresolved": 1}
    machine.clock.move(3600)
    world.check()
    machine.release()


def test_a_fail_over_under_a_running_engine_is_noticed_before_the_wire(machine: Machine) -> None:
    """The claim and the permit go through on the old replica; the request does not leave."""
    world = machine.world
    campaign_id = world.campaign(4, max_concurrent_calls=2)
    machine.back_up()
    for _ in range(2):
        world.tick()
        machine.provider.end_all()
    assert len(machine.rung()) == 4
    machine.provider.events()
    machine.fail_over()
    claimed = world.claim().attempts
    assert len(claimed) == 2
    assert world.send(claimed) == 0
    assert len(machine.rung()) == 4
    held = machine.held()
    assert held is not None
    assert held.lost == 4
    assert world.row(campaign_id).last_error == "the database went backwards, and dialing is in quarantine"
    assert world.claim().attempts == []
    machine.ask()
    world.tick()
    assert world.contacts(campaign_id) == {"completed": 4}
    machine.release()


def test_without_room_for_the_journal_nothing_is_dialed_and_the_page_says_why(machine: Machine) -> None:
    campaign_id = machine.world.campaign(2)
    memory = machine.world.state.rollback_guard
    assert memory is not None
    memory.check_not_rolled_back(machine.clock.now())
    journal = memory._journal
    assert journal is not None
    full = os.open("/dev/full", os.O_WRONLY)
    kept, journal._fd = journal._fd, full
    journal._is_current = lambda: True  # type: ignore[method-assign]
    world = machine.world
    assert world.tick().placed == 0
    assert machine.rung() == []
    assert world.outcomes(campaign_id) == {"released": 2}
    assert (
        world.row(campaign_id).last_error == "the journal of calls cannot be written: No space left on device"
    )
    os.close(full)
    journal._fd = kept
    machine.clock.move(10)
    assert world.tick().placed == 2
    assert world.row(campaign_id).last_error is None


def test_another_database_has_a_journal_of_its_own(
    machine: Machine, tmp_path: Path, sqlite_template: Path
) -> None:
    dialed_and_lost(machine, 2)
    shutil.copyfile(sqlite_template, tmp_path / "fresh.sqlite")
    fresh = World(f"sqlite:///{tmp_path / 'fresh.sqlite'}", machine.clock)
    fresh.state.rollback_guard = RollbackGuard(fresh.db, machine.folder, "host-a")
    try:
        campaign_id = fresh.campaign(2)
        fresh.tick()
        # It has a campaign and no name yet: it is taken for an old backup of the one that has a journal here.
        assert fresh.contacts(campaign_id) == {"pending": 2}
    finally:
        fresh.close()
    shutil.copyfile(sqlite_template, tmp_path / "fresh.sqlite")
    fresh = World(f"sqlite:///{tmp_path / 'fresh.sqlite'}", machine.clock)
    fresh.state.rollback_guard = RollbackGuard(fresh.db, machine.folder, "host-a")
    try:
        fresh.tick()  # empty at its first start: a new installation
        campaign_id = fresh.campaign(2)
        fresh.tick()
        assert fresh.contacts(campaign_id) == {"dialing": 2}
        assert len(list(machine.folder.glob("dialled-*.journal"))) == 2
    finally:
        fresh.close()


# The file.


def call(number: int, campaign_id: int = 1) -> DialedCall:
    return DialedCall(f"{number:032x}", f"+1212555{number:04}", 1, campaign_id, number, 1, START)


def test_the_journal_keeps_its_calls_over_rotations_and_torn_lines(tmp_path: Path) -> None:
    one, two = CallJournal(tmp_path, "id", most=4_000), CallJournal(tmp_path, "id", most=4_000)
    for number in range(0, 200, 2):
        one.append_calls([call(number)], START)
        two.append_calls([call(number + 1)], START)
    assert (tmp_path / "dialled-id.journal").stat().st_size <= 4_000
    kept = [int(item.token, 16) for item in one.all_calls()]
    assert kept == list(range(kept[0], 200)), "the newest, in order, none missing"
    assert len(kept) > 25
    assert [item.token for item in two.newest_calls(5)] == [call(n).token for n in range(195, 200)]
    with one.path.open("ab") as file:
        file.write(json.dumps({"at": START.isoformat(), "calls": [["torn"]]}).encode()[:30])
    two.append_calls([call(500)], START)
    assert one.newest_calls(2) == [call(199), call(500)]
    one.close()
    two.close()
