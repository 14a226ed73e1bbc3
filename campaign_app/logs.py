"""Logs: one line per event, as text or JSON, with the request's id and without anyone's phone number."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import threading
from collections.abc import MutableMapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import structlog
from flask import g, has_request_context, request

from campaign_app.domain.phone import mask

E164 = re.compile(r"(?<![\w+])(?:\+|%2[Bb])[1-9]\d{6,14}(?!\d)")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,63}")
"""What is taken over from whoever asks: a proxy's or client's own id, if it can stand in a log line as it is."""
UNMASKED_KEYS = frozenset({"timestamp", "level", "logger"})


CALL_LOG = logging.getLogger("switchboard.calls")
"""A line for each call that is placed, and for each that ends, where LOG_CALLS asks for it."""
_current_tokens: ContextVar[tuple[str, ...]] = ContextVar("about", default=())


def request_id() -> str:
    """The id of the current request: in its answer's X-Request-ID, on its error page and in its log lines. It is the
    one that the request came with, where that is fit for a log."""
    if not hasattr(g, "request_id"):
        client_id = request.headers.get("X-Request-ID", "")
        g.request_id = client_id if REQUEST_ID.fullmatch(client_id) else secrets.token_hex(6)
    return str(g.request_id)


class AttemptLogContext:
    """Log lines of the block, in this thread, tell the tokens of the attempts that it is about. A class, not a
    generator: senders enter it for each call, and it costs a twentieth of structlog's own."""

    __slots__ = ("_reset_token", "_tokens")

    def __init__(self, *tokens: str) -> None:
        self._tokens = tokens

    def __enter__(self) -> AttemptLogContext:
        self._reset_token = _current_tokens.set(self._tokens)
        return self

    def turn_to(self, token: str) -> None:
        """From here on the block is about this attempt alone: for those who go through a batch within one block."""
        _current_tokens.set((token,))

    def __exit__(self, *_error: object) -> None:
        _current_tokens.reset(self._reset_token)


def hide_numbers(text: str) -> str:
    """E.164 numbers in a text, masked; also those of a URL's query."""
    return E164.sub(
        lambda found: mask(f"+{found.group().lstrip('+').removeprefix('%2B').removeprefix('%2b')}"), text
    )


def _mask_value(value: Any) -> Any:
    match value:
        case str():
            return escape_controls(hide_numbers(value))
        case dict():
            return {name: _mask_value(item) for name, item in value.items()}
        case list() | tuple():
            return [_mask_value(item) for item in value]
        case BaseException():
            return escape_controls(hide_numbers(repr(value)))
    return value


def escape_controls(text: str) -> str:
    """What moves a terminal's cursor, changes its colors or turns the order of letters around, as `\\x1b`: a line of a
    log shows what is in it. Line ends stay, in tracebacks; elsewhere the format quotes them."""
    return CONTROLS.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def _drop_duplicates(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Other formatters leave these on the record, where ExtraAdder takes them for someone's own."""
    for name in ("message", "asctime"):
        event.pop(name, None)
    return event


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if name not in UNMASKED_KEYS and not name.startswith("_"):
            event[name] = _mask_value(value)
    return event


def _add_context(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if has_request_context():
        event.setdefault("request_id", request_id())
        if "actor" in g:
            event.setdefault("actor", g.actor)
    tokens = _current_tokens.get()
    if tokens:
        event.setdefault(*(("attempt", tokens[0]) if len(tokens) == 1 else ("attempts", list(tokens))))
    return event


QUEUE_LOG = "waitress.queue"
"""Says at each request how many wait for a thread, as soon as one does: with every number another text."""
REPEATED_AFTER = 600.0
"""Seconds in which the same trouble is not told again."""
MOST_REMEMBERED = 500


class RepeatFilter(logging.Filter):
    """The same warning or error of ours, traceback and all, is told once in ten minutes, then with how often it came
    meanwhile: a trunk that cannot be used fails at every tick."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, ...], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        is_queue = record.name == QUEUE_LOG
        if record.levelno < logging.WARNING or not (is_queue or record.name.startswith("switchboard.")):
            return True
        error = record.exc_info[1] if record.exc_info else None
        arguments = "" if is_queue else str(record.args)
        key = (record.name, str(record.msg), arguments, f"{type(error).__name__}: {error}")
        with self._lock:
            told_at, times = self._told.get(key, (float("-inf"), 0))
            if record.created - told_at < REPEATED_AFTER:
                self._told[key] = (told_at, times + 1)
                return False
            self._told.pop(key, None)
            while len(self._told) >= MOST_REMEMBERED:
                del self._told[next(iter(self._told))]
            self._told[key] = (record.created, 0)
        if times and isinstance(record.msg, str):
            record.msg = f"{record.msg} (and {times:,} times more since it was last told)"
        return True


class StderrHandler(logging.Handler):
    """Writes to what `sys.stderr` is now: tests and servers may put another one there."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:  # a log line that cannot be written must not break what it tells of
            self.handleError(record)


def log_uncaught_errors(log_format: str) -> None:
    """For a process that is ours alone: with `json`, what would go past the logging comes as a line of it too, warnings
    of Python and errors that nobody caught, in any thread."""
    if log_format != "json":
        return
    log = logging.getLogger("switchboard")
    logging.captureWarnings(True)

    def log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("an error that nobody caught", exc_info=(kind, error, trace))

    def log_uncaught_in_thread(hook_args: threading.ExceptHookArgs) -> None:
        if hook_args.exc_value is not None:
            log_uncaught(hook_args.exc_type, hook_args.exc_value, hook_args.exc_traceback)

    sys.excepthook = log_uncaught
    threading.excepthook = log_uncaught_in_thread


def print_or_log(text: str, log_format: str, *, is_error: bool = False) -> None:
    """A sentence for whoever started this process: plain on its standard output (trouble: standard error), or a line
    of the log where all of them are JSON."""
    if log_format == "json":
        logging.getLogger("switchboard").log(logging.ERROR if is_error else logging.INFO, "%s", text)
    else:
        print(
            f"switchboard: {text}" if is_error else text,
            file=sys.stderr if is_error else sys.stdout,
            flush=True,
        )


def configure_logging(log_format: str, level: int = logging.INFO) -> None:
    """Send the standard library's logging, and so everyone's, through structlog to stderr. `text` or `json`.

    Numbers are masked last, when tracebacks are text already: an exception's message may carry one too.
    """
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _drop_duplicates,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
    ]
    ending: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _mask_event,
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False),
    ]
    handler = StderrHandler()
    handler.addFilter(RepeatFilter())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=ending, foreign_pre_chain=shared))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, StderrHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # These tell every request, job or call at INFO, URLs with numbers among them.
    for chatty in ("apscheduler", "httpx", "httpcore", "alembic.runtime.plugins"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *(each for each in shared if not isinstance(each, structlog.stdlib.ExtraAdder)),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
