"""The spreadsheet of a campaign, read as an office's program reads it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import python_calamine

from campaign_app.domain.attempt import AttemptStatus, first_token
from campaign_app.extensions import db
from campaign_app.http.current import context_of, current_settings
from campaign_app.models import Attempt, AuditEntry, Role, Trunk
from campaign_app.queries import call_files as call_queries
from campaign_app.services import call_files, contact_variables
from campaign_app.transaction import transaction
from campaign_app.web import spreadsheets
from tests.web.pages_support import NUMBERS, act, add_call, add_contacts, make_campaign
from tests.web.people_support import Site


def read_sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_campaign_is_a_file_that_an_office_can_use(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    message = {"text": "Hello {name}", "keys": [{"digit": "1", "action": "answer", "label": "comes"}]}
    campaign_id = make_campaign(site, numbers=0, name="Tea: 4 o’clock?", message=message, purpose="survey")
    add_contacts(site, campaign_id, [{"name": "Zoë", "room": "=1+1"}, {"name": "Bo"}])
    with site.app.app_context(), transaction(db.session()) as session:
        session.query(Trunk).one().name = "Rehearsal"
    ann, bo = NUMBERS[:2]
    now = site.clock.now()
    add_call(site, campaign_id, AttemptStatus.BUSY, cause="user busy")
    add_call(
        site,
        campaign_id,
        AttemptStatus.COMPLETED,
        answered_at=now - timedelta(seconds=5),
        answered_by="human",
        disposition="answered",
        key="1",
    )
    operator = site.visitor(Role.OPERATOR)
    operator.client.set_cookie("zone", "Asia/Kolkata")
    path = f"/campaigns/{campaign_id}/contacts.xlsx"
    assert f'href="{path}"' in operator.get(f"/campaigns/{campaign_id}").text
    answer = operator.get(path)
    assert answer.status_code == 200
    assert f"Tea_ 4 o%E2%80%99clock_ {now:%Y-%m}".replace(" ", "%20") in answer.headers["Content-Disposition"]
    sheets = read_sheets(answer.data)
    header, first, second = sheets["Contacts"]
    assert header == [
        *("Number", "Status", "Calls", "name", "room", "Last call (Kolkata)", "Outcome", "Answered by"),
        *("Seconds talked", "Key", "Key means", "Heard"),
    ]
    assert first[0] == ann, "with its plus, and no apostrophe"
    assert first[2:5] == [2, "Zoë", "=1+1"], "a text, not a sum"
    assert first[5] == (now - timedelta(seconds=8)).replace(microsecond=0, tzinfo=None) + timedelta(
        hours=5, minutes=30
    )
    assert first[6:] == ["Completed", "Human", 5 * 60, "1", "comes", "Answered"]
    assert second == [bo, "To be called", 0, "Bo", "", "", "", "", "", "", "", ""]
    assert [(row[1], row[3], row[9] if len(row) > 9 else "") for row in sheets["Calls"][1:]] == [
        (1, "Busy", "user busy"),
        (2, "Completed", ""),
    ]
    filtered = read_sheets(operator.get(f"{path}?q=0101").data)
    assert [row[0] for row in filtered["Contacts"][1:]] == [bo]
    with site.app.app_context():
        entries = db.session().query(AuditEntry).filter_by(action="campaign.export").all()
        assert [entry.detail["format"] for entry in entries] == ["xlsx", "xlsx"]

    monkeypatch.setattr(spreadsheets, "PAGE", 1)
    assert read_sheets(operator.get(path).data) == sheets, "page by page"

    assert site.visitor(Role.VIEWER).get(path).status_code == 403
    monkeypatch.setattr(spreadsheets, "MOST_CONTACTS", 1)
    assert "filter them, or export the campaign as CSV" in operator.get(path).text
    assert read_sheets(operator.get(f"{path}?q=0101").data) == filtered, "one of two is not too many"

    # A call of which nobody knows whether it was placed starts at its permit, in every file.
    doubtful = add_call(site, campaign_id, AttemptStatus.UNRESOLVED, contact=1)
    permitted = now.replace(microsecond=0) - timedelta(minutes=2)
    with site.app.app_context(), transaction(db.session()) as session:
        attempt = session.get_one(Attempt, doubtful)
        attempt.claimed_at, attempt.dialing_at = permitted - timedelta(seconds=40), permitted
        attempt.placed_at = None
    begun = permitted.replace(tzinfo=None) + timedelta(hours=5, minutes=30)
    assert read_sheets(operator.get(f"{path}?q=0101").data)["Contacts"][1][4] == begun
    sheet = read_sheets(operator.get(f"/campaigns/{campaign_id}/calls.xlsx?col=started_at").data)["Calls"]
    assert sheet[1] == [begun]
    assert "and more match: filter them further" in operator.get(f"{path}?q=%2B1212").text
    with site.app.app_context():
        folder = current_settings().exports_folder
    assert folder.stat().st_mode & 0o077 == 0
    assert list(folder.iterdir()) == []


def test_every_value_has_a_column_however_its_name_is_spelled(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_variables, "LOOKED_AT", 1)
    monkeypatch.setattr(contact_variables, "MOST_LISTED", 1)
    campaign_id = make_campaign(site, numbers=0)
    add_contacts(site, campaign_id, [{"First Name": "Ann"}, {"first_name": "Bo", "room": "0"}])
    operator = site.visitor(Role.OPERATOR)
    path = f"/campaigns/{campaign_id}/contacts.xlsx"
    rows = read_sheets(operator.get(path).data)["Contacts"]
    assert [row[3:5] for row in rows] == [["First Name", "room"], ["Ann", ""], ["Bo", "0"]]
    rows = read_sheets(operator.get(f"{path}?q=0101").data)["Contacts"]
    assert [row[3:5] for row in rows] == [["first_name", "room"], ["Bo", "0"]]
    monkeypatch.setattr(spreadsheets, "MOST_VARIABLES", 1)
    assert "1 variables at the most" in operator.get(path).text


def test_the_calls_of_a_filter_are_a_file(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    message = {"text": "Hello", "keys": [{"digit": "1", "action": "answer", "label": "comes"}]}
    tea = make_campaign(site, name="Tea", message=message, purpose="survey")
    cake = make_campaign(site, numbers=0, name="=Cake")
    add_contacts(site, cake, [{}, {}])
    ann = NUMBERS[0]
    add_call(site, tea, AttemptStatus.BUSY, cause="user busy")
    answered = {"answered_at": site.clock.now() - timedelta(seconds=5), "answered_by": "human"}
    add_call(site, tea, AttemptStatus.COMPLETED, key="1", **answered)
    add_call(site, cake, AttemptStatus.COMPLETED, **answered)
    act(site, tea, "start")
    monkeypatch.setattr(call_files, "PAGE", 1)
    monkeypatch.setattr(call_queries, "WINDOW", 2)
    operator = site.visitor(Role.OPERATOR)
    operator.client.set_cookie("zone", "Asia/Kolkata")

    # No download to the browser, which would hide why too many calls are refused.
    assert re.search(
        r'<a class="btn" href="/calls\.xlsx">\s*Download \(Excel\)</a>', operator.get("/calls").text
    )
    answer = operator.get("/calls.xlsx")
    assert f"Calls%20{site.clock.now():%Y-%m}".replace("%20", " ") in answer.headers["Content-Disposition"]
    header, *rows = read_sheets(answer.data)["Calls"]
    assert header == [
        *("Number", "Campaign", "Call", "Started (Kolkata)", "Outcome", "Answered by", "Seconds talked"),
        *("Key", "Key means", "Heard", "Cause"),
    ]
    assert [(row[0], row[1], row[4]) for row in rows] == [
        (ann, "=Cake", "Completed"),
        (ann, "Tea", "Completed"),
        (ann, "Tea", "Busy"),
    ], "the latest first, as on the page"
    assert rows[1][7:9] == ["1", "comes"]
    assert rows[2][10] == "user busy"

    page = operator.get(f"/campaigns/{tea}?status=completed&cursor=&top=1").text
    assert f'<a class="btn small" href="/campaigns/{tea}/calls.xlsx?status=completed">' in page
    of_filter = read_sheets(operator.get(f"/campaigns/{tea}/calls.xlsx?status=completed").data)["Calls"]
    assert of_filter == [header, rows[1]]
    assert read_sheets(operator.get("/calls.xlsx?status=busy").data)["Calls"] == [header, rows[2]]
    with site.app.app_context():
        entries = db.session().query(AuditEntry).filter(AuditEntry.action.like("%.export")).all()
        found = [(entry.action, entry.detail["calls"], entry.detail.get("status")) for entry in entries]
    assert found == [
        ("call.export", 3, None),
        ("campaign.export", 1, "completed"),
        ("call.export", 1, "busy"),
    ]
    assert "downloaded calls" in site.visitor(Role.ADMIN).get("/audit").text

    assert site.visitor(Role.VIEWER).get("/calls.xlsx").status_code == 403
    assert "calls.xlsx" not in site.visitor(Role.VIEWER).get("/calls").text
    monkeypatch.setattr(spreadsheets, "MOST_CALLS", 2)
    assert "narrow the filter, or download them as CSV" in operator.get("/calls.xlsx").text


def test_the_columns_and_the_days_of_a_file_of_calls_are_chosen(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_files, "PAGE", 1)
    monkeypatch.setattr(call_queries, "WINDOW", 2)
    tea = make_campaign(site, name="Tea", purpose="survey")
    began = site.clock.now().replace(hour=18, minute=26, second=0, microsecond=0)
    for n in range(3):
        call = add_call(site, tea, AttemptStatus.BUSY, cause="user busy")
        with site.app.app_context(), transaction(db.session()) as session:
            # 23:56, 00:01 and 00:06 in Kolkata.
            started = began + timedelta(minutes=5 * n)
            attempt = session.get_one(Attempt, call)
            attempt.claimed_at = attempt.dialing_at = attempt.placed_at = started
    operator = site.visitor(Role.OPERATOR)
    operator.client.set_cookie("zone", "Asia/Kolkata")
    next_day = f"{began + timedelta(days=1):%Y-%m-%d}"
    chosen = f"col=started_at&col=cause&since={next_day}&until={next_day}"

    rows = operator.get(f"/calls.csv?{chosen}").text.splitlines()
    assert rows == [
        "started_at,cause",
        f"{began:%Y-%m-%dT18:36:00Z},user busy",
        f"{began:%Y-%m-%dT18:31:00Z},user busy",
    ]
    lines = operator.get(f"/campaigns/{tea}/calls.ndjson?{chosen}").text.splitlines()
    assert [json.loads(line)["started_at"] for line in lines] == [row.partition(",")[0] for row in rows[1:]]
    sheet = read_sheets(operator.get(f"/calls.xlsx?{chosen}").data)["Calls"]
    assert sheet[0] == ["Started (Kolkata)", "Cause"]
    assert [row[0].minute for row in sheet[1:]] == [6, 1]
    whole = operator.get("/calls.csv").text.splitlines()
    assert whole[0] == ",".join(call_files.COLUMNS)
    assert len(whole) == 4

    # What counts is how long the file is, not the campaign.
    context = context_of(site.app)
    context.settings = replace(context.settings, export_stream_rows=2)
    assert operator.get(f"/calls.csv?{chosen}").status_code == 200
    long = operator.get("/calls.csv?status=busy").location
    assert long.startswith("/calls/exports?status=busy")
    assert "too many calls to send at once" in operator.get(long).text
    assert "Download it now" in operator.get(f"/calls/exports?{chosen}").text
    # Nor does anybody wait until a long table was looked through for few calls.
    with monkeypatch.context() as patch:
        patch.setattr(call_queries, "MOST_WINDOWS", 1)
        patch.setattr(spreadsheets, "MOST_CALLS", 2)
        far = operator.get("/calls.csv?status=completed").location
        assert far.startswith("/calls/exports?status=completed")
        words = "too long to look through all calls for a download: choose fewer days"
        assert words in operator.get(far).text
        assert words in operator.get("/calls.xlsx?status=completed").text
        # Days say where to look: not through the calls of later ones.
        with site.app.app_context(), transaction(db.session()) as session:
            [_, *others] = session.query(Attempt).order_by(Attempt.id)
            for later, attempt in enumerate(others, 10):
                attempt.token = first_token(began + timedelta(days=later)) + attempt.token[12:]
        day = f"{began:%Y-%m-%d}"
        assert operator.get(f"/calls.csv?until={day}").text.count("user busy") == 1
    assert operator.get("/calls.csv?status=completed").status_code == 200
    # The page leads there, at once or by way of a file in the background, and keeps the filter.
    assert f'href="/calls/exports?campaign={tea}"' in operator.get(f"/campaigns/{tea}").text
    assert 'href="/calls/exports?status=busy"' in operator.get("/calls?status=busy").text
    asked = {"campaign": tea, "status": "busy", "since": next_day, "col": ["to", "status"]}
    answer = operator.post("/calls/exports", {**asked, "format": "csv", "do": "now"})
    assert answer.headers["Location"] == (
        f"/campaigns/{tea}/calls.csv?status=busy&since={next_day}&col=to&col=status"
    )
    assert operator.post("/calls/exports", {**asked, "format": "csv", "do": "file"}).status_code == 303
    assert "status “busy”, from “" in operator.get("/calls/exports").text
    for wrong, field in (
        ("col=x", "Columns"),
        ("since=x", "Since"),
        (f"since={next_day}&until=2020-01-01", "Until"),
    ):
        for path in ("/calls.csv", "/calls.xlsx", f"/campaigns/{tea}/calls.ndjson", "/calls/exports"):
            answer = operator.get(f"{path}?{wrong}")
            assert (answer.status_code, f"{field}: " in answer.text) == (422, True), (path, wrong)
    assert site.visitor(Role.VIEWER).get("/calls/exports").status_code == 403
