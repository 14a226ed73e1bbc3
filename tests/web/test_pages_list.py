"""The campaign list, the calls of all campaigns, and contacts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from campaign_app import __version__
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Attempt, Campaign, Contact, DoNotCall, Role
from campaign_app.queries import home as home_queries
from campaign_app.services import campaign_order, single_calls
from campaign_app.transaction import transaction
from campaign_app.web import campaign_bulk
from campaign_app.web import campaigns as campaigns_pages
from tests.web.pages_support import act, add_call, an_engine_runs, contact_ids, ensure_trunk, make_campaign
from tests.web.people_support import Site, open_site

S = AttemptStatus


def group_of(page: str, name: str) -> str:
    """The id of the group under which a campaign stands."""
    before = page[: page.index(f'aria-label="Select {name}"')]
    return re.findall(r'<tr class="span" id="(\w+)">', before)[-1]


def test_an_empty_list_shows_three_steps_and_the_demo(site: Site) -> None:
    page = site.visitor(Role.OPERATOR).get("/campaigns").get_data(as_text=True)
    assert "three steps away from the first call" in page
    assert f"Switchboard {__version__}" in page, "the footer names the version"
    assert "Load the demo" in page
    assert "Load the demo" not in site.visitor(Role.VIEWER).get("/campaigns").get_data(as_text=True)


def test_the_demo_is_loaded_and_runs(site: Site) -> None:
    ensure_trunk(site)
    operator = site.visitor(Role.OPERATOR)
    assert operator.post("/campaigns/demo").location == "/campaigns/1"
    assert site.woken == 1
    with site.app.app_context():
        assert db.session.get_one(Campaign, 1).status == "running"
        assert db.session.query(Contact).count() == 500


def headline_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", page.partition('class="sub"')[2].partition("</p>")[0]).split())


def test_campaigns_stand_under_what_they_need(site: Site) -> None:
    an_engine_runs(site)
    names = ("Draft", "Talking", "Sleeping", "Doubtful", "Resting")
    ids = {name: make_campaign(site, name=name) for name in names}
    with site.app.app_context(), transaction(db.session()) as session:
        session.get_one(Campaign, ids["Sleeping"]).calling_windows = [
            {"days": ["mon"], "start": "09:00", "end": "10:00"}
        ]
    for name in ("Talking", "Sleeping", "Doubtful", "Resting"):
        act(site, ids[name], "start")
    add_call(site, ids["Talking"], S.RINGING)
    add_call(site, ids["Doubtful"], S.UNRESOLVED, contact=1)
    act(site, ids["Resting"], "pause", reason="lunch")
    operator = site.visitor(Role.OPERATOR)
    page = operator.get("/campaigns").get_data(as_text=True)
    assert {name: group_of(page, name) for name in names} == {
        "Draft": "resting",
        "Talking": "dialing",
        "Sleeping": "waiting",
        "Doubtful": "dialing",
        "Resting": "resting",
    }, "an outcome that nobody knows does not hide that a campaign calls"
    assert "2 calling, 1 waiting, 1 paused, 1 needs attention. 1 call has an unknown outcome." in headline_of(
        page
    )
    assert "Campaigns: 2 calling, 1 waiting, 1 paused. 1 thing needs attention." in headline_of(
        operator.get("/home").text
    )
    filtered = headline_of(operator.get("/campaigns?status=archived").text)
    assert "2 calling, 1 waiting, 1 paused. 1 call has an unknown outcome." in filtered, "whatever is listed"
    assert "Outside calling hours until Mon 23 Nov 08:00 UTC" in page
    assert "1 call has an unknown outcome." in page
    assert ": lunch" in page
    assert "1 of 200 lines in use" in page
    site.clock.move(31)
    an_engine_runs(site)
    later = operator.get("/campaigns").get_data(as_text=True)
    assert {name: group_of(later, name) for name in ("Talking", "Doubtful")} == {
        "Talking": "dialing",
        "Doubtful": "attention",
    }, "judged over 30 seconds"
    assert "1 calling, 2 waiting, 1 paused, 1 needs attention." in headline_of(later)


def test_of_more_campaigns_than_are_looked_at_the_headline_claims_no_more_than_it_knows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_queries, "MOST_CAMPAIGNS", 3)
    monkeypatch.setattr(campaigns_pages, "PAGE_SIZE", 4)
    an_engine_runs(site)
    ids = [make_campaign(site, name=f"Number {number}") for number in range(6)]
    for campaign_id in ids:
        act(site, campaign_id, "start")
    operator = site.visitor(Role.OPERATOR)
    assert "6 running." in headline_of(operator.get("/campaigns").text)
    assert "6 running. Nothing shown here needs attention." in headline_of(operator.get("/home").text)
    for contact, campaign_id in enumerate((ids[0], ids[1], ids[5])):
        add_call(site, campaign_id, S.RINGING, contact=contact)
    act(site, ids[4], "pause")
    add_call(site, ids[5], S.UNRESOLVED)
    first, home = headline_of(operator.get("/campaigns").text), headline_of(operator.get("/home").text)
    assert "At least 2 calling of 5 running, 1 paused, 1 here needs attention." in first
    assert "at least 2 calling of 5 running, 1 paused. At least 1 thing needs attention." in home
    for each in (first, home):
        assert "waiting" not in each
    # Whatever is paused, all that run are looked at.
    for campaign_id in ids[2:4]:
        act(site, campaign_id, "pause")
    assert "3 calling, none waiting, 3 paused" in headline_of(operator.get("/campaigns").text)


def test_a_slow_campaign_goes_on_calling_between_two_calls(site: Site) -> None:
    an_engine_runs(site)
    campaign_id = make_campaign(site, name="Slow", calls_per_second=0.02)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.BUSY)
    operator = site.visitor(Role.OPERATOR)
    for seconds, group in ((80, "dialing"), (20, "waiting")):
        site.clock.move(seconds)
        an_engine_runs(site)
        assert group_of(operator.get("/campaigns").get_data(as_text=True), "Slow") == group
    title = operator.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "Why isn’t it calling?" in title


def test_a_stopped_campaign_that_called_nobody_has_done_nothing(site: Site) -> None:
    campaign_id = make_campaign(site, name="Stopped")
    act(site, campaign_id, "start")
    act(site, campaign_id, "stop")
    operator = site.visitor(Role.OPERATOR)
    page = operator.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert re.search(r"0 <small>of 3, 0%; 3 won’t be called</small>", page)
    assert "0 of 3 contacts done" in operator.get("/campaigns").get_data(as_text=True)


def test_without_an_engine_a_running_campaign_needs_a_person(site: Site) -> None:
    campaign_id = make_campaign(site, name="Lost")
    act(site, campaign_id, "start")
    page = site.visitor(Role.OPERATOR).get("/campaigns").get_data(as_text=True)
    assert group_of(page, "Lost") == "attention"
    assert page.count("The dialer is not running: no calls are being made") == 1, "said once, not in each row"


def test_the_list_is_filtered_with_counts_and_searched(site: Site) -> None:
    make_campaign(site, name="Alpha")
    beta = make_campaign(site, name="Beta 100%")
    act(site, beta, "start")
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get("/campaigns").get_data(as_text=True)
    assert 'href="/campaigns?status=running">Running<b>1</b>' in page
    assert "Alpha" not in viewer.get("/campaigns?status=running").get_data(as_text=True)
    found = viewer.get("/campaigns?q=0%25").get_data(as_text=True)
    assert ">Beta 100%<" in found
    assert "Alpha" not in found
    assert "No campaigns match." in viewer.get("/campaigns?q=zzz").get_data(as_text=True)
    by_name = viewer.get("/campaigns?sort=name").get_data(as_text=True)
    assert 'aria-sort="ascending"' in by_name
    assert 'href="/campaigns?status=running&amp;sort=name"' in by_name, "a filter keeps the order"
    assert 'href="/calls?sort=phone&amp;status=busy"' in viewer.get("/calls?sort=phone").text


def test_the_list_is_sorted_by_each_of_its_columns_page_by_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_engine_runs(site)
    calm, full, gone, _new = (make_campaign(site, name=name) for name in ("Calm", "Full", "Gone", "New"))
    for campaign_id in (calm, full, gone):
        act(site, campaign_id, "start")
    add_call(site, calm, S.BUSY)
    add_call(site, full, S.COMPLETED, answered_by="human", answered_at=site.clock.now())
    add_call(site, full, S.RINGING, contact=1)
    with site.app.app_context(), transaction(db.session()) as session:
        counters = session.get_one(Campaign, full).counters
        counters.contacts_completed, counters.contacts_pending = 1, counters.contacts_pending - 1
    act(site, gone, "stop")
    monkeypatch.setattr(campaigns_pages, "PAGE_SIZE", 2)
    viewer = site.visitor(Role.VIEWER)

    def names(query: str) -> list[str]:
        page = viewer.get(f"/campaigns?{query}").text
        return sorted(re.findall(r'id="row-\d+"[^>]*>(\w+)<', page))

    # The groups come before the order, so what is on which page tells of it.
    assert names("sort=progress") == ["Gone", "New"], "those with nothing done, the newest first"
    assert names("sort=progress&cursor=page-1") == ["Calm", "Full"]
    assert "Full" in names("sort=-progress")
    assert "Full" in names("sort=-lines")
    assert names("sort=status") == ["Calm", "Full"]
    assert names("sort=-status") == ["Gone", "New"], "stopped, then drafts"
    assert names("sort=-answered") == ["Calm", "Full"], "without a call there is no share"
    assert "Gone" in names("sort=finishes"), "it has ended before the others will"
    page = viewer.get("/campaigns?sort=-answered").text
    assert page.count("aria-sort=") == 1
    assert "sort=-answered&amp;cursor=page-1" in page or "cursor=page-1&amp;sort=-answered" in page
    assert viewer.get("/campaigns?sort=progress&cursor=page-x").status_code == 422
    monkeypatch.setattr(campaign_order, "MOST_CAMPAIGNS", 3)
    assert "filter them, or sort by name" in viewer.get("/campaigns?sort=progress").text
    assert names("sort=name") == ["Calm", "Full"], "by an index, of any number"


def test_an_address_that_asks_for_what_is_not_known_shows_and_takes_nobody(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.BUSY)
    operator, admin = site.visitor(Role.OPERATOR), site.visitor(Role.ADMIN)
    calls, contacts = f"/campaigns/{campaign_id}/calls.xlsx", f"/campaigns/{campaign_id}/contacts"
    shown = {
        "/campaigns": ("status", "sort"),
        "/campaigns/_rows": ("status", "sort"),
        "/calls": ("status", "sort", "key"),
        "/calls/_calls": ("status", "sort", "key"),
        f"/campaigns/{campaign_id}": ("status", "sort", "key"),
        contacts: ("status", "sort"),
        "/audit": ("type", "since", "id"),
    }
    for path, fields in shown.items():
        for field in fields:
            answer = admin.get(f"{path}?{field}=bogus")
            assert answer.status_code == (422 if path == "/audit" else 200)
            in_place_of_rows = rf'<tr class="none">\s*<td colspan="\d+">\s*{field.capitalize()}: '
            assert re.search(in_place_of_rows, answer.text), (path, field)
    for path, value in {
        "/campaigns?status=": "running",
        "/calls?status=": "busy",
        "/calls?sort=": "id",
    }.items():
        assert f"“ {value}” is not known here" in admin.get(f"{path}%20{value}").text
        assert "is not known here" not in admin.get(f"{path}{value}").text
    for path in ("/calls.csv?status=%20busy", "/calls.csv?key=%201", f"{contacts}.xlsx?status=%20pending"):
        assert admin.get(path).status_code == 422, path
    assert "status=bogus" in operator.get("/calls?status=bogus").text, "it goes on asking for the same"
    refused = {
        "/calls.xlsx": ("status", "sort", "key"),
        calls: ("status", "sort", "key"),
        f"{contacts}.xlsx": ("status",),
        "/audit/export.ndjson": ("type", "since"),
        "/calls/unresolved": ("campaign",),
        "/rules": ("show",),
        "/trunks/new": ("provider",),
        f"/campaigns/{campaign_id}/never.csv": ("why",),
        f"/campaigns/{campaign_id}/export": ("format",),
    }
    for path, fields in refused.items():
        for field in fields:
            answer = admin.get(f"{path}?{field}=bogus")
            assert (answer.status_code, f"{field.capitalize()}: " in answer.text) == (422, True), (
                path,
                field,
            )
    both = "since=2026-11-30&until=2026-11-29"
    assert "Until: " in admin.get(f"/audit?{both}").text
    assert admin.get(f"/audit/export.ndjson?{both}").status_code == 422

    # Nor does a button act on everybody.
    answer = operator.post(f"{contacts}/bulk", {"all": "1", "status": "bogus", "action": "remove"})
    with site.app.app_context():
        assert db.session.query(Contact).count() == 3, answer.status
    operator.post("/campaigns/bulk", {"all": "1", "status": "bogus", "action": "pause"})
    with site.app.app_context():
        assert db.session.get_one(Campaign, campaign_id).status == "running"


def test_many_campaigns_are_paused_at_once_and_the_exceptions_are_named(site: Site) -> None:
    first, second, draft = (make_campaign(site, name=name) for name in ("One", "Two", "Three"))
    act(site, first, "start")
    act(site, second, "start")
    operator = site.visitor(Role.OPERATOR)
    response = operator.post("/campaigns/bulk", {"id": [first, second, draft], "action": "pause"})
    assert (response.status_code, response.location) == (303, "/campaigns")
    page = operator.get("/campaigns").get_data(as_text=True)
    assert "Paused 2 campaigns." in page
    assert "Left 1 campaign as before. Three: It’s still a draft, so it can’t be paused now." in page
    with site.app.app_context():
        assert {c.id: c.status for c in db.session.query(Campaign)} == {1: "paused", 2: "paused", 3: "draft"}
    assert "Select one or more campaigns" in _after(operator, {"action": "pause"})
    assert operator.post("/campaigns/bulk", {"id": [first], "action": "delete"}).status_code == 409


def test_many_campaigns_are_started_and_stopped_after_a_question(site: Site) -> None:
    first, second = (make_campaign(site, name=name) for name in ("One", "Two"))
    empty = make_campaign(site, name="Three", numbers=0)
    operator = site.visitor(Role.OPERATOR)
    asked = operator.post("/campaigns/bulk", {"all": "1", "action": "start"}).get_data(as_text=True)
    assert "Start these campaigns?" in asked
    assert "in 2 campaigns" in " ".join(asked.split())
    assert "no contacts" in asked.partition("Left as they are")[2]
    statuses = lambda: {c.name: c.status for c in db.session.query(Campaign)}  # noqa: E731
    with site.app.app_context():
        assert set(statuses().values()) == {"draft"}
    sure = {"id": [first, second, empty], "sure": "1", "begin": "all"}
    operator.post("/campaigns/bulk", {**sure, "action": "start"})
    with site.app.app_context():
        assert statuses() == {"One": "running", "Two": "running", "Three": "draft"}
    assert "Stop these campaigns for good?" in operator.post(
        "/campaigns/bulk", {"id": [first], "action": "stop"}
    ).get_data(as_text=True)
    operator.post("/campaigns/bulk", {"id": [first], "action": "stop", "sure": "1", "reason": "wrong list"})
    with site.app.app_context():
        assert statuses() == {"One": "stopped", "Two": "running", "Three": "draft"}
        assert db.session.get_one(Campaign, first).status_reason == "wrong list"


def test_a_resume_in_bulk_needs_the_second_person_and_playable_sounds_as_one_by_one(
    tmp_path: Any, sqlite_template: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_site(tmp_path, sqlite_template, clock, second_person_above=2)
    site.add_users(Role.OPERATOR, Role.ADMIN)
    campaign_id = make_campaign(site, 3)
    with site.app.app_context(), transaction(db.session()) as session:
        session.get_one(Campaign, campaign_id).status = "paused"
    proved: list[tuple[int, str]] = []
    monkeypatch.setattr(campaign_bulk, "prove_sounds", lambda *asked: proved.append(asked))
    resume = {"id": str(campaign_id), "action": "resume"}
    operator, other = site.visitor(Role.OPERATOR), site.visitor(Role.ADMIN)
    assert "need a second person" in _after(operator, resume)
    assert "need a second person" in _after(operator, resume), "the same person is no second one"
    with site.app.app_context():
        assert db.session.get_one(Campaign, campaign_id).status == "paused"
    assert "Resumed 1 campaign." in _after(other, resume)
    assert proved == [(campaign_id, "resume")] * 3


def _after(visitor: object, data: dict[str, str]) -> str:
    visitor.post("/campaigns/bulk", data)  # type: ignore[attr-defined]
    return visitor.get("/campaigns").get_data(as_text=True)  # type: ignore[attr-defined]


def test_the_board_is_the_very_part_of_the_list(site: Site) -> None:
    make_campaign(site)
    viewer = site.visitor(Role.VIEWER)
    board = viewer.get("/campaigns/_board").get_data(as_text=True)
    assert board.strip() in viewer.get("/campaigns").get_data(as_text=True)


def test_calls_of_all_campaigns_are_listed_with_theirs(site: Site) -> None:
    one, two = make_campaign(site, name="One"), make_campaign(site, name="Two")
    add_call(site, one, S.BUSY)
    add_call(site, two, S.COMPLETED, contact=1, answered_by="human")
    page = site.visitor(Role.VIEWER).get("/calls").get_data(as_text=True)
    assert page.index(">Two<") < page.index(">One<")
    assert "Person" in page
    only = site.visitor(Role.VIEWER).get("/calls?status=busy").get_data(as_text=True)
    assert ">Two<" not in only
    assert "+12125550100" not in page, "numbers are masked"


def test_a_single_call_is_listed_and_hung_up(site: Site) -> None:
    ensure_trunk(site)
    with site.app.app_context(), transaction(db.session()) as session:
        call = {"to": "+12125550199", "message": {"text": "Hello"}}
        call_id = single_calls.place_single_call(session, call, actor="cli", now=site.clock.now()).id
    operator = site.visitor(Role.OPERATOR)
    page = operator.get("/calls").get_data(as_text=True)
    assert "single call" in page
    assert 'form="hangup"' in page
    assert 'form="hangup"' not in site.visitor(Role.VIEWER).get("/calls").get_data(as_text=True)
    assert operator.post("/calls/hangup", {"id": str(call_id)}).status_code == 303
    with site.app.app_context():
        assert db.session.get_one(Attempt, call_id).hangup_asked_at is not None
    assert operator.post("/calls/hangup", {"id": "x"}).status_code == 404


def test_contacts_are_listed_masked_and_searched(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=60, variables={"name": "Ada"})
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get(f"/campaigns/{campaign_id}/contacts").get_data(as_text=True)
    assert page.count('data-label="name"') == 50
    assert "+12125550100" not in page
    assert 'rel="next"' in page
    found = viewer.get(f"/campaigns/{campaign_id}/contacts?q=0142").get_data(as_text=True)
    assert found.count('data-label="name"') == 1
    none = viewer.get(f"/campaigns/{campaign_id}/contacts?status=completed").get_data(as_text=True)
    assert "No contacts match." in none


def test_a_contacts_page_shows_its_attempts_and_their_events(site: Site) -> None:
    campaign_id = make_campaign(site, variables={"name": "Ada <3"})
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.BUSY, sip_code=486, q850=17, cause="user busy", provider_ref="ref-1")
    page = (
        site.visitor(Role.VIEWER).get(f"/contacts/{contact_ids(site, campaign_id)[0]}").get_data(as_text=True)
    )
    assert "Call 1" in page
    assert "SIP 486, user busy" in page
    assert "Q.850 cause 17." in page
    assert "Reported by the carrier" in page
    assert "Ada &lt;3" in page
    assert "+12125550100" not in page


def test_a_look_at_the_number_is_audited_and_stored_nowhere(site: Site) -> None:
    campaign_id = make_campaign(site)
    contact = contact_ids(site, campaign_id)[0]
    operator = site.visitor(Role.OPERATOR)
    response = operator.post(f"/contacts/{contact}/reveal")
    assert "+12125550100" in response.get_data(as_text=True)
    assert response.headers["Cache-Control"] == "no-store"
    assert ("user:operator@example.org", "contact.reveal") in site.trail()
    assert site.visitor(Role.VIEWER).post(f"/contacts/{contact}/reveal").status_code == 403


def test_never_call_again_suppresses_the_contact_everywhere(site: Site) -> None:
    one, two = make_campaign(site, name="One"), make_campaign(site, name="Two")
    first, other = contact_ids(site, one)[0], contact_ids(site, two)[0]
    operator = site.visitor(Role.OPERATOR)
    assert "other campaign" in operator.get(f"/contacts/{first}").get_data(as_text=True)
    response = operator.post(f"/contacts/{first}/never", {"for": "all", "reason": "asked us"})
    assert (response.status_code, response.location) == (303, f"/contacts/{first}")
    with site.app.app_context():
        assert {db.session.get_one(Contact, c).status for c in (first, other)} == {"suppressed"}
        entry = db.session.query(DoNotCall).one()
        assert (entry.phone, entry.reason, entry.campaign_id) == ("+12125550100", "asked us", None)


def test_never_for_this_campaign_leaves_the_others(site: Site) -> None:
    one, two = make_campaign(site, name="One"), make_campaign(site, name="Two")
    site.visitor(Role.OPERATOR).post(f"/contacts/{contact_ids(site, one)[0]}/never", {"for": "campaign"})
    with site.app.app_context():
        assert db.session.get_one(Contact, contact_ids(site, one)[0]).status == "suppressed"
        assert db.session.get_one(Contact, contact_ids(site, two)[0]).status == "pending"
