"""The product in a real browser: `python app.py` with its engine and its simulator, looked at as a person would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.dialing import Api
from tests.support.axe import LOOKS, list_violations, look_at
from tests.support.browser import Pages, signed_in
from tests.support.server import RunningApp, running_app

# One server for all of them, and the campaigns that one test leaves behind are seen by the next.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

EMAIL, PASSWORD = "ada@example.org", "correct horse battery"
CAMPAIGN = re.compile(r"/campaigns/\d+(#.*)?$")
AREAS = iter([(213, 305), (404, 512), (206, 303), (602, 713), (503, 615), (202, 314)])
"""Of each upload its own: whoever was called may have opted out, and is not added again."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(
        tmp_path_factory.mktemp("browser"),
        {"SWITCHBOARD_SIMULATOR_TIME_SCALE": "10", "SWITCHBOARD_TICK_SECONDS": "0.2"},
    ) as app:
        app.command("admin", "create", EMAIL, "--password-stdin", stdin=f"{PASSWORD}\n")
        yield app


@pytest.fixture(scope="module")
def api(server: RunningApp) -> Iterator[Api]:
    with Api(server) as api:
        yield api


def sign_in(page: Page, server: RunningApp) -> Page:
    return signed_in(page, server, EMAIL, PASSWORD)


def make_campaign(page: Page, server: RunningApp, name: str) -> str:
    """Through the form, open around the clock; its address."""
    page.goto(f"{server.base_url}/campaigns/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Message", exact=True).fill("Hello {name}, this is a reminder.")
    for day in ("Sat", "Sun"):
        page.locator("#windows .window").first.get_by_label(day).check()
    page.get_by_label("From", exact=True).fill("00:00")
    page.get_by_label("until", exact=True).fill("24:00")
    # At any hour, and numbers of other tests' campaigns at once.
    page.get_by_label("What the calls are for").select_option("emergency")
    page.get_by_label("Calls, cap 1").fill("")
    page.get_by_label("Minutes between calls from different campaigns").fill("0")
    page.get_by_label("Maximum calls at the same time").fill("20")
    page.get_by_label("Retries", exact=True).fill("1")
    page.locator("#delays-0").fill("0.2")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(CAMPAIGN)
    return page.url


def upload(page: Page, address: str, tmp_path: Path, *, by_drop: bool = True) -> None:
    """Put a file of 200 people into the field, confirm what the check page shows, and watch until it is read."""
    rows = [row.replace(",", ";") for row in two_hundred()]
    file = tmp_path / "numbers.csv"
    file.write_text("\n".join(["phone;name", *rows, ""]), encoding="utf-8")
    page.goto(address)
    if by_drop:
        _drop_beside_the_field(page, file)
    else:
        page.get_by_label("A file").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("button", name="Add 200 people").click()
    expect(page.get_by_role("heading", name="200 of 200 rows added")).to_be_visible()


def _drop_beside_the_field(page: Page, file: Path) -> None:
    """The page takes it into the field, where a browser by itself would open it."""
    dropped = page.evaluate_handle(
        """text => { const held = new DataTransfer();
        held.items.add(new File([text], "numbers.csv")); return held; }""",
        file.read_text(encoding="utf-8"),
    )
    several = page.evaluate_handle(
        """() => { const held = new DataTransfer();
        for (const name of ["a.csv", "b.csv"]) held.items.add(new File(["x"], name)); return held; }"""
    )
    # Of several none is taken, rather than one that chance picks.
    page.dispatch_event("main", "drop", {"dataTransfer": several})
    expect(
        page.get_by_role("alert").filter(has_text="One file is taken at a time, and you dropped 2")
    ).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    for kind in ("dragover", "drop"):
        page.dispatch_event("main", kind, {"dataTransfer": dropped})


def fill(server: RunningApp, api: Api, name: str, *rows: str, lines: int = 20) -> str:
    """A campaign with people in it whom nobody has called, for what comes after the forms; its address."""
    campaign_id = api.campaign(
        name=name,
        message={"text": "Hello {name}, this is a reminder."},
        default_region="US",
        max_concurrent_calls=lines,
        retry={"max_retries": 1, "delays_minutes": [0.2]},
    )
    added = api.imported(api.upload_file(campaign_id, "\n".join(["phone,name", *rows, ""]).encode()))
    assert added["accepted"] == len(rows)
    return f"{server.base_url}/campaigns/{campaign_id}"


