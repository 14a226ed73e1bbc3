"""Do-not-call by file, removals with a reason, search and export, through the pages."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from campaign_app.app_context import context_of
from campaign_app.engine.exports import run_next_export
from campaign_app.extensions import db
from campaign_app.models import Contact, DoNotCall, DoNotCallRemoval, Role
from tests.web.import_pages import add, fields, item, selected, words, work
from tests.web.pages_support import NUMBERS, make_campaign
from tests.web.people_support import Site, Visitor

LISTED = "phone,name\n+12125550142,Ada\n+12125550143,Cy\n+12125550142,again\n0612,Bob\n"


def upload(visitor: Visitor, content: str, filename: str = "never.csv", **form: str) -> str:
    """The address of the upload's check page."""
    data = {"file": (io.BytesIO(content.encode()), filename), **form}
    response = visitor.post("/do-not-call/imports", data, content_type="multipart/form-data")
    assert response.status_code == 303, words(response)
    return response.location


def entries(site: Site) -> list[DoNotCall]:
    with site.app.app_context():
        return list(db.session.query(DoNotCall).order_by(DoNotCall.id))


def add_number(visitor: Visitor, phone: str) -> None:
    response = visitor.post("/do-not-call", {"phone": phone, "region": "", "reason": "asked by letter"})
    assert response.status_code == 303


def statuses(site: Site) -> list[str]:
    with site.app.app_context():
        return [contact.status for contact in db.session.query(Contact).order_by(Contact.id)]


def test_a_file_is_checked_and_then_listed_with_its_source_reason_and_day(site: Site) -> None:
    make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, LISTED, source="our CRM", reason="moved away", date="2026-11-02")
    work(site)
    page = words(operator.get(here))
    assert "2 numbers will go on the do-not-call list, from phone. 2 rows are left out." in page
    assert "Will be listed" in page
    assert "Message begins" not in page
    assert entries(site) == []
    assert add(site, operator, here).location == here
    assert [(entry.phone, entry.source, entry.reason, str(entry.listed_on)) for entry in entries(site)] == [
        ("+12125550142", "our CRM", "moved away", "2026-11-02"),
        ("+12125550143", "our CRM", "moved away", "2026-11-02"),
    ]
    assert "2 of 4 rows added" in words(operator.get(here))
    listed = words(operator.get("/do-not-call"))
    assert "2 numbers are never called" in listed
    assert "asked on 2 Nov 2026" in listed
    assert "never.csv" in words(operator.get("/do-not-call/imports/new"))


def test_each_number_keeps_the_reason_of_its_row(site: Site) -> None:
    """From upload to list, report, API’s shape and file; the file’s own reason is for rows without one."""
    operator = site.visitor(Role.OPERATOR)
    rows = ("+12125550142,x,hat am 3.11. widersprochen", f"+12125550143,,{'g' * 600}", "+12125550144,,")
    here = upload(operator, "\n".join(("Telefon,Notiz,Grund", *rows)), reason="CRM")
    work(site)
    assert "Grund" in words(operator.get(here))
    assert selected(operator.get(here), "role-2") == "reason"
    add(site, operator, here)
    kept = [entry.reason for entry in entries(site)]
    assert kept == ["hat am 3.11. widersprochen", "g" * 499 + "…", "CRM"]
    report = words(operator.get(here))
    assert "Grund Reason" in report
    assert "2 numbers were listed with the reason in their row." in report
    assert "1 reason was longer than 500 characters: only its beginning is kept." in report
    assert "hat am 3.11. widersprochen" in words(operator.get("/do-not-call"))
    file = operator.get("/do-not-call/export.csv").get_data().decode("utf-8-sig")
    assert [row["reason"] for row in csv.DictReader(io.StringIO(file))] == kept


def test_a_damaged_note_leaves_no_number_off_the_list(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    rows = ("+12125550142,as\0ked", "+12125550143,asked", "+1212555\x000144,asked")
    add(site, operator, upload(operator, "\n".join(("phone,reason", *rows))))
    assert [(entry.phone, entry.reason) for entry in entries(site)] == [
        ("+12125550142", "as␀ked"),
        ("+12125550143", "asked"),
    ]


def test_contacts_that_wait_are_stopped_by_a_file_and_premium_numbers_are_listed_too(site: Site) -> None:
    make_campaign(site, numbers=2)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, f"{NUMBERS[0]}\n+19005550199\n")
    add(site, operator, here)
    assert statuses(site) == ["suppressed", "pending"]
    assert [entry.phone for entry in entries(site)] == [NUMBERS[0], "+19005550199"]


