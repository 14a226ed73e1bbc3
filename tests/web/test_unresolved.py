"""The page on which a person decides about calls of unknown outcome."""

from __future__ import annotations

import re
from datetime import timedelta

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Attempt, CallEvent, Contact, Role
from campaign_app.transaction import transaction
from tests.web.pages_support import act, add_call, make_campaign
from tests.web.people_support import Site, squeeze

U = AttemptStatus.UNRESOLVED


def lose_calls(site: Site, count: int) -> tuple[int, list[int]]:
    campaign_id = make_campaign(site, count)
    act(site, campaign_id, "start")
    ids = [add_call(site, campaign_id, U, contact=n, cause="timed out") for n in range(count)]
    with site.app.app_context(), transaction(db.session()) as session:
        for contact in session.query(Contact).filter_by(campaign_id=campaign_id):
            contact.status, contact.due_at = "exhausted", None
        token = session.get_one(Attempt, ids[0]).token
        session.add(
            CallEvent(
                token=token,
                at=site.clock.now() - timedelta(seconds=30),
                received_at=site.clock.now() - timedelta(seconds=30),
                source="event",
                status="ringing",
            )
        )
    return campaign_id, ids


def test_a_call_is_decided_with_its_evidence_beside_it(site: Site) -> None:
    campaign_id, ids = lose_calls(site, 4)
    viewer, operator = site.visitor(Role.VIEWER), site.visitor(Role.OPERATOR)
    assert "Decide about 4" in squeeze(operator.get(f"/campaigns/{campaign_id}").text)
    page = squeeze(operator.get("/calls/unresolved").text)
    assert "4 calls" in page
    assert "It was ringing at" in page
    assert "Timed out" in page
    assert page.count("It rang: done</button>") == 5, "a row's own button, and one for the selected"
    assert 'name="done"' not in viewer.get("/calls/unresolved").text
    assert viewer.post("/calls/unresolved", {"done": str(ids[0])}).status_code == 403

    assert operator.post("/calls/unresolved", {"done": str(ids[0])}).status_code == 303
    page = operator.get("/calls/unresolved").text
    assert "1 call done." in page
    [entry_id] = set(re.findall(r"/calls/unresolved/undo/(\d+)", page))
    assert viewer.post(f"/calls/unresolved/undo/{entry_id}").status_code == 403
    assert operator.post(f"/calls/unresolved/undo/{entry_id}").status_code == 303
    assert "Undone: 1 call to decide about again." in operator.get("/calls/unresolved").text
    next_row = operator.post("/calls/unresolved", {"done": str(ids[0])}).location
    assert next_row.endswith(f"#call-{ids[1]}"), "where to go on"
    operator.post("/calls/unresolved", {"do": "again", "id": [str(ids[1]), str(ids[2])]})
    assert "2 calls back in line." in operator.get("/calls/unresolved").text
    operator.post("/calls/unresolved", {"do": "leave", "all": "1", "until": site.clock.now().isoformat()})
    page = operator.get("/calls/unresolved").text
    assert "1 call left as unknown." in page
    assert "No call waits for a decision." in page
    assert "unknown outcome" not in operator.get(f"/campaigns/{campaign_id}").text
    with site.app.app_context():
        found = db.session().query(Contact).filter_by(campaign_id=campaign_id).order_by(Contact.id)
        assert [contact.status for contact in found] == ["completed", "retry", "retry", "exhausted"]
    assert operator.post("/calls/unresolved", {"do": "delete", "all": "1"}).status_code == 422
    assert (
        "Select a call first"
        in operator.get(operator.post("/calls/unresolved", {"do": "done"}).location).text
    )


def test_times_are_on_the_clock_that_the_page_names(site: Site) -> None:
    lose_calls(site, 4)
    operator = site.visitor(Role.OPERATOR)
    operator.client.set_cookie("zone", "Asia/Kolkata")
    page = squeeze(operator.get("/calls/unresolved").text).partition("<main")[2].partition("</main>")[0]
    assert "UTC+5:30" in page
    assert not re.search(r"\d\d:\d\d(:\d\d)?( [A-Z]\w+/\w+)? UTC", page)
    assert "Asia/Kolkata" in page


def test_a_call_that_never_ends_is_shown_and_let_go_of(site: Site) -> None:
    campaign_id = make_campaign(site, 1)
    act(site, campaign_id, "start")
    early = site.clock.now() - timedelta(minutes=1)
    call_id = add_call(site, campaign_id, AttemptStatus.IN_PROGRESS, overdue_at=early)
    operator = site.visitor(Role.OPERATOR)
    page = squeeze(operator.get("/calls/unresolved").text)
    assert "Calls that should have ended" in page
    assert "it should have ended by" in page
    operator.post("/calls/let-go", {"id": str(call_id)})
    assert "The line is free." in operator.get("/calls/unresolved").text
    with site.app.app_context():
        assert db.session().get_one(Attempt, call_id).status == "unresolved"


def test_all_until_a_time_that_no_clock_shows_is_no_fault(site: Site) -> None:
    lose_calls(site, 1)
    operator = site.visitor(Role.OPERATOR)
    for until in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "soon"):
        data = {"do": "leave", "all": "1", "until": until}
        assert operator.post("/calls/unresolved", data).status_code == 303
