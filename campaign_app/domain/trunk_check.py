"""Trunk check: whether calls can be placed on a trunk, in steps, each of which stands on the ones before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

CHECK_EVERY = timedelta(seconds=60)
"""How often a trunk is checked while campaigns need it, or while its last check failed."""


class StepName(StrEnum):
    REACH = "reach"
    SIGN_IN = "sign-in"
    PERMISSION = "permission"
    CALLER_ID = "caller-id"
    SOUND = "sound"
    CALLBACKS = "callbacks"


class StepState(StrEnum):
    OK = "ok"
    FAILED = "failed"
    """No call can be placed."""
    WARNING = "warning"
    UNTRIED = "untried"
    """A step before it failed."""


@dataclass(frozen=True, slots=True)
class CheckStep:
    """`detail` is a sentence, with the provider's own words where it said some; `setting` names what is wrong, where
    that is known: a setting or credential of the trunk."""

    name: StepName
    state: StepState
    detail: str = ""
    setting: str | None = None

    def to_api(self) -> dict[str, Any]:
        return {"name": self.name, "state": self.state, "detail": self.detail, "setting": self.setting}


def complete_steps(steps: Sequence[CheckStep], names: Sequence[StepName]) -> list[CheckStep]:
    """The steps in the order of `names`; those that were not taken are untried."""
    taken = {step.name: step for step in steps}
    return [taken.get(name, CheckStep(name, StepState.UNTRIED)) for name in names]


def find_check_error(steps: Sequence[CheckStep]) -> str | None:
    """Why no call can be placed, by the first step that failed; None where none did."""
    return next((step.detail for step in steps if step.state is StepState.FAILED), None)
