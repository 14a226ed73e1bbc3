"""Repeated polls: a live page's question that was answered a moment ago in the same words, at a third of the price.

An open page asks the same again and again, and most answers are those that somebody got already. To find that out,
Flask, the extensions and the object mapper took five sixths of the time. Here the whole request is compared with one
that was answered at length: word for word the same but for `If-None-Match`. One statement then tells whether the
session still holds, and whether the user and the campaign are as they were; only then the answer comes from the
rendering that all share. In any other case the request goes the long way.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Flask

from campaign_app.app_context import context_of
from campaign_app.extensions import db
from campaign_app.http.current import session_limits
from campaign_app.logs import REQUEST_ID
from campaign_app.queries.polls import ReaderStates
from campaign_app.services.fragment_cache import RenderedFragment

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NOTE = "switchboard.poll"
"""Where the environment of a poll holds its PollNote."""
AGE = "X-Fragment-Age"
"""Seconds since the piece was rendered."""
REMEMBERED_SECONDS = 600.0
"""After so long a poll goes the long way once."""
MOST = 5_000
"""Polls that are remembered, at a kilobyte each."""
APART = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_X_REQUEST_ID", "REMOTE_PORT", NOTE})
"""What may differ between two requests that are answered alike."""
OF_EACH_ANSWER = frozenset({"x-request-id", "x-fragment-age", "etag", "content-length"})
STATUS_LINES = {200: "200 OK", 304: "304 NOT MODIFIED"}
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class PollNote:
    """What a view tells of the shared piece that it answered with; empty where it answered otherwise. `key_hash` is of
    the session's key in the cookie."""

    fragment_key: str = ""
    key_hash: str = ""
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """A poll that was answered at length. `state` was read before that began; None where it was not read yet."""

    note: PollNote
    state: tuple[Any, ...] | None
    until: float
    headers: dict[int, Headers] = field(default_factory=dict)
    """Those that all answers have, by status."""


class RepeatedPolls:
    """WSGI middleware, behind the one that believes proxies."""

    def __init__(self, flask_app: Flask, app: WSGIApplication) -> None:
        self._flask_app = flask_app
        self._app = app
        self._context = context_of(flask_app)
        self._states: ReaderStates | None = None
        self._known: dict[bytes, _Known] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._context.fragments is None or not _is_poll(environ):
            return self._app(environ, start_response)
        name = _name_request(environ)
        known, state = self._known.get(name), None
        if known is not None and self._context.clock.monotonic() < known.until:
            state = self._read_state(known.note)
            if state is not None and state == known.state:
                body = self._answer(known, environ, start_response)
                if body is not None:
                    return body
        note = environ[NOTE] = PollNote()
        answered: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            answered.append((status, headers))
            return start_response(status, headers, *error)

        body = self._app(environ, start)
        if answered:
            self._remember(name, note, known, state, *answered[-1])
        return body

    def _read_state(self, note: PollNote) -> tuple[Any, ...] | None:
        now = self._context.clock.now()
        used_after = now - session_limits(self._context.settings).idle
        if self._states is None:
            with self._flask_app.app_context():
                self._states = ReaderStates(db.engine)
        return self._states.find(note.key_hash, note.campaign_id, now, used_after)

    def _answer(
        self, known: _Known, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        """The answer from the rendering as it is, where that is still fresh."""
        fragments = self._context.fragments
        fragment: RenderedFragment | None = None
        if fragments is not None:
            fragment = fragments.find_fresh(known.note.fragment_key)
        if fragments is None or fragment is None:
            return None
        is_known_to_reader = f'"{fragment.etag}"' in environ.get("HTTP_IF_NONE_MATCH", "")
        status = 304 if is_known_to_reader else 200
        headers = known.headers.get(status)
        if headers is None:
            return None
        asked_id = environ.get("HTTP_X_REQUEST_ID", "")
        own = [
            ("X-Request-ID", asked_id if REQUEST_ID.fullmatch(asked_id) else secrets.token_hex(6)),
            (AGE, f"{fragments.get_age(fragment):.1f}"),
            ("ETag", f'W/"{fragment.etag}"'),
        ]
        if status == 200:
            own.append(("Content-Length", str(len(fragment.body))))
        start_response(STATUS_LINES[status], [*headers, *own])
        return [fragment.body] if status == 200 else []

    def _remember(
        self,
        name: bytes,
        note: PollNote,
        before: _Known | None,
        state: tuple[Any, ...] | None,
        status_line: str,
        headers: Headers,
    ) -> None:
        status = int(status_line[:3])
        names = {key.lower(): value for key, value in headers}
        # A body that is not compressed is not the rendering's own.
        is_whole = status == 304 or (status == 200 and names.get("content-encoding") == "gzip")
        if not (note.fragment_key and note.key_hash and is_whole) or "set-cookie" in names:
            self._known.pop(name, None)
            return
        same_question = before is not None and (before.note.key_hash, before.note.campaign_id) == (
            note.key_hash,
            note.campaign_id,
        )
        state = state if same_question else None
        kept = [(key, value) for key, value in headers if key.lower() not in OF_EACH_ANSWER]
        is_as_before = (
            before is not None and state is not None and (before.state, before.note) == (state, note)
        )
        others = before.headers if before is not None and is_as_before else {}
        moment = self._context.clock.monotonic()
        if len(self._known) >= MOST and name not in self._known:
            self._known = {key: each for key, each in list(self._known.items()) if each.until > moment}
            if len(self._known) >= MOST:
                self._known = {}
        self._known[name] = _Known(note, state, moment + REMEMBERED_SECONDS, {**others, status: kept})


def _is_poll(environ: WSGIEnvironment) -> bool:
    """Whether somebody who may be signed in asks for a part of a page."""
    path: str = environ.get("PATH_INFO", "")
    return (
        environ["REQUEST_METHOD"] == "GET"
        and path[path.rfind("/") + 1 :].startswith("_")
        and "HTTP_COOKIE" in environ
    )


def _name_request(environ: WSGIEnvironment) -> bytes:
    """A digest of all that the request says, and of what proxies said of it: no cookie is kept here."""
    said = [
        f"{key}\n{len(value)}\n{value}"
        for key, value in environ.items()
        if isinstance(value, str) and key not in APART
    ]
    return hashlib.blake2b("\n".join(said).encode("utf-8", "surrogateescape"), digest_size=32).digest()