def two_hundred() -> list[str]:
    """Of the range that is kept for fiction, none of them the demo's, whose callees opt out too."""
    return [f"+1{area}555{n:04},Ada {n}" for area in next(AREAS) for n in range(100, 200)]


def stop(page: Page) -> None:
    """At once, so that it does not dial through the tests that follow."""
    page.get_by_role("button", name="Stop…").click()
    page.get_by_role("dialog").get_by_label("Hang up now").check()
    page.get_by_role("dialog").get_by_role("button", name="Stop for good").click()
    expect(page.locator("h1 + .badge")).to_have_text("Stopped")


def export(page: Page, address: str, kind: str) -> httpx.Response:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return httpx.get(f"{address}/export?format={kind}", cookies=cookies, trust_env=False, timeout=60)


def test_a_campaign_from_the_form_to_the_export(page: Page, server: RunningApp, tmp_path: Path) -> None:
    address = make_campaign(sign_in(page, server), server, "From end to end")
    upload(page, address, tmp_path)
    page.goto(address)
    loads: list[str] = []
    page.get_by_role("link", name="Start…").click()
    page.get_by_label("Everyone").check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("h1 + .badge")).to_have_text("Running")
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    # The rows and the figures change by themselves.
    done = page.locator(".counters div").first.locator("dd")
    expect(page.locator("#calls-table tbody th a").first).to_be_visible()
    expect(page.locator("#calls-table .badge").filter(has_text="Completed").first).to_be_visible()
    expect(done).not_to_have_text(re.compile("^0 "))
    assert loads == [], "the page was not loaded again"

    page.get_by_role("button", name="Pause…").click()
    dialog = page.get_by_role("dialog", name="Pause From end to end?")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Why").fill("lunch")
    dialog.get_by_role("button", name="Pause campaign").click()
    expect(page.locator("h1 + .badge")).to_have_text("Paused")
    expect(page.locator("#live .note").first).to_contain_text("lunch")

    # By htmx: the live part comes back in its place.
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("h1 + .badge")).to_have_text("Running")
    expect(page.get_by_role("button", name="Pause…")).to_be_visible()
    assert len(loads) == 1, "only pausing loaded the page"

    page.get_by_role("button", name="Stop…").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop for good").click()
    expect(page.locator("h1 + .badge")).to_have_text("Stopped")
    expect(page.get_by_role("button", name="Archive")).to_be_visible()

    found = [json.loads(line) for line in export(page, address, "ndjson").text.splitlines()]
    assert len(found) == 200
    assert {contact["status"] for contact in found} <= {
        "completed",
        "exhausted",
        "canceled",
        "dialing",
        "retry",
    }
    assert export(page, address, "csv").text.startswith("contact_id,phone")
    assert len(export(page, address, "json").json()["contacts"]) == 200


def test_the_same_without_script(new_page: Callable[..., Page], server: RunningApp, tmp_path: Path) -> None:
    page = new_page(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    sign_in(page, server)
    page.goto(f"{server.base_url}/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Without script")
    page.get_by_label("Message", exact=True).fill("Hello")
    page.get_by_role("button", name="Add a window").click()
    assert page.get_by_label("Name", exact=True).input_value() == "Without script", "nothing typed was lost"
    page.get_by_role("button", name="Remove window 2").click()
    address = make_campaign(page, server, "Without script")
    upload(page, address, tmp_path, by_drop=False)  # the page loads itself again until the file is read
    page.goto(address)
    page.get_by_role("link", name="Start…").click()
    page.get_by_label("Everyone").check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("h1 + .badge")).to_have_text("Running")
    expect(page.locator("#calls-table tbody th a").first).to_be_visible()

    page.get_by_role("button", name="Pause…").click()  # a popover needs no script
    page.get_by_role("button", name="Pause campaign").click()
    expect(page.locator("h1 + .badge")).to_have_text("Paused")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("h1 + .badge")).to_have_text("Running")
    page.get_by_role("link", name=re.compile("^In progress")).click()
    assert "status=open" in page.url
    page.get_by_role("button", name="Stop…").click()
    page.get_by_role("button", name="Stop for good").click()
    expect(page.locator("h1 + .badge")).to_have_text("Stopped")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert Path(download.value.path()).read_text(encoding="utf-8").count("\n") > 200


