"""Claim queries: the hot path's first half. A trunk's locks, what is due, and the claim (T1).

Every function works on a connection whose transaction the caller owns (`transaction.write`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import new_tokens
from campaign_app.domain.message import read_stored_message
from campaign_app.domain.script import MachineDetection

from .counters import ClaimCounts, count_claims
from .fragments import LINE_COUNT, number_is_listed, slot_of
from .sets import RowSet, as_time, locking_clause, run, run_for_tuples
from .standing_rules import STANDING, StandingRules, read_standing_rules

LOST_AGAIN_AFTER = timedelta(seconds=15)
"""When a contact is due again whose number another campaign, or a single call, had just taken."""


@dataclass(frozen=True, slots=True)
class TrunkLock:
    """A trunk under its row lock: nobody else claims on it until the transaction ends."""

    id: int
    limit: int
    open: int
    open_single_calls: int
    """Those of the open ones that belong to no campaign."""
    calls_per_second: float | None
    next_free: datetime | None
    paused_at: datetime | None
    circuit_until: datetime | None
    quarantined: bool
    """The database went backwards: nothing is dialed on any trunk."""
    guard_seconds: float = 0.0
    """No call begins so shortly before closing."""


@dataclass(frozen=True, slots=True)
class CampaignLock:
    """A campaign under its row lock. `open`, its lines in use, is counted, not kept: a counter can leak, the rows
    cannot. Every other field is a column of `campaigns` of the same name."""

    id: int
    trunk_id: int
    status: str
    rulebook_id: int | None
    clock: str
    timezone: str | None
    calling_windows: str | None
    """As stored, JSON text: read where what is wrong with it can be blamed on this one campaign."""
    starts_at: datetime | None
    ends_at: datetime | None
    backoff_until: datetime | None
    max_concurrent_calls: int
    open: int
    calls_per_second: float | None
    next_free: datetime | None
    priority: int
    soft_start: int | None
    """How many people may be called before somebody says to go on; None: everyone."""
    soft_start_at: datetime | None
    caller_id: str | None
    message: str
    """As stored, JSON text: read where what is wrong with it can be blamed on this one campaign."""
    transfers: bool
    """Whether a key of the message connects the callee with somebody."""
    personal: bool
    """Whether the message names variables."""
    ring_seconds: int
    longest_call_seconds: int
    machine_detection: str
    retries_first: bool
    """Whether a due retry goes before everybody who was never tried; else who is due longest goes first."""


class ClaimedAttempt(NamedTuple):
    """An attempt that exists but has not been sent."""

    id: int
    campaign_id: int | None
    token: str
    phone: str
    caller_id: str | None
    message: str
    """As stored, JSON text."""
    variables: Any = None
    """Its contact's, as stored; None where the message names none."""
    contact_id: int | None = None
    number: int = 1
    """1, 2, 3 … of its contact."""
    profile_id: int | None = None
    """Its contact's, or a single call's own; with `rulebook_id` what decides whether it is time to call."""
    rulebook_id: int | None = None
    """A single call's own. A campaign's is read at the permit. None: nobody's hours have to be kept (a test call to a
    number that its owner has confirmed)."""
    ring_seconds: int = 30
    longest_call_seconds: int = 300
    machine_detection: str = MachineDetection.BALANCED.value


CONVERTERS: dict[str, Callable[[Any], Any]] = {"datetime | None": as_time, "bool": bool}
"""By the type of a CampaignLock's field: what a text statement returns differs between the databases."""
LOCK_FIELDS = {
    each.name: CONVERTERS.get(str(each.type)) for each in fields(CampaignLock) if each.name != "open"
}
CAMPAIGN_COLUMNS = ", ".join(
    f"CAST({name} AS text) AS {name}" if name in ("message", "calling_windows") else name
    for name in LOCK_FIELDS
)


TRUNK_COLUMNS = """k.id, k.max_concurrent_calls, k.calls_per_second, k.next_free, k.paused_at, k.circuit_until,
      k.guard_seconds"""
