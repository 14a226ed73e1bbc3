"""The campaign's form, opened and saved: whatever the API took comes back as it was."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.services import campaigns
from tests.web.pages_support import make_campaign
from tests.web.people_support import Site


class FormReader(HTMLParser):
    """What a browser would send of the form with that id: its controls with their values."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.values: dict[str, list[str]] = {}
        self.select, self.textarea = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        if not self.inside:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.values.setdefault(name, []).append(value)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            chosen = self.values.setdefault(self.select, [value])
            if "selected" in given:
                chosen[:] = [value]
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = [""]

    def handle_data(self, data: str) -> None:
        if self.inside and self.textarea:
            self.values[self.textarea][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            # A browser takes the line break behind the tag away.
            self.values[self.textarea][0] = (
                self.values[self.textarea][0].removeprefix("\r\n").removeprefix("\n")
            )
            self.textarea = ""


def read_form(page: str) -> dict[str, Any]:
    reader = FormReader("campaign-form")
    reader.feed(page)
    return {name: values if len(values) > 1 else values[0] for name, values in reader.values.items()}


def saved_campaign(site: Site, campaign_id: int) -> dict[str, Any]:
    with site.app.app_context():
        fields = campaigns.to_api(campaigns.get_campaign(db.session(), campaign_id))
    return {name: value for name, value in fields.items() if name != "updated_at"}


def open_and_save(site: Site, campaign_id: int, **changes: Any) -> None:
    operator = site.visitor(Role.ADMIN)
    path = f"/campaigns/{campaign_id}/edit"
    response = operator.post(
        path, {**read_form(operator.get(path).get_data(as_text=True)), **changes, "save": "1"}
    )
    assert response.status_code == 303, response.get_data(as_text=True)


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Paris",
        "UTC",
        "Japan",
        "GMT",
        "CET",
        "EST5EDT",
        "Etc/GMT+5",
        "Singapore",
        "Zulu",
        "US/Eastern",
        "Asia/Calcutta",
    ],
)
def test_a_campaign_stays_in_its_time_zone(site: Site, zone: str) -> None:
    campaign_id = make_campaign(
        site, timezone=zone, starts_at="2026-12-01T09:30:00Z", ends_at="2026-12-24T18:00:00Z"
    )
    before = saved_campaign(site, campaign_id)
    open_and_save(site, campaign_id, name="Another name")
    assert saved_campaign(site, campaign_id) == {**before, "name": "Another name", "version": 2}
    assert before["timezone"] == zone


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": "2026-12-01T09:30:15Z", "ends_at": "2026-12-01T18:00:59Z"},
        {"starts_at": "2026-12-01T09:30:15.123456Z"},
        {"timezone": "America/New_York", "starts_at": "2026-11-01T05:30:00Z"},
        {"timezone": "America/New_York", "starts_at": "2026-11-01T06:30:00Z"},
        {"timezone": "Europe/Paris", "ends_at": "2026-10-25T01:15:00Z"},
        {"calls_per_second": 333.333333},
        {"calls_per_second": 0.0166666667},
        {
            "retry": {
                "max_retries": 2,
                "delays_minutes": [1234.567, 0.05],
                "by_outcome": {"busy": [0.3, 9999.999]},
            }
        },
        {"retry": {"max_retries": 0, "delays_minutes": [], "by_outcome": {}}},
        {"default_region": None},
        {"default_region": "GB", "caller_id": "+442079460018"},
        {"message": {"text": "\nHello {name|there} <b> & {{x}}"}},
    ],
    ids=lambda fields: ", ".join(fields),
)
def test_a_campaign_is_the_same_after_it_was_opened_and_saved(site: Site, fields: dict[str, Any]) -> None:
    campaign_id = make_campaign(site, **fields)
    before = saved_campaign(site, campaign_id)
    open_and_save(site, campaign_id)
    assert saved_campaign(site, campaign_id) == before


def test_a_start_that_was_typed_anew_counts_and_not_the_saved_one(site: Site) -> None:
    campaign_id = make_campaign(site, timezone="Europe/Paris", starts_at="2026-12-01T09:30:15Z")
    open_and_save(site, campaign_id, starts_at="2026-12-01T10:30")
    assert saved_campaign(site, campaign_id)["starts_at"] == "2026-12-01T09:30:00Z"
    open_and_save(site, campaign_id, starts_at="")
    assert saved_campaign(site, campaign_id)["starts_at"] is None


def test_a_start_keeps_its_clock_time_when_the_zone_is_changed(site: Site) -> None:
    campaign_id = make_campaign(site, timezone="Europe/Paris", starts_at="2026-12-01T09:30:00Z")
    open_and_save(site, campaign_id, timezone="New York")
    saved = saved_campaign(site, campaign_id)
    assert (saved["timezone"], saved["starts_at"]) == ("America/New_York", "2026-12-01T15:30:00Z")


def test_a_saved_start_that_somebody_forged_is_refused_like_any_other(site: Site) -> None:
    campaign_id = make_campaign(site, timezone="Europe/Paris", starts_at="2026-12-01T09:30:00Z")
    for forged in ("x", "2026-12-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        open_and_save(site, campaign_id, starts_at_saved=forged)
        assert saved_campaign(site, campaign_id)["starts_at"] == "2026-12-01T09:30:00Z"
