"""State diagrams drawn from the tables of transitions, so that the docs cannot disagree with the code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar

Status = TypeVar("Status", bound=StrEnum)


def draw_mermaid(
    transitions: Mapping[Status, Mapping[Status, str]],
    start: Status,
    ends: Collection[Status],
    *,
    unlabeled: Collection[str] = (),
) -> str:
    """A Mermaid `stateDiagram-v2` from `start` to `ends`, each arrow with its reason. No final newline.

    `unlabeled` are reasons that are left out, for a picture of many arrows.
    """
    lines = ["stateDiagram-v2", f"    [*] --> {_mermaid_id(start)}"]
    # A hyphen may not stand in a Mermaid identifier, only in its label.
    lines += [f"    {_mermaid_id(status)}: {status}" for status in transitions if "-" in status]
    for status, targets in transitions.items():
        for target, reason in targets.items():
            label = "" if reason in unlabeled else f": {reason}"
            lines.append(f"    {_mermaid_id(status)} --> {_mermaid_id(target)}{label}")
        if status in ends:
            lines.append(f"    {_mermaid_id(status)} --> [*]")
    return "\n".join(lines)


def _mermaid_id(status: StrEnum) -> str:
    return status.value.replace("-", "_")
