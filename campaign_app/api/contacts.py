"""Contacts: added by list, read with their attempts."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, g

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import campaigns
from campaign_app.services import contacts as service
from campaign_app.transaction import transaction

from .operations import answer, now, operation, wake
from .reading import json_body, query_as
from .schemas.contacts import AddedContacts, Contact, ContactPage, ContactQuery, ContactsBody

TAG = "contacts"
LIST_LIMIT = 32 * 1024 * 1024
"""Bytes: 10,000 contacts with 3 kB of variables each."""


@operation(
    "POST",
    "/campaigns/<id:campaign_id>/contacts",
    Role.OPERATOR,
    tag=TAG,
    body=ContactsBody,
    answers={200: AddedContacts},
    errors=(404, 409),
    name="add_contacts",
)
def add(campaign_id: int) -> Response:
    """Add up to 10,000 contacts. A wrong row is told with its place and reason; the others are added."""
    given = json_body(LIST_LIMIT)
    rows = given.get("contacts") if isinstance(given, dict) and set(given) == {"contacts"} else given
    if not isinstance(rows, list):
        raise InvalidInput([FieldError("contacts", 'send a list of contacts, or {"contacts": [...]}')])
    with transaction(db.session()):
        result = service.add_contacts(db.session(), campaign_id, rows, actor=g.actor, now=now())
    if result.accepted:
        wake()
    return answer(asdict(result))


@operation(
    "GET",
    "/campaigns/<id:campaign_id>/contacts",
    Role.VIEWER,
    tag=TAG,
    query=ContactQuery,
    answers={200: ContactPage},
    errors=(404,),
    name="list_contacts",
)
def list_(campaign_id: int) -> Response:
    """A campaign's contacts with their attempts."""
    query = query_as(ContactQuery)
    campaigns.get_campaign(db.session(), campaign_id)
    page = tables.list_contacts(
        db.session(),
        campaign_id=campaign_id,
        status=query.status,
        search=query.search,
        cursor=query.cursor,
        limit=query.limit,
    )
    attempts = tables.list_attempts_of(db.session(), [item.id for item in page.items])
    items = [service.to_api(item, attempts[item.id]) for item in page.items]
    return answer({"items": items, "next_cursor": page.next_cursor})


@operation(
    "GET",
    "/contacts/<id:contact_id>",
    Role.VIEWER,
    tag=TAG,
    answers={200: Contact},
    errors=(404,),
    name="get_contact",
)
def get(contact_id: int) -> Response:
    """One contact with its attempts."""
    contact = service.get_contact(db.session(), contact_id)
    return answer(service.to_api(contact, tables.list_attempts_of(db.session(), [contact_id])[contact_id]))
