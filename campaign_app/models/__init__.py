"""Tables. Importing this package registers every one of them on `Base.metadata`."""

from __future__ import annotations

from .attempts import Attempt
from .audit import AuditEntry, AuditSeal
from .base import Base, UtcDateTime, dump_json, sqlite_stamp
from .blackouts import BlackoutRow
from .call_events import CallEvent
from .campaigns import Campaign
from .confirmed_numbers import ConfirmedNumber
from .contacts import Contact
from .counters import (
    ATTEMPT_COUNTERS,
    CONTACT_COUNTERS,
    CampaignCounters,
    CounterRow,
    OutcomeSlot,
    ResponseCount,
)
from .dial_profiles import DialProfileRow
from .do_not_call import DoNotCall, DoNotCallRemoval
from .engines import EngineHeartbeat, Lease
from .erasures import Erasure, ForgottenNumber
from .exports import ExportFile
from .idempotency import IdempotencyRecord
from .imports import Import, ImportChoice, RejectedRow
from .lists import ListNumber, ListVersion, NumberList
from .outside_check import OutsideAnswerRow, OutsideCheckRow
from .packs import PackEditionRow, PackRow
from .people import AccountLink, ApiToken, Passkey, RecoveryCode, Role, User, UserSession
from .recordings import Recording
from .rulebooks import RulebookRow
from .settings import SettingsRow
from .shift_notes import ShiftNote
from .start_requests import StartApproval, StartRequest
from .trunks import Trunk, TrunkDay

__all__ = [
    "ATTEMPT_COUNTERS",
    "CONTACT_COUNTERS",
    "AccountLink",
    "ApiToken",
    "Attempt",
    "AuditEntry",
    "AuditSeal",
    "Base",
    "BlackoutRow",
    "CallEvent",
    "Campaign",
    "CampaignCounters",
    "ConfirmedNumber",
    "Contact",
    "CounterRow",
    "DialProfileRow",
    "DoNotCall",
    "DoNotCallRemoval",
    "EngineHeartbeat",
    "Erasure",
    "ExportFile",
    "ForgottenNumber",
    "IdempotencyRecord",
    "Import",
    "ImportChoice",
    "Lease",
    "ListNumber",
    "ListVersion",
    "NumberList",
    "OutcomeSlot",
    "OutsideAnswerRow",
    "OutsideCheckRow",
    "PackEditionRow",
    "PackRow",
    "Passkey",
    "Recording",
    "RecoveryCode",
    "RejectedRow",
    "ResponseCount",
    "Role",
    "RulebookRow",
    "SettingsRow",
    "ShiftNote",
    "StartApproval",
    "StartRequest",
    "Trunk",
    "TrunkDay",
    "User",
    "UserSession",
    "UtcDateTime",
    "dump_json",
    "sqlite_stamp",
]
