"""Tables of many rows: every filter, order and search that a page or the API offers reads no more than a page's worth.

SQLite counts the instructions of each statement, PostgreSQL explains what it has read and sorted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from campaign_app.domain.attempt import RANK, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.queries import phone_search, preflight
from tests.support.clock import FakeClock
from tests.web.pages_support import make_campaign
from tests.web.people_support import Site, Visitor, close, open_site

SMALL, MANY, FEW = 10_000, 12_000, 20
"""Half of what the product calls small, so that a look through is told apart and the rows are made soon."""
MOST_ROWS = 1_000
MOST_STEPS = 50
"""Thousands of SQLite's instructions: ten or more for a row, so a look through all takes 100 and more."""
LOOKED_AT = {
    "THEN a.dialing_at END) AS last_sent": 2,
    "do_not_call.id AS id FROM do_not_call": 10,
    "count(*) AS count_1 FROM do_not_call": 20,
    "AS anon_2 WHERE anon_2.ended_at >": 3,
}
"""What looks at more thousands of rows by intent, in no order: the speed, how many numbers are never called, which the
API counts to the last, and how many calls have come since somebody looked."""
NUMBERS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT i FROM n) AS n",
    "postgresql": "generate_series(1, CAST(:many AS integer)) AS n(i)",
}
JSON_CAST = {"sqlite": ":none", "postgresql": "CAST(:none AS jsonb)"}
TIME = {"sqlite": ":at", "postgresql": "CAST(:at AS timestamptz)"}
LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', :at, (5 * i) || ' minutes') || '000'",
    "postgresql": "CAST(:at AS timestamptz) + i * interval '5 minutes'",
}
"""Over 41 days."""
# Each rare status has a few rows, all at one end: whoever walks past the others meets all of them.
CONTACTS = """INSERT INTO contacts (id, campaign_id, phone, status, due_at, profile_id, attempts_made, tries, variables,
    created_at)
  SELECT :first + i, :campaign, '+1' || (2015550000 + :first + i), CASE i WHEN 1 THEN 'pending' WHEN 2 THEN 'retry'
    WHEN 3 THEN 'dialing' WHEN 4 THEN 'exhausted' WHEN 5 THEN 'suppressed' WHEN 6 THEN 'canceled' ELSE 'completed' END,
    CASE WHEN i < 3 THEN {at} END, 0, 2, 2, {none}, {at} FROM {numbers}"""
RARE = ("busy", "no-answer", "failed", "canceled", "released", "unresolved")
ATTEMPTS = f"""INSERT INTO attempts (id, campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone,
    status, rank, claimed_at, dialing_at, ended_at, key, test)
  SELECT :first + i, :campaign, :first + contact, (SELECT min(id) FROM trunks), number, number, true,
    'h' || (:first + i), '+1' || (2015550000 + :first + contact), status,
    CASE status WHEN 'ringing' THEN {RANK[AttemptStatus.RINGING]} ELSE 9 END,
    {{at}}, {{at}}, CASE WHEN status <> 'ringing' THEN {{at}} END, CASE WHEN i < 40 THEN '1' END, false
  FROM (SELECT i, 1 + (i - 1) % (:many / 2) AS contact, 1 + (i - 1) / (:many / 2) AS number,
    CASE i WHEN 3 THEN 'ringing'
    {" ".join(f"WHEN {i} THEN '{status}'" for i, status in enumerate(RARE, 10))} ELSE 'completed' END AS status
    FROM {{numbers}}) AS made"""


