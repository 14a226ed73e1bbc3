"""What callees heard and did, as the page, the API and the export tell it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.script import Disposition as D
from campaign_app.models import Campaign
from campaign_app.queries import counts, tables
from campaign_app.services import exports, responses, stats
from tests.engine.world import World, phones

MENU = {
    "text": "Coming?",
    "keys": [
        {"digit": "1", "action": "answer", "label": "Yes"},
        {"digit": "2", "action": "answer", "label": "No"},
        {"digit": "9", "action": "opt-out"},
    ],
}


def test_a_survey_from_the_keys_to_the_export(world: World) -> None:
    numbers = phones(5)
    campaign_id = world.campaign(numbers, message=MENU)
    world.tick()
    deeds = [
        ("1", D.RESPONDED),
        ("1", D.RESPONDED),
        ("9", D.OPTED_OUT),
        (None, D.PLAYED),
        (None, D.CUT_SHORT),
    ]
    for phone, (key, disposition) in zip(numbers, deeds, strict=True):
        token = world.provider.token_of(phone)
        world.provider.tell(token, S.IN_PROGRESS, key=key, detected_after=1.0 if key else None)
        world.provider.tell(token, S.COMPLETED, disposition=disposition)
    world.tick()

    with Session(world.db) as session:
        campaign = session.get_one(Campaign, campaign_id)
        told = stats.stats_to_api(stats.compute_campaign_stats(session, campaign, world.clock.now()))
        who = tables.list_attempts(session, campaign_id=campaign_id, key="1").items
    assert (told["connected"], told["opted_out"], told["detection_seconds"]) == (4, 1, 1.0)
    assert told["answers"] == {
        "1": {"label": "Yes", "count": 2},
        "2": {"label": "No", "count": 0},
        "9": {"label": "never call again", "count": 1},
    }
    assert {attempt.phone for attempt in who} == set(numbers[:2])

    lines = b"".join(exports.export_campaign(world.db, campaign_id, "ndjson", {})).decode().splitlines()
    keys = {row["phone"]: row["attempts"][0]["key"] for row in map(json.loads, lines)}
    assert keys == dict(zip(numbers, ["1", "1", "9", None, None], strict=True))
    table = b"".join(exports.export_campaign(world.db, campaign_id, "csv", {})).decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(table))
    assert [row["key"] for row in rows if row["disposition"] == "opted-out"] == ["9"]


def test_answers_over_time_are_counted_by_ten_minutes(world: World) -> None:
    numbers = phones(30)
    campaign_id = world.campaign(numbers, message=MENU, max_concurrent_calls=30)
    other = world.campaign(phones(3, 40), message=MENU)
    world.tick()
    began = world.clock.now()

    def end(phone: str, key: str | None) -> None:
        world.provider.tell(world.provider.token_of(phone), S.COMPLETED, key=key, disposition=D.RESPONDED)

    for phone in numbers[:4]:
        end(phone, "1")
    end(numbers[4], None)
    end(phones(1, 40)[0], "2")
    world.tick()
    world.clock.move(601)
    end(numbers[5], "2")
    end(numbers[6], "1")
    world.tick()
    with Session(world.db) as session:
        campaign = session.get_one(Campaign, campaign_id)
        pressed, slots = responses.load_responses_over_time(session, campaign, began - timedelta(hours=24))
        _, late = responses.load_responses_over_time(session, campaign, began + timedelta(seconds=1))
        _, others = responses.load_responses_over_time(session, session.get_one(Campaign, other), began)
    assert [(each.digit, each.label) for each in pressed] == [("1", "Yes"), ("2", "No")]
    later = began + timedelta(minutes=10)
    assert slots == {began: {"1": 4}, later: {"1": 1, "2": 1}}
    assert late == {later: {"1": 1, "2": 1}}
    assert others == {began: {"2": 1}}


def test_the_months_before_are_left_out_by_their_ids(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MOST", 2)
    numbers = phones(4)
    campaign_id = world.campaign(numbers, message=MENU)
    world.tick()
    for phone in numbers:
        world.provider.tell(world.provider.token_of(phone), S.COMPLETED, key="1", disposition=D.RESPONDED)
    world.tick()
    with Session(world.db) as session:
        found = counts.count_responses(session, campaign_id, ["1"], world.clock.now() - timedelta(hours=1))
    assert [n for _, _, n in found] == [2], "the two latest"