def test_numbers_that_are_already_listed_are_reported(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    add_number(operator, "+12125550142")
    here = upload(operator, LISTED)
    page = words(operator.get(here))
    assert "1 number will go on the do-not-call list" in page
    assert "Already on the list" in page
    assert "already in this campaign" not in page


def test_all_numbers_of_a_row_are_listed(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, "Phone 1,Phone 2\n+12125550142,+12125550152\n+12125550143,\n")
    add(site, operator, here)
    assert [entry.phone for entry in entries(site)] == ["+12125550142", "+12125550152", "+12125550143"]


def test_unsure_columns_are_asked_about_here_too(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, "target,doctor\n+12125550142,+12125550152\n+12125550143,+12125550153\n")
    page = operator.get(here)
    assert "Which column holds the number" in words(page)
    operator.post(f"{here}/check", {**fields(page), "do": "again", "number": "0"})
    add(site, operator, here)
    assert [entry.phone for entry in entries(site)] == ["+12125550142", "+12125550143"]


def test_a_file_is_undone_and_discarded_like_one_of_contacts(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, LISTED)
    add(site, operator, here)
    assert operator.post(f"{here}/undo").location == here
    assert "Took 2 numbers off the do-not-call list." in words(operator.get(here))
    assert "This upload was undone" in words(operator.get(here))
    assert entries(site) == []
    other = upload(operator, LISTED)
    assert operator.post(f"{other}/check", {"do": "discard"}).location == "/do-not-call"
    assert item(site).status == "discarded"


@pytest.mark.parametrize(
    "form, label",
    [
        ({"date": "2027-01-01"}, "Day they asked: "),
        ({"date": "yesterday"}, "Day they asked: "),
        ({"source": "x" * 101}, "Where they come from: "),
    ],
)
def test_a_fault_of_all_rows_is_shown_beside_its_field(site: Site, form: dict[str, str], label: str) -> None:
    operator = site.visitor(Role.OPERATOR)
    response = operator.post("/do-not-call/imports", {"pasted": "+12125550142", **form})
    assert response.status_code == 422
    [name] = form
    assert f'<a href="#{name}">{label}' in response.get_data(as_text=True)
    assert "+12125550142" in response.get_data(as_text=True), "what was pasted is kept"


def test_a_search_without_a_digit_finds_nothing(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    add_number(operator, "+12125550142")
    for letters in ("zzz", "zzz0142"):
        assert "Give digits of a number, and no letters." in words(operator.get(f"/do-not-call?q={letters}"))
    assert "No number matches." not in words(operator.get("/do-not-call?q=0142"))


def test_the_list_is_taken_away_as_csv_and_can_be_uploaded_again(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    add_number(operator, "+12125550142")
    response = operator.get("/do-not-call/export.csv")
    text = response.get_data().decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert row["phone"].lstrip("'") == "+12125550142"
    assert row["reason"] == "asked by letter"
    assert ("user:operator@example.org", "do-not-call.export") in site.trail()
    here = upload(operator, text, filename="do-not-call.csv")
    assert "Already on the list" in words(operator.get(here))
    assert site.visitor(Role.VIEWER).get("/do-not-call/export.csv").status_code == 403


def test_a_long_list_is_made_a_file_in_the_background(site: Site) -> None:
    context = context_of(site.app)
    settings = context.settings = replace(context.settings, export_stream_rows=1)
    compliance = site.visitor(Role.COMPLIANCE)
    for number in ("+12125550142", "+12125550143"):
        add_number(compliance, number)
    # A link that says `download` would save the page that it is sent on to.
    assert re.search(r'href="/do-not-call/export.csv">', compliance.get("/do-not-call").text)
    long = compliance.get("/do-not-call/export.csv")
    assert (long.status_code, long.location) == (302, "/do-not-call/exports")
    page = words(compliance.get(long.location))
    assert "with 2 entries" in page
    assert "too much to send at once" in page
    assert compliance.post("/do-not-call/exports", {}).status_code == 303
    with site.app.app_context():
        assert run_next_export(db.engine, settings.exports_folder, clock=site.clock, days=3)
    assert "CSV Ready" in words(compliance.get("/do-not-call/exports/_files"))
    file = compliance.get("/do-not-call/exports/1/file")
    assert [row["phone"] for row in csv.DictReader(io.StringIO(file.get_data().decode("utf-8-sig")))] == [
        "'+12125550142",
        "'+12125550143",
    ]
    assert compliance.post("/do-not-call/exports/1/delete", {}).location == "/do-not-call/exports"
    assert compliance.get("/do-not-call/exports/1/file").status_code == 404
    assert [action for _, action in site.trail() if "export" in action] == [
        "do-not-call.export",
        "do-not-call.download-export",
        "do-not-call.delete-export",
    ]
    assert site.visitor(Role.VIEWER).get("/do-not-call/exports").status_code == 403


def test_a_removal_needs_a_reason_and_is_kept(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    add_number(operator, "+12125550142")
    [entry] = entries(site)
    here = f"/do-not-call/{entry.id}/remove"
    assert "No contact is stopped by this entry alone." in words(operator.get(here))
    refused = operator.post(here, {"reason": " "})
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.get_data(as_text=True)
    assert len(entries(site)) == 1
    assert operator.post(here, {"reason": "asked to be called again"}).status_code == 303
    assert entries(site) == []
    page = words(operator.get("/do-not-call/removed"))
    assert "asked to be called again" in page
    assert "by operator@example.org" in page
    assert "asked by letter" in page
    assert "Give digits of a number" in words(operator.get("/do-not-call/removed?q=zzz"))


@pytest.mark.parametrize("choice, status", [("keep", "suppressed"), ("call", "pending")])
def test_a_removal_says_how_many_contacts_it_frees_and_asks(site: Site, choice: str, status: str) -> None:
    make_campaign(site, numbers=2)
    operator = site.visitor(Role.OPERATOR)
    add_number(operator, NUMBERS[0])
    assert statuses(site) == ["suppressed", "pending"]
    [entry] = entries(site)
    here = f"/do-not-call/{entry.id}/remove"
    page = operator.get(here)
    assert "1 contact is stopped by this entry" in words(page)
    assert fields(page)["contacts"] == "keep", "nobody is called by surprise"
    response = operator.post(here, {"reason": "a typing error", "contacts": choice})
    assert statuses(site) == [status, "pending"]
    assert ("1 contact will be called again" in words(operator.get(response.location))) is (choice == "call")
    with site.app.app_context():
        assert db.session.query(DoNotCallRemoval).one().unsuppressed == (choice == "call")


def test_viewers_read_the_list_and_change_nothing(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    add_number(operator, "+12125550142")
    written = "2026-11-02: wife’s number is 020 7946\u201201 23 or +44 20\n7946 0124, campaign 1"
    for phone in ("+12125550144", "+12125550145"):
        operator.post("/do-not-call", {"phone": phone, "region": "", "reason": written})
    operator.post("/do-not-call/3/remove", {"reason": f"wrong: {written}"})
    here = upload(operator, "phone\n+12125550143\n")
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get("/do-not-call").get_data(as_text=True)
    shown = "2026-11-02: wife’s number is •••23 or •••24, campaign 1"
    assert shown in page
    assert viewer.get("/do-not-call/removed").get_data(as_text=True).count(shown) == 2
    assert "7946" in words(operator.get("/do-not-call"))
    token = site.token(Role.VIEWER)
    for path in ("/api/v1/do-not-call", "/api/v1/do-not-call/removals"):
        body = viewer.client.get(path, headers={"Authorization": f"Bearer {token}"}).get_data(as_text=True)
        assert "2026-11-02" in body
        assert "7946" not in body
    assert "Upload a file" not in page
    assert "Remove…" not in page
    assert "2125550143" not in viewer.get(here).get_data(as_text=True)
    assert viewer.get("/do-not-call/1/remove").status_code == 403
    assert viewer.get("/do-not-call/imports/new").status_code == 403
    assert viewer.post(f"{here}/check", {"do": "commit"}).status_code == 403
