"""What opens every hour of people's clocks: an admin answers for it, on every way in."""

from __future__ import annotations

import pytest

from .asking import Api

WIDE_OPEN = ({"clock": "campaign", "timezone": "UTC"}, {"purpose": "emergency"})


@pytest.mark.parametrize("choice", WIDE_OPEN)
def test_an_operator_may_not_choose_it(api: Api, choice: dict[str, object]) -> None:
    [field] = [name for name in choice if name in ("clock", "purpose")]
    refused = api.post("/campaigns", {"name": "Flood", "message": {"text": "Hi"}, **choice}, status=403)
    assert [error["field"] for error in refused["errors"]] == [field]
    draft = api.post("/campaigns", {"name": "Flood", "message": {"text": "Hi"}}, status=201)
    refused = api.ask("PATCH", f"/campaigns/{draft['id']}", json=choice, status=403).get_json()
    assert [error["field"] for error in refused["errors"]] == [field]
    assert api.get(f"/campaigns/{draft['id']}")[field] == draft[field]


def test_both_at_once_are_named_both(api: Api) -> None:
    body = {"name": "Flood", "message": {"text": "Hi"}, "clock": "campaign", "purpose": "emergency"}
    refused = api.post("/campaigns", body, status=403)
    assert [error["field"] for error in refused["errors"]] == ["clock", "purpose"]


@pytest.mark.parametrize("choice", WIDE_OPEN)
def test_an_admin_may_and_an_operator_goes_on_with_it(api: Api, choice: dict[str, object]) -> None:
    campaign = api.as_("admin").post(
        "/campaigns", {"name": "Flood", "message": {"text": "Hi"}, **choice}, status=201
    )
    body = {"name": "Flood 2", **choice}
    changed = api.ask("PATCH", f"/campaigns/{campaign['id']}", json=body, status=200).get_json()
    assert changed["name"] == "Flood 2"
    [field] = [name for name in choice if name in ("clock", "purpose")]
    assert changed[field] == choice[field]


@pytest.mark.parametrize(
    "choice, kept", [(WIDE_OPEN[0], {"clock": "both"}), (WIDE_OPEN[1], {"purpose": None})]
)
def test_a_copy_by_an_operator_asks_anew(
    api: Api, choice: dict[str, object], kept: dict[str, object]
) -> None:
    campaign = api.as_("admin").post(
        "/campaigns", {"name": "Flood", "message": {"text": "Hi"}, "purpose": "survey", **choice}, status=201
    )
    copy = api.post(f"/campaigns/{campaign['id']}/clone", {}, status=201)
    assert {name: copy[name] for name in kept} == kept


def test_a_single_call_in_an_emergency_needs_an_admin(api: Api) -> None:
    call = {"to": "+33 1 42 68 53 00", "message": {"text": "Hi"}, "purpose": "emergency"}
    refused = api.post("/calls", call, status=403)
    assert [error["field"] for error in refused["errors"]] == ["purpose"]
    api.as_("admin").post("/calls", call, status=201)
