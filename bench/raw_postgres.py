"""The floor on PostgreSQL: the same rows, guards and transactions through psycopg, by hand.

Each step is one data-modifying statement, which is its own transaction: one journey to the server instead of three.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
from sqlalchemy import URL

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.attempt import new_token
from campaign_app.domain.settlement import POLL_AFTER
from campaign_app.extensions import POSTGRES_SETTINGS
from campaign_app.queries.fragments import slot_of

from .ground import CAMPAIGN, PROFILE, TRUNK
from .provider import HORIZON, RAW, reference
from .rules import CAP_PERIOD, GAP, MOST_CALLS

# The row locks come first, each in a statement of its own (a snapshot taken before a lock was granted would count
# attempts as they stood then), so the claim alone needs a transaction of several statements.
LOCK = """SELECT least(c.max_concurrent_calls, t.max_concurrent_calls), c.rulebook_id
    FROM campaigns c JOIN trunks t ON t.id = c.trunk_id WHERE c.id = %s AND c.status = 'running' FOR UPDATE"""
CLAIM = """WITH open AS MATERIALIZED
     (SELECT (SELECT count(*) FROM attempts WHERE campaign_id = %(campaign)s AND ended_at IS NULL) AS campaign,
             (SELECT count(*) FROM attempts WHERE trunk_id = %(trunk)s AND ended_at IS NULL) AS trunk),
   taken AS (UPDATE contacts SET status = 'dialing', due_at = NULL, attempts_made = attempts_made + 1
     WHERE id = ANY (ARRAY (SELECT c.id FROM contacts c
         WHERE c.campaign_id = %(campaign)s AND c.profile_id = %(profile)s
           AND c.due_at IS NOT NULL AND c.due_at <= %(now)s
           AND NOT EXISTS (SELECT 1 FROM do_not_call d
                           WHERE d.phone = c.phone AND (d.campaign_id IS NULL OR d.campaign_id = c.campaign_id))
           AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.phone = c.phone AND a.ended_at IS NULL)
         ORDER BY c.due_at, c.id
         LIMIT (SELECT least(%(batch)s, greatest(%(limit)s - greatest(campaign, trunk), 0)) FROM open)
         FOR UPDATE OF c SKIP LOCKED))
     RETURNING id, phone, attempts_made, tries),
   tokens AS (SELECT *, row_number() OVER () AS n FROM taken),
   made AS (INSERT INTO attempts
       (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status, rank, engine, claimed_at,
        profile_id, rulebook_id)
     SELECT %(campaign)s, id, %(trunk)s, attempts_made, tries + 1, true, (%(tokens)s::text[])[n], phone,
       'claimed', 0, 'bench', %(now)s, %(profile)s, %(rulebook)s FROM tokens
     ON CONFLICT DO NOTHING RETURNING id, token),
   counted AS (UPDATE campaign_counters SET contacts_pending = contacts_pending - (SELECT count(*) FROM made),
       contacts_dialing = contacts_dialing + (SELECT count(*) FROM made),
       peak_open = greatest(peak_open, (SELECT campaign FROM open) + (SELECT count(*) FROM made))
     WHERE campaign_id = %(campaign)s),
   slot AS (INSERT INTO outcome_slots
       (campaign_id, slot_at, completed, busy, no_answer, failed, canceled, unresolved, peak_open)
     SELECT %(campaign)s, %(slot)s, 0, 0, 0, 0, 0, 0, (SELECT campaign FROM open) + (SELECT count(*) FROM made)
     ON CONFLICT (campaign_id, slot_at) DO UPDATE
       SET peak_open = greatest(outcome_slots.peak_open, excluded.peak_open))
   SELECT id, token FROM made"""
PERMIT = """WITH gate AS MATERIALIZED
     (SELECT id, rulebook_id FROM campaigns WHERE id = %(campaign)s AND status = 'running' FOR SHARE)
   UPDATE attempts SET status = 'dialing', rank = 1, dialing_at = %(now)s, horizon_at = %(horizon)s,
     overdue_at = %(horizon)s, poll_at = %(poll)s, rulebook_id = (SELECT rulebook_id FROM gate)
   WHERE id = ANY (%(ids)s) AND status = 'claimed' AND EXISTS (SELECT 1 FROM gate)
     AND NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = attempts.phone
                     AND (d.campaign_id IS NULL OR d.campaign_id = attempts.campaign_id))
     AND (SELECT count(*) + %(most)s * count(*) FILTER (WHERE b.dialing_at > %(gap)s
            AND b.campaign_id IS DISTINCT FROM attempts.campaign_id)
          FROM attempts b WHERE b.phone = attempts.phone AND b.dialing_at > %(since)s AND b.status <> 'released')
       < %(most)s
     AND NOT EXISTS (SELECT 1 FROM trunks t WHERE t.id = attempts.trunk_id AND t.paused_at IS NOT NULL)
     AND NOT EXISTS (SELECT 1 FROM settings WHERE key = 'quarantine')
   RETURNING token"""
RECORD = """UPDATE attempts SET status = 'queued', rank = 2, provider_ref = v.ref, placed_at = v.at, poll_at = %(poll)s
   FROM unnest(%(tokens)s::text[], %(refs)s::text[], %(ats)s::timestamptz[]) AS v(token, ref, at)
   WHERE attempts.token = v.token AND attempts.rank < 2"""
SETTLE = """WITH news AS MATERIALIZED
     (SELECT * FROM unnest(%(tokens)s::text[], %(ats)s::timestamptz[], %(statuses)s::text[], %(answered)s::text[],
        %(raws)s::text[]) AS v(token, at, status, answered_by, raw)),
   kept AS (INSERT INTO call_events (token, at, received_at, source, status, raw)
     SELECT token, at, %(now)s, 'event', status, raw FROM news),
   ended AS (UPDATE attempts SET status = v.status, rank = 9, answered_by = v.answered_by, ended_at = v.at,
       poll_at = NULL
     FROM news v WHERE attempts.token = v.token AND attempts.rank < 9 RETURNING contact_id, try_number),
   done AS (UPDATE contacts SET status = 'completed', tries = ended.try_number
     FROM ended WHERE contacts.id = ended.contact_id AND contacts.status = 'dialing' RETURNING 1),
   counted AS (UPDATE campaign_counters SET contacts_dialing = contacts_dialing - (SELECT count(*) FROM done),
       contacts_completed = contacts_completed + (SELECT count(*) FROM done),
       attempts_completed = attempts_completed + (SELECT count(*) FROM ended)
     WHERE campaign_id = %(campaign)s),
   slot AS (INSERT INTO outcome_slots
       (campaign_id, slot_at, completed, human, busy, no_answer, failed, canceled, unresolved, peak_open)
     SELECT %(campaign)s, %(slot)s, (SELECT count(*) FROM ended), (SELECT count(*) FROM ended), 0, 0, 0, 0, 0, 0
     ON CONFLICT (campaign_id, slot_at) DO UPDATE SET completed = outcome_slots.completed + excluded.completed,
       human = outcome_slots.human + excluded.human),
   answers AS (INSERT INTO response_counts (campaign_id, response, n)
     SELECT %(campaign)s, 'answered-by:human', count(*) FROM ended
     ON CONFLICT (campaign_id, response) DO UPDATE SET n = response_counts.n + excluded.n)
   SELECT count(*) FROM ended"""

Claimed = list[tuple[int, str]]
"""(attempt, token)"""


class RawPostgres:
    def __init__(self, url: URL) -> None:
        self._db = psycopg.connect(
            host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True
        )
        self._db.execute(f"SELECT {POSTGRES_SETTINGS}")

    def claim(self, batch: int) -> Claimed:
        now = SYSTEM_CLOCK.now()
        with self._db.transaction():
            found = self._db.execute(LOCK, (CAMPAIGN,)).fetchone()
            if found is None:
                return []
            return self._db.execute(
                CLAIM,
                {
                    "campaign": CAMPAIGN,
                    "trunk": TRUNK,
                    "profile": PROFILE,
                    "now": now,
                    "slot": slot_of(now),
                    "batch": batch,
                    "limit": found[0],
                    "rulebook": found[1],
                    "tokens": [new_token(now) for _ in range(batch)],
                },
            ).fetchall()

    def finish(self, claimed: Claimed) -> int:
        return self._settle(self._record(self._permit(claimed)))

    def close(self) -> None:
        self._db.close()

    def _permit(self, claimed: Claimed) -> list[str]:
        now = SYSTEM_CLOCK.now()
        rows = self._db.execute(
            PERMIT,
            {
                "campaign": CAMPAIGN,
                "now": now,
                "horizon": now + timedelta(seconds=HORIZON),
                "poll": now + POLL_AFTER,
                "ids": [one[0] for one in claimed],
                "most": MOST_CALLS,
                "since": now - CAP_PERIOD,
                "gap": now - GAP,
            },
        ).fetchall()
        return [row[0] for row in rows]

    def _record(self, tokens: list[str]) -> list[tuple[str, datetime]]:
        placed = [(token, SYSTEM_CLOCK.now()) for token in tokens]
        self._db.execute(
            RECORD,
            {
                "tokens": tokens,
                "refs": [reference(token) for token in tokens],
                "ats": [at for _, at in placed],
                "poll": SYSTEM_CLOCK.now() + POLL_AFTER,
            },
        )
        return placed

    def _settle(self, placed: list[tuple[str, datetime]]) -> int:
        now, many = SYSTEM_CLOCK.now(), len(placed)
        row = self._db.execute(
            SETTLE,
            {
                "campaign": CAMPAIGN,
                "now": now,
                "slot": slot_of(now),
                "tokens": [token for token, _ in placed],
                "ats": [at for _, at in placed],
                "statuses": ["completed"] * many,
                "answered": ["human"] * many,
                "raws": [RAW] * many,
            },
        ).fetchone()
        return int(row[0]) if row else 0
