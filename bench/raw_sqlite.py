"""The floor on SQLite: the same rows, guards and transactions through the driver, by hand.

What a careful author would write who needs no second database, no other outcome policy and no fairness: every batch
one statement over `json_each`, every step one transaction, each row guarded by its compare-and-set, the limit counted
under the write lock, the contacts and counters driven by what really changed.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.attempt import new_token
from campaign_app.domain.settlement import POLL_AFTER
from campaign_app.extensions import SQLITE_PRAGMAS
from campaign_app.models.base import sqlite_stamp
from campaign_app.queries.fragments import slot_of

from .ground import CAMPAIGN, PROFILE, TRUNK
from .provider import HORIZON, RAW, reference
from .rules import CAP_PERIOD, GAP, MOST_CALLS

FREE = """SELECT min(c.max_concurrent_calls
           - (SELECT count(*) FROM attempts WHERE campaign_id = c.id AND ended_at IS NULL),
         t.max_concurrent_calls - (SELECT count(*) FROM attempts WHERE trunk_id = t.id AND ended_at IS NULL)),
      (SELECT count(*) FROM attempts WHERE campaign_id = c.id AND ended_at IS NULL), c.rulebook_id
    FROM campaigns c JOIN trunks t ON t.id = c.trunk_id WHERE c.id = ? AND c.status = 'running'"""
TAKE = """UPDATE contacts SET status = 'dialing', due_at = NULL, attempts_made = attempts_made + 1
    WHERE id IN (SELECT c.id FROM contacts c WHERE c.campaign_id = ?1 AND c.profile_id = ?4
        AND c.due_at IS NOT NULL AND c.due_at <= ?2
        AND NOT EXISTS (SELECT 1 FROM do_not_call d
                        WHERE d.phone = c.phone AND (d.campaign_id IS NULL OR d.campaign_id = ?1))
        AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.phone = c.phone AND a.ended_at IS NULL)
      ORDER BY c.due_at, c.id LIMIT ?3)
    RETURNING id, phone, attempts_made, tries"""
INSERT = """INSERT INTO attempts
      (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status, rank, engine, claimed_at,
       profile_id, rulebook_id)
    WITH v AS MATERIALIZED (SELECT value FROM json_each(?4))
    SELECT ?1, value ->> 0, ?2, value ->> 1, value ->> 2, true, value ->> 3, value ->> 4, 'claimed', 0, 'bench', ?3,
      ?5, ?6
    FROM v WHERE true
    ON CONFLICT DO NOTHING RETURNING id, contact_id, token"""
CLAIMED = """UPDATE campaign_counters SET contacts_pending = contacts_pending - ?2,
    contacts_dialing = contacts_dialing + ?2, peak_open = max(peak_open, ?3) WHERE campaign_id = ?1"""
PEAK = """INSERT INTO outcome_slots
      (campaign_id, slot_at, completed, busy, no_answer, failed, canceled, unresolved, peak_open)
    VALUES (?, ?, 0, 0, 0, 0, 0, 0, ?)
    ON CONFLICT (campaign_id, slot_at) DO UPDATE SET peak_open = max(peak_open, excluded.peak_open)"""
PERMIT = """UPDATE attempts SET status = 'dialing', rank = 1, dialing_at = ?1, horizon_at = ?2, overdue_at = ?2,
      poll_at = ?3, rulebook_id = (SELECT rulebook_id FROM campaigns c WHERE c.id = attempts.campaign_id)
    WHERE id IN (SELECT value FROM json_each(?4)) AND status = 'claimed'
      AND EXISTS (SELECT 1 FROM campaigns c WHERE c.id = attempts.campaign_id AND c.status = 'running')
      AND NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = attempts.phone
                      AND (d.campaign_id IS NULL OR d.campaign_id = attempts.campaign_id))
      AND (SELECT count(*) + ?6 * count(CASE WHEN b.dialing_at > ?7 AND b.campaign_id IS NOT attempts.campaign_id
                                             THEN 1 END)
           FROM attempts b WHERE b.phone = attempts.phone AND b.dialing_at > ?5 AND b.status <> 'released') < ?6
      AND NOT EXISTS (SELECT 1 FROM trunks t WHERE t.id = attempts.trunk_id AND t.paused_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM settings WHERE key = 'quarantine')
    RETURNING token"""
RECORD = """WITH v AS MATERIALIZED (SELECT value FROM json_each(?1))
    UPDATE attempts SET status = 'queued', rank = 2, provider_ref = v.value ->> 1, placed_at = v.value ->> 2,
      poll_at = ?2
    FROM v WHERE attempts.token = v.value ->> 0 AND attempts.rank < 2"""
EVENTS = """INSERT INTO call_events (token, at, received_at, source, status, raw)
    WITH v AS MATERIALIZED (SELECT value FROM json_each(?1))
    SELECT value ->> 0, value ->> 1, ?2, 'event', value ->> 2, value ->> 4 FROM v"""
END = """WITH v AS MATERIALIZED (SELECT value FROM json_each(?1))
    UPDATE attempts SET status = v.value ->> 2, rank = 9, answered_by = v.value ->> 3, ended_at = v.value ->> 1,
      poll_at = NULL
    FROM v WHERE attempts.token = v.value ->> 0 AND attempts.rank < 9
    RETURNING contact_id, try_number"""
DONE = """WITH v AS MATERIALIZED (SELECT value FROM json_each(?1))
    UPDATE contacts SET status = 'completed', tries = v.value ->> 1
    FROM v WHERE contacts.id = v.value ->> 0 AND contacts.status = 'dialing' RETURNING 1"""
COUNT = """UPDATE campaign_counters SET contacts_dialing = contacts_dialing - ?2,
    contacts_completed = contacts_completed + ?2, attempts_completed = attempts_completed + ?3 WHERE campaign_id = ?1"""
SLOT = """INSERT INTO outcome_slots
      (campaign_id, slot_at, completed, human, busy, no_answer, failed, canceled, unresolved, peak_open)
    VALUES (?1, ?2, ?3, ?3, 0, 0, 0, 0, 0, 0)
    ON CONFLICT (campaign_id, slot_at) DO UPDATE
      SET completed = completed + excluded.completed, human = human + excluded.human"""
ANSWERS = """INSERT INTO response_counts (campaign_id, response, n) VALUES (?, 'answered-by:human', ?)
    ON CONFLICT (campaign_id, response) DO UPDATE SET n = n + excluded.n"""

Claimed = list[tuple[int, str]]
"""(attempt, token)"""


class RawSqlite:
    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            self._db.execute(pragma)

    def claim(self, batch: int) -> Claimed:
        db, now = self._db, SYSTEM_CLOCK.now()
        stamp = sqlite_stamp(now)
        with self._write():
            free, taken, rulebook = db.execute(FREE, (CAMPAIGN,)).fetchone()
            rows = db.execute(TAKE, (CAMPAIGN, stamp, max(min(free, batch), 0), PROFILE)).fetchall()
            new = [(row[0], row[2], row[3] + 1, new_token(now), row[1]) for row in rows]
            made = db.execute(INSERT, (CAMPAIGN, TRUNK, stamp, json.dumps(new), PROFILE, rulebook)).fetchall()
            if len(made) != len(rows):
                raise RuntimeError("another engine was here")
            db.execute(CLAIMED, (CAMPAIGN, len(made), taken + len(made)))
            db.execute(PEAK, (CAMPAIGN, sqlite_stamp(slot_of(now)), taken + len(made)))
        return [(row[0], row[2]) for row in made]

    def finish(self, claimed: Claimed) -> int:
        return self._settle(self._record(self._permit(claimed)))

    def close(self) -> None:
        self._db.close()

    def _permit(self, claimed: Claimed) -> list[str]:
        now = SYSTEM_CLOCK.now()
        times = (
            sqlite_stamp(now),
            sqlite_stamp(now + timedelta(seconds=HORIZON)),
            sqlite_stamp(now + POLL_AFTER),
        )
        with self._write():
            ids = json.dumps([one[0] for one in claimed])
            earlier = sqlite_stamp(now - CAP_PERIOD), MOST_CALLS, sqlite_stamp(now - GAP)
            rows = self._db.execute(PERMIT, (*times, ids, *earlier)).fetchall()
        return [row[0] for row in rows]

    def _record(self, tokens: list[str]) -> list[tuple[str, datetime]]:
        placed = [(token, SYSTEM_CLOCK.now()) for token in tokens]
        rows = [(token, reference(token), sqlite_stamp(at)) for token, at in placed]
        with self._write():
            self._db.execute(RECORD, (json.dumps(rows), sqlite_stamp(SYSTEM_CLOCK.now() + POLL_AFTER)))
        return placed

    def _settle(self, placed: list[tuple[str, datetime]]) -> int:
        db, now = self._db, SYSTEM_CLOCK.now()
        news = json.dumps([(token, sqlite_stamp(at), "completed", "human", RAW) for token, at in placed])
        with self._write():
            db.execute(EVENTS, (news, sqlite_stamp(now)))
            ended = db.execute(END, (news,)).fetchall()
            done = len(db.execute(DONE, (json.dumps(ended),)).fetchall())
            db.execute(COUNT, (CAMPAIGN, done, len(ended)))
            db.execute(SLOT, (CAMPAIGN, sqlite_stamp(slot_of(now)), len(ended)))
            db.execute(ANSWERS, (CAMPAIGN, len(ended)))
        return len(ended)

    def _write(self) -> sqlite3.Connection:
        """BEGIN IMMEDIATE; the connection as a context manager commits or rolls back."""
        self._db.execute("BEGIN IMMEDIATE")
        return self._db