TRUNK_AND_RULES = f"""SELECT {TRUNK_COLUMNS}, EXISTS (SELECT 1 FROM settings WHERE key = 'quarantine') AS quarantined,
      {STANDING} FROM trunks k WHERE k.id = :id"""
COLUMNS_BEFORE_CAMPAIGN = 12
RUNNING = f"SELECT {CAMPAIGN_COLUMNS} FROM campaigns WHERE trunk_id = :id AND status = 'running'"
# The trunk first: whoever comes second waits there, and not with half of its campaigns. NO KEY UPDATE, for who inserts
# a row that refers to a campaign needs its key only: a settle that did so, holding the counters, waited for a claim
# that waited for the counters.
LOCK_TRUNK = {
    "sqlite": f"""SELECT k.*, c.* FROM ({TRUNK_AND_RULES}) AS k LEFT JOIN ({RUNNING}) AS c ON true ORDER BY c.id""",
    "postgresql": f"""WITH k AS MATERIALIZED ({TRUNK_AND_RULES} FOR NO KEY UPDATE),
      c AS MATERIALIZED ({RUNNING} AND EXISTS (SELECT 1 FROM k) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
      SELECT k.*, c.* FROM k LEFT JOIN c ON true ORDER BY c.id""",
}


class ClaimLocks(NamedTuple):
    """What a claim has under its locks, and which rules there are to ask for."""

    trunk: TrunkLock
    campaigns: list[CampaignLock]
    standing: StandingRules


def lock_trunk(connection: Connection, trunk_id: int, now: datetime) -> ClaimLocks | None:
    """A trunk and its running campaigns, locked, with the open attempts of each; campaigns that another engine holds
    right now are left out. None when there is no such trunk.

    The count comes after the locks, in a statement of its own: counted before, a limit of 50 became 160.
    """
    rows = run_for_tuples(connection, LOCK_TRUNK[connection.dialect.name], {"id": trunk_id, "now": now})
    if not rows:
        return None
    counted = run_for_tuples(
        connection,
        # Who is transferred, or waits for it, holds a second line (transfer_legs.py).
        f"""SELECT campaign_id, {LINE_COUNT} AS n FROM attempts
           WHERE trunk_id = :id AND ended_at IS NULL GROUP BY campaign_id""",
        {"id": trunk_id},
    )
    # A campaign changes its trunk only while it has no open attempt, so all of its open ones are here.
    in_use: dict[int | None, int] = dict(counted)
    id_, limit, rate, next_free, paused_at, circuit_until, guard_seconds, quarantined, *standing = rows[0][
        :COLUMNS_BEFORE_CAMPAIGN
    ]
    trunk = TrunkLock(
        id_,
        limit,
        sum(in_use.values()),
        in_use.get(None, 0),
        rate,
        as_time(next_free),
        as_time(paused_at),
        as_time(circuit_until),
        bool(quarantined),
        guard_seconds,
    )
    campaigns = [
        make_campaign_lock(campaign, in_use.get(campaign[0], 0))
        for row in rows
        if (campaign := row[COLUMNS_BEFORE_CAMPAIGN:])[0] is not None
    ]
    return ClaimLocks(trunk, campaigns, read_standing_rules(standing))


def make_campaign_lock(row: tuple[Any, ...], in_use: int) -> CampaignLock:
    """From a row that begins with CAMPAIGN_COLUMNS."""
    values = {
        name: value if convert is None else convert(value)
        for (name, convert), value in zip(LOCK_FIELDS.items(), row, strict=False)
    }
    return CampaignLock(open=in_use, **values)


COUNT_BEGUN = """SELECT count(DISTINCT contact_id) AS n FROM attempts
    WHERE campaign_id = :campaign AND claimed_at >= :since AND status <> 'released'"""


def count_people_begun(connection: Connection, campaign_id: int, since: datetime) -> int:
    """How many people of a campaign were called since a soft start, or are about to be. Under the campaign's lock."""
    count: int = run(connection, COUNT_BEGUN, {"campaign": campaign_id, "since": since}).scalar_one()
    return count


