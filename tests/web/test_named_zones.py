"""Times on pages of campaigns: each is on the reader's clock or the person's, and names its zone."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Campaign, Contact, Role
from campaign_app.services import contacts
from campaign_app.transaction import transaction
from tests.web.pages_support import Site, act, add_call, contact_ids, make_campaign
from tests.web.people_support import Visitor, squeeze

ZONE, CITY = "Australia/Lord_Howe", "Lord Howe Island"
"""The campaign's and the reader's: half an hour off, so that no time of it looks like another zone's."""
SYDNEY, PARIS = "+61212345678", "+33142685300"
EVERY_HOUR = [
    {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"},
]
MESSAGE = {
    "text": "This is Hill Clinic. Press 9 and we will not call again. To stop these calls, call 1-800-555-0123.",
    "keys": [{"digit": "9", "action": "opt-out"}],
}
"""What the countries of these people ask of a sales call."""
TIME = re.compile(r"(?<![\d:–])\d\d:\d\d(?::\d\d)?(?:\.\d{3})?(?![\d:])")
NAMED = re.compile(
    r"(?:–\d\d:\d\d(?:, [A-Z][^.;:]{0,16}? \d\d:\d\d–\d\d:\d\d)*"
    r"| (?:–|or|and|to) [A-Z]?[^.;]{0,16}?\d\d:\d\d|, the last at [^.;]{0,16}?\d\d:\d\d)?"
    rf" (?:{ZONE}|UTC|there|their time|where they are|in [A-Z]\w+/\w+|on each person"
    rf"|{CITY}|Sydney|Paris|New York)"
)


def list_unnamed_times(page: str) -> list[str]:
    """The times of a page of which nobody can tell the zone, with the words around them. A section or a panel may name
    its zone once for all of its times."""
    main = page[page.index("<main") : page.index("</main>")]
    unnamed = []
    for part in re.split(r"<(?:section|aside|dialog)\b", main):
        text = squeeze(unescape(re.sub(r"<[^>]*>", " ", f"<{part}")))
        if any(f"{name} time" in text or f"({name})" in text for name in (ZONE, CITY)):
            continue
        unnamed += [
            text[max(match.start() - 40, 0) : match.end() + 40]
            for match in TIME.finditer(text)
            if not NAMED.match(text, match.end())
        ]
    return unnamed


def make_world(site: Site) -> int:
    """A campaign on its own clock's zone, whose people are asleep or not, with calls, an error and retries."""
    campaign_id = make_campaign(
        site,
        numbers=2,
        timezone=ZONE,
        clock="both",
        purpose="marketing",
        consent={"kind": "written", "source": "the form of 2026"},
        caller_name="Hill Clinic",
        caller_id="+12025550123",
        message=MESSAGE,
        calling_windows=EVERY_HOUR,
        ends_at="2026-11-24T15:00:00Z",
    )
    with site.app.app_context(), transaction(db.session()) as session:
        rows: list[dict[str, object]] = [{"phone": SYDNEY}, {"phone": PARIS}]
        contacts.add_contacts(session, campaign_id, rows, actor="cli", now=site.clock.now())
    return campaign_id


def read_in(zone: str, site: Site) -> Visitor:
    """An operator whose browser is in that zone."""
    operator = site.visitor(Role.OPERATOR)
    operator.client.set_cookie("zone", zone)
    return operator


@pytest.mark.parametrize("state", ["draft", "running", "paused", "stopped"])
def test_every_time_of_a_campaign_and_its_contacts_names_its_zone(site: Site, state: str) -> None:
    campaign_id = make_world(site)
    operator = read_in(ZONE, site)
    seen = [f"/campaigns/{campaign_id}"]
    if state == "draft":
        seen += [f"/campaigns/{campaign_id}/start", "/campaigns"]
        part = operator.get(f"/campaigns/{campaign_id}/_if_started", headers={"HX-Request": "true"})
        assert list_unnamed_times(f"<main>{part.get_data(as_text=True)}</main>") == []
    else:
        act(site, campaign_id, "start")
        add_call(site, campaign_id, AttemptStatus.BUSY)
        add_call(site, campaign_id, AttemptStatus.RINGING, contact=1)
        with site.app.app_context(), transaction(db.session()) as session:
            session.get_one(Campaign, campaign_id).last_error = "no route"
            session.get_one(Campaign, campaign_id).last_error_at = site.clock.now()
            found = session.query(Contact).order_by(Contact.id).all()
            found[0].due_at = site.clock.now() + timedelta(minutes=30)
            found[1].due_at = site.clock.now() + timedelta(minutes=90)
    if state in ("paused", "stopped"):
        act(site, campaign_id, {"paused": "pause", "stopped": "stop"}[state])
        seen.append("/campaigns")
    seen += [f"/contacts/{contact_id}" for contact_id in contact_ids(site, campaign_id)]
    seen.append(f"/campaigns/{campaign_id}/contacts")
    for address in seen:
        response = operator.get(address)
        assert response.status_code == 200, address
        assert list_unnamed_times(response.get_data(as_text=True)) == [], address


def test_the_next_call_is_when_the_person_may_be_called_and_not_while_they_sleep(site: Site) -> None:
    """It is Friday 15:00 UTC: Saturday 02:00 in Sydney."""
    campaign_id = make_world(site)
    sydney = contact_ids(site, campaign_id)[2]
    page = squeeze(read_in(ZONE, site).get(f"/contacts/{sydney}").get_data(as_text=True))
    assert "The first call is planned" in page
    opens = re.findall(r"<time[^>]*datetime=\"([^\"]*)\"[^>]*>(09:00 Australia/Lord_Howe)<", page)
    assert opens, "09:00 in Sydney, where there are eleven hours to UTC as on Lord Howe"
    assert {at for at, _ in opens} == {"2026-11-21T09:00:00+11:00"}


def test_a_call_that_is_due_says_so(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=1)
    page = squeeze(
        site.visitor(Role.OPERATOR)
        .get(f"/contacts/{contact_ids(site, campaign_id)[0]}")
        .get_data(as_text=True)
    )
    assert "The first call is due" in page
    assert "<dt>Next</dt> <dd> due now </dd>" in page
