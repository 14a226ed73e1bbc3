"""The tables. Importing this package registers every one of them on `Base.metadata`."""

from __future__ import annotations

from .base import Base, UtcDateTime, dumps, sqlite_stamp
from .campaigns import (
    ATTEMPT_COUNTERS,
    CONTACT_COUNTERS,
    Campaign,
    CampaignCounters,
    CampaignFacet,
    OutcomeSlot,
    Trunk,
)
from .contacts import Attempt, CallEvent, Contact, DoNotCall, DoNotCallRemoval
from .engines import EngineBeat, Fact, Lease, Tally
from .imports import Import, ImportChoice, RejectedRow
from .people import ApiToken, AuditEntry, Idempotency, Role, User, UserSession
from .recordings import Recording

__all__ = [
    "ATTEMPT_COUNTERS",
    "CONTACT_COUNTERS",
    "ApiToken",
    "Attempt",
    "AuditEntry",
    "Base",
    "CallEvent",
    "Campaign",
    "CampaignCounters",
    "CampaignFacet",
    "Contact",
    "DoNotCall",
    "DoNotCallRemoval",
    "EngineBeat",
    "Fact",
    "Idempotency",
    "Import",
    "ImportChoice",
    "Lease",
    "OutcomeSlot",
    "Recording",
    "RejectedRow",
    "Role",
    "Tally",
    "Trunk",
    "User",
    "UserSession",
    "UtcDateTime",
    "dumps",
    "sqlite_stamp",
]
