"""Row ids in addresses and forms: the URL converter and the parser, shared by pages and API."""

from __future__ import annotations

import re

from werkzeug.routing import BaseConverter

MAX_ID = 10**18 - 1
ID_PATTERN = "[1-9][0-9]{0,17}"


class IdConverter(BaseConverter):
    """`<id:campaign_id>`: a key of a table, up to 18 digits.

    werkzeug's own `int` ends in an exception at 4,301 digits, and SQL at 20. The bound is in the pattern: a converter
    that refuses what its pattern let through turns a 404 into a 405.
    """

    regex = ID_PATTERN

    def to_python(self, value: str) -> int:
        return int(value)


def parse_id(text: str | None) -> int | None:
    """An id that a form or a query carries; None for anything else."""
    return int(text) if text and re.fullmatch(ID_PATTERN, text) else None
