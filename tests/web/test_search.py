"""The search of the bar: a whole number leads to its why page, a text finds campaigns."""

from __future__ import annotations

import logging

import pytest

from campaign_app.extensions import db
from campaign_app.logs import configure_logging
from campaign_app.models import Role
from campaign_app.services.do_not_call import add_do_not_call_entry
from campaign_app.transaction import transaction
from tests.web.pages_support import NUMBERS, PAYLOADS, contact_ids, make_campaign
from tests.web.people_support import Site, squeeze


def found(site: Site, text: str) -> str:
    response = site.visitor(Role.VIEWER).get("/search", query_string={"q": text})
    assert response.status_code == 200
    return squeeze(response.get_data(as_text=True))


@pytest.mark.parametrize(
    "spelling", ["+16175550142", " +1 (617) 555-0142 ", "001 617 555 0142", "tel:+1-617-555-0142"]
)
def test_a_number_in_any_spelling_leads_to_its_page(site: Site, spelling: str) -> None:
    response = site.visitor(Role.VIEWER).get("/search", query_string={"q": spelling})
    assert (response.status_code, response.location) == (303, "/why?phone=%2B16175550142")


def test_a_number_that_a_campaign_has_is_named_by_its_contact(site: Site) -> None:
    [contact_id] = contact_ids(site, make_campaign(site, 1))
    response = site.visitor(Role.VIEWER).get("/search", query_string={"q": NUMBERS[0]})
    assert (response.status_code, response.location) == (303, f"/why?contact={contact_id}")


@pytest.mark.parametrize("spelling", ["(212) 555-0100", "12125550100", "1 212 555 0100", "212.555.0100"])
def test_a_number_without_a_plus_is_found_where_a_campaign_has_it(site: Site, spelling: str) -> None:
    [contact_id] = contact_ids(site, make_campaign(site, 1, default_region="DE"))
    response = site.visitor(Role.VIEWER).get("/search", query_string={"q": spelling})
    assert (response.status_code, response.location) == (303, f"/why?contact={contact_id}")


@pytest.mark.parametrize("spelling", ["020 7946 0123", "442079460123", "(020) 79460123"])
def test_a_number_that_is_only_on_do_not_call_is_found_too(site: Site, spelling: str) -> None:
    with site.app.app_context(), transaction(db.session()) as session:
        add_do_not_call_entry(
            session,
            "+442079460123",
            region=None,
            campaign_id=None,
            reason=None,
            source="operator",
            actor="cli",
            now=site.clock.now(),
        )
    response = site.visitor(Role.VIEWER).get("/search", query_string={"q": spelling})
    assert (response.status_code, response.location) == (303, "/why?phone=%2B442079460123")


@pytest.mark.parametrize(
    "spelling, number", [("(312) 555-4486", "13125554486"), ("13125554486", "13125554486"),
                         ("442079460123", "442079460123")],
)  # fmt: skip
def test_a_number_that_nobody_has_is_read_without_its_plus(site: Site, spelling: str, number: str) -> None:
    response = site.visitor(Role.VIEWER).get("/search", query_string={"q": spelling})
    assert (response.status_code, response.location) == (303, f"/why?phone=%2B{number}")


def test_a_number_without_a_country_code_is_read_as_campaigns_read_theirs(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    page = squeeze(visitor.get("/search?q=020 7946 0123").get_data(as_text=True))
    assert "As a number, it" in page
    make_campaign(site, 0, default_region="US")
    response = visitor.get("/search?q=617 555 0142")
    assert (response.status_code, response.location) == (303, "/why?phone=%2B16175550142")
    make_campaign(site, 0, default_region="NL")
    make_campaign(site, 0, default_region="US")
    page = squeeze(visitor.get("/search?q=2025550142").get_data(as_text=True))
    assert "campaigns of several countries" not in page


def test_a_number_of_two_countries_asks_which(site: Site) -> None:
    make_campaign(site, 0, default_region="DE")
    make_campaign(site, 0, default_region="AT")
    page = found(site, "0664 1234567")
    assert "your campaigns would read it as numbers in different countries" in page
    assert "+43 664 1234567" in page
    assert "/why?phone=%2B436641234567" in page


def test_a_text_finds_campaigns_by_their_name_alone(site: Site) -> None:
    make_campaign(site, 0, name="Autumn appeal")
    make_campaign(site, 0, name="Winter")
    page = found(site, "APPEAL")
    assert "Autumn appeal" in page
    assert "Winter" not in page
    assert "Winter" not in found(site, "simulator"), "its trunk's name is not its own"


@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "a_b"])
def test_signs_of_patterns_are_signs(site: Site, text: str) -> None:
    make_campaign(site, 0, name="Autumn")
    assert f"Nothing found for “{text}”" in found(site, text)
    make_campaign(site, 0, name=f"Sale {text} now")
    assert f"Sale {text} now" in found(site, text)


def test_a_campaign_whose_name_looks_like_a_number_is_found_beside_it(site: Site) -> None:
    make_campaign(site, 0, name="List 6175550142", default_region="US")
    page = found(site, "6175550142")
    assert "List •••42" in page, "a viewer"
    assert "Why is +1 617-555-0142 (not) called?" in page


@pytest.mark.parametrize(
    "text, told",
    [
        ("zzz", "To look up a person, type the full number"),
        ("42", "the last digits are not enough"),
        ("+999123456789", "As a number, it begins with a country code that does not exist"),
        ("z" * 300, "z" * 100),
        ("\0", "Enter a full phone number to see why"),
    ],
)
def test_nothing_found_says_so_truly(site: Site, text: str, told: str) -> None:
    make_campaign(site, 1)
    page = found(site, text)
    assert told in page
    assert "<table" not in page


def test_without_a_text_it_is_a_field_to_type_in(site: Site) -> None:
    page = found(site, " ")
    assert "Nothing found" not in page
    assert 'id="q"' in page


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_was_typed_comes_out_as_text(site: Site, payload: str) -> None:
    page = found(site, payload)
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_bar_of_every_page_has_it_and_strangers_are_sent_to_sign_in(site: Site) -> None:
    page = site.visitor(Role.VIEWER).get("/health").get_data(as_text=True)
    assert 'action="/search"' in page
    assert site.visitor().get("/search?q=zzz").status_code == 303
    assert 'action="/search"' not in site.visitor().get("/login").get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/search?q=6175550142", "/search?q=%2B16175550142", "/why?phone=%2B16175550142"]
)
def test_no_line_of_the_log_has_the_number(
    site: Site, path: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def restore() -> None:
        root.handlers[:] = handlers
        root.setLevel(level)

    request.addfinalizer(restore)
    visitor = site.visitor(Role.VIEWER)
    configure_logging("json")
    visitor.get(path)
    lines = capsys.readouterr().err
    assert path.partition("?")[0] in lines
    assert "6175550142" not in lines