class Reading:
    """What the statements of a site read, as long as somebody watches."""

    def __init__(self, engine: sa.Engine) -> None:
        self._kind = engine.dialect.name
        self.statements: list[str] = []
        self._steps: list[int] = []
        self._problems: list[str] = []
        self._watched = False
        sa.event.listen(engine, "checkout", self._connect)
        sa.event.listen(engine, "before_cursor_execute", self._begin)
        if self._kind == "postgresql":
            sa.event.listen(engine, "after_cursor_execute", self._explain)

    def _connect(self, connection: Any, *_: Any) -> None:
        if self._kind == "sqlite":
            connection.set_progress_handler(self._count, 1000)

    def _count(self) -> int:
        if self._steps:
            self._steps[-1] += 1
        return 0

    def _begin(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if self._watched:
            self.statements.append(statement)
            self._steps.append(0)

    def _explain(
        self, connection: sa.Connection, _cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> None:
        if not self._watched or not statement.lstrip().upper().startswith("SELECT"):
            return
        cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        row = cursor.fetchone()
        assert row is not None
        for node in _nodes(row[0][0]["Plan"]):
            read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            if read > 1 + MOST_ROWS * measure_allowance(statement):
                self._problems.append(f"{node['Node Type']} of {read:.0f} rows: {statement[:1000]}")

    @contextmanager
    def watch(self) -> Iterator[None]:
        self.statements, self._steps, self._problems, self._watched = [], [], [], True
        try:
            yield
        finally:
            self._watched = False
        for statement, steps in zip(self.statements, self._steps, strict=True):
            if steps > MOST_STEPS * measure_allowance(statement):
                self._problems.append(f"{steps},000 instructions: {statement}")

    @property
    def problems(self) -> list[str]:
        return [" ".join(problem.split()) for problem in self._problems]


def measure_allowance(statement: str) -> int:
    return next((times for words, times in LOOKED_AT.items() if words in " ".join(statement.split())), 1)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def fill(site: Site, campaign_id: int, many: int, first: int) -> None:
    """Contacts of two calls each, and as many numbers on do-not-call, past every service."""
    with site.app.app_context(), db.engine.begin() as connection:
        kind = connection.dialect.name
        words = {
            "numbers": NUMBERS[kind],
            "none": JSON_CAST[kind],
            "at": TIME[kind],
            "later": LATER[kind],
        }
        values = {
            "many": many,
            "first": first,
            "campaign": campaign_id,
            "none": "{}",
            "at": datetime(2026, 11, 20, 14, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S.000000")
            + ("" if kind == "sqlite" else "+00"),
        }

        def run(statement: str) -> None:
            statement = statement.format(**words)
            connection.execute(
                sa.text(statement), {name: value for name, value in values.items() if f":{name}" in statement}
            )

        run(CONTACTS)
        values["many"] = 2 * many
        run(ATTEMPTS)
        values["many"] = many
        run(
            "INSERT INTO do_not_call (phone, source, added_by, created_at)"
            " SELECT '+1' || (3000000000 + :first + i), 'file', 'cli', {at} FROM {numbers}"
        )
        run(
            "INSERT INTO audit (at, actor, action, object_type, object_id, detail)"
            " SELECT {later}, CASE i % 2 WHEN 0 THEN 'user:ada@example.org' ELSE 'cli' END, 'contacts.add',"
            " CASE WHEN i = 1 THEN 'trunk' WHEN i % 2 = 0 THEN 'campaign' ELSE 'contact' END,"
            " CAST(:campaign AS text), {none}"
            " FROM {numbers}"
        )
        run(
            "INSERT INTO imports (id, campaign_id, filename, stored_as, size, status, total, accepted, rejected,"
            " repeated_in_file, already_in_campaign, do_not_call, bytes_done, rows_done, created_by, created_at)"
            " VALUES (:first + 1, :campaign, 'x.csv', 'x', 1, 'completed', :many, 0, :many, 0, 0, 0, 1, :many, 'cli',"
            " {at})"
        )
        run(
            "INSERT INTO rejected_rows (import_id, line, kind, code, reason, cells) SELECT :first + 1, i, 'invalid',"
            " CASE i WHEN 7 THEN 'too-short' ELSE 'empty' END, 'x', {none} FROM {numbers}"
        )
        run(
            f"UPDATE campaign_counters SET contacts_pending = 1, contacts_retry = 1, contacts_dialing = 1,"
            f" contacts_completed = {many - 6}, contacts_exhausted = 1, contacts_suppressed = 1, contacts_canceled = 1,"
            f" attempts_completed = {2 * many - 7}, attempts_busy = 1, attempts_no_answer = 1, attempts_failed = 1,"
            " attempts_canceled = 1, attempts_released = 1, attempts_unresolved = 1 WHERE campaign_id = :campaign"
        )
        if kind == "postgresql":
            connection.exec_driver_sql("ANALYZE")  # as autovacuum does within a minute


NUMBER = "+12015550123"
SEARCHES = (NUMBER, "12015550123", "0123", "50123", "+120155501")
CONTACT_PAGES = [
    "",
    *(f"status={status}" for status in ContactStatus),
    *(f"sort={sort}" for sort in ("-id", "phone", "-phone", "status", "due")),
    "status=exhausted&sort=phone",
    *(f"q={search.replace('+', '%2B')}" for search in SEARCHES),
    "q=0004&status=exhausted",
    "q=0004&sort=-phone",
]
CALL_PAGES = [
    "",
    "status=open",
    *(f"status={status}" for status in (*RARE, "completed", "ringing")),
    *(f"sort={sort}" for sort in ("id", "phone", "-phone", "status", "-status")),
    "key=1",
    "key=1&status=busy",
    "key=2",
    "top=11&status=busy",
    "top=11&status=unresolved",
    "top=11&status=ringing",
    # Moments that nobody who saw that call can have: before it began, and to come.
    "top=20000&at=1",
    "top=11&at=4000000000",
    "at=1",
    *(f"q={search.replace('+', '%2B')}" for search in SEARCHES),
    "q=0011&status=no-answer&sort=status",
    "q=0011&status=unresolved",
]
OTHERS = [
    "/do-not-call",
    *(f"/do-not-call?q={search}" for search in ("%2B13000000123", "0123", "00123", "%2B130000001")),
    "/do-not-call/removed?q=0123",
    "/audit",
    "/audit?type=trunk",
    "/audit?who=nobody@example.org",
    "/audit?who=203.0.113.9",
    "/audit?who=crm",
    "/audit?type=campaign",
    "/audit?type=contact&who=ada@example.org",
    "/audit?type=contact&who=203.0.113.9",
    "/audit?until=2026-11-10",
    "/audit?since=2026-12-10&until=2026-12-10&who=nobody@example.org",
    "/search?q=Clinic",
    "/search?q=%2B12015550123",
    "/search?q=2015550123",
    "/calls/unresolved",
    "/calls/unresolved?campaign={campaign}",
    "/home",
    "/rules/lists",
    "/health",
    "/campaigns",
    "/campaigns?status=running&q=Clinic&sort=name",
    "/campaigns/_board",
    "/campaigns/_rows",
    "/campaigns/{campaign}",
    "/campaigns/{campaign}/_live",
    "/campaigns/{campaign}/_answers",
    "/campaigns/{campaign}/imports/1",
    "/campaigns/{campaign}/imports/1/rejected",
    "/campaigns/{campaign}/imports/1/rejected?code=too-short",
    "/contacts/7",
]


@pytest.fixture
def large_site(
    tmp_path: Path,
    sqlite_template: Path,
    database_url: str,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Site, int, Reading]]:
    """A site with one campaign of many rows, and what is read of its database."""
    monkeypatch.setattr(phone_search, "SMALL", SMALL)
    site = open_site(tmp_path, sqlite_template, clock, database_url=database_url)
    with site.app.app_context():
        reading = Reading(db.engine)
    site.add_users(*Role)
    campaign_id = make_campaign(site, 0)
    fill(site, campaign_id, MANY, 0)
    try:
        yield site, campaign_id, reading
    finally:
        close(site)


def count_rows(page: str) -> int:
    body = page[page.index("<tbody") : page.rindex("</tbody>")]
    return len(re.findall(r"<tr>", body))


def test_no_table_reads_more_than_a_page_needs(large_site: tuple[Site, int, Reading]) -> None:
    site, campaign_id, reading = large_site
    someone = site.visitor(Role.ADMIN)
    paths = [f"/campaigns/{campaign_id}/contacts?{query}" for query in CONTACT_PAGES]
    paths += [f"/campaigns/{campaign_id}/_calls?{query}" for query in CALL_PAGES]
    paths += [f"/calls/_calls?{query}" for query in CALL_PAGES]
    problems = {}
    for path in [*paths, *(path.format(campaign=campaign_id) for path in OTHERS)]:
        with reading.watch():
            response = someone.get(path)
            if response.status_code == 303:  # a number that was searched for leads to its page
                response = someone.get(response.location)
        assert response.status_code == 200, path
        if reading.problems:
            problems[path] = reading.problems
    with site.app.app_context(), reading.watch():
        assert preflight.count_suppressed(db.session.connection(), campaign_id) == {"do-not-call": 1}
    assert not reading.problems
    assert not problems, json.dumps(problems, indent=1)


def find_ids(site: Site, table: str, where: str) -> list[int]:
    with site.app.app_context():
        return list(db.session.scalars(sa.text(f"SELECT id FROM {table} WHERE {where} ORDER BY id")))


def test_large_tables_find_what_a_look_through_finds(large_site: tuple[Site, int, Reading]) -> None:
    site, campaign_id, reading = large_site
    client = site.app.test_client()
    headers = {"Authorization": f"Bearer {site.token(Role.ADMIN)}"}

    def ask(path: str, **query: object) -> list[int]:
        with reading.watch():
            response = client.get(f"/api/v1{path}", query_string={**query, "limit": 200}, headers=headers)
        assert response.status_code == 200, response.get_data(as_text=True)
        assert not reading.problems, (path, query, reading.problems)
        return sorted(item["id"] for item in response.get_json()["items"])

    for search, like in (
        (NUMBER, NUMBER),
        ("0123", "%0123"),
        ("50123", "%50123"),
        ("+120155501", "+120155501%"),
    ):
        where = f"phone LIKE '{like}'"
        assert ask(f"/campaigns/{campaign_id}/contacts", search=search) == find_ids(site, "contacts", where)
        calls = find_ids(site, "attempts", where)[-200:]
        assert calls == ask(f"/campaigns/{campaign_id}/calls", search=search) == ask("/calls", search=search)
        with reading.watch():
            file = client.get(
                f"/api/v1/campaigns/{campaign_id}/calls/export",
                query_string={"search": search, "columns": "id", "format": "csv"},
                headers=headers,
            ).get_data(as_text=True)
        assert not reading.problems, (search, reading.problems)
        assert [int(line) for line in file.split()[1:]] == find_ids(site, "attempts", where)[::-1], search
    for status in ContactStatus:
        if status != ContactStatus.COMPLETED:
            expected = find_ids(site, "contacts", f"status = '{status}'")
            assert ask(f"/campaigns/{campaign_id}/contacts", status=status) == expected
    for outcome in (*RARE, "ringing"):
        expected = find_ids(site, "attempts", f"status = '{outcome}'")
        assert ask(f"/campaigns/{campaign_id}/calls", status=outcome) == expected
        assert ask("/calls", status=outcome, campaign_id=campaign_id) == expected
    problems = {}
    for path in (
        "/campaigns",
        f"/campaigns/{campaign_id}/stats",
        f"/campaigns/{campaign_id}/variables",
        "/contacts/7",
        "/contacts/7/why",
        f"/why?phone={NUMBER.replace('+', '%2B')}",
        "/calls/7",
        "/do-not-call?search=0123",
        "/do-not-call/removals",
        "/lists",
        "/unresolved",
    ):
        with reading.watch():
            response = client.get(f"/api/v1{path}", headers=headers)
        assert response.status_code == 200, (path, response.get_data(as_text=True))
        if reading.problems:
            problems[path] = reading.problems
    assert not problems, json.dumps(problems, indent=1)
    for path, query, field in (
        ("/calls", {"status": "busy"}, "status"),
        ("/calls", {"key": "1"}, "key"),
        (f"/campaigns/{campaign_id}/calls", {"key": "1", "status": "busy"}, "key"),
        (f"/campaigns/{campaign_id}/calls", {"search": "012"}, "search"),
        (f"/campaigns/{campaign_id}/contacts", {"search": "+1"}, "search"),
        ("/do-not-call", {"search": "+13"}, "search"),
    ):
        with reading.watch():
            response = client.get(f"/api/v1{path}", query_string=query, headers=headers)
        assert response.status_code == 422, (path, query)
        assert response.get_json()["errors"][0]["field"] == field, (path, query)
        assert not reading.problems


def test_a_page_asks_as_often_for_ten_rows_as_for_many(large_site: tuple[Site, int, Reading]) -> None:
    site, campaign_id, reading = large_site
    small_id = make_campaign(site, 0)
    fill(site, small_id, FEW, 100_000)
    someone: Visitor = site.visitor(Role.ADMIN)
    for path in ("", "/contacts", "/contacts?q=0123", "/_calls?status=busy", "/_calls?q=0123", "/_live"):
        asked = {}
        for each in (small_id, campaign_id):
            with reading.watch():
                assert someone.get(f"/campaigns/{each}{path}").status_code == 200
            asked[each] = len(reading.statements)
        # Where the numbers have to be found first, by either end, and what is found joined with the calls.
        assert asked[campaign_id] <= asked[small_id] + 8, (path, asked)
