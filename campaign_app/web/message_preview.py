"""The message in words beside the campaign's form: as a contact hears it, computed by what dialling uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from campaign_app.domain.errors import FieldError, Invalid
from campaign_app.domain.message import Message, parse_message
from campaign_app.domain.script import OnMachine, Say, Script, Segment
from campaign_app.extensions import db
from campaign_app.services import contact_variables, rehearsal

from .common import row_id


def asked_for() -> int | None:
    """The contact that a button asks for, else the one that is shown."""
    return row_id(request.values.get("hear")) or row_id(request.values.get("hear_as"))


def heard(given: Mapping[str, Any], campaign_id: int | None) -> dict[str, Any] | None:
    """What `templates/campaigns/_heard_by.html` shows; None while the message cannot be read."""
    try:
        message = parse_message(given)
    except Invalid:
        return None
    session = db.session()
    contact = None if campaign_id is None else rehearsal.hearer(session, campaign_id, asked_for())
    try:
        script, missing = rehearsal.in_words(message, {} if contact is None else contact.variables)
        words = _parts(message, script)
    except ValueError as error:
        missing, words = [], [("A person hears", f"nothing: {error}")]
    looked_at, gaps = (0, []) if contact is None else rehearsal.gaps(session, contact.campaign_id, message)
    unreadable, warnings = [], []
    if contact is not None:
        unreadable = rehearsal.unreadable_values(session, contact.campaign_id, message)
        warnings = contact_variables.warn(
            message, contact_variables.list_variables(session, contact.campaign_id)
        )
    return {
        "formatted": [] if contact is None else message.formatted(contact.variables),
        "unreadable": unreadable,
        "unreadable_named": unreadable[: rehearsal.GAPS_NAMED],
        "warnings": warnings,
        "contact": contact,
        "words": words,
        "missing": missing,
        "gaps": gaps,
        "named": gaps[: rehearsal.GAPS_NAMED],
        "looked_at": looked_at if looked_at == rehearsal.LOOKED_AT else None,
    }


def to_listen_to(given: Mapping[str, Any]) -> Say:
    """The words of the message, in its voice, as the contact that is shown hears them. Raises Invalid."""
    message = parse_message({name: given.get(name, "") for name in ("text", "voice", "language")})
    values = rehearsal.values_of(db.session(), asked_for())
    try:
        said = rehearsal.aloud(message, values).message[0]
    except ValueError as error:
        raise Invalid([FieldError("message", str(error))]) from error
    assert isinstance(said, Say)
    return said


def _parts(message: Message, script: Script) -> list[tuple[str, str]]:
    """(whom or when, words)"""
    words = [("A person hears", _words(script.message))]
    if script.on_machine is OnMachine.LEAVE_MESSAGE:
        words.append(("A machine gets", _words(script.machine or script.message)))
    elif script.on_machine is OnMachine.HANG_UP:
        words.append(("A machine gets", "nothing: the call ends"))
    if message.variables:
        words.append(("Every contact needs", ", ".join(message.variables)))
    if script.keys:
        words.append(("Keys", ", ".join(f"{key.digit} {key.label or key.action}" for key in script.keys)))
    if script.confirm_opt_out:
        words.append(("After “never call again”", _words(script.confirm_opt_out)))
    if script.thanks:
        words.append(("After an answer", _words(script.thanks)))
    return words


def _words(segments: tuple[Segment, ...]) -> str:
    return " ".join(each.text if isinstance(each, Say) else "a recording" for each in segments)
