"""Wrong values of a campaign: 422, each wrong field named as the API writes it, and nothing is changed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from campaign_app.api.operations import OPERATIONS, ApiOperation
from campaign_app.api.reading import JSON_LIMIT
from tests.api.asking import LONDON, Api, campaign_fields, fields_of

MON = ["mon"]


def window(**fields: Any) -> dict[str, Any]:
    return {"calling_windows": [{"days": MON, "start": "09:00", "end": "17:00", **fields}]}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "   "}, "name"),
    ({"name": None}, "name"),
    ({"name": 5}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "a\0b"}, "name"),
    ({"name": "\ud800"}, "name"),
    ({"message": None}, "message"),
    ({"message": "text"}, "message"),
    ({"message": {}}, "message.text"),
    ({"message": {"text": "x" * 4001}}, "message.text"),
    ({"timezone": "Mars/Olympus"}, "timezone"),
    ({"timezone": "../../etc/passwd"}, "timezone"),
    ({"timezone": 7}, "timezone"),
    ({"calling_windows": []}, "calling_windows"),
    ({"calling_windows": "always"}, "calling_windows"),
    ({"calling_windows": [5]}, "calling_windows[0]"),
    (window(days=[]), "calling_windows[0].days"),
    (window(start="25:00"), "calling_windows[0].start"),
    (window(end="9 o'clock"), "calling_windows[0].end"),
    (window(end=None), "calling_windows[0].end"),
    ({"max_concurrent_calls": 0}, "max_concurrent_calls"),
    ({"max_concurrent_calls": -5}, "max_concurrent_calls"),
    ({"max_concurrent_calls": 1.5}, "max_concurrent_calls"),
    ({"max_concurrent_calls": 10**30}, "max_concurrent_calls"),
    ({"max_concurrent_calls": True}, "max_concurrent_calls"),
    ({"max_concurrent_calls": None}, "max_concurrent_calls"),
    ({"calls_per_second": -1}, "calls_per_second"),
    ({"calls_per_second": "fast"}, "calls_per_second"),
    ({"retry": []}, "retry"),
    ({"retry": {"max_retries": -1}}, "retry.max_retries"),
    ({"retry": {"max_retries": 1, "delays_minutes": [-5]}}, "retry.delays_minutes[0]"),
    (
        {"retry": {"max_retries": 1, "delays_minutes": [5], "by_outcome": {"mood": [1]}}},
        "retry.by_outcome.mood",
    ),
    ({"caller_id": "me"}, "caller_id"),
    ({"caller_id": 442079460123}, "caller_id"),
    ({"provider": "carrier-pigeon"}, "provider"),
    ({"provider": 7}, "provider"),
    ({"starts_at": "tomorrow"}, "starts_at"),
    ({"starts_at": "2026-12-04T18:00:00"}, "starts_at"),
    ({"ends_at": 5}, "ends_at"),
    ({"starts_at": "2026-12-04T18:00:00Z", "ends_at": "2026-12-04T18:00:00Z"}, "ends_at"),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
    ({"default_region": "Narnia"}, "default_region"),
    ({"priority": 0}, "priority"),
    ({"priority": 11}, "priority"),
    ({"priorty": 5}, "priorty"),
    ({"status": "running"}, "status"),
    ({"id": 1}, "id"),
]


@pytest.mark.parametrize(
    "wrong, field", WRONG, ids=[f"{field}-{number}" for number, (_, field) in enumerate(WRONG)]
)
def test_a_wrong_field_is_named_when_it_is_made_and_when_it_is_changed(
    api: Api, wrong: dict[str, Any], field: str
) -> None:
    assert field in fields_of(api.post("/campaigns", campaign_fields(**wrong), status=422))
    assert api.get("/campaigns")["items"] == []
    made = api.campaign()
    problem = api.ask("PATCH", f"/campaigns/{made['id']}", status=422, json=wrong).get_json()
    assert field in fields_of(problem)
    assert api.get(f"/campaigns/{made['id']}") == made


def test_every_wrong_field_is_named_in_one_answer(api: Api) -> None:
    wrong = campaign_fields(name="", timezone="Mars", priority=99)
    assert fields_of(api.post("/campaigns", wrong, status=422)) == {"name", "timezone", "priority"}


@pytest.mark.parametrize("depth", [21, 500, 900])
def test_a_deeply_nested_body_is_422(api: Api, depth: int) -> None:
    body = '{"message": ' + "[" * depth + "]" * depth + "}"
    answer = api.ask("POST", "/campaigns", status=422, data=body, content_type="application/json")
    assert fields_of(answer.get_json()) == {"message"}


TEXTS = [
    "<script>alert(1)</script>",
    "=1+1",
    "Robert'); DROP TABLE campaigns;--",
    "\u202eabc",
    "😀" * 100,
    "\\",
    "%_",
    "{{7*7}}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_odd_text_is_kept_as_it_is(each_api: Api, text: str) -> None:
    made = each_api.campaign(name=text)
    assert each_api.get(f"/campaigns/{made['id']}")["name"] == text
    assert [item["id"] for item in each_api.get("/campaigns", query_string={"search": text})["items"]] == [
        made["id"]
    ]


PHONES: list[Any] = [
    "",
    " ",
    "\t",
    "+",
    "00",
    "12",
    "+44",
    "٠٢٠٧٩٤٦٠١٢٣",
    "+44 20 7946 0123 ext 5",
    "x" * 10_000,
    "a\tb",
    "+1\n2",
]


def test_unusable_numbers_are_reported_row_by_row(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    answer = each_api.post(f"{one}/contacts", [*PHONES, LONDON])
    assert answer["accepted"] == 1
    assert [row["index"] for row in answer["rejected"]] == list(range(len(PHONES)))
    assert each_api.post(f"{one}/contacts", [LONDON] * 500)["already_in_campaign"] <= 1


def test_what_no_database_keeps_is_422_wherever_it_is(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    for row in (
        {"phone": LONDON, "variables": {"a": "x\0y"}},
        {"phone": LONDON, "variables": {"a\ud800": "x"}},
    ):
        each_api.post(f"{one}/contacts", [row], status=422)
    each_api.post("/do-not-call", {"phone": LONDON, "reason": "a\0b"}, status=422)
    each_api.get("/campaigns?search=%00", status=422)
    assert each_api.get(f"{one}/contacts")["items"] == []


def list_operations(api: Api) -> list[tuple[str, str, ApiOperation]]:
    """(method, path, operation) of all, with 1 for every id."""
    by_endpoint = {f"api.{each.id}": each for each in OPERATIONS}
    return [
        (method, re.sub(r"<[^>]+>", "1", rule.rule), by_endpoint[rule.endpoint])
        for rule in api.app.url_map.iter_rules()
        if rule.endpoint in by_endpoint
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_a_query_parameter_that_an_operation_does_not_have_is_named(api: Api) -> None:
    operations = list_operations(api)
    assert len(operations) > 40
    answers = {
        (method, path): api.as_("admin").ask(method, f"{path}?foo=1")
        for method, path, operation in operations
        if operation.query is None
    }
    wrong = {where: answer.status_code for where, answer in answers.items() if answer.status_code != 422}
    assert wrong == {}
    assert {tuple(fields_of(answer.get_json())) for answer in answers.values()} == {("foo",)}


def test_a_field_in_the_body_of_an_operation_that_has_none_is_named(api: Api) -> None:
    bare = [
        (method, path)
        for method, path, operation in list_operations(api)
        if method != "GET" and operation.body is None and operation.form is None
    ]
    assert ("POST", "/api/v1/campaigns/1/resume") in bare
    for method, path in bare:
        answer = api.as_("admin").ask(method, path, json={"soft_start": 3}, status=422)
        assert fields_of(answer.get_json()) == {"soft_start"}, path
        for body in ([1], "text", None):
            answer = api.as_("admin").ask(method, path, json=body, status=422)
            assert fields_of(answer.get_json()) == {"body"}, (path, body)
    far_too_long = api.as_("admin").ask(*bare[0], data=b" " * (JSON_LIMIT + 1), status=422)
    assert fields_of(far_too_long.get_json()) == {"body"}


def test_an_empty_body_is_no_field(api: Api) -> None:
    path = f"/campaigns/{api.campaign(purpose='survey')['id']}"
    api.post(f"{path}/contacts", [LONDON])
    api.post(f"{path}/start")
    api.post(f"{path}/pause")
    assert api.post(f"{path}/resume", {})["status"] == "running"