def test_a_refused_form_takes_the_focus_to_what_is_wrong(
    page: Page, pages: Pages, server: RunningApp
) -> None:
    pages.allow("status of 422")
    sign_in(page, server)
    page.goto(f"{server.base_url}/campaigns/new")
    page.get_by_label("Maximum calls at the same time").fill("many")
    page.get_by_role("button", name="Save draft").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Maximum calls at the same time").click()
    expect(page.get_by_label("Maximum calls at the same time")).to_be_focused()
    assert page.get_by_label("Maximum calls at the same time").input_value() == "many"


def test_windows_and_their_drawing_follow_the_form(page: Page, server: RunningApp) -> None:
    sign_in(page, server)
    page.goto(f"{server.base_url}/campaigns/new")
    with page.expect_response("**/campaigns/preview"):
        page.get_by_label("Name", exact=True).fill("Kept")
        page.get_by_label("Name", exact=True).press("Tab")
    # Not followed by a preview of its own, which would find the new form.
    page.get_by_role("button", name="Add a window").click()
    expect(page.locator("#windows-1-start")).to_be_visible()
    assert page.get_by_label("Name", exact=True).input_value() == "Kept"
    expect(page.locator("#week figcaption")).to_contain_text("48 hours open per week")
    page.locator("#windows-1-end").fill("16:00")
    page.locator("#windows-1-end").press("Tab")
    expect(page.locator("#week figcaption")).to_contain_text("51 hours open per week")
    expect(page.locator("#preview")).to_contain_text("Sat 10:00–16:00")


def test_the_message_is_shown_as_one_contact_after_another_hears_it(
    page: Page, server: RunningApp, api: Api
) -> None:
    sign_in(page, server)
    draft = fill(server, api, "Heard before", "+12125550151,Ada", "+12125550152,")
    page.goto(f"{draft}/edit")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Hello Ada, this is a reminder.")
    page.get_by_label("Message", exact=True).fill("Dear {name}.")
    page.get_by_role("button", name="Next contact").click()
    expect(preview).to_contain_text("Dear ‹name›.")
    expect(preview).to_contain_text("No value here for name")
    expect(preview).to_contain_text("(line 3 of its file): name")
    assert page.url == f"{draft}/edit", "and nothing was saved"
    page.get_by_label("Message", exact=True).fill("Dear {name|friend}.")
    page.get_by_label("Message", exact=True).press("Tab")
    expect(preview).to_contain_text("Dear friend.")
    page.get_by_role("button", name="Previous contact").click()
    expect(preview).to_contain_text("Dear Ada.")


def number_awake_now() -> str:
    """A number where it is day at this moment, whenever the tests are run; test calls keep to the hours. A person
    answers it: the simulator goes by its last three digits."""
    numbers = {
        "Europe/London": "+44 20 7946 0200",
        "America/New_York": "+1 212-555-0200",
        "Pacific/Guam": "+1 671-472-5200",
    }
    return next(number for zone, number in numbers.items() if 9 <= datetime.now(ZoneInfo(zone)).hour < 20)


def test_enter_in_my_own_number_rings_it_and_saves_nothing(page: Page, server: RunningApp, api: Api) -> None:
    sign_in(page, server)
    draft = fill(server, api, "Heard on my phone", "+12125550153,Ada")
    page.goto(f"{draft}/edit")
    page.get_by_label("Message", exact=True).fill("Dear {name}, only a test.")
    number = number_awake_now()
    page.get_by_label("Your own number").fill(number)
    page.get_by_label("Your own number").press("Enter")
    expect(page.locator("#hear-it")).to_contain_text(f"Calling {number} now")
    assert page.url == f"{draft}/edit", "and nothing was saved"
    expect(page.get_by_label("Message", exact=True)).to_have_value("Dear {name}, only a test.")
    page.goto(f"{server.base_url}/calls?q={number[-4:]}")
    call = page.locator("tbody tr").first
    expect(call.locator(".badge")).to_have_text("Completed")
    expect(call).to_contain_text("single call")
    expect(call).to_contain_text("Person")


