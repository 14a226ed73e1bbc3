"""The frame and these pages in a browser: with JavaScript and without, wide and narrow, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.axe import LOOKS, list_violations, look_at
from tests.support.browser import Pages, sign_in_by_form, signed_in
from tests.support.server import RunningApp, running_app
from tests.support.waiting import wait_until
from tests.web.people_support import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("people")]

EMAIL = "ann@example.org"
MINE = [
    "/do-not-call",
    "/health",
    "/health/lost-calls",
    "/settings",
    "/trunks",
    "/trunks/1",
    "/settings/tokens",
    "/users",
    "/account",
    "/audit",
    "/why?phone=%2B16175550142",
    "/why?phone=abc",
    "/home",
    "/home/hand-over",
    "/search?q=zzz",
    "/no-such-page",
]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A running Switchboard with an admin, a number on the list and a token."""
    with running_app(tmp_path_factory.mktemp("board")) as app:
        app.command("admin", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
        app.command("token", "create", "crm", "--role", "viewer")
        yield app


def sign_in(page: Page, board: RunningApp) -> Page:
    return signed_in(page, board, EMAIL, PASSWORD)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(2))
def test_the_pages_are_accessible_and_never_wider_than_the_screen(
    board: RunningApp, pages: Pages, part: int
) -> None:
    pages.allow("status of 404")
    pages.allow("status of 422")
    page = pages.new(base_url=board.base_url)
    for path in ["/login", *MINE][part::2]:
        if path != "/login":
            sign_in(page, board)
        look_at(page, 1280, "light")
        page.goto(path)
        for width, scheme, looks_only in LOOKS:
            look_at(page, width, scheme)
            here = (path, width, scheme)
            assert list_violations(page, looks_only=looks_only) == [], here
            assert page.evaluate("document.documentElement.scrollWidth") <= width, here


def test_everything_works_without_javascript(board: RunningApp, new_page: Callable[..., Page]) -> None:
    page = sign_in_by_form(new_page(java_script_enabled=False), board, EMAIL, PASSWORD)
    page.goto(f"{board.base_url}/do-not-call")
    page.get_by_label("Number", exact=True).fill("+16175550177")
    page.get_by_label("Reason").fill("asked without script")
    page.get_by_role("button", name="Add to list").click()
    expect(page.get_by_role("status").filter(has_text="won’t be called again")).to_be_visible()
    page.get_by_role("link", name="Remove +1 617, ending 77").click()
    page.get_by_label("Why may it be called again?").fill("a typing error")
    page.get_by_role("button", name="Remove from do-not-call").click()
    expect(page.get_by_role("status").filter(has_text="Removed +1 617")).to_be_visible()
    expect(page.get_by_text("asked without script")).to_have_count(0)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="System").click()
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_sign_in_puts_the_focus_on_what_is_wrong(board: RunningApp, pages: Pages) -> None:
    pages.allow("status of 422")
    page = pages.new()
    page.goto(f"{board.base_url}/login")
    page.get_by_label("Email").fill("nobody-at-all@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value("nobody-at-all@example.org")


def test_the_keys_search_and_go_to_the_campaigns(board: RunningApp, page: Page) -> None:
    sign_in(page, board)
    page.goto(f"{board.base_url}/do-not-call")
    page.keyboard.press("f")
    own = page.get_by_role("searchbox", name="Search by number")
    expect(own).to_be_focused()
    page.keyboard.type("gc/")
    expect(own).to_have_value("gc/")
    page.locator("h1").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(re.compile("/campaigns$"))
    for letter, place in (("l", "/calls$"), ("u", "/rules"), ("e", "/health$")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(re.compile(place))


def test_the_search_of_the_bar_finds_a_number(board: RunningApp, pages: Pages) -> None:
    page = sign_in(pages.new(viewport={"width": 1280, "height": 800}), board)
    page.goto(f"{board.base_url}/health")
    page.keyboard.press("/")
    expect(page.get_by_label("Search numbers and campaigns")).to_be_focused()
    page.keyboard.type("+1 617 555 0142")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/why\?phone="))
    expect(page.get_by_role("heading", name="May this number be called now?")).to_be_visible()


def test_where_there_is_no_room_the_button_leads_to_the_search_page(
    board: RunningApp, new_page: Callable[..., Page]
) -> None:
    page = sign_in(new_page(java_script_enabled=False, viewport={"width": 390, "height": 844}), board)
    page.goto(f"{board.base_url}/campaigns")
    expect(page.get_by_label("Search numbers and campaigns")).to_be_hidden()
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url(re.compile("/search"))
    page.get_by_label("A number or a campaign’s name").fill("+1 617 555 0143")
    page.locator("main").get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Never call again…").click()
    page.get_by_role("textbox", name="Why").fill("asked without script")
    page.get_by_role("button", name="Add to do not call").click()
    expect(page.get_by_role("status").filter(has_text="won’t be called again")).to_be_visible()
    expect(page.get_by_text("No: the number is on the do-not-call list.")).to_be_visible()
    page.get_by_role("button", name="Reveal number").click()
    expect(page.get_by_role("heading", name="+16175550143")).to_be_visible()


def test_a_page_that_no_longer_refreshes_says_so_and_recovers(board: RunningApp, pages: Pages) -> None:
    pages.allow("status of 503|Status Error Code 503")
    page = sign_in(pages.new(), board)
    broken = True
    asked = []

    def answer(route):  # type: ignore[no-untyped-def]
        asked.append(route.request.url)
        if broken:
            route.fulfill(status=503, content_type="text/html", body="<script>alert(1)</script>busy")
        else:
            route.continue_()

    page.route("**/health/_live", answer)
    page.goto(f"{board.base_url}/health")
    note, lamp = page.locator("#no-answer"), page.locator("#engine-lamp")
    expect(note).to_be_hidden()
    expect(lamp).to_be_visible()
    expect(note).to_contain_text("Switchboard hasn’t answered since")
    expect(note).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\? "))
    expect(lamp).to_be_hidden()
    expect(page.get_by_text("No answer", exact=True)).to_be_visible()
    expect(page.locator("#favicon")).to_have_attribute("href", re.compile("mark-bad"))
    expect(page.get_by_role("heading", name="Engines")).to_be_visible()
    broken = False
    page.get_by_role("button", name="Retry now").click()
    expect(note).to_be_hidden()
    expect(page).to_have_title("Health · Switchboard")
    expect(lamp).to_be_visible()
    assert len(asked) >= 2


def test_a_hidden_tab_does_not_ask(board: RunningApp, pages: Pages) -> None:
    page = sign_in(pages.new(), board)
    asked = []
    # Only htmx polls: the browser may fetch the icon whenever it likes.
    page.on("request", lambda request: "hx-request" in request.headers and asked.append(request.url))
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => window.__hidden ?? false})")
    page.goto(f"{board.base_url}/health")
    page.evaluate("window.__hidden = true; window.__stopped = 0")
    asked.clear()
    # htmx announces each poll before it would be sent: two of them must have been held back.
    page.evaluate(
        "document.addEventListener('htmx:beforeRequest', (e) => { window.__stopped += e.defaultPrevented })"
    )
    wait_until(lambda: page.evaluate("window.__stopped") >= 2, "two polls to be held back")
    assert asked == []
    page.evaluate("window.__hidden = false")
    with page.expect_request("**/health/_live"):
        pass


