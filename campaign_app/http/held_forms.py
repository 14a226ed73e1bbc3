"""Held forms: what somebody had typed when it turned out that they must sign in, or prove who they are, first.

The fields travel through the sign-in in a signed hidden field, and are offered for saving after it. That works without
JavaScript, and the server keeps nothing. Only a form that a page of ours sent is held: a strange page that posts here
must not find its fields in a form that somebody then saves.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

MOST_BYTES = 500_000
LIFETIME = 3600.0
"""Seconds from the form to its saving."""
SECRET_WORDS = ("password", "secret", "token")
SECRET_NAMES = frozenset({"current", "credential", "code"})


@dataclass(frozen=True, slots=True)
class HeldForm:
    """`path` is below the pages' prefix; what is not held: `missing` names the files, `secrets` the fields with a
    password or the like, which are to be typed again."""

    path: str
    fields: list[tuple[str, str]]
    missing: list[str]
    secrets: list[str]


def is_own_page() -> bool:
    """Whether the browser says that a page of this very server sent the request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return False
    return urlsplit(origin).netloc.lower() == request.host.lower()


def has_genuine_token() -> bool:
    """Whether the form's CSRF token was made by this server, if perhaps for the session before."""
    text = request.form.get("csrf_token") or request.headers.get("X-CSRFToken") or ""
    serializer = URLSafeTimedSerializer(str(current_app.secret_key), salt="wtf-csrf-token")
    try:
        serializer.loads(text)
    except BadData:
        return False
    return True


def hold_form() -> str | None:
    """The form of this request, signed; None where it is not ours or too large."""
    if not (is_own_page() and has_genuine_token()):
        return None
    fields, secrets, missing = (
        [],
        [],
        [name for name, file in request.files.items(multi=True) if file.filename],
    )
    for name, value in request.form.items(multi=True):
        if name == "csrf_token":
            continue
        if name in SECRET_NAMES or any(word in name.lower() for word in SECRET_WORDS):
            secrets += [name] if value else []
        else:
            fields.append((name, value))
    path = request.full_path.rstrip("?")
    if sum(len(name) + len(value) for name, value in fields) > MOST_BYTES:
        return None
    return str(_serializer().dumps([path, fields, missing, secrets]))


def open_form(text: str | None) -> HeldForm | None:
    """What `hold_form` made, within an hour; None for anything else."""
    try:
        path, fields, missing, secrets = _serializer().loads(text or "", max_age=int(LIFETIME))
    except (BadData, ValueError, TypeError):
        return None
    return HeldForm(path, [(name, value) for name, value in fields], missing, secrets)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="held-form")
