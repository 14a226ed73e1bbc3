"""`python -m bench.libraries NAME enqueue COUNT | work`: jobs for one library's worker, or the worker.

The library's module is imported by its own name: huey tells its tasks by that.
"""

from __future__ import annotations

import sys
from importlib import import_module


def main() -> None:
    match sys.argv[1:]:
        case [name, "enqueue", jobs]:
            import_module(f"bench.libraries.on_{name}").enqueue(int(jobs))
        case [name, "work"]:
            import_module(f"bench.libraries.on_{name}").work()
        case _:
            raise SystemExit("usage: NAME enqueue COUNT | NAME work")


if __name__ == "__main__":
    main()
