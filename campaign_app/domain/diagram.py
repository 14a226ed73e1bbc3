"""A state diagram out of a table of transitions, so that a drawing in the docs can never disagree with the code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar

Status = TypeVar("Status", bound=StrEnum)


def mermaid(transitions: Mapping[Status, Collection[Status]]) -> str:
    """A Mermaid `stateDiagram-v2` of `transitions`, ending in a newline.

    The first status of the table is where things begin; one without successors is an end. Lines follow the table's
    order, not the order of the sets, which changes from run to run.
    """
    order = list(transitions)
    lines = ["stateDiagram-v2"]
    # A hyphen may not stand in a Mermaid identifier.
    lines += [f'    state "{status}" as {_identifier(status)}' for status in order if "-" in status]
    if order:
        lines.append(f"    [*] --> {_identifier(order[0])}")
    for status in order:
        successors = [other for other in order if other in transitions[status]]
        lines += [f"    {_identifier(status)} --> {_identifier(other)}" for other in successors]
        if not successors:
            lines.append(f"    {_identifier(status)} --> [*]")
    return "\n".join(lines) + "\n"


def _identifier(status: StrEnum) -> str:
    return status.value.replace("-", "_")
