"""A campaign's life: made, changed, started, paused, stopped, archived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.calling_window import parse_windows, windows_to_api
from campaign_app.domain.campaign import (
    EDITABLE,
    CampaignSpec,
    CampaignStatus,
    check_action,
    check_campaign,
    rfc3339,
    spec_to_api,
)
from campaign_app.domain.errors import Conflict, NotFound
from campaign_app.domain.retry import parse_retry, retry_to_api
from campaign_app.models import Attempt, Campaign, CampaignCounters, Contact, Trunk
from campaign_app.queries import contacts as contact_rows
from campaign_app.services import audit

CANCELED_AT_ONCE = 10_000
"""Contacts that a stop cancels itself; the engine cancels the rest piece by piece."""


def trunk_names(session: Session) -> list[str]:
    """The trunks' names, the default one first: what a campaign may name as its provider."""
    return list(session.scalars(select(Trunk.name).order_by(Trunk.id)))


def spec_of(campaign: Campaign) -> CampaignSpec:
    """The campaign's decisions as the domain has them."""
    return CampaignSpec(
        name=campaign.name,
        text=campaign.text,
        timezone=campaign.timezone,
        windows=parse_windows(campaign.calling_windows),
        max_concurrent_calls=campaign.max_concurrent_calls,
        calls_per_second=campaign.calls_per_second,
        retry=parse_retry(campaign.retry),
        caller_id=campaign.caller_id,
        provider=campaign.trunk.name,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        default_region=campaign.default_region,
        priority=campaign.priority,
    )


def to_api(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "status": campaign.status,
        "created_at": rfc3339(campaign.created_at),
        **spec_to_api(spec_of(campaign)),
    }


