"""State diagrams drawn from the tables of transitions, so that the docs cannot disagree with the code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar

Status = TypeVar("Status", bound=StrEnum)


def draw_mermaid(transitions: Mapping[Status, Collection[Status]], start: Status) -> str:
    """A Mermaid `stateDiagram-v2` from `start`; a status without successors is an end. No final newline.

    Lines follow the table's order: that of a set changes from run to run.
    """
    lines = ["stateDiagram-v2", f"    [*] --> {_mermaid_id(start)}"]
    # A hyphen may not stand in a Mermaid identifier, only in its label.
    lines += [f"    {_mermaid_id(status)}: {status}" for status in transitions if "-" in status]
    for status, targets in transitions.items():
        ordered = [_mermaid_id(target) for target in transitions if target in targets] or ["[*]"]
        lines += [f"    {_mermaid_id(status)} --> {target}" for target in ordered]
    return "\n".join(lines)


def _mermaid_id(status: StrEnum) -> str:
    return status.value.replace("-", "_")
