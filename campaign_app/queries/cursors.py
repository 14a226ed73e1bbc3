"""Cursors: where a page of a table begins, sealed, so that they tell nothing of the row and nobody can make one.

They are encrypted with a key of the installation, given to the engine at the start, and hold for one table and order.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import Engine
from sqlalchemy.orm import InstrumentedAttribute, Session

OPTION = "switchboard_cursor_key"
BLOCK = 32
"""Bytes that what is sealed is a multiple of: its length says nothing of a number's."""
LONGEST = 4_000
_OF_THIS_PROCESS = secrets.token_bytes(64)
"""For tools whose engine was given none."""


def give_cursor_key(engine: Engine, secret: str) -> None:
    """Let the engine's sessions seal with a key that follows from a secret of the installation."""
    engine.update_execution_options(
        **{OPTION: hashlib.sha512(b"switchboard cursors\0" + secret.encode()).digest()}
    )


def seal_cursor(
    session: Session, columns: Sequence[InstrumentedAttribute[Any]], values: Sequence[Any], backward: bool
) -> str:
    cells = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    text = json.dumps([int(backward), *cells]).encode()
    text += b" " * (-len(text) % BLOCK)
    sealed = _cipher(session).encrypt(text, [_name_of(columns)])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_cursor(session: Session, columns: Sequence[InstrumentedAttribute[Any]], cursor: str) -> list[Any]:
    """Whether it leads backward, and the cells. Raises ValueError for what was not sealed here for this order."""
    if len(cursor) > LONGEST or not cursor.isascii():
        raise ValueError("no cursor")
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    try:
        cells: list[Any] = json.loads(_cipher(session).decrypt(sealed, [_name_of(columns)]))
    except InvalidTag:
        raise ValueError("no cursor") from None
    return cells


def _cipher(session: Session) -> AESSIV:
    bind = session.get_bind()
    key = bind.get_execution_options().get(OPTION, _OF_THIS_PROCESS)
    return AESSIV(key)


def _name_of(columns: Sequence[InstrumentedAttribute[Any]]) -> bytes:
    return ",".join(str(column) for column in columns).encode()
