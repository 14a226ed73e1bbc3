"""Answers over time on the campaign's page."""

from __future__ import annotations

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.extensions import db
from campaign_app.models import ResponseCount, Role
from campaign_app.transaction import transaction
from tests.web.pages_support import act, add_call, make_campaign
from tests.web.people_support import Site

MENU = [{"digit": str(digit), "action": "answer", "label": f"Yes & {digit}"} for digit in range(6)]


def press(site: Site, campaign_id: int, keys: str) -> None:
    """A call for each key, with the counts as the engine would leave them."""
    for contact, key in enumerate(keys):
        add_call(site, campaign_id, S.COMPLETED, contact, key=key)
    with site.app.app_context(), transaction(db.session()) as session:
        for key in set(keys):
            session.add(ResponseCount(campaign_id=campaign_id, response=f"key:{key}", n=keys.count(key)))


def test_the_keys_that_were_pressed_are_drawn_over_time(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=20, message={"text": "Hello", "keys": MENU})
    viewer = site.visitor(Role.VIEWER)
    act(site, campaign_id, "start")
    before = viewer.get(f"/campaigns/{campaign_id}/_answers").get_data(as_text=True)
    assert before.startswith('<div id="answers" hidden')
    assert 'hx-trigger="every 30s"' in before, "more may come"
    press(site, campaign_id, "11112223")
    site.clock.move(600)
    for page in (f"/campaigns/{campaign_id}", f"/campaigns/{campaign_id}/_answers"):
        shown = viewer.get(page).get_data(as_text=True)
        assert "Answers over time" in shown
        assert "1 Yes &amp; 1 <b>4</b>" in shown
        assert "4 1 yes &amp; 1, 3 2 yes &amp; 2, 1 3 yes &amp; 3" in shown
    assert viewer.get("/campaigns/77/_answers").status_code == 404


def test_the_rarer_of_many_keys_are_one_colour_and_an_ended_campaign_is_not_asked_again(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=20, message={"text": "Hello", "keys": MENU})
    act(site, campaign_id, "start")
    press(site, campaign_id, "000011122345")
    act(site, campaign_id, "stop")
    shown = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}/_answers").get_data(as_text=True)
    assert "Other keys (4 5) <b>2</b>" in shown
    assert "hx-trigger" not in shown
