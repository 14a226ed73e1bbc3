"""Receipts on pages: a contact's calls say why each was allowed, and any other minute can be asked about."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Attempt, Campaign, Contact, Role
from campaign_app.services import blackouts, do_not_call
from campaign_app.signing import verify_document
from campaign_app.transaction import transaction
from tests.web.pages_support import NUMBERS, Site, act, add_call, make_campaign
from tests.web.people_support import squeeze

TAGS = re.compile(r"<[^>]+>")
INFORMATIONAL = {"clock": "both", "purpose": "informational", "timezone": "America/New_York"}


def words(page: str) -> str:
    return squeeze(html.unescape(TAGS.sub(" ", page)))


def make_called(site: Site, status: AttemptStatus = AttemptStatus.BUSY, **fields: object) -> int:
    """A campaign with one contact that was called; its contact's id."""
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    windows = [{"days": every_day, "start": "08:00", "end": "21:00"}]
    campaign_id = make_campaign(site, numbers=1, calling_windows=windows, **INFORMATIONAL)
    act(site, campaign_id, "start")
    site.clock.move(60)
    attempt_id = add_call(site, campaign_id, status, **fields)
    with site.app.app_context(), transaction(db.session()) as session:
        attempt = session.get_one(Attempt, attempt_id)
        contact = session.get_one(Contact, attempt.contact_id)
        attempt.rulebook_id = session.get_one(Campaign, campaign_id).rulebook_id
        attempt.profile_id = contact.profile_id
        if status is AttemptStatus.RELEASED:
            attempt.dialing_at = attempt.placed_at = None
        return contact.id


def show(site: Site, path: str, role: Role = Role.OPERATOR, status: int = 200) -> str:
    response = site.visitor(role).get(path)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def test_each_call_says_why_it_was_allowed_with_their_time_first(site: Site) -> None:
    contact_id = make_called(site)
    page = words(show(site, f"/contacts/{contact_id}"))
    assert "It’s Fri 10:01 there (America/New_York)." in page
    assert "Allowed: On Friday 20 November 2026 it was 10:00 in New York (guessed from the number)" in page
    assert "it was call 1 of at most 3 in 24 hours" in page
    for title in ("Do not call", "Blackouts", "Calling hours", "How often", "Purpose", "Consent", "Rules"):
        assert title in page[page.index("The whole receipt") :]
    assert "Campaign Started by the command line" in page


def test_a_call_that_was_held_back_says_why_in_the_timeline(site: Site) -> None:
    contact_id = make_called(site, AttemptStatus.RELEASED, cause="the campaign no longer runs")
    page = words(show(site, f"/contacts/{contact_id}"))
    assert "Not called: On Friday 20 November 2026 it was 10:01 in New York" in page
    assert "the reason then: the campaign no longer runs" in page


def test_times_without_calls_stand_in_the_timeline_with_their_reason(site: Site) -> None:
    contact_id = make_called(site)
    with site.app.app_context(), transaction(db.session()) as session:
        data = {"country": "US", "state": "US-NY", "reason": "<b>snow</b>"}
        blackouts.add_blackout(session, data, actor="user:maya@example.org", read_now=site.clock.now)
        entry = do_not_call.add_do_not_call_entry(
            session,
            NUMBERS[0],
            region=None,
            campaign_id=None,
            reason="asked",
            source="operator",
            actor="cli",
            now=site.clock.now(),
        )
        site.clock.move(60)
        do_not_call.remove_do_not_call_entry(
            session, entry.id, reason="asked again", actor="cli", now=site.clock.now()
        )
    page = show(site, f"/contacts/{contact_id}")
    assert "<b>snow</b>" not in page
    text = words(page)
    assert "Not to be called" in text
    assert "New York was closed by maya@example.org: <b>snow</b>" in text
    assert "Put on do-not-call" in text
    assert "By the command line (operator): asked." in text
    assert "Taken off do-not-call" in text


