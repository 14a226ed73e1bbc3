"""Uploads through the pages; the worker is called by hand, as the engine's process would."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from campaign_app.engine.imports.worker import run_next
from campaign_app.extensions import db
from campaign_app.models import Import, ImportChoice, Role
from tests.support.clock import FakeClock
from tests.uploads.workbooks import make_xlsx
from tests.web.import_pages import add, contacts, fields, item, phones, selected, upload, words, work
from tests.web.pages_support import NUMBERS, PAYLOADS, act, make_campaign
from tests.web.people_support import Site, Visitor, close, open_site, squeeze

GOOD = "phone,name\n+12125550142,Ada\n+12125550143,Cy\n+12125550142,again\n0612,Bob\n"
TWO = "Phone 1,Phone 2,name\n+12125550142,+12125550152,Ada\n+12125550143,+12125550153,Cy\n"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def empty_site(tmp_path: Path, sqlite_template: Path, database_url: str, clock: FakeClock) -> Iterator[Site]:
    """On either database: what a check writes and asks is SQL of its own."""
    site = open_site(tmp_path, sqlite_template, clock, database_url=database_url)
    yield site
    close(site)


@pytest.fixture
def site(empty_site: Site) -> Site:
    empty_site.add_users(*Role)
    return empty_site


# From the upload to the report.


def test_values_that_no_voice_can_say_as_asked_are_told_by_check_and_start(site: Site) -> None:
    """The first rows and the rest of a longer file, in the message's language, at the check and before the start."""
    message = {"text": "{name}, Ihr Termin ist am {Termin:date}", "language": "de-DE"}
    campaign_id = make_campaign(site, numbers=0, message=message, default_region="US")
    rows = [
        f"+1212555{number},Ada,{'morgen' if number % 50 == 1 else '2026-12-03'}"
        for number in range(1000, 7000)
    ]
    operator = site.visitor(Role.OPERATOR)
    upload(operator, campaign_id, "phone,name,Termin\n" + "\n".join(rows))
    work(site)
    here = f"/campaigns/{campaign_id}/imports/1"
    page = words(operator.get(here))
    assert "Ada, Ihr Termin ist am Donnerstag, 3. Dezember 2026" in page
    told = "such as row 3, “morgen”: it is not a date; write it as 2026-11-30. Such values are spoken as they stand."
    assert (
        f"Your message says {{Termin:date}}, and 120 of 6,000 have a value that cannot be spoken as a date, {told}"
        in page
    )
    upload(
        operator, campaign_id, "phone,name,Termin\n+12125550142,Ada,morgen\n+12125550143,Cy,3. Dez. 2026\n"
    )
    work(site)
    second = f"/campaigns/{campaign_id}/imports/2"
    assert "and 1 of 2 has a value that cannot be spoken as a date: row 2" in words(operator.get(second))
    add(site, operator, second)
    start = words(operator.get(f"/campaigns/{campaign_id}/start"))
    assert "1 person has a value for {Termin:date} that cannot be spoken as a date: " in start
    assert "(row 2), “morgen”: it is not a date; write it as 2026-11-30. It is spoken as it stands." in start


