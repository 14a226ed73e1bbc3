"""The page of the outside check, for admins."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from campaign_app.app_context import context_of
from campaign_app.extensions import db
from campaign_app.models import OutsideCheckRow, Role
from campaign_app.vault import CredentialVault
from tests.web.import_pages import words
from tests.web.people_support import Site

PAGE = "/rules/outside"
FORM = {
    "url": "https://checks.example.com/calls",
    "answers_hours": "12",
    "timeout_seconds": "2.5",
    "countries": "fr, BE",
    "purposes": ["marketing", "survey"],
}


@pytest.fixture(autouse=True)
def public(site: Site) -> None:
    context = context_of(site.app)
    context.safe_http = replace(context.safe_http, resolve=lambda host, port: ["93.184.216.34"])
    context.vault = CredentialVault([Fernet.generate_key().decode()])


def stored(site: Site) -> OutsideCheckRow | None:
    with site.app.app_context():
        return db.session.get(OutsideCheckRow, 1)


def test_an_admin_saves_it_sees_the_secret_once_and_removes_it(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    assert "Nobody is asked" in words(admin.get(PAGE))
    saved = admin.post(PAGE, FORM)
    assert "Copy the secret now" in words(saved)
    row = stored(site)
    assert row is not None
    assert (row.answers_hours, row.timeout_seconds) == (12, 2.5)
    assert (row.purposes, row.countries) == (["marketing", "survey"], ["FR", "BE"])
    page = words(admin.get(PAGE))
    assert "Copy the secret now" not in page
    assert "It has not been asked yet" in page
    assert admin.post(PAGE, {**FORM, "countries": ""}).location == PAGE
    assert "Copy the secret now" in words(admin.post(PAGE, {**FORM, "new_secret": "y"}))
    assert admin.post(f"{PAGE}/delete").location == PAGE
    assert stored(site) is None
    assert [action for _, action in site.trail()][-4:] == ["outside-check.save"] * 3 + [
        "outside-check.delete"
    ]


def test_what_is_wrong_stands_at_its_field(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    refused = admin.post(PAGE, {**FORM, "url": "http://x", "answers_hours": "soon", "countries": "Narnia"})
    assert refused.status_code == 422
    page = words(refused)
    assert "Nothing was saved" in page
    assert "Must begin with https://" in page
    assert "A whole number of hours from 1 to 168" in page
    assert "A list of countries" in page
    assert stored(site) is None


def test_a_silent_check_is_told_with_its_reason(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    admin.post(PAGE, FORM)
    with site.app.app_context():
        row = db.session.get(OutsideCheckRow, 1)
        assert row is not None
        row.failures, row.last_error, row.retry_at = 3, "it answers with status 503", site.clock.now()
        db.session.commit()
    page = words(admin.get(PAGE))
    assert "It does not answer: it answers with status 503" in page
    assert "Nobody it applies to is called." in page


def test_operators_see_neither_the_page_nor_its_tab(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    assert operator.get(PAGE).status_code == 403
    assert operator.post(PAGE, FORM).status_code == 403
    assert "Outside check" not in words(operator.get("/rules/blackouts"))
