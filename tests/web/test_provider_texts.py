"""Texts of providers and other servers on the pages: whoever may not see numbers finds none in them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Campaign, Contact, EngineHeartbeat, Role, Trunk
from campaign_app.transaction import transaction
from tests.web.pages_support import act, add_call, an_engine_runs, make_campaign
from tests.web.people_support import Site, squeeze

TEXT = "HTTP 400, 21211: The number +13125550123, or (312) 555-0123, is not valid"
NUMBER = re.compile(r"555.?0123")
MASKED = "HTTP 400, 21211: The number +1 312 ••• ••23, or •••23, is not valid"


@pytest.mark.parametrize("state", ["waits", "fails", "cannot dial"])
def test_a_viewer_reads_no_number_in_what_a_provider_wrote(site: Site, state: str) -> None:
    campaign_id = make_campaign(site, 3)
    act(site, campaign_id, "start")
    an_engine_runs(site)
    call_id = add_call(site, campaign_id, AttemptStatus.FAILED, cause=TEXT)
    add_call(site, campaign_id, AttemptStatus.UNRESOLVED, contact=1, cause=TEXT)
    now = site.clock.now()
    with site.app.app_context(), transaction(db.session()) as session:
        trunk, campaign = session.get_one(Trunk, 1), session.get_one(Campaign, campaign_id)
        for failing in (trunk, campaign):
            failing.last_error, failing.last_error_at, failing.failures = TEXT, now, 2
        if state == "waits":
            trunk.circuit_until = campaign.backoff_until = now + timedelta(minutes=5)
        if state == "cannot dial":
            trunk.check_error = trunk.not_ready = TEXT
            trunk.check_steps = [
                {"name": "sound", "state": "failed", "detail": TEXT, "setting": None},
            ]
        session.get_one(EngineHeartbeat, "e").last_error = f"trunk simulator: {TEXT}"
        contact_id = (
            session.query(Contact).filter_by(campaign_id=campaign_id).order_by(Contact.id).all()[0].id
        )
    pages = (
        *("/home", "/campaigns", "/campaigns/_board", f"/campaigns/{campaign_id}", "/trunks", "/trunks/1"),
        *("/health", "/calls", "/calls/unresolved", f"/contacts/{contact_id}"),
    )
    viewer, operator = site.visitor(Role.VIEWER), site.visitor(Role.OPERATOR)
    for path in pages:
        assert TEXT in squeeze(operator.get(path).text).replace("&#39;", "'"), path
        page = squeeze(viewer.get(path).text)
        assert not NUMBER.search(page), path
        assert MASKED in page, path
    headers = {"Authorization": f"Bearer {site.token(Role.VIEWER)}"}
    for path in ("trunks/1", f"campaigns/{campaign_id}/stats", f"calls/{call_id}", f"contacts/{contact_id}"):
        answer = viewer.client.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 200
        assert not NUMBER.search(answer.text), path
