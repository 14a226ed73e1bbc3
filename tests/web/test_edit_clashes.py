"""The form of a campaign that runs, or that somebody else has saved meanwhile."""

from __future__ import annotations

from html import unescape
from typing import Any

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.services import campaigns
from campaign_app.services.people import users
from campaign_app.transaction import transaction
from campaign_app.web import campaign_form as forms
from campaign_app.web.edit_clashes import merge_edits
from tests.web.pages_support import act, make_campaign
from tests.web.people_support import PASSWORD, Site, squeeze


def api_of(site: Site, campaign_id: int) -> dict[str, Any]:
    with site.app.app_context():
        return campaigns.to_api(campaigns.get_campaign(db.session(), campaign_id))


def test_two_people_who_save_one_campaign_see_both_versions(site: Site) -> None:
    campaign_id = make_campaign(site, max_concurrent_calls=20, name="Flu shots")
    act(site, campaign_id, "start")
    path = f"/campaigns/{campaign_id}/edit"
    with site.app.app_context(), transaction(db.session()) as session:
        users.create_user(
            session, "ann@example.org", PASSWORD, role=Role.ADMIN, actor="cli", now=site.clock.now()
        )
    first, second = site.visitor(), site.visitor(Role.ADMIN)
    first.begin_session(site.app, "ann@example.org")
    page = first.get(path).get_data(as_text=True)
    assert "This campaign is running." in page
    assert 'name="version" type="hidden" value="1"' in squeeze(page)
    typed = _type(site, campaign_id)
    assert first.post(path, {**typed, "name": "Measles", "max_concurrent_calls": "15"}).status_code == 303
    clash = second.post(path, {**typed, "max_concurrent_calls": "25"})
    text = unescape(squeeze(clash.get_data(as_text=True)))
    assert clash.status_code == 409
    assert "Somebody else saved this campaign while you were editing it" in text
    assert "changed it from <q>Flu shots</q> to <q>Measles</q>" in text
    assert "changed it from <q>20</q> to <q>15</q>" in text
    assert "You have <q>25</q>" in text
    assert 'name="name" type="text" value="Measles"' in text
    assert api_of(site, campaign_id)["max_concurrent_calls"] == 15
    mine = unescape(squeeze(first.post(path, {**typed, "max_concurrent_calls": "9"}).get_data(as_text=True)))
    assert "You saved this campaign elsewhere, perhaps in another tab, while this form was open" in mine
    assert "you changed it from <q>Flu shots</q> to <q>Measles</q>" in mine
    saved = second.post(path, {**typed, "name": "Measles", "max_concurrent_calls": "25", "version": "2"})
    assert saved.status_code == 303
    now = api_of(site, campaign_id)
    assert (now["name"], now["max_concurrent_calls"], now["version"]) == ("Measles", 25, 3)
    locked = second.post(path, {**typed, "version": "3", "subject": "Bills"})
    assert locked.status_code == 409
    assert "pause it, change it, and resume it" in unescape(locked.get_data(as_text=True))


def _type(site: Site, campaign_id: int) -> dict[str, Any]:
    """The form as it stands, as a browser sends it."""
    data = forms.pad_form_rows(forms.from_api(api_of(site, campaign_id)))
    typed: dict[str, Any] = {"version": "1", "save": "1"}
    for name, value in data.items():
        if not isinstance(value, list):
            typed |= {name: value} if value not in (False, None) else {}
            continue
        for place, item in enumerate(value):
            cells = {f"-{key}": cell for key, cell in item.items()} if isinstance(item, dict) else {"": item}
            typed |= {
                f"{name}-{place}{key}": "y" if cell is True else cell
                for key, cell in cells.items()
                if cell not in (False, None)
            }
    return {key: "y" if value is True else value for key, value in typed.items()}


def test_whatever_was_typed_a_clash_is_shown(site: Site) -> None:
    campaign_id = make_campaign(site)
    saved = forms.from_api(api_of(site, campaign_id))
    merged, clashes = merge_edits({**saved, "starts_at": "tomorrow", "timezone": "Mars"}, saved, [])
    assert (merged["starts_at"], clashes) == ("tomorrow", [])