class ClaimRequest(NamedTuple):
    """How many contacts of a campaign are wanted, and of which profiles: those whose hours are open."""

    campaign: CampaignLock
    most: int
    profile_ids: Sequence[int]


DUE = RowSet("v", campaign="int", profile="int", most="int")
COUNT_DUE = """SELECT v.campaign, least(sum((SELECT count(*) FROM (SELECT 1 FROM contacts c
      WHERE c.campaign_id = v.campaign AND c.profile_id = v.profile AND c.due_at IS NOT NULL AND c.due_at <= :now
      LIMIT v.most) AS due)), max(v.most)) AS n
    FROM {v} GROUP BY v.campaign"""
COUNT_ONE_DUE = """SELECT count(*) FROM (SELECT 1 FROM contacts WHERE campaign_id = :campaign
    AND profile_id = :profile AND due_at IS NOT NULL AND due_at <= :now LIMIT :most) AS due"""


def count_due_contacts(
    connection: Connection, requests: Sequence[ClaimRequest], now: datetime
) -> dict[int, int]:
    """{campaign: contacts that are due}, each counted no further than it was asked for: range scans of the claim
    index."""
    if connection.dialect.name == "sqlite":
        # No column may stand in its LIMIT; a statement costs it microseconds, not a round trip.
        return {request.campaign.id: _count_due_one_by_one(connection, request, now) for request in requests}
    asked = [
        (request.campaign.id, profile_id, request.most)
        for request in requests
        for profile_id in request.profile_ids
    ]
    if not asked:
        return {}
    rows = run(
        connection,
        DUE.put_in(COUNT_DUE, "postgresql"),
        {"now": now, **DUE.to_parameters("postgresql", asked)},
    ).all()
    return {row.campaign: int(row.n) for row in rows}


def _count_due_one_by_one(connection: Connection, request: ClaimRequest, now: datetime) -> int:
    due = 0
    for profile_id in request.profile_ids:
        if due >= request.most:
            break
        bound = {
            "campaign": request.campaign.id,
            "profile": profile_id,
            "now": now,
            "most": request.most - due,
        }
        due += run(connection, COUNT_ONE_DUE, bound).scalar_one()
    return due


PHONE_LOCK = 7_466_253
"""The seed that makes our advisory locks on numbers unlike anybody else's."""
PICK_CONTACTS = f"""SELECT c.id{{phone}} FROM contacts c{{index}}
    WHERE c.campaign_id = {{campaign}} AND c.profile_id = {{profile}} AND c.due_at IS NOT NULL AND c.due_at <= :now
      AND {{turn}}
      AND NOT {number_is_listed("c.phone", "c.campaign_id")}
      AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.phone = c.phone AND a.ended_at IS NULL)
    ORDER BY c.due_at, c.id LIMIT {{most}}"""
RETURNED_COLUMNS = "id, campaign_id, phone, profile_id, attempts_made, tries"
RETRIES = "c.tries > 0"
"""The turn of retries: read off an index that has nobody else."""
OTHERS = "(c.tries = 0 OR NOT v.retries_first)"
"""The turn of those who were never tried, and of everybody where a campaign lets retries wait in line."""


# SQLite takes the other index unless told: it knows nothing of how long the two are, and looked at everybody who is due
# for the few who are tried again.
RETRIES_INDEX = " INDEXED BY ix_contacts_retries"


def _take_one(turn: str, index: str = "") -> str:
    picked = PICK_CONTACTS.format(
        phone="", campaign=":campaign", profile=":profile", turn=turn, most=":most", index=index
    )
    return f"""UPDATE contacts SET status = 'dialing', due_at = NULL, attempts_made = attempts_made + 1
    WHERE id IN ({picked})
    RETURNING {RETURNED_COLUMNS}, CASE WHEN :personal THEN variables END AS variables"""


