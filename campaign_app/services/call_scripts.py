"""Call scripts: what the callee of an attempt hears."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from campaign_app.domain.message import read_stored_message
from campaign_app.domain.script import CallScript
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
