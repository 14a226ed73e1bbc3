"""Second person queries: how many people of a campaign one person alone lets be called, and for whom two agreed."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, ScalarSelect, func, select
from sqlalchemy.orm import Session

from campaign_app.models import Contact, StartApproval, StartRequest


class Unapproved(NamedTuple):
    """`people` were added since two agreed; `last_contact` is the highest id among the campaign's contacts."""

    people: int
    last_contact: int


def lock_start_request(session: Session, campaign_id: int) -> StartRequest | None:
    """Who asked for a second person to start the campaign; locked, so that one request starts it once."""
    return session.get(StartRequest, campaign_id, with_for_update=True)


def count_unapproved(connection: Connection, campaign_id: int, *, all_of_them: bool) -> Unapproved:
    """Those who were called already are counted, too. With `all_of_them` nobody counts as agreed to."""
    them = select(func.count(Contact.id), func.max(Contact.id)).where(Contact.campaign_id == campaign_id)
    if not all_of_them:
        them = them.where(Contact.id > _last_approved(campaign_id))
    row = connection.execute(them).one()
    return Unapproved(row[0], row[1] or 0)


def exceeds_one_person(connection: Connection, campaign_id: int, above: int) -> bool:
    """Whether more than `above` people were added since two agreed. Counts no further than that."""
    some = (
        select(Contact.id)
        .where(Contact.campaign_id == campaign_id, Contact.id > _last_approved(campaign_id))
        .limit(above + 1)
        .subquery()
    )
    return (connection.scalar(select(func.count()).select_from(some)) or 0) > above


def _last_approved(campaign_id: int) -> ScalarSelect[int]:
    approved = select(func.coalesce(func.max(StartApproval.last_contact), 0))
    return approved.where(StartApproval.campaign_id == campaign_id).scalar_subquery()
