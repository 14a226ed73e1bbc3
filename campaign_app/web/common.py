"""Helpers of the campaign pages: fragments for polling."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable

from flask import Response, current_app, g, make_response, request, session

from campaign_app.http.current import current_context
from campaign_app.http.repeated_polls import AGE_HEADER, NOTE, PollNote
from campaign_app.services.fragment_cache import RenderedFragment, pack_fragment
from campaign_app.services.people import keys

from .times import reader_zone

VOLATILE_HTML = re.compile(
    r'<time data-age[^>]*>[^<]*</time>|(?<=<time data-since=")[^>]*>[^<]*</time>|data-at="\d+"'
    r'|name="csrf_token" value="[^"]*"|(?<=&amp;)at=\d+(?=["#&])'
)
"""What differs between renderings without being news: the time of asking, how long calls have lasted (static/app.js
counts both on), the signed token, and in links to older calls the moment from which they are older."""


def fragment_response(html: str, status: int = 200) -> Response:
    """A piece of a page for htmx. A browser that has it already gets 304, by If-None-Match."""
    response = make_response(html, status)
    if status == 200:
        response.set_etag(hashlib.sha256(VOLATILE_HTML.sub("", html).encode()).hexdigest()[:32], weak=True)
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.update(("Cookie", "HX-Request"))
        response.make_conditional(request)
    return response


def shared_fragment(render: Callable[[], str], state: str = "") -> Response:
    """The piece of a page that a GET asks for, rendered once a second for all who would see the same: by address, role
    and clock, and by `state`, so that what somebody just did is seen at once. `render` may depend on nothing else but
    the database and the time. Forms in it have no token; static/app.js adds the reader's own."""
    cache = current_context().fragments
    version = current_app.jinja_env.globals["version"]
    parts = (version, request.script_root, request.full_path, g.role, reader_zone(), state)
    if cache is None:
        return _respond(_render(render))
    fragment = cache.get(repr(parts), lambda: _render(render))
    _note_poll(repr(parts))
    response = _respond(fragment)
    # static/app.js says by it of when the numbers are, also where the browser had them already.
    response.headers[AGE_HEADER] = f"{cache.get_age(fragment):.1f}"
    return response


def _note_poll(fragment_key: str) -> None:
    """Tell `http.repeated_polls` on what the answer depends, beside the request, the user and the campaign."""
    note: PollNote | None = request.environ.get(NOTE)
    key = session.get("key")
    if note is None or not isinstance(key, str):
        return
    note.fragment_key, note.key_hash = fragment_key, keys.hash_key(key)
    note.campaign_id = (request.view_args or {}).get("campaign_id")


def _render(render: Callable[[], str]) -> RenderedFragment:
    token, g.csrf_token = g.get("csrf_token"), ""
    try:
        html = render()
    finally:
        if token is None:
            del g.csrf_token
        else:
            g.csrf_token = token
    return pack_fragment(html, VOLATILE_HTML.sub("", html))


def _respond(fragment: RenderedFragment) -> Response:
    if request.accept_encodings.quality("gzip") > 0:
        response = make_response(fragment.body)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = make_response(gzip.decompress(fragment.body))
    response.set_etag(fragment.etag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Cookie", "HX-Request", "Accept-Encoding"))
    response.make_conditional(request)
    return response
