"""Uploads through the pages; the runner is called by hand, as the engine's process would."""

from __future__ import annotations

import io
from typing import Any

import pytest

from campaign_app.engine.imports.worker import run_next
from campaign_app.extensions import db
from campaign_app.models import Contact, Import, Role
from tests.web.pages_support import PAYLOADS, act, make_campaign
from tests.web.people_support import Site, Visitor, cheap_hashes, empty_site, site

__all__ = ["cheap_hashes", "empty_site", "site"]

GOOD = "phone,name\n+12125550142,Ada\n+12125550143,Cy\n+12125550142,again\n0612,Bob\n"


def upload(
    visitor: Visitor, campaign_id: int, content: bytes, filename: str = "numbers.csv", **form: Any
) -> Any:
    data = {"file": (io.BytesIO(content), filename), **form}
    return visitor.post(f"/campaigns/{campaign_id}/imports", data, content_type="multipart/form-data")


def work(site: Site) -> None:
    with site.app.app_context():
        uploads = site.app.extensions["switchboard"].settings.uploads
        while run_next(db.engine, uploads, clock=site.clock, owner="test"):
            pass


def test_a_file_is_uploaded_followed_and_counted(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    response = upload(operator, campaign_id, GOOD.encode())
    here = f"/campaigns/{campaign_id}/imports/1"
    assert (response.status_code, response.location) == (303, here)
    waiting = operator.get(here).get_data(as_text=True)
    assert 'hx-trigger="every 1s"' in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    work(site)
    done = operator.get(f"{here}/_progress", headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert "hx-trigger" not in done.get_data(as_text=True)
    page = operator.get(here).get_data(as_text=True)
    assert "2 of 4 rows added" in page
    assert "numbers.csv" in page
    assert "stands in an earlier row" in page
    assert "numbers.csv" in operator.get(f"/campaigns/{campaign_id}").get_data(as_text=True)


def test_rejected_rows_are_offered_with_their_reason(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0, default_region=None)
    operator = site.visitor(Role.OPERATOR)
    upload(operator, campaign_id, GOOD.encode())
    work(site)
    here = f"/campaigns/{campaign_id}/imports/1/rejected.csv"
    few, all_ = (operator.get(f"{here}{query}").get_data(as_text=True) for query in ("", "?all=1"))
    assert "Bob" in few
    assert "again" not in few
    assert "again" in all_


def test_pasted_numbers_are_taken_like_a_file(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    response = operator.post(f"/campaigns/{campaign_id}/imports", {"pasted": "+12125550142\n+12125550143"})
    assert response.status_code == 303
    work(site)
    with site.app.app_context():
        assert db.session.query(Contact).count() == 2
        assert db.session.query(Import).one().filename == "pasted numbers"


@pytest.mark.parametrize(
    "content, words",
    [(b"", "The file is empty"), (b"PK\x03\x04" + b"\0" * 100, "not a CSV file")],
)
def test_what_is_no_csv_is_told_beside_the_field(site: Site, content: bytes, words: str) -> None:
    campaign_id = make_campaign(site, numbers=0)
    response = upload(site.visitor(Role.OPERATOR), campaign_id, content)
    assert response.status_code == 422
    assert words in response.get_data(as_text=True)
    assert not list(site.app.extensions["switchboard"].settings.uploads.iterdir())


def test_nothing_chosen_is_told(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    response = site.visitor(Role.OPERATOR).post(f"/campaigns/{campaign_id}/imports", {"pasted": " "})
    assert response.status_code == 422
    assert "Choose a file, or paste numbers" in response.get_data(as_text=True)


def test_a_country_that_is_none_is_refused_and_no_file_stays(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    response = upload(site.visitor(Role.OPERATOR), campaign_id, GOOD.encode(), region="ZZ")
    assert response.status_code == 422
    assert not list(site.app.extensions["switchboard"].settings.uploads.iterdir())


def test_a_completed_campaign_takes_no_numbers(site: Site) -> None:
    campaign_id = make_campaign(site)
    act(site, campaign_id, "stop")
    operator = site.visitor(Role.OPERATOR)
    response = upload(operator, campaign_id, GOOD.encode())
    assert response.status_code == 409
    assert "clone it" in response.get_data(as_text=True)
    assert "clone it" in operator.get(f"/campaigns/{campaign_id}/imports/new").get_data(as_text=True)
    assert not list(site.app.extensions["switchboard"].settings.uploads.iterdir())


def test_an_import_is_taken_back(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    upload(operator, campaign_id, GOOD.encode())
    early = operator.post(f"/campaigns/{campaign_id}/imports/1/undo")
    assert early.status_code == 409, "not while it is at work"
    work(site)
    assert operator.post(f"/campaigns/{campaign_id}/imports/1/undo").status_code == 303
    with site.app.app_context():
        assert db.session.query(Contact).count() == 0


def test_an_import_is_found_under_its_own_campaign_only(site: Site) -> None:
    one, two = make_campaign(site, numbers=0), make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    upload(operator, one, GOOD.encode())
    for path in ("", "/_progress", "/rejected.csv"):
        assert operator.get(f"/campaigns/{two}/imports/1{path}").status_code == 404
    assert operator.post(f"/campaigns/{two}/imports/1/undo").status_code == 404


def test_viewers_follow_an_import_but_get_no_numbers(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    upload(site.visitor(Role.OPERATOR), campaign_id, GOOD.encode())
    work(site)
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get(f"/campaigns/{campaign_id}/imports/1")
    assert page.status_code == 200
    assert "0612" not in page.get_data(as_text=True)
    assert viewer.get(f"/campaigns/{campaign_id}/imports/1/rejected.csv").status_code == 403
    assert upload(viewer, campaign_id, GOOD.encode()).status_code == 403


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_name_and_cells_is_shown_as_text(site: Site, payload: str) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    cell = payload.replace('"', '""')
    upload(
        operator,
        campaign_id,
        f'phone,"{cell}"\nnope,"{cell}"\n'.encode(),
        filename=payload[:80].replace('"', "") + ".csv",
    )
    work(site)
    for address in (f"/campaigns/{campaign_id}/imports/1", f"/campaigns/{campaign_id}"):
        response = operator.get(address)
        page = response.get_data(as_text=True)
        assert response.status_code == 200
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "'onmouseover" not in page
        assert "49{%" not in page


def test_the_sample_file_can_be_imported(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    upload(operator, campaign_id, operator.get("/campaigns/sample.csv").data)
    work(site)
    with site.app.app_context():
        item = db.session.query(Import).one()
        assert (item.accepted, item.rejected) == (3, 0)