TAKE_RETRIES = _take_one(RETRIES, RETRIES_INDEX)
TAKE_FIRST = _take_one("c.tries = 0")
TAKE_ANY = _take_one("true")
PROFILES = RowSet("o", id="int", place="int")
FIND_RETRIES = f"""SELECT o.id FROM {PROFILES.source_sql("sqlite")}
    WHERE EXISTS (SELECT 1 FROM contacts c{RETRIES_INDEX}
      WHERE c.campaign_id = :campaign AND c.profile_id = o.id AND c.tries > 0 AND c.due_at IS NOT NULL
        AND c.due_at <= :now) ORDER BY o.place"""
TAKES = RowSet(
    "v", campaign="int", most="int", personal="bool", retries_first="bool", rulebook="int", open="int"
)
OPEN_PROFILES = RowSet("o", campaign="int", profile="int", place="int")


# All campaigns of a trunk at once: with twenty of them and a statement each, four engines waited for each other's locks
# and dialed 1.9 times what one did.
#
# ANY(ARRAY(…)): as `UPDATE … FROM (… LIMIT)` it hash-joined the whole table, 263 ms against 2.
#
# The advisory lock is on the number: of two trunks' engines that race for the same numbers, in whatever order of
# campaigns, each takes those that the other has not, and nobody waits at the unique index, where two such claims
# deadlocked. It comes after the LIMIT, in a CTE of its own, or it would be taken for every row that is looked at. A
# number that two campaigns want is picked for the first of them only.
#
# Within a campaign one open profile after the other, until there are enough: nobody who sleeps is looked at. First the
# retries of all of them, then whoever was never tried; an append stops where the LIMIT is reached.
def _pick_of_profiles(turn: str, where: str) -> str:
    picked = PICK_CONTACTS.format(
        phone=", c.phone", campaign="v.campaign", profile="w.profile", turn=turn, most="v.most", index=""
    )
    return f"""(SELECT q.id, q.phone
            FROM (SELECT o.profile FROM open o WHERE o.campaign = v.campaign{where} ORDER BY o.place) AS w
            CROSS JOIN LATERAL (
              {picked}
              FOR UPDATE OF c SKIP LOCKED) AS q)"""


TAKE = f"""WITH asked AS MATERIALIZED (SELECT * FROM {{v}}), open AS MATERIALIZED (SELECT * FROM {{o}}),
    taken AS (UPDATE contacts SET status = 'dialing', due_at = NULL, attempts_made = attempts_made + 1
      WHERE id = ANY (ARRAY (
        WITH picked AS MATERIALIZED (
          SELECT p.id, p.phone FROM asked v CROSS JOIN LATERAL (
            {_pick_of_profiles(RETRIES, " AND v.retries_first")}
            UNION ALL
            {_pick_of_profiles(OTHERS, "")}
            LIMIT v.most) AS p),
        first AS MATERIALIZED (SELECT min(id) AS id, phone FROM picked GROUP BY phone)
        SELECT id FROM first WHERE pg_try_advisory_xact_lock(hashtextextended(phone, {PHONE_LOCK}))))
      RETURNING {RETURNED_COLUMNS}, variables)"""
