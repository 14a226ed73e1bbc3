"""Message preview beside the campaign's form: as a contact hears it, computed by what dialing uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.message import Message, parse_message
from campaign_app.domain.script import CallScript, OnMachine, SayText, Segment
from campaign_app.extensions import db
from campaign_app.http.routing import parse_id
from campaign_app.services import contact_variables
from campaign_app.services import message_preview as preview_service


def requested_contact_id() -> int | None:
    """The contact that a button asks for, else the one that is shown."""
    return parse_id(request.values.get("hear")) or parse_id(request.values.get("hear_as"))


def build_message_preview(message_data: Mapping[str, Any], campaign_id: int | None) -> dict[str, Any] | None:
    """What `templates/campaigns/_preview.html` shows; None while the message cannot be read."""
    try:
        message = parse_message(message_data)
    except InvalidInput:
        return None
    session = db.session()
    contact = (
        None
        if campaign_id is None
        else preview_service.find_preview_contact(session, campaign_id, requested_contact_id())
    )
    try:
        script, missing = preview_service.build_reading_script(
            message, {} if contact is None else contact.variables
        )
        parts = _describe_script(message, script)
    except ValueError as error:
        missing, parts = [], [("A person hears", f"nothing: {error}")]
    looked_at, gaps = (
        (0, [])
        if contact is None
        else preview_service.find_missing_values(session, contact.campaign_id, message)
    )
    unreadable, warnings = [], []
    if contact is not None:
        unreadable = preview_service.unreadable_values(session, contact.campaign_id, message)
        warnings = contact_variables.warn(
            message, contact_variables.list_variables(session, contact.campaign_id)
        )
    return {
        "says_english": bool(message.formats) and message.spoken_language is None,
        "formatted": [] if contact is None else message.formatted(contact.variables),
        "unreadable": unreadable,
        "unreadable_named": unreadable[: preview_service.MISSING_VALUES_SHOWN],
        "warnings": warnings,
        "contact": contact,
        "words": parts,
        "missing": missing,
        "gaps": gaps,
        "named": gaps[: preview_service.MISSING_VALUES_SHOWN],
        "looked_at": looked_at if looked_at == preview_service.CONTACTS_CHECKED else None,
    }


def read_speech_preview(form_data: Mapping[str, Any]) -> SayText:
    """The words of the message, in its voice, as the contact that is shown hears them. Raises Invalid."""
    message = parse_message({name: form_data.get(name, "") for name in ("text", "voice", "language")})
    values = preview_service.get_contact_values(db.session(), requested_contact_id())
    try:
        speech = preview_service.build_listening_script(message, values).message[0]
    except ValueError as error:
        raise InvalidInput([FieldError("message", str(error))]) from error
    assert isinstance(speech, SayText)
    return speech


def _describe_script(message: Message, script: CallScript) -> list[tuple[str, str]]:
    """(whom or when, words)"""
    parts = [("A person hears", _join_segments(script.message))]
    if script.on_machine is OnMachine.LEAVE_MESSAGE:
        parts.append(("A machine hears", _join_segments(script.machine or script.message)))
    elif script.on_machine is OnMachine.HANG_UP:
        parts.append(("A machine hears", "nothing: the call ends"))
    if message.required_variables:
        parts.append(("Each contact needs", ", ".join(message.required_variables)))
    if script.keys:
        parts.append(("Keys", ", ".join(f"{key.digit} {key.label or key.action}" for key in script.keys)))
    if script.confirm_opt_out:
        parts.append(("After “Add to do-not-call”", _join_segments(script.confirm_opt_out)))
    if script.thanks:
        parts.append(("After an answer", _join_segments(script.thanks)))
    return parts


def _join_segments(segments: tuple[Segment, ...]) -> str:
    return " ".join(each.text if isinstance(each, SayText) else "a recording" for each in segments)
