"""Fork server: a parent that imported everything once, has no thread and no connection, and forks engines.

`python -m tests.faults.fork_server` reads one engine process a line (JSON) from standard input, and writes what
becomes of its children: `{"pid": …, "name": …}` when one has started, then `{"pid": …, "stopped"|"killed"|"exited": …,
"at": …}` by the shared clock of its world. An engine costs a fork, not a start of Python: thousands of kills fit into
minutes.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

from tests.faults.engine_process import EngineProcess, run_engine
from tests.support.prepared_process import work_out_what_all_use
from tests.support.shared_time import SharedTime


def main() -> None:
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    work_out_what_all_use()
    gc.collect()
    gc.freeze()
    children: dict[int, SharedTime] = {}
    rest = b""
    while True:
        ready, _, _ = select.select([0, readable], [], [])
        if readable in ready:
            os.read(readable, 4096)
        _reap(children)
        if 0 not in ready:
            continue
        read = os.read(0, 65536)
        if not read:
            break
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            fields = json.loads(line)
            process = EngineProcess(
                **{**fields, "controls": tuple(fields["controls"]), "trunks": tuple(fields["trunks"])}
            )
            # Until the child knows what to do with it.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            pid = os.fork()
            if pid == 0:
                _run_child(process, (readable, writable))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            children[pid] = SharedTime(Path(process.directory) / "clock")
            _report(pid=pid, name=process.name)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _run_child(process: EngineProcess, parents: tuple[int, int]) -> None:
    """In the child: never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in (0, *parents):
            os.close(number)
        # What a library prints must not end between the parent's lines.
        os.dup2(2, 1)
        run_engine(process)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _reap(children: dict[int, SharedTime]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return
        at = children[pid].now()
        if os.WIFSTOPPED(status):
            _report(pid=pid, stopped=os.WSTOPSIG(status), at=at)
            continue
        children.pop(pid).close()
        if os.WIFSIGNALED(status):
            _report(pid=pid, killed=os.WTERMSIG(status), at=at)
        else:
            _report(pid=pid, exited=os.WEXITSTATUS(status), at=at)


def _report(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
