"""What the callee of an attempt hears."""

from __future__ import annotations

from sqlalchemy.orm import Session

from campaign_app.domain.message import stored_message
from campaign_app.domain.script import Script
from campaign_app.models import Attempt, Campaign, Contact, dumps


def script_of(session: Session, attempt: Attempt) -> Script:
    """An attempt's script: the words of its own, as a single call has them, else its campaign's, with the values of
    its contact. As the campaign stands now: an edit while the call rang is heard.

    Raises MissingValue, Invalid or ValueError where the message cannot be spoken (any more).
    """
    text, parts = attempt.text, attempt.script
    if text is None and attempt.campaign_id is not None:
        campaign = session.get_one(Campaign, attempt.campaign_id)
        text, parts = campaign.text, campaign.script
    message = stored_message(text, None if parts is None else dumps(parts))
    values = {}
    if message.personal and attempt.contact_id is not None:
        values = session.get_one(Contact, attempt.contact_id).variables
    return message.script(values)
