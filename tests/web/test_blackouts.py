"""The page of blackouts: close a place after seeing whom that holds, see it, lift it with a reason."""

from __future__ import annotations

from campaign_app.extensions import db
from campaign_app.models import BlackoutRow, Role
from tests.web.import_pages import words
from tests.web.pages_support import act, contact_ids, make_campaign
from tests.web.people_support import Site

PAGE = "/rules/blackouts"
FORM = {
    "country": "US",
    "state": "New York",
    "starts_at": "",
    "ends_at": "2026-11-21T08:00",
    "zone": "New York",
    "reason": "state of emergency",
    "source": "https://example.org/decree",
}


def rows(site: Site) -> list[BlackoutRow]:
    with site.app.app_context():
        return list(db.session.query(BlackoutRow).order_by(BlackoutRow.id))


def test_a_place_is_closed_after_the_count_was_seen_and_lifted_with_a_reason(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=3)
    act(site, campaign_id, "start")
    operator = site.visitor(Role.OPERATOR)
    asked = operator.post(PAGE, FORM)
    assert asked.status_code == 200
    page = words(asked)
    assert "Close New York?" in page
    assert "It concerns 3 people who wait in running campaigns" in page
    assert rows(site) == []
    assert operator.post(PAGE, {**FORM, "confirmed": "1"}).location == PAGE
    [row] = rows(site)
    assert (row.country, row.state, str(row.ends_at)) == ("US", "US-NY", "2026-11-21 13:00:00+00:00")
    listed = words(operator.get(PAGE))
    assert "New York" in listed
    assert "state of emergency" in listed
    assert "https://example.org/decree" in listed
    live = words(operator.get(f"/campaigns/{campaign_id}"))
    assert "Closed by a blackout" in live
    [contact_id, *_] = contact_ids(site, campaign_id)
    assert "New York is closed: state of emergency" in words(operator.get("/why?phone=%2B12125550100"))
    assert operator.get(f"/contacts/{contact_id}").status_code == 200
    here = f"{PAGE}/{row.id}/lift"
    assert "3 people wait there in running campaigns" in words(operator.get(here))
    refused = operator.post(here, {"reason": " "})
    assert refused.status_code == 422
    assert "Say why people there may be called again" in words(refused)
    assert operator.post(here, {"reason": "called off"}).location == PAGE
    assert "Lifted: called off" in words(operator.get(PAGE))
    assert operator.post(here, {"reason": "again"}).status_code == 409


def test_what_is_wrong_stands_at_its_field_and_is_kept(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    wrong = {**FORM, "country": "", "ends_at": "2026-11-20T08:00", "reason": "", "zone": "Atlantis"}
    refused = operator.post(PAGE, wrong)
    assert refused.status_code == 422
    assert "Type a city or an IANA name" in words(refused)
    refused = operator.post(PAGE, {**wrong, "zone": "UTC"})
    page = words(refused)
    assert "Nothing was closed" in page
    assert "Must be after now" in page
    assert "Say why nobody is to be called there" in page
    assert "A country as two capital letters" in page
    assert rows(site) == []


def test_viewers_see_the_page_without_its_form(site: Site) -> None:
    viewer = site.visitor(Role.VIEWER)
    page = words(viewer.get(PAGE))
    assert "No place is closed." in page
    assert "Close a place" not in page
    assert viewer.post(PAGE, FORM).status_code == 403
    assert viewer.get(f"{PAGE}/1/lift").status_code == 403


def test_the_start_page_tells_who_is_never_called_for_it(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=3)
    operator = site.visitor(Role.OPERATOR)
    operator.post(PAGE, {**FORM, "ends_at": "", "confirmed": "1"})
    page = words(operator.get(f"/campaigns/{campaign_id}/start"))
    assert "Closed by a blackout" in page
    csv = operator.get(f"/campaigns/{campaign_id}/never.csv?why=blackout")
    assert csv.status_code == 200


def test_both_leave_an_audit_row(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    operator.post(PAGE, {**FORM, "confirmed": "1"})
    operator.post(f"{PAGE}/{rows(site)[0].id}/lift", {"reason": "called off"})
    assert [action for _, action in site.trail()][-2:] == ["blackout.add", "blackout.lift"]


def test_viewers_read_no_number_in_what_others_wrote(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=1)
    act(site, campaign_id, "start")
    [contact_id] = contact_ids(site, campaign_id)
    operator, viewer = (site.visitor(role) for role in (Role.OPERATOR, Role.VIEWER))
    written = "asked by 312 555 0123 on 2026-11-02"
    operator.get(PAGE)
    operator.post(PAGE, {**FORM, "reason": written, "confirmed": "1"})
    held = [f"/campaigns/{campaign_id}", f"/contacts/{contact_id}", "/why?phone=%2B12125550100"]
    before = {path: words(viewer.get(path)) for path in held}
    token = {"Authorization": f"Bearer {site.token(Role.VIEWER)}"}
    for path in (f"contacts/{contact_id}/why", f"campaigns/{campaign_id}/stats", "blackouts"):
        before[path] = words(viewer.client.get(f"/api/v1/{path}", headers=token))
    site.clock.move(60)
    operator.post("/do-not-call", {"phone": "+12125550100", "region": "", "reason": written})
    operator.post("/do-not-call/1/remove", {"reason": written})
    operator.post(f"{PAGE}/1/lift", {"reason": written})
    operator.post("/home/notes", {"note": written})
    act(site, campaign_id, "pause", reason=written)
    pages = {
        path: words(viewer.get(path))
        for path in (f"/contacts/{contact_id}", PAGE, f"/campaigns/{campaign_id}", "/campaigns", "/home")
    }
    pages |= {f"{path} while closed": page for path, page in before.items()}
    found = {path: page.count("by •••23 on 2026-11-02") for path, page in pages.items()}
    assert min(found.values()) >= 1, found
    assert (found[f"/contacts/{contact_id}"], found[PAGE]) == (3, 2)
    assert not [path for path, page in pages.items() if "555 0123" in page]
    assert "555 0123" in words(operator.get(f"/contacts/{contact_id}"))
