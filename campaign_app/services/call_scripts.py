"""Call scripts: what the callee of an attempt hears."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from campaign_app.domain.message import read_stored_message
from campaign_app.domain.script import CallScript, MachineDetection, OnMachine
from campaign_app.models import Attempt, Campaign, Contact
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.queries.sets import stored_json


def build_claimed_script(attempt: ClaimedAttempt) -> CallScript:
    """What the callee of an attempt that was not sent yet will hear, by its own row alone.

    Raises MissingValue or InvalidInput where the message cannot be spoken, ValueError where it cannot be read.
    """
    if not attempt.variables:
        return _build_common_script(attempt.message)
    return read_stored_message(attempt.message).build_call_script(stored_json(attempt.variables))


class ClaimedWords(NamedTuple):
    """What an attempt says, and whether the provider is to tell machines from people."""

    script: CallScript
    detection: MachineDetection


def choose_claimed_words(attempt: ClaimedAttempt) -> ClaimedWords:
    """The script of an attempt that was not sent yet, as its campaign wants machines dealt with. Raises as
    `build_claimed_script` does."""
    if not attempt.variables:
        return _choose_common_words(attempt.message, attempt.machine_detection)
    return _choose_words(build_claimed_script(attempt), attempt.machine_detection)


@lru_cache(maxsize=256)
def _choose_common_words(message: str, machine_detection: str) -> ClaimedWords:
    return _choose_words(_build_common_script(message), machine_detection)


def _choose_words(script: CallScript, machine_detection: str) -> ClaimedWords:
    detection = MachineDetection(machine_detection)
    if detection is MachineDetection.OFF:
        script = replace(script, on_machine=OnMachine.AS_HUMAN)
    return ClaimedWords(script, detection)


@lru_cache(maxsize=256)
def _build_common_script(message: str) -> CallScript:
    """What every contact hears of a message that names no variables."""
    return read_stored_message(message).build_call_script({})


def build_call_script(session: Session, attempt: Attempt) -> CallScript:
    """An attempt's script: the words of its own, as a single call has them and one that was open while its campaign's
    message was changed, else its campaign's, with the values of its contact.

    Raises MissingValue, Invalid or ValueError where the message cannot be spoken (any more).
    """
    message = attempt.message
    if message is None and attempt.campaign_id is not None:
        message = session.get_one(Campaign, attempt.campaign_id).message
    if message is None:
        raise ValueError("the call has no message")
    values = {}
    if message.is_personal and attempt.contact_id is not None:
        values = session.get_one(Contact, attempt.contact_id).variables
    return message.build_call_script(values)
