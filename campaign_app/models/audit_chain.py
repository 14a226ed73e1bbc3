"""Audit chain: each entry of the audit trail is sealed by a hash over it and the seal before, so that no entry can be
changed, removed or slipped in unseen.

Entries are written by many transactions at once; they are sealed one after the other, under a lock that is the last
which a transaction takes. Each seals its own entries and looks for no others, so that this costs as much in a long
trail as in a short one. What the engine writes by statements of its own is sealed by the upkeep. Forgetting a person
changes entries, and retention removes them: both leave a seal that says so. A seal's nonce keeps its digest from giving
away what an emptied entry held.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, text, update

from .audit import AuditEntry, AuditSeal

AUDITED = "audited"
"""Key of a session's `info`: the entries that it has written and its commit will seal."""
GENESIS = "0" * 64
LOCK = 7_216_021
"""Of PostgreSQL: whoever holds it seals."""
LATECOMERS = 1_000
"""Entries that the engine writes by statements of its own may have lower ids than the last that is sealed: so far back
they are sought. A start of the engine looks at all of them."""
AT_ONCE = 1_000
ENTRY, CHANGE, REMOVAL = "entry", "change", "removal"


def digest_entry(row: Any, nonce: str) -> str:
    """SHA-256 over everything that an entry says."""
    at = row.at if row.at.tzinfo is not None else row.at.replace(tzinfo=UTC)
    said = [
        row.id,
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor,
        row.action,
        row.object_type,
        row.object_id,
        row.address,
        row.browser,
        _plain(row.detail),
        nonce,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def link_hash(before: str, kind: str, entry_id: int, digest: str) -> str:
    """The seal's hash: over the seal before and what it says itself."""
    return hashlib.sha256(f"{before} {kind} {entry_id} {digest}".encode()).hexdigest()


def has_new_entries(connection: Connection) -> bool:
    """Whether the latest entries are not all sealed. Reads only."""
    return bool(connection.execute(_unsealed(_find_floor(connection)).limit(1)).all())


def _find_floor(connection: Connection) -> int:
    last = connection.scalar(
        select(AuditSeal.entry_id).where(AuditSeal.kind == ENTRY).order_by(AuditSeal.id.desc()).limit(1)
    )
    return max(0, (last or 0) - LATECOMERS)


def _unsealed(floor: int) -> Select[Any]:
    return (
        select(AuditEntry.__table__)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.id.is_(None), AuditEntry.id > floor)
        .order_by(AuditEntry.id)
    )


def seal_entries(connection: Connection, entry_ids: Sequence[int]) -> None:
    """Seal entries that the caller's transaction has written itself, the last thing before its commit: whoever else
    seals waits until then."""
    if not entry_ids:
        return
    _lock(connection)
    for start in range(0, len(entry_ids), AT_ONCE):
        piece = entry_ids[start : start + AT_ONCE]
        rows = connection.execute(
            select(AuditEntry.__table__).where(AuditEntry.id.in_(piece)).order_by(AuditEntry.id)
        ).all()
        _append(connection, [(ENTRY, row.id, row) for row in rows])


def seal_new_entries(connection: Connection, *, all_of_them: bool = False) -> int:
    """Seal what is written and not sealed yet, the latest entries or `all_of_them`; returns how many. Part of the
    caller's transaction."""
    _lock(connection)
    floor = 0 if all_of_them else _find_floor(connection)
    sealed = 0
    while True:
        rows = connection.execute(_unsealed(floor).limit(AT_ONCE)).all()
        _append(connection, [(ENTRY, row.id, row) for row in rows])
        sealed += len(rows)
        if len(rows) < AT_ONCE or not all_of_them:
            return sealed
        floor = rows[-1].id


def reseal_entries(connection: Connection, entry_ids: Sequence[int]) -> None:
    """Those entries were changed, for a person was forgotten: seal them as they are now, and let go of the nonces by
    which their old digests could be tried."""
    if not entry_ids:
        return
    _lock(connection)
    connection.execute(update(AuditSeal).where(AuditSeal.entry_id.in_(entry_ids)).values(nonce=None))
    rows = connection.execute(
        select(AuditEntry.__table__).where(AuditEntry.id.in_(entry_ids)).order_by(AuditEntry.id)
    ).all()
    _append(connection, [(CHANGE, row.id, row) for row in rows])