WORST_NAME = f"{'Rechtsschutzversicherungsgesellschaft' * 4}_{'תזכורתחיסון' * 3}"
"""No blank anywhere, and its end is written from right to left."""


@pytest.fixture(scope="module")
def furnished(server: RunningApp, browser: object) -> list[str]:
    """Every page with something on it: the demo, dialed for a while, an import with rejects, a draft."""
    watched = Pages(browser)  # type: ignore[arg-type]
    page = sign_in(watched.new(base_url=server.base_url), server)
    draft = make_campaign(page, server, WORST_NAME)
    page.goto(draft)
    page.get_by_label("Or paste them").fill(
        f"phone,name\n+12125550142,{WORST_NAME}\n0612,Bob\n+12125550142,again\n"
    )
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("button", name="Add 1 person").click()
    expect(page.get_by_role("heading", name="1 of 3 rows added")).to_be_visible()
    imported = page.url
    waiting = []
    for pasted in (
        "phone,name\n+12125550142,Ada\n0612,Bob\n+12125550143,Cy\n",
        "Phone 1,Phone 2,note\n+12125550144,+12125550154,\n0612,+12125550155,call 212 555 0199\n",
    ):
        page.goto(f"{draft}/imports/new")
        page.get_by_label("Or paste them").fill(pasted)
        page.get_by_role("button", name="Upload and check").click()
        expect(page.get_by_role("heading", name="Check the upload")).to_be_visible()
        waiting.append(page.url.removeprefix(server.base_url))
    page.goto("/do-not-call")
    page.get_by_label("Number", exact=True).fill("+12125550199")
    page.get_by_role("button", name="Add to list").click()
    removal = page.locator("td a", has_text="Remove").first.get_attribute("href") or ""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    answer = page.request.post("/campaigns/demo", form={"csrf_token": token or ""})
    demo = answer.url
    list_page, list_check = _make_list(page, server)
    page.goto(demo)
    expect(page.locator("#calls-table tbody tr")).to_have_count(25)
    contact = page.locator("#calls-table tbody th a").first.get_attribute("href") or ""
    watched.close()
    assert watched.problems() == []
    return [
        "/campaigns",
        "/campaigns?status=archived",
        "/campaigns/new",
        draft.removeprefix(server.base_url),
        draft.removeprefix(server.base_url) + "/edit",
        demo.removeprefix(server.base_url),
        demo.removeprefix(server.base_url) + "/contacts",
        imported.removeprefix(server.base_url),
        imported.removeprefix(server.base_url) + "/rejected",
        *waiting,
        draft.removeprefix(server.base_url) + "/imports/new",
        contact,
        "/calls",
        "/do-not-call",
        "/do-not-call/imports/new",
        "/do-not-call/removed",
        removal,
        "/rules",
        "/rules?q=US-FL&purpose=marketing&day=2026-11-23",
        "/rules/packs/us-federal",
        "/rules/packs/default/marketing-hours/switch",
        "/rules/packs/new",
        "/rules/switched",
        "/rules/lists",
        "/rules/lists/new",
        list_page,
        f"{list_page}/edit",
        f"{list_page}/delete",
        list_check,
        "/rules/blackouts",
        "/rules/outside",
        "/health",
        "/settings",
        "/users",
        "/audit",
        "/account",
        "/nowhere",
    ]


