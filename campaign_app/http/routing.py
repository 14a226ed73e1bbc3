"""URL rules, and row ids in addresses and forms: their converter and their parser, shared by pages and API."""

from __future__ import annotations

import re
from collections.abc import Callable

from werkzeug.routing import BaseConverter, Rule

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


class LateRule(Rule):
    """A rule whose URL builders are compiled when a URL is first built from it.

    werkzeug compiles two for each of the 320 rules at startup, which took half of the time of `create_app`; most are
    never used.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_builder = super()._compile_builder
        compiled: list[Callable[..., tuple[str, str]]] = []

        # `rule` is positional only, so that a variable of the URL may have the same name.
        def build(rule: LateRule, /, **values: object) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_builder(append_unknown))
            return compiled[0](rule, **values)

        return build


def parse_id(text: str | None) -> int | None:
    """An id that a form or a query carries; None for anything else."""
    return int(text) if text and re.fullmatch(ID_PATTERN, text) else None
