"""Lists over REST: load them, ask them, replace them, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asking import Api
from tests.api.uploading import stored, upload, work_off

REGISTRY = {"name": "US registry", "kind": "registry", "countries": ["US"]}
NUMBERS = "+12125550142\n+12125550143\n"
TODAY = "2026-11-20"


def load(api: Api, list_id: int, content: str = NUMBERS, as_of: str = TODAY, **fields: Any) -> Any:
    item = upload(api, f"/lists/{list_id}/imports", content, 202, as_of=as_of, **fields).get_json()
    work_off(api)
    return api.get(f"/imports/{item['id']}")


def test_a_list_is_made_loaded_asked_and_replaced(each_api: Api) -> None:
    made = each_api.post("/lists", REGISTRY, status=201)
    assert made["purposes"] == ["marketing"]
    assert (made["max_age_days"], made["on_stale"], made["as_of"], made["numbers"]) == (31, "block", None, 0)
    path = f"/lists/{made['id']}"
    done = load(each_api, made["id"], "area_code,number\n212,5550142\n212,5550143\n212,5550143\n")
    assert (done["status"], done["error"], done["accepted"]) == ("completed", None, 2)
    assert stored(each_api) == []
    now = each_api.get(path)
    assert (now["as_of"], now["numbers"], now["age_days"], now["stale"]) == (TODAY, 2, 0, False)
    found = each_api.get("/lists/numbers?phone=%2B12125550142")
    assert [each["id"] for each in found["lists"]] == [made["id"]]
    assert each_api.get("/lists/numbers?phone=2125550144&region=US")["lists"] == []
    checked = load(each_api, made["id"], "2125550143\n2125550144\n", dry_run="true")
    assert checked["status"] == "checked"
    assert {name: checked["check"][name] for name in ("new", "before", "added", "removed")} == {
        "new": 2,
        "before": 2,
        "added": 1,
        "removed": 1,
    }
    assert each_api.get(path)["version_id"] == now["version_id"]
    each_api.ask("POST", f"/imports/{checked['id']}/commit", status=202)
    work_off(each_api)
    versions = each_api.get(f"{path}/versions")["items"]
    assert [(each["state"], each["numbers"], each["added"], each["removed"]) for each in versions] == [
        ("current", 2, 1, 1),
        ("replaced", 2, 2, 0),
    ]
    assert versions[0]["in_force_at"] == versions[1]["replaced_at"]
    [page] = [each_api.get(f"{path}/versions?limit=1")]
    older = each_api.get(f"{path}/versions?cursor={page['next_cursor']}")["items"]
    assert [each["id"] for each in older] == [versions[1]["id"]]
    each_api.post(f"/imports/{checked['id']}/undo", status=409)


@pytest.mark.parametrize(
    "body, field",
    [
        ({"kind": "registry", "countries": ["US"]}, "name"),
        ({"name": " ", "kind": "other"}, "name"),
        ({"name": "A", "kind": "registry"}, "countries"),
        ({"name": "A", "kind": "register"}, "kind"),
        ({"name": "A", "kind": "other", "countries": ["USA"]}, "countries[0]"),
        ({"name": "A", "kind": "other", "countries": []}, "countries"),
        ({"name": "A", "kind": "other", "purposes": ["ads"]}, "purposes[0]"),
        ({"name": "A", "kind": "other", "max_age_days": 0}, "max_age_days"),
        ({"name": "A", "kind": "other", "on_stale": "ignore"}, "on_stale"),
        ({"name": "A", "kind": "other", "age": 3}, "age"),
    ],
)
def test_a_wrong_list_is_refused_at_its_field(api: Api, body: dict[str, Any], field: str) -> None:
    errors = api.post("/lists", body, status=422)["errors"]
    assert [each["field"] for each in errors] == [field]
    assert api.get("/lists")["items"] == []


def test_a_name_is_given_once(api: Api) -> None:
    api.post("/lists", REGISTRY, status=201)
    [error] = api.post("/lists", {**REGISTRY, "name": "us REGISTRY"}, status=422)["errors"]
    assert error["field"] == "name"


@pytest.mark.parametrize(
    "content, fields, field",
    [
        (NUMBERS, {}, "as_of"),
        (NUMBERS, {"as_of": "20 Nov"}, "as_of"),
        (NUMBERS, {"as_of": "2026-11-30"}, "as_of"),
        (NUMBERS, {"as_of": "2026-11-01"}, "as_of"),
        ("", {"as_of": TODAY}, "file"),
        ("phone\n", {"as_of": TODAY}, "file"),
        ("name,city\nAnn,Paris\nBo,Rome\n", {"as_of": TODAY}, "file"),
        (NUMBERS, {"as_of": TODAY, "default_region": "USA"}, "default_region"),
        (NUMBERS, {"as_of": TODAY, "source": "x"}, "source"),
    ],
)
def test_a_wrong_file_is_refused_at_its_field_and_the_old_version_stays(
    api: Api, content: str, fields: dict[str, str], field: str
) -> None:
    made = api.post("/lists", REGISTRY, status=201)
    load(api, made["id"], as_of="2026-11-15")
    answer = upload(api, f"/lists/{made['id']}/imports", content, 422, **fields).get_json()
    assert [each["field"] for each in answer["errors"]] == [field]
    assert stored(api) == []
    [version] = api.get(f"/lists/{made['id']}/versions")["items"]
    assert (version["state"], version["as_of"]) == ("current", "2026-11-15")


def test_an_older_file_is_taken_where_that_is_said(api: Api) -> None:
    made = api.post("/lists", REGISTRY, status=201)
    load(api, made["id"])
    done = load(api, made["id"], as_of="2026-11-01", allow_older="true")
    assert done["status"] == "completed"
    assert api.get(f"/lists/{made['id']}")["as_of"] == "2026-11-01"


def test_a_file_that_looks_wrong_waits_for_somebody(api: Api) -> None:
    made = api.post("/lists", REGISTRY, status=201)
    load(api, made["id"], "".join(f"+1212555{number:04}\n" for number in range(100, 200)))
    assert load(api, made["id"], NUMBERS)["status"] == "checked"  # 2 of 100 are left
    assert api.get(f"/lists/{made['id']}")["numbers"] == 100
    waiting = upload(api, f"/lists/{made['id']}/imports", NUMBERS, 409, as_of=TODAY).get_json()
    assert "not finished" in waiting["detail"]


def test_who_may_do_what(api: Api) -> None:
    viewer, operator = api.as_("viewer"), api.as_("operator")
    viewer.post("/lists", REGISTRY, status=403)
    made = operator.post("/lists", REGISTRY, status=201)
    path = f"/lists/{made['id']}"
    upload(viewer, f"{path}/imports", NUMBERS, 403, as_of=TODAY)
    viewer.get("/lists")
    changed = operator.ask("PATCH", path, json={"name": "The registry"}, status=200).get_json()
    assert changed["name"] == "The registry"
    refused = operator.ask("PATCH", path, json={"on_stale": "warn"}, status=422).get_json()
    assert [each["field"] for each in refused["errors"]] == ["on_stale"]
    admin = api.as_("admin")
    changed = admin.ask("PATCH", path, json={"on_stale": "warn", "max_age_days": 10}, status=200).get_json()
    assert (changed["on_stale"], changed["max_age_days"]) == ("warn", 10)
    operator.ask("DELETE", path, status=403)
    assert admin.ask("DELETE", path, status=200).get_json() == {"held": 0}
    admin.get(path, status=404)


def test_single_calls_to_a_listed_number_are_409(api: Api) -> None:
    made = api.post("/lists", {"name": "Litigators", "kind": "litigators"}, status=201)
    load(api, made["id"])
    refused = api.post("/calls", {"to": "+12125550142", "message": {"text": "Hi"}}, status=409)
    assert "on the list Litigators" in refused["detail"]
    why = api.get("/why?phone=%2B12125550142")
    assert "listed" in {reason["code"] for reason in why["single_call"]["reasons"]}
