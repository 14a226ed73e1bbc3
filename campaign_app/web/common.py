"""Helpers of the campaign pages: fragments for polling, ids in addresses, waking the engine."""

from __future__ import annotations

import hashlib
import re

from flask import Response, current_app, make_response, request

VOLATILE_HTML = re.compile(r'<time data-age[^>]*>[^<]*</time>|name="csrf_token" value="[^"]*"')
"""What differs between renderings without being news: the time of asking, and the signed token."""

ID_CONVERTER = "int(max=9223372036854775807)"
"""The converter of ids in addresses: a number that no database column holds is no address (404)."""


def row_id(text: str | None) -> int | None:
    """An id that a form carries; None for what no database column holds."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def fragment_response(html: str, status: int = 200) -> Response:
    """A piece of a page for htmx. A browser that has it already gets 304, by If-None-Match."""
    response = make_response(html, status)
    if status == 200:
        response.set_etag(hashlib.sha256(VOLATILE_HTML.sub("", html).encode()).hexdigest()[:32], weak=True)
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.update(("Cookie", "HX-Request"))
        response.make_conditional(request)
    return response


def wake_engine() -> None:
    """Nudge an engine inside this process, after a commit that made work for it."""
    current_app.extensions["switchboard"].wake()
