"""Second person of a start or resume, for pages and API alike."""

from __future__ import annotations

from flask import g

from campaign_app.domain.errors import StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.models import User
from campaign_app.services.second_person import check_may_be_added, find_second_person_refusal
from campaign_app.transaction import transaction


def require_second_person(campaign_id: int) -> None:
    """Raises StateConflict where somebody else has to start or resume the campaign, too; that it was asked for is kept.
    Raises NotFound."""
    above = current_settings().second_person_above
    if not above:
        return
    person = g.actor
    if g.token is not None and g.token.maker_id is not None:
        maker = db.session().get(User, g.token.maker_id)
        person = f"user:{maker.email}" if maker is not None else g.actor
    with transaction(db.session()) as session:
        refusal = find_second_person_refusal(
            session, campaign_id, above=above, person=person, actor=g.actor, now=now()
        )
    if refusal is not None:
        raise StateConflict(refusal)


def check_added_contacts(campaign_id: int) -> None:
    """Within the transaction that added contacts. Raises StateConflict where a running campaign would call more people
    than one person may let it."""
    check_may_be_added(db.session(), campaign_id, current_settings().second_person_above)