def _make_list(page: Page, server: RunningApp) -> tuple[str, str]:
    """A list whose file waits to be confirmed: the addresses of both."""
    page.goto(f"{server.base_url}/rules/lists/new")
    page.get_by_label("Name", exact=True).fill("Litigators")
    page.get_by_label("Kind").select_option("litigators")
    page.get_by_role("button", name="Add the list").click()
    here = page.url.partition("#")[0].removeprefix(server.base_url)
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": b"+12125550142\n+12125550143\n"}
    page.get_by_label("The new file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("button", name="Use 2 numbers")).to_be_visible()
    return here, page.url.removeprefix(server.base_url)


PUSHED_OUT = """() => {
  const found = [], wide = document.documentElement.clientWidth;
  for (const each of document.querySelectorAll(
    ":is(main, header) :is(td, th, a, button, summary, h1, h2, h3, li, dd, label, input, select, textarea)")) {
    if (!each.checkVisibility({visibilityProperty: true}) || each.closest(".vh, .scroll, svg, .skip")) continue;
    const box = each.getBoundingClientRect();
    const clipped = getComputedStyle(each).clipPath !== "none";
    if (box.width < 2 || clipped || each.closest("thead tr:not(:has(.sort))")) continue;
    const frame = each.closest(".panel")?.getBoundingClientRect();
    const [left, right] = [Math.max(0, frame?.left ?? 0), Math.min(wide, frame?.right ?? wide)];
    if (box.right > right + 1 || box.left < left - 1) found.push((each.textContent || each.name).trim().slice(0, 40));
  }
  return found.slice(0, 5);
}"""
"""What is cut off by its panel or the window."""
BARE_TIMES = r"""() => {
  const time = /(?<![\d:.])([01]?\d|2[0-4]):[0-5]\d(?![\d.])/;
  const zone = new RegExp(
    "\\bUTC\\b|New York|\\b[A-Z][a-z]+/[A-Z]|heir (own )?(time|clock)|’s (own )?(clock|time|hours)|time zone");
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const each = texts.currentNode.parentElement;
    if (!time.test(texts.currentNode.data)) continue;
    if (each.closest("script, style, [data-since], .num, code, pre, option")) continue;
    const near = each.closest("p, li, dd, summary, label, legend, h1, h2, h3, .why, .note, .toast");
    const cell = each.closest("td, th");
    const head = cell?.closest("table").tHead?.rows[0]?.cells[cell.cellIndex];
    const label = `${cell?.dataset.label ?? ""} ${cell?.parentElement.querySelector("th")?.textContent ?? ""}`;
    const reach = [near?.textContent, cell?.textContent, head?.textContent, label];
    if (!cell) reach.push(each.closest("section, form, dialog, details, .panel, .head")?.textContent);
    const named = (text) => zone.test(text ?? "");
    const isCard = cell && head && innerWidth < 768;  // without the header
    if (!reach.some(named) || (isCard && !named(label + cell.textContent)))
      found.push((near ?? cell ?? each).textContent.replace(/\s+/g, " ").trim().slice(0, 80));
  }
  return found.slice(0, 5);
}"""
"""Times of day with no zone in the same sentence, cell or header of a table, or outside of tables the same panel."""


MEASURE = f"""() => [
  document.documentElement.scrollWidth - document.documentElement.clientWidth,
  ({PUSHED_OUT})(),
  ({BARE_TIMES})(),
  [...document.querySelectorAll(".nav a")].filter((a) => a.getBoundingClientRect().right > innerWidth)
    .map((a) => a.textContent),
]"""


PARTS = 8
"""The pages are looked at in as many tests, so that none of them takes minutes on a busy machine."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_accessible_and_fits(
    new_page: Callable[..., Page], pages: Pages, server: RunningApp, furnished: list[str], part: int
) -> None:
    pages.allow("status of 404")  # the page of an address that is none is looked at, too
    page = new_page(base_url=server.base_url, timezone_id="America/New_York")
    found: list[str] = []

    def look(width: int, scheme: Literal["light", "dark"], *, looks_only: bool) -> None:
        look_at(page, width, scheme)
        wrong = list_violations(page, grave_only=True, looks_only=looks_only)
        wide, out, times, hidden = page.evaluate(MEASURE)
        if wide > 0:
            wrong.append(f"{wide} px wider than the window")
        wrong += [f"{text} is pushed out" for text in out]
        wrong += [f"a time without its zone: {text}" for text in times]
        wrong += [f"{text} of the bar is out of sight" for text in hidden]
        found.extend(f"{path}, {width} px, {scheme}: {text}" for text in wrong)

    for path in ["/login", *furnished][part::PARTS]:
        if path != "/login":
            sign_in(page, server)
        look_at(page, 1280, "light")
        page.goto(path)
        for width, scheme, looks_only in LOOKS:
            look(width, scheme, looks_only=looks_only)
    expect(page.locator(".foot")).to_contain_text("Times are New York time")
    assert found == [], "\n".join(found)


def test_an_open_dialog_is_accessible_survives_the_polling_and_has_its_own_toasts(
    page: Page, pages: Pages, server: RunningApp, api: Api
) -> None:
    pages.allow("ERR_FAILED|htmx:(afterRequest|sendError)")
    sign_in(page, server)
    address = fill(server, api, "Dialog", *two_hundred(), lines=1)
    page.goto(address)
    page.route("**/start", lambda route: route.abort())
    page.get_by_role("link", name="Start…").click()
    toast = page.get_by_role("dialog").get_by_role("alert")
    expect(toast).to_contain_text("The server did not answer.")
    # The point: nothing lies over it, neither the backdrop nor the dialog.
    assert toast.evaluate(
        """box => { const at = box.getBoundingClientRect();
        return box.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)); }"""
    )
    assert list_violations(page, grave_only=True) == []
    page.keyboard.press("Escape")
    expect(page.locator("#toasts")).to_contain_text("The server did not answer.")
    page.unroute("**/start")
    page.get_by_role("link", name="Start…").click()
    expect(page.get_by_label("Everyone")).to_be_visible()
    expect(page.get_by_role("dialog").locator(".toast")).to_have_count(0)
    page.get_by_label("Everyone").check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("h1 + .badge")).to_have_text("Running")
    page.get_by_role("button", name="Stop…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Why").fill("half a rea")
    with page.expect_response(lambda response: response.url.endswith("/_live")):
        pass
    assert dialog.get_by_label("Why").input_value() == "half a rea"
    assert list_violations(page, grave_only=True) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Stop…")).to_be_focused()
    stop(page)


def test_a_poll_keeps_the_focus_and_the_opened_numbers(page: Page, server: RunningApp, api: Api) -> None:
    sign_in(page, server)
    address = fill(server, api, "Focus", *two_hundred(), lines=2)
    page.goto(address)
    page.get_by_role("link", name="Start…").click()
    page.get_by_label("Everyone").check()
    page.get_by_role("button", name="Start", exact=True).click()
    details = page.locator("#outcome-numbers")
    expect(details).to_be_attached()
    details.locator("summary").click()
    rows = details.locator("tbody").inner_text()
    page.locator("#do-pause").focus()
    before = page.locator("#live time[data-age]").first.get_attribute("datetime")
    expect(page.locator("#live time[data-age]").first).not_to_have_attribute("datetime", before or "")
    expect(page.locator("#do-pause")).to_be_focused()
    assert details.evaluate("details => details.open")
    expect(details.locator("tbody")).not_to_have_text(
        rows, use_inner_text=True
    )  # as new as the drawing above
    assert details.evaluate("details => details.open")
    with page.expect_request(lambda request: "/_calls?" in request.url and "top=" in request.url):
        page.locator("#calls-table tbody th a").first.focus()  # somebody reads: the order stands still
    live = page.locator("#live")
    for age, is_shown in (("600.0", False), ("0.0", True)):  # What is older than the page is not shown.

        def answer(route: Route, *, age: str = age) -> None:
            text = route.fetch(headers={**route.request.headers, "if-none-match": ""}).text()
            marked = text.replace('id="live"', f'id="live" data-told="{age}"', 1)
            route.fulfill(status=200, content_type="text/html", headers={"X-Fragment-Age": age}, body=marked)

        page.route("**/_live", answer)
        for _ in range(2):
            with page.expect_response("**/_live"):
                pass
        if is_shown:
            expect(live).to_have_attribute("data-told", age)
        else:
            expect(live).not_to_have_attribute("data-told", age)
        page.unroute("**/_live")
    stop(page)
    page.goto(f"{server.base_url}/campaigns")
    box = page.get_by_role("checkbox", name="Select Focus")
    box.check()
    with page.expect_response(lambda response: "/campaigns/_rows" in response.url):
        pass
    expect(page.locator("#rows")).to_be_visible()
    expect(box).to_be_checked()
