"""The why page: one true sentence about a number, every rule and what it says, and every call to it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db, limiter
from campaign_app.models import Contact, DoNotCall, Role
from campaign_app.services import recovery, single_calls, trunks
from campaign_app.transaction import transaction
from tests.engine.people import DELHI, NEW_YORK, SATURDAY, THEIRS, at
from tests.engine.world import BY, World, phones
from tests.web.pages_support import NUMBERS, PAYLOADS, act, add_call, contact_ids, make_campaign
from tests.web.people_support import Site, close, squeeze

TAGS = re.compile(r"<[^>]+>")
SENTENCE = re.compile(r'<p class="say any">(.*?)</p>', re.DOTALL)
ROW = re.compile(
    r'<tr>\s*<th scope="row" class="two">(?P<title>.*?)</th>\s*<td data-label="Says"[^>]*>(?P<says>.*?)</td>'
    r"\s*<td [^>]*>(?P<until>.*?)</td>\s*<td [^>]*>(?P<remedy>.*?)</td>",
    re.DOTALL,
)
CONSENT = {"kind": "express", "source": "the form of 2026"}
"""With it the caps of the USA leave people to the campaign's own."""


def words(markup: str) -> str:
    return squeeze(html.unescape(TAGS.sub(" ", markup))).strip()


def sentence_of(page: str) -> str:
    found = SENTENCE.search(page)
    assert found is not None, page
    return words(found.group(1))


def rows_of(page: str) -> dict[str, tuple[str, str, str]]:
    """{rule: what it says, until, its button}, in the order of the page."""
    return {
        words(found["title"]): (words(found["says"]), words(found["until"]), words(found["remedy"]))
        for found in ROW.finditer(page)
    }


def look_up(site: Site, phone: str, role: Role = Role.OPERATOR) -> str:
    response = site.visitor(role).get("/why", query_string={"phone": phone})
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_data(as_text=True)


# ---- what the page says, what the API answers and what the permit then does are one


@pytest.fixture
def both(world: World, database_url: str, tmp_path: Path) -> Iterator[Site]:
    """The site of the world's database and clock."""
    held = Settings(
        instance_path=tmp_path / "instance", database_url=database_url, engine="off", secret_key="s" * 32
    )
    site = Site(create_app(held, clock=world.clock), world.clock)
    limiter.reset()
    site.add_users(Role.OPERATOR)
    yield site
    close(site)


def a_free_number(world: World) -> str:
    world.campaign([NEW_YORK])
    return NEW_YORK


def a_person_who_is_awake(world: World) -> str:
    at(world, SATURDAY)
    world.campaign([NEW_YORK], **THEIRS)
    return NEW_YORK


def a_person_who_is_asleep(world: World) -> str:
    at(world, SATURDAY)
    world.campaign([DELHI], **THEIRS)
    return DELHI


def a_moment_before_closing(world: World) -> str:
    at(world, SATURDAY + timedelta(hours=4, minutes=58, seconds=30))
    world.campaign([NEW_YORK], **THEIRS)
    return NEW_YORK


def _call_once(world: World) -> None:
    world.campaign([NEW_YORK])
    world.tick()
    world.provider.end_all()
    world.tick()


def a_capped_number(world: World) -> str:
    _call_once(world)
    world.campaign([NEW_YORK], caps=[{"most": 1, "per_hours": 24, "scope": "number"}])
    return NEW_YORK


def a_number_below_its_cap(world: World) -> str:
    _call_once(world)
    world.campaign([NEW_YORK], caps=[{"most": 2, "per_hours": 24, "scope": "number"}])
    return NEW_YORK


def a_gap_that_lasts(world: World) -> str:
    _call_once(world)
    world.campaign([NEW_YORK], min_gap_minutes=240)
    return NEW_YORK


def a_gap_that_is_over(world: World) -> str:
    _call_once(world)
    world.campaign([NEW_YORK], min_gap_minutes=240)
    world.clock.move(4 * 3600)
    return NEW_YORK


def a_listed_number(world: World) -> str:
    world.campaign([NEW_YORK])
    world.forbid(NEW_YORK)
    return NEW_YORK


def a_number_that_another_campaign_may_not_call(world: World) -> str:
    world.campaign([NEW_YORK])
    world.forbid(NEW_YORK, world.campaign())
    return NEW_YORK


def a_paused_campaign(world: World) -> str:
    world.act(world.campaign([NEW_YORK]), "pause")
    return NEW_YORK


def a_draft(world: World) -> str:
    world.campaign([NEW_YORK], start=False)
    return NEW_YORK


