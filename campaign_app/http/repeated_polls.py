"""Repeated polls: a live page's request, the same as a moment ago, responded to without Flask.

An open page asks the same again and again, and most responses are those that somebody has had before. To find out,
Flask, the extensions and the object mapper took five sixths of the time. Here the whole request is compared with one
that Flask responded to: the same in every field but IGNORED_FIELDS. One statement then tells whether the session is
still valid, and whether the user and the campaign are as they were; only then does the response come from the rendering
that all share. In any other case the request goes to Flask.
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
AGE_HEADER = "X-Fragment-Age"
"""Seconds since the piece was rendered."""
REMEMBERED_SECONDS = 600.0
"""After so long a poll counts as new, and a new one goes to Flask twice: only after the first time is it known whose
state to read, and it is read before the second."""
MOST_POLLS = 5_000
"""Polls that are remembered, at a kilobyte each."""
IGNORED_FIELDS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_X_REQUEST_ID", "REMOTE_PORT", NOTE})
"""Fields of the environment that may differ between two requests with the same response."""
HEADERS_OF_EACH_RESPONSE = frozenset({"x-request-id", "x-fragment-age", "etag", "content-length"})
STATUS_LINES = {200: "200 OK", 304: "304 NOT MODIFIED"}
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class PollNote:
    """Which shared rendering a view responded with; empty where it used none. `key_hash` is of the session's key in the
    cookie."""

    fragment_key: str = ""
    key_hash: str = ""
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class RememberedPoll:
    """A poll that Flask responded to. `state` was read before that began; None where it was not read yet."""

    note: PollNote
    state: tuple[Any, ...] | None
    until: float
    headers: dict[int, Headers] = field(default_factory=dict)
    """The headers that all its responses have, by status."""


class RepeatedPolls:
    """WSGI middleware, behind the one that believes proxies."""

    def __init__(self, flask_app: Flask, app: WSGIApplication) -> None:
        self._flask_app = flask_app
        self._app = app
        self._context = context_of(flask_app)
        self._states: ReaderStates | None = None
        self._polls: dict[bytes, RememberedPoll] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._context.fragments is None or not _is_poll(environ):
            return self._app(environ, start_response)
        name = _name_request(environ)
        poll, state = self._polls.get(name), None
        if poll is not None and self._context.clock.monotonic() < poll.until:
            state = self._read_state(poll.note)
            if state is not None and state == poll.state:
                body = self._respond(poll, environ, start_response)
                if body is not None:
                    return body
        note = environ[NOTE] = PollNote()
        responses: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            responses.append((status, headers))
            return start_response(status, headers, *error)

        body = self._app(environ, start)
        if responses:
            self._remember(name, note, poll, state, *responses[-1])
        return body

    def _read_state(self, note: PollNote) -> tuple[Any, ...] | None:
        now = self._context.clock.now()
        used_after = now - session_limits(self._context.settings).idle
        if self._states is None:
            with self._flask_app.app_context():
                self._states = ReaderStates(db.engine)
        return self._states.find(note.key_hash, note.campaign_id, now, used_after)

    def _respond(
        self, poll: RememberedPoll, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        """The response from the rendering as it is, where that is still fresh."""
        fragments = self._context.fragments
        fragment: RenderedFragment | None = None
        if fragments is not None:
            fragment = fragments.find_fresh(poll.note.fragment_key)
        if fragments is None or fragment is None:
            return None
        is_known_to_reader = f'"{fragment.etag}"' in environ.get("HTTP_IF_NONE_MATCH", "")
        status = 304 if is_known_to_reader else 200
        headers = poll.headers.get(status)
        if headers is None:
            return None
        asked_id = environ.get("HTTP_X_REQUEST_ID", "")
        own = [
            ("X-Request-ID", asked_id if REQUEST_ID.fullmatch(asked_id) else secrets.token_hex(6)),
            (AGE_HEADER, f"{fragments.get_age(fragment):.1f}"),
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
        before: RememberedPoll | None,
        state: tuple[Any, ...] | None,
        status_line: str,
        headers: Headers,
    ) -> None:
        status = int(status_line[:3])
        names = {key.lower(): value for key, value in headers}
        # A body that is not compressed is not the rendering's own.
        is_whole = status == 304 or (status == 200 and names.get("content-encoding") == "gzip")
        if not (note.fragment_key and note.key_hash and is_whole) or "set-cookie" in names:
            self._polls.pop(name, None)
            return
        is_same_question = before is not None and (before.note.key_hash, before.note.campaign_id) == (
            note.key_hash,
            note.campaign_id,
        )
        state = state if is_same_question else None
        shared_headers = [
            (key, value) for key, value in headers if key.lower() not in HEADERS_OF_EACH_RESPONSE
        ]
        is_as_before = (
            before is not None and state is not None and (before.state, before.note) == (state, note)
        )
        others = before.headers if before is not None and is_as_before else {}
        moment = self._context.clock.monotonic()
        if len(self._polls) >= MOST_POLLS and name not in self._polls:
            self._polls = {key: each for key, each in list(self._polls.items()) if each.until > moment}
            if len(self._polls) >= MOST_POLLS:
                self._polls = {}
        self._polls[name] = RememberedPoll(
            note, state, moment + REMEMBERED_SECONDS, {**others, status: shared_headers}
        )


def _is_poll(environ: WSGIEnvironment) -> bool:
    """Whether somebody who may be signed in asks for a part of a page."""
    path: str = environ.get("PATH_INFO", "")
    return (
        environ["REQUEST_METHOD"] == "GET"
        and path[path.rfind("/") + 1 :].startswith("_")
        and "HTTP_COOKIE" in environ
    )


def _name_request(environ: WSGIEnvironment) -> bytes:
    """A digest of everything in the request and of what proxies added to it: no cookie is stored here."""
    fields = [
        f"{key}\n{len(value)}\n{value}"
        for key, value in environ.items()
        if isinstance(value, str) and key not in IGNORED_FIELDS
    ]
    return hashlib.blake2b("\n".join(fields).encode("utf-8", "surrogateescape"), digest_size=32).digest()
