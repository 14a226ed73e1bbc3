"""Idempotency-Key: a repeat gets the first answer and does nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from campaign_app.extensions import db
from campaign_app.models import Attempt, AuditEntry, Campaign, IdempotencyRecord
from tests.api.asking import LONDON, Api, campaign_fields, fields_of

RACERS = 6
CALL = {"to": LONDON, "message": {"text": "The river is rising."}}


def count(api: Api, model: type[Any]) -> int:
    with api.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    "path, body, model", [("/campaigns", campaign_fields(), Campaign), ("/calls", CALL, Attempt)]
)
def test_a_repeat_is_answered_as_before_and_does_nothing(
    each_api: Api, path: str, body: dict[str, Any], model: type[Any]
) -> None:
    headers = {"Idempotency-Key": "a-key"}
    first = each_api.ask("POST", path, status=201, json=body, headers=headers)
    audit, wakes = count(each_api, AuditEntry), len(each_api.wakes)
    again = each_api.ask("POST", path, status=201, json=dict(reversed(body.items())), headers=headers)
    assert again.get_json() == first.get_json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(each_api, model) == 1
    assert (count(each_api, AuditEntry), len(each_api.wakes)) == (audit, wakes)


def test_the_same_key_with_another_request_is_422_and_names_the_header(each_api: Api) -> None:
    headers = {"Idempotency-Key": "a-key"}
    each_api.post("/campaigns", campaign_fields(), status=201, headers=headers)
    problem = each_api.post("/campaigns", campaign_fields(name="Other"), status=422, headers=headers)
    assert fields_of(problem) == {"Idempotency-Key"}
    assert fields_of(each_api.post("/calls", CALL, status=422, headers=headers)) == {"Idempotency-Key"}
    assert count(each_api, Campaign) == 1
    assert count(each_api, Attempt) == 0


def test_another_token_has_keys_of_its_own(api: Api) -> None:
    headers = {"Idempotency-Key": "a-key"}
    api.post("/campaigns", campaign_fields(), status=201, headers=headers)
    api.as_("admin").post("/campaigns", campaign_fields(name="Other"), status=201, headers=headers)
    assert count(api, Campaign) == 2


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\there", "\u00e9t\u00e9"])
def test_a_key_that_is_none_is_422(api: Api, key: str) -> None:
    problem = api.post("/campaigns", campaign_fields(), status=422, headers={"Idempotency-Key": key})
    assert fields_of(problem) == {"Idempotency-Key"}
    assert count(api, Campaign) == 0


def test_a_key_of_255_characters_is_one(api: Api) -> None:
    api.post("/campaigns", campaign_fields(), status=201, headers={"Idempotency-Key": "k" * 255})


def test_a_request_that_failed_leaves_its_key_free(each_api: Api) -> None:
    headers = {"Idempotency-Key": "a-key"}
    each_api.post("/campaigns", campaign_fields(name=""), status=422, headers=headers)
    assert count(each_api, IdempotencyRecord) == 0
    each_api.post("/campaigns", campaign_fields(), status=201, headers=headers)


def test_a_key_is_forgotten_after_a_day_and_old_ones_are_cleared(each_api: Api) -> None:
    for key in ("old", "older"):
        each_api.post("/campaigns", campaign_fields(), status=201, headers={"Idempotency-Key": key})
    each_api.clock.move(24 * 3600 - 1)
    again = each_api.ask(
        "POST", "/campaigns", status=201, json=campaign_fields(), headers={"Idempotency-Key": "old"}
    )
    assert again.headers["Idempotency-Replayed"] == "true"
    each_api.clock.move(2)
    fresh = each_api.ask(
        "POST", "/campaigns", status=201, json=campaign_fields(name="New"), headers={"Idempotency-Key": "old"}
    )
    assert "Idempotency-Replayed" not in fresh.headers
    assert count(each_api, Campaign) == 3
    assert count(each_api, IdempotencyRecord) == 1


@pytest.mark.parametrize(
    "path, body, model", [("/campaigns", campaign_fields(), Campaign), ("/calls", CALL, Attempt)]
)
def test_of_requests_that_race_under_one_key_one_does_the_work_and_all_hear_the_same(
    each_api: Api, path: str, body: dict[str, Any], model: type[Any]
) -> None:
    for number in range(5):
        if model is Attempt and number:
            break  # the number is being called by now
        start = Barrier(RACERS)
        before = count(each_api, model)

        def ask(key: str = f"key-{number}", start: Barrier = start) -> tuple[Any, bool]:
            start.wait(timeout=60)
            answer = each_api.ask("POST", path, status=201, json=body, headers={"Idempotency-Key": key})
            return answer.get_json(), "Idempotency-Replayed" in answer.headers

        with ThreadPoolExecutor(RACERS) as pool:
            answers = [future.result() for future in [pool.submit(ask) for _ in range(RACERS)]]
        assert count(each_api, model) == before + 1
        assert sum(not replayed for _, replayed in answers) == 1
        assert all(told == answers[0][0] for told, _ in answers)
