"""The way of a file by REST: understood, asked about, checked, committed, discarded, undone."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.api.asking import LONDON, Api, fields_of
from tests.api.uploading import stored, upload, work_off
from tests.uploads.workbooks import make_xlsx

OTHER = "+442079460124"
CERTAIN = f"phone,First Name,city\n{LONDON},Ann,Rome\n{OTHER},Bob,Oslo\n{LONDON},Ann,Rome\n12,Cy,Nice\n"
UNSURE = f"target,doctor,name\n{LONDON},{OTHER},Ann\n+442079460125,+442079460126,Bob\n"
BOM = "\ufeff"


def campaign_of(api: Api, **fields: Any) -> str:
    return f"/campaigns/{api.campaign(**fields)['id']}"


def queued(api: Api, campaign: str) -> list[str]:
    return [item["phone"] for item in api.get(f"{campaign}/contacts")["items"]]


def send(api: Api, campaign: str, content: str, **fields: Any) -> str:
    """Upload and let the worker look at it; the import's path."""
    item = upload(api, f"{campaign}/imports", content, 202, **fields).get_json()
    work_off(api)
    return f"/imports/{item['id']}"


def test_a_certain_file_is_added_and_says_how_it_was_read(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    item = each_api.get(send(each_api, campaign, CERTAIN))
    assert (item["status"], item["mode"], item["questions"]) == ("completed", "contacts", [])
    assert (item["encoding"], item["delimiter"], item["header"], item["region"]) == (
        "utf-8",
        ",",
        True,
        None,
    )
    assert [(column["index"], column["name"], column["role"]) for column in item["columns"]] == [
        (0, "phone", "number"),
        (1, "First Name", "variable"),
        (2, "city", "variable"),
    ]
    assert item["columns"][1]["samples"][:2] == ["Ann", "Bob"]
    assert {code: reason["count"] for code, reason in item["reasons"].items()} == {
        "repeated": 1,
        "no-region": 1,
    }
    assert item["reasons"]["repeated"]["example"]["line"] == 4
    assert queued(each_api, campaign) == [LONDON, OTHER]


def test_an_unsure_file_adds_nothing_until_its_columns_are_chosen(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    path = send(each_api, campaign, UNSURE)
    item = each_api.get(path)
    assert (item["status"], item["total"], item["accepted"]) == ("needs_mapping", 0, 0)
    assert item["questions"][0]["sentence"]
    assert queued(each_api, campaign) == []
    assert {column["index"] for column in item["columns"] if "number" in column["candidates"]} >= {0}
    wakes = len(each_api.wakes)
    chosen = {"columns": [{"index": 0, "role": "number"}, {"index": 1, "role": "left_out"}]}
    item = each_api.ask("PUT", f"{path}/mapping", status=200, json=chosen).get_json()
    assert (item["status"], item["phase"]) == ("queued", "add")
    assert len(each_api.wakes) == wakes + 1
    work_off(each_api)
    assert each_api.get(path)["accepted"] == 2
    assert queued(each_api, campaign) == [LONDON, "+442079460125"]
    contact = each_api.get(f"{campaign}/contacts")["items"][0]
    assert contact["variables"] == {"name": "Ann"}
    each_api.ask("PUT", f"{path}/mapping", status=409, json=chosen)


def test_a_mapping_may_come_with_the_file(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    mapping = json.dumps({"columns": [{"index": 1, "role": "number"}, {"index": 0, "role": "left_out"}]})
    item = each_api.get(send(each_api, campaign, UNSURE, mapping=mapping))
    assert (item["status"], item["accepted"]) == ("completed", 2)
    assert queued(each_api, campaign) == [OTHER, "+442079460126"]


def test_a_mapping_says_how_the_file_is_read(api: Api) -> None:
    campaign = campaign_of(api)
    text = "+442079460123;Иван\n020 7946 0124;Анна\n"
    mapping = {
        "columns": [{"index": 0, "role": "number"}, {"index": 1, "role": "variable", "name": "name"}],
        "header": False,
        "encoding": "cp1251",
        "delimiter": ";",
        "region": "GB",
    }
    item = upload(
        api, f"{campaign}/imports", text.encode("cp1251"), 202, mapping=json.dumps(mapping)
    ).get_json()
    work_off(api)
    item = api.get(f"/imports/{item['id']}")
    assert (item["encoding"], item["delimiter"], item["header"], item["region"]) == (
        "cp1251",
        ";",
        False,
        "GB",
    )
    contacts = api.get(f"{campaign}/contacts")["items"]
    assert [(item["phone"], item["variables"]) for item in contacts] == [
        (LONDON, {"name": "Иван"}),
        (OTHER, {"name": "Анна"}),
    ]


WRONG = [
    ("[", {"mapping"}),
    ("[]", {"mapping"}),
    ({"columns": [{"index": 0, "role": "phone"}]}, {"mapping.columns[0].role"}),
    ({"columns": [{"index": 9, "role": "number"}]}, {"mapping.columns[0].index"}),
    ({"columns": [{"index": 0}]}, {"mapping.columns[0].role"}),
    ({"columns": [{"index": 0, "role": "number"}], "encoding": "klingon"}, {"mapping.encoding"}),
    ({"columns": [{"index": 0, "role": "number"}], "region": "Narnia"}, {"mapping.region"}),
    ({"colums": []}, {"mapping.colums"}),
    ({"columns": [{"index": 0, "role": "consent_at", "format": "DMY"}]}, {"mapping.columns[0].format"}),
    ({"columns": [{"index": 0, "role": "number"}], "format": "xlsx"}, {"mapping.format"}),
]


@pytest.mark.parametrize("mapping, fields", WRONG, ids=lambda value: str(value)[:60])
def test_a_wrong_mapping_names_its_field_and_leaves_no_file(api: Api, mapping: Any, fields: set[str]) -> None:
    campaign = campaign_of(api)
    text = mapping if isinstance(mapping, str) else json.dumps(mapping)
    answer = upload(api, f"{campaign}/imports", UNSURE, 422, mapping=text).get_json()
    assert fields_of(answer) == fields
    assert stored(api) == []


def test_a_wrong_mapping_of_a_waiting_file_changes_nothing(api: Api) -> None:
    campaign = campaign_of(api)
    path = send(api, campaign, UNSURE)
    wrong = {"columns": [{"index": 7, "role": "number"}]}
    answer = api.ask("PUT", f"{path}/mapping", status=422, json=wrong).get_json()
    assert fields_of(answer) == {"columns[0].index"}
    answer = api.ask("PUT", f"{path}/mapping", status=422, json={"columns": []}).get_json()
    assert fields_of(answer) == {"columns"}
    assert api.get(path)["status"] == "needs_mapping"
    api.ask("PUT", "/imports/4711/mapping", status=404, json=wrong)


def test_a_dry_run_counts_and_adds_nothing_before_it_is_committed(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    each_api.post("/do-not-call", {"phone": OTHER}, status=201)
    each_api.post(f"{campaign}/contacts", ["+442079460127"])
    content = CERTAIN + "+442079460127,Di,Bonn\n+442079460128,Ed,Lima\n"
    path = send(each_api, campaign, content, dry_run="true")
    item = each_api.get(path)
    assert (item["status"], item["phase"], item["dry_run"]) == ("checked", "check", True)
    counts = ("total", "accepted", "rejected", "repeated_in_file", "already_in_campaign", "do_not_call")
    assert [item[name] for name in counts] == [6, 2, 1, 1, 1, 1]
    assert set(item["reasons"]) == {"no-region", "repeated", "already", "do-not-call"}
    check = item["check"]
    assert check["complete"] is True
    assert check["countries"]["GB"]["count"] == 5
    assert check["first_rows"][0]["phone"] == LONDON
    assert check["first_rows"][3]["code"] == "no-region"
    assert queued(each_api, campaign) == ["+442079460127"]
    text = each_api.ask("GET", f"{path}/rejected.csv?include=all", status=200).text
    assert text.startswith(BOM)
    assert [row["line"] for row in csv.DictReader(io.StringIO(text.removeprefix(BOM)))] == [
        "3",
        "4",
        "5",
        "6",
    ]
    each_api.ask("POST", f"{path}/commit", status=202)
    each_api.ask("POST", f"{path}/commit", status=409)
    work_off(each_api)
    item = each_api.get(path)
    assert [item[name] for name in counts] == [6, 2, 1, 1, 1, 1]
    assert item["status"] == "completed"
    assert item["confirmed_at"]
    assert queued(each_api, campaign) == ["+442079460127", LONDON, "+442079460128"]
    assert stored(each_api) == []


def test_a_checked_file_can_be_mapped_otherwise(api: Api) -> None:
    campaign = campaign_of(api)
    path = send(api, campaign, UNSURE)
    first = {"columns": [{"index": 0, "role": "number"}], "dry_run": True}
    api.ask("PUT", f"{path}/mapping", status=200, json=first)
    work_off(api)
    assert api.get(path)["status"] == "checked"
    second = {"columns": [{"index": 1, "role": "number"}], "dry_run": True}
    api.ask("PUT", f"{path}/mapping", status=200, json=second)
    work_off(api)
    assert api.get(path)["check"]["first_rows"][0]["phone"] == OTHER
    api.ask("POST", f"{path}/commit", status=202)
    work_off(api)
    assert queued(api, campaign) == [OTHER, "+442079460126"]


def test_a_file_can_be_discarded_before_it_is_added(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    path = send(each_api, campaign, UNSURE)
    assert stored(each_api) != []
    each_api.ask("DELETE", path, status=204)
    assert each_api.get(path)["status"] == "discarded"
    assert stored(each_api) == []
    each_api.ask("DELETE", path, status=409)
    each_api.ask("PUT", f"{path}/mapping", status=409, json={"columns": [{"index": 0, "role": "number"}]})
    each_api.ask("POST", f"{path}/commit", status=409)
    each_api.ask("DELETE", "/imports/4711", status=404)
    waiting = upload(each_api, f"{campaign}/imports", CERTAIN, 202).get_json()
    each_api.ask("DELETE", f"/imports/{waiting['id']}", status=204)
    assert stored(each_api) == []
    assert queued(each_api, campaign) == []
    done = send(each_api, campaign, CERTAIN)
    each_api.ask("DELETE", done, status=409)


def test_an_import_is_undone_once(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    path = send(each_api, campaign, CERTAIN)
    assert each_api.post(f"{path}/undo") == {"removed": 2}
    item = each_api.get(path)
    assert (item["status"], item["removed"], item["accepted"]) == ("undone", 2, 2)
    assert item["undone_at"]
    assert queued(each_api, campaign) == []
    each_api.post(f"{path}/undo", status=409)


def test_a_file_that_comes_again_updates_by_number_and_by_external_id(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    send(
        each_api,
        campaign,
        f"phone,name,city,customer id\n{LONDON},Ann,Rome,C-1\n{OTHER},Bob,Oslo,C-2\n",
        mapping=mapping_with_id(),
    )
    again = (
        "phone,name,city,customer id\n"
        f"{LONDON},Anna,Rome,C-1\n+442079460125,Bobby,Oslo,C-2\n+442079460126,Cy,Nice,C-3\n"
    )
    skipped = each_api.get(
        send(each_api, campaign, again.splitlines()[0] + f"\n{LONDON},X,Y,Z\n", mapping=mapping_with_id())
    )
    assert (skipped["on_known"], skipped["already_in_campaign"], skipped["updated"]) == ("skip", 1, 0)
    item = each_api.get(send(each_api, campaign, again, on_known="update", mapping=mapping_with_id()))
    assert (item["accepted"], item["already_in_campaign"], item["updated"]) == (1, 2, 2)
    contacts = {c["phone"]: c for c in each_api.get(f"{campaign}/contacts")["items"]}
    assert {phone: contact["variables"]["name"] for phone, contact in contacts.items()} == {
        LONDON: "Anna",
        OTHER: "Bobby",
        "+442079460126": "Cy",
    }
    assert contacts[LONDON]["variables"]["city"] == "Rome"
    assert contacts[OTHER]["external_id"] == "C-2"
    assert fields_of(upload(each_api, f"{campaign}/imports", again, 422, on_known="replace").get_json()) == {
        "on_known"
    }


def mapping_with_id() -> str:
    return json.dumps({"columns": [{"index": 0, "role": "number"}, {"index": 3, "role": "external_id"}]})


def test_rejected_rows_can_be_corrected_and_uploaded_again(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    path = send(each_api, campaign, f"phone,name,note\n{LONDON},Zoë,x\n12,Łukasz,=1+1\n")
    text = each_api.ask("GET", f"{path}/rejected.csv", status=200).text
    assert text.startswith(BOM)
    item = each_api.get(send(each_api, campaign, text.replace("12,", f"{OTHER},")))
    assert (item["status"], item["accepted"]) == ("completed", 1)
    [contact] = [c for c in each_api.get(f"{campaign}/contacts")["items"] if c["phone"] == OTHER]
    assert contact["variables"] == {"name": "Łukasz", "note": "=1+1"}


def test_in_a_running_campaign_nothing_is_queued_from_an_unsure_file(api: Api) -> None:
    campaign = campaign_of(api)
    api.post(f"{campaign}/contacts", ["+442079460129"])
    api.post(f"{campaign}/start")
    send(api, campaign, UNSURE)
    assert queued(api, campaign) == ["+442079460129"]


# Numbers that are not to be called.


def test_a_file_of_numbers_goes_onto_the_do_not_call_list(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    each_api.post(f"{campaign}/contacts", [LONDON, "+442079460129"])
    each_api.post("/do-not-call", {"phone": OTHER}, status=201)
    content = f"phone,name\n{LONDON},Ann\n{OTHER},Bob\n{LONDON},Ann\n12,Cy\n+449098790123,premium\n"
    answer = upload(
        each_api,
        "/do-not-call/imports",
        content,
        202,
        source="State registry",
        reason="asked",
        date="2026-11-02",
    )
    work_off(each_api)
    item = each_api.get(answer.headers["Location"])
    assert (item["status"], item["mode"], item["campaign_id"]) == ("completed", "do_not_call", None)
    assert [item[name] for name in ("total", "accepted", "rejected")] == [5, 2, 1]
    assert [item[name] for name in ("repeated_in_file", "already_in_campaign", "do_not_call")] == [1, 1, 0]
    assert item["listing"] == {"source": "State registry", "reason": "asked", "date": "2026-11-02"}
    entry = next(e for e in each_api.get("/do-not-call")["items"] if e["phone"] == LONDON)
    assert (entry["source"], entry["reason"], entry["date"]) == ("State registry", "asked", "2026-11-02")
    assert each_api.get("/do-not-call")["total"] == 3
    statuses = {c["phone"]: c["status"] for c in each_api.get(f"{campaign}/contacts")["items"]}
    assert statuses == {LONDON: "suppressed", "+442079460129": "pending"}
    assert each_api.get(f"{campaign}/stats")["contacts"]["suppressed"] == 1
    assert each_api.post(f"/imports/{item['id']}/undo") == {"removed": 2}
    assert each_api.get("/do-not-call")["total"] == 1
    assert len(each_api.get("/do-not-call/removals")["items"]) == 2


def test_an_unsure_file_of_numbers_is_asked_about_too(each_api: Api) -> None:
    campaign = each_api.campaign()["id"]
    answer = upload(each_api, "/do-not-call/imports", UNSURE, 202, campaign_id=str(campaign))
    path = answer.headers["Location"]
    work_off(each_api)
    assert each_api.get(path)["status"] == "needs_mapping"
    chosen = {"columns": [{"index": 0, "role": "number"}], "dry_run": True}
    each_api.ask("PUT", f"{path}/mapping", status=200, json=chosen)
    work_off(each_api)
    item = each_api.get(path)
    assert (item["status"], item["accepted"]) == ("checked", 2)
    assert each_api.get("/do-not-call")["total"] == 0
    each_api.ask("POST", f"{path}/commit", status=202)
    work_off(each_api)
    assert {e["campaign_id"] for e in each_api.get("/do-not-call")["items"]} == {campaign}


def test_what_is_wrong_with_a_do_not_call_file_is_named(api: Api) -> None:
    path = "/do-not-call/imports"
    for fields, wrong in (
        ({"date": "yesterday"}, {"date"}),
        ({"date": "2999-01-01"}, {"date"}),
        ({"source": "x" * 101}, {"source"}),
        ({"reason": "x" * 501}, {"reason"}),
        ({"on_known": "skip"}, {"on_known"}),
        ({"campaign_id": "x"}, {"campaign_id"}),
    ):
        assert fields_of(upload(api, path, CERTAIN, 422, **fields).get_json()) == wrong
    upload(api, path, CERTAIN, 404, campaign_id="4711")
    assert stored(api) == []
    upload(api.as_("viewer"), path, CERTAIN, 403)


def test_a_flag_in_a_do_not_call_file_says_who_is_to_be_listed(each_api: Api) -> None:
    content = f"name,phone,do not call\nAnn,{LONDON},no\nBob,{OTHER},yes\nCy,+442079460129,\n"
    answer = upload(
        each_api, "/do-not-call/imports", content, 202, source="Export", reason="asked", date="2026-11-02"
    )
    work_off(each_api)
    item = each_api.get(answer.headers["Location"])
    assert (item["status"], item["accepted"], item["rejected"]) == ("completed", 1, 2)
    assert set(item["reasons"]) == {"not-flagged"}
    assert [entry["phone"] for entry in each_api.get("/do-not-call")["items"]] == [OTHER]


def test_an_encoding_that_the_file_does_not_have_is_named(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    for encoding in ("utf-16", "utf-32"):
        answer = upload(
            each_api,
            f"{campaign}/imports",
            f"name,phone\nAnn,{LONDON}\n",
            422,
            mapping=json.dumps({"encoding": encoding}),
        )
        assert "mapping.encoding" in answer.text


def test_words_beside_a_pasted_number_may_say_that_it_is_nobodys_to_call(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    lines = [
        "Ann Lee +442079460123",
        "Fax: +442079460124",
        "+442079460125 (mother)",
        "Bob +442079460126 DNC",
        "Cy +442079460127 STOP",
        "+442079460128 (deceased)",
        "Please call the office at +442079460129 if there are problems",
    ]
    answer = upload(each_api, f"{campaign}/imports", "\n".join(lines), 202)
    work_off(each_api)
    item = each_api.get(answer.headers["Location"])
    if item["status"] == "needs_mapping":
        each_api.put(f"/imports/{item['id']}/mapping", {"columns": [{"index": 0, "role": "number"}]})
        work_off(each_api)
    contacts = each_api.get(f"{campaign}/contacts")["items"]
    assert [contact["phone"] for contact in contacts] == ["+442079460123"]


def test_what_a_workbook_hides_is_asked_before_anybody_is_called(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    people = [["phone", "name"], [LONDON, "Ann"]]
    sheets = {"People": people, "Do not call": [["phone"], [OTHER]]}
    answer = upload(each_api, f"{campaign}/imports", make_xlsx(sheets), 202, name="people.xlsx")
    work_off(each_api)
    path = answer.headers["Location"]
    item = each_api.get(path)
    assert item["status"] == "needs_mapping"
    assert [question["code"] for question in item["questions"]] == ["do-not-call-sheet"]
    assert [notice["code"] for notice in item["notices"]] == ["do-not-call-sheet"]
    assert queued(each_api, campaign) == []
    chosen = {"columns": [{"index": 0, "role": "number"}], "sheet": "People"}
    each_api.ask("PUT", f"{path}/mapping", status=200, json=chosen)
    work_off(each_api)
    assert each_api.get(path)["notices"]
    assert queued(each_api, campaign) == [LONDON]


def test_a_number_columns_country_can_be_said(each_api: Api) -> None:
    campaign = campaign_of(each_api)
    mapping = json.dumps({"columns": [{"index": 0, "role": "number", "region": "GB"}]})
    upload(each_api, f"{campaign}/imports", "Phone IN\n020 7946 0123\n", 202, mapping=mapping)
    work_off(each_api)
    assert queued(each_api, campaign) == [LONDON]


def test_a_mapping_says_whether_a_text_is_a_table_or_a_list(each_api: Api) -> None:
    text = f"{LONDON},{OTHER}\n"
    for name, accepted in (("list", 2), ("delimited", 1)):
        campaign = campaign_of(each_api)
        mapping = {"columns": [{"index": 0, "role": "number"}], "header": False, "format": name}
        item = each_api.get(send(each_api, campaign, text, mapping=json.dumps(mapping)))
        assert (item["format"], item["accepted"]) == (name, accepted)
    workbook = make_xlsx({"People": [["phone"], [LONDON]]})
    answer = upload(
        each_api,
        f"{campaign}/imports",
        workbook,
        422,
        "list.xlsx",
        mapping=json.dumps({"columns": [{"index": 0, "role": "number"}], "format": "list"}),
    )
    assert fields_of(answer.get_json()) == {"mapping.format"}


GOOGLE = "Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"


@pytest.mark.parametrize(
    "label", ["Work Fax", "Pager", "Assistant", "Sekretariat", "Telex", "* Home Fax", "Emergency"]
)
def test_numbers_that_are_labeled_as_somebody_elses_are_not_dialed(api: Api, label: str) -> None:
    campaign = campaign_of(api)
    item = api.get(
        send(api, campaign, f"{GOOGLE}Ann,{label},{LONDON},Mobile,{OTHER}\nBob,{label},{LONDON},,\n")
    )
    assert (item["status"], item["accepted"]) == ("completed", 1)
    assert queued(api, campaign) == [OTHER]


@pytest.mark.parametrize("label", ["Xyz", "Qwert 2", "Work Xyz"])
def test_a_label_that_nobody_knows_is_asked_about_and_its_number_not_dialed(
    each_api: Api, label: str
) -> None:
    campaign = campaign_of(each_api)
    third = "+442079460125"
    content = f"{GOOGLE}Ann,{label},{LONDON},Mobile,{OTHER}\nBob,{label},{third},,\n"
    path = send(each_api, campaign, content)
    item = each_api.get(path)
    assert item["status"] == "needs_mapping"
    assert [question["code"] for question in item["questions"]] == ["labels"]
    assert label in item["questions"][0]["sentence"]
    assert queued(each_api, campaign) == []
    numbers = [{"index": 2, "role": "number"}, {"index": 4, "role": "number"}]
    each_api.ask("PUT", f"{path}/mapping", status=200, json={"columns": numbers})
    work_off(each_api)
    assert queued(each_api, campaign) == [OTHER]
    reason = each_api.get(path)["reasons"]["label"]
    assert (reason["count"], reason["example"]["line"]) == (1, 3)
    assert "which does not say whose it is" in reason["example"]["reason"]
    # Who says that the labels do not count, is believed.
    campaign = campaign_of(each_api)
    mapping = {"columns": [*numbers, {"index": 1, "role": "left_out"}, {"index": 3, "role": "left_out"}]}
    send(each_api, campaign, content, mapping=json.dumps(mapping))
    assert queued(each_api, campaign) == [OTHER, third]


def test_a_label_that_comes_late_is_refused_by_its_row(api: Api) -> None:
    campaign = campaign_of(api)
    people = "".join(f"Ann,Mobile,+44207946{number:04d},,\n" for number in range(100, 310))
    item = api.get(send(api, campaign, f"{GOOGLE}{people}Bob,Xyz,{LONDON[:-4]}0999,,\n"))
    assert (item["status"], item["accepted"], item["reasons"]["label"]["example"]["line"]) == (
        "completed",
        210,
        212,
    )
