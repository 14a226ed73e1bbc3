"""Rulebook service: a campaign's rules are kept as rows that never change, a new one for each change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.rulebook import Rulebook, hash_rulebook, rulebook_to_json
from campaign_app.models import Campaign, RulebookRow
from campaign_app.queries.contacts import requeue_put_off_by_rules
from campaign_app.services.pack_editions import keep_shipped_texts


def keep_rulebook(
    session: Session, rulebook: Rulebook, *, campaign_id: int | None, actor: str, now: datetime
) -> int:
    """The id of the row that holds this rulebook: the newest of the campaign where that is equal, else a new one. For
    single calls (None) any equal one."""
    sha256 = hash_rulebook(rulebook)
    query = select(RulebookRow).where(RulebookRow.campaign_id == campaign_id)
    if campaign_id is None:
        query = query.where(RulebookRow.sha256 == sha256)
    newest = session.scalar(query.order_by(RulebookRow.id.desc()).limit(1))
    if newest is not None and newest.sha256 == sha256:
        return newest.id
    keep_shipped_texts(session, rulebook.packs, now)
    row = RulebookRow(
        campaign_id=campaign_id,
        body=rulebook_to_json(rulebook),
        sha256=sha256,
        made_at=now,
        made_by=actor,
    )
    session.add(row)
    session.flush()
    return row.id


def renew_rulebook(
    session: Session, campaign: Campaign, rulebook: Rulebook, *, actor: str, now: datetime
) -> None:
    """Let a campaign go by this rulebook from now on. Where that is a change, whoever the former one put off is due
    again, for the permit to judge anew."""
    former = campaign.rulebook_id
    campaign.rulebook_id = keep_rulebook(session, rulebook, campaign_id=campaign.id, actor=actor, now=now)
    if former not in (None, campaign.rulebook_id):
        requeue_put_off_by_rules(session, campaign.id, now)