TOKEN_LENGTH = 32
# Everything else of a claim is a part of the same statement: each would be a journey. A settle locks the counters' rows
# without their campaigns, by campaign; so they are locked here, since a join would take them in any order (in fifteen
# seconds of four campaigns each, 14 deadlocks). A campaign's counters come before its slot, as all writers have it.
CLAIM_ALL = f"""{TAKE},
    made AS (INSERT INTO attempts
        (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status, rank, engine, claimed_at,
         profile_id, rulebook_id)
      SELECT t.campaign_id, t.id, :trunk, t.attempts_made, t.tries + 1, true,
        substr(CAST(:tokens AS text), CAST(t.place AS int) * {TOKEN_LENGTH} - {TOKEN_LENGTH - 1}, {TOKEN_LENGTH}),
        t.phone, 'claimed', 0, :engine, :now, t.profile_id, v.rulebook
      FROM (SELECT *, row_number() OVER () AS place FROM taken) AS t JOIN asked v ON v.campaign = t.campaign_id
      ON CONFLICT DO NOTHING
      RETURNING id, campaign_id, contact_id, token, phone, profile_id, number, try_number),
    began AS MATERIALIZED (SELECT m.campaign_id, count(*) FILTER (WHERE m.try_number = 1) AS fresh,
        count(*) FILTER (WHERE m.try_number > 1) AS again, max(v.open) + count(*) AS open
      FROM made m JOIN asked v ON v.campaign = m.campaign_id GROUP BY m.campaign_id),
    locked AS MATERIALIZED (SELECT k.campaign_id FROM campaign_counters k
      WHERE k.campaign_id IN (SELECT b.campaign_id FROM began b) ORDER BY k.campaign_id FOR NO KEY UPDATE),
    counted AS (UPDATE campaign_counters SET contacts_pending = contacts_pending - b.fresh,
        contacts_retry = contacts_retry - b.again, contacts_dialing = contacts_dialing + b.fresh + b.again,
        peak_open = greatest(peak_open, b.open)
      FROM began b JOIN locked l ON l.campaign_id = b.campaign_id
      WHERE campaign_counters.campaign_id = b.campaign_id RETURNING 1),
    raised AS (INSERT INTO outcome_slots
        (campaign_id, slot_at, completed, busy, no_answer, failed, canceled, unresolved, peak_open)
      SELECT b.campaign_id, :slot, 0, 0, 0, 0, 0, 0, b.open FROM began b WHERE (SELECT count(*) FROM counted) >= 0
      ORDER BY b.campaign_id ON CONFLICT (campaign_id, slot_at)
        DO UPDATE SET peak_open = greatest(outcome_slots.peak_open, excluded.peak_open))
    SELECT lost.ids, m.id, m.campaign_id, m.token, m.phone, {{variables}}, m.contact_id, m.number, m.profile_id
    FROM (SELECT CAST(json_agg(t.id) AS text) AS ids FROM taken t
        WHERE t.id NOT IN (SELECT contact_id FROM made)) AS lost
      LEFT JOIN made m ON true {{personal}}"""
PLAIN = {"variables": "NULL", "personal": ""}
PERSONAL = {
    "variables": "t.variables",
    "personal": """LEFT JOIN (SELECT t.id, t.variables FROM taken t JOIN asked v ON v.campaign = t.campaign_id
        WHERE v.personal) AS t ON t.id = m.contact_id""",
}
ContactTuple = tuple[int, int, str, int, int, int, Any]
"""What was taken: RETURNED_COLUMNS, and the variables where the message is personal."""
NEW_TOKENS = RowSet("v", contact_id="int", token="str", rulebook="int")


# Reading the contact just taken is cheaper than passing its values in as JSON.
INSERT_TAKEN = f"""INSERT INTO attempts
      (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status, rank, engine, claimed_at,
       profile_id, rulebook_id)
    SELECT c.campaign_id, c.id, :trunk, c.attempts_made, c.tries + 1, true, v.token, c.phone, 'claimed', 0, :engine,
      :now, c.profile_id, v.rulebook
    FROM {NEW_TOKENS.source_sql("sqlite")} CROSS JOIN contacts c WHERE c.id = v.contact_id
    ON CONFLICT DO NOTHING RETURNING contact_id, id"""
CLAIM_PLAIN, CLAIM_PERSONAL = (
    OPEN_PROFILES.put_in(TAKES.put_in(CLAIM_ALL, "postgresql"), "postgresql").format(**shape)
    for shape in (PLAIN, PERSONAL)
)
PUT_BACK = """UPDATE contacts SET due_at = :later, deferred_by = 'busy', attempts_made = attempts_made - 1,
      status = CASE WHEN tries > 0 THEN 'retry' ELSE 'pending' END
    WHERE id IN (SELECT v.id FROM {v})"""
LOST_CONTACTS = RowSet("v", id="int")


