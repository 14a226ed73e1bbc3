"""Row locks of what people change: the row as it is now, held until the transaction ends; None where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.models import (
    Attempt,
    BlackoutRow,
    Campaign,
    ConfirmedNumber,
    Contact,
    Import,
    ListVersion,
    NumberList,
    OutsideCheckRow,
    Recording,
    Trunk,
)


def lock_campaign(session: Session, campaign_id: int) -> Campaign | None:
    """Against other changes; rows that refer to it may still be added."""
    return session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign_id, Campaign.deleted_at.is_(None))
        .with_for_update(of=Campaign, key_share=True)
        .execution_options(populate_existing=True)
    )


def lock_deleted_campaign(session: Session, campaign_id: int) -> Campaign | None:
    """A draft that was deleted and is still there."""
    return session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign_id, Campaign.deleted_at.is_not(None))
        .with_for_update(of=Campaign, key_share=True)
        .execution_options(populate_existing=True)
    )


def lock_trunk(session: Session, trunk_id: int) -> Trunk | None:
    return session.scalar(
        select(Trunk)
        .where(Trunk.id == trunk_id)
        .with_for_update(of=Trunk)
        .execution_options(populate_existing=True)
    )


def lock_trunk_lines(session: Session, trunk_id: int) -> Trunk:
    """Whoever takes a line of the trunk waits; rows that refer to it may still be added."""
    return session.scalars(select(Trunk).where(Trunk.id == trunk_id).with_for_update(key_share=True)).one()


def lock_trunks_with_secrets(session: Session) -> Sequence[Trunk]:
    return session.scalars(select(Trunk).where(Trunk.secret.is_not(None)).with_for_update(of=Trunk)).all()


def lock_contact(session: Session, contact_id: int) -> Contact | None:
    return session.get(Contact, contact_id, with_for_update=True, populate_existing=True)


def lock_attempt(session: Session, attempt_id: int) -> Attempt | None:
    return session.scalar(
        select(Attempt)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )


def lock_blackout(session: Session, blackout_id: int) -> BlackoutRow | None:
    return session.scalar(
        select(BlackoutRow)
        .where(BlackoutRow.id == blackout_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_outside_check(session: Session) -> OutsideCheckRow | None:
    return session.scalar(
        select(OutsideCheckRow)
        .where(OutsideCheckRow.id == 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_recording(session: Session, recording_id: int) -> Recording | None:
    return session.get(Recording, recording_id, with_for_update=True)


def lock_import(session: Session, import_id: int) -> Import | None:
    return session.scalar(
        select(Import)
        .where(Import.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_confirmed_number(session: Session, phone: str) -> ConfirmedNumber | None:
    """A number that waits for its code: each guess counts."""
    return session.scalar(
        select(ConfirmedNumber)
        .where(ConfirmedNumber.phone == phone)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_list(session: Session, list_id: int) -> NumberList | None:
    return session.scalar(
        select(NumberList)
        .where(NumberList.id == list_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_list_version(session: Session, version_id: int) -> ListVersion | None:
    return session.get(ListVersion, version_id, with_for_update=True, populate_existing=True)


RULE_PACKS_LOCK = 7_466_255


def lock_rule_packs(session: Session) -> None:
    """Against other changes of what rules are in use; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(RULE_PACKS_LOCK)))


def hold_rule_packs(session: Session) -> None:
    """The rules in use stay as they are until this transaction ends. Take it before any campaign: whoever changes the
    rules gives campaigns their new ones afterwards, and one that was not there yet would be missed."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock_shared(RULE_PACKS_LOCK)))
