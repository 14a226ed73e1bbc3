"""Outside check queries: the setting with how its address answers, and the answers that are fresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.outside_check import OutsideAnswer, OutsideCheck, find_wait
from campaign_app.domain.rulebook import Purpose

from .sets import RowSet, as_time, run, stored_json

LONGEST_ERROR = 500
AnswerKey = tuple[str, str]
"""Number in E.164 and purpose, "" where nobody said."""


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """The setting, with the secret as it is stored: encrypted."""

    check: OutsideCheck
    locked_secret: str


class FreshAnswer(NamedTuple):
    """An answer that has not expired."""

    answer: OutsideAnswer
    expires_at: datetime


def load_outside_check(connection: Connection) -> StoredCheck | None:
    """None where no address was given: nobody is asked."""
    row = run(
        connection,
        """SELECT version, url, secret, answers_hours, timeout_seconds, purposes, countries, failures, retry_at,
             last_error FROM outside_check WHERE id = 1""",
    ).one_or_none()
    if row is None:
        return None
    purposes, countries = stored_json(row.purposes), stored_json(row.countries)
    return StoredCheck(
        OutsideCheck(
            row.version,
            row.url,
            row.answers_hours,
            row.timeout_seconds,
            None if purposes is None else tuple(Purpose(each) for each in purposes),
            None if countries is None else tuple(countries),
            row.failures,
            as_time(row.retry_at),
            row.last_error,
        ),
        row.secret,
    )


KEYS = RowSet("v", phone="str", purpose="str")


def load_answers(
    connection: Connection, version: int, keys: Iterable[AnswerKey], now: datetime
) -> dict[AnswerKey, FreshAnswer]:
    """The answers about these numbers that are fresh at `now`."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT a.phone, a.purpose, a.allowed, a.for_good, a.reason, a.expires_at
            FROM {KEYS.source_sql(dialect)} JOIN outside_answers a ON a.phone = v.phone AND a.purpose = v.purpose
            WHERE a.version = :version AND a.expires_at > :now""",
        {"version": version, "now": now, **KEYS.to_parameters(dialect, sorted(set(keys)))},
    )
    found: dict[AnswerKey, FreshAnswer] = {}
    for row in rows:
        expires_at = as_time(row.expires_at)
        if expires_at is not None:
            answer = OutsideAnswer(bool(row.allowed), row.reason, bool(row.for_good))
            found[row.phone, row.purpose] = FreshAnswer(answer, expires_at)
    return found


ANSWERS = RowSet(
    "v", phone="str", purpose="str", allowed="bool", for_good="bool", reason="str", expires_at="time"
)


def keep_answers(
    connection: Connection,
    check: OutsideCheck,
    answers: Mapping[AnswerKey, OutsideAnswer],
    asked_at: datetime,
    now: datetime,
) -> bool:
    """Keep what was answered, and that the address answers. False, and nothing is kept, where the setting has changed
    since it was asked."""
    if not run(
        connection,
        """UPDATE outside_check SET failures = 0, retry_at = NULL, last_error = NULL, last_error_at = NULL,
             answered_at = :now WHERE id = 1 AND version = :version""",
        {"now": now, "version": check.version},
    ).rowcount:
        return False
    dialect = connection.dialect.name
    expires_at = asked_at + timedelta(hours=check.answers_hours)
    rows = [
        (phone, purpose, answer.allowed, answer.for_good, answer.reason, expires_at)
        for (phone, purpose), answer in sorted(answers.items())
    ]
    run(
        connection,
        f"""INSERT INTO outside_answers (phone, purpose, version, allowed, for_good, reason, answered_at, expires_at)
            SELECT v.phone, v.purpose, :version, {_flag("allowed", dialect)}, {_flag("for_good", dialect)}, v.reason,
              :now, v.expires_at
            FROM {ANSWERS.source_sql(dialect)} WHERE true
            ON CONFLICT (phone, purpose) DO UPDATE SET version = excluded.version, allowed = excluded.allowed,
              for_good = excluded.for_good, reason = excluded.reason, answered_at = excluded.answered_at,
              expires_at = excluded.expires_at""",
        {"version": check.version, "now": now, **ANSWERS.to_parameters(dialect, rows)},
    )
    return True


def _flag(column: str, dialect: str) -> str:
    return f"v.{column}" if dialect == "sqlite" else f"CAST(v.{column} AS boolean)"


def record_silence(connection: Connection, check: OutsideCheck, error: str, now: datetime) -> None:
    """There was no answer: nobody asks again for a while. `error` says why, as the end of a sentence."""
    run(
        connection,
        """UPDATE outside_check SET failures = :failures, retry_at = :retry, last_error = :error, last_error_at = :now
           WHERE id = 1 AND version = :version""",
        {
            "failures": check.failures + 1,
            "retry": now + find_wait(check.failures + 1),
            "error": error[:LONGEST_ERROR],
            "now": now,
            "version": check.version,
        },
    )


def take_turn_to_ask(connection: Connection, check: OutsideCheck, now: datetime) -> bool:
    """While it does not answer, one engine of many asks once in a while: whether it is this one now."""
    taken = run(
        connection,
        """UPDATE outside_check SET retry_at = :retry WHERE id = 1 AND version = :version AND failures > 0
           AND (retry_at IS NULL OR retry_at <= :now)""",
        {
            "retry": now + timedelta(seconds=check.timeout_seconds) + find_wait(check.failures),
            "version": check.version,
            "now": now,
        },
    )
    return bool(taken.rowcount)


CAMPAIGN_IDS = RowSet("v", id="int")


def load_campaign_rulebook_ids(connection: Connection, campaign_ids: Iterable[int]) -> dict[int, int | None]:
    """{campaign: its present rulebook}."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        "SELECT c.id, c.rulebook_id FROM campaigns c"
        f" WHERE c.id IN (SELECT v.id FROM {CAMPAIGN_IDS.source_sql(dialect)})",
        CAMPAIGN_IDS.to_parameters(dialect, [(each,) for each in sorted(set(campaign_ids))]),
    )
    return {row.id: row.rulebook_id for row in rows}


def delete_old_answers(connection: Connection, now: datetime, most: int) -> int:
    """Answers that have expired, a piece at a time. Returns how many left."""
    return run(
        connection,
        """DELETE FROM outside_answers WHERE (phone, purpose) IN (
             SELECT phone, purpose FROM outside_answers WHERE expires_at <= :now ORDER BY expires_at LIMIT :most)""",
        {"now": now, "most": most},
    ).rowcount


def list_answers_of(connection: Connection, phone: str, now: datetime) -> Sequence[tuple[str, FreshAnswer]]:
    """(purpose, answer) of one number by the present setting."""
    rows = run(
        connection,
        """SELECT a.purpose, a.allowed, a.for_good, a.reason, a.expires_at FROM outside_answers a
           JOIN outside_check c ON c.id = 1 AND c.version = a.version
           WHERE a.phone = :phone AND a.expires_at > :now ORDER BY a.purpose""",
        {"phone": phone, "now": now},
    )
    return [
        (row.purpose, FreshAnswer(OutsideAnswer(bool(row.allowed), row.reason, bool(row.for_good)), until))
        for row in rows
        if (until := as_time(row.expires_at)) is not None
    ]
