"""Campaigns with calls in them, made without an engine, for the tests of pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from campaign_app.domain.attempt import RANK, TERMINAL_RANK, AttemptStatus, new_token
from campaign_app.extensions import db
from campaign_app.models import Attempt, CallEvent, Campaign, Contact, EngineHeartbeat, OutcomeSlot, Trunk
from campaign_app.services import campaigns, contacts
from campaign_app.transaction import transaction
from tests.web.people_support import Site

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{%raw%}",
    "javascript:alert(1)//'onmouseover=alert(1) x='",
    "\u202egnirts \u05e9\u05dc\u05d5\u05dd",
    "n" * 200,
    "😀" * 20,
)
"""Texts that must come out as the text they are, wherever someone may enter one."""
DATA: dict[str, Any] = {
    "name": "Flu shots",
    "message": {"text": "Hello {name|there}"},
    "purpose": "informational",
    "clock": "campaign",
    "timezone": "Europe/Paris",
    "max_concurrent_calls": 20,
    "default_region": "US",
    "retry": {"max_retries": 2, "delays_minutes": [30], "by_outcome": {"busy": [5]}},
}
TYPED: dict[str, Any] = {
    "name": "Flu shots",
    "message": "Hello {name}",
    "caller_id": "",
    "provider": "simulator",
    "purpose": "informational",
    "clock": "both",
    "min_gap_minutes": "240",
    "guard_seconds": "60",
    "timezone": "Europe/Paris",
    "default_region": "FR",
    "windows-0-days": ["mon", "tue"],
    "windows-0-start": "09:00",
    "windows-0-end": "18:00",
    "windows-1-days": ["fri"],
    "windows-1-start": "22:00",
    "windows-1-end": "02:00",
    "windows-1-overnight": "y",
    "starts_at": "2026-12-01T09:30",
    "ends_at": "",
    "max_concurrent_calls": "20",
    "calls_per_second": "2.5",
    "priority": "7",
    "max_retries": "2",
    "delays-0": "30",
    "delays-1": "120",
    "delays-2": "",
    "outcomes-0-then": "default",
    "outcomes-1-then": "own",
    "outcomes-1-minutes": "5, 10",
    "outcomes-2-then": "never",
    "outcomes-3-then": "default",
    "outcomes-4-then": "default",
    "save": "1",
}
"""The campaign form as someone filled it in."""
NUMBERS = [f"+1212555{last:04}" for last in range(100, 200)]


def ensure_trunk(site: Site) -> None:
    """The simulator's trunk, which the first start makes."""
    with site.app.app_context(), transaction(db.session()) as session:
        if session.query(Trunk).count() == 0:
            session.add(
                Trunk(
                    name="simulator",
                    provider="simulator",
                    settings={},
                    max_concurrent_calls=200,
                    created_at=site.clock.now(),
                )
            )


def make_campaign(
    site: Site, numbers: int = 3, variables: dict[str, str] | None = None, **fields: Any
) -> int:
    ensure_trunk(site)
    with site.app.app_context(), transaction(db.session()) as session:
        campaign = campaigns.create_campaign(session, {**DATA, **fields}, actor="cli", now=site.clock.now())
        rows = [{"phone": number, "variables": variables or {}} for number in NUMBERS[:numbers]]
        if rows:
            contacts.add_contacts(session, campaign.id, rows, actor="cli", now=site.clock.now())
        return campaign.id


def add_contacts(
    site: Site, campaign_id: int, variables: list[dict[str, str]], *, lines: bool = False
) -> None:
    """A contact with each of these values; `lines`: as if from a file, below its header."""
    with site.app.app_context(), transaction(db.session()) as session:
        rows = [
            {"phone": number, "variables": values} for number, values in zip(NUMBERS, variables, strict=False)
        ]
        contacts.add_contacts(session, campaign_id, rows, actor="cli", now=site.clock.now())
        if lines:
            of_campaign = session.query(Contact).filter_by(campaign_id=campaign_id)
            for line, contact in enumerate(of_campaign.order_by(Contact.id), start=2):
                contact.line = line


def an_engine_runs(site: Site) -> None:
    moment = site.clock.now()
    with site.app.app_context(), transaction(db.session()) as session:
        session.merge(
            EngineHeartbeat(name="e", host="h", pid=1, started_at=moment, last_tick_at=moment, tick_ms=1)
        )


def act(site: Site, campaign_id: int, action: str, **how: Any) -> None:
    with site.app.app_context(), transaction(db.session()) as session:
        campaigns.perform_campaign_action(
            session, campaign_id, action, actor="cli", now=site.clock.now(), **how
        )


def add_call(site: Site, campaign_id: int, status: AttemptStatus, contact: int = 0, **fields: Any) -> int:
    """An attempt on the campaign's n-th contact, with the counters and the slot as the engine would leave them."""
    now = site.clock.now()
    with site.app.app_context(), transaction(db.session()) as session:
        found = session.query(Contact).filter_by(campaign_id=campaign_id).order_by(Contact.id).all()[contact]
        campaign = session.get_one(Campaign, campaign_id)
        ended = RANK[status] == TERMINAL_RANK
        found.attempts_made += 1
        attempt = Attempt(
            campaign_id=campaign_id,
            contact_id=found.id,
            trunk_id=campaign.trunk_id,
            number=found.attempts_made,
            try_number=found.attempts_made,
            counts=True,
            token=new_token(now),
            phone=found.phone,
            status=status,
            rank=RANK[status],
            engine="e1",
            claimed_at=now - timedelta(seconds=9),
            dialing_at=now - timedelta(seconds=8),
            placed_at=now - timedelta(seconds=8),
            ended_at=now if ended else None,
            **fields,
        )
        session.add(attempt)
        session.flush()
        session.add(
            CallEvent(token=attempt.token, at=now, received_at=now, source="event", status=status, raw=None)
        )
        if ended:
            column = status.value.replace("-", "_")
            counters = campaign.counters
            setattr(counters, f"attempts_{column}", getattr(counters, f"attempts_{column}") + 1)
            if column != "released":
                slot = session.get(OutcomeSlot, (campaign_id, now)) or OutcomeSlot(
                    campaign_id=campaign_id, slot_at=now, peak_open=1
                )
                setattr(slot, column, (getattr(slot, column) or 0) + 1)
                session.add(slot)
        return attempt.id


def contact_ids(site: Site, campaign_id: int) -> list[int]:
    with site.app.app_context():
        rows = db.session.query(Contact.id).filter_by(campaign_id=campaign_id).order_by(Contact.id)
        return [row[0] for row in rows]