def a_paused_trunk(world: World) -> str:
    world.campaign([NEW_YORK])
    with world.session() as session:
        trunks.pause_trunk(session, world.trunk_id, reason="works", actor=BY, now=world.clock.now())
    return NEW_YORK


def a_quarantine(world: World) -> str:
    world.campaign([NEW_YORK])
    world.sql("INSERT INTO settings (key, value) VALUES ('quarantine', '{}')")
    return NEW_YORK


def a_retry_that_waits(world: World) -> str:
    world.campaign([NEW_YORK])
    world.tick()
    world.provider.end_all(AttemptStatus.BUSY)
    world.tick()
    return NEW_YORK


def a_retry_that_is_due(world: World) -> str:
    a_retry_that_waits(world)
    world.clock.move(3600)
    return NEW_YORK


def full_lines(world: World) -> str:
    world.campaign(phones(2), max_concurrent_calls=1)
    world.tick()
    return phones(2)[1]


def a_full_trunk(world: World) -> str:
    world.sql("UPDATE trunks SET max_concurrent_calls = 1")
    world.campaign(phones(2))
    world.tick()
    return phones(2)[1]


def a_slow_pace(world: World) -> str:
    world.campaign(phones(2), calls_per_second=0.01)
    world.tick()
    return phones(2)[1]


def a_number_that_was_reached(world: World) -> str:
    _call_once(world)
    return NEW_YORK


def a_broken_rulebook(world: World) -> str:
    world.campaign([NEW_YORK])
    world.sql("UPDATE rulebooks SET body = '{}'")
    return NEW_YORK


def a_soft_start_that_waits(world: World) -> str:
    world.act(world.campaign(phones(2), start=False), "start", soft_start=1)
    world.tick()
    world.provider.end_all()
    world.tick()
    return phones(2)[1]


def a_number_that_the_trunk_may_not_call(world: World) -> str:
    world.campaign([NEW_YORK])
    world.sql("UPDATE trunks SET countries = '[\"FR\"]'")
    return NEW_YORK


Situation = Callable[[World], str]
FREE: list[Situation] = [
    a_free_number,
    a_person_who_is_awake,
    a_number_below_its_cap,
    a_gap_that_is_over,
    a_number_that_another_campaign_may_not_call,
    a_retry_that_is_due,
]
HELD: list[Situation] = [
    a_person_who_is_asleep,
    a_moment_before_closing,
    a_capped_number,
    a_gap_that_lasts,
    a_listed_number,
    a_paused_campaign,
    a_draft,
    a_paused_trunk,
    a_retry_that_waits,
    full_lines,
    a_full_trunk,
    a_slow_pace,
    a_number_that_was_reached,
    a_quarantine,
    a_broken_rulebook,
    a_soft_start_that_waits,
    a_number_that_the_trunk_may_not_call,
]


@pytest.mark.parametrize("situation", [*FREE, *HELD], ids=lambda situation: situation.__name__)
def test_the_sentence_the_api_and_the_next_tick_agree(both: Site, world: World, situation: Situation) -> None:
    number = situation(world)
    before = [dial.to for dial in world.provider.placed].count(number)
    sentence = sentence_of(look_up(both, number))
    token = {"Authorization": f"Bearer {both.token(Role.VIEWER)}"}
    answer = both.app.test_client().get("/api/v1/why", query_string={"phone": number}, headers=token).json
    world.tick()
    was_called = [dial.to for dial in world.provider.placed].count(number) > before
    assert was_called is (situation in FREE)
    assert any(contact["callable"] for contact in answer["contacts"]) is was_called, answer
    assert sentence.startswith("Yes") is was_called, sentence


# ---- the parts of the page


def test_a_rule_that_holds_comes_first_with_its_end_and_its_button(site: Site) -> None:
    campaign_id = make_campaign(site, 1, {"name": "Ms Reyes"}, consent=CONSENT)
    page = look_up(site, NUMBERS[0])
    assert sentence_of(page) == "Not now: one thing prevents it. The campaign is a draft."
    rows = rows_of(page)
    assert next(iter(rows)) == "Campaign"
    assert rows["Campaign"] == ("the campaign is a draft", "", "Start it…")
    assert f"/campaigns/{campaign_id}/start" in page
    assert rows["Do not call"][0] == "not on the list"
    assert rows["How often"][0] == "0 of 3 calls in 24 hours"
    assert rows["Calls of other campaigns"][0] == "none in the last 4 hours"
    assert rows["Trunk"][0] == "simulator takes calls; 200 lines free"
    assert rows["Calling hours"][0] == "open: Mon–Fri 09:00–18:00 in Europe/Paris"
    assert (
        "Ms Reyes. It’s Fri 10:00 there (America/New_York). In 1 campaign, no calls on record,"
        " not on a do-not-call list." in words(page)
    )


