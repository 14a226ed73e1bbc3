"""Contacts: add a list of them, read them with their attempts, change, remove and call them again."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, g

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.numbers import read_number_search
from campaign_app.http.second_person import check_added_contacts
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import campaigns, contact_changes
from campaign_app.services import contacts as contact_service
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import body_as, json_body, query_as
from .schemas.contacts import (
    AddedContacts,
    Contact,
    ContactChange,
    ContactIds,
    ContactPage,
    ContactQuery,
    ContactsBody,
    ContactsChanged,
    ContactsNeverCalled,
)

TAG = "contacts"
LIST_LIMIT = 32 * 1024 * 1024
"""Bytes: 10,000 contacts with 3 kB of variables each."""


@api_operation(
    "POST",
    "/campaigns/<id:campaign_id>/contacts",
    Role.OPERATOR,
    tag=TAG,
    body=ContactsBody,
    response_models={200: AddedContacts},
    errors=(404, 409),
    name="add_contacts",
)
def add_contacts(campaign_id: int) -> Response:
    """Add up to 10,000 contacts. A wrong row is told with its place and reason; the others are added."""
    body = json_body(LIST_LIMIT)
    rows = body.get("contacts") if isinstance(body, dict) and set(body) == {"contacts"} else body
    if not isinstance(rows, list):
        raise InvalidInput([FieldError("contacts", 'send a list of contacts, or {"contacts": [...]}')])
    with transaction(db.session()):
        result = contact_service.add_contacts(db.session(), campaign_id, rows, actor=g.actor, now=now())
        check_added_contacts(campaign_id)
    if result.accepted:
        wake_engine()
    return respond_json(asdict(result))


@api_operation(
    "GET",
    "/campaigns/<id:campaign_id>/contacts",
    Role.VIEWER,
    tag=TAG,
    query=ContactQuery,
    response_models={200: ContactPage},
    errors=(404,),
    name="list_contacts",
)
def list_contacts(campaign_id: int) -> Response:
    """A campaign's contacts with their attempts."""
    query = query_as(ContactQuery)
    campaigns.get_campaign(db.session(), campaign_id)
    page = tables.list_contacts(
        db.session(),
        campaign_id=campaign_id,
        status=query.status,
        search=read_number_search(query.search, "search"),
        cursor=query.cursor,
        limit=query.limit,
    )
    attempts = tables.list_attempts_of(db.session(), [item.id for item in page.items])
    items = [contact_service.to_api(item, attempts[item.id]) for item in page.items]
    return respond_json({"items": items, "next_cursor": page.next_cursor})


@api_operation(
    "GET",
    "/contacts/<id:contact_id>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Contact},
    errors=(404,),
    name="get_contact",
)
def get_contact(contact_id: int) -> Response:
    """One contact with its attempts."""
    contact = contact_service.get_contact(db.session(), contact_id)
    return respond_json(
        contact_service.to_api(contact, tables.list_attempts_of(db.session(), [contact_id])[contact_id])
    )


@api_operation(
    "PATCH",
    "/contacts/<id:contact_id>",
    Role.OPERATOR,
    tag=TAG,
    body=ContactChange,
    response_models={200: Contact},
    errors=(404, 422),
    name="change_contact",
)
def change_contact(contact_id: int) -> Response:
    """Change some values of a contact, its time zone or its state; null removes one. The next call goes by them."""
    body = body_as(ContactChange)
    places = body.model_fields_set & {"timezone", "state"}
    with transaction(db.session()) as session:
        if body.variables is not None:
            contact_changes.change_values(session, contact_id, body.variables, actor=g.actor, now=now())
        if places:
            contact = contact_service.get_contact(session, contact_id)
            contact_changes.change_place(
                session,
                contact_id,
                timezone=body.timezone if "timezone" in places else contact.timezone,
                state=body.state if "state" in places else contact.state,
                actor=g.actor,
                now=now(),
            )
    if places:
        wake_engine()
    return get_contact(contact_id)


@api_operation(
    "POST",
    "/campaigns/<id:campaign_id>/contacts/call-again",
    Role.OPERATOR,
    tag=TAG,
    body=ContactIds,
    response_models={200: ContactsChanged},
    errors=(404, 409, 422),
    name="call_contacts_again",
)
def call_again(campaign_id: int) -> Response:
    """Make contacts due now, whatever became of them. Hours, caps and do-not-call hold as for every call."""
    ids = body_as(ContactIds).ids
    with transaction(db.session()):
        changed = contact_changes.call_again(db.session(), campaign_id, ids, actor=g.actor, now=now())
    wake_engine()
    return respond_json({"changed": changed.done, "refused": dict(changed.refused)})


@api_operation(
    "POST",
    "/campaigns/<id:campaign_id>/contacts/remove",
    Role.OPERATOR,
    tag=TAG,
    body=ContactIds,
    response_models={200: ContactsChanged},
    errors=(404, 409, 422),
    name="remove_contacts",
)
def remove_contacts(campaign_id: int) -> Response:
    """Take contacts out of a campaign that were never called."""
    ids = body_as(ContactIds).ids
    with transaction(db.session()):
        changed = contact_changes.remove_contacts(db.session(), campaign_id, ids, actor=g.actor, now=now())
    return respond_json({"changed": changed.done, "refused": dict(changed.refused)})


@api_operation(
    "POST",
    "/campaigns/<id:campaign_id>/contacts/never-call",
    Role.OPERATOR,
    tag=TAG,
    body=ContactsNeverCalled,
    response_models={200: ContactsChanged},
    errors=(404, 422),
    name="never_call_contacts",
)
def never_call(campaign_id: int) -> Response:
    """Put all numbers of contacts on the do-not-call list, for all campaigns: second numbers too. A call in progress is
    not cut off. A token for some campaigns may not."""
    body = body_as(ContactsNeverCalled)
    campaigns.get_campaign(db.session(), campaign_id)
    with transaction(db.session()):
        changed = contact_changes.never_call(
            db.session(), campaign_id, body.ids, reason=body.reason, actor=g.actor, now=now()
        )
    return respond_json({"changed": changed.done, "refused": dict(changed.refused)})
