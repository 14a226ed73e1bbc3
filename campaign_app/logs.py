"""Logs: one line an event, as text or JSON, with the request's id and without anyone's telephone number."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import g, has_request_context

from campaign_app.domain.phone import mask

E164 = re.compile(r"(?<![\w+])\+[1-9]\d{6,14}(?!\d)")
KEPT_AS_IS = frozenset({"timestamp", "level", "logger"})


def request_id() -> str:
    """The id of the current request: in its answer's X-Request-ID, on its error page and in its log lines."""
    if not hasattr(g, "request_id"):
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def hide_numbers(text: str) -> str:
    """E.164 numbers in a text, masked."""
    return E164.sub(lambda found: mask(found.group()), text)


def _hidden(value: Any) -> Any:
    match value:
        case str():
            return hide_numbers(value)
        case dict():
            return {name: _hidden(item) for name, item in value.items()}
        case list() | tuple():
            return [_hidden(item) for item in value]
        case BaseException():
            return hide_numbers(repr(value))
    return value


def _drop_doubles(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Other formatters leave these on the record, where ExtraAdder takes them for someone's own."""
    for name in ("message", "asctime"):
        event.pop(name, None)
    return event


def _hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if name not in KEPT_AS_IS and not name.startswith("_"):
            event[name] = _hidden(value)
    return event


def _who(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if has_request_context():
        event.setdefault("request_id", request_id())
        if "actor" in g:
            event.setdefault("actor", g.actor)
    return event


class Stderr(logging.Handler):
    """Writes to what `sys.stderr` is now: tests and servers may put another one there."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:  # a log line that cannot be written must not break what it tells of
            self.handleError(record)


def configure(log_format: str, level: int = logging.INFO) -> None:
    """Send the standard library's logging, and so everyone's, through structlog to stderr. `text` or `json`.

    Numbers are masked last, when tracebacks are text already: an exception's message may carry one too.
    """
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _drop_doubles,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _who,
    ]
    ending: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _hide,
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False),
    ]
    handler = Stderr()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=ending, foreign_pre_chain=shared))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, Stderr)]:
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
