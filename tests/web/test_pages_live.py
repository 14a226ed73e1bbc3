"""The live page of a campaign, its polled parts and its buttons; without an engine, so that nothing moves by itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from campaign_app.domain.attempt import RANK, AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Attempt, Campaign, EngineHeartbeat, Role
from campaign_app.services import campaigns
from campaign_app.services.simulator_speed import give_simulator_speed
from campaign_app.transaction import transaction
from tests.web.import_pages import words
from tests.web.pages_support import PAYLOADS, TYPED, act, add_call, an_engine_runs, make_campaign
from tests.web.people_support import Site, squeeze

HTMX = {"HX-Request": "true"}
S = AttemptStatus


def status_of(site: Site, campaign_id: int) -> str:
    with site.app.app_context():
        return db.session.get_one(Campaign, campaign_id).status


def poll_of(page: str, part: str = "live") -> str | None:
    found = re.search(rf'id="{part}"[^>]*hx-trigger="every (\d+)s"', page)
    return found[1] if found else None


def test_the_fragment_is_the_very_part_of_the_page(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.RINGING)
    add_call(site, campaign_id, S.BUSY, contact=1)
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    fragment = viewer.get(f"/campaigns/{campaign_id}/_live", headers=HTMX).get_data(as_text=True)
    assert fragment.strip() in page
    assert fragment.strip().startswith('<div id="live"')


def test_the_page_sets_the_polling_pace_by_what_it_shows(site: Site) -> None:
    campaign_id = make_campaign(site)
    viewer = site.visitor(Role.VIEWER)

    def pace() -> str | None:
        return poll_of(viewer.get(f"/campaigns/{campaign_id}/_live").get_data(as_text=True))

    assert pace() is None, "a draft does not move"
    act(site, campaign_id, "start")
    assert pace() == "2"
    act(site, campaign_id, "pause")
    assert pace() == "15"
    add_call(site, campaign_id, S.IN_PROGRESS)
    assert pace() == "2", "an open call is followed to its end"
    act(site, campaign_id, "stop")
    assert pace() == "2"
    with site.app.app_context(), transaction(db.session()) as session:
        attempt = session.query(Attempt).one()
        attempt.status, attempt.rank, attempt.ended_at = S.COMPLETED, 9, site.clock.now()
    assert pace() is None, "stopped, and nothing is open"


@pytest.mark.parametrize("part", ["_live", "_calls"])
def test_a_poll_without_news_is_304_even_as_time_passes(site: Site, part: str) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.BUSY)
    site.clock.move(20 * 60)  # the pace of the last quarter of an hour would still change
    viewer = site.visitor(Role.VIEWER)
    address = f"/campaigns/{campaign_id}/{part}"
    first = viewer.get(address)
    site.clock.move(30)
    again = viewer.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    add_call(site, campaign_id, S.RINGING, contact=1)
    assert viewer.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_numbers_of_the_page_are_those_of_the_database(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=5)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.COMPLETED, contact=0)
    add_call(site, campaign_id, S.NO_ANSWER, contact=1)
    add_call(site, campaign_id, S.RINGING, contact=2)
    add_call(site, campaign_id, S.IN_PROGRESS, contact=3)
    page = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "2 of 20 lines in use: 1 talking, 1 ringing, 0 being set up" in page
    assert page.count('class="f-live" cx=') == 1
    assert page.count('class="f-wait" cx=') == 1
    assert page.count('class="f-off" cx=') == 18
    assert "50.0%" in page
    assert "2 attempts: 1 answered, nobody knows by whom, 1 no answer" in page
    assert "<small>of 5, 0%</small>" in page


def test_unresolved_attempts_are_pointed_out_with_a_way_to_them(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.UNRESOLVED)
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "1 call has an unknown outcome." in page
    assert f'href="/calls/unresolved?campaign={campaign_id}"' in page
    assert f'href="/campaigns/{campaign_id}?status=unresolved#calls"' in page
    shown = viewer.get(f"/campaigns/{campaign_id}?status=unresolved").get_data(as_text=True)
    assert shown.count('data-label="What happened"') == 1
    assert "This person won’t be called again until you decide" in page
    act(site, campaign_id, "stop")
    stopped = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "The campaign is stopped: this person won’t be called again." in stopped


def test_it_says_why_it_is_not_dialing_and_until_when(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    with site.app.app_context(), transaction(db.session()) as session:
        moment = site.clock.move(6 * 3600)  # Friday 21:00 UTC, 22:00 in Paris
        beat = EngineHeartbeat(name="e", host="h", pid=1, started_at=moment, last_tick_at=moment, tick_ms=1)
        session.add(beat)
    page = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "Why isn’t it calling?" in page
    assert "Outside calling hours" in page
    assert "until Mon 23 Nov 08:00 UTC" in page


def test_trouble_is_shown(site: Site) -> None:
    campaign_id = make_campaign(site)
    with site.app.app_context(), transaction(db.session()) as session:
        campaign = session.get_one(Campaign, campaign_id)
        campaign.last_error, campaign.last_error_at = "connection <refused>", site.clock.now()
    page = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "connection &lt;refused&gt;" in page


def test_buttons_without_script_lead_back_to_the_page(site: Site) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    for action, reached in [
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("stop", "stopped"),
    ]:
        response = operator.post(f"/campaigns/{campaign_id}/{action}", {"open": "drain", "begin": "all"})
        assert (response.status_code, response.location) == (303, f"/campaigns/{campaign_id}")
        assert status_of(site, campaign_id) == reached
        operator.get(f"/campaigns/{campaign_id}")
    assert operator.post(f"/campaigns/{campaign_id}/archive").status_code == 303
    assert site.woken == 5


def test_a_button_pressed_by_htmx_gets_the_live_part(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    act(site, campaign_id, "pause")
    operator = site.visitor(Role.OPERATOR)
    response = operator.post(f"/campaigns/{campaign_id}/resume", headers=HTMX)
    assert response.status_code == 200
    assert response.get_data(as_text=True).strip().startswith('<div id="live"')
    assert poll_of(response.get_data(as_text=True)) == "2"


def test_an_impossible_action_is_refused_on_the_campaigns_own_page(site: Site) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    page = operator.post(f"/campaigns/{campaign_id}/pause", follow_redirects=True)
    assert (page.status_code, page.request.path) == (200, f"/campaigns/{campaign_id}")
    assert "It’s still a draft, so it can’t be paused now." in page.text
    by_htmx = operator.post(f"/campaigns/{campaign_id}/pause", headers=HTMX)
    assert by_htmx.status_code == 409
    assert "It’s still a draft" in by_htmx.text
    assert '<div id="live"' in by_htmx.text, "with the campaign as it is now"


def test_what_was_done_already_is_no_error(site: Site) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    here = f"/campaigns/{campaign_id}"
    for action in ("start", "pause", "resume", "stop", "archive"):
        first, again = (
            operator.post(f"{here}/{action}", {"begin": "all"}, follow_redirects=True) for _ in range(2)
        )
        assert first.status_code == again.status_code == 200
        assert "It’s already" in again.text, action
        assert 'class="i tone-bad"' not in again.text, action
    clone = operator.post(f"{here}/pause", follow_redirects=True).text
    assert f'action="{here}/clone"' in clone
    running = make_campaign(site)
    act(site, running, "start")
    page = operator.get(f"/campaigns/{running}/start", follow_redirects=True)
    assert page.request.path == f"/campaigns/{running}"


def test_a_start_without_contacts_stays_there_with_the_button_that_helps(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    page = operator.post(f"/campaigns/{campaign_id}/start", {"begin": "all"}, follow_redirects=True)
    assert page.request.path == f"/campaigns/{campaign_id}"
    assert "It has no contacts" in page.text
    assert f'<a class="btn small" href="/campaigns/{campaign_id}#add">Add numbers</a>' in page.text


def test_any_other_refusal_leads_back_to_the_page_it_was_asked_on(site: Site) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    here = f"/campaigns/{campaign_id}"
    site_url = "http://localhost"
    back = operator.post(f"{here}/proceed", {"people": "all"}, headers={"Referer": f"{site_url}{here}?q=1"})
    assert (back.status_code, back.location) == (303, f"{here}?q=1")
    assert "There is nothing to continue" in operator.get(here).text
    for elsewhere in ("https://evil.example/", f"{site_url}//evil.example", ""):
        page = operator.post(f"{here}/proceed", {"people": "all"}, headers={"Referer": elsewhere})
        assert page.status_code == 409
    # A refused dialog is shown at its form's address, which has no page to go back to.
    refused = operator.post(f"{here}/pause", {"until": "soon"})
    assert (refused.status_code, refused.request.path) == (422, f"{here}/pause")
    page = operator.post(
        f"{here}/proceed", {"people": "all"}, headers={"Referer": refused.request.url}, follow_redirects=True
    )
    assert (page.status_code, "There is nothing to continue" in page.text) == (409, True)


def test_a_form_whose_campaign_was_stopped_meanwhile_keeps_what_was_typed(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "stop")
    operator = site.visitor(Role.OPERATOR)
    page = operator.post(f"/campaigns/{campaign_id}/edit", {**TYPED, "name": "Half an hour of typing"})
    assert page.status_code == 409
    assert "what you typed is still here" in page.text
    assert 'value="Half an hour of typing"' in page.text


def test_a_pause_until_is_asked_for_shown_changed_and_refused(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    operator = site.visitor(Role.OPERATOR)
    here = f"/campaigns/{campaign_id}"
    assert 'name="until"' in operator.get(here).text
    page = operator.post(f"{here}/pause", {"for": "60", "reason": "full"}, follow_redirects=True)
    # The reader's clock says 15:00 UTC.
    assert "It resumes at 16:00 UTC" in page.text
    assert "until 16:00 UTC: full" in operator.get("/campaigns").text
    page = operator.post(f"{here}/resume-at", {"until": "2026-11-20T18:30"}, follow_redirects=True)
    assert "resumes at 17:30 UTC" in page.text
    for wrong in (
        {"until": "2026-11-20T15:59"},
        {"until": "soon"},
        {"for": "7"},
        {"for": "60", "until": "x"},
    ):
        page = operator.post(f"{here}/resume-at", wrong)
        assert page.status_code == 422
        assert 'role="alert"' in page.text, wrong
        assert "It resumes at 17:30 UTC" in page.text, wrong
    operator.post(f"{here}/resume-at", {})
    assert "resumes at" not in operator.get(here).text.partition('id="resume-at"')[0].partition("note")[2]


def test_a_refused_dialog_is_open_again_with_what_was_typed(site: Site) -> None:
    campaign_id = make_campaign(site, default_region=None)
    act(site, campaign_id, "start")
    operator = site.visitor(Role.OPERATOR)
    here = f"/campaigns/{campaign_id}"
    typed = {"until": "2026-11-20T15:59", "reason": "lunch", "open": "hangup"}
    page = operator.post(f"{here}/pause", typed)
    assert page.status_code == 422
    dialog = re.search(r'<dialog class="dialog stack-s" id="pause" open .*?</dialog>', squeeze(page.text))
    assert dialog is not None
    for text in (
        "It was not paused.",
        'value="lunch"',
        'value="2026-11-20T15:59"',
        'id="pause-until-error"',
        'aria-describedby="pause-until-error"',
        'value="hangup" checked',
        f'<a class="btn" href="{here}">Cancel</a>',
    ):
        assert text in dialog[0], text
    assert "That time has passed" in dialog[0]
    assert "Edit campaign</a>" not in dialog[0]
    page = operator.post(f"{here}/contacts", {"phone": "12", "status": "pending"})
    assert page.status_code == 422
    assert "Nobody was added." in page.text
    assert 'id="add-phone-error"' in page.text
    assert 'value="12"' in page.text
    assert "choose a country" not in page.text
    page = operator.post(f"{here}/test", {"to": "xyz"})
    assert page.status_code == 422
    assert '<details class="data" id="test-call" open>' in squeeze(page.text)
    assert "No test call was made." in page.text
    assert "It has letters in it" in words(page)
    assert 'value="xyz"' in page.text


def test_everything_is_paused_or_stopped_with_words_and_a_reason(site: Site) -> None:
    first, second = make_campaign(site), make_campaign(site)
    act(site, first, "start")
    act(site, second, "start")
    operator = site.visitor(Role.OPERATOR)
    assert 'id="stop-all"' in operator.get("/campaigns").text
    page = operator.post("/campaigns/pause-all", {"for": "30", "reason": "storm"}, follow_redirects=True)
    assert "Paused 2 campaigns." in page.text
    page = operator.post("/campaigns/stop-all", {"confirm": "STOP", "reason": "storm"})
    assert page.status_code == 422
    assert '<dialog class="dialog stack-s" id="stop-all" open ' in squeeze(page.text)
    assert "Nothing was stopped." in page.text
    assert 'value="storm"' in page.text
    assert "Type stop all" in words(page)
    page = operator.post(
        "/campaigns/stop-all", {"confirm": "stop all", "reason": "false alarm"}, follow_redirects=True
    )
    assert "Stopped 2 campaigns." in page.text
    assert "Nothing was running." in operator.post("/campaigns/pause-all", {}, follow_redirects=True).text
    assert site.visitor(Role.VIEWER).post("/campaigns/pause-all", {}).status_code == 403


def test_pausing_with_hang_up_asks_for_the_end_of_open_calls(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.IN_PROGRESS)
    operator = site.visitor(Role.OPERATOR)
    operator.post(f"/campaigns/{campaign_id}/pause", {"open": "hangup", "reason": "wrong message"})
    with site.app.app_context():
        assert db.session.query(Attempt).one().hangup_asked_at is not None
    page = operator.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "wrong message" in page
    assert "hanging up" in page


def test_the_dialogs_name_the_consequence_of_this_moment(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    operator = site.visitor(Role.OPERATOR)
    page = operator.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert 'popovertarget="pause"' in page
    assert "Stop Flu shots for good?" in page
    add_call(site, campaign_id, S.RINGING)
    now = operator.get(f"/campaigns/{campaign_id}/_consequence?action=stop").get_data(as_text=True)
    assert "3 waiting contacts are canceled" in now
    assert "1 call is in progress now" in now


def test_a_viewer_sees_everything_and_may_press_nothing(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "popovertarget" not in page.partition("<main")[2].partition("</main>")[0]
    assert f'action="/campaigns/{campaign_id}/' not in page
    for action in ("start", "pause", "resume", "stop", "archive", "reopen", "clone", "delete", "imports"):
        assert viewer.post(f"/campaigns/{campaign_id}/{action}").status_code == 403, action
    assert viewer.get(f"/campaigns/{campaign_id}/export").status_code == 403
    assert status_of(site, campaign_id) == "running"


def test_live_pages_refresh_themselves_without_script(site: Site) -> None:
    campaign_id = make_campaign(site)
    viewer = site.visitor(Role.VIEWER)
    assert "http-equiv" not in viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    act(site, campaign_id, "start")
    page = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert '<noscript> <meta http-equiv="refresh"' in squeeze(page)


def test_the_calls_are_filtered_sorted_and_paged_by_the_address(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=60)
    act(site, campaign_id, "start")
    for index in range(30):
        add_call(site, campaign_id, S.BUSY if index % 2 else S.COMPLETED, contact=index)
    viewer = site.visitor(Role.VIEWER)

    def rows(query: str = "") -> list[str]:
        text = viewer.get(f"/campaigns/{campaign_id}/_calls{query}").get_data(as_text=True)
        return re.findall(r'id="call-(\d+)"', text)

    assert rows() == [str(n) for n in range(30, 5, -1)]
    assert rows("?status=busy") == [str(n) for n in range(30, 0, -2)]
    assert rows("?q=12125550104") == ["5"]
    assert rows("?q=0104") == ["5"]
    assert rows("?q=flat+0104") == []
    assert rows("?sort=phone")[0] == "1"
    page = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    older = re.search(r'cursor=([\w-]+)[^"]*" rel="next"', squeeze(page))
    assert older is not None
    assert rows(f"?cursor={older[1]}") == ["5", "4", "3", "2", "1"]


def test_the_first_page_follows_until_its_order_is_frozen(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=60)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.RINGING, contact=59)
    for index in range(26):
        add_call(site, campaign_id, S.BUSY, contact=index)
    viewer = site.visitor(Role.VIEWER)

    def rows(address: str) -> tuple[list[str], str]:
        text = viewer.get(address).get_data(as_text=True)
        return re.findall(r'id="call-(\d+)"', text), text

    calls = f"/campaigns/{campaign_id}/_calls"
    first, page = rows(calls)
    assert (first[0], len(first)) == ("27", 25)
    at = re.search(r'data-at="(\d+)"\s+data-top="27"', page)
    assert at is not None
    site.clock.move(5)
    with site.app.app_context(), transaction(db.session()) as session:
        ringing = session.get_one(Attempt, 1)
        ringing.status, ringing.rank, ringing.ended_at = S.COMPLETED, 9, site.clock.now()
    for index in range(26, 29):
        add_call(site, campaign_id, S.BUSY, contact=index)
    assert rows(calls)[0][0] == "30", "nobody reads: the newest is on top"
    frozen, text = rows(f"{calls}?top=27&at={at[1]}")
    assert frozen == first
    assert "4 new calls" in text, "the one that was open then is one of them"
    older = re.search(r'href="(/campaigns/[^"]*cursor=[^"]*)"\s+rel="next"', page)
    assert older is not None
    assert "top=27" in older[1], "whoever pages goes on in the same order"
    assert rows(older[1].replace("&amp;", "&").partition("#")[0])[0] == ["2"]


@pytest.mark.parametrize(
    "query",
    ["?status=<b>", "?sort=;drop", "?top=x&at=99999999999999", "?q=%00%F0", "?status=open&sort=-status"],
)
def test_a_strange_address_shows_the_page(site: Site, query: str) -> None:
    campaign_id = make_campaign(site)
    assert site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}{query}").status_code == 200


def test_a_cursor_of_another_list_is_refused_in_words(site: Site) -> None:
    campaign_id = make_campaign(site)
    assert site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}?cursor=abc").status_code == 422


@pytest.mark.parametrize(
    "address", ["/campaigns/99", "/campaigns/99/_live", f"/campaigns/{10**30}", "/contacts/99"]
)
def test_what_is_not_there_is_404(site: Site, address: str) -> None:
    assert site.visitor(Role.VIEWER).get(address).status_code == 404


@pytest.mark.parametrize("format", ["csv", "json", "ndjson"])
def test_an_export_is_streamed_and_leaves_a_trace(site: Site, format: str) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    response = operator.get(f"/campaigns/{campaign_id}/export?format={format}")
    assert response.status_code == 200
    assert "+12125550100" in response.get_data(as_text=True)
    assert response.headers["Content-Disposition"].endswith(f'campaign-{campaign_id}.{format}"')
    assert ("user:operator@example.org", "campaign.export") in site.trail()
    assert operator.get(f"/campaigns/{campaign_id}/export?format=xls").status_code == 422


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_shown_as_the_text_it_is(site: Site, payload: str) -> None:
    variables = {"name": payload, payload[:60]: "x"}
    # A brace by itself is written twice; doubled, the form shows it as it was typed.
    words = payload.replace("{", "{{").replace("}", "}}")
    campaign_id = make_campaign(site, name=payload, message={"text": words}, variables=variables)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.BUSY, cause=payload, disposition=payload[:60], provider_ref=payload[:100])
    add_call(site, campaign_id, S.UNRESOLVED, contact=1, cause=payload)
    act(site, campaign_id, "pause", reason=payload)
    with site.app.app_context(), transaction(db.session()) as session:
        session.get_one(Campaign, campaign_id).last_error = payload
    operator = site.visitor(Role.OPERATOR)
    for address in (
        "/campaigns",
        f"/campaigns/{campaign_id}",
        f"/campaigns/{campaign_id}/_live",
        f"/campaigns/{campaign_id}/_calls",
        f"/campaigns/{campaign_id}/edit",
        f"/campaigns/{campaign_id}/contacts",
        f"/campaigns/{campaign_id}/imports/new",
        "/contacts/1",
        "/calls",
        f"/campaigns?q={payload[:50]}",
    ):
        response = operator.get(address)
        page = response.get_data(as_text=True)
        assert response.status_code == 200, address
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "'onmouseover" not in page
        assert "49{%" not in page


def test_a_clone_is_a_draft_and_a_draft_can_be_deleted(site: Site) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    response = operator.post(f"/campaigns/{campaign_id}/clone")
    assert response.location == "/campaigns/2"
    assert "Flu shots (copy)" in operator.get("/campaigns/2").get_data(as_text=True)
    page = operator.post("/campaigns/2/delete", follow_redirects=True).text
    assert "It can be restored for 30 days." in page
    assert 'action="/campaigns/2/restore"' in page
    gone = operator.get("/campaigns/2")
    assert (gone.status_code, "was deleted; it can be restored for 30 days" in gone.text) == (404, True)
    listed = operator.get("/campaigns?status=deleted").text
    assert 'formaction="/campaigns/2/restore"' in listed
    assert "Clone Flu shots (copy)" not in listed
    assert "Draft</span>" not in listed
    assert "Flu shots (copy)" not in operator.get("/campaigns").text
    assert "Restored Flu shots (copy)." in operator.post("/campaigns/2/restore", follow_redirects=True).text


def test_every_time_is_on_the_readers_clock(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.BUSY)
    site.clock.move(timedelta(minutes=5).total_seconds())
    viewer = site.visitor(Role.VIEWER)

    def clocks() -> tuple[str, str]:
        page = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
        updated = re.search(r"Updated <time data-age[^>]*>([\d:]+)</time>\s*(\S+)</span>", page)
        started = re.search(r'data-label="Started \(([^)]+)\)"[^>]*><time[^>]*>([\d:]+)</time>', page)
        assert updated is not None
        assert started is not None
        assert re.search(r"Times are .*" + re.escape(started[1]), page)
        return f"{updated[1]} {updated[2]}", f"{started[2]} {started[1]}"

    assert clocks() == ("15:05:00 UTC", "14:59:52 UTC")
    viewer.client.set_cookie("zone", "Asia/Kolkata")
    assert clocks() == ("20:35:00 Asia/Kolkata", "20:29:52 Kolkata"), "the browser's"
    assert viewer.post("/account/clock", {"time_zone": "America/New_York"}).status_code == 303
    assert clocks() == ("10:05:00 America/New_York", "09:59:52 New York"), "the account's comes first"
    assert viewer.post("/account/clock", {"time_zone": "Mars/Base"}).status_code == 422
    viewer.post("/account/clock", {"time_zone": ""})
    viewer.client.set_cookie("zone", "<b>../etc")
    assert clocks()[0] == "15:05:00 UTC", "what is no zone counts as none"


def test_open_calls_come_first_and_complete_and_theirs_is_another_clock(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=60)
    act(site, campaign_id, "start")
    for index in range(42):
        add_call(site, campaign_id, S.RINGING, contact=index)
    add_call(site, campaign_id, S.BUSY, contact=50, q850=1, sip_code=404, cause="unallocated number")
    page = squeeze(site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").get_data(as_text=True))
    open_table = page[page.index('id="open-calls"') : page.index("Each contact is counted once")]
    assert open_table.count("data-since=") == 40
    assert "All 42 calls in progress" in open_table
    assert "09:59 New York" in open_table
    assert page.index('id="open-calls"') < page.index('id="calls-table"')
    ended = page[page.index('id="calls-table"') :]
    assert ended.count("<time data-since") == 0
    assert "SIP" not in ended
    assert "All<b>1</b>" in page
    assert "In progress<b>42</b>" in page
    shown = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}?status=open").get_data(as_text=True)
    assert "Older" in shown[shown.index('id="calls-table"') :]
    assert shown[shown.index('id="calls-table"') :].count("<time data-since") == 25


def test_a_simulated_call_counts_no_longer_than_it_can_last(site: Site) -> None:
    campaign_id = make_campaign(site, ring_seconds=25, longest_call_seconds=200)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.RINGING)
    add_call(site, campaign_id, S.IN_PROGRESS, contact=1)

    def lasting() -> list[tuple[str, str]]:
        page = squeeze(site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").text)
        return re.findall(
            r'<time data-since="[^"]+" data-speed="[^"]+"( data-most="\d+")?>([\d:]+)</time>', page
        )

    with site.app.app_context():
        give_simulator_speed(db.engine, 60)
    assert sorted(lasting()) == [(' data-most="225"', "3:45"), (' data-most="25"', "0:25")]
    with site.app.app_context():
        give_simulator_speed(db.engine, 1)
    assert lasting() == [("", "0:08"), ("", "0:08")], "a real call that rings too long is shown as it is"


def test_what_is_over_is_not_called_waiting_or_about_to_be(site: Site) -> None:
    campaign_id = make_campaign(site)
    with site.app.app_context(), transaction(db.session()) as session:
        campaigns.perform_campaign_action(
            session, campaign_id, "start", actor="cli", now=site.clock.now(), soft_start=2
        )
    site.clock.move(60)
    call_id = add_call(site, campaign_id, S.RINGING)
    add_call(site, campaign_id, S.BUSY, contact=1)
    viewer = site.visitor(Role.VIEWER)
    assert "2 of 2 people called, or about to be. Then it waits for you." in words(
        viewer.get(f"/campaigns/{campaign_id}")
    )
    act(site, campaign_id, "stop")
    stopped = words(viewer.get(f"/campaigns/{campaign_id}"))
    assert "Nobody else is called" in stopped
    assert "contacts are waiting" not in stopped
    assert "not calling now" not in stopped, "one is still being called"
    with site.app.app_context(), transaction(db.session()) as session:
        call = session.get_one(Attempt, call_id)
        call.status, call.rank, call.ended_at = S.BUSY, RANK[S.BUSY], site.clock.now()
        session.get_one(Campaign, campaign_id).status = "paused"
    paused = words(viewer.get(f"/campaigns/{campaign_id}"))
    assert "2 of 2 people called. It waits for you to continue." in paused


def test_a_failed_call_says_why_in_words(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.FAILED, sip_code=404, cause="unallocated number")
    page = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "The number doesn’t exist" in page


def test_the_tab_says_what_the_campaign_does_and_nothing_finishes_without_an_engine(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, S.COMPLETED)
    viewer = site.visitor(Role.VIEWER)

    def tab() -> tuple[str, str]:
        page = viewer.get(f"/campaigns/{campaign_id}/_live").get_data(as_text=True)
        found = re.search(r'data-title="([^"]*)"\s+data-tone="(\w*)"', page)
        assert found is not None
        return found[1], found[2]

    assert tab() == ("‼ 0% Flu shots", "bad"), "without an engine"
    with site.app.app_context(), transaction(db.session()) as session:
        moment = site.clock.now()
        beat = EngineHeartbeat(name="e", host="h", pid=1, started_at=moment, last_tick_at=moment, tick_ms=1)
        session.add(beat)
    assert tab() == ("▶ 0% Flu shots", "live")
    assert "includes closed hours" in viewer.get(f"/campaigns/{campaign_id}/_live").get_data(as_text=True)
    site.clock.move(60)
    assert tab()[1] == "bad"
    page = viewer.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert "includes closed hours" not in page, "no time at which it finishes"
    assert "no calls are being made" in page
    act(site, campaign_id, "pause", reason="Feuer")
    assert tab() == ("⏸ 0% Flu shots", "wait")
    assert ": Feuer." in viewer.get(f"/campaigns/{campaign_id}/_live").text, "a full stop after the reason"
    act(site, campaign_id, "resume")
    an_engine_runs(site)
    assert tab() == ("▶ 0% Flu shots", "live"), "about to call"
    with site.app.app_context(), transaction(db.session()) as session:
        session.get_one(Campaign, campaign_id).starts_at = site.clock.now() + timedelta(hours=1)
    assert tab() == ("⏳ 0% Flu shots", "wait"), "it waits, and nobody paused it"


@pytest.mark.parametrize(
    "whose, timezone, words",
    [
        ("both", "Europe/Paris", "Europe/Paris, within each person’s own hours,"),
        ("both", None, "on each person’s clock, within each person’s own hours,"),
        ("person", "Europe/Paris", "Europe/Paris (ignored: only each person’s own hours count),"),
        ("person", None, "on each person’s clock (ignored: only each person’s own hours count),"),
        ("campaign", "Europe/Paris", "Europe/Paris, on the campaign’s own clock alone,"),
    ],
)
def test_the_page_says_whose_clock_the_windows_are_kept_by(
    site: Site, whose: str, timezone: str | None, words: str
) -> None:
    campaign_id = make_campaign(site, clock=whose, timezone=timezone)
    page = squeeze(site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").get_data(as_text=True))
    assert words in page


def test_a_draft_without_a_purpose_promises_no_hours_but_says_that_nobody_is_called(site: Site) -> None:
    campaign_id = make_campaign(site, purpose=None, clock="both")
    page = squeeze(site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").text)
    assert "within each person’s own hours once you say what the calls are for," in page
    assert "Nobody is called until you do: it decides at which hours" in page


@pytest.mark.parametrize(
    "whose, words",
    [
        ("both", "Europe/Paris, whatever the hour is for each person, since this is an emergency,"),
        ("person", "Europe/Paris (ignored: in an emergency people may be called at any hour),"),
        ("campaign", "Europe/Paris, on the campaign’s own clock alone,"),
    ],
)
def test_an_emergency_knows_no_hours_of_people(site: Site, whose: str, words: str) -> None:
    campaign_id = make_campaign(site, clock=whose, timezone="Europe/Paris", purpose="emergency")
    page = squeeze(site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").get_data(as_text=True))
    assert words in page
    assert "own hours" not in page


def test_a_form_that_is_refused_answers_with_its_page_and_a_sentence(site: Site) -> None:
    """Also where the browser does not say from which page it was sent."""
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    admin = site.visitor(Role.ADMIN)
    here = f"/campaigns/{campaign_id}"
    refused = [
        (f"{here}/proceed", {"people": "x"}, 422, "People: all or 5.", "Flu shots"),
        (f"{here}/proceed", {"people": "all"}, 409, "There is nothing to continue", "Flu shots"),
        ("/campaigns/99/proceed", {"people": "all"}, 404, "There is no campaign 99.", "New campaign"),
        (f"{here}/contacts/bulk", {"action": "x"}, 409, "Choose one of again", "Add one contact"),
        ("/calls/hangup", {"id": "99"}, 404, "There is no call 99.", "Every call of every campaign"),
        ("/calls/unresolved", {"do": "x"}, 422, "Do: choose done", "Outcome unknown"),
        ("/calls/exports", {"format": "zip"}, 422, "Format: choose one of", "Download now"),
        ("/campaigns/bulk", {"action": "x"}, 409, "Choose one of start", "Flu shots"),
    ]
    for path, form, status, sentence, page in refused:
        answer = admin.post(path, form)
        assert (answer.status_code, sentence in answer.text, page in answer.text) == (status, True, True), (
            path
        )
    # From its own page it leads back there, and no form is taken twice.
    home = {"Referer": f"http://localhost{here}"}
    answer = admin.post(f"{here}/proceed", {"people": "x"}, headers=home)
    assert (answer.status_code, answer.headers["Location"]) == (303, here)
    for path in (f"{here}/pause", "/campaigns/pause-all"):
        until = {"until": "2030-12-01T10:00", "until_zone": "Mars/X"}
        answer = admin.post(path, until)
        assert (answer.status_code, "give an IANA zone" in answer.text) == (422, True)
    with site.app.app_context():
        assert db.session().get_one(Campaign, campaign_id).status == "running"
