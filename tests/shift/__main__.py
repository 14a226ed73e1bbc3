"""`make shift`: two hours of a simulated shift, at each of 100 samples pages against database and ledgers. Exit code 1
where a page said something untrue."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.support.scratch import in_memory

from .rig import describe, run_shift, shift


def main() -> int:
    parser = argparse.ArgumentParser(prog="make shift", description=__doc__)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--pages", type=int, default=8, help="campaigns' own pages at each sample")
    parser.add_argument("--people", type=int, default=400, help="in each campaign")
    arguments = parser.parse_args()
    # Whoever ends it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with (
        tempfile.TemporaryDirectory(prefix="switchboard-shift-", dir=in_memory()) as directory,
        shift(Path(directory), arguments.people) as found,
    ):
        try:
            run_shift(found, arguments.samples, arguments.pages)
        finally:
            # Also of one that was ended on the way.
            print(describe(found.verdict), flush=True)
        verdict = found.verdict
        checked = found.app.flask("check")
        print(checked.stdout.strip() or checked.stderr.strip())
    return 1 if verdict.untrue or checked.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
