"""Input checks: what no field and no search may be, whichever page it goes to. The API names its fields itself."""

from __future__ import annotations

from collections.abc import Iterator

from flask import abort, request
from werkzeug.datastructures import ImmutableMultiDict

LONGEST_SEARCH = 4_000
"""Characters of a value in an address. SQLite gives up at patterns of 50,000 bytes."""
NUL, MARK = "\0", "\ufffd"


def refuse_unstorable_path() -> None:
    """404 for an address with a NUL in it: nothing can have that name."""
    if any(isinstance(value, str) and NUL in value for value in (request.view_args or {}).values()):
        abort(404)


def refuse_unstorable_input() -> None:
    """400, naming the field, for a NUL in a form, which PostgreSQL cannot keep, and for a search that is too long. A
    search with a NUL finds nothing: it is read with a mark in its place."""
    refuse_unstorable_path()
    if any(NUL in name or NUL in value for name, value in request.args.items(multi=True)):
        request.args = ImmutableMultiDict(
            (name.replace(NUL, MARK), value.replace(NUL, MARK))
            for name, value in request.args.items(multi=True)
        )
    for name, value in request.args.items(multi=True):
        if len(value) > LONGEST_SEARCH:
            text = (
                f"“{_shown(name)}” in the address is longer than {LONGEST_SEARCH:,} characters. Shorten it."
            )
            abort(400, description=text)
    for name, value in _texts():
        if NUL in name or NUL in value:
            text = f"The field “{_shown(name)}” has a NUL character in it, which cannot be kept. Go back and remove it."
            abort(400, description=text)


def _texts() -> Iterator[tuple[str, str]]:
    yield from request.form.items(multi=True)
    for name, file in request.files.items(multi=True):
        yield name, file.filename or ""


def _shown(name: str) -> str:
    return "".join(character for character in name[:60] if character.isprintable())