def get(session: Session, campaign_id: int) -> Campaign:
    """Raises NotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return campaign


def _locked(session: Session, campaign_id: int) -> Campaign:
    """The campaign as it is now, held until the transaction ends."""
    campaign = session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .with_for_update(of=Campaign)
        .execution_options(populate_existing=True)
    )
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return campaign


def _set(session: Session, campaign: Campaign, spec: CampaignSpec) -> None:
    trunk = session.scalars(select(Trunk).where(Trunk.name == spec.provider)).one()
    campaign.name = spec.name
    campaign.text = spec.text
    campaign.timezone = spec.timezone
    campaign.calling_windows = windows_to_api(spec.windows)
    campaign.max_concurrent_calls = spec.max_concurrent_calls
    campaign.calls_per_second = spec.calls_per_second
    campaign.retry = retry_to_api(spec.retry)
    campaign.caller_id = spec.caller_id
    campaign.trunk_id = trunk.id
    campaign.trunk = trunk
    campaign.starts_at = spec.starts_at
    campaign.ends_at = spec.ends_at
    campaign.default_region = spec.default_region
    campaign.priority = spec.priority


def create(session: Session, data: Mapping[str, object], *, actor: str, now: datetime) -> Campaign:
    """A new draft from fields in API shape. Raises Invalid."""
    spec = check_campaign(data, providers=trunk_names(session))
    campaign = Campaign(
        status=CampaignStatus.DRAFT,
        created_at=now,
        created_by=actor,
        status_at=now,
        status_by=actor,
        failures=0,
    )
    _set(session, campaign, spec)
    session.add(campaign)
    session.flush()
    session.add(CampaignCounters(campaign_id=campaign.id))
    session.flush()
    session.refresh(campaign)
    _audit(session, campaign, "create", actor, now, **spec_to_api(spec))
    return campaign


def update(
    session: Session, campaign_id: int, data: Mapping[str, object], *, actor: str, now: datetime
) -> Campaign:
    """Change some fields of a draft or paused campaign. Raises Invalid, NotFound, Conflict."""
    campaign = _locked(session, campaign_id)
    if CampaignStatus(campaign.status) not in EDITABLE:
        remedy = (
            "pause it first" if campaign.status == CampaignStatus.RUNNING else "clone it to change the copy"
        )
        raise Conflict(f"a campaign that is {campaign.status} cannot be changed: {remedy}")
    before = spec_to_api(spec_of(campaign))
    spec = check_campaign({**before, **data}, providers=trunk_names(session))
    if spec.provider != campaign.trunk.name and _open_attempt(session, campaign_id):
        raise Conflict(
            "its calls on the present trunk are still open: wait until they have ended, then change the trunk"
        )
    _set(session, campaign, spec)
    after = spec_to_api(spec)
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if changed:
        campaign.failures, campaign.backoff_until, campaign.trouble, campaign.trouble_at = 0, None, None, None
        _audit(session, campaign, "update", actor, now, changed=changed)
    session.flush()
    return campaign


def _open_attempt(session: Session, campaign_id: int) -> int | None:
    return session.scalar(
        select(Attempt.id).where(Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None)).limit(1)
    )


def clone(session: Session, campaign_id: int, *, actor: str, now: datetime) -> Campaign:
    """A new draft with the same decisions and no contacts. A start or end that has passed is left out."""
    source = get(session, campaign_id)
    data = spec_to_api(spec_of(source))
    data["name"] = f"{source.name[:190]} (copy)"
    for field, at in (("starts_at", source.starts_at), ("ends_at", source.ends_at)):
        if at is not None and at <= now:
            data[field] = None
    return create(session, data, actor=actor, now=now)


def delete(session: Session, campaign_id: int, *, actor: str, now: datetime) -> None:
    """Delete a draft with its contacts. Anything that has dialled is kept: archive it instead (Conflict)."""
    campaign = _locked(session, campaign_id)
    if campaign.status != CampaignStatus.DRAFT:
        raise Conflict(
            f"a campaign that is {campaign.status} is kept with its calls: stop and archive it instead"
        )
    _audit(session, campaign, "delete", actor, now, name=campaign.name)
    session.delete(campaign)
    session.flush()


def act(
    session: Session,
    campaign_id: int,
    action: str,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
    hang_up: bool = False,
) -> Campaign:
    """Start, pause, resume, stop, archive or reopen (domain.campaign.ACTIONS).

    `hang_up`, with pause and stop, asks the provider to end the open calls; else they run to their end. Raises
    IllegalTransition, which names both states, and Conflict where the transition would be legal but pointless.
    """
    campaign = _locked(session, campaign_id)
    before = CampaignStatus(campaign.status)
    wanted = check_action(action, before)
    if wanted is CampaignStatus.RUNNING:
        _check_can_run(session, campaign, now)
        campaign.started_at = campaign.started_at or now
        campaign.failures, campaign.backoff_until, campaign.trouble, campaign.trouble_at = 0, None, None, None
    campaign.status = wanted
    campaign.status_at = now
    campaign.status_by = actor
    campaign.status_reason = reason or None
    session.flush()
    detail: dict[str, Any] = {"before": before, "after": wanted, "reason": reason}
    if wanted is CampaignStatus.STOPPED:
        detail["canceled"] = contact_rows.cancel_waiting(session.connection(), campaign_id, CANCELED_AT_ONCE)
    if hang_up and action in ("pause", "stop"):
        detail["hung_up"] = _ask_hangups(session, campaign_id, now)
    _audit(session, campaign, action, actor, now, **detail)
    session.refresh(campaign)
    return campaign


def _check_can_run(session: Session, campaign: Campaign, now: datetime) -> None:
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise Conflict(
            f"its end, {rfc3339(campaign.ends_at)}, has passed: change ends_at or take it out, then start"
        )
    if session.scalar(select(Contact.id).where(Contact.campaign_id == campaign.id).limit(1)) is None:
        raise Conflict("it has no contacts: upload a CSV file or add numbers first, then start")


def _ask_hangups(session: Session, campaign_id: int, now: datetime) -> int:
    done = session.execute(
        sa.update(Attempt)
        .where(
            Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None), Attempt.hangup_asked_at.is_(None)
        )
        .values(hangup_asked_at=now)
        .returning(Attempt.id)
    )
    return len(done.all())


def _audit(session: Session, campaign: Campaign, verb: str, actor: str, now: datetime, **detail: Any) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"campaign.{verb}",
        object_type="campaign",
        object_id=str(campaign.id),
        now=now,
        **detail,
    )
