"""URL converter for ids, shared by pages and API."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

MAX_ID = 10**18 - 1


class IdConverter(BaseConverter):
    """`<id:campaign_id>`: a key of a table, up to 18 digits.

    werkzeug's own `int` ends in an exception at 4,301 digits, and SQL at 20. The bound is in the pattern: a converter
    that refuses what its pattern let through turns a 404 into a 405.
    """

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)
