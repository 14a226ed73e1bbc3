"""Rows as a released version wrote them, at whatever revision the tables are: by plain SQL, in every table."""

from __future__ import annotations

import json
from graphlib import TopologicalSorter
from typing import Any

import sqlalchemy as sa
from flask import Flask

from campaign_app.domain.dial_profile import derive_profile
from campaign_app.extensions import db
from tests.support.migrated import AT

ALWAYS = '[{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]'
AREAS = (212, 312, 415, 617, 702, 213, 305, 404, 503, 602)
RANKS = {"in-progress": 4, "in-doubt": 1, "dialing": 1, "ringing": 3}
CONTACTS = (
    # contact's status, its last attempt's status, what became of it, why it is suppressed
    ("dialing", "in-progress", None),
    ("dialing", "in-doubt", None),
    ("completed", "completed", "message-played"),
    ("exhausted", "unresolved", None),
    ("retry", "busy", None),
    ("pending", None, None),
    ("suppressed", None, None),
)
PLAIN: dict[str, Any] = {
    # What a column of this name holds, where a check or a parser would refuse the rest.
    "account_links.kind": "reset",
    "api_tokens.role": "operator",
    "audit_seals.kind": "entry",
    "blackouts.country": "TV",
    "campaigns.caps": "[]",
    "dial_profiles.profile": '{"zones": ["America/New_York"]}',
    "erasures.state": "done",
    "exports.kind": "campaign",
    "exports.status": "completed",
    "imports.columns": '["phone"]',
    "imports.status": "completed",
    "list_versions.state": "replaced",
    "lists.kind": "other",
    "lists.on_stale": "warn",
    "rejected_rows.kind": "invalid",
    "rejected_rows.cells": '["12"]',
}
AS_THEY_ARE = {
    "alembic_version", "counters", "dial_profiles", "engine_heartbeats", "engines", "facts",
    "forgotten_numbers", "leases", "outside_check", "pack_editions", "packs", "rulebooks", "settings", "tallies",
}  # fmt: skip
"""A made-up row would say something to the program that runs afterwards."""
BY_HAND = {
    "attempts", "call_events", "campaign_counters", "campaign_facets", "campaigns", "contacts", "outcome_slots",
    "response_counts", "trunks", "users",
}  # fmt: skip


