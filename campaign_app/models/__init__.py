"""Tables. Importing this package registers every one of them on `Base.metadata`."""

from __future__ import annotations

from .base import Base, UtcDateTime, dump_json, sqlite_stamp
from .campaigns import (
    ATTEMPT_COUNTERS,
    CONTACT_COUNTERS,
    Campaign,
    CampaignCounters,
    OutcomeSlot,
    ResponseCount,
    Trunk,
)
from .contacts import Attempt, CallEvent, Contact, DoNotCall, DoNotCallRemoval
from .engines import CounterRow, EngineHeartbeat, Lease, SettingsRow
from .imports import Import, ImportChoice, RejectedRow
from .people import ApiToken, AuditEntry, IdempotencyRecord, Role, User, UserSession
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
    "Contact",
    "CounterRow",
    "DoNotCall",
    "DoNotCallRemoval",
    "EngineHeartbeat",
    "IdempotencyRecord",
    "Import",
    "ImportChoice",
    "Lease",
    "OutcomeSlot",
    "Recording",
    "RejectedRow",
    "ResponseCount",
    "Role",
    "SettingsRow",
    "Trunk",
    "User",
    "UserSession",
    "UtcDateTime",
    "dump_json",
    "sqlite_stamp",
]
