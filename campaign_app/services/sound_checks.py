"""Sound checks: what the first person of a campaign would hear, to be tried at its trunk before anybody is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import StateConflict
from campaign_app.domain.script import Segment
from campaign_app.models import Campaign, Contact

STARTING = frozenset({"start", "resume"})
"""The actions after which people are called."""


def list_first_sounds(session: Session, campaign: Campaign) -> Sequence[Segment]:
    """All that a call to its first contact may play. Empty where there is nobody, or the message cannot be read: what
    else is checked before a start says so."""
    values = session.scalar(
        select(Contact.variables).where(Contact.campaign_id == campaign.id).order_by(Contact.id).limit(1)
    )
    if values is None:
        return ()
    try:
        return campaign.message.build_call_script(values).all_segments()
    except ValueError:
        return ()


def check_playable(errors: Mapping[Segment, str]) -> None:
    """Raises StateConflict, with the remedy, where a sound cannot be played."""
    if errors:
        raise StateConflict(
            f"its message cannot be played, so nobody is called: {next(iter(errors.values()))}"
        )
