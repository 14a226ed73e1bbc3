"""`make faults`, and `FAULTS=long make faults`.

Short: every point × 5 kills on both databases, every odd fault and every negative control once; then the points × 2 and
the faults over the fake Twilio (part `twilio`); and restores at random moments (part `drill`); minutes. Long: × 200 and
× 25, in rounds that alternate over points and databases; what is done is kept in test-results/faults/, and a run that
was ended is taken up where it was; after each round the tables of docs/reliability-method.md are written. Exit code 1
when a promise was broken or a control was not caught.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.conftest import create_schema
from tests.faults import drill, matrix, report, scenarios
from tests.faults.controls import CONTROLS
from tests.faults.rig import Ended, ForkServer
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.scratch import in_memory

SHORT_KILLS = 5
LONG_KILLS = 200
ROUND = 50
TWILIO_KILLS = {False: 2, True: 25}
"""Fewer: what is dialed by the product's own adapter, and told over the product's own web server, takes longer."""


class Ground:
    """Fresh databases and directories, a fork server and a durable PostgreSQL for the length of a run."""

    def __init__(self, stack: ExitStack) -> None:
        self._server: PostgresServer = stack.enter_context(postgres_server(durable=True))
        self._directory = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="switchboard-faults-", dir=in_memory()))
        )
        self.fork_server = stack.enter_context(ForkServer(self._directory / "fork-server.log"))

    @contextmanager
    def world(self, database: str, over: str = "carrier") -> Iterator[scenarios.FaultWorld]:
        directory = self._directory / "world"
        directory.mkdir()
        try:
            if database == "sqlite":
                url = f"sqlite:///{directory / 'switchboard.sqlite'}"
                create_schema(url)
                yield scenarios.FaultWorld(directory, url, self.fork_server, None, over)
            else:
                url = self._server.new_database(create_schema)
                yield scenarios.FaultWorld(directory, url, self.fork_server, self._server, over)
                self._server.drop_database(url)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    @contextmanager
    def drill_world(self, database: str) -> Iterator[tuple[Path, str, str]]:
        """A directory, the URL of a database with tables, and of an empty one."""
        directory = self._directory / "drill"
        directory.mkdir()
        try:
            if database == "sqlite":
                url = f"sqlite:///{directory / 'switchboard.sqlite'}"
                create_schema(url)
                yield directory, url, f"sqlite:///{directory / 'elsewhere.sqlite'}"
            else:
                url, new_url = self._server.new_database(create_schema), self._server.new_database()
                yield directory, url, new_url
                self._server.drop_database(url)
                self._server.drop_database(new_url)
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def run_matrix(
    ground: Ground, log: report.Log, kills: int, size: int, *, document: bool, over: str = "carrier"
) -> bool:
    """Every cell up to `kills`, `size` a round. Returns whether all of it was clean."""
    clean = True
    for goal in range(size, kills + size, size):
        for cell in matrix.CELLS:
            for database in report.DATABASES:
                had = report.merged(log.results(over), cell, database)
                done = had.kills if had else 0
                want = min(goal, kills) - done
                if want <= 0:
                    continue
                try:
                    with ground.world(database, over) as world:
                        result = matrix.run(
                            cell,
                            database,
                            want,
                            world.directory,
                            world.url,
                            world.fork_server,
                            seed=1000 + done,
                            over=over,
                        )
                except Ended as error:
                    print(f"{cell} on {database}: not finished: {error}", flush=True)
                    clean = False
                    continue
                log.add_result(result)
                clean = clean and result.clean
                wrong = "" if result.clean else f": BROKEN {result.broken} {result.errors}"
                print(
                    f"{cell} over {over} on {database}: {result.kills} kills, {result.calls} calls,"
                    f" {result.burnt} burnt, {result.seconds} s{wrong}",
                    flush=True,
                )
        if document:
            write_document(log)
    return clean


def run_scenarios(ground: Ground, log: report.Log, names: Iterable[str], over: str = "carrier") -> bool:
    """The odd faults of those names. Returns whether all were clean."""
    fine = True
    for scenario in map(scenarios.SCENARIOS.__getitem__, names):
        for database in scenario.databases:
            with ground.world(database, over) as world:
                verdict = scenario.run(world)
            log.add("fault", scenarios.fault_row(scenario, database, verdict, over))
            fine = fine and not verdict.broken
            print(f"{scenario.what} over {over} on {database}: {verdict.text() or 'clean'}", flush=True)
            if verdict.refused:
                print(f"  {verdict.calls} calls, held back: {verdict.refused}", flush=True)
    return fine


def run_controls(ground: Ground, log: report.Log) -> bool:
    """Every negative control. Returns whether all were caught."""
    fine = True
    for name, scenario in scenarios.CONTROLLED.items():
        for database in scenario.databases:
            with ground.world(database) as world:
                verdict = scenario.run(world, (name,))
            row = scenarios.control_row(name, CONTROLS[name], database, verdict)
            log.add("control", row)
            fine = fine and row["caught"]
            print(
                f"without {row['what']} on {database}: {'caught' if row['caught'] else 'NOT CAUGHT'}",
                flush=True,
            )
    return fine


DRILLS, CROWDS, CROWD_CALLS = 10, 10, 2000


def run_drills(ground: Ground, kills: int | None) -> bool:
    """Ten restores at random moments, and ten times 2,000 lost calls that four engines write back, on each database in
    turn; `kills` makes them so many. Returns whether all were clean."""
    fine = True
    for number in range(kills or DRILLS):
        database = report.DATABASES[number % 2]
        keep_journal = number // 2 % 2 == 0
        with ground.drill_world(database) as (directory, url, new_url):
            result = drill.play_drill(directory, url, new_url, keep_journal=keep_journal, seed=number)
        fine = (
            report_drill(
                f"drill {number + 1}, journal {'kept' if keep_journal else 'lost'}", database, result
            )
            and fine
        )
    for number in range(kills or CROWDS):
        database = report.DATABASES[number % 2]
        with ground.drill_world(database) as (directory, url, _new):
            result = drill.play_crowd(directory, url, calls=CROWD_CALLS, seed=number)
        fine = report_drill(f"crowd {number + 1}", database, result) and fine
    return fine


def report_drill(what: str, database: str, result: drill.DrillResult) -> bool:
    said = f"BROKEN {result.broken}" if result.broken else "clean"
    print(
        f"{what} on {database}: {result.placed} calls, {result.lost} lost and written back: {said}",
        flush=True,
    )
    return not result.broken


def write_document(log: report.Log) -> None:
    report.write(
        {
            "matrix": report.matrix_table(log.results()),
            "faults": report.faults_table(log.rows("fault")),
            "twilio": report.matrix_table(log.results("twilio")),
            "twilio-faults": report.faults_table(log.rows("fault"), "twilio"),
            "controls": report.controls_table(log.rows("control")),
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description="Kill engines, and read what is left."
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="matrix, scenarios, twilio, drill, report; all but report when none. caps: that scenario alone",
    )
    parser.add_argument("--kills", type=int, help=f"kills per cell (short {SHORT_KILLS}, long {LONG_KILLS})")
    parser.add_argument(
        "--results", type=Path, default=report.ROOT / "test-results" / "faults" / "results.jsonl"
    )
    arguments = parser.parse_args()
    parts = arguments.parts or ["scenarios", "matrix", "twilio", "drill"]
    unknown = set(parts) - {"matrix", "scenarios", "twilio", "drill", "report", "caps"}
    if unknown:
        parser.error(f"no part is called {sorted(unknown)[0]}")
    long = os.environ.get("FAULTS") == "long"
    resumes = long or "report" in parts
    if not resumes:
        arguments.results.unlink(missing_ok=True)
    log = report.Log(arguments.results)
    kills = arguments.kills or (LONG_KILLS if long else SHORT_KILLS)
    fine = True
    with ExitStack() as stack:
        if parts != ["report"]:
            ground = Ground(stack)
        if "scenarios" in parts:
            fine = run_scenarios(ground, log, scenarios.SCENARIOS) and fine
            fine = run_controls(ground, log) and fine
        elif "caps" in parts:
            fine = run_scenarios(ground, log, ["caps"]) and fine
        if "matrix" in parts:
            fine = run_matrix(ground, log, kills, ROUND if long else kills, document=long) and fine
        if "twilio" in parts:
            each = arguments.kills or TWILIO_KILLS[long]
            fine = run_scenarios(ground, log, scenarios.OVER_TWILIO, "twilio") and fine
            fine = run_matrix(ground, log, each, each, document=long, over="twilio") and fine
        if "drill" in parts:
            fine = run_drills(ground, arguments.kills) and fine
    if long or "report" in parts:
        write_document(log)
    elif set(parts) != {"drill"}:
        for over in ("carrier", "twilio"):
            print(f"Over {over}:\n{report.matrix_table(log.results(over))}\n")
    print("All promises were kept." if fine else "A promise was broken.")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
