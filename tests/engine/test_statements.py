"""Statements that go straight to the driver: their rows, their errors, and the sets of rows that they take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from campaign_app import extensions
from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.script import Disposition
from campaign_app.domain.settlement import AttemptChange
from campaign_app.engine.reap import settle_provider_events
from campaign_app.queries.imports import stage
from campaign_app.queries.permit import NO_LISTS, permit_claims
from campaign_app.queries.sets import DriverResult, RowSet, as_time, run
from campaign_app.queries.settle import apply_attempts, record_accepted
from campaign_app.transaction import begin_write
from tests.engine.world import World
from tests.support.waiting import wait_until

TWO = "SELECT 1 AS id, 'a' AS name, 5 AS count UNION ALL SELECT 2, 'b', 6 ORDER BY 1"
NONE = "SELECT 1 AS id WHERE 1 = 0"


def test_rows_are_those_of_sqlalchemy(world: World) -> None:
    with begin_write(world.db) as connection:
        assert isinstance(run(connection, TWO), DriverResult)
        for statement in (TWO, NONE, f"SELECT * FROM ({TWO}) AS t LIMIT 1"):
            plain = connection.exec_driver_sql(statement)
            assert run(connection, statement).all() == [tuple(row) for row in plain]
            for method in ("first", "one_or_none", "one", "scalar", "scalar_one", "scalar_one_or_none"):
                answers: list[object] = []
                for result in (run(connection, statement), connection.exec_driver_sql(statement)):
                    try:
                        answers.append(getattr(result, method)())
                    except sa.exc.InvalidRequestError as error:
                        answers.append(type(error))
                assert answers[0] == answers[1], (statement, method)
        first, second = run(connection, TWO)
        assert (first.id, first.name, first.count, second.count) == (1, "a", 5, 6)
        assert second._mapping == {"id": 2, "name": "b", "count": 6}
        assert run(connection, TWO).mappings().first() == {"id": 1, "name": "a", "count": 5}
        assert run(connection, TWO).scalars().all() == [1, 2]
        assert run(connection, "UPDATE trunks SET name = :name", {"name": "Other"}).rowcount == 1


def test_errors_are_those_of_sqlalchemy(world: World) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused, begin_write(world.db) as connection:
        run(connection, "INSERT INTO trunks (id, name) VALUES (:id, NULL)", {"id": 7})
    assert isinstance(refused.value, sa.exc.IntegrityError)
    # PostgreSQL tells the whole row that broke a rule: not to the log.
    assert "Failing row" not in str(refused.value)
    with (
        pytest.raises((sa.exc.ProgrammingError, sa.exc.OperationalError)),
        begin_write(world.db) as connection,
    ):
        run(connection, "SELECT no_such_column FROM trunks")
    with begin_write(world.db) as connection:
        assert run(connection, "SELECT count(*) FROM trunks").scalar_one() == 1


def test_a_connection_that_is_gone_is_given_up(world: World) -> None:
    if world.db.dialect.name == "sqlite":
        pytest.skip("a file has no connection to lose")
    with world.db.connect() as connection, connection.begin() as ended:
        pid = run(connection, "SELECT pg_backend_pid()").scalar_one()
        world.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
        with pytest.raises(sa.exc.OperationalError) as gone:
            run(connection, "SELECT 1")
        assert connection.invalidated
        ended.rollback()
    assert gone.value.connection_invalidated
    with begin_write(world.db) as connection:
        assert run(connection, "SELECT 1").scalar_one() == 1


def test_who_listens_hears_of_every_statement(world: World) -> None:
    heard: list[str] = []

    def listen(*args: object) -> None:
        heard.append(str(args[2]))

    sa.event.listen(world.db, "before_cursor_execute", listen)
    try:
        with begin_write(world.db) as connection:
            run(connection, TWO).all()
    finally:
        sa.event.remove(world.db, "before_cursor_execute", listen)
    assert TWO in heard
    with begin_write(world.db) as connection:
        assert isinstance(run(connection, TWO), DriverResult)


class Named(NamedTuple):
    n: int
    text: str | None
    at: datetime | None
    yes: bool


@pytest.mark.parametrize("text", ["a", None, AttemptStatus.NO_ANSWER, 'ä"\\\n', "🙂"])
def test_a_set_of_rows_says_what_it_was_given(world: World, text: str | None) -> None:
    rows_of = RowSet("v", n="int", text="str", at="time", yes="bool")
    dialect = world.db.dialect.name
    at = datetime(2026, 11, 29, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    rows = [Named(2**63 - 1, text, at, True), (-1, None, None, False)]
    statement = f"SELECT v.n, v.text, v.at, v.yes FROM {rows_of.source_sql(dialect)} ORDER BY n DESC"
    with begin_write(world.db) as connection:
        found = run(connection, statement, rows_of.to_parameters(dialect, rows)).all()
    assert [(row.n, row.text, as_time(row.at), bool(row.yes)) for row in found] == [
        (2**63 - 1, text, at.astimezone(UTC), True),
        (-1, None, None, False),
    ]


def test_what_the_fast_encoder_does_not_know_is_written_all_the_same() -> None:
    assert RowSet("v", n="int").to_parameters("sqlite", [(2**70,)]) == {"v": f"[{2**70}]"}
    assert RowSet("v", n="int").to_parameters("postgresql", [(2**70,)]) == {"v": f"[[{2**70}]]"}
    rows_of = RowSet("v", n="int", text="str")
    assert rows_of.to_parameters("sqlite", [(1, "\ud800")]) == {"v": '[[1,"\ud800"]]'}


@pytest.mark.parametrize(
    "kind, values",
    [("int", [3, -1, 2**62]), ("str", ["[1]", 'ä"\\\n', "", None, "1"]), ("bool", [True, False])],
)
def test_single_values_come_back_as_they_were(world: World, kind: str, values: list[object]) -> None:
    values_of, dialect = RowSet("v", it=kind), world.db.dialect.name
    with begin_write(world.db) as connection:
        rows = run(
            connection,
            f"SELECT v.it FROM {values_of.source_sql(dialect)}",
            values_of.to_parameters(dialect, [(value,) for value in values]),
        ).all()
    assert [row.it for row in rows] == values


def test_a_call_under_way_writes_no_index(world: World) -> None:
    """PostgreSQL keeps a row's entries in all its indexes where no column of any has changed (a HOT update)."""
    if world.db.dialect.name == "sqlite":
        pytest.skip("SQLite keeps no such count")
    world.campaign(3)
    claimed = world.claim().attempts
    now = world.clock.now()
    with begin_write(world.db) as connection:
        permits = [(attempt.id, attempt.rulebook_id, NO_LISTS) for attempt in claimed]
        assert len(permit_claims(connection, permits, now=now, horizon=now, poll=now)) == 3
        accepted = [(attempt.token, f"ref-{attempt.id}", now) for attempt in claimed]
        record_accepted(connection, accepted, now)
        answered = [
            AttemptChange(attempt.id, "in-progress", 4, True, answered_at=now, poll_at=now)
            for attempt in claimed
        ]
        apply_attempts(connection, answered)
        updates = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'attempts'"
        assert tuple(run(connection, updates).one()) == (9, 9)


