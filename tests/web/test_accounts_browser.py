"""Accounts in a browser: an invitation without JavaScript, an authenticator app, a passkey, and their pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import list_violations
from tests.support.browser import Pages
from tests.support.server import RunningApp, running_app
from tests.web.people_support import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("people")]
EMAIL = "ann@example.org"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("accounts")) as app:
        app.command("admin", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
        yield app


def address(site: RunningApp, path: str) -> str:
    """By name: browsers make no passkeys for an address in numbers."""
    return site.base_url.replace("127.0.0.1", "localhost") + path


def sign_in(page: Page, site: RunningApp, email: str = EMAIL) -> None:
    page.goto(address(site, "/login"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def check(page: Page) -> None:
    assert list_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_invitation_and_an_app_without_javascript(site: RunningApp, new_page: Callable[..., Page]) -> None:
    admin = new_page(java_script_enabled=False, viewport={"width": 390, "height": 844})
    sign_in(admin, site)
    admin.goto(address(site, "/users"))
    admin.get_by_label("Email").fill("new@example.org")
    admin.get_by_role("button", name="Invite").click()
    link = admin.get_by_role("textbox", name="Link").input_value()
    person = new_page(java_script_enabled=False)
    person.goto(link.replace("127.0.0.1", "localhost"))
    person.get_by_label("Password").fill(PASSWORD)
    person.get_by_role("button", name="Set the password").click()
    person.wait_for_url(re.compile("/campaigns"))
    person.goto(address(site, "/account/second-factor"))
    totp = pyotp.TOTP(person.locator("code").inner_text())
    person.get_by_label("Code that the app shows").fill(totp.at(datetime.now(UTC)))
    person.get_by_role("button", name="Turn on").click()
    codes = person.locator("ul.mono li").all_inner_texts()
    assert len(codes) == 10
    again = new_page(java_script_enabled=False)
    sign_in(again, site, "new@example.org")
    again.get_by_label("Code").fill(codes[3])
    again.get_by_role("button", name="Sign in").click()
    again.wait_for_url(re.compile("/campaigns"))


@pytest.mark.timeout(300)
def test_a_passkey_signs_in_and_the_pages_are_accessible(site: RunningApp, pages: Pages) -> None:
    page = pages.new(viewport={"width": 390, "height": 844}, color_scheme="dark")
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, site)
    page.goto(address(site, "/account/second-factor"))
    check(page)
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    check(page)
    for path in ("/users/1", "/audit", "/account", "/confirm"):
        page.goto(address(site, path))
        check(page)
    page.goto(address(site, "/account"))
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_url(re.compile("/login"))
    check(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile("/campaigns"))
    # With the password the passkey is the second step.
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_url(re.compile("/login"))
    sign_in(page, site)
    page.wait_for_url(re.compile("/login/code"))
    check(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(re.compile("/campaigns"))
