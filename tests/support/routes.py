"""Applications that are made quickly: hundreds of tests make one, each with the same three hundred addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def remember_rules() -> None:
    """Werkzeug parses each address of each application and compiles two functions for it, which takes longer than most
    tests. What it is parsed to hangs on its own text and on the converters of its map, unless it has defaults or a
    host: so one that was parsed for an application serves all that follow.
    """
    known: dict[tuple[Any, ...], tuple[Any, Any, Any, set[str]]] = {}
    compile_rule = Rule.compile

    def remembered(rule: Rule) -> None:
        assert rule.map is not None
        if rule.defaults or rule.host or rule.map.host_matching:
            compile_rule(rule)
            return
        key = (rule.rule, rule.subdomain, rule.merge_slashes, *rule.map.converters.values())
        if key not in known:
            compile_rule(rule)
            known[key] = rule._parts, rule._trace, rule._converters, rule.arguments
            return
        rule._parts, rule._trace, rule._converters, rule.arguments = known[key]
        rule._build = rule._compile_builder(False).__get__(rule, None)
        rule._build_unknown = rule._compile_builder(True).__get__(rule, None)

    Rule.compile = remembered  # type: ignore[method-assign, assignment]
    _remember_builders()


def _remember_builders() -> None:
    """They hang on nothing but the address's own text: what it is made of they are handed when called."""
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
