"""`python -m bench`: all of it, or the named parts. Prints a table and writes bench/results.json.

Slowness is no failure: the exit code is 1 only where something could not be measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import (
    claims,
    engines,
    event_months,
    exports,
    full_size,
    growth,
    import_load,
    imports,
    jobs,
    life,
    lifecycles,
    lists,
    memory,
    pages,
    people,
    report,
    sizes,
    viewers,
    webhooks,
)

PARTS: dict[str, Callable[[Path], list[report.Result]]] = {
    "sqlite": lifecycles.sqlite,
    "postgres": lambda directory: lifecycles.postgres(),
    "claims": claims.claims,
    "memory": memory.memory,
    "engines": engines.engines,
    "webhooks": webhooks.sqlite,
    "webhooks-postgres": webhooks.postgres,
    "imports": imports.sqlite,
    "imports-postgres": imports.postgres,
}
ON_REQUEST: dict[str, Callable[[Path], list[report.Result]]] = {
    "sizes": sizes.sizes,
    "event-months": event_months.measure_months,
    "imports-million": imports.million,
    "imports-ten-million": imports.ten_million,
    "imports-load": import_load.import_load,
    "pages": pages.pages,
    "full-size": full_size.measure_full_size,
    "exports": exports.measure_exports,
    "exports-claims": exports.measure_claims,
    "people": people.people,
    "lists": lists.lists,
    "viewers": viewers.viewers,
    "growth": growth.growth,
    "life": life.life,
    "jobs": jobs.jobs,
}
"""Minutes, a few gigabytes of disk, or libraries of their own: only when it is named."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the engine beside the raw drivers."
    )
    # `choices` does not go with a default for nargs="*" in Python 3.11.
    parts = {**PARTS, **ON_REQUEST}
    text = f"any of {', '.join(parts)}; all but {', '.join(ON_REQUEST)} when none is named"
    parser.add_argument("parts", nargs="*", metavar="PART", help=text)
    wanted = parser.parse_args().parts
    unknown = [name for name in wanted if name not in parts]
    if unknown:
        parser.error(f"no part is called {unknown[0]}; there are {', '.join(parts)}")
    results: list[report.Result] = []
    failed = False
    for name in wanted or PARTS:
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as directory:
            try:
                results += parts[name](Path(directory))
            except Exception as error:
                failed = True
                reason = f"{type(error).__name__}: {error}"
                print(f"bench: {name} could not be measured: {reason}", file=sys.stderr)
    print(report.table(results))
    report.write(results)
    print(f"Written to {report.FILE}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