def test_operators_download_signed_documents_and_each_download_is_audited(site: Site) -> None:
    contact_id = make_called(site)
    operator = site.visitor(Role.OPERATOR)
    public_key = site.app.extensions["switchboard"].signer.public_key
    at = "2026-11-20T15:00:30Z"
    for path, kind, action in (
        ("/attempts/1/receipt.json", "receipt", "receipt.export"),
        (f"/contacts/{contact_id}/receipts.json", "receipts", "receipts.export"),
        (f"/why/answer.json?contact={contact_id}&at={at}", "answer", "answer.export"),
    ):
        response = operator.get(path)
        assert response.status_code == 200
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")
        assert response.headers["Cache-Control"] == "no-store"
        document = verify_document(response.data, public_key)
        assert document["kind"] == kind
        assert NUMBERS[0] in json.dumps(document)
        assert site.trail()[-1] == ("user:operator@example.org", action)
        assert site.visitor(Role.VIEWER).get(path).status_code == 403
    page = show(site, f"/contacts/{contact_id}", Role.VIEWER)
    assert ".json" not in page


@pytest.mark.parametrize(
    "path", ["/attempts/99/receipt.json", "/contacts/99/receipts.json", "/why/answer.json?contact=99&at=x"]
)
def test_a_document_of_nothing_is_not_found(site: Site, path: str) -> None:
    assert site.visitor(Role.OPERATOR).get(path).status_code == 404


def test_a_bad_time_of_a_download_is_refused(site: Site) -> None:
    contact_id = make_called(site)
    path = f"/why/answer.json?contact={contact_id}&at=noon"
    assert site.visitor(Role.OPERATOR).get(path).status_code == 422


def ask(site: Site, contact_id: int, at: str, clock: str = "America/New_York", status: int = 200) -> str:
    query = f"/why?contact={contact_id}&at={at}&clock={clock}"
    return words(show(site, query, status=status))


def test_another_minute_is_explained_on_either_clock(site: Site) -> None:
    contact_id = make_called(site)
    site.clock.move(24 * 3600)
    for at, clock in (
        ("2026-11-20T23:30", "America/New_York"),
        ("2026-11-21T04:30", "UTC"),
        ("2026-11-20T23:30:00-05:00", "UTC"),
    ):
        page = ask(site, contact_id, at.replace("+", "%2B"), clock)
        assert (
            "On Friday 20 November 2026 it was 23:30 in New York, and Flu shots did not call this number"
            in page
        )
        assert "Their hours outside the hours when the person may be called" in page
        assert "Signed answer (JSON)" in page
    called = ask(site, contact_id, "2026-11-20T10:00")
    assert "Flu shots called this number in that minute. Allowed: on Friday" in called
    assert "The whole receipt" in called
    assert "it will be" in ask(site, contact_id, "2026-12-20T10:00")
    assert "This installation has records since" in ask(site, contact_id, "2026-01-20T10:00")


@pytest.mark.parametrize(
    "at, zone, told",
    [
        ("noon", "UTC", "Enter a date and a time"),
        ("", "UTC", "Enter a date and a time"),
        ("0001-01-01T00:00", "Asia/Tokyo", "Choose one of these clocks"),
        ("0001-01-01T00:00", "UTC", "A time from the year 2000"),
        ("9999-12-31T23:59", "America/New_York", "A time from the year 2000"),
        ("2026-03-08T02:30", "America/New_York", "There was no such time in New York"),
        ("2026-11-20T10:00", "<script>", "Choose one of these clocks"),
    ],
)
def test_a_time_that_is_none_is_told_at_its_field_and_kept(site: Site, at: str, zone: str, told: str) -> None:
    contact_id = make_called(site)
    page = show(site, f"/why?contact={contact_id}&at={at}&clock={zone}", status=422)
    assert told in words(page)
    assert "<script>" not in page[page.index("<main") :]


def test_a_number_of_no_campaign_is_asked_about_too(site: Site) -> None:
    make_campaign(site, numbers=0)
    moment = site.clock.now() + timedelta(hours=1)
    site.clock.move(2 * 3600)
    page = show(site, f"/why?phone=%2B12125550199&at={moment:%Y-%m-%dT%H:%M}&clock=UTC")
    assert "no campaign had this number, and nobody called it" in words(page)
    assert "+12125550199" not in words(page)