def test_a_connection_that_was_lost_in_the_pool_is_made_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.db.dialect.name == "sqlite":
        pytest.skip("a file has no connection to lose")
    monkeypatch.setattr(extensions, "PING_AFTER", 0.0)
    with begin_write(world.db) as connection:
        pid = run(connection, "SELECT pg_backend_pid()").scalar_one()
    other = sa.create_engine(world.db.url)
    with other.connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.dispose()
    with begin_write(world.db) as connection:
        assert run(connection, "SELECT pg_backend_pid()").scalar_one() != pid


def test_a_plan_is_made_for_the_size_that_a_table_has_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.db.dialect.name == "sqlite":
        pytest.skip("SQLite plans without a size")
    monkeypatch.setattr(extensions, "PLAN_AGAIN_AFTER", 3600.0)
    with world.db.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE sizes (id bigint PRIMARY KEY) WITH (autovacuum_enabled = false)"
        )
        connection.exec_driver_sql("INSERT INTO sizes VALUES (1)")
        # psycopg prepares it at its fifth use, and the server keeps to one plan from then on, at its sixth.
        for _ in range(12):
            connection.exec_driver_sql("SELECT count(*) FROM sizes WHERE id > %s", (0,))

    def count_planned_rows() -> int:
        with world.db.begin() as connection:
            [name] = connection.exec_driver_sql(
                "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%% FROM sizes %%'"
            ).scalars()
            [plan] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE {name} (0)").scalar_one()
        return int(plan["Plan"]["Plans"][0]["Plan Rows"])

    try:
        few = count_planned_rows()
        with world.db.begin() as connection:
            connection.exec_driver_sql("INSERT INTO sizes SELECT generate_series(2, 50000)")
        assert count_planned_rows() == few
        monkeypatch.setattr(extensions, "PLAN_AGAIN_AFTER", 0.0)
        assert count_planned_rows() > 5 * few
    finally:
        with world.db.begin() as connection:
            connection.exec_driver_sql("DROP TABLE sizes")