def claim_due_contacts(
    connection: Connection, requests: Sequence[ClaimRequest], *, engine: str, now: datetime
) -> dict[int, list[ClaimedAttempt]]:
    """Claim due contacts of campaigns of one trunk: each leaves the queue and gets its attempt,
    in this transaction (T1). Returns the attempts by campaign; one that had nothing to take has an empty list.

    A number that is open elsewhere is not an error: the pick passes it over, and where two engines race for it the
    unique index decides; the contact that lost is due again a little later. Most messages are the same for everybody:
    what none names is not carried along. Raises InvalidInput, ValueError where a campaign's message cannot be read.
    """
    claimed: dict[int, list[ClaimedAttempt]] = {request.campaign.id: [] for request in requests}
    for request in requests:
        read_stored_message(request.campaign.message)
    wanted = [request for request in requests if request.most > 0 and request.profile_ids]
    if wanted:
        claim = _claim_one_by_one if connection.dialect.name == "sqlite" else _claim_at_once
        lost_ids = claim(connection, wanted, claimed, engine, now)
        if lost_ids:
            dialect = connection.dialect.name
            run(
                connection,
                LOST_CONTACTS.put_in(PUT_BACK, dialect),
                {
                    "later": now + LOST_AGAIN_AFTER,
                    **LOST_CONTACTS.to_parameters(dialect, [(contact_id,) for contact_id in lost_ids]),
                },
            )
    return claimed


def _claim_at_once(
    connection: Connection,
    requests: Sequence[ClaimRequest],
    claimed: dict[int, list[ClaimedAttempt]],
    engine: str,
    now: datetime,
) -> list[int]:
    """PostgreSQL: all of it in one statement. Returns the contacts that were taken and got no attempt."""
    campaigns = {request.campaign.id: request.campaign for request in requests}
    [trunk_id] = {campaign.trunk_id for campaign in campaigns.values()}
    takes = [
        (campaign.id, most, campaign.personal, campaign.retries_first, campaign.rulebook_id, campaign.open)
        for campaign, most, _ in requests
    ]
    profiles = [
        (campaign.id, profile_id, place)
        for campaign, _, profile_ids in requests
        for place, profile_id in enumerate(profile_ids)
    ]
    rows = run_for_tuples(
        connection,
        CLAIM_PERSONAL if any(campaign.personal for campaign in campaigns.values()) else CLAIM_PLAIN,
        {
            "now": now,
            "slot": slot_of(now),
            "trunk": trunk_id,
            "engine": engine,
            "tokens": "".join(new_tokens(now, sum(request.most for request in requests))),
            **TAKES.to_parameters("postgresql", takes),
            **OPEN_PROFILES.to_parameters("postgresql", profiles),
        },
    )
    for _, attempt_id, campaign_id, token, phone, variables, contact_id, number, profile_id in rows:
        if attempt_id is not None:
            campaign = campaigns[campaign_id]
            claimed[campaign_id].append(
                _make_claimed(campaign, attempt_id, token, phone, variables, contact_id, number, profile_id)
            )
    lost_ids: list[int] = json.loads(rows[0][0] or "[]")
    return lost_ids


def _make_claimed(
    campaign: CampaignLock,
    attempt_id: int,
    token: str,
    phone: str,
    variables: Any,
    contact_id: int,
    number: int,
    profile_id: int | None,
) -> ClaimedAttempt:
    return ClaimedAttempt(
        attempt_id,
        campaign.id,
        token,
        phone,
        campaign.caller_id,
        campaign.message,
        variables,
        contact_id,
        number,
        profile_id,
        campaign.rulebook_id,
        campaign.ring_seconds,
        campaign.longest_call_seconds,
        campaign.machine_detection,
    )


