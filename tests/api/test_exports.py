"""The export, in its three formats, agrees with the database and with the rest of the API."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import select

from campaign_app.extensions import db
from campaign_app.models import Attempt, Contact, Trunk
from campaign_app.transaction import transaction
from tests.api.asking import Api, fields_of

CONTACTS = 1_203
"""More than one page of the export."""


@pytest.fixture
def filled(each_api: Api) -> tuple[Api, str]:
    """A campaign with contacts of which every 100th has two attempts; and its path."""
    one = f"/campaigns/{each_api.campaign(name='=HYPERLINK()')['id']}"
    rows = [
        {"phone": f"+44791112{n:04d}", "variables": {"name": f"=cmd{n}" if n % 2 else "Zoë"}}
        for n in range(CONTACTS)
    ]
    assert each_api.post(f"{one}/contacts", rows)["accepted"] == CONTACTS
    now = each_api.clock.now()
    with each_api.app.app_context(), transaction(db.session()) as session:
        trunk = session.scalars(select(Trunk)).one()
        for contact in session.scalars(select(Contact).order_by(Contact.id)).all()[::100]:
            for number in (1, 2):
                session.add(
                    Attempt(
                        campaign_id=contact.campaign_id,
                        contact_id=contact.id,
                        trunk_id=trunk.id,
                        number=number,
                        try_number=number,
                        token=f"{contact.id:030x}{number:02x}",
                        phone=contact.phone,
                        status="busy",
                        rank=9,
                        cause="+busy",
                        claimed_at=now,
                        ended_at=now,
                    )
                )
    return each_api, one


def by_id(contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(contacts, key=lambda contact: contact["id"])


def test_every_format_agrees_with_the_contacts(filled: tuple[Api, str]) -> None:
    api, one = filled
    contacts = api.walk(f"{one}/contacts", 500)
    assert len(contacts) == CONTACTS
    assert sum(len(contact["attempts"]) for contact in contacts) == 26

    answer = api.ask("GET", f"{one}/export", status=200)
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == "attachment; filename=campaign-1.json"
    document = answer.get_json()
    assert document["campaign"] == api.get(one)
    assert by_id(document["contacts"]) == contacts

    answer = api.ask("GET", f"{one}/export?format=ndjson", status=200)
    assert answer.mimetype == "application/x-ndjson"
    assert by_id([json.loads(line) for line in answer.text.splitlines()]) == contacts

    answer = api.ask("GET", f"{one}/export?format=csv", status=200)
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == CONTACTS + 13
    told = {(contact["id"], attempt["token"]) for contact in contacts for attempt in contact["attempts"]}
    assert {(int(row["contact_id"]), row["token"]) for row in rows if row["token"]} == told
    assert not [cell for row in rows for cell in row.values() if cell and cell[0] in "=+-@\t\r"]


def test_a_campaign_without_contacts_is_exported_too(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    assert each_api.get(f"{one}/export")["contacts"] == []
    assert each_api.ask("GET", f"{one}/export?format=ndjson", status=200).text == ""
    assert each_api.ask("GET", f"{one}/export?format=csv", status=200).text.count("\n") == 1


def test_an_unknown_format_is_422(api: Api) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    assert fields_of(api.get(f"{one}/export?format=xlsx", status=422)) == {"format"}


def test_the_export_is_streamed(filled: tuple[Api, str]) -> None:
    api, one = filled
    headers = {"Authorization": f"Bearer {api.tokens['viewer']}"}
    answer = api.app.test_client().get(f"/api/v1{one}/export?format=ndjson", headers=headers, buffered=False)
    assert answer.is_streamed
    assert answer.content_length is None
    pieces = list(answer.response)
    assert len(pieces) == 2
    answer.close()
