"""How an id stands in an address, for pages and API."""

from __future__ import annotations

from werkzeug.routing import BaseConverter, ValidationError

MAX_ID = 2**63 - 1


class IdConverter(BaseConverter):
    """`<id:campaign_id>`: a key of a table. werkzeug's own `int` ends in an exception at 4,301 digits, and
    SQL at 20."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MAX_ID:
            raise ValidationError
        return number
