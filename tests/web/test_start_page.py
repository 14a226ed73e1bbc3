"""The page behind Start…: how many are called now, later and never, before anybody is called."""

from __future__ import annotations

from campaign_app.models import Role
from tests.web.pages_support import Site, make_campaign


def test_it_counts_and_then_starts(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=3)
    page = operator.get(f"/campaigns/{campaign_id}/start").get_data(as_text=True)
    assert "Call 3 people: 3 now." in page
    assert "own clock (Europe/Paris) alone" in page
    assert "Draft" in operator.get(f"/campaigns/{campaign_id}").get_data(as_text=True)
    assert operator.post(f"/campaigns/{campaign_id}/start", {}).status_code == 303


def test_without_a_purpose_it_leads_to_the_field_instead(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site, numbers=1, purpose=None)
    page = operator.get(f"/campaigns/{campaign_id}/start").get_data(as_text=True)
    assert "Say what the calls are for" in page
    assert 'id="do-start"' not in page


def test_a_viewer_may_not_ask(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=1)
    assert site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}/start").status_code == 403
