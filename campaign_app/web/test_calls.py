"""Test calls from the form: the message on one's own phone before anybody else hears it, unsaved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, request

from campaign_app.domain.errors import InvalidInput, StateConflict, TooManyRequests
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.services import message_preview as preview_service
from campaign_app.services import single_calls
from campaign_app.transaction import transaction

from . import campaign_form, message_preview
from .filters import to_sentence


@dataclass(frozen=True, slots=True)
class TestCallResult:
    """What `templates/campaigns/_test_call.html` shows of a test call. `problems` holds sentences."""

    to: str = ""
    call_id: int | None = None
    problems: tuple[str, ...] = ()
    status: int = 200


def blank_result() -> TestCallResult:
    """Not asked for yet, or something else was."""
    return TestCallResult(request.form.get("test_to", "").strip())


def start_test_call(campaign_data: Mapping[str, Any], campaign_id: int | None) -> TestCallResult:
    """Ring the number that was typed, with the values of the contact that is shown beside the form; in no statistics.
    `given` is the campaign in API shape; with no campaign yet, there are no values."""
    to = blank_result().to
    contact = None
    if campaign_id is not None:
        contact = preview_service.find_preview_contact(
            db.session(), campaign_id, message_preview.requested_contact_id()
        )
    values = {} if contact is None else contact.variables
    try:
        with transaction(db.session()) as session:
            call = single_calls.place_test_call_for_message(
                session,
                campaign_data,
                to,
                campaign_id=campaign_id,
                variables=values,
                actor=g.actor,
                now=now(),
            )
            call_id = call.id
    except InvalidInput as error:
        return TestCallResult(to, problems=tuple(_error_sentences(error)), status=error.status)
    except (StateConflict, TooManyRequests) as error:
        return TestCallResult(to, problems=(to_sentence(str(error)),), status=StateConflict.status)
    wake_engine()
    return TestCallResult(to, call_id)


def _error_sentences(error: InvalidInput) -> list[str]:
    """Each error with what its field is called on the page."""
    sentences = []
    for each in error.errors:
        name = each.field.removeprefix("variables.")
        if name != each.field:
            sentences.append(f"No value here for {name}: the call would fail before it rings.")
            continue
        [problem] = campaign_form.find_problems([each])
        label = "Your own number" if each.field == "to" else problem.label
        sentences.append(f"{label}: {problem.message}")
    return sentences
