"""Applications that are made quickly: hundreds of tests make one, each with the same ninety addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def remember_builders() -> None:
    """Werkzeug compiles two functions for each address of each application, which takes longer than most tests.

    They hang on nothing but the address's own text (what it is made of they are handed when called), unless it has
    defaults: so one compiled for an application serves all that follow.
    """
    compiled: dict[tuple[Any, ...], Builder] = {}
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, *rule._trace, append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign, assignment]