def test_htmx_posts_with_the_token_and_shows_a_refusal_as_a_toast(board: RunningApp, pages: Pages) -> None:
    pages.allow("status of 404|Status Error Code 404")
    page = sign_in(pages.new(), board)
    page.goto(f"{board.base_url}/do-not-call")
    page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.textContent = "Try";
          button.setAttribute("hx-post", "/do-not-call/999999/remove");
          button.setAttribute("hx-target", "h1");
          button.setAttribute("hx-swap", "innerHTML");
          document.querySelector("main").append(button);
          htmx.process(button);
        }"""
    )
    page.get_by_role("button", name="Try").click()
    toast = page.get_by_role("alert")
    expect(toast).to_contain_text("There is no do-not-call entry 999999")
    expect(page.get_by_role("heading", level=1)).to_have_text("Do not call")
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


# The last one: the demo stays on the server, whose numbers others look up.
def test_rows_are_gone_through_and_ticked_and_a_form_loses_nothing_typed(
    board: RunningApp, page: Page
) -> None:
    board.command("demo", "load")
    sign_in(page, board)
    page.goto(f"{board.base_url}/campaigns")
    page.keyboard.press("j")
    link = page.locator("main th[scope=row] a").first
    expect(link).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-selected]")).to_have_text(" (1)")
    page.get_by_label("Select all on this page").uncheck()
    expect(page.locator("[data-selected]")).to_have_text("")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/campaigns/\d+$"))
    page.goto(f"{board.base_url}/campaigns/new")
    rows = page.locator("#windows .window")
    count = rows.count()
    name = page.get_by_label("Name", exact=True)

    def type_meanwhile(route: Route) -> None:
        name.fill("typed")
        route.continue_()

    page.route("**/campaigns/new", type_meanwhile)
    page.get_by_role("button", name="Add a window").click()
    expect(rows).to_have_count(count + 1)
    expect(name).to_have_value("typed")
    expect(rows.last.locator("input").first).to_be_focused()
