"""Forks engines: a parent that imported everything once, and has no thread and no connection of its own.

`python -m tests.faults.nursery` reads one life a line (JSON) from standard input, and writes what becomes of its
children: `{"pid": …, "name": …}` when one is born, then `{"pid": …, "stopped"|"killed"|"exited": …, "at": …}` by the
shared clock of its world. A life costs a fork, not a start of Python: thousands of kills fit into minutes.
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

from tests.faults.life import Life, live
from tests.support.shared_time import SharedTime


def main() -> None:
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
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
            life = Life(
                **{**fields, "controls": tuple(fields["controls"]), "trunks": tuple(fields["trunks"])}
            )
            # Until the child knows what to do with it.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            pid = os.fork()
            if pid == 0:
                _be(life, (readable, writable))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            children[pid] = SharedTime(Path(life.directory) / "clock")
            _say(pid=pid, name=life.name)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _be(life: Life, parents: tuple[int, int]) -> None:
    """In the child: never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in (0, *parents):
            os.close(number)
        # What a library prints must not end between the parent's lines.
        os.dup2(2, 1)
        live(life)
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
            _say(pid=pid, stopped=os.WSTOPSIG(status), at=at)
            continue
        children.pop(pid).close()
        if os.WIFSIGNALED(status):
            _say(pid=pid, killed=os.WTERMSIG(status), at=at)
        else:
            _say(pid=pid, exited=os.WEXITSTATUS(status), at=at)


def _say(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
