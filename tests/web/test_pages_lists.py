"""The pages of lists: age and state, a new file with what it changes, the swap, and deleting."""

from __future__ import annotations

import io
import re
from typing import Any

from werkzeug.test import TestResponse

from campaign_app.domain.phone import format_international
from campaign_app.models import Role
from tests.web.import_pages import add, words, work
from tests.web.pages_support import NUMBERS, make_campaign
from tests.web.people_support import Site, Visitor

FIELDS: dict[str, Any] = {"name": "Litigators", "kind": "litigators", "on_stale": "block", "ageless": "1"}


def make_list(visitor: Visitor, **fields: Any) -> str:
    response = visitor.post("/rules/lists/new", {**FIELDS, **fields})
    assert response.status_code == 303, words(response)
    return str(response.location).removesuffix("#replace")


def send(visitor: Visitor, here: str, content: str, as_of: str = "2026-11-20", **form: str) -> TestResponse:
    data = {"file": (io.BytesIO(content.encode()), "list.csv"), "as_of": as_of, **form}
    return visitor.post(f"{here}/imports", data, content_type="multipart/form-data")


def load(site: Site, visitor: Visitor, here: str, content: str, as_of: str = "2026-11-20") -> None:
    response = send(visitor, here, content, as_of)
    assert response.status_code == 303, words(response)
    work(site)
    assert add(site, visitor, response.location).status_code == 303


def test_a_list_is_made_its_file_checked_and_put_into_use(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    make_campaign(site, 3)
    one, two, _ = NUMBERS[:3]
    here = make_list(operator)
    assert "No file yet" in words(operator.get("/rules/lists"))
    response = send(operator, here, f"{one}\n{two}\n")
    check = response.location
    assert "% of the file" in words(operator.get(check))
    work(site)
    told = words(operator.get(check))
    assert "2 numbers for Litigators, as of 2026-11-20." in told
    assert "First rows, as they will be listed" in told
    assert f"1 {one} {format_international(one)} " in told
    assert one[-5:] not in words(site.visitor(Role.VIEWER).get(check)), "viewers see it masked"
    assert "2 people who would be called, and are on the new list" in told
    assert "No file yet" in words(operator.get("/rules/lists"))
    add(site, operator, check)
    assert "2 numbers are in use" in words(operator.get(check))
    assert "Undo" not in words(operator.get(check))
    page = words(operator.get(here))
    assert "2 numbers, as of 20 Nov 2026" in page
    assert "2 people in campaigns that would call them" in page

    response = send(operator, here, f"{two}\n+12125550145\n+12125550146\n")
    work(site)
    told = words(operator.get(response.location))
    assert "The list in use has 2: 2 were added and 1 removed." in told
    assert "1 person whom the list in use holds back, and the new one does not" in told
    assert "See what it changes" in words(operator.get(here))
    operator.post(f"{response.location}/check", {"do": "discard"})
    assert "2 numbers, as of 20 Nov 2026" in words(operator.get(here))


def test_what_is_wrong_is_said_at_its_field(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    refused = operator.post("/rules/lists/new", {"name": "", "kind": "registry"})
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert 'href="#countries"' in page
    refused = operator.post("/rules/lists/new", {"name": "A", "kind": "other", "countries": "Europe"})
    assert "EUROPE is not a country" in words(refused)
    here = make_list(operator)
    for content, as_of, field in (
        ("+12125550142\n", "2027-01-01", "as_of"),
        ("+12125550142\n", "", "as_of"),
        ("name,city\nAnn,Paris\n", "2026-11-20", "file"),
        ("", "2026-11-20", "file"),
    ):
        refused = send(operator, here, content, as_of)
        assert refused.status_code == 422
        assert f'href="#{field}"' in refused.get_data(as_text=True)
    load(site, operator, here, "+12125550142\n")
    refused = send(operator, here, "+12125550142\n", "2026-11-01")
    assert refused.status_code == 422
    assert 'name="allow_older"' in refused.get_data(as_text=True)
    assert send(operator, here, "+12125550142\n", "2026-11-01", allow_older="1").status_code == 303


def test_a_list_that_blocks_comes_first_with_its_button(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    load(site, operator, make_list(operator), "+12125550142\n")
    old = make_list(
        operator,
        name="Australia’s register",
        kind="registry",
        countries="au",
        purposes="marketing",
        ageless="",
    )
    load(site, operator, old, "+61212345678\n", as_of="2026-10-18")
    page = words(site.visitor(Role.VIEWER).get("/rules/lists"))
    assert "Australia’s register is 33 days old; 30 are allowed. Nobody it applies to" in page
    assert page.index("33 of 30") < page.index("Litigators litigators")
    assert "Too old: blocks" in page
    assert "Australia; marketing" in page
    assert "Our do-not-call" in page


def test_is_a_number_on_a_list(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    load(site, operator, make_list(operator), "+12125550142\n")
    assert "is on Litigators (as of 20 Nov 2026)." in words(operator.get("/rules/lists?phone=%2B12125550142"))
    assert "is on none of these lists" in words(operator.get("/rules/lists?phone=%2B12125550143"))
    assert operator.get("/rules/lists?phone=0142").status_code == 422


def test_only_an_admin_changes_what_it_binds_and_deletes(site: Site) -> None:
    operator, admin, viewer = (site.visitor(role) for role in (Role.OPERATOR, Role.ADMIN, Role.VIEWER))
    here = make_list(operator)
    assert operator.get(f"{here}/delete").status_code == 403
    assert viewer.get(f"{here}/edit").status_code == 403
    assert 'name="on_stale"' not in operator.get(f"{here}/edit").get_data(as_text=True)
    operator.post(f"{here}/edit", {"name": "Litigious people"})
    assert "Litigious people" in words(viewer.get(here))
    admin.post(f"{here}/edit", {**FIELDS, "max_age_days": "21", "on_stale": "warn", "ageless": ""})
    assert "a warning, and calls go on" in words(viewer.get(here))
    assert "Delete this list?" in words(admin.get(f"{here}/delete"))
    admin.post(f"{here}/delete", {})
    assert viewer.get(here).status_code == 404
    actions = [action for _, action in site.trail() if action.startswith("list.")]
    assert actions == ["list.add", "list.edit", "list.edit", "list.delete"]


def test_why_and_the_start_name_the_list(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign_id = make_campaign(site)
    here = make_list(operator)
    load(site, operator, here, f"{NUMBERS[0]}\n")
    page = operator.get(f"/why?phone=%2B{NUMBERS[0][1:]}")
    assert "the number is on the list Litigators, as of 20 Nov 2026" in words(page)
    assert f'href="{here}"' in page.get_data(as_text=True)
    start = words(operator.get(f"/campaigns/{campaign_id}/start"))
    assert "On Litigators" in start
    [csv] = re.findall(r'href="([^"]*why=list[^"]*)"', operator.get(f"/campaigns/{campaign_id}/start").text)
    assert NUMBERS[0][1:] in operator.get(csv.replace("&amp;", "&")).get_data(as_text=True)
