"""`python -m bench`: all of it, or the named parts. Prints a table and writes bench/results.json.

Slowness is no failure: the exit code is 1 only where something could not be measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import claims, lifecycles, memory, report

PARTS: dict[str, Callable[[Path], list[report.Result]]] = {
    "sqlite": lifecycles.sqlite,
    "postgres": lambda directory: lifecycles.postgres(),
    "claims": claims.claims,
    "memory": memory.memory,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the engine beside the raw drivers."
    )
    # `choices` does not go with a default for nargs="*" in Python 3.11.
    known = ", ".join(PARTS)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {known}; all when none is named")
    wanted = parser.parse_args().parts
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        parser.error(f"no part is called {unknown[0]}; there are {known}")
    results: list[report.Result] = []
    failed = False
    for name in wanted or PARTS:
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as directory:
            try:
                results += PARTS[name](Path(directory))
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
