"""The main job, as a person does it: upload a real list in the browser, start, watch, export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaign_app.web.status_words import describe_status
from tests.e2e.dialing import FAST, Api, Ledger, check_agreement, messy_csv
from tests.support.axe import list_violations
from tests.support.browser import signed_in
from tests.support.server import RunningApp, running_app
from tests.support.waiting import wait_until

LIMIT = 50
EMAIL = "ada@example.org"
PASSWORD = "correct horse battery staple"


def sign_in(page: Page, app: RunningApp) -> None:
    app.command("admin", "create", EMAIL, "--password-stdin", stdin=f"{PASSWORD}\n")
    signed_in(page, app, EMAIL, PASSWORD)


def legend(page: Page, heading: str) -> dict[str, int]:
    """The numbers beside a bar of the live page: {"Completed": 1234}."""
    block = page.locator(".bars > div").filter(has=page.get_by_role("heading", name=heading))
    counts = {}
    for item in block.locator("li:not(.muted)").all():
        words = item.inner_text().replace(",", "").split()
        counts[" ".join(words[:-1])] = int(words[-1])
    return counts


@pytest.mark.e2e
@pytest.mark.xdist_group("campaigns")
@pytest.mark.timeout(300)  # 20 s of work for two processors, which may have other work
def test_two_thousand_real_numbers_are_uploaded_dialed_watched_and_exported(
    page: Page, tmp_path: Path
) -> None:
    job = messy_csv(2_100)
    assert len(job.phones) >= 2_000
    file = tmp_path / "Contacts d’été.csv"
    file.write_bytes(job.content)
    with running_app(tmp_path / "instance", FAST) as app, Api(app) as api:
        campaign_id = api.campaign(max_concurrent_calls=LIMIT)
        sign_in(page, app)

        page.goto(f"{app.base_url}/campaigns/{campaign_id}")
        page.get_by_label("A file").set_input_files(file)
        page.get_by_role("button", name="Upload and check").click()
        page.wait_for_url(re.compile(r"/imports/\d+$"))
        page.get_by_role("button", name=f"Add {len(job.phones):,} people").click()
        import_id = int(page.url.rsplit("/", 1)[1])
        good = f"{len(job.phones):,} of {job.rows:,} rows added"
        expect(page.get_by_role("heading", name=good)).to_be_visible()
        item = api.get(f"/imports/{import_id}")
        assert (item["status"], item["total"]) == ("completed", job.rows)
        assert (item["accepted"], item["repeated_in_file"], item["rejected"]) == (
            len(job.phones),
            job.repeated,
            job.rejected,
        )

        page.get_by_role("link", name="Open campaign").click()
        page.get_by_role("link", name="Start…").click()
        page.get_by_label("Everyone").check()
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#live .badge").first).to_have_text(re.compile("running", re.I))
        # No reload from here on: the page follows by itself.
        page.evaluate("window.untouched = true")
        expect(page.locator("#live .badge").first).to_have_text(
            re.compile("completed", re.I), timeout=200_000
        )
        assert page.evaluate("window.untouched") is True

        stats = api.get(f"/campaigns/{campaign_id}/stats")
        contacts = api.export(campaign_id)
        ledger = Ledger.read(app.ledger)
        assert {contact["phone"] for contact in contacts} == job.phones
        check_agreement(contacts, stats, ledger, LIMIT)
        # The run was a real one: it used its lines, and met every kind of outcome.
        assert stats["peak_concurrent_calls"] > LIMIT // 2
        assert {"completed", "busy", "no-answer", "failed"} <= {k for k, n in stats["attempts"].items() if n}

        assert legend(page, "Contacts") == {
            describe_status(key): n for key, n in stats["contacts"].items() if n and key != "total"
        }
        answered = stats["answered_by"]
        split = {
            "Answered by a person": answered["human"],
            "Answered by a machine": answered["machine"] + answered["fax"],
            "Answered, nobody knows by whom": answered["unknown"],
        }
        assert sum(split.values()) == stats["attempts"]["completed"]
        others = {
            describe_status(key): n
            for key, n in stats["attempts"].items()
            if key not in ("completed", "released")
        }
        shown = {words: n for words, n in {**split, **others}.items() if n}
        assert legend(page, "Calls, by outcome") == shown
        expect(page.locator("dl.counters dd").first).to_contain_text(f"{len(contacts):,}")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV", exact=True).click()
        exported = download.value.path().read_text(encoding="utf-8")
        attempts = sum(max(len(contact["attempts"]), 1) for contact in contacts)
        assert len(exported.splitlines()) == attempts + 1

        assert app.flask("check").returncode == 0
        assert app.terminate() == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("main-job"), FAST) as app:
        app.command("admin", "create", EMAIL, "--password-stdin", stdin=f"{PASSWORD}\n")
        yield app


@pytest.fixture(scope="module")
def api(server: RunningApp) -> Iterator[Api]:
    with Api(server) as api:
        yield api


COUNT_CLICKS = """addEventListener("pointerdown", () =>
  sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1), true)"""


def clicks(page: Page) -> int:
    """How often the mouse was pressed since this was asked last. What is typed is no click."""
    return int(
        page.evaluate("[sessionStorage.getItem('clicks'), sessionStorage.removeItem('clicks')][0] || 0")
    )


def choose_file(page: Page, name: str, content: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_label("A file").click()
    chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile(r"/imports/\d+$"))


def start_everyone(page: Page, server: RunningApp, people: int, first: str) -> None:
    page.get_by_role("button", name=f"Add {people} people").click()
    page.get_by_role("link", name="Start…").click()
    page.get_by_label("Everyone").check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#live .badge").first).to_have_text(re.compile("running|completed", re.I))
    wait_until(lambda: first in server.ledger.read_text(), "the first call")


@pytest.mark.e2e
@pytest.mark.xdist_group("main-job")
@pytest.mark.timeout(300)
def test_eight_clicks_lead_from_a_file_to_the_first_call(page: Page, server: RunningApp, api: Api) -> None:
    page.context.add_init_script(COUNT_CLICKS)
    signed_in(page, server, EMAIL, PASSWORD)
    page.goto(f"{server.base_url}/campaigns")
    clicks(page)

    # From nothing, with a file that is certain in spite of its headers.
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name", exact=True).fill("Tuesday appointments")
    page.get_by_label("Message", exact=True).fill(
        "Hello {first_name}, you have an appointment on {appointment}."
    )
    page.get_by_label("What the calls are for").select_option("emergency")
    for day in ("Sat", "Sun"):
        box = page.locator("#windows .window").first.get_by_label(day)
        if not box.is_checked():
            box.press("Space")
    page.get_by_label("From", exact=True).fill("00:00")
    page.get_by_label("until", exact=True).fill("24:00")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+(#.*)?$"))
    choose_file(
        page,
        "Termine – März.csv",
        "FIRST-NAME,Mobile (WhatsApp),Appointment\nAnn,+1 213 555 0142,Tuesday\nBo,+1 213 555 0143,Friday\n",
    )
    start_everyone(page, server, 2, "+12135550142")
    assert clicks(page) <= 8

    # From a draft, with a file whose columns have to be asked about: its check page asks, the start asks.
    draft = api.campaign(default_region="GB")
    page.goto(f"{server.base_url}/campaigns/{draft}")
    choose_file(
        page,
        "export (3).csv",
        "Nr;Wer;Tel 1;Tel 2\n10448;Ann;020 7946 0018;07400 123401\n10449;Bo;0161 496 0042;07400 123402\n",
    )
    page.locator(".choice", has=page.locator("strong", has_text="Tel 2")).click()
    page.get_by_role("button", name=re.compile("^Check with")).click()
    start_everyone(page, server, 2, "+447400123401")
    assert clicks(page) <= 8


LOST = [f"+1213555{n}504" for n in (1, 2, 3, 4)]
"""The simulator's carrier never hears of calls to them."""


