"""Validator process: reads a plan on stdin, and answers with the validated chunks of its turn on stdout."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
import traceback
from contextlib import suppress

from .errors import UnreadableFile
from .validation import Unreadable, Validator, read_chunks


def serve(nice: int, header: int) -> None:
    """Validate the chunks of one task: each answer is its length in `header` bytes and a pickle; None ends them, a text
    is the traceback of a failure."""
    with suppress(AttributeError, OSError):
        os.nice(nice)
    # A service manager, and Ctrl-C, signal the whole group: it is the worker that decides when this process ends.
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    # Every chunk makes and drops some hundred thousand objects without a cycle among them.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    plan, turn, turns = pickle.load(source)  # noqa: S301 - from the worker that started this process
    threading.Thread(target=_end_with, args=(source.fileno(),), daemon=True).start()

    def answer(value: object) -> None:
        payload = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        sink.write(len(payload).to_bytes(header, "big"))
        sink.write(payload)
        sink.flush()

    try:
        validator = Validator(plan)
        for number, chunk in read_chunks(plan, wanted=lambda number: number % turns == turn):
            answer(validator.validate(chunk, first=number == 0 and plan.start_row == 0))
        answer(None)
    except BrokenPipeError:
        os._exit(0)
    except UnreadableFile as error:
        answer(Unreadable(error.sentence))
    except Exception:
        answer(traceback.format_exc())
    # The thread that waits for the worker's end is let go with the process.
    os._exit(0)


def _end_with(descriptor: int) -> None:
    """The worker is gone when its end of the pipe is closed: end too, whatever this process is doing."""
    while os.read(descriptor, 1024):
        pass
    os._exit(0)