def _claim_one_by_one(
    connection: Connection,
    requests: Sequence[ClaimRequest],
    claimed: dict[int, list[ClaimedAttempt]],
    engine: str,
    now: datetime,
) -> list[int]:
    """SQLite: a statement costs it microseconds. Returns the contacts that were taken and got no attempt."""
    contacts = [row for request in requests for row in _take_one_by_one(connection, request, now)]
    if not contacts:
        return []
    campaigns = {request.campaign.id: request.campaign for request in requests}
    [trunk_id] = {campaign.trunk_id for campaign in campaigns.values()}
    tokens = new_tokens(now, len(contacts))
    taken = [
        (contact[0], token, campaigns[contact[1]].rulebook_id)
        for contact, token in zip(contacts, tokens, strict=True)
    ]
    bound = {"trunk": trunk_id, "engine": engine, "now": now, **NEW_TOKENS.to_parameters("sqlite", taken)}
    attempt_ids: dict[int, int] = dict(run_for_tuples(connection, INSERT_TAKEN, bound))
    retry_counts: Counter[int] = Counter()
    # By position, as the driver made them: with names, the rows alone were a tenth of a claim's time in Python.
    for (contact_id, campaign_id, phone, profile_id, number, tries, variables), token in zip(
        contacts, tokens, strict=True
    ):
        attempt_id = attempt_ids.get(contact_id)
        if attempt_id is None:
            continue
        if tries > 0:
            retry_counts[campaign_id] += 1
        claimed[campaign_id].append(
            _make_claimed(
                campaigns[campaign_id], attempt_id, token, phone, variables, contact_id, number, profile_id
            )
        )
    count_claims(
        connection,
        [
            ClaimCounts(
                key, len(attempts) - retry_counts[key], retry_counts[key], campaigns[key].open + len(attempts)
            )
            for key, attempts in sorted(claimed.items())
            if attempts
        ],
        now,
    )
    return [contact[0] for contact in contacts if contact[0] not in attempt_ids]


def _take_one_by_one(connection: Connection, request: ClaimRequest, now: datetime) -> list[ContactTuple]:
    """SQLite: one profile after the other, until there are enough; first the retries of all of them."""
    campaign_id = request.campaign.id
    turns = [(TAKE_ANY, request.profile_ids)]
    if request.campaign.retries_first:
        places = [(profile_id, place) for place, profile_id in enumerate(request.profile_ids)]
        parameters = PROFILES.to_parameters("sqlite", places)
        found = run(connection, FIND_RETRIES, {"campaign": campaign_id, "now": now, **parameters}).all()
        turns = [(TAKE_RETRIES, [row.id for row in found]), (TAKE_FIRST, request.profile_ids)]
    rows: list[ContactTuple] = []
    for statement, profile_id in (
        (statement, profile_id) for statement, profile_ids in turns for profile_id in profile_ids
    ):
        if len(rows) >= request.most:
            break
        bound = {
            "campaign": campaign_id,
            "profile": profile_id,
            "most": request.most - len(rows),
            "personal": request.campaign.personal,
            "now": now,
        }
        rows += run_for_tuples(connection, statement, bound)
    return rows


def claim_single_calls(connection: Connection, trunk_id: int, engine: str, most: int) -> list[ClaimedAttempt]:
    """Take over the single calls (POST /calls) that nobody is sending yet."""
    rows = run(
        connection,
        """UPDATE attempts SET engine = :engine
           WHERE id IN (SELECT id FROM attempts
                        WHERE trunk_id = :trunk AND ended_at IS NULL AND campaign_id IS NULL
                          AND status = 'claimed' AND engine IS NULL ORDER BY id LIMIT :most"""
        + locking_clause(connection, " FOR UPDATE SKIP LOCKED")
        + ") RETURNING id, token, phone, caller_id, CAST(message AS text) AS message, profile_id, rulebook_id",
        {"trunk": trunk_id, "engine": engine, "most": most},
    ).all()
    return [
        ClaimedAttempt(
            row.id,
            None,
            row.token,
            row.phone,
            row.caller_id,
            row.message or "{}",
            profile_id=row.profile_id,
            rulebook_id=row.rulebook_id,
        )
        for row in rows
    ]


def set_next_free(connection: Connection, table: str, row_id: int, next_free: datetime | None) -> None:
    """Keep the pace's theoretical arrival time. `table` is `trunks` or `campaigns`."""
    run(connection, f"UPDATE {table} SET next_free = :at WHERE id = :id", {"at": next_free, "id": row_id})