@pytest.mark.e2e
@pytest.mark.xdist_group("main-job")
@pytest.mark.timeout(300)
def test_calls_of_unknown_outcome_are_decided_by_key_and_undone(
    page: Page, server: RunningApp, api: Api
) -> None:
    campaign_id = api.campaign(name="Lost", retry={"max_retries": 2, "delays_minutes": [600]})
    api.post(f"/campaigns/{campaign_id}/contacts", {"contacts": [{"phone": phone} for phone in LOST]})
    api.post(f"/campaigns/{campaign_id}/start")
    wait_until(lambda: api.get("/unresolved")["total"] == len(LOST), "the calls to be given up", timeout=120)
    signed_in(page, server, EMAIL, PASSWORD)
    page.goto(f"{server.base_url}/calls/unresolved")
    for width, scheme in ((1280, "light"), (320, "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert list_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 844})

    rows = page.locator("tr[data-row]")
    ids = [link.get_attribute("id") for link in rows.locator("th a").all()]
    # Enter in a check box is no decision about whoever comes first, nor a call to whoever is ticked.
    rows.nth(2).get_by_role("checkbox").press("Enter")
    assert api.get("/unresolved")["total"] == len(LOST)
    page.goto(f"{server.base_url}/campaigns/{campaign_id}/contacts")
    page.get_by_label(re.compile("^Select [+]")).first.check()
    page.get_by_label(re.compile("^Select [+]")).first.press("Enter")
    assert api.get("/unresolved")["total"] == len(LOST), "nobody is called again"
    page.goto(f"{server.base_url}/calls/unresolved")
    expect(rows).to_have_count(len(LOST))
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("j")
    expect(page.locator(f"#{ids[0]}")).to_be_focused()
    page.keyboard.press("d")
    expect(page.locator(f"#{ids[1]}")).to_be_focused()
    expect(page.get_by_text("1 call done.")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator(f"#{ids[2]}")).to_be_focused()
    expect(rows).to_have_count(2)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 1 call to decide about again.")).to_be_visible()
    expect(rows).to_have_count(3)
    page.get_by_label("Select all on this page").check()
    page.get_by_text("With the selected (3)").wait_for()
    page.get_by_role("button", name="Leave them").click()
    expect(rows).to_have_count(0)
    recent = page.locator("section", has=page.get_by_role("heading", name="Decided lately"))
    expect(recent.locator("tbody tr")).to_have_count(2)
    expect(recent).to_contain_text("3 calls: left as unknown")
    assert list_violations(page) == []
    recent.get_by_role("button", name="Undo: 3 calls, left as unknown").click()
    expect(rows).to_have_count(3)


@pytest.mark.e2e
@pytest.mark.xdist_group("main-job")
def test_tab_goes_round_in_an_open_dialog(page: Page, server: RunningApp, api: Api) -> None:
    api.campaign(name="Any")
    signed_in(page, server, EMAIL, PASSWORD)
    page.goto(f"{server.base_url}/campaigns")
    opener = page.get_by_role("button", name="Stop all…")
    for way in ("Tab", "Shift+Tab"):
        opener.click()
        seen = set()
        for _ in range(12):
            page.keyboard.press(way)
            inside, what = page.evaluate(
                "[!!document.activeElement.closest('dialog:popover-open'), document.activeElement.outerHTML]"
            )
            assert inside, what
            seen.add(what)
        assert len(seen) >= 3, "its fields and both buttons"
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(opener).to_be_focused()
