"""Uploads in a real browser: files that operators really have, understood, shown and confirmed as a person does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.axe import LOOKS, list_violations, look_at
from tests.support.browser import Pages, signed_in
from tests.support.server import RunningApp, running_app

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.xdist_group("imports-browser")]

CASES = Path(__file__).parents[1] / "imports" / "cases"
EMAIL, PASSWORD = "ada@example.org", "correct horse battery"
QUESTION = "Which column holds the number to call?"
UNSURE = (
    "Nr;Name;Tel 1;Fax;Tel 2\n"
    "10448;Ann Lee;020 7946 0018;020 7946 0019;07400 123401\n"
    "10449;Bo Ray;0161 496 0042;;07400 123402\n"
    "10450;Cy Low;0909 879 0000;;07400 123403\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("imports"), {"SWITCHBOARD_TICK_SECONDS": "0.2"}) as app:
        app.command("admin", "create", EMAIL, "--password-stdin", stdin=f"{PASSWORD}\n")
        yield app


def sign_in(page: Page, server: RunningApp) -> Page:
    return signed_in(page, server, EMAIL, PASSWORD)


def make_draft(page: Page, server: RunningApp, name: str, message: str = "Hello.") -> str:
    """A campaign that nobody has started; its address."""
    page.goto(f"{server.base_url}/campaigns/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Message", exact=True).fill(message)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+(#.*)?$"))
    return page.url.partition("#")[0]


def upload(page: Page, draft: str, file: Path | tuple[str, bytes], region: str | None = None) -> str:
    """Choose the file and its country; the address of its check page."""
    page.goto(f"{draft}/imports/new")
    if isinstance(file, Path):
        page.get_by_label("A file").set_input_files(file)
    else:
        page.get_by_label("A file").set_input_files(
            {"name": file[0], "mimeType": "text/csv", "buffer": file[1]}
        )
    if region:
        page.get_by_label("Country for numbers without a country code").select_option(region)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile(r"/imports/\d+$"))
    return page.url


def choose(page: Page, column: str) -> None:
    """Answer which column is the number by its card."""
    card(page, column).click()
    page.get_by_role("button", name=re.compile("^Check with")).click()
    expect(page.get_by_role("heading", name=QUESTION)).to_be_hidden()


def card(page: Page, column: str) -> Locator:
    return page.locator(".choice", has=page.locator("strong", has_text=re.compile(f"^{re.escape(column)}$")))


def shown_numbers(page: Page) -> list[str]:
    """The numbers of the first rows that will be called, as E.164."""
    cells = page.locator("section", has=page.get_by_role("heading", name="First rows")).locator("tbody th")
    texts = [cell.inner_text().partition("\n")[0] for cell in cells.all()]
    return ["+" + re.sub(r"\D", "", text) for text in texts if text.startswith("+")]


def add(page: Page, count: int) -> None:
    page.get_by_role("button", name=f"Add {count} {'person' if count == 1 else 'people'}").click()
    expect(page.get_by_role("heading", name=re.compile(f"^{count} of [0-9]+ rows? added"))).to_be_visible()


RIGHT = [
    ("02-wrong-column-emergency.csv", "US", ["+12125550124", "+12125550125", "+12125550126"]),
    ("03-country-code-column-US.csv", "US", ["+16175550142", "+442079460123"]),
    ("01-plus-lost-DE.csv", "DE", ["+4915112345678", "+491711234567", "+493012345678"]),
    ("05-pasted-one-line.txt", "US", ["+12125550124", "+12125550125", "+12125550126", "+12125550127"]),
    ("06-outlook-92-columns.csv", "US", ["+16175550103", "+16175550104"]),
    ("a1-every-cell-quoted.csv", None, ["+12025550101", "+12025550102"]),
    ("b13-title-row-fax.csv", None, ["+12025550102", "+12025550104"]),
    ("c1-long-note.csv", None, ["+12025550101", "+12025550102"]),
    ("d1-vicidial-phone-code.tsv", "US", ["+442079460958", "+918123456789", "+12025550151"]),
    ("d5-00-in-SG.csv", "SG", ["+431234567890", "+33123456789"]),
    ("h1-contacts.vcf", None, ["+12025550101"]),
]
"""Files that need one click: what they are is certain."""


def test_files_that_are_certain_need_one_click(page: Page, server: RunningApp) -> None:
    sign_in(page, server)
    for name, region, right in RIGHT:
        draft = make_draft(page, server, name)
        upload(page, draft, CASES / name, region)
        assert sorted(shown_numbers(page)) == sorted(right), name
        add(page, len(right))


@pytest.mark.parametrize(
    "name, region, column, right",
    [
        (
            "b5-batch-call-provider-phone.csv",
            "US",
            "target",
            ["+12025550101", "+12025550102"],
        ),
        ("b11-CPF-BR.csv", "BR", "Telefone", ["+5511961234567", "+5511961234568"]),
    ],
)
def test_files_that_are_not_certain_are_answered_by_looking(
    page: Page, server: RunningApp, name: str, region: str, column: str, right: list[str]
) -> None:
    draft = make_draft(sign_in(page, server), server, name)
    upload(page, draft, CASES / name, region)
    if page.get_by_role("heading", name=QUESTION).is_visible():
        expect(page.locator("input[name=number]:checked")).to_have_count(0)
        expect(page.get_by_role("button", name="Add people")).to_be_disabled()
        choose(page, column)
    assert shown_numbers(page) == right
    add(page, len(right))


def test_a_flag_in_the_file_keeps_people_from_being_called(page: Page, server: RunningApp) -> None:
    draft = make_draft(sign_in(page, server), server, "Flagged")
    upload(page, draft, CASES / "i1-dnc-column.csv", "US")
    assert shown_numbers(page) == ["+12025550132"]
    expect(page.get_by_role("heading", name="1 row is left out")).to_be_visible()
    add(page, 1)


def test_letters_are_right_or_asked_about(page: Page, server: RunningApp) -> None:
    draft = make_draft(sign_in(page, server), server, "Letters", "Hello {name}.")
    upload(page, draft, CASES / "g1-cp1250.csv")
    question = page.get_by_role("heading", name="Which looks right?")
    if question.is_visible():
        card(page, "Central European (cp1250)").click()
        page.get_by_role("button", name=re.compile("^Check with")).click()
        expect(question).to_be_hidden()
    expect(page.locator("tbody", has_text="Łukasz Żak").first).to_be_visible()
    page.get_by_text("How the file is read").click()
    with page.expect_response("**/check"):
        page.get_by_label("Text encoding").select_option("cp1251")
    expect(page.get_by_text("Јukasz").first).to_be_visible()


def test_a_choice_swaps_the_counts_and_the_columns_stay(page: Page, server: RunningApp) -> None:
    draft = make_draft(sign_in(page, server), server, "Swapped")
    upload(page, draft, ("list.csv", b"phone,name,backup\n2025550142,Ada,+12025550152\n2025550143,Cy,\n"))
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    expect(page.locator("p.say", has_text="0 people will be added")).to_be_visible()
    page.get_by_text("How the file is read").click()
    page.get_by_label("Country for numbers without a country code").focus()
    page.get_by_label("Country for numbers without a country code").select_option("US")
    expect(page.locator("p.say", has_text="2 people will be added")).to_be_visible()
    expect(page.get_by_label("Country for numbers without a country code")).to_be_focused()
    assert shown_numbers(page) == ["+12025550142", "+12025550143"]
    page.get_by_label("Use name as").select_option("left_out")
    expect(page.get_by_label("Use name as")).to_have_value("left_out")
    assert loads == [], "the page was not loaded again"
    add(page, 2)


def test_a_card_that_is_ticked_shows_its_counts(page: Page, server: RunningApp) -> None:
    draft = make_draft(sign_in(page, server), server, "Cards")
    upload(page, draft, ("export (3).csv", UNSURE.encode()), "GB")
    outcome = page.locator("#outcome")
    expect(outcome.get_by_role("heading", name="If you choose Tel 1")).to_be_visible()
    expect(outcome).to_contain_text("Premium-rate number")
    card(page, "Tel 2").click()
    expect(outcome.get_by_role("heading", name="If you choose Tel 2")).to_be_visible()
    expect(outcome).not_to_contain_text("Premium-rate number")
    with page.expect_download() as download:
        outcome.get_by_role("link", name="Show it for").or_(outcome.locator("a", has_text="Tel 1")).click()
        outcome.get_by_role("link", name="Premium-rate number: CSV").click()
    assert "0909 879 0000" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    card(page, "Tel 2").click()
    page.get_by_label("Keep the other as a second number").check()
    page.get_by_role("button", name="Check with this answer").click()
    expect(page.get_by_text("called at Tel 2, otherwise at Tel 1")).to_be_visible()
    assert shown_numbers(page) == ["+447400123401", "+447400123402", "+447400123403"]
    add(page, 3)
    expect(page.locator("tr", has_text="Number that is called")).to_contain_text("Tel 2")


def test_without_script_questions_are_answered_and_files_are_added(
    new_page: Callable[..., Page], server: RunningApp
) -> None:
    page = sign_in(new_page(java_script_enabled=False, viewport={"width": 1280, "height": 800}), server)
    draft = make_draft(page, server, "Without script")
    here = upload(page, draft, ("export.csv", UNSURE.encode()), "GB")
    page.locator("#outcome a", has_text="Tel 2").click()
    expect(page.get_by_role("heading", name="If you choose Tel 2")).to_be_visible()
    choose(page, "Tel 1")
    assert page.url == here
    expect(page.locator("p.say", has_text="2 people will be added, called at Tel 1.")).to_be_visible()
    page.get_by_label("Use Fax as").select_option("second_number")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("called at Tel 1, otherwise at Fax")).to_be_visible()
    page.get_by_label("Use Fax as").select_option("left_out")
    page.get_by_role("button", name="Add 2 people").click()
    expect(page.get_by_text("You changed something after the last check")).to_be_visible()
    add(page, 2)
    page.get_by_role("button", name="Undo…").click()  # a popover needs no script
    page.get_by_role("button", name="Undo upload").click()
    expect(page.locator("h1 + .badge")).to_have_text("Undone")


def test_nothing_ticked_takes_the_focus_to_the_question(page: Page, pages: Pages, server: RunningApp) -> None:
    pages.allow("status of 422")
    draft = make_draft(sign_in(page, server), server, "Nothing ticked")
    upload(page, draft, ("export.csv", UNSURE.encode()), "GB")
    page.get_by_role("button", name="Check with this answer").click()
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#error-summary a").click()
    expect(page.locator("#q-1")).to_be_focused()


def test_check_and_question_pages_are_accessible_and_fit(page: Page, server: RunningApp) -> None:
    draft = make_draft(sign_in(page, server), server, "A draft with a rather long name, seen at every width")
    addresses = [
        upload(page, draft, ("export (3).csv", UNSURE.encode()), "GB"),
        upload(page, draft, CASES / "06-outlook-92-columns.csv", "US"),
        upload(page, draft, CASES / "f-cells.csv", "US"),
    ]
    for address in addresses:
        page.goto(address)
        for fold in page.locator("details.data summary").all():
            fold.click()
        for width, scheme, looks_only in [*LOOKS, (320, "dark", True)]:
            look_at(page, width, scheme)
            here = (address, width, scheme)
            assert list_violations(page, looks_only=looks_only) == [], here
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow == 0, here