def test_an_end_is_told_on_both_clocks(site: Site) -> None:
    campaign_id = make_campaign(site, 1, starts_at="2026-11-20T16:00:00Z")
    act(site, campaign_id, "start")
    page = look_up(site, NUMBERS[0])
    assert rows_of(page)["Campaign"][1] == "11:00 their time, 16:00 UTC"
    assert sentence_of(page) == (
        "Not yet: one thing prevents it. The campaign starts later (until 11:00 their time, 16:00 UTC)."
    )


def test_a_rule_that_leaves_room_is_told_beside_its_neighbor_that_does_not(site: Site) -> None:
    autumn = make_campaign(site, 1, name="Autumn")
    winter = make_campaign(site, 1, name="Winter", consent=CONSENT)
    add_call(site, autumn, AttemptStatus.BUSY)
    act(site, winter, "start")
    page = look_up(site, NUMBERS[0])
    rows = rows_of(page[page.index(f'id="campaign-{winter}"') : page.index(f'id="campaign-{autumn}"')])
    assert rows["Calls of other campaigns"][:2] == (
        "another campaign called the number a short while ago",
        "13:59 their time, 18:59 UTC",
    )
    assert rows["How often"][0] == "1 of 3 calls in 24 hours"


def test_the_cap_of_a_country_is_told_beside_the_campaigns_with_its_source(site: Site) -> None:
    make_campaign(site, 1)
    rows = rows_of(look_up(site, NUMBERS[0]))
    assert rows["How often"][0] == (
        "0 of 3 calls in 24 hours; 0 of 3 calls in 30 days (US federal: 47 CFR 64.1200(a)(3)(ii)–(iv))"
    )


def test_each_campaign_that_has_the_number_says_what_it_says(site: Site) -> None:
    first = make_campaign(site, 1, name="Autumn")
    act(site, first, "start")
    make_campaign(site, 1, name="Winter")
    page = look_up(site, NUMBERS[0])
    assert sentence_of(page) == "Yes, once a dialer runs. Autumn may call it; the others may not."
    assert page.index(f'id="campaign-{first}"') > 0
    assert "Yes, once a dialer runs. No rule holds Autumn back." in words(page)
    assert "Not now: one thing prevents it. The campaign is a draft." in words(page)


def test_campaigns_that_are_not_shown_are_counted_and_not_spoken_for(site: Site) -> None:
    for place in range(22):
        make_campaign(site, 1, name=f"Campaign {place}")
    page = look_up(site, NUMBERS[0])
    assert sentence_of(page) == "Not now: none of the 20 campaigns below may call it."
    assert "2 more campaigns have this number." in words(page)
    assert "In 22 campaigns" in words(page)


def test_a_dialer_that_does_not_run_is_told(site: Site) -> None:
    act(site, make_campaign(site, 1), "start")
    page = look_up(site, NUMBERS[0])
    assert sentence_of(page).startswith("Yes, once a dialer runs.")
    assert rows_of(page)["Dialer"] == ("no dialer is running: nobody is called", "", "See Health")


def test_every_call_is_listed_over_all_campaigns_the_latest_first(site: Site) -> None:
    autumn, winter = make_campaign(site, 1, name="Autumn"), make_campaign(site, 1, name="Winter")
    add_call(site, autumn, AttemptStatus.BUSY)
    site.clock.move(24 * 3600)
    add_call(
        site, winter, AttemptStatus.COMPLETED, answered_by="human", disposition="message-played", key="2"
    )
    page = look_up(site, NUMBERS[0])
    table = words(page[page.index("Every call to this number") :])
    assert table.index("Winter") < table.index("Autumn")
    assert "Person: all of it, pressed 2" in table
    assert "Fri 20 Nov 09:59 Fri 20 Nov 14:59:52 Autumn Busy" in table
    assert "called 2 times" in words(page)


