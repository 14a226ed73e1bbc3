"""The contacts' table: columns, order, search by value, and what is done to those that are ticked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.contact import DeferredBy
from campaign_app.extensions import db
from campaign_app.models import Attempt, Contact, Role
from campaign_app.queries import contact_table, phone_search, tables
from campaign_app.transaction import transaction
from tests.web.pages_support import NUMBERS, act, add_call, add_contacts, make_campaign
from tests.web.people_support import Site, Visitor

PEOPLE = [
    {"name": "Zoë Čapek", "room": "12", "city": "Brno"},
    {"name": "Adam 100%", "room": "7", "city": "Praha"},
    {"name": "mia", "room": "9"},
]


def ids_of(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'name="id"\s+value="(\d+)"', page)]


def test_columns_order_and_search_by_value_are_kept_together(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    add_contacts(site, campaign_id, PEOPLE)
    operator = site.visitor(Role.OPERATOR)
    here = f"/campaigns/{campaign_id}/contacts"
    first, second, third = ids_of(operator.get(here).text)
    by_name = operator.get(f"{here}?sort=var:name&col=name").text
    assert ids_of(by_name) == [second, third, first]
    assert 'data-label="name"' in by_name
    assert 'data-label="room"' not in by_name
    assert ids_of(operator.get(f"{here}?sort=-phone").text) == [third, second, first]
    assert ids_of(operator.get(f"{here}?sort=var:city").text)[-1] == third, "without a value last"
    for text, found in (("zoë", first), ("APEK", first), ("adam 100%", second), ("%", second)):
        assert ids_of(operator.get(here, query_string={"q": text}).text) == [found], text
    assert ids_of(operator.get(f"{here}?q={NUMBERS[2][-4:]}").text) == [third]
    page = operator.post(
        f"{here}/bulk", {"action": "again", "sort": "-phone", "col": "name", "q": "a"}, follow_redirects=True
    )
    assert dict(page.request.args) == {"q": "a", "sort": "-phone", "col": "name"}
    assert "Select one or more contacts first." in page.text


def test_what_is_too_big_to_look_at_is_not_offered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_search, "SMALL", 2)
    campaign_id = make_campaign(site, numbers=0)
    add_contacts(site, campaign_id, PEOPLE)
    page = site.visitor(Role.OPERATOR).get(f"/campaigns/{campaign_id}/contacts?sort=var:name&q=mia").text
    assert "searched by number only" in page
    assert 'value="var:name"' not in page


@pytest.mark.parametrize("small", [2, 20_000])
def test_a_search_that_finds_nothing_shows_and_changes_nobody(
    site: Site, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """In campaigns that are too large for values, and for viewers, who may not search for digits among them."""
    monkeypatch.setattr(phone_search, "SMALL", small)
    campaign_id = make_campaign(site, numbers=0)
    add_contacts(site, campaign_id, PEOPLE)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, AttemptStatus.NO_ANSWER)
    here = f"/campaigns/{campaign_id}/contacts"
    operator, viewer = site.visitor(Role.OPERATOR), site.visitor(Role.VIEWER)

    def rows(who: Visitor, text: str, **more: str) -> int:
        response = who.get(here, query_string={"q": text, **more})
        assert response.status_code == 200, text
        return response.text.count('data-label="Status"')

    for text in ("Miller", "zzz 5", "5b", f"Miller {NUMBERS[0][-4:]}", "–"):
        for who in (operator, viewer):
            assert rows(who, text) == rows(who, text, status="queued") == 0, text
        form = {"action": "remove", "all": "1", "q": text}
        refused = operator.post(f"{here}/bulk", form, follow_redirects=True)
        assert refused.status_code == (422 if small == 2 else 200), text
        assert ("search by number" if small == 2 else "No contacts match") in refused.text, text
    assert rows(viewer, "⑫") == 0, "folded, it would be among the values"
    with site.app.app_context():
        session = db.session()
        assert tables.list_attempts(session, campaign_id=campaign_id).items
        for search in ("Miller", phone_search.NumberSearch("Miller")):
            assert not tables.list_contacts(session, campaign_id=campaign_id, search=search).items
            assert not tables.list_attempts(session, campaign_id=campaign_id, search=search).items
            assert not session.scalars(contact_table.build_filter(session, campaign_id, search=search)).all()
    last = NUMBERS[1][-4:]
    for digits in (
        last,
        "".join(chr(0xFF10 + int(digit)) for digit in last),
        "".join(chr(0x660 + int(digit)) for digit in last),
    ):
        assert rows(operator, digits) == rows(viewer, digits) == 1, digits
    assert rows(operator, "") == 3


def test_the_ticked_or_all_that_match_are_called_again_removed_or_never_called(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    add_contacts(site, campaign_id, PEOPLE)
    operator = site.visitor(Role.OPERATOR)
    here = f"/campaigns/{campaign_id}/contacts"
    first, second, third = ids_of(operator.get(here).text)

    def post(**form: object) -> str:
        return operator.post(f"{here}/bulk", form, follow_redirects=True).text

    assert "Due now: 1 contact." in post(action="again", id=str(first))
    assert "Removed 1 contact." in post(action="remove", all="1", q="mia")
    assert ids_of(operator.get(here).text) == [first, second]
    assert "Won’t be called again: 1 contact." in post(action="never", id=str(second), reason="asked")
    assert "1 is on a do-not-call list" in post(action="again", id=[first, second])
    act(site, campaign_id, "stop")
    assert "clone it instead" in post(action="again", id=str(first))
    viewer = site.visitor(Role.VIEWER)
    assert 'name="id"' not in viewer.get(here).text
    assert viewer.post(f"{here}/bulk", {"action": "again", "id": str(third)}).status_code == 403


def test_one_is_added_with_values_changed_and_called_from_its_page(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    add_contacts(site, campaign_id, PEOPLE[:1])
    operator = site.visitor(Role.OPERATOR)
    here = f"/campaigns/{campaign_id}/contacts"
    form = {"phone": "212 555 0199", "name": ["name", "room"], "value": ["Ada", ""]}
    assert "Added 1 contact." in operator.post(here, form, follow_redirects=True).text
    assert "in this campaign already" in operator.post(here, form, follow_redirects=True).text
    assert "Nobody was added" in operator.post(here, {"phone": "12"}, follow_redirects=True).text
    with site.app.app_context():
        contact = db.session.query(Contact).filter_by(phone="+12125550199").one()
        assert contact.variables == {"name": "Ada"}
        page = f"/contacts/{contact.id}"
    values = {"name": ["name", "day"], "value": ["Ada L.", "Monday"]}
    shown = operator.post(f"{page}/values", values, follow_redirects=True).text
    assert "Saved. The next call uses these values." in shown
    assert "Ada L." in shown
    assert "Monday" in shown
    # A refused pair that was added keeps what was typed, and has the error.
    long = {"name": ["name", "day", "x" * 101], "value": ["Ada L.", "Tuesday", "a purple one"]}
    shown = operator.post(f"{page}/values", long)
    assert shown.status_code == 422
    assert re.search(r'<input id="new-name"\s+name="name"\s+value="x{101}"', shown.text)
    [control] = re.findall(r'<input id="new-value"[^>]*>', shown.text)
    assert 'value="a purple one"' in control
    assert 'aria-invalid="true" aria-describedby="new-value-error"' in control
    assert 'id="new-value-error"' in shown.text
    assert "Due now" in operator.post(f"{page}/again", follow_redirects=True).text
    assert ("user:operator@example.org", "contact.update") in site.trail()


def test_where_somebody_is_may_be_changed_and_their_hours_follow(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=1)
    operator = site.visitor(Role.OPERATOR)
    here = "/contacts/1"
    with site.app.app_context(), transaction(db.session()) as session:
        contact = session.get_one(Contact, 1)
        contact.deferred_by, contact.due_at = "hours", site.clock.now() + timedelta(hours=9)
        before = contact.profile_id
    operator.get(here)
    refused = operator.post(f"{here}/place", {"timezone": "Mars/Olympus", "state": ""})
    assert refused.status_code == 422
    assert "Nothing was saved" in refused.text
    assert 'value="Mars/Olympus"' in refused.text
    operator.post(f"{here}/place", {"timezone": "Asia/Tokyo", "state": "TX"})
    assert "Asia/Tokyo" in operator.get(here).text
    with site.app.app_context():
        contact = db.session.get_one(Contact, 1)
        assert (contact.campaign_id, contact.timezone, contact.state) == (campaign_id, "Asia/Tokyo", "TX")
        assert contact.profile_id != before
        assert (contact.deferred_by, contact.due_at) == (None, site.clock.now())


def test_whatever_put_a_contact_off_is_said(site: Site) -> None:
    make_campaign(site, numbers=1)
    viewer = site.visitor(Role.VIEWER)
    for reason in DeferredBy:
        with site.app.app_context(), transaction(db.session()) as session:
            contact = session.get_one(Contact, 1)
            contact.deferred_by, contact.due_at = reason.value, site.clock.now() + timedelta(hours=9)
        assert viewer.get("/contacts/1").status_code == 200, reason


def test_whoever_was_called_at_no_cost_is_not_said_to_be_new(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    for _ in range(2):
        call_id = add_call(site, campaign_id, AttemptStatus.FAILED, sip_code=503)
        with site.app.app_context(), transaction(db.session()) as session:
            call = session.get_one(Attempt, call_id)
            call.counts = False
            contact = session.get_one(Contact, call.contact_id)
            contact.deferred_by = DeferredBy.CAP
            contact_id = contact.id
    viewer = site.visitor(Role.VIEWER)
    live = viewer.get(f"/campaigns/{campaign_id}").text
    table = viewer.get(f"/campaigns/{campaign_id}/contacts").text
    person = viewer.get(f"/contacts/{contact_id}").text
    for page in (live, table, person):
        assert "ot called yet" not in page
        assert not re.search(r"\d new\b", page)
    assert re.search(r"\d to call,\s+0 to retry", live)
    assert "Tries used" in table
    assert "To be called again</span>" in person
    assert re.search(
        r"0 of \d\s+<br>\s+<span class=\"help\">\s+2 calls that the trunk refused cost no try", person
    )