def seal_removals(connection: Connection, entry_ids: Sequence[int]) -> None:
    """Those entries were removed, for their time was over."""
    if not entry_ids:
        return
    _lock(connection)
    connection.execute(update(AuditSeal).where(AuditSeal.entry_id.in_(entry_ids)).values(nonce=None))
    _append(connection, [(REMOVAL, entry_id, None) for entry_id in sorted(entry_ids)])


def allow_maintenance(connection: Connection) -> None:
    """For this transaction PostgreSQL lets entries be changed and removed; the caller seals what became of them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('switchboard.audit', 'maintain', true)"))


@dataclass(slots=True)
class ChainReport:
    """What `verify_chain` found; sound where `problems` is empty. `head` is the last seal's hash: kept elsewhere, it
    shows later that nothing of the chain was written anew."""

    entries: int = 0
    changed: int = 0
    removed: int = 0
    unsealed: int = 0
    head: str = GENESIS
    has_expected_head: bool = False
    problems: list[str] = field(default_factory=list)


def verify_chain(connection: Connection, expected: str | None = None, most: int = 20) -> ChainReport:
    """Compare every seal with the one before and every entry with its seal. `expected` is a head from earlier, which
    must still be in the chain. At the most so many problems are listed."""
    report, latest = ChainReport(), dict[int, tuple[str, str, str | None]]()
    before = GENESIS
    report.has_expected_head = expected in (None, GENESIS)
    for seal in _pieces(connection, AuditSeal):
        if seal.hash != link_hash(before, seal.kind, seal.entry_id, seal.digest):
            _note(
                report, f"seal {seal.id} (of entry {seal.entry_id}) does not follow from the one before", most
            )
        before = seal.hash
        report.has_expected_head |= before == expected
        report.changed += seal.kind == CHANGE
        report.removed += seal.kind == REMOVAL
        latest[seal.entry_id] = (seal.kind, seal.digest, seal.nonce)
    report.head = before
    for entry in _pieces(connection, AuditEntry):
        report.entries += 1
        seal_of_entry = latest.pop(entry.id, None)
        if seal_of_entry is None:
            report.unsealed += 1
            continue
        kind, digest, nonce = seal_of_entry
        if kind == REMOVAL:
            _note(report, f"entry {entry.id} is there, though it was removed when its time was over", most)
        elif nonce is None or digest_entry(entry, nonce) != digest:
            _note(
                report, f"entry {entry.id} of {entry.at:%Y-%m-%d %H:%M:%S} UTC is not as it was written", most
            )
    for entry_id, (kind, _, _) in latest.items():
        if kind != REMOVAL:
            _note(report, f"entry {entry_id} is missing", most)
    if not report.has_expected_head:
        _note(report, "the expected hash is not in the chain: it was written anew", most)
    return report


def _note(report: ChainReport, problem: str, most: int) -> None:
    if len(report.problems) < most:
        report.problems.append(problem)


def _pieces(connection: Connection, model: type[AuditEntry] | type[AuditSeal]) -> Iterator[Any]:
    after = 0
    while True:
        rows = connection.execute(
            select(model.__table__).where(model.id > after).order_by(model.id).limit(AT_ONCE)
        ).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _append(connection: Connection, seals: Sequence[tuple[str, int, Any]]) -> None:
    if not seals:
        return
    last = connection.execute(
        select(AuditSeal.id, AuditSeal.hash).order_by(AuditSeal.id.desc()).limit(1)
    ).one_or_none()
    number, before = (0, GENESIS) if last is None else (last.id, last.hash)
    values = []
    for kind, entry_id, row in seals:
        nonce = None if row is None else secrets.token_hex(16)
        digest = "" if row is None or nonce is None else digest_entry(row, nonce)
        number, before = number + 1, link_hash(before, kind, entry_id, digest)
        values.append(
            {
                "id": number,
                "entry_id": entry_id,
                "kind": kind,
                "nonce": nonce,
                "digest": digest,
                "hash": before,
            }
        )
    connection.execute(insert(AuditSeal), values)


def _plain(value: Any) -> Any:
    """JSON as both databases give it back: PostgreSQL makes 2.0 of 2e0, and a whole number is one however written."""
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case datetime():
            return value.isoformat()
    return value