def test_calls_are_paged_by_the_contact_and_not_by_the_number(site: Site) -> None:
    campaign_id = make_campaign(site, 1)
    for _ in range(30):
        add_call(site, campaign_id, AttemptStatus.BUSY)
    [contact_id] = contact_ids(site, campaign_id)
    visitor = site.visitor(Role.VIEWER)
    first = visitor.get(f"/why?contact={contact_id}").get_data(as_text=True)
    assert first.count('data-label="UTC"') == 25
    following = re.search(r'href="([^"]+cursor=[^"]+)"', first)
    assert following is not None
    assert "2125550100" not in html.unescape(following.group(1))
    second = visitor.get(html.unescape(following.group(1))).get_data(as_text=True)
    assert second.count('data-label="UTC"') == 5
    assert visitor.get(f"/why?contact={contact_id}&cursor=nonsense").status_code == 422


def test_a_number_of_no_campaign_is_judged_as_a_single_call(site: Site) -> None:
    make_campaign(site, 0)
    page = look_up(site, "+12125550142")
    assert sentence_of(page) == "No campaign has this number. It isn’t called automatically."
    assert "By a single call: yes, once a dialer runs." in words(page)
    assert "No calls on record." in page
    with site.app.app_context(), transaction(db.session()) as session:
        data = {"to": "+12125550142", "message": "Hello"}
        single_calls.place_single_call(session, data, actor="cli", now=site.clock.now())
    page = look_up(site, "+12125550142")
    assert "Not by a single call: the number is being called right now." in words(page)
    assert "single call" in page[page.index("Every call to this number") :]


def test_a_single_call_at_night_is_refused_by_both(site: Site) -> None:
    make_campaign(site, 0)
    site.clock.move(13 * 3600)
    page = words(look_up(site, "+12125550142"))
    assert "Not by a single call: outside the hours when the person may be called" in page
    token = {"Authorization": f"Bearer {site.token(Role.OPERATOR)}"}
    call = {"to": "+12125550142", "message": {"text": "Hello"}}
    assert site.app.test_client().post("/api/v1/calls", json=call, headers=token).status_code == 409


@pytest.mark.parametrize(
    "query, told",
    [
        ("?phone=", "Enter a full phone number, such as +1 202 555 0123"),
        ("?phone=abc", "“abc” has letters in it; use only digits"),
        ("?phone=2125550142", "“2125550142” has no country code"),
        ("?phone=%2B999123456789", "“+999123456789” begins with a country code that does not exist"),
        ("?phone=2125550142&region=XX", "There is no country “XX”"),
        ("?phone=" + "9" * 500, "It has 500 characters"),
        ("?phone=%00%2B1", "+1”"),
        ("?phone=%3Cscript%3E1", "“<script>1”"),
    ],
)
def test_what_is_no_number_is_told_beside_its_field_and_kept(site: Site, query: str, told: str) -> None:
    response = site.visitor(Role.VIEWER).get(f"/why{query}")
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert told in words(page) or told in html.unescape(page)
    assert 'id="error-summary"' in page
    assert "<script>1" not in page
    if "region" not in query and "phone=2" in query:
        assert 'value="2125550142"' in page


def test_without_a_number_the_page_asks_for_one_and_refuses_nothing(site: Site) -> None:
    response = site.visitor(Role.VIEWER).get("/why")
    assert response.status_code == 200
    assert "Look it up" in response.text
    assert "error-summary" not in response.text


