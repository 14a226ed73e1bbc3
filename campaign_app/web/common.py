"""Helpers of the campaign pages: fragments for polling."""

from __future__ import annotations

import hashlib
import re

from flask import Response, make_response, request

VOLATILE_HTML = re.compile(
    r'<time data-age[^>]*>[^<]*</time>|(?<=<time data-since=")[^>]*>[^<]*</time>|data-at="\d+"'
    r'|name="csrf_token" value="[^"]*"'
)
"""What differs between renderings without being news: the time of asking, how long calls have lasted (static/app.js
counts both on), and the signed token."""


def fragment_response(html: str, status: int = 200) -> Response:
    """A piece of a page for htmx. A browser that has it already gets 304, by If-None-Match."""
    response = make_response(html, status)
    if status == 200:
        response.set_etag(hashlib.sha256(VOLATILE_HTML.sub("", html).encode()).hexdigest()[:32], weak=True)
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.update(("Cookie", "HX-Request"))
        response.make_conditional(request)
    return response
