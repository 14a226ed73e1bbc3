"""The campaign's form: what is typed is kept, what is wrong is named beside its field, and it works without script."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from campaign_app.domain.errors import FieldError
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.services import campaigns
from campaign_app.web import campaign_form as forms
from tests.web.pages_support import PAYLOADS, TYPED, ensure_trunk, make_campaign
from tests.web.people_support import Site, squeeze


def api_of(site: Site, campaign_id: int) -> dict[str, Any]:
    with site.app.app_context():
        return campaigns.to_api(campaigns.get_campaign(db.session(), campaign_id))


def test_a_campaign_is_saved_as_it_was_typed(site: Site) -> None:
    ensure_trunk(site)
    operator = site.visitor(Role.OPERATOR)
    response = operator.post("/campaigns/new", TYPED)
    assert (response.status_code, response.location) == (303, "/campaigns/1")
    saved = api_of(site, 1)
    assert saved["calling_windows"] == [
        {"days": ["mon", "tue"], "start": "09:00", "end": "18:00"},
        {"days": ["fri"], "start": "22:00", "end": "02:00", "overnight": True},
    ]
    assert saved["retry"] == {
        "max_retries": 2,
        "delays_minutes": [30, 120],
        "by_outcome": {"busy": [5, 10], "failed": []},
    }
    assert saved["starts_at"] == "2026-12-01T08:30:00Z", "the start is on the campaign's clock, Paris"
    assert (saved["calls_per_second"], saved["priority"], saved["default_region"]) == (2.5, 7, "FR")


def test_what_is_hardly_meant_is_pointed_out(site: Site) -> None:
    """A campaign of 2020, and more lines than its trunk has: both may be saved, for both may be mended elsewhere."""
    ensure_trunk(site)
    operator = site.visitor(Role.OPERATOR)
    typed = {**TYPED, "starts_at": "", "ends_at": "2020-01-03T10:00", "max_concurrent_calls": "5000"}
    over = "The end, Fri 3 Jan 2020 10:00 Europe/Paris, has passed"
    lines = re.compile(r"The trunk simulator has \d+ lines, so no more than that many of the 5,000 calls")
    preview = squeeze(operator.post("/campaigns/preview", typed).text)
    assert over in preview
    assert lines.search(preview)
    assert operator.post("/campaigns/new", typed).status_code == 303
    page = squeeze(operator.get("/campaigns/1").text)
    assert over in page
    assert lines.search(page)
    same = {**TYPED, "windows-0-end": "09:00"}
    assert (
        "The end is the same as the start; for the whole day, enter 00:00 to 24:00"
        in operator.post("/campaigns/new", same).text
    )


@pytest.mark.parametrize(
    "field, value, anchor, words",
    [
        ("name", "", "name", "Give the campaign a name"),
        ("name", "n" * 201, "name", "200 at the most"),
        ("message", " ", "message", "Give the words to be spoken"),
        ("timezone", "Mars/Olympus", "timezone", "give that of a city"),
        ("windows-0-end", "08:00", "windows-0-end", "end is before the start"),
        ("windows-0-start", "9 o'clock", "windows-0-start", "Enter a time"),
        ("windows-0-days", [], "windows-0-days", "hoose at least one day"),
        ("max_concurrent_calls", "-1", "max_concurrent_calls", "whole number from 1"),
        ("max_concurrent_calls", "many", "max_concurrent_calls", "whole number from 1"),
        ("calls_per_second", "fast", "calls_per_second", "A number from"),
        ("provider", "carrier-pigeon", "provider", "One of simulator"),
        ("caller_id", "12", "caller_id", "give it in full"),
        ("max_retries", "99", "max_retries", "whole number from 0 to 20"),
        ("delays-1", "soon", "delays-1", "Minutes from 0"),
        ("outcomes-1-minutes", "a while", "outcomes-1-minutes", "Minutes from 0"),
        ("starts_at", "tomorrow", "starts_at", "A time with its zone"),
        ("ends_at", "2026-11-30T09:30", "ends_at", "Must come after the start"),
    ],
)
def test_a_wrong_field_is_named_and_everything_typed_is_kept(
    site: Site, field: str, value: Any, anchor: str, words: str
) -> None:
    ensure_trunk(site)
    operator = site.visitor(Role.OPERATOR)
    response = operator.post("/campaigns/new", {**TYPED, field: value})
    page = unescape(response.get_data(as_text=True))
    assert response.status_code == 422
    assert f'href="#{anchor}"' in page, "the summary leads to the field"
    assert f'id="{anchor}"' in page, "and the field is there"
    assert words in page
    assert 'value="2026-12-01T09:30"' in page or field == "starts_at"
    assert "Hello {name}" in page or field == "message"
    if isinstance(value, str) and value.strip() and field not in ("timezone", "provider"):
        assert value in page


def test_every_error_of_the_domain_has_a_place_on_the_page(site: Site) -> None:
    """A field that the form does not know would be told above it, without a link that leads anywhere."""
    ensure_trunk(site)
    page = site.visitor(Role.OPERATOR).get("/campaigns/new").get_data(as_text=True)
    fields = ["name", "message", "message.text", "timezone", "calling_windows", "calling_windows[0]"]
    fields += ["calling_windows[0].days", "calling_windows[0].start", "calling_windows[0].end"]
    fields += ["calling_windows[0].overnight", "retry", "retry.max_retries", "retry.delays_minutes"]
    fields += ["retry.delays_minutes[2]", "retry.by_outcome.busy", "retry.by_outcome.machine[0]", "starts_at"]
    fields += ["ends_at", "caller_id", "provider", "default_region", "priority", "max_concurrent_calls"]
    for field in [*fields, "calls_per_second"]:
        problem = forms.find_problems([FieldError(field, "is wrong")])[0]
        assert f'id="{problem.anchor}"' in page, field
        assert problem.label, field


def test_a_window_is_added_and_removed_without_script_and_without_losing_anything(site: Site) -> None:
    ensure_trunk(site)
    operator = site.visitor(Role.OPERATOR)
    typed = {key: value for key, value in TYPED.items() if key != "save"}
    more = operator.post("/campaigns/new", {**typed, "add_window": "1", "name": "Half"}).get_data(
        as_text=True
    )
    assert 'name="windows-2-start"' in more
    assert 'value="Half"' in more
    less = squeeze(operator.post("/campaigns/new", {**typed, "remove_window": "0"}).get_data(as_text=True))
    assert 'name="windows-1-start"' not in less
    assert 'name="windows-0-start" value="22:00"' in less
    with site.app.app_context():
        assert not db.session.execute(db.text("SELECT count(*) FROM campaigns")).scalar()


def test_more_retries_bring_more_fields_for_delays(site: Site) -> None:
    ensure_trunk(site)
    page = site.visitor(Role.OPERATOR).post("/campaigns/new", {**TYPED, "max_retries": "5", "name": ""})
    assert 'name="delays-4"' in page.get_data(as_text=True)


def test_what_is_saved_comes_back_into_the_form(site: Site) -> None:
    campaign_id = make_campaign(site)
    for given in (forms.from_api(api_of(site, campaign_id)), forms.pad_form_rows(forms.from_api({}))):
        again = forms.from_api(forms.to_api(given) | {"starts_at": None, "ends_at": None})
        assert forms.pad_form_rows(again) == forms.pad_form_rows(given)


def test_a_draft_is_changed(site: Site) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    assert "Flu shots" in operator.get(f"/campaigns/{campaign_id}/edit").get_data(as_text=True)
    response = operator.post(f"/campaigns/{campaign_id}/edit", {**TYPED, "name": "Measles"})
    assert response.status_code == 303
    assert api_of(site, campaign_id)["name"] == "Measles"


def test_the_preview_says_what_the_form_means(site: Site) -> None:
    ensure_trunk(site)
    site.clock.set(site.clock.now().replace(hour=15, minute=0))  # a Friday, 16:00 in Paris
    said = site.visitor(Role.OPERATOR).post("/campaigns/preview", TYPED).get_data(as_text=True)
    assert "Closed now; opens 22:00 (Europe/Paris)." in said
    assert "22 hours open per week" in said
    assert 'hx-swap-oob="true"' in said


OWN = "Mon–Sat 09:00–20:00 where they are, not on public holidays"


@pytest.mark.parametrize(
    "chosen, words",
    [
        (
            {"clock": "person", "purpose": "marketing"},
            [f"Only each person’s own hours count: {OWN}. The calling windows are ignored.", "66 hours open"],
        ),
        (
            {"clock": "person", "purpose": "emergency"},
            ["People may be called at any hour, since this is an emergency.", "168 hours open per week"],
        ),
        (
            {"clock": "both", "purpose": "marketing", "timezone": ""},
            [
                "Fri 22:00–02:00 on each person’s clock. People’s own hours count as well.",
                f"<dt>People’s own hours</dt> <dd> {OWN} </dd>",
            ],
        ),
        (
            {"clock": "both", "purpose": "emergency"},
            ["Closed now; opens 22:00 (Europe/Paris).", "<dd> any hour, since this is an emergency </dd>"],
        ),
        ({"clock": "campaign"}, ["Closed now; opens 22:00 (Europe/Paris)."]),
    ],
)
def test_the_preview_says_whose_hours_count(site: Site, chosen: dict[str, str], words: list[str]) -> None:
    ensure_trunk(site)
    site.clock.set(site.clock.now().replace(hour=15, minute=0))  # a Friday, 16:00 in Paris
    response = site.visitor(Role.OPERATOR).post("/campaigns/preview", {**TYPED, **chosen})
    said = squeeze(unescape(response.get_data(as_text=True)))
    assert [each for each in words if each not in said] == []
    windows_count = chosen["clock"] != "person" and chosen.get("timezone") != ""
    assert ("Closed now" in said) is windows_count, (
        "of windows that do not count, or have no zone, nothing is known"
    )
    assert ("<dt>People’s own hours</dt>" in said) is (chosen["clock"] == "both")
    assert ("own hours count as well" in said) is (
        chosen["clock"] == "both" and chosen["purpose"] != "emergency"
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_field_comes_back_as_text(site: Site, payload: str) -> None:
    ensure_trunk(site)
    fields = {key: payload for key in TYPED if key not in ("save", "windows-1-overnight")}
    response = site.visitor(Role.OPERATOR).post("/campaigns/new", fields)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "onmouseover=alert(1) x='" not in page.replace("&#39;onmouseover=alert(1) x=&#39;", "")
    assert "49{%" not in page


def test_a_viewer_may_neither_see_the_form_nor_send_it(site: Site) -> None:
    ensure_trunk(site)
    viewer = site.visitor(Role.VIEWER)
    assert viewer.get("/campaigns/new").status_code == 403
    assert viewer.post("/campaigns/new", TYPED).status_code == 403
