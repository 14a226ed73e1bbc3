"""A person who asked to be forgotten between the claim and the permit is not called, and does not come back."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.domain.errors import StateConflict
from campaign_app.engine import permit as permit_module
from campaign_app.engine.erasure import ErasureJob
from campaign_app.engine.upkeep import UpkeepJob
from campaign_app.models import DoNotCall, Erasure
from campaign_app.queries import forgotten as forgotten_queries
from campaign_app.queries import reclaim as reclaim_queries
from campaign_app.queries import tables
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.queries.forgotten import give_forget_key
from campaign_app.services import (
    campaigns,
    do_not_call,
    erasure,
    explanations,
    past_answers,
    preflight,
    trunks,
)
from campaign_app.services.erasure_files import ErasedFiles
from tests.engine.people import PARIS, SATURDAY, THEIRS, at
from tests.engine.world import BY, World, phones

KEY = "a key of this installation"


@pytest.fixture
def keyed(world: World) -> World:
    give_forget_key(world.db, KEY)
    return world


@pytest.fixture
def files(tmp_path: Path) -> ErasedFiles:
    (tmp_path / "instance").mkdir()
    return ErasedFiles(tmp_path / "instance", tmp_path / "instance" / "ledger.jsonl")


def forget(world: World, phone: str, *, keep: bool = True) -> int:
    with world.session() as session:
        return erasure.request_erasure(
            session, phone, reason="asked", keep_on_do_not_call=keep, actor=BY, now=world.clock.now()
        ).id


def add_hash(world: World, phone: str) -> None:
    """As a request that commits in this very moment."""
    with transaction.begin_write(world.db) as connection:
        key = forgotten_queries.read_forget_key(connection)
        forgotten_queries.add_forgotten(
            connection, erasure.hash_number(key, phone), "asked", world.clock.now()
        )


def run(job: ErasureJob) -> None:
    while job.run_step():
        pass


def claim(world: World) -> list[ClaimedAttempt]:
    return list(world.claim().attempts)


def test_the_permit_sees_who_was_forgotten_since_the_claim(keyed: World) -> None:
    keyed.campaign(phones(3))
    attempts = claim(keyed)
    [her, *others] = phones(3)
    add_hash(keyed, her)
    keyed.send(attempts)
    assert keyed.attempt(her).cause == permit_module.FORGOTTEN
    contact = keyed.contact(her)
    assert (contact.status, contact.suppressed_by, contact.due_at) == ("suppressed", "forgotten", None)
    assert {dial.to for dial in keyed.provider.placed} == set(others)


def test_without_the_key_nobody_is_permitted(keyed: World) -> None:
    campaign_id = keyed.campaign(phones(2))
    add_hash(keyed, "+12125550199")
    attempts = claim(keyed)
    give_forget_key(keyed.db, "another key")
    assert keyed.permit(attempts) == []
    assert {attempt.cause for attempt in keyed.attempts()} == {permit_module.FORGET_KEY_MISSING}
    keyed.tick()
    assert keyed.provider.placed == []
    told = [(reason.code, reason.is_failure) for reason in keyed.reasons(campaign_id)]
    assert ("forget-key-missing", True) in told
    assert all(code != "next" for code, _ in told)


def test_a_missing_key_is_told_first_and_hides_no_paused_trunk(keyed: World) -> None:
    at(keyed, SATURDAY)
    campaign_id = keyed.campaign([PARIS, *phones(2)], **THEIRS)
    add_hash(keyed, "+12125550199")
    give_forget_key(keyed.db, "another key")
    with Session(keyed.db) as session, transaction.transaction(session):
        trunks.pause_trunk(session, keyed.trunk_id, actor=BY, now=keyed.clock.now())
    keyed.tick()
    codes = [str(reason.code) for reason in keyed.reasons(campaign_id)]
    assert codes[0] == "forget-key-missing"
    assert "trunk-paused" in codes
    assert sum(reason.contacts for reason in keyed.reasons(campaign_id)) == 3


def test_at_the_barrier_she_is_called_or_forgotten_first(keyed: World, files: ErasedFiles) -> None:
    """A tick and a request begin together, again and again: she is called and the request refused, or the other way."""
    seen: set[str] = set()
    for phone in phones(12):
        keyed.campaign([phone])
        barrier = threading.Barrier(2)
        refused: list[str] = []
        thread = threading.Thread(target=_ask_at, args=(keyed, phone, barrier, refused))
        thread.start()
        barrier.wait()
        keyed.tick()
        thread.join()
        called = phone in {dial.to for dial in keyed.provider.placed}
        assert refused or not called, phone
        seen.add("called" if called else "refused" if refused else "forgotten")
        keyed.provider.end_all()
        keyed.tick()
    assert seen
    run(ErasureJob(keyed.db, keyed.clock, files))


def _ask_at(world: World, phone: str, barrier: threading.Barrier, refused: list[str]) -> None:
    barrier.wait()
    try:
        forget(world, phone)
    except StateConflict as error:
        refused.append(str(error))


def test_a_permit_waits_for_a_request_and_sees_it(keyed: World) -> None:
    """The request has its lock and has not committed; the permit that begins meanwhile refuses her all the same."""
    keyed.campaign(phones(2))
    her = phones(1)[0]
    attempts = claim(keyed)
    began = threading.Event()

    def permit() -> None:
        began.set()
        keyed.send(attempts)

    with transaction.begin_write(keyed.db) as connection:
        key = forgotten_queries.read_forget_key(connection)
        forgotten_queries.add_forgotten(connection, erasure.hash_number(key, her), "asked", keyed.clock.now())
        thread = threading.Thread(target=permit)
        thread.start()
        began.wait()
    thread.join()
    assert {dial.to for dial in keyed.provider.placed} == {phones(2)[1]}


def test_erased_calls_keep_every_promise(keyed: World, files: ErasedFiles) -> None:
    campaign = keyed.campaign(phones(3))
    assert keyed.finish(campaign) == "completed"
    her = phones(1)[0]
    made = forget(keyed, her)
    run(ErasureJob(keyed.db, keyed.clock, files))
    with Session(keyed.db) as session:
        done = session.get_one(Erasure, made)
        assert (done.state, done.phone) == ("done", None)
        assert done.kept_until is not None
        token = erasure.make_number_token(done.hash)
    assert len(keyed.attempts(phone=token)) == 1
    assert not keyed.attempts(phone=her)
    assert keyed.counters(campaign).contacts_completed == 3
    keyed.clock.move(6 * 365 * 86_400)
    run(ErasureJob(keyed.db, keyed.clock, files))
    assert not keyed.attempts(phone=token)
    assert len(keyed.attempts()) == 3


def test_the_journal_of_another_machine_is_swept_by_hashes(keyed: World, files: ErasedFiles) -> None:
    [her, friend] = phones(2)
    journal = files.instance / "dialled-abc.journal"
    line = f'{{"at":"2026-11-20T15:00:00+00:00","calls":[["t","{her}",1,1,1,1],["u","{friend}",1,1,1,1]]}}\n'
    journal.write_text(line)
    upkeep = UpkeepJob(keyed.db, name="engine-2", clock=keyed.clock, files=files)
    upkeep.run_step()
    assert journal.read_text() == line
    add_hash(keyed, her)
    UpkeepJob(keyed.db, name="engine-3", clock=keyed.clock, files=files).run_step()
    text = journal.read_text()
    assert her not in text
    assert friend in text
    assert len(text) == len(line)


def test_free_space_is_overwritten_later_where_somebody_reads(
    keyed: World, files: ErasedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = forget(keyed, phones(1)[0])
    monkeypatch.setattr(erasure, "reclaim", lambda engine: False)
    job = ErasureJob(keyed.db, keyed.clock, files)
    run(job)
    with Session(keyed.db) as session:
        waiting = session.get_one(Erasure, made)
        assert (waiting.state, waiting.phone) == ("reclaiming", None)
    monkeypatch.setattr(erasure, "reclaim", reclaim_queries.reclaim)
    keyed.clock.move(120)
    run(job)
    with Session(keyed.db) as session:
        assert session.get_one(Erasure, made).state == "done"


def test_many_numbers_are_looked_up_as_few_are(keyed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    her, *others = phones(30)
    add_hash(keyed, her)
    for many in (1, 1000):
        monkeypatch.setattr(forgotten_queries, "MANY", many)
        with keyed.db.connect() as connection:
            assert forgotten_queries.find_forgotten(connection, [her, *others]) == {her}
            assert forgotten_queries.find_forgotten(connection, others) == set()


TWICE = {"caps": [{"most": 1, "per_hours": 24, "scope": "number"}], "retry": {"max_retries": 0}}


@pytest.mark.spoils
@pytest.mark.parametrize("number", ["+12125550100", "+441134960001"], ids=["kept by law", "kept for caps"])
def test_who_was_forgotten_and_comes_back_was_called_before(
    keyed: World, files: ErasedFiles, number: str
) -> None:
    first = keyed.campaign([number], **TWICE)
    assert keyed.finish(first) == "completed"
    forget(keyed, number, keep=False)
    run(ErasureJob(keyed.db, keyed.clock, files))
    assert keyed.attempts(phone=number) == []

    second = keyed.campaign([number], start=False, **TWICE)
    with keyed.session() as session:
        campaign = campaigns.get_campaign(session, second)
        said = preflight.compute_preflight(session, campaign, keyed.clock.now())
        _, answers = explanations.explain_number(session, number, keyed.clock.now())
        past = past_answers.answer_past(session, number, keyed.clock.now(), keyed.clock.now())
    assert (said.waiting, said.now) == (1, 0)
    assert "cap" in {reason.code for answer in answers for reason in answer.reasons}
    assert len([each for each in past.single_calls if each.attempt.campaign_id == first]) == 1
    keyed.act(second, "start")
    keyed.tick(2)
    assert len(keyed.provider.placed) == 1
    assert keyed.attempt(number).cause == permit_module.CAP_REACHED
    give_forget_key(keyed.db, "another key")
    keyed.add(second, [stranger := "+12125550177"])
    keyed.tick(2)
    assert keyed.attempt(stranger).cause == permit_module.FORGET_KEY_MISSING
    [(check, [told])] = keyed.broken().items()
    assert check == "I7"
    assert "SWITCHBOARD_FORGET_KEY" in told

    # Somebody calls her all the same: the proof finds it.
    give_forget_key(keyed.db, KEY)
    keyed.act(second, "stop")
    third = keyed.campaign([number])
    keyed.finish(third)
    assert keyed.broken() == {}
    cap = keyed.row(first).rulebook_id
    keyed.sql("UPDATE attempts SET rulebook_id = :cap WHERE campaign_id = :id", cap=cap, id=third)
    [(check, [told])] = keyed.broken().items()
    assert (check, "(cap)" in told) == ("I7", True)


@pytest.mark.parametrize("erased", [False, True])
def test_a_rest_after_a_letter_is_told_and_kept(keyed: World, files: ErasedFiles, erased: bool) -> None:
    """The French law leaves whoever refused in peace for 60 days, whether they were called or wrote a letter."""
    at(keyed, SATURDAY)
    keyed.forbid(PARIS)
    with keyed.session() as session:
        entry = session.scalars(select(DoNotCall)).one()
        do_not_call.remove_do_not_call_entry(
            session, entry.id, reason="an error", actor=BY, now=keyed.clock.now()
        )
    if erased:
        forget(keyed, PARIS, keep=False)
        run(ErasureJob(keyed.db, keyed.clock, files))
    with keyed.session() as session:
        removed = [entry.phone for entry in tables.do_not_call_removals(session).items]
    assert removed == ([] if erased else [PARIS]), "whose mark is kept is no number that was taken off"
    monday = SATURDAY + timedelta(days=2)
    at(keyed, monday)
    campaign_id = keyed.campaign([PARIS], start=False, **{**THEIRS, "purpose": "marketing"})
    with keyed.session() as session:
        campaign = campaigns.get_campaign(session, campaign_id)
        said = preflight.compute_preflight(session, campaign, keyed.clock.now())
    assert (said.waiting, said.now, sum(group.contacts for group in said.later)) == (1, 0, 1)
    assert min(group.opens_at for group in said.later) >= SATURDAY + timedelta(days=60)
