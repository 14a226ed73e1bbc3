"""Chromium under playwright, with pages that report what a visitor would never see."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from scripts.system_parts import REMEDY, find_chromium
from tests.support.missing import missing
from tests.support.server import RunningApp, is_free

ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 120_000
"""How long what must come is waited for, in milliseconds: a machine at load 10 is slow, not wrong."""
expect.set_options(timeout=PATIENCE)
LOST_SERVER = re.compile(
    r"(?:net::ERR_(?:CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)|htmx:(?:sendError|afterRequest)).*:([0-9]+)/"
)
"""What the browser, and htmx besides, say of a poll without an answer."""
LOOPBACK = {"127.0.0.1", "localhost", "::1", None}
# Chromium reports a blocked resource on the console in its own words, but not every one: the event is exact.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `CSP violation: ${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium for the length of the block; skips, or fails under CI, where there is none."""
    executable = find_chromium()
    if executable is None:
        missing(REMEDY["chromium"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            headless=True,
            # Chromium's sandbox cannot be entered by root; everyone else keeps it.
            chromium_sandbox=os.geteuid() != 0,
            args=list(ARGUMENTS),
        )
        try:
            yield browser
        finally:
            browser.close()


class Pages:
    """Opens pages; collects console errors, script errors, CSP violations and requests to strangers."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._allowed: list[re.Pattern[str]] = []
        self._problems: list[str] = []

    def new(self, **options: Any) -> Page:
        """A page in a context of its own. `options` are playwright's, such as `java_script_enabled=False`,
        `color_scheme="dark"`, `viewport={"width": 390, "height": 844}` or `base_url`."""
        context = self._browser.new_context(**options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda event: self._problems.append(f"uncaught: {event.error}"))
        return context.new_page()

    def allow(self, pattern: str) -> None:
        """Expect a problem that this regular expression finds: `status of 422` where a form is refused."""
        self._allowed.append(re.compile(pattern))

    def problems(self) -> list[str]:
        """What went wrong so far and was not allowed. A page that polled a server which the test has ended meanwhile
        is not to blame."""
        return [
            text
            for text in self._problems
            if not any(allowed.search(text) for allowed in self._allowed)
            and not ((lost := LOST_SERVER.search(text)) and is_free(int(lost[1])))
        ]

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in LOOPBACK:
            self._problems.append(f"request to a stranger: {request.url}")


_COOKIES: WeakKeyDictionary[RunningApp, dict[str, Any]] = WeakKeyDictionary()


def signed_in(page: Page, app: RunningApp, email: str, password: str) -> Page:
    """Signed in, and on no page of the app yet: by the form the first time, from then on with that session's cookies.
    Not for a test that ends its session."""
    kept = _COOKIES.setdefault(app, {})
    if email in kept:
        page.context.add_cookies(kept[email])
        return page
    sign_in_by_form(page, app, email, password)
    kept[email] = page.context.cookies()
    return page


def sign_in_by_form(page: Page, app: RunningApp, email: str, password: str) -> Page:
    """Signed in, in a session of its own; on the list of campaigns."""
    page.goto(f"{app.base_url}/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/campaigns")
    return page
