"""The audit trail's chain: nothing is changed, removed or slipped in unseen, and syslog hears of every entry."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from campaign_app.engine.audit_stream import AuditStream
from campaign_app.extensions import make_engine
from campaign_app.models import audit_chain
from campaign_app.models.audit_chain import (
    GENESIS,
    allow_maintenance,
    link_hash,
    reseal_entries,
    seal_new_entries,
    verify_chain,
)
from campaign_app.queries.retention import delete_audit_piece
from campaign_app.services import audit
from campaign_app.transaction import begin_write, transaction

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def write(db: Engine, number: int = 1, *, at: datetime = AT) -> None:
    with Session(db) as session, transaction(session):
        audit.record_audit_entry(
            session,
            actor="user:ann@example.org",
            action="campaign.update",
            object_type="trunk",
            object_id=str(number),
            now=at,
            rate=2.0,
            text="Zoë, 1e3",
            share=0.25,
        )


def problems(db: Engine, head: str | None = None) -> list[str]:
    with db.connect() as connection:
        return verify_chain(connection, head).problems


def tamper(db: Engine, statement: str) -> None:
    with begin_write(db) as connection:
        allow_maintenance(connection)
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement, told",
    [
        (
            "UPDATE audit SET actor = 'cli' WHERE id = 2",
            "entry 2 of 2026-11-20 15:00:00 UTC is not as it was written",
        ),
        ("UPDATE audit SET detail = '{\"rate\": 3}' WHERE id = 2", "entry 2 of"),
        ("UPDATE audit SET at = '2026-11-20 15:00:01' WHERE id = 3", "entry 3 of"),
        ("DELETE FROM audit WHERE id = 2", "entry 2 is missing"),
        ("DELETE FROM audit_seals WHERE id = 2", "seal 3 (of entry 3) does not follow"),
        ("UPDATE audit_seals SET nonce = NULL WHERE id = 2", "entry 2 of"),
        ("UPDATE audit_seals SET kind = 'removal' WHERE id = 2", "seal 2 (of entry 2) does not follow"),
    ],
)
def test_whatever_is_done_to_an_entry_or_its_seal_shows(db: Engine, statement: str, told: str) -> None:
    for number in range(3):
        write(db, number)
    assert problems(db) == []
    tamper(db, statement)
    assert told in " ".join(problems(db))


def test_a_chain_that_is_written_anew_lacks_the_head_of_before(
    db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "AT_ONCE", 1)  # it goes on after each piece
    write(db)
    with db.connect() as connection:
        head = verify_chain(connection).head
    write(db)
    assert problems(db, head) == []
    tamper(db, "DELETE FROM audit_seals")
    with begin_write(db) as connection:
        seal_new_entries(connection, all_of_them=True)
    assert problems(db) == []
    assert problems(db, head) == ["the expected hash is not in the chain: it was written anew"]


def test_forgetting_and_retention_leave_seals_and_no_digest_that_could_be_tried(db: Engine) -> None:
    for number in range(3):
        write(db, number, at=AT + timedelta(days=number))
    with begin_write(db) as connection:
        allow_maintenance(connection)
        connection.execute(text("UPDATE audit SET object_id = 'forgotten' WHERE id = 2"))
        reseal_entries(connection, [2])
    with begin_write(db) as connection:
        assert delete_audit_piece(connection, AT + timedelta(hours=1), 0).removed == 1
    with db.connect() as connection:
        report = verify_chain(connection)
        nonces = connection.execute(
            text("SELECT nonce FROM audit_seals WHERE entry_id IN (1, 2) ORDER BY id")
        ).all()
    assert (report.problems, report.changed, report.removed, report.entries) == ([], 1, 1, 2)
    assert [nonce is None for (nonce,) in nonces] == [True, True, False, True]


def test_many_writers_at_once_make_one_chain(db: Engine) -> None:
    threads = [threading.Thread(target=lambda: [write(db) for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.connect() as connection:
        report = verify_chain(connection)
        before = GENESIS
        for seal in connection.execute(
            text("SELECT id, kind, entry_id, digest, hash FROM audit_seals ORDER BY id")
        ):
            before = link_hash(before, seal.kind, seal.entry_id, seal.digest)
            assert seal.hash == before
    assert (report.problems, report.entries, report.unsealed) == ([], 20, 0)


@pytest.mark.postgres_only
@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_postgresql_itself_keeps_the_trail_append_only(db: Engine, statement: str) -> None:
    write(db)
    with pytest.raises(DBAPIError, match="append-only"), begin_write(db) as connection:
        connection.execute(text(statement))
    assert problems(db) == []


def test_syslog_is_sent_every_entry_once_with_its_seal(db: Engine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(30)
        stream = AuditStream(db, f"udp://127.0.0.1:{listener.getsockname()[1]}")
        for number in (7, 8):
            write(db, number)
            while stream.run_step():
                pass
            line = listener.recv(65_536).decode().rstrip("\0")
            sent = json.loads(line[line.index("{") :])
            assert (sent["object_id"], sent["actor"], len(sent["hash"])) == (
                str(number),
                "user:ann@example.org",
                64,
            )
        assert not stream.run_step()
        stream.close()
