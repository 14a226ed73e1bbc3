"""Wait reasons for the API: `blocking_reasons`, a code for programs and a short text for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.http.numbers import hide_from_viewers
from campaign_app.services.wait_reasons import MOST_PARTS, Params, ReasonCode, ReasonPart, WaitReason

TEXTS: dict[str, tuple[str, str]] = {
    ReasonCode.NO_CONTACTS: ("No contacts", "the campaign has no contacts"),
    ReasonCode.ENGINE_AWAY: ("No engine is running", "no engine has ticked lately"),
    ReasonCode.NOT_STARTED: ("Not started", "the campaign is a draft"),
    ReasonCode.PAUSED: ("Paused", "by {by}"),
    ReasonCode.STOPPED: ("Stopped", "{note}"),
    ReasonCode.NOT_RUNNING: ("Not running", "the campaign is not running"),
    ReasonCode.OUTSIDE_HOURS: ("Outside calling hours", "no calling window is open"),
    ReasonCode.THEIR_HOURS: ("Outside their hours", "{hours} in {zones}"),
    ReasonCode.HOLIDAY: ("Public holiday", "{hours}, in {zones}"),
    ReasonCode.NEVER_OPEN: (
        "Hours never overlap",
        "{whose} leave no time to begin a call within two weeks",
    ),
    ReasonCode.AFTER_END: (
        "After the campaign’s end",
        "{whose} leave no time to begin a call before the campaign ends",
    ),
    ReasonCode.BLACKOUT: ("Closed by a blackout", "{place}: {reason}"),
    ReasonCode.OUTSIDE_SILENT: ("The outside check does not answer", "nobody it applies to is called"),
    ReasonCode.OUTSIDE_REFUSED: (
        "Refused by the outside check",
        "they are asked about again when its answer expires",
    ),
    ReasonCode.ZONE_UNKNOWN: ("Time zone unknown", "give a time zone, state or postal code"),
    ReasonCode.LIST_STALE: ("A list is too old", "{list}"),
    ReasonCode.NO_CONSENT: ("No consent on record", "{hours} is needed ({source})"),
    ReasonCode.REQUIREMENT: ("The message lacks something", "{hours} ({source})"),
    ReasonCode.PROHIBITED: ("Not allowed there", "{hours} ({source})"),
    ReasonCode.STARTS_LATER: ("Starts later", "its start time is still to come"),
    ReasonCode.ENDED: ("Ended", "its end has passed"),
    ReasonCode.BACKOFF: ("Calls are failing", "{error}"),
    ReasonCode.QUARANTINED: ("Calling is on hold", "the database may not know every call that was made"),
    ReasonCode.FORGET_KEY_MISSING: (
        "The key of forgotten numbers is missing",
        "nobody is called without it: set SWITCHBOARD_FORGET_KEY",
    ),
    ReasonCode.TRUNK_PAUSED: ("Trunk paused", "{trunk}, by {by}"),
    ReasonCode.TRUNK_NOT_READY: ("The trunk cannot dial", "{trunk}: {error}"),
    ReasonCode.CIRCUIT_OPEN: ("Calls are failing", "{trunk}: {error}"),
    ReasonCode.BROKER_AWAY: ("Broker unreachable", "{error}"),
    ReasonCode.NO_WORKER: ("No worker", "no worker is taking calls"),
    ReasonCode.LINES_FULL: ("Lines full", "{in_use} of {limit} lines of the campaign are in use"),
    ReasonCode.TRUNK_FULL: ("Trunk full", "{in_use} of {limit} lines of {trunk} are in use"),
    ReasonCode.PACE: ("Limited by its pace", "{per_second:g} new calls per second"),
    ReasonCode.TRUNK_PACE: ("Limited by the trunk's pace", "{trunk}: {per_second:g} new calls per second"),
    ReasonCode.TROUBLE: ("Error", "{error}"),
    ReasonCode.NEXT: ("Next in line", "to be called at the engine's next tick"),
    ReasonCode.RETRY_WAIT: ("Waiting for a retry", "a retry is planned"),
    ReasonCode.CAPPED: ("Called often enough lately", "by the campaign's caps"),
    ReasonCode.SOFT_START: ("Waiting to be told to continue", "after a soft start of {people}: POST proceed"),
    ReasonCode.NUMBER_BUSY: (
        "Another call took the number first",
        "of another campaign, or a single call; their next turn is in a few seconds",
    ),
    ReasonCode.TRUNK_REFUSES: (
        "The trunk isn’t allowed to call them",
        "their countries or types of number are not allowed on it",
    ),
    ReasonCode.LINES_IN_DOUBT: (
        "Lines held by calls in doubt",
        "{lines} lines are held by calls of which nobody knows whether they are up",
    ),
    ReasonCode.OVERDUE: ("Calls that should have ended", "{lines} lines are held: GET /unresolved"),
    ReasonCode.HELD_BACK: (
        "May have been called before the restore",
        "the database was restored, and no provider can say whether these numbers had been called since the backup",
    ),
    ReasonCode.GAP: ("Called by another campaign lately", "min_gap_minutes have not passed"),
}
"""Title and detail of each; a name in braces is one of the reason's parameters."""
FREE_PARAMS = frozenset({"note", "reason", "error", "trunk", "list", "other"})
"""Parameters that a person, a provider or another server wrote as they liked."""


def reasons_to_api(reasons: Sequence[WaitReason]) -> list[dict[str, Any]]:
    return [_reason_to_api(reason) for reason in reasons]


def _fill_in(detail: str, params: Params) -> str:
    written = {name: hide_from_viewers(params[name], written=True) for name in FREE_PARAMS & params.keys()}
    text = detail.format_map({**params, **written})
    if params.get("source") and "{source}" not in detail:
        text += f" ({params['source']})"
    return text


def _describe_parts(detail: str, parts: Sequence[ReasonPart]) -> str:
    """`31 of them: Mon–Sun 08:00–21:00 in Europe/Paris; 4 of them: …`: the largest in full, the others counted."""
    texts: dict[str, int] = {}
    for part in parts:
        text = _fill_in(detail, part.params)
        texts[text] = texts.get(text, 0) + part.contacts
    if len(texts) == 1:
        return next(iter(texts))
    sentences = [f"{contacts} of them: {text}" for text, contacts in list(texts.items())[:MOST_PARTS]]
    rest = sum(list(texts.values())[MOST_PARTS:])
    return "; ".join([*sentences, *([f"{rest} of them for other reasons of this kind"] if rest else [])])


def _reason_to_api(reason: WaitReason) -> dict[str, Any]:
    title, detail = TEXTS[reason.code]
    text = _fill_in(detail, reason.params) if not reason.parts else _describe_parts(detail, reason.parts)
    if reason.code == ReasonCode.NEXT and "free" in reason.params:
        text = f"{reason.params['free']} at the engine's next tick, the others as lines come free"
    note = reason.params.get("note")
    if note and reason.code != ReasonCode.STOPPED:
        text += f": {hide_from_viewers(note, written=True)}"
    return {
        "code": reason.code,
        "title": title,
        "detail": text,
        # One that holds as well counts nobody again, and yet says how many people it is about.
        "contacts": reason.contacts or sum(part.contacts for part in reason.parts),
        "until": to_rfc3339(reason.until),
    }