class ReleasedRows:
    """Writes rows number `n`: one in each table, and a running campaign with calls that are open, over and to come."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            # Only what is asked here: to reflect whole tables takes three times as long as all migrations.
            found = sa.inspect(db.engine)
            self._columns = {name: columns for (_, name), columns in found.get_multi_columns().items()}
            keys = {name: key for (_, name), key in found.get_multi_pk_constraint().items()}
            references = {name: each for (_, name), each in found.get_multi_foreign_keys().items()}
            self._is_sqlite = db.engine.dialect.name == "sqlite"
        self._app = app
        self._keys = {name: set(key["constrained_columns"] if key else ()) for name, key in keys.items()}
        self._references = {
            name: {column for key in each for column in key["constrained_columns"]}
            for name, each in references.items()
        }
        self._order = TopologicalSorter(
            {name: {key["referred_table"] for key in each} - {name} for name, each in references.items()}
        )

    def fill(self, n: int) -> None:
        with self._app.app_context(), db.engine.begin() as connection:
            self._fill_campaign(connection, n)
            names = list(self._order.static_order())
            for name in names:
                if name not in BY_HAND | AS_THEY_ARE:
                    self.insert(connection, name, **self._made_up(name, n))
            if not self._is_sqlite:
                # Rows with ids of our own do not move the sequences, from which the program takes its next.
                for name in (each for each in names if self._has(each, "id")):
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
                    )

    def _has(self, table: str, name: str) -> bool:
        return any(column["name"] == name for column in self._columns.get(table, ()))

    def insert(self, connection: sa.Connection, into: str, /, **values: Any) -> None:
        """A row; what this revision has no column for is left out, and what it asks for besides is empty."""
        row = {name: value for name, value in values.items() if self._has(into, name)}
        for column in self._columns[into]:
            name = column["name"]
            if column["nullable"] or column["default"] is not None or name in row:
                continue
            if name in self._keys[into] and isinstance(column["type"], sa.Integer):
                continue
            row[name] = PLAIN.get(f"{into}.{name}", _empty(column["type"]))
        names, marks = ", ".join(f'"{each}"' for each in row), ", ".join(f":{each}" for each in row)
        connection.execute(sa.text(f"INSERT INTO {into} ({names}) VALUES ({marks})"), row)

    def _made_up(self, table: str, n: int) -> dict[str, Any]:
        """Every reference of it leads to a row of this number, and what must be unique is."""
        row: dict[str, Any] = {}
        for column in self._columns[table]:
            name, kind = column["name"], column["type"]
            if f"{table}.{name}" in PLAIN:
                row[name] = PLAIN[f"{table}.{name}"]
            elif name in self._references.get(table, ()) or (
                name in self._keys[table] and isinstance(kind, sa.Integer)
            ):
                row[name] = n
            elif not column["nullable"] and column["default"] is None and isinstance(kind, sa.String):
                row[name] = f"{n:04}-{name}"[: kind.length or 64]
        return row

    def _fill_campaign(self, connection: sa.Connection, n: int) -> None:
        at = AT if self._is_sqlite else f"{AT}+00"
        by = {"created_at": AT, "created_by": "user:ada@example.org"}
        self.insert(connection, "users", id=n, email=f"ada-{n}@example.org", role="admin", theme="auto", **by)
        self.insert(
            connection, "trunks", id=n, name=f"trunk-{n}", provider="simulator", max_concurrent_calls=50, **by
        )
        message = '"text": "Hello {first_name|there}", "keys": [{"digit": "9", "action": "opt-out"}]'
        self.insert(
            connection,
            "campaigns",
            id=n,
            name=f"Autumn {n}",
            status="running",
            text="Hello {first_name|there}",
            script='{"keys": [{"digit": "9", "action": "opt-out"}]}',
            message=f"{{{message}}}",
            personal=True,
            clock="campaign",
            timezone="America/New_York",
            calling_windows=ALWAYS,
            max_concurrent_calls=20,
            trunk_id=n,
            priority=5,
            retry='{"max_retries": 2, "delays_minutes": [10]}',
            caller_id="+12125550199",
            started_at=at,
            status_at=at,
            status_by="user:ada@example.org",
            **by,
        )
        if self._has("campaigns", "rulebook_id"):
            self._copy_rulebook(connection, n)
        counted: dict[str, int] = {}
        for key, (status, attempt, disposition) in enumerate(CONTACTS):
            number = n * len(CONTACTS) + key
            phone = f"+1{AREAS[number // 100]}555{number % 100 + 100:04}"
            counted[f"contacts_{status}"] = counted.get(f"contacts_{status}", 0) + 1
            self.insert(
                connection,
                "contacts",
                id=number,
                campaign_id=n,
                phone=phone,
                status=status,
                profile_id=self._write_profile(connection, phone),
                due_at=at if status in ("pending", "retry") else None,
                attempts_made=0 if attempt is None else 1,
                tries=0 if attempt is None else 1,
                variables='{"first_name": "Ada"}',
                suppressed_by="do-not-call" if status == "suppressed" else None,
                created_at=at,
            )
            if attempt is None:
                continue
            is_open = attempt in RANKS
            if not is_open:
                name = f"attempts_{attempt.replace('-', '_')}"
                counted[name] = counted.get(name, 0) + 1
            self.insert(
                connection,
                "attempts",
                id=number,
                campaign_id=n,
                contact_id=number,
                trunk_id=n,
                number=1,
                try_number=1,
                counts=True,
                token=f"{number:032}",
                phone=phone,
                status=attempt,
                rank=RANKS.get(attempt, 9),
                answered_by="human" if disposition else None,
                disposition=disposition,
                claimed_at=at,
                dialing_at=at,
                placed_at=at,
                horizon_at=at[:11] + "16" + at[13:],
                overdue_at=at[:11] + "17" + at[13:] if is_open else None,
                poll_at=at if is_open else None,
                ended_at=None if is_open else at,
            )
        open_token = f"{n * len(CONTACTS):032}"
        self.insert(
            connection,
            "call_events",
            token=open_token,
            at=at,
            received_at=at,
            source="poll",
            status="in-progress",
        )
        self.insert(connection, "campaign_counters", campaign_id=n, peak_open=2, **counted)
        self.insert(
            connection, "outcome_slots", campaign_id=n, slot_at=at, completed=1, busy=1, unresolved=1, human=1
        )
        responses = ["disposition:message-played"]
        if self._has("outcome_slots", "human"):
            responses.append("answered-by:human")
        for name, column in (("campaign_facets", "facet"), ("response_counts", "response")):
            if name in self._columns:
                for response in responses:
                    self.insert(connection, name, campaign_id=n, n=1, **{column: response})

    def _copy_rulebook(self, connection: sa.Connection, n: int) -> None:
        """Of the first campaign, for which revision 0009 wrote one."""
        connection.execute(
            sa.text(
                "INSERT INTO rulebooks (campaign_id, body, sha256, made_at, made_by) SELECT :n, body, sha256, made_at,"
                " made_by FROM rulebooks WHERE campaign_id = 1"
            ),
            {"n": n},
        )
        connection.execute(
            sa.text(
                "UPDATE campaigns SET rulebook_id = (SELECT max(id) FROM rulebooks WHERE campaign_id = :n)"
                " WHERE id = :n"
            ),
            {"n": n},
        )

    def _write_profile(self, connection: sa.Connection, phone: str) -> int | None:
        """By the number alone, as revision 0009 does for contacts that are older."""
        if "dial_profiles" not in self._columns:
            return None
        profile = derive_profile(phone).profile
        by_key = {"key": profile.key}
        found = "SELECT id FROM dial_profiles WHERE key = :key"
        if connection.execute(sa.text(found), by_key).first() is None:
            body = json.dumps(profile.to_json())
            self.insert(connection, "dial_profiles", **by_key, body=body, created_at=AT)
        profile_id: int = connection.execute(sa.text(found), by_key).scalar_one()
        return profile_id


def _empty(kind: sa.types.TypeEngine[Any]) -> Any:
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer | sa.Numeric | sa.Float):
        return 0
    if isinstance(kind, sa.DateTime):
        return AT
    if isinstance(kind, sa.Date):
        return "2026-11-20"
    return "{}"
