"""List upkeep: contacts leave the queue when a list has their number and come back when it has it no more, and the
numbers of old versions leave, all of it in pieces that hold no lock for long.

The sweep goes through the contacts by id, once for each version that comes into force, and goes on with those who are
added later. The permit is what protects people; the sweep is there so that no claim looks at the same listed contacts
again and again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from campaign_app.clock import Clock
from campaign_app.domain.lists import suppressed_code
from campaign_app.models import ListVersion, NumberList
from campaign_app.queries import lists as list_queries
from campaign_app.services.dialing_rules import DialingRules
from campaign_app.services.lists import evaluate_piece, fail_orphaned_versions, is_orphan
from campaign_app.transaction import begin_write

log = logging.getLogger("switchboard.lists")
PIECE = {"sqlite": 5_000, "postgresql": 20_000}
"""Contact ids that are looked at together."""
PIECES = 10
"""Pieces of a step in which there is nothing to do."""
DELETED_AT_ONCE = {"sqlite": 10_000, "postgresql": 50_000}
CHANGED_AT_ONCE = 2_000
"""Contacts of one transaction: SQLite has one writer, and the engine waits meanwhile."""
T = TypeVar("T")


def run_list_step(db: Engine, clock: Clock, rules: DialingRules) -> bool:
    """One unit of work; whether there may be more."""
    if sweep_step(db, clock, rules):
        return True
    _fail_orphaned_versions(db)
    return _empty_old_version(db, clock)


def sweep_all(db: Engine, clock: Clock) -> None:
    """Until every contact has been compared with every list."""
    rules = DialingRules()
    while sweep_step(db, clock, rules):
        pass


def sweep_step(db: Engine, clock: Clock, rules: DialingRules) -> bool:
    """Compare the next contacts with one list; whether there may be more."""
    with db.connect() as connection:
        last = list_queries.last_contact_id(connection)
        unswept = list_queries.find_unswept_list(connection, last)
    if unswept is None:
        return False
    list_id, version_id, swept_to, gone = unswept
    if gone and swept_to >= last:
        with begin_write(db) as connection, Session(connection) as session:
            session.delete(session.get_one(NumberList, list_id))
            session.flush()
        return True
    return _sweep_pieces(db, clock, rules, list_id, version_id, swept_to, last)


def _sweep_pieces(
    db: Engine,
    clock: Clock,
    rules: DialingRules,
    list_id: int,
    version_id: int | None,
    swept_to: int,
    last: int,
) -> bool:
    size = PIECE[db.dialect.name]
    upto = swept_to
    with db.connect() as connection:
        known = list_queries.load_list_rules(connection)
        rule = next((rule for rule in known if rule.id == list_id), None)
        others = [rule for rule in known if rule.id != list_id]
        evaluation = None
        for _ in range(PIECES):
            start, upto = upto, min(upto + size, last)
            found = list_queries.list_swept_contacts(
                connection, version_id, suppressed_code(list_id), start, upto
            )
            evaluation = evaluate_piece(connection, rules, rule, list_id, others, found)
            if any(evaluation) or upto >= last:
                break
    assert evaluation is not None
    now = clock.now()
    # The piece is done only when all of it is: who dies in between begins it anew, which changes nothing twice.
    for codes in _cut(evaluation.suppress):
        with begin_write(db) as connection:
            if not _is_current(connection, list_id, version_id, swept_to):
                return True
            list_queries.suppress_contacts(connection, codes)
    for codes in _cut(evaluation.requeue):
        with begin_write(db) as connection:
            if not _is_current(connection, list_id, version_id, swept_to):
                return True
            list_queries.requeue_contacts(connection, codes, now)
    with begin_write(db) as connection:
        if list_queries.advance_sweep(connection, list_id, version_id, swept_to, upto):
            list_queries.rename_suppressions(connection, evaluation.rename)
    return True


def _is_current(connection: Connection, list_id: int, version_id: int | None, swept_to: int) -> bool:
    """Whether the list is still as it was when the piece was read; it stays so until the transaction ends."""
    return list_queries.advance_sweep(connection, list_id, version_id, swept_to, swept_to)


def _cut(codes: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(codes), CHANGED_AT_ONCE):
        yield codes[start : start + CHANGED_AT_ONCE]


def _empty_old_version(db: Engine, clock: Clock) -> bool:
    """Delete some numbers of a version that is not in force and never will be; whether there was one."""
    with db.connect() as connection, Session(connection) as session:
        version_id = list_queries.find_old_version(session)
    if version_id is None:
        return False
    with begin_write(db) as connection:
        deleted = list_queries.delete_numbers(connection, version_id, DELETED_AT_ONCE[db.dialect.name])
        if not deleted:
            with Session(connection) as session:
                session.get_one(ListVersion, version_id).emptied_at = clock.now()
                session.flush()
    return True


def _fail_orphaned_versions(db: Engine) -> None:
    with db.connect() as connection, Session(connection) as session:
        orphans = [
            version.id
            for version in list_queries.list_loading_versions(session)
            if is_orphan(session, version)
        ]
    if orphans:
        with begin_write(db) as connection, Session(connection) as session:
            fail_orphaned_versions(session, orphans)
