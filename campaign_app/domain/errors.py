"""Expected errors, typed. Pages and API turn them into a status; anything else is a bug and propagates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to correct: the field as the API names it (`retry.delays_minutes[2]`), and the remedy."""

    field: str
    message: str


class SwitchboardError(Exception):
    """The base of every expected failure. `title` is short and fixed per class, str(error) is the whole sentence."""

    status = 400
    title = "Bad request"


class InvalidInput(SwitchboardError):
    """Input that breaks a rule, with every broken field at once (HTTP 422)."""

    status = 422
    title = "Some fields need correcting"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        if not errors:
            raise ValueError("Invalid needs at least one FieldError")
        self.errors: tuple[FieldError, ...] = tuple(errors)
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in self.errors))


class NotFound(SwitchboardError):
    """No such object (HTTP 404)."""

    status = 404
    title = "Not found"


class StateConflict(SwitchboardError):
    """The object's state forbids the request; the sentence names the state and the remedy (HTTP 409)."""

    status = 409
    title = "Not possible in this state"


class StartRefused(StateConflict):
    """Nobody may be called as things are (HTTP 409); `errors` are the fields that a start asks for besides."""

    def __init__(self, sentence: str, errors: Sequence[FieldError] = ()) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join([sentence, *(f"{each.field}: {each.message}" for each in errors)]))


class TrunkUnusable(StateConflict):
    """A trunk's own settings do not say all that its provider needs; the sentence says what is missing (HTTP 409)."""


class FieldConflict(StateConflict):
    """What stands in the way concerns single fields (HTTP 409)."""

    def __init__(self, message: str, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join([message, *(f"{error.field}: {error.message}" for error in self.errors)]))


class IllegalTransition(StateConflict):
    """A move that the table TRANSITIONS of its noun does not have; the sentence names both statuses (HTTP 409).

    `by` is the action that was asked for, where another one does lead to the wanted status.
    """

    title = "Illegal transition"

    def __init__(self, noun: str, current: str, wanted: str, remedy: str = "", *, by: str = "") -> None:
        self.current = current
        self.wanted = wanted
        text = f"a {noun} that is {current} cannot become {wanted}" + (f" by {by}" if by else "")
        super().__init__(f"{text}: {remedy}" if remedy else text)


class Forbidden(SwitchboardError):
    """What the person's role does not allow to choose, with the fields (HTTP 403)."""

    status = 403
    title = "Your role does not allow it"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))


class TooManyRequests(SwitchboardError):
    """Over a rate or a limit; try again after `retry_after` seconds (HTTP 429); the message says so too."""

    status = 429
    title = "Too many requests"

    def __init__(self, message: str, retry_after: float) -> None:
        self.retry_after = max(1, math.ceil(retry_after))
        super().__init__(f"{message}; {describe_wait(self.retry_after)}")


def describe_wait(seconds: int) -> str:
    """`try again in 40 seconds`, `in 15 minutes`, `in 5 hours`: rounded up, so that nobody tries too soon."""
    for unit, length in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= 2 * length or length == 1:
            count = math.ceil(seconds / length)
            return f"try again in {count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError(seconds)