def test_an_error_while_rows_are_read_is_a_sqlalchemy_error(world: World) -> None:
    if world.db.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has all rows when the statement returns")
    late = "SELECT abs(value) AS n FROM json_each('[1, -9223372036854775808]')"
    for read in (
        lambda result: result.all(),
        lambda result: list(result),
        lambda result: result.one_or_none(),
        lambda result: result.scalars(),
        lambda result: result.mappings(),
    ):
        with (
            pytest.raises(sa.exc.OperationalError, match="integer overflow"),
            begin_write(world.db) as connection,
        ):
            read(run(connection, late))


def test_a_connection_that_ended_idle_is_not_lent_again(world: World) -> None:
    """Its rollback is forgiven (`_tolerate_ended_rollbacks`), so it lies in the pool as if it stood."""
    if world.db.dialect.name == "sqlite":
        pytest.skip("a file has no connection to lose")
    world.campaign(1)
    [attempt] = world.permit(world.claim().attempts)
    [trunk_id] = world.providers
    never_again = CallUpdate(
        attempt.token, AttemptStatus.IN_PROGRESS, world.clock.now(), disposition=Disposition.OPTED_OUT.value
    )
    world.state.get_trunk_state(trunk_id).unsettled_updates.append(never_again)
    others = sa.create_engine(world.db.url, isolation_level="AUTOCOMMIT")
    with world.db.connect() as connection, others.connect() as other:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
        there = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        wait_until(lambda: not other.execute(there, {"pid": pid}).scalar_one(), "the connection to be ended")
    others.dispose()
    settle_provider_events(world.state, world.provider, trunk_id)
    assert world.state.dropped_events == 0
    assert [row.phone for row in world.sql("SELECT phone FROM do_not_call")] == [attempt.phone]


def test_rows_that_cannot_be_staged_raise_a_sqlalchemy_error(world: World) -> None:
    if world.db.dialect.name == "sqlite":
        pytest.skip("its rows are a parameter")
    with pytest.raises(sa.exc.DataError), begin_write(world.db) as connection:
        stage(connection, ("phone", "profile"), ["+12025550100\tnone\n"])


def test_a_connection_that_is_closed_within_a_transaction_is_an_operational_error(world: World) -> None:
    if world.db.dialect.name == "sqlite":
        pytest.skip("a file has no connection to lose")
    with world.db.connect() as connection, connection.begin() as ended:
        driver: Any = connection.connection.driver_connection
        driver.close()
        with pytest.raises(sa.exc.OperationalError):
            run(connection, "SELECT 1")
        assert connection.invalidated
        ended.rollback()
    with begin_write(world.db) as connection:
        assert run(connection, "SELECT 1").scalar_one() == 1