def test_a_file_is_checked_confirmed_and_counted(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    response = upload(operator, campaign_id, GOOD)
    here = f"/campaigns/{campaign_id}/imports/1"
    assert (response.status_code, response.location) == (303, here)
    work(site)
    checked = operator.get(here)
    assert checked.headers["Cache-Control"] == "no-store"
    page = words(checked)
    assert "2 people will be added, called at phone. 2 rows are left out." in page
    assert "+1 212-555-0142" in page
    assert "Hello Ada" in page, "as the message begins"
    assert "10:00 New York, from the number" in page
    assert "Repeated in the file" in page
    assert "Row 4: +12125550142 repeats row 2" in page
    assert "Row 5: “0612” is too short for a phone number (United States, +1)" in page
    assert "The campaign is a draft: nobody is called until you start it." in page
    assert phones(site) == [], "nothing is added before the button was pressed"

    assert add(site, operator, here).location == here
    report = words(operator.get(here))
    assert phones(site) == ["+12125550142", "+12125550143"]
    assert "2 of 4 rows added" in report
    assert "Called at phone." in report
    assert "phone Number that is called" in report
    assert "name Value for the message {name}" in report
    assert "It repeats row 2" in report
    assert "numbers.csv" in words(operator.get(f"/campaigns/{campaign_id}"))


def test_while_it_is_added_the_report_is_polled_and_then_loaded_once_more(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    operator.post(f"{here}/check", {**fields(operator.get(here)), "do": "commit"})
    waiting = squeeze(operator.get(here).get_data(as_text=True))
    assert 'hx-trigger="every 1s"' in waiting
    assert '<noscript> <meta http-equiv="refresh"' in waiting
    work(site)
    done = operator.get(f"{here}/_progress", headers=HTMX)
    assert done.headers["HX-Refresh"] == "true"
    assert "hx-trigger" not in done.get_data(as_text=True)


def test_a_large_file_shows_its_first_rows_while_the_rest_is_checked(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    rows = "".join(f"+1212555{n:04},Ada {n}\n" for n in range(100, 200)) * 105
    here = upload(operator, campaign_id, f"phone,name\n{rows}").location
    response = operator.get(here)
    page = response.get_data(as_text=True)
    assert "So far 100 people of the first 10,000 rows would be added" in words(response)
    assert "Still checking" in words(response)
    assert 'hx-trigger="every 1s"' in page
    assert not re.search(r'<select[^>]*name="role-0"[^>]* disabled', page)
    assert 'value="commit"' not in page
    assert operator.post(f"{here}/check", {"do": "commit"}).status_code == 409
    work(site)
    assert operator.get(f"{here}/_checked", headers=HTMX).headers["HX-Refresh"] == "true"
    assert "100 people will be added" in words(operator.get(here))
    assert "10,400 rows are left out" in words(operator.get(here))


def test_what_is_chosen_during_a_long_check_lets_it_begin_anew(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    rows = "".join(f"+1212555{n:04},+1312555{n:04}\n" for n in range(100, 200)) * 105
    here = upload(operator, campaign_id, f"phone,site\n{rows}").location
    uploads = site.app.extensions["switchboard"].settings.uploads_folder

    class ChooseMeanwhile:
        """The worker asks it between two chunks."""

        chosen = False

        def is_set(self) -> bool:
            if not self.chosen:
                self.chosen = True
                form = {**fields(operator.get(here)), "role-0": "left_out", "role-1": "number", "do": "again"}
                assert operator.post(f"{here}/check", form).status_code == 303
            return False

    with site.app.app_context():
        assert run_next(db.engine, uploads, clock=site.clock, owner="old", stop=ChooseMeanwhile())  # type: ignore[arg-type]
    assert item(site).status == "queued", "what the old choice gave is not kept"
    assert "So far 100 people" in words(operator.get(here))
    work(site)
    assert "100 people will be added, called at site" in words(operator.get(here))
    assert {path.suffix for path in uploads.iterdir()} == {".csv", ".rejects"}
    add(site, operator, here)
    assert phones(site)[0] == "+13125550100"


def test_a_running_campaign_is_named_and_calls_nobody_before_the_button(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=1)
    act(site, campaign_id, "start")
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    work(site)
    page = words(operator.get(here))
    assert "The campaign is running; nobody in this file will be called until you add them." in page
    assert phones(site) == NUMBERS[:1]
    add(site, operator, here)
    assert len(phones(site)) == 3


def test_pasted_numbers_are_taken_like_a_file(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    pasted = operator.post(f"/campaigns/{campaign_id}/imports", {"pasted": "+12125550142\n+12125550143"})
    add(site, operator, pasted.location)
    assert phones(site) == ["+12125550142", "+12125550143"]
    assert item(site).filename == "pasted numbers"


def test_a_pasted_line_of_many_is_a_list_of_numbers(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    pasted = operator.post(
        f"/campaigns/{campaign_id}/imports", {"pasted": "+12125550142, +12125550143; +12125550144"}
    )
    add(site, operator, pasted.location)
    assert phones(site) == ["+12125550142", "+12125550143", "+12125550144"]


def test_nobody_added_is_no_green_success(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, "phone,name\n0612,Bob\n12,Cy\n").location
    page = operator.get(here)
    assert "There is nobody to add: every row is left out." in words(page)
    assert 'value="commit"' not in page.get_data(as_text=True)
    operator.post(f"{here}/check", {**fields(page), "do": "commit"})
    work(site)
    report = operator.get(here)
    assert "Nothing was added. All 2 rows were left out" in words(report)
    assert "is-completed" not in report.get_data(as_text=True)


# Questions.


def test_two_number_columns_are_asked_about_and_none_is_chosen_beforehand(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, TWO).location
    response = operator.get(here)
    page = squeeze(response.get_data(as_text=True))
    assert "Which column holds the number to call?" in page
    assert len(re.findall(r'type="radio" form="check" name="number"', page)) == 3
    assert not re.search(r'name="number"[^>]* checked', page)
    assert "If you choose Phone 1" in words(response)
    assert 'value="commit"' not in page
    assert "Answer the question first." in words(response)
    refused = operator.post(f"{here}/check", {**fields(response), "do": "again"})
    assert refused.status_code == 422
    assert "Choose which column holds the number to call" in words(refused)

    answered = operator.post(
        f"{here}/check", {**fields(response), "do": "again", "number": "1", "second": "1"}
    )
    assert answered.location == here
    page = words(operator.get(here))
    assert "2 people will be added, called at Phone 2, otherwise at Phone 1." in page
    assert "or +1 212-555-0142" in page, "the other number is kept"
    add(site, operator, here)
    assert phones(site) == ["+12125550152", "+12125550153"]
    assert [contact.second_numbers for contact in contacts(site)] == [["+12125550142"], ["+12125550143"]]


def test_the_other_column_is_left_out_unless_it_is_to_be_kept(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, TWO).location
    operator.post(f"{here}/check", {**fields(operator.get(here)), "do": "again", "number": "0"})
    add(site, operator, here)
    assert phones(site) == ["+12125550142", "+12125550143"]
    assert [contact.second_numbers for contact in contacts(site)] == [None, None]
    assert [contact.variables for contact in contacts(site)] == [{"name": "Ada"}, {"name": "Cy"}]


def test_the_counts_for_the_other_column_are_shown_without_choosing_it(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, TWO.replace("+12125550153", "12")).location
    assert "If you choose Phone 1" in words(operator.get(here))
    other = words(operator.get(f"{here}/_outcome?number=1", headers=HTMX))
    assert "If you choose Phone 2" in other
    assert "Row 3: “12” is too short for a phone number (United States, +1)" in other
    rejected = operator.get(f"{here}/rejected.csv?number=1&all=1").get_data(as_text=True)
    assert len(list(csv.reader(io.StringIO(rejected)))) == 2
    assert item(site).status == "needs_mapping"


def test_none_of_the_columns_asks_for_one_of_the_list_below(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(
        operator, campaign_id, TWO.replace("name", "kontakt").replace("Ada", "+12125550162")
    ).location
    form = {**fields(operator.get(here)), "do": "again", "number": "none"}
    refused = operator.post(f"{here}/check", form)
    assert refused.status_code == 422
    assert "Choose the column with the number, under Columns" in words(refused)
    operator.post(f"{here}/check", {**form, "role-2": "number"})
    assert "called at kontakt" in words(operator.get(here))


def test_a_column_that_says_who_must_not_be_called_is_asked_about(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(
        operator, campaign_id, "phone,May we call\n+12125550142,yes\n+12125550143,no\n+12125550144,yes\n"
    ).location
    page = operator.get(here)
    assert "What does “May we call” mean?" in words(page)
    assert operator.post(f"{here}/check", {**fields(page), "do": "again"}).status_code == 422
    [flag] = re.findall(
        r'name="role-1" value="([^"]+)"> <span class="stack-s"> <span class="row apart"> <strong>They must not',
        squeeze(page.get_data(as_text=True)),
    )
    operator.post(f"{here}/check", {**fields(page), "do": "again", "role-1": flag})
    add(site, operator, here)
    assert phones(site) == ["+12125550142", "+12125550144"]


# Changing what was understood.


def test_another_use_of_a_column_is_checked_again_before_anything_is_added(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, "phone,name,backup\n+12125550142,Ada,+12125550152\n").location
    form = fields(operator.get(here))
    assert form["role-0"] == "number"
    changed = {**form, "role-0": "left_out", "role-2": "number"}
    response = operator.post(f"{here}/check", {**changed, "do": "commit"})
    work(site)
    assert response.location == here
    assert phones(site) == [], "what was changed was not looked at yet"
    page = operator.get(here)
    assert "You changed something after the last check" in words(page)
    assert selected(page, "role-2") == "number"
    assert "Chosen by hand" in words(page)
    add(site, operator, here)
    assert phones(site) == ["+12125550152"]


def test_a_changed_select_swaps_the_counts_by_htmx(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0, default_region=None)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, "phone,name\n2125550142,Ada\n").location
    page = operator.get(here)
    assert "0 people will be added" in words(page)
    assert "No country code" in words(page)
    swapped = operator.post(f"{here}/check", {**fields(page), "do": "again", "region": "US"}, headers=HTMX)
    assert swapped.status_code == 200
    assert swapped.get_data(as_text=True).lstrip().startswith('<div id="checked"')
    assert "1 person will be added" in words(swapped)
    refused = operator.post(
        f"{here}/check", {**fields(operator.get(here)), "do": "again", "role-0": "left_out"}, headers=HTMX
    )
    assert refused.status_code == 422
    assert 'id="error-summary"' in refused.get_data(as_text=True)
    header = operator.post(
        f"{here}/check", {**fields(operator.get(here)), "do": "again", "header": "0"}, headers=HTMX
    )
    assert header.headers["HX-Refresh"] == "true", "the columns are others now"


def test_a_country_can_be_assumed_and_not_assumed(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, "phone,name\n2125550142,Ada\n").location
    page = operator.get(here)
    assert selected(page, "region") == "US"
    assert "United States +1" in page.get_data(as_text=True)
    operator.post(f"{here}/check", {**fields(page), "do": "again", "region": ""})
    page = operator.get(here)
    assert "every number needs a country code" in words(page)
    assert "0 people will be added" in words(page)


def test_encoding_and_delimiter_can_be_chosen(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, "phone,имя\n+12125550142,Иван\n".encode("cp1251")).location
    form = {**fields(operator.get(here)), "do": "again", "encoding": "cp1251"}
    operator.post(f"{here}/check", form)
    page = operator.get(here)
    assert selected(page, "encoding") == "cp1251"
    assert "Иван" in words(page)
    add(site, operator, here)
    assert [contact.variables for contact in contacts(site)] == [{"имя": "Иван"}]


def test_what_was_chosen_is_offered_for_the_next_file_with_these_columns(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    first = upload(operator, campaign_id, TWO).location
    operator.post(f"{first}/check", {**fields(operator.get(first)), "do": "again", "number": "1"})
    assert "Remember these choices" in words(operator.get(first))
    add(site, operator, first)
    second = upload(operator, campaign_id, TWO.replace("55501", "55502")).location
    page = operator.get(second)
    assert "operator@example.org added a file with the same columns" in words(page)
    assert "Which column holds the number to call?" in words(page), "it is offered, not applied"
    operator.post(f"{second}/check", {"do": "remembered"})
    page = words(operator.get(second))
    assert "called at Phone 2" in page
    assert "Read in the same way as the file of" in page


def test_choices_are_not_remembered_unless_it_is_ticked(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    form = fields(operator.get(here))
    del form["remember"]
    operator.post(f"{here}/check", {**form, "do": "commit"})
    with site.app.app_context():
        assert db.session.query(ImportChoice).count() == 0


def test_people_who_are_there_already_are_skipped_or_updated(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=2, variables={"name": "old"})
    operator = site.visitor(Role.OPERATOR)
    content = f"phone,name\n{NUMBERS[0]},new\n{NUMBERS[5]},Cy\n"
    here = upload(operator, campaign_id, content).location
    page = operator.get(here)
    assert "For the 1 already in this campaign" in words(page)
    assert fields(page)["known"] == "skip"
    assert "Already in this campaign" in words(page)
    add(site, operator, here, known="update")
    assert [contact.variables["name"] for contact in contacts(site)] == ["new", "old", "Cy"]
    assert "1 person already in the campaign had their values updated" in words(operator.get(here))


def test_a_discarded_upload_adds_nothing_and_leaves_no_file(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    response = operator.post(f"{here}/check", {"do": "discard"})
    assert response.location == f"/campaigns/{campaign_id}"
    assert "Discarded numbers.csv. Nothing was added." in words(operator.get(response.location))
    assert "This upload was discarded." in words(operator.get(here))
    assert not list(site.app.extensions["switchboard"].settings.uploads_folder.iterdir())
    assert operator.post(f"{here}/check", {"do": "commit"}).status_code == 409


# What was left out.


def test_rejected_rows_are_offered_with_their_reason(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    for _ in ("checked", "added"):
        few, everything, one = (
            operator.get(f"{here}/rejected.csv{query}").get_data(as_text=True)
            for query in ("", "?all=1", "?code=repeated")
        )
        assert "Bob" in few
        assert "again" not in few
        assert "again" in everything
        assert "again" in one
        assert "Bob" not in one
        listed = words(operator.get(f"{here}/rejected"))
        assert "Bob" in listed
        assert "again" in listed
        assert "Bob" not in words(operator.get(f"{here}/rejected?code=repeated"))
        add(site, operator, here)


def test_all_rejected_rows_can_be_paged_through(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    rows = "".join(f"12,Bob {n}\n" for n in range(120))
    here = upload(operator, campaign_id, f"phone,name\n+12125550142,Ada\n{rows}").location
    for _ in ("checked", "added"):
        path, seen = f"{here}/rejected", []
        while path:
            page = operator.get(path).get_data(as_text=True)
            seen += re.findall(r"Bob (\d+)", page)
            more = re.search(r'<a href="([^"]+)">More rows', page)
            path = unescape(more[1]) if more else ""
        assert seen == [str(n) for n in range(120)]
        add(site, operator, here)
    assert operator.get(f"{here}/rejected?cursor=%00x").status_code == 422


def test_an_upload_is_undone_and_says_so(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    early = operator.post(f"{here}/undo")
    assert early.status_code == 409, "not before it was added"
    add(site, operator, here)
    assert operator.post(f"{here}/undo").status_code == 303
    assert phones(site) == []
    page = operator.get(here)
    assert "Removed the 2 contacts that hadn’t been called." in words(page)
    assert "This upload was undone" in words(page)
    assert "is-completed" not in page.get_data(as_text=True)
    assert "Undone" in words(operator.get(f"/campaigns/{campaign_id}"))


# Who sees what.


def test_viewers_see_a_check_without_numbers_and_without_buttons(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(
        operator, campaign_id, "phone,note\n+1 (212) 555-0142,call 212 555 0199\n02125550,Cy\n"
    ).location
    other = upload(operator, campaign_id, TWO).location
    viewer = site.visitor(Role.VIEWER)
    for address in (here, other):
        page = viewer.get(address).get_data(as_text=True)
        assert not re.search(r"555.?01|125550", page)
        main = page.partition("<main")[2].partition("</main>")[0]
        assert re.findall("<button[^>]*>", main) == ['<button class="btn small" type="button" data-retry>'], (
            "hidden"
        )
        for action in ("commit", "discard", "again"):
            assert viewer.post(f"{address}/check", {"do": action}).status_code == 403
        assert viewer.get(f"{address}/rejected.csv").status_code == 403
        assert viewer.get(f"{address}/rejected").status_code == 403
    add(site, operator, here)
    report = viewer.get(here)
    assert "0212" not in report.get_data(as_text=True)
    assert upload(viewer, campaign_id, GOOD).status_code == 403


def test_an_upload_that_waits_is_shown_without_its_rows_values_once_somebody_is_forgotten(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator, viewer, admin = (site.visitor(role) for role in (Role.OPERATOR, Role.VIEWER, Role.ADMIN))
    here = upload(operator, campaign_id, GOOD).location
    work(site)
    assert words(operator.get(f"{here}/_outcome")) == " ", "no column is in question"
    asked = {"phone": "+12125550143", "sure": "yes", "reason": "a letter"}
    assert admin.post("/people/forget", asked).status_code == 303

    def look(who: Visitor) -> str:
        response = who.get(here)
        assert response.status_code == 200
        page = words(response)
        assert "[forgotten]" in page
        assert "Repeated in the file" in page
        return page

    page = look(operator) + look(viewer)
    assert not re.search(r"555.?01|New York|Ada|Cy", page), "all samples go: any may be the person's"
    # As versions before wrote it.
    with site.app.app_context():
        damaged = db.session.query(Import).one()
        row = damaged.check_result["first_rows"][0]
        row |= {
            "timezone": "[forgotten]",
            "zones": ["[forgotten]"],
            "country": "[forgotten]",
            "type": "[forgotten]",
        }
        damaged.check_result = {**damaged.check_result, "first_rows": [row, {**row, "code": "[forgotten]"}]}
        db.session.commit()
    look(operator)
    look(viewer)
    add(site, operator, here)
    assert phones(site) == ["+12125550142"]


def test_a_look_at_full_numbers_is_in_the_audit_trail_once_an_hour(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    site.visitor(Role.VIEWER).get(here)
    operator.get(here)
    operator.get(here)
    assert [who for who, action in site.trail() if action == "import.reveal"] == ["user:operator@example.org"]


def test_an_import_is_found_under_its_own_campaign_only(site: Site) -> None:
    one, two = make_campaign(site, numbers=0), make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    upload(operator, one, GOOD)
    for path in ("", "/_progress", "/_checked", "/_outcome", "/rejected", "/rejected.csv"):
        assert operator.get(f"/campaigns/{two}/imports/1{path}").status_code == 404
        assert operator.get(f"/do-not-call/imports/1{path}").status_code == 404
    assert operator.post(f"/campaigns/{two}/imports/1/undo").status_code == 404
    assert operator.post(f"/campaigns/{two}/imports/1/check", {"do": "discard"}).status_code == 404


# Uploads that are refused.


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("empty.csv", b"", "The file is empty"),
        ("numbers.zip", b"PK\x03\x04" + b"\0" * 100, "This is"),
        ("people.json", b'[{"name":"Ann","phone":"+12025550101"}]', "JSON"),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_the_field(
    site: Site, name: str, content: bytes, message: str
) -> None:
    campaign_id = make_campaign(site, numbers=0)
    response = upload(site.visitor(Role.OPERATOR), campaign_id, content, filename=name)
    assert response.status_code == 422
    assert message in words(response)
    assert not list(site.app.extensions["switchboard"].settings.uploads_folder.iterdir())


def test_an_upload_without_a_file_or_numbers_is_refused(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    response = site.visitor(Role.OPERATOR).post(f"/campaigns/{campaign_id}/imports", {"pasted": " "})
    assert response.status_code == 422
    assert "Choose a file, or paste numbers" in words(response)


def test_a_country_that_is_none_is_refused_and_no_file_stays(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    response = upload(site.visitor(Role.OPERATOR), campaign_id, GOOD, region="ZZ")
    assert response.status_code == 422
    assert not list(site.app.extensions["switchboard"].settings.uploads_folder.iterdir())


@pytest.mark.parametrize("form", [{"encoding": "klingon"}, {"region": "ZZ"}, {"role-0": "captain"}])
def test_a_choice_that_is_none_is_refused_with_its_field(site: Site, form: dict[str, str]) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    response = operator.post(f"{here}/check", {**fields(operator.get(here)), "do": "again", **form})
    assert response.status_code == 422
    [name] = form
    assert f'<a href="#{name}">' in response.get_data(as_text=True)
    assert item(site).status == "checked"


def test_a_completed_campaign_takes_no_numbers(site: Site) -> None:
    campaign_id = make_campaign(site)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, GOOD).location
    act(site, campaign_id, "stop")
    response = upload(operator, campaign_id, GOOD)
    assert response.status_code == 409
    assert "clone it" in words(response)
    assert "clone it" in words(operator.get(f"/campaigns/{campaign_id}/imports/new"))
    assert "clone it" in words(operator.get(here)), "nor what waits to be added"
    assert operator.post(f"{here}/check", {**fields(operator.get(here)), "do": "commit"}).status_code == 409


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_name_and_cells_is_shown_as_text(site: Site, payload: str) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    cell = payload.replace('"', '""')
    here = upload(
        operator,
        campaign_id,
        f'phone,"{cell}"\nnope,"{cell}"\n+12125550142,"{cell}"\n',
        filename=payload[:80].replace('"', "") + ".csv",
    ).location
    for _ in ("checked", "added"):
        for address in (here, f"/campaigns/{campaign_id}", f"{here}/rejected"):
            response = operator.get(address)
            page = response.get_data(as_text=True)
            assert response.status_code == 200
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "'onmouseover" not in page
            assert "49{%" not in page
        add(site, operator, here)


def test_the_sample_file_can_be_imported(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, operator.get("/campaigns/sample.csv").data).location
    add(site, operator, here)
    assert (item(site).accepted, item(site).rejected) == (3, 0)


def test_a_do_not_call_sheet_beside_the_people_is_to_be_answered(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    campaign = make_campaign(site)
    before = phones(site)
    people = [["phone"], ["+12125550142"]]
    book = make_xlsx({"People": people, "Sperrliste": [["phone"], ["+12125550152"]]})
    here = upload(operator, campaign, book, "people.xlsx").location
    page = operator.get(here)
    assert "upload it as a do-not-call file first" in words(page)
    unanswered = operator.post(f"{here}/check", {**fields(page), "do": "commit"})
    assert "Say that you have seen this" in words(unanswered)
    work(site)
    assert phones(site) == before
    operator.post(f"{here}/check", {**fields(page), "do": "again", "notice-1": "keep"})
    add(site, operator, here)
    assert phones(site) == [*before, "+12125550142"]


def test_an_answer_about_calls_is_tried_with_every_number_of_the_person(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    content = (
        "Mobile,Business Phone,Do not allow Phone Calls\n"
        "+12125550142,,Allow\n,+12125550152,Allow\n+12125550162,,Do Not Allow\n"
    )
    here = upload(operator, make_campaign(site, numbers=0), content).location
    page = operator.get(here)
    assert "“Do not allow Phone Calls” says “Do Not Allow” in 1 of the first 3 rows" in words(page)
    assert "New 2" in words(page)
    assert "No number" not in words(page)


# Who is asleep, and whose numbers a column has.


def test_who_is_asleep_is_counted_by_the_rules_of_the_permit(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0, clock="person", purpose="informational")
    operator = site.visitor(Role.OPERATOR)
    content = (
        "phone,zip,name\n+12125550142,,Ada\n+18085550143,96813,Kai\n+61255501310,,Mia\n+12125550142,,again\n"
    )
    page = words(operator.get(upload(operator, campaign_id, content).location))
    # 15:00 UTC on a Friday: 10:00 in New York, 05:00 in Honolulu, 02:00 on Saturday in Sydney.
    assert "New, can be called at this hour 1" in page
    assert "New, not at this hour 2" in page
    assert "2 people can’t be called at this hour, such as row 3" in page
    assert (
        "row 3, +1 808-555-0143, 05:00 Friday in Honolulu. It may be called from 08:00 Friday there." in page
    )
    assert "10:00 New York, from the number" in page


def test_what_keeps_people_from_ever_being_called_is_said_at_the_check(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    rows = "phone,name\n+12125550142,Ada\n"
    page = operator.get(upload(operator, make_campaign(site, numbers=0, purpose=None), rows).location)
    assert "Nobody can be called until you say what the calls are for." in words(page)
    assert "two weeks" not in words(page)
    assert "at this hour" not in words(page)
    assert re.search(r'href="/campaigns/\d+/edit#purpose"', page.text)
    lacking = make_campaign(site, numbers=0, clock="person", purpose="marketing")
    page = operator.get(upload(operator, lacking, rows).location)
    assert "It is never called as things are: written consent is needed, and none is on record" in words(page)
    assert "until you say what the calls are for" not in words(page)


def test_the_country_of_one_columns_numbers_can_be_chosen(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    here = upload(operator, campaign_id, "phone,name\n020 7946 0123,Ada\n+12125550142,Cy\n").location
    checked = operator.get(here)
    assert selected(checked, "region-0") == ""
    form = {**fields(checked), "region-0": "GB", "do": "again"}
    assert operator.post(f"{here}/check", form).status_code == 303
    again = operator.get(here)
    assert selected(again, "region-0") == "GB"
    assert selected(again, "region") == selected(checked, "region") == "US"
    assert "2 people will be added" in words(again)
    add(site, operator, here)
    assert phones(site) == ["+442079460123", "+12125550142"]
    # And what the column's own name says can be taken back.
    here = upload(operator, campaign_id, "Phone (UK),name\n020 7946 0124,Ada\n").location
    named = operator.get(here)
    assert selected(named, "region-0") == "GB"
    operator.post(f"{here}/check", {**fields(named), "region-0": "", "do": "again"})
    assert "“020 7946 0124”" in words(operator.get(here)), "it is no number of the campaign's country"


def test_numbers_of_a_country_are_left_out_and_taken_in_again(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=0)
    operator = site.visitor(Role.OPERATOR)
    content = "phone,name\n+12125550142,Ada\n+61255501310,Mia\n+442079460123,Bo\n"
    here = upload(operator, campaign_id, content).location
    page = operator.get(here)
    assert "Australia 1 Leave them out" in words(page)
    operator.post(f"{here}/check", {**fields(page), "leave": "AU"})
    left_out = operator.get(here)
    assert "2 people will be added" in words(left_out)
    assert "Australia: left out Include them again" in words(left_out)
    assert "is in Australia, which was left out of this file" in words(left_out)
    operator.post(f"{here}/check", {**fields(left_out), "leave": "GB"})
    operator.post(f"{here}/check", {**fields(operator.get(here)), "call": "GB"})
    add(site, operator, here)
    assert phones(site) == ["+12125550142", "+442079460123"]
