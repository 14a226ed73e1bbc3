"""Home: what needs a person, who is called, what waits until when, and the notes between shifts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Campaign, Import, Role, Trunk
from campaign_app.services import campaigns, trunks
from campaign_app.services.wait_reasons import ReasonCode, WaitReason, find_next_reason
from campaign_app.transaction import transaction
from tests.web.pages_support import act, add_call, add_contacts, an_engine_runs, make_campaign
from tests.web.people_support import Site, squeeze


def section(page: str, heading: str) -> str:
    """The text of the page from a heading to the next section."""
    return squeeze(page.partition(f'id="{heading}"')[2].partition("</section>")[0])


def test_a_quiet_shift_says_so(site: Site) -> None:
    page = site.visitor(Role.VIEWER).get("/home").text
    assert "Nothing needs you now." in page
    assert "Nobody is being called now." in page
    assert "No campaign waits." in page
    assert "Stop all" not in page, "a viewer stops nothing"


def test_what_runs_what_waits_and_what_needs_a_person(site: Site) -> None:
    calling, later, open_end = (make_campaign(site, name=name) for name in ("Calls", "Later", "Some day"))
    an_engine_runs(site)
    for campaign_id in (calling, later, open_end):
        act(site, campaign_id, "start")
    add_call(site, calling, AttemptStatus.RINGING)
    add_call(site, calling, AttemptStatus.UNRESOLVED, contact=1)
    act(site, later, "pause", until=site.clock.now() + timedelta(hours=1), reason="phones are full")
    act(site, open_end, "pause")
    with site.app.app_context(), transaction(db.session()) as session:
        trunk = session.query(Trunk).one()
        trunk.paused_at, trunk.paused_by, trunk.paused_reason = (
            site.clock.now(),
            "user:tom@example.org",
            "moved",
        )
        for status in ("failed", "checked", "completed"):
            session.add(
                Import(
                    campaign_id=later,
                    filename=f"{status}.csv",
                    stored_as="x",
                    size=1,
                    status=status,
                    error="it is empty" if status == "failed" else None,
                    created_by="x",
                    created_at=site.clock.now(),
                )
            )
    operator = site.visitor(Role.OPERATOR)
    page = operator.get("/home").text
    attention = section(page, "attention-h")
    for words in (
        "Trunk simulator: paused",
        "By tom@example.org. Moved",
        "failed.csv for Later: It is empty",
    ):
        assert words.lower() in attention.lower(), words
    assert "checked.csv" in attention
    assert "completed.csv" not in attention
    assert "1 call has an unknown outcome" in attention
    assert "This person won’t be called again automatically." in attention
    assert attention.count("<time ") == 4, "since when: the trunk, the call and both uploads"
    assert ">Calls</a>" in section(page, "calling-h")
    waiting = section(page, "waiting-h")
    assert waiting.index("> Later </a>") < waiting.index("> Some day </a>")
    assert "16:00 UTC" in waiting, "on the reader’s clock"
    assert "phones are full" in waiting
    assert "when somebody resumes it" in waiting
    assert section(operator.get("/home/_now").text, "waiting-h") == waiting
    paused = operator.post("/campaigns/pause-all", {"next": "home"}, follow_redirects=True)
    assert paused.request.path == "/home"


def at(hour: int) -> datetime:
    return datetime(2026, 11, 30, hour, tzinfo=UTC)


GAP = WaitReason(ReasonCode.GAP, 295, at(7))
RETRY = WaitReason(ReasonCode.RETRY_WAIT, 5, at(4))


@pytest.mark.parametrize(
    "reasons, told",
    [
        ([GAP, RETRY], RETRY),
        ([WaitReason(ReasonCode.STARTS_LATER, 0, at(9)), GAP, RETRY], WaitReason("starts-later", 0, at(9))),
        (
            [WaitReason(ReasonCode.BACKOFF, 5, at(4)), WaitReason(ReasonCode.TRUNK_PAUSED, 0), GAP],
            WaitReason("trunk-paused", 0),
        ),
        ([GAP, WaitReason(ReasonCode.NEXT, 3)], WaitReason("next", 3)),
        ([WaitReason(ReasonCode.LINES_IN_DOUBT, 0, at(3)), GAP], GAP),
        ([WaitReason(ReasonCode.NO_CONSENT, 5)], WaitReason("consent", 5)),
    ],
    ids=["the next turn", "all wait longer", "no end is known", "now", "lines", "none has an end"],
)
def test_until_and_why_are_of_one_reason(reasons: list[WaitReason], told: WaitReason) -> None:
    assert find_next_reason(reasons) == told


def test_notes_are_handed_over_printed_and_what_was_typed_stays(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    operator.get("/home")
    page = operator.post(
        "/home/notes", {"note": "The carrier restarts at 5.\n<b>Mind</b> the queue."}, follow_redirects=True
    )
    assert "&lt;b&gt;Mind&lt;/b&gt; the queue." in page.text
    assert "operator@example.org" in section(page.text, "notes")
    empty = squeeze(operator.post("/home/notes", {"note": " "}).text)
    assert re.search(r'<textarea[^>]* autofocus="" aria-invalid="true"', empty), (
        "the focus goes to what is wrong"
    )
    refused = operator.post("/home/notes", {"note": "x" * 2001})
    assert refused.status_code == 422
    assert "2,000 at the most" in refused.text
    assert "x" * 2001 in refused.text
    viewer = site.visitor(Role.VIEWER)
    printed = viewer.get("/home/hand-over").text
    assert printed.index("the queue.") < printed.index('id="attention-h"')
    assert "hx-get" not in printed.partition("<main")[2]
    assert viewer.post("/home/notes", {"note": "me too"}).status_code == 403
    assert ("user:operator@example.org", "shift.note") in site.trail()


def test_the_search_of_the_bar_finds_people_by_what_is_known_of_them(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    add_contacts(site, campaign_id, [{"name": "Zoe Adams", "phone 2": "+12125550177"}, {"name": "Mia"}])
    operator, viewer = site.visitor(Role.OPERATOR), site.visitor(Role.VIEWER)
    for visitor in (operator, viewer):
        found = section(visitor.get("/search?q=adams").text, "people-h")
        assert "name: Zoe Adams" in found
        assert "Flu shots" in found
        assert "Mia" not in found
    assert 'id="people-h"' not in viewer.get("/search?q=5550177x").text
    with site.app.app_context():
        assert db.session.query(Campaign).count() == 1


def test_today_and_the_end_of_a_pause_are_on_the_readers_clock(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "start")
    add_call(
        site, campaign_id, AttemptStatus.COMPLETED, answered_by="human", disposition="opted-out", key="9"
    )
    operator = site.visitor(Role.OPERATOR)
    operator.client.set_cookie("zone", "Asia/Tokyo")
    page = squeeze(operator.get("/home").text)
    assert "Today, since 00:00, Tokyo" in page
    assert "<dt>People reached</dt>" in page
    assert 'or at <span class="muted">(Asia/Tokyo time)</span>' in page
    at = (site.clock.now() + timedelta(hours=9 + 3)).replace(second=0, microsecond=0, tzinfo=None)
    ask = {"next": "home", "until": f"{at:%Y-%m-%dT%H:%M}", "until_zone": "Asia/Tokyo"}
    operator.post("/campaigns/pause-all", ask)
    with site.app.app_context():
        resume_at = db.session.get_one(Campaign, campaign_id).resume_at
        assert resume_at is not None
        assert resume_at.replace(tzinfo=None) == at - timedelta(hours=9)


def test_a_deleted_draft_keeps_no_trunk_and_comes_back_on_the_default_one(site: Site) -> None:
    campaign_id = make_campaign(site)
    with site.app.app_context(), transaction(db.session()) as session:
        other = Trunk(
            name="other",
            provider="simulator",
            settings={},
            max_concurrent_calls=2,
            created_at=site.clock.now(),
        )
        session.add(other)
        session.flush()
        session.get_one(Campaign, campaign_id).trunk_id = other.id
        campaigns.delete_campaign(session, campaign_id, actor="cli", now=site.clock.now())
        trunks.delete_trunk(session, other.id, default_name="simulator", actor="cli", now=site.clock.now())
        restored = campaigns.restore_campaign(session, campaign_id, actor="cli", now=site.clock.now())
        session.refresh(restored)
        assert restored.trunk.name == "simulator"
