"""Who is signed out under a form signs in over it, in a real browser: what was typed is saved then."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import list_violations
from tests.support.browser import Pages
from tests.support.server import RunningApp, running_app
from tests.web.people_support import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("people")]
EMAIL = "ann@example.org"
OTHER = "ben@example.org"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[RunningApp]:
    with running_app(tmp_path, {"SWITCHBOARD_ENGINE": "off"}) as app:
        for email in (EMAIL, OTHER):
            app.command("admin", "create", email, "--password-stdin", stdin=PASSWORD)
        yield app


def sign_out(tmp_path: Path) -> None:
    """As an administrator, or time, would."""
    with closing(sqlite3.connect(tmp_path / "switchboard.sqlite", timeout=60)) as connection:
        connection.execute("DELETE FROM user_sessions")
        connection.commit()


def count_campaigns(tmp_path: Path) -> int:
    with closing(sqlite3.connect(tmp_path / "switchboard.sqlite", timeout=60)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM campaigns").fetchone()
    return int(count)


def look_up(page: Page) -> None:
    """As somebody who comes back to the tab."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_signing_in_over_a_form_keeps_what_was_typed(app: RunningApp, pages: Pages, tmp_path: Path) -> None:
    pages.allow("(status of|Error Code) (401|422|503)|ERR_FAILED|htmx:(afterRequest|sendError)")
    page = pages.new(viewport={"width": 320, "height": 700}, color_scheme="dark")
    page.goto(f"{app.base_url}/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/campaigns"))
    page.goto(f"{app.base_url}/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Typed before")
    page.get_by_label("Message", exact=True).fill("Hello")

    sign_out(tmp_path)
    look_up(page)
    dialog = page.get_by_role("dialog", name="You have been signed out")
    expect(dialog.get_by_label("Email")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dialog.get_by_label("Email").fill(EMAIL)
    dialog.get_by_label("Password").fill("not this one")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("wrong")
    # "Not now" leaves the form as it is; sending it asks again, and then sends it.
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_have_count(0)
    # A dialog that could not be fetched is asked for again by the next Save, whatever the failure was.
    save, toast = page.get_by_role("button", name="Save draft"), page.locator("#toasts .toast")
    page.route("**/login/_dialog", lambda route: route.abort(), times=1)
    save.click()
    expect(toast).to_contain_text("did not answer")
    page.route("**/login/_dialog", lambda route: route.fulfill(status=503), times=1)
    save.click()
    expect(toast).to_contain_text("503")
    save.click()
    dialog.get_by_label("Email").fill(EMAIL)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+"))
    expect(page.get_by_role("heading", name="Typed before")).to_be_visible()

    # Signed in in another tab: the form goes with that session's token.
    page.goto(f"{app.base_url}/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Typed again")
    page.get_by_label("Message", exact=True).fill("Hello")
    sign_out(tmp_path)
    look_up(page)
    expect(dialog).to_be_visible()
    # Not on a dialog that is swapped afterwards: axe leaves empty styles, which htmx would carry over.
    assert list_violations(page) == []
    other = page.context.new_page()
    other.goto(f"{app.base_url}/login")
    other.get_by_label("Email").fill(EMAIL)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url(re.compile("/campaigns"))
    look_up(page)
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+"))
    expect(page.get_by_role("heading", name="Typed again")).to_be_visible()

    # Somebody else signs in: nothing goes in their name until they press the button themselves.
    page.goto(f"{app.base_url}/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Typed by Ann")
    page.get_by_label("Message", exact=True).fill("Hello")
    sign_out(tmp_path)
    look_up(page)
    dialog.get_by_role("button", name="Not now").click()
    save.click()
    dialog.get_by_label("Email").fill(OTHER)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(toast).to_contain_text(f"You are now signed in as {OTHER}; this page was opened by {EMAIL}.")
    expect(save).to_be_focused()
    expect(page.locator("#user-name")).to_have_text("ben")
    assert count_campaigns(tmp_path) == 2
    save.click()
    page.wait_for_url(re.compile(r"/campaigns/\d+"))
    expect(page.get_by_role("heading", name="Typed by Ann")).to_be_visible()