def test_a_national_number_is_read_as_of_the_country_that_was_chosen(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    response = visitor.get("/why?phone=(212) 555-0142&region=US")
    assert response.status_code == 200
    assert "+1 212, ending 42" in response.get_data(as_text=True)


@pytest.mark.parametrize("contact", ["0", "x", "999999", ""])
def test_a_contact_that_is_none_is_not_found(site: Site, contact: str) -> None:
    assert site.visitor(Role.VIEWER).get(f"/why?contact={contact}").status_code == 404


def test_the_number_is_masked_and_each_reveal_is_audited(site: Site) -> None:
    campaign_id = make_campaign(site, 1)
    [contact_id] = contact_ids(site, campaign_id)
    operator = site.visitor(Role.OPERATOR)
    assert NUMBERS[0][2:] not in operator.get(f"/why?contact={contact_id}").get_data(as_text=True)
    shown = operator.post("/why/reveal", {"contact": contact_id})
    assert f'<h1 id="number">{NUMBERS[0]}</h1>' in shown.get_data(as_text=True)
    assert shown.headers["Cache-Control"] == "no-store"
    shown = operator.post("/why/reveal", {"phone": "+16175550143"})
    assert '<h1 id="number">+16175550143</h1>' in shown.get_data(as_text=True)
    actions = [action for _, action in site.trail()]
    assert actions[-2:] == ["contact.reveal", "number.reveal"]
    assert "6175550143" not in operator.get("/audit").get_data(as_text=True)


def test_a_viewer_sees_no_button_that_would_be_refused(site: Site) -> None:
    campaign_id = make_campaign(site, 1)
    [contact_id] = contact_ids(site, campaign_id)
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get(f"/why?contact={contact_id}").get_data(as_text=True)
    assert NUMBERS[0][2:] not in page
    for hidden in ("Reveal number", "Never call again", 'id="dnc"', "Start it…"):
        assert hidden not in page
    assert viewer.post("/why/reveal", {"contact": contact_id}).status_code == 403
    assert viewer.post("/why/never", {"contact": contact_id}).status_code == 403
    assert site.visitor().get("/why?phone=%2B12125550142").status_code == 303


def test_never_call_again_lists_the_number_for_all_campaigns(site: Site) -> None:
    campaign_id = make_campaign(site, 1)
    [contact_id] = contact_ids(site, campaign_id)
    operator = site.visitor(Role.OPERATOR)
    operator.get(f"/why?contact={contact_id}")
    response = operator.post("/why/never", {"contact": contact_id, "reason": "asked by letter"})
    assert (response.status_code, response.location) == (303, f"/why?contact={contact_id}")
    page = operator.get(response.location).get_data(as_text=True)
    assert "won’t be called again" in page
    assert "Never call again…" not in page
    assert sentence_of(page) == "No: the number is on the do-not-call list."
    assert rows_of(page)["Do not call"][2] == "Remove from the list…"
    with site.app.app_context():
        [entry] = db.session.query(DoNotCall)
        assert (entry.phone, entry.campaign_id, entry.reason) == (NUMBERS[0], None, "asked by letter")
        assert db.session.query(Contact).one().status == "suppressed"


@pytest.mark.parametrize("path", ["/why/reveal", "/why/never"])
def test_a_form_without_its_token_is_refused(site: Site, path: str) -> None:
    operator = site.visitor(Role.OPERATOR)
    assert operator.client.post(path, data={"phone": "+12125550142"}).status_code == 400
    assert operator.post(path, {"phone": "abc"}).status_code == 422
    assert operator.post(path, {}).status_code == 422


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_come_out_as_text(site: Site, payload: str) -> None:
    campaign_id = make_campaign(site, 1, {"name": payload}, name=payload)
    add_call(site, campaign_id, AttemptStatus.FAILED, disposition=payload[:60], cause=payload)
    page = look_up(site, NUMBERS[0])
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert payload[:60] in html.unescape(page)


def test_the_contact_page_leads_here_without_the_number(site: Site) -> None:
    campaign_id = make_campaign(site, 1)
    [contact_id] = contact_ids(site, campaign_id)
    page = site.visitor(Role.VIEWER).get(f"/contacts/{contact_id}").get_data(as_text=True)
    assert f'<a href="/why?contact={contact_id}">Why was this person (not) called?</a>' in page
    assert NUMBERS[0][2:] not in page


def test_a_person_who_may_be_in_several_zones_has_several_clocks(site: Site) -> None:
    make_campaign(site, 0)
    page = words(look_up(site, "+18505550123"))
    assert "It’s Fri 09:00 (Chicago) or Fri 10:00 (New York) there." in page
    assert "Their time (Chicago)" in page


def test_quarantine_is_told_with_the_page_that_ends_it(site: Site) -> None:
    act(site, make_campaign(site, 1), "start")
    with site.app.app_context(), transaction(db.session()) as session:
        session.execute(db.text("INSERT INTO settings (key, value) VALUES ('quarantine', '{}')"))
        assert recovery.is_quarantined(session)
    assert rows_of(look_up(site, NUMBERS[0]))["Calling is on hold"][2] == "See what to do"


def test_the_table_of_calls_names_the_opening_after_a_retry_that_falls_into_the_night(site: Site) -> None:
    campaign_id = make_campaign(site, 1, **{**THEIRS, "timezone": None, "consent": CONSENT})
    add_call(site, campaign_id, AttemptStatus.NO_ANSWER)
    with site.app.app_context(), transaction(db.session()) as session:
        contact = session.query(Contact).filter_by(campaign_id=campaign_id).one()
        night = site.clock.now().replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=1)
        contact.due_at = night  # 02:00 in New York
    visitor = site.visitor(Role.OPERATOR)
    for path in ("/calls", f"/contacts/{contact_ids(site, campaign_id)[0]}"):
        page = words(visitor.get(path).get_data(as_text=True))
        again = re.search(r"[Aa]gain at (.{0,25})", page)
        assert again is not None, page
        assert "14:00" in again[1], again[0]
