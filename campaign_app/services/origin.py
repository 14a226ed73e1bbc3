"""Request origin: where the request came from that the code runs for, for audit rows and links; none in an engine."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """`address` is the client's, behind whatever proxies are trusted; `prefix` is the path that all pages lie below,
    without a slash at its end; `browser` is what the browser says it is, in words."""

    address: str | None = None
    prefix: str = ""
    browser: str | None = None


NOWHERE = RequestOrigin()
_current: ContextVar[RequestOrigin] = ContextVar("origin", default=NOWHERE)


def current_origin() -> RequestOrigin:
    return _current.get()


def set_origin(origin: RequestOrigin) -> None:
    """For the request that begins in this thread; NOWHERE when it has ended."""
    _current.set(origin)
