"""A campaign that is too large to be sent at once: its file is made and downloaded, without JavaScript, too;
and whoever takes it slowly holds nobody up."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dialing import Api
from tests.support.axe import list_violations
from tests.support.browser import Pages
from tests.support.server import RunningApp, running_app
from tests.support.slow_clients import assert_answers, connect
from tests.support.waiting import wait_until
from tests.web.people_support import PASSWORD

pytestmark = pytest.mark.e2e
EMAIL = "ann@example.org"
PEOPLE = 3_000
"""With a thousand characters each: more than the server buffers for a reader."""


def sign_in(page: Page, app: RunningApp) -> None:
    page.goto(f"{app.base_url}/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/campaigns"))


def look(page: Page) -> None:
    """Nothing of the page lies beyond its right edge, and axe has nothing to say."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert list_violations(page) == []


def test_a_large_campaign_is_made_into_a_file_and_slow_readers_hold_nobody_up(
    pages: Pages, tmp_path: Path
) -> None:
    # A cancelled page load of a download is no fault.
    with running_app(tmp_path, {"SWITCHBOARD_EXPORT_STREAM_ROWS": "10"}) as app, Api(app) as api:
        app.command("admin", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
        campaign_id = api.campaign()
        contacts = [{"phone": f"+1617555{n:04d}", "variables": {"note": "x" * 990}} for n in range(PEOPLE)]
        assert api.post(f"/campaigns/{campaign_id}/contacts", contacts)["accepted"] == PEOPLE
        page = pages.new(viewport={"width": 1280, "height": 800})
        sign_in(page, app)
        page.goto(f"{app.base_url}/campaigns/{campaign_id}")
        page.get_by_role("link", name="Export", exact=True).click()
        page.get_by_label("Format").select_option("ndjson")
        page.get_by_role("button", name="Make the file").click()
        # It is polled until the link is there.
        with page.expect_download() as download:
            page.get_by_role("link", name="NDJSON").click(timeout=60_000)
        whole = download.value.path().read_bytes()
        assert whole.count(b"\n") == PEOPLE
        look(page)
        # A link of before leads here, with its format.
        page.goto(f"{app.base_url}/campaigns/{campaign_id}/export?format=json")
        expect(page.get_by_label("Format")).to_have_value("json")

        plain = pages.new(
            viewport={"width": 320, "height": 700},
            color_scheme="dark",
            java_script_enabled=False,
            storage_state=page.context.storage_state(),
        )
        plain.goto(f"{app.base_url}/audit/exports?since=2020-01-01")
        with plain.expect_navigation():
            plain.get_by_role("button", name="Make the file").click()
        wait_until(
            lambda: plain.reload() and plain.get_by_role("link", name="NDJSON").count() == 1,
            "the file",
            timeout=60,
        )
        with plain.expect_download() as trail:
            plain.get_by_role("link", name="NDJSON").click()
        assert b'"campaign.download-export"' in trail.value.path().read_bytes()
        plain.get_by_role("button", name="Delete").click()
        expect(plain.get_by_text("It was deleted.")).to_be_visible()
        page.set_viewport_size({"width": 320, "height": 700})
        page.emulate_media(color_scheme="dark")
        look(page)
        # A list's page is the same, with its own words.
        page.goto(f"{app.base_url}/do-not-call/exports")
        page.get_by_role("button", name="Make the file").click()
        expect(page.get_by_role("link", name="CSV")).to_be_visible(timeout=60_000)
        look(page)

        token = app.must("token", "create", "ops", "--role", "operator")
        bearer = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=app.base_url, headers=bearer, trust_env=False, timeout=60) as client:
            [item] = client.get(f"/api/v1/campaigns/{campaign_id}/exports").json()["items"]
            part = client.get(item["file"], headers={"Range": "bytes=1000000-2000000"})
            assert (part.status_code, part.content) == (206, whole[1_000_000:2_000_001])
            assert client.get(item["file"]).content == whole
        asked = f"GET {item['file']} HTTP/1.1\nHost: localhost\nAuthorization: Bearer {token}\n\n"
        with ExitStack() as held:
            stalled = [held.enter_context(connect(app.port, asked, narrow=True)) for _ in range(12)]
            assert {client.recv(15).split()[1] for client in stalled} == {b"200"}
            assert_answers(app)
