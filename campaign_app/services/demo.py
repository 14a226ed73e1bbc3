"""Demo campaign: 500 made-up numbers on the simulator, dialing at once.

Its callees press keys as the simulator's do: of those who hear it out, 1 % ask for no more calls, and are on the
do-not-call list from then on.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import StateConflict
from campaign_app.models import Campaign, Trunk
from campaign_app.services import campaigns, contacts

NUMBERS = 500
FIRST_NAMES = ("Ada", "Noor", "Mateo", "Yuki", "Zoë", "Okon", "Lena", "Ravi", "Inés", "Tomasz")
CLINICS = ("Harbour Street", "Elm City", "North Gate")
DIALED_AT_ONCE = 20
AREA_CODES = ("212", "312", "415", "617", "702")
MESSAGE = {
    "text": "Hello {name|there}. This is a reminder of your appointment tomorrow at our clinic, {clinic|the usual one}."
    " Press 1 if you are coming, 2 if you are not, or 9 to hear from us no more.",
    "keys": [
        {"digit": "1", "action": "answer", "label": "Coming"},
        {"digit": "2", "action": "answer", "label": "Not coming"},
        {"digit": "9", "action": "opt-out", "label": "No more calls"},
    ],
    "on_machine": "leave-message",
    "machine": {
        "text": "This is a reminder of your appointment tomorrow. Please call us if you cannot come."
    },
}


def list_demo_numbers() -> list[str]:
    """Numbers of the North American range 555-0100 to 555-0199, which is kept for fiction."""
    return [f"+1{area}555{last:04}" for area in AREA_CODES for last in range(100, 200)]


def load_demo_campaign(session: Session, *, actor: str, now: datetime) -> Campaign:
    """Make the demo campaign and start it. Raises Conflict where there is no simulator."""
    trunk = session.scalar(select(Trunk).where(Trunk.provider == "simulator").order_by(Trunk.id))
    if trunk is None:
        raise StateConflict(
            "the demo dials the simulator only, and no trunk uses it: set SWITCHBOARD_PROVIDER=simulator"
        )
    data = {
        "name": "Demo: appointment reminders",
        "message": MESSAGE,
        "purpose": "informational",
        # Made-up numbers and a simulator: it goes by its own clock, day and night, and says so.
        "clock": "campaign",
        "timezone": "UTC",
        "caps": [],
        "min_gap_minutes": 0,
        "guard_seconds": 0,
        "calling_windows": [
            {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}
        ],
        "max_concurrent_calls": DIALED_AT_ONCE,
        "calls_per_second": 10,
        "retry": {"max_retries": 2, "delays_minutes": [0.5, 1], "by_outcome": {}},
        "provider": trunk.name,
        "default_region": "US",
    }
    campaign = campaigns.create_campaign(session, data, actor=actor, now=now)
    rows = [
        {"phone": phone, "variables": {"name": FIRST_NAMES[i % 10], "clinic": CLINICS[i % 3]}}
        for i, phone in enumerate(list_demo_numbers())
    ]
    contacts.add_contacts(session, campaign.id, rows, actor=actor, now=now)
    return campaigns.perform_campaign_action(session, campaign.id, "start", actor=actor, now=now)
