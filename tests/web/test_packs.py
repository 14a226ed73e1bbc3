"""The page Rules: packs with their sources, what applies to one call, what is switched, packs of one's own."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.services import contacts, pack_people
from campaign_app.services.pack_limits import read_place
from campaign_app.transaction import transaction
from tests.web.import_pages import words
from tests.web.pages_support import TYPED, ensure_trunk, make_campaign
from tests.web.people_support import Site

MIAMI, NEW_YORK = "+13055550123", "+12125550123"
SHOWN = {"us-fl", "us-federal", "us-ny", "france", "default"}
PAGE, SWITCH = "/rules", "/rules/packs/default/marketing-hours/switch"
PACK = """name = "acme"
title = "Acme <b>house</b> rules"
group = "Own"
places = ["GB"]
checked_on = 2026-01-01
notes = ["Ask <i>Ann</i>."]

[[rules]]
id = "hours"
title = "Mornings"
status = "code"
source = "house rules"
hours = [{ start = "09:00", end = "12:00" }]
examples = [{ zone = "Europe/London", at = 2026-07-06T11:00:00, allowed = true, consent = "express" }]
"""


def ask(site: Site, status: int = 200, **question: str) -> str:
    answer = site.visitor(Role.VIEWER).get(PAGE, query_string=question)
    assert answer.status_code == status
    return words(answer)


def test_everybody_sees_the_packs_and_only_an_admin_the_buttons(site: Site) -> None:
    viewer, admin = site.visitor(Role.VIEWER), site.visitor(Role.ADMIN)
    page = words(viewer.get(PAGE))
    assert "This is not legal advice." in page
    assert "Florida 3 of 3 rules in use" in page
    assert "Add a pack" not in page
    assert "Add a pack" in words(admin.get(PAGE))
    florida = words(viewer.get("/rules/packs/us-fl"))
    assert "Fla. Stat. 501.616(6)(a)" in florida
    assert "Mon–Sun 08:00–20:00" in florida
    assert "Switch off…" not in words(admin.get("/rules/packs/us-fl"))
    assert "Switch off…" in words(admin.get("/rules/packs/default"))
    assert "Switch on…" in words(admin.get("/rules/packs/us-ky"))
    assert viewer.get("/rules/packs/atlantis").status_code == 404


def test_each_pack_says_whom_it_concerns(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"purpose": "marketing", "clock": "both", "timezone": "America/New_York"}
    first, second = (make_campaign(site, numbers=0, name=name, **fields) for name in ("One", "Two"))
    with site.app.app_context(), transaction(db.session()) as session:
        for campaign_id, rows in ((first, [MIAMI, "+13055550124", NEW_YORK]), (second, [MIAMI])):
            contacts.add_contacts(session, campaign_id, rows, actor="cli", now=site.clock.now())
    assert people(site) == {"us-fl": "3", "us-federal": "4", "us-ny": "1", "france": "0", "default": "4"}
    monkeypatch.setattr(pack_people, "COUNTED", 2)
    counted = people(site)
    assert counted["us-federal"].startswith("more than ")
    assert counted["france"] == "0"


def people(site: Site) -> dict[str, str]:
    page = site.visitor(Role.VIEWER).get(PAGE).text
    rows = re.findall(
        r'/rules/packs/([a-z-]+)".*?data-label="People waiting" class="num">(.*?)</td>', page, re.S
    )
    return {name: count.strip() for name, count in rows if name in SHOWN}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_others_than_an_admin_change_nothing(site: Site, role: Role) -> None:
    visitor = site.visitor(role)
    for path in (SWITCH, "/rules/packs/new", "/rules/packs/us-fl/remove"):
        assert visitor.get(path).status_code == 403
        assert visitor.post(path, {"reason": "x", "on": "false", "text": PACK}).status_code == 403
    assert "Nothing is switched off or on." in words(visitor.get("/rules/switched"))


@pytest.mark.parametrize(
    "place", ["US-FL", "us-fl", "Florida", " florida ", "+1 305 555 0123", "+13055550123"]
)
def test_a_number_a_state_by_code_and_by_name_get_the_rules_of_their_state(site: Site, place: str) -> None:
    page = ask(site, q=place, purpose="marketing", day="2026-11-23")
    assert "Such a call is not allowed as things are:" in page
    assert "written consent is needed (Florida: Fla. Stat. 501.059(8)(a))" in page
    assert "08:00–20:00" in page
    assert "3 calls in 24 hours about one subject" in page
    assert "Installation default" in page


def test_a_country_gets_its_rules_and_the_hours_of_the_day(site: Site) -> None:
    page = ask(site, q="France", purpose="informational", day="2026-11-23")
    assert "a call may begin 08:00–21:00 on the clock of Europe/Paris" in page
    page = ask(site, q="Kenya", purpose="informational", day="2026-11-23")
    assert "a call may begin 09:00–20:00 on the clock of Africa/Nairobi" in page
    assert "On 29 Nov 2026 nobody there may be called." in ask(
        site, q="Kenya", purpose="informational", day="2026-11-29"
    )


def test_a_day_in_the_past_gets_the_rules_of_then_as_far_as_they_say(site: Site) -> None:
    # France asks for consent from 11 August 2026 on.
    before = ask(site, q="France", purpose="marketing", day="2026-08-10")
    assert "a call may begin 10:00–13:00 and 14:00–20:00 on the clock of Europe/Paris" in before
    after = ask(site, q="France", purpose="marketing", day="2026-08-11")
    assert "express or written consent is needed (France: " in after


def test_the_strictest_cap_is_the_one_that_allows_the_fewest_calls(site: Site) -> None:
    page = ask(site, q="US-NY", purpose="survey", day="2026-11-23")
    assert "How often 3 calls in 30 days US federal, 47 CFR 64.1200(a)(3)(ii)–(iv)" in page
    debt = ask(site, q="US-NY", purpose="debt", day="2026-11-23")
    assert "How often 7 calls in 7 days about one subject US federal" in debt


@pytest.mark.parametrize(
    "question, told",
    [
        ({"q": "Atlantis"}, "a number with its country code, a country or a state"),
        ({"q": "305 555 0123"}, "a number with its country code"),
        ({"q": "+1"}, "a number with its country code"),
        ({"q": "x" * 400}, "a number with its country code"),
        ({"q": "US-XX"}, "a number with its country code"),
        ({"q": "France", "purpose": "selling"}, "choose one of the list"),
        ({"q": "France", "day": "yesterday"}, "a day, such as 2026-11-30"),
        ({"q": "France", "day": "2026-02-30"}, "a day, such as 2026-11-30"),
        ({"q": "France", "day": "2336-11-23"}, "within ten years from now"),
        ({"q": "France", "day": "9999-12-31"}, "within ten years from now"),
        ({"q": "France", "day": "0001-01-01"}, "within ten years from now"),
    ],
)
def test_a_wrong_question_is_told_at_its_field(site: Site, question: dict[str, str], told: str) -> None:
    page = ask(site, 422, **{"purpose": "marketing", "day": "", **question})
    assert told.lower() in page.lower()
    assert "Florida" in page  # the packs are there all the same


def test_a_question_longer_than_a_search_may_be_is_refused(site: Site) -> None:
    page = ask(site, 400, q="x" * 5000, purpose="marketing", day="")
    assert "character" in page


def test_a_day_that_is_far_and_a_question_of_nothing(site: Site) -> None:
    assert "a call may begin" in ask(site, q="France", purpose="informational", day="2036-11-20")
    assert "a call may begin" not in ask(site, q=" ", purpose="informational", day="")


def test_places_are_read_by_code_and_name() -> None:
    for text, country, states in [
        ("US-TX", "US", ("US-TX",)),
        ("New South Wales", "AU", ("AU-NSW",)),
        ("Germany", "DE", ()),
        ("DE", "DE", ()),
        ("ca", "CA", ()),
        ("FL", "US", ("US-FL",)),
    ]:
        place = read_place(text)
        assert place is not None
        assert (place.country, place.states) == (country, states)
    for text in ("Atlantis", "", "+49", "49"):
        assert read_place(text) is None


def test_a_rule_is_switched_off_with_a_reason_and_back(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    assert "Switch off “Marketing on working days and Saturdays”?" in words(admin.get(SWITCH))
    refused = admin.post(SWITCH, {"on": "false", "reason": " "})
    assert refused.status_code == 422
    assert "Say why" in words(refused)
    usual = "Marketing calls may ring Mon–Sat 09:00–20:00, not on public holidays; other calls Mon–Sun 08:00–21:00;"
    assert usual in words(admin.get("/campaigns/new"))
    assert (
        admin.post(SWITCH, {"on": "false", "reason": "we call on <Sundays>"}).location
        == "/rules/packs/default"
    )
    assert site.woken == 1
    assert "Calls may ring Mon–Sun 08:00–21:00; emergency calls at any hour." in words(
        admin.get("/campaigns/new")
    )
    shown = words(site.visitor(Role.VIEWER).get("/rules/switched"))
    assert "Marketing on working days and Saturdays Off" in shown
    assert "we call on <Sundays>" in shown
    assert "admin@example.org" in shown
    again = admin.post(SWITCH, {"on": "false", "reason": "again"})
    assert again.location == "/rules/packs/default"
    assert "is switched off already" in words(admin.get("/rules/packs/default"))
    assert "Switch on “Marketing" in words(admin.get(SWITCH))
    assert admin.post(SWITCH, {"on": "true", "reason": "enough"}).status_code == 303
    assert "Nothing is switched off or on." in words(admin.get("/rules/switched"))
    assert [action for _, action in site.trail() if action.startswith("rule.")] == [
        "rule.switch_off",
        "rule.switch_on",
    ]


@pytest.mark.parametrize("path", ["us-fl/hours", "default/daytime", "default/nothing", "nowhere/hours"])
def test_law_the_floor_and_what_nobody_knows_have_no_switch(site: Site, path: str) -> None:
    admin = site.visitor(Role.ADMIN)
    assert admin.get(f"/rules/packs/{path}/switch").status_code == 404
    assert admin.post(f"/rules/packs/{path}/switch", {"on": "false", "reason": "x"}).status_code == 404


def test_a_pack_of_ones_own_is_pasted_or_uploaded_shown_and_removed(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    wrong = admin.post("/rules/packs/new", {"text": PACK.replace("hours = [", "horus = [")})
    assert wrong.status_code == 422
    assert "rules[0].horus: not a part of this table" in words(wrong)
    assert "(line 13)" in words(wrong)
    assert "horus = [" in wrong.get_data(as_text=True)
    texts = {"": "the text of a pack file", "a = = 1": "not TOML", "#" * 300_000: "200,000 at the most"}
    for text, told in texts.items():
        refused = admin.post("/rules/packs/new", {"text": text})
        assert refused.status_code == 422
        assert told in words(refused)
    taken = admin.post("/rules/packs/new", {"text": PACK.replace('"acme"', '"us-fl"')})
    assert taken.status_code == 422
    assert "pack us-fl comes with Switchboard" in words(taken)
    form: dict[str, Any] = {"text": "", "file": (io.BytesIO(PACK.encode()), "acme.toml")}
    added = admin.post("/rules/packs/new", form, content_type="multipart/form-data")
    assert added.location == "/rules/packs/acme"
    shown = words(admin.get("/rules/packs/acme"))
    assert "Acme <b>house</b> rules" in shown
    assert "Ask <i>Ann</i>." in shown
    assert "more than 180 days ago" in shown
    assert "Acme" in words(admin.get(PAGE + "?show=own"))
    assert "Florida" not in words(admin.get(PAGE + "?show=own"))
    assert "Acme" in words(admin.get(PAGE + "?show=old"))
    assert "a call may begin 09:00–12:00" in ask(site, q="GB", purpose="informational", day="2026-11-23")
    assert admin.get("/rules/packs/us-fl/remove").status_code == 404
    assert admin.post("/rules/packs/acme/remove", {"reason": ""}).status_code == 422
    assert admin.post("/rules/packs/acme/remove", {"reason": "out of date"}).location == PAGE
    assert admin.get("/rules/packs/acme").status_code == 404


def test_the_form_of_a_new_campaign_proposes_a_key_that_ends_all_calls(site: Site) -> None:
    ensure_trunk(site)
    operator = site.visitor(Role.OPERATOR)
    page = operator.get("/campaigns/new").get_data(as_text=True)
    assert 'name="keys-0-digit" value="9"' in " ".join(page.split())
    assert '<option value="opt-out" selected>' in page
    assert "Press 9 and we will not call again" in page
    key = {"keys-0-digit": "9", "keys-0-action": "opt-out", "keys-0-label": "", "keys-0-to": ""}
    assert operator.post("/campaigns/new", {**TYPED, **key}).status_code == 303
    again = operator.get("/campaigns/1/edit").get_data(as_text=True)
    assert 'name="keys-0-digit" value="9"' in " ".join(again.split())
    assert "keys-1-digit" not in again


def test_a_campaign_that_has_no_such_key_is_not_given_one_by_its_form(site: Site) -> None:
    campaign_id = make_campaign(site)
    page = site.visitor(Role.OPERATOR).get(f"/campaigns/{campaign_id}/edit").get_data(as_text=True)
    assert "keys-0-digit" not in page


def test_the_start_page_says_what_rules_ask_and_the_start_is_refused_with_it(site: Site) -> None:
    campaign_id = make_campaign(
        site,
        purpose="marketing",
        clock="both",
        consent={"kind": "written", "source": "web form"},
        caller_name="",
    )
    operator = site.visitor(Role.OPERATOR)
    page = words(operator.get(f"/campaigns/{campaign_id}/start"))
    assert "Without this it cannot start: there is no key that ends all calls" in page
    assert "US federal: 47 CFR 64.1200(b)(3)" in page
    refused = operator.post(f"/campaigns/{campaign_id}/start", {"begin": "all"}, follow_redirects=True)
    assert "there is no key that ends all calls" in words(refused)
    assert "Draft" in words(operator.get(f"/campaigns/{campaign_id}"))


def test_the_why_page_names_the_text_of_each_limit_in_a_sentence(site: Site) -> None:
    make_campaign(site, purpose="marketing", clock="both")
    page = words(site.visitor(Role.VIEWER).get("/why?phone=%2B12125550100"))
    assert (
        "written consent is needed, and none is on record (US federal: 47 CFR 64.1200(a)(2), (a)(3), (f)(9))"
        in page
    )
