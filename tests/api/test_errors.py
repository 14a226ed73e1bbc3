"""Every error under /api/ is a whole problem document, and only those who may get further."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.services import stats
from tests.api.asking import LONDON, PREFIX, Api, campaign_fields, check_problem, fields_of

QUERIES = {
    "/api/v1/why": "?phone=%2B442079460123",
    "/api/v1/lists/numbers": "?phone=%2B442079460123",
}
"""What an address cannot be asked without."""
NOT_FOR_VIEWERS = ("/rejected.csv", "/do-not-call/export.csv", "/outside-check", "/retention")
"""Numbers in full, and what is an administrator's."""


def views(api: Api) -> list[tuple[str, str]]:
    """(method, path) of every operation, with ids that do not exist."""
    rules = [rule for rule in api.app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    found = []
    for rule in rules:
        path = str(rule)
        for argument in rule.arguments:
            path = path.replace(f"<id:{argument}>", "4711")
        path += QUERIES.get(path, "")
        found += [(method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def test_without_a_valid_token_everything_but_the_description_is_401(api: Api) -> None:
    # Whoever was handed a receipt may verify it: its key is public, too.
    public = {("GET", f"{PREFIX}/openapi.json"), ("GET", f"{PREFIX}/receipts/key")}
    asked = [view for view in views(api) if view not in public]
    assert len(asked) > 25
    for authorization in (
        None,
        "Bearer wrong",
        "Bearer sb_wrong",
        "Bearer",
        "Basic dTpw",
        "sb_x",
        "Bearer \u00e9",
    ):
        for method, path in asked:
            api.ask(method, path, status=401, headers={"Authorization": authorization})
    api.ask("GET", "/openapi.json", status=200, headers={"Authorization": None})


def test_a_cookie_is_no_token(api: Api) -> None:
    client = api.app.test_client()
    with client.session_transaction() as session:
        session["key"] = "anything"
    assert client.get(f"{PREFIX}/campaigns").status_code == 401


def test_a_viewer_reads_everything_and_changes_nothing(api: Api) -> None:
    viewer = api.as_("viewer")
    for method, path in views(api):
        status = viewer.ask(method, path).status_code
        if method == "GET":
            closed = path.endswith(NOT_FOR_VIEWERS) or "/exports" in path or "/users" in path
            closed = closed or path.startswith(f"{PREFIX}/people/") or path.endswith("/calls/export")
            expected = (403,) if closed else (200, 404)
            assert status in expected, (method, path, status)
        else:
            assert status == 403, (method, path, status)


def test_a_viewer_who_presses_start_is_403_and_nothing_starts(api: Api) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    api.post(f"{one}/contacts", [LONDON])
    api.as_("viewer").post(f"{one}/start", status=403)
    assert api.get(one)["status"] == "draft"


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/", "/api/", "/api/v2/campaigns", "/api/v1/campaigns/"]
)
def test_an_unknown_address_is_a_problem_with_404(api: Api, path: str) -> None:
    api.ask("GET", path, status=404)


@pytest.mark.parametrize("key", ["0", "-1", "x", "1.5", "9" * 19, str(2**63), "9" * 20, "9" * 5000, "\u0663"])
def test_a_key_that_can_not_be_one_is_404(api: Api, key: str) -> None:
    for path in (
        "/campaigns/{}",
        "/campaigns/{}/contacts",
        "/contacts/{}",
        "/calls/{}",
        "/imports/{}",
        "/do-not-call/{}",
        "/campaigns/{}/export",
    ):
        api.ask("GET", path.format(key), status=404)


def test_a_method_that_an_address_does_not_take_is_405_and_says_which_it_takes(api: Api) -> None:
    answer = api.ask("PUT", "/campaigns", status=405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[1,]", b"{'a': 1}", b"\xff\xfe{}", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b"1" * 5000],
)
def test_what_is_not_json_is_400(api: Api, data: bytes) -> None:
    for path in ("/campaigns", "/calls", "/do-not-call"):
        api.ask("POST", path, status=400, data=data, content_type="application/json")


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_another_content_type_is_415(api: Api, content_type: str | None) -> None:
    api.ask("POST", "/campaigns", status=415, data=b'{"name": "x"}', content_type=content_type)


def test_a_body_beyond_the_limit_is_413(api: Api) -> None:
    big = campaign_fields(name="x" * (1024 * 1024))
    problem = api.ask("POST", "/campaigns", status=413, json=big).get_json()
    assert "1,048,576 bytes at the most" in problem["detail"]


@pytest.mark.parametrize("body", [[], "text", 5, None, True])
def test_a_body_that_is_no_object_is_422(api: Api, body: Any) -> None:
    for path in ("/campaigns", "/calls", "/do-not-call"):
        answer = api.ask("POST", path, status=422, json=body)
        assert fields_of(answer.get_json()) == {"body"}


@pytest.mark.parametrize(
    "limit, status",
    [("1", 200), ("500", 200), ("0", 422), ("501", 422), ("-1", 422), ("x", 422), ("", 422), ("1e9", 422)],
)
def test_a_limit_is_1_to_500(api: Api, limit: str, status: int) -> None:
    api.campaign()
    one = api.get("/campaigns")["items"][0]["id"]
    for path in (
        "/campaigns",
        "/calls",
        "/do-not-call",
        f"/campaigns/{one}/contacts",
        f"/campaigns/{one}/calls",
    ):
        answer = api.get(f"{path}?limit={limit}", status=status)
        assert status == 200 or fields_of(answer) == {"limit"}


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "WzBd",
        "WzAsICJ4Il0",
        "WzAsIDFlOTldA",
        "\u00e9",
        "W" * 501,
        "WzAsMTAwMDAwMDAwMDAwMDAwMDAwMDAwMF0",
    ],
)
def test_a_cursor_that_is_none_is_422_and_named(each_api: Api, cursor: str) -> None:
    one = each_api.campaign()["id"]
    for path in (
        "/campaigns",
        "/calls",
        "/do-not-call",
        f"/campaigns/{one}/contacts",
        f"/campaigns/{one}/calls",
    ):
        assert fields_of(each_api.get(f"{path}?cursor={cursor}", status=422)) == {"cursor"}


def test_a_bug_is_500_with_the_request_s_id_and_nothing_of_the_inside(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret inside")

    one = api.campaign()["id"]
    monkeypatch.setattr(stats, "compute_campaign_stats", fails)
    answer = api.ask("GET", f"/campaigns/{one}/stats", status=500)
    problem = check_problem(answer)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert any(record.exc_info and "secret inside" in str(record.exc_info[1]) for record in caplog.records)
