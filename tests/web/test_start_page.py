"""The page behind Start…: how many are called now, later and never, before anybody is called."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from campaign_app.domain.requirements import MissingRequirement
from campaign_app.extensions import db
from campaign_app.models import Attempt, Contact, Erasure, Role, SettingsRow
from campaign_app.queries.forgotten import KEY_ID
from campaign_app.services import campaigns, contacts, message_preview
from campaign_app.transaction import transaction
from campaign_app.web.start_page import describe_missing
from tests.web.import_pages import words
from tests.web.pages_support import TYPED, Site, act, add_contacts, an_engine_runs, make_campaign
from tests.web.people_support import squeeze


def test_it_counts_and_then_starts(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=3)
    page = operator.get(f"/campaigns/{campaign_id}/start").get_data(as_text=True)
    assert "Call <strong>3 people</strong>: all of them now." in squeeze(page)
    assert "own clock (Europe/Paris) counts" in page
    assert "Draft" in operator.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert operator.post(f"/campaigns/{campaign_id}/start", {"begin": "all"}).status_code == 303


def test_without_a_purpose_it_leads_to_the_field_instead(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=1, purpose=None)
    page = operator.get(f"/campaigns/{campaign_id}/start").get_data(as_text=True)
    assert "Say what the calls are for" in page
    assert 'id="do-start"' not in page


def test_a_viewer_may_not_ask(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=1)
    assert site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}/start").status_code == 403


def test_the_cost_is_told_where_the_trunk_has_a_price(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    campaign_id = make_campaign(site, numbers=3, retry={"max_retries": 1, "delays_minutes": [30]})
    assert "Cost" not in admin.get(f"/campaigns/{campaign_id}/start").text
    form = {"name": "simulator", "provider": "simulator", "max_concurrent_calls": "10"}
    wrong = admin.post("/trunks/1", {**form, "price.per_call": "much", "price.currency": "USD"})
    assert wrong.status_code == 422
    assert "An amount from 0 to 1,000" in unescape(wrong.text)
    price = {"price.per_call": "0.5", "price.per_minute": "0.03", "price.currency": "usd"}
    assert admin.post("/trunks/1", {**form, **price}).status_code == 303
    page = words(admin.get(f"/campaigns/{campaign_id}/start"))
    # Three short calls, or six of a minute.
    assert "Cost about $1.53–$3.18, at $0.50 per call and $0.03 per minute" in page


def test_a_holiday_on_which_calls_go_on_is_told_and_can_be_closed(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    retry = {"max_retries": 1, "delays_minutes": [7 * 24 * 60]}
    fields = {"caller_name": "Hill Clinic", "message": {"text": "This is Hill Clinic."}, "retry": retry}
    campaign_id = make_campaign(site, numbers=0, **US, **fields)
    add(site, campaign_id, [{"phone": "+12125550123"}])
    page = operator.get(f"/campaigns/{campaign_id}/start")
    assert (
        "Thu 26 Nov is Thanksgiving Day in the United States: calls are still made that day. Close it…"
        in words(page)
    )
    assert "Says who calls in the first words" in words(page)
    link = unescape(re.search(r'href="([^"]+)">Close it…', page.text).group(1))  # type: ignore[union-attr]
    form = operator.get(link).text
    assert 'value="2026-11-26T00:00"' in form
    assert 'value="2026-11-27T00:00"' in form
    assert 'value="America/New_York"' in form
    sale = {**fields, "purpose": "marketing", "consent": {"kind": "written", "source": "web form"}}
    campaign_id = make_campaign(site, numbers=0, **{**US, **sale})
    add(site, campaign_id, [{"phone": "+12125550123"}])
    assert "calls go on" not in words(operator.get(f"/campaigns/{campaign_id}/start")), "they do not"


def test_a_clock_of_its_own_names_the_law_that_it_does_not_keep(site: Site) -> None:
    consent = {"kind": "written", "source": "web form"}
    campaign_id = make_campaign(site, numbers=0, purpose="marketing", consent=consent)
    add(site, campaign_id, [{"phone": "+13055550123"}])
    page = squeeze(unescape(site.visitor(Role.OPERATOR).get(f"/campaigns/{campaign_id}/start").text))
    assert (
        "The hours of a law are not kept: Mon–Sun 08:00–20:00, their time (Florida: Fla. Stat. 501.616(6)(a)), for 1"
        " person. Whoever chose this clock answers for that." in page
    )


US = {"timezone": "Europe/London", "clock": "both", "purpose": "informational"}


def add(site: Site, campaign_id: int, rows: list[dict[str, object]]) -> None:
    with site.app.app_context(), transaction(db.session()) as session:
        contacts.add_contacts(session, campaign_id, rows, actor="cli", now=site.clock.now())


def test_later_and_never_are_told_by_place_and_reason(site: Site) -> None:
    """It is Friday 15:00 in London, 10:00 in New York, 04:00 or 05:00 in Honolulu, 02:00 on Saturday in Sydney."""
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=0, **US)
    add(
        site,
        campaign_id,
        [
            {"phone": "+12125550123"},
            {"phone": "+12125550124", "timezone": "America/New_York"},
            {"phone": "+18085550123"},
            {"phone": "+442079460123"},
            {"phone": "+612 7010 1234".replace(" ", "")},
        ],
    )
    page = squeeze(unescape(operator.get(f"/campaigns/{campaign_id}/start").text))
    assert (
        "Call <strong>4 people</strong>: 3 now, 1 from Mon 23 Nov 09:00 Europe/London. 1 will never be called."
        in page
    )
    assert "Your hours, 09:00–18:00 in London, are 04:00–13:00 in New York for 2 people." in page
    assert "New York <p" in page
    assert "10:00 there; stated for 1, guessed from the number for 1" in page
    assert "Sydney" in page
    assert "Hours never overlap" in page
    assert operator.get(f"/campaigns/{campaign_id}/never.csv?why=never-open").text.count("+1808555") == 1
    assert "When people may be called today, in Europe/London time:" in page


def test_those_who_are_never_called_are_a_file(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=2, **US)
    add(site, campaign_id, [{"phone": "+12125550123", "external_id": "=A1"}])
    admin = site.visitor(Role.ADMIN)
    admin.post("/do-not-call", {"phone": "+12125550123", "source": "letter"})
    page = squeeze(unescape(operator.get(f"/campaigns/{campaign_id}/start").text))
    assert "1 will never be called" in page
    assert "On do-not-call" in page
    listed = operator.get(f"/campaigns/{campaign_id}/never.csv?why=do-not-call")
    assert listed.text.splitlines() == [
        "phone,external_id,timezone,state,postal_code,reason",
        "'+12125550123,'=A1,,,,do-not-call",
    ]
    empty = operator.get(f"/campaigns/{campaign_id}/never.csv?why=zone-unknown")
    assert empty.text.splitlines() == ["phone,external_id,timezone,state,postal_code,reason"]
    assert operator.get(f"/campaigns/{campaign_id}/never.csv?why=else").status_code == 422
    assert (
        site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}/never.csv?why=do-not-call").status_code
        == 403
    )


def called(site: Site) -> list[tuple[str, bool]]:
    with site.app.app_context():
        return [(attempt.phone, attempt.test) for attempt in db.session.query(Attempt).all()]


def test_a_soft_start_rings_me_and_waits(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=3, default_region="GB")
    page = operator.get(f"/campaigns/{campaign_id}/start").text
    assert squeeze(page).count('value="soft" checked') == 1
    refused = operator.post(f"/campaigns/{campaign_id}/start", {"begin": "soft", "me": "12"})
    assert refused.status_code == 422
    assert 'value="12"' in refused.text
    assert 'id="me-problem"' in refused.text
    assert "Draft" in operator.get(f"/campaigns/{campaign_id}").text
    assert called(site) == []
    begun = operator.post(f"/campaigns/{campaign_id}/start", {"begin": "soft", "me": "020 7946 0123"})
    assert begun.status_code == 303
    assert called(site) == [("+442079460123", True)]
    live = squeeze(unescape(operator.get(f"/campaigns/{campaign_id}").text))
    assert "Nobody on the list has been called yet." in live
    assert "Waiting for you to continue" in live
    told = operator.post(f"/campaigns/{campaign_id}/proceed", {"people": "5"}, follow_redirects=True).text
    assert "goes on with 5 more people, and then waits for you again." in told
    assert "0 of 5 people called, or about to be." in operator.get(f"/campaigns/{campaign_id}").text
    assert operator.post(f"/campaigns/{campaign_id}/proceed", {"people": "all"}).status_code == 303
    assert "Soft start." not in operator.get(f"/campaigns/{campaign_id}").text
    assert operator.post(f"/campaigns/{campaign_id}/proceed", {"people": "all"}).status_code == 409


def test_my_phone_is_not_rung_at_night_and_nothing_is_started(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=3)
    refused = operator.post(f"/campaigns/{campaign_id}/start", {"begin": "soft", "me": "+61 2 7010 1234"})
    assert refused.status_code == 409
    assert "outside the hours" in refused.text
    assert called(site) == []
    assert "Draft" in operator.get(f"/campaigns/{campaign_id}").text


def test_five_people_first(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=30)
    assert operator.post(f"/campaigns/{campaign_id}/start", {"begin": "five"}).status_code == 303
    with site.app.app_context():
        assert campaigns.get_campaign(db.session(), campaign_id).soft_start == 5


def test_the_form_counts_and_compares_as_it_is_typed(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=0, **US)
    add(site, campaign_id, [{"phone": "+12125550123"}])
    typed = {**TYPED, "timezone": "Europe/London", "windows-0-days": ["mon", "tue", "wed", "thu", "fri"]}
    preview = squeeze(unescape(operator.post(f"/campaigns/{campaign_id}/preview", typed).text))
    assert "Call <strong>1 person</strong>" in preview
    assert "in New York for 1 person." in preview
    typed["windows-0-end"] = "nonsense"
    assert "Call <strong>" not in operator.post(f"/campaigns/{campaign_id}/preview", typed).text
    assert "data-propose-zone" in operator.get("/campaigns/new").text
    assert "data-propose-zone" not in operator.get(f"/campaigns/{campaign_id}/edit").text


def test_the_dialog_asks_and_warns_the_same(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=0, message={"text": "We call on {day:date}."})
    add_contacts(site, campaign_id, [{"day": "soon"}, {"day": "later"}, {"day": "2026-12-03"}])
    dialog = operator.get(f"/campaigns/{campaign_id}/start", headers={"HX-Request": "true"}).text
    assert dialog.startswith('<form class="stack-s"')
    assert "all of them now" in dialog
    for most, told in ((3, "2 people have a value"), (1, "At least 1 person has a value")):
        monkeypatch.setattr(message_preview, "WAITING_CHECKED", most)
        for headers in ({}, {"HX-Request": "true"}):
            page = words(operator.get(f"/campaigns/{campaign_id}/start", headers=headers))
            assert f"{told} for {{day:date}} that cannot be spoken" in page
            assert ("At least" in page) == (most == 1), "exactly as many as are looked at are all"
    assert 'data-opens="start"' in operator.get(f"/campaigns/{campaign_id}").text
    panel = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}/_preflight").text
    assert "If started now" in panel


def test_what_would_refuse_the_start_is_told_before_it_is_pressed(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=2, message={"text": "Hello {clinic}"})
    for headers in ({}, {"HX-Request": "true"}):
        page = squeeze(unescape(operator.get(f"/campaigns/{campaign_id}/start", headers=headers).text))
        assert "It cannot start yet: 2 contacts have no value for {clinic}" in page
    fine = make_campaign(site, numbers=2)
    assert "It cannot start yet" not in operator.get(f"/campaigns/{fine}/start").text


@pytest.mark.parametrize(
    "begin", [{}, {"begin": ""}, {"begin": "nonsense"}, {"begin": "five\ufffd"}, {"begin": "ALL"}]
)
def test_nothing_starts_before_somebody_has_chosen_how(site: Site, begin: dict[str, str]) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=2)
    refused = operator.post(f"/campaigns/{campaign_id}/start", begin)
    assert refused.status_code == 422
    assert "hoose how to begin" in refused.text
    with site.app.app_context():
        assert campaigns.get_campaign(db.session(), campaign_id).status == "draft"
    act(site, campaign_id, "start", soft_start=5)
    for people in ("", "-1", "abc", "9" * 20):
        assert operator.post(f"/campaigns/{campaign_id}/proceed", {"people": people}).status_code == 422


def test_a_paused_trunk_and_an_end_that_comes_first_are_told(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    ends_at = "2026-11-20T15:00:30Z"
    campaign_id = make_campaign(site, numbers=30, max_concurrent_calls=1, ends_at=ends_at)
    with site.app.app_context(), transaction(db.session()) as session:
        campaigns.get_campaign(session, campaign_id).trunk.paused_at = site.clock.now()
    page = squeeze(unescape(operator.get(f"/campaigns/{campaign_id}/start").text))
    assert "The trunk simulator is paused: nobody is called until it is resumed." in page
    assert "Trunk simulator, " not in page
    assert "Finishes" not in page
    assert "The campaign ends 16:00 Europe/Paris, perhaps before all of them have been called." in page


def test_hours_around_the_clock_are_compared_with_nobodys(site: Site) -> None:
    always = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
    campaign_id = make_campaign(site, numbers=0, **US, calling_windows=always)
    add(site, campaign_id, [{"phone": "+12125550123"}])
    page = site.visitor(Role.OPERATOR).get(f"/campaigns/{campaign_id}/start").text
    assert "Your hours" not in unescape(page)


def test_a_trunk_that_cannot_place_calls_is_told_before_the_start(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=2)
    with site.app.app_context(), transaction(db.session()) as session:
        campaigns.get_campaign(session, campaign_id).trunk.not_ready = "it needs an address"
    for page in (
        operator.get(f"/campaigns/{campaign_id}/start"),
        operator.get(f"/campaigns/{campaign_id}/start", headers={"HX-Request": "true"}),
        operator.get(f"/campaigns/{campaign_id}/_preflight"),
    ):
        text = words(page)
        assert "The trunk simulator cannot place calls: it needs an address. Trunk simulator" in text
        assert "Nobody now. Once calls can go out, call 2 people" in text
        assert "all of them at this hour." in text
        assert '<a href="/trunks/1">Trunk simulator</a>' in page.text
        assert "Finishes" not in text
        assert "Trunk simulator, " not in text


@pytest.mark.spoils
def test_without_the_key_of_forgotten_numbers_pages_say_that_nobody_is_called(site: Site) -> None:
    operator, now = site.visitor(Role.OPERATOR), site.clock.now()
    campaign_id = make_campaign(site, numbers=2, caps=[{"most": 1, "per_hours": 24, "scope": "number"}])
    with site.app.app_context(), transaction(db.session()) as session:
        contact = session.scalars(select(Contact).where(Contact.campaign_id == campaign_id)).first()
        assert contact is not None
        contact.due_at = now + timedelta(hours=1)
        contact_id = contact.id
        erasure = {"hash": "0" * 64, "state": "done", "reason": "asked", "counts": {}, "kept": []}
        session.add(
            Erasure(**erasure, kept_until=now + timedelta(days=9), requested_by="x", requested_at=now)
        )
        session.merge(SettingsRow(key=KEY_ID, value="of another key"))
    text = words(operator.get(f"/campaigns/{campaign_id}/start"))
    assert "This machine does not have the key by which forgotten numbers are known" in text
    assert "Nobody now. Once calls can go out, call 2 people" in text
    assert "Finishes" not in text
    paths = ("_calls", "edit", "_preflight", "never.csv?why=after-end")
    pages = [operator.get(f"/campaigns/{campaign_id}/{path}") for path in paths]
    pages += [operator.get(f"/contacts/{contact_id}"), operator.get(f"/campaigns/{campaign_id}")]
    assert [page.status_code for page in pages] == [200] * len(pages)
    site.clock.move(60)
    act(site, campaign_id, "start")
    an_engine_runs(site)
    for path in ("/home", "/campaigns", f"/campaigns/{campaign_id}"):
        page = words(operator.get(path))
        assert "The key of forgotten numbers is missing" in page, path
        assert "Next in line" not in page, path


def test_what_is_missing_says_whether_it_holds_anybody_back() -> None:
    missing = MissingRequirement("consent", "consent is not on record", people=299)
    assert describe_missing(missing).endswith(
        "It is needed for 299 people, but it holds nobody back: they are called without it."
    )
    missing.warns = False
    assert describe_missing(missing).startswith("Without this it cannot start: consent")
    assert describe_missing(missing).endswith("It is needed for 299 people.")
