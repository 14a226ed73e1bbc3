"""Why a number was called, or not, at a minute that is over: told by what is kept, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.models import OutsideAnswerRow
from campaign_app.services import audit, blackouts, campaigns, do_not_call, trunks
from campaign_app.services.past_answers import answer_past, answer_to_api, parse_past_instant
from tests.engine.people import NEW_YORK, SATURDAY, THEIRS, at
from tests.engine.world import BY, World
from tests.support.lists import Lists

PHONE = NEW_YORK


def ask(world: World, when: datetime, phone: str = PHONE) -> dict[str, Any]:
    with world.session() as session:
        return answer_to_api(answer_past(session, phone, when, world.clock.now()))


def campaign_of(world: World, when: datetime) -> dict[str, Any]:
    [found] = ask(world, when)["campaigns"]
    assert isinstance(found, dict)
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [reason["code"] for check in found["checks"] for reason in check["reasons"]]


def later(world: World, **how: float) -> datetime:
    """Let time pass; the instant in the middle of it."""
    span = timedelta(**how)
    middle = world.clock.now() + span / 2
    world.clock.move(span.total_seconds())
    return middle


def call_once(world: World, status: AttemptStatus = AttemptStatus.COMPLETED) -> None:
    world.tick()
    world.provider.end_all(status)
    world.tick()


def test_at_night_it_was_not_called_because_of_the_hours(world: World) -> None:
    at(world, SATURDAY)
    world.campaign([PHONE], **THEIRS, retry={"max_retries": 3, "delays_minutes": [10]})
    call_once(world, AttemptStatus.BUSY)
    night = SATURDAY + timedelta(hours=8)
    world.clock.move(24 * 3600)
    call_once(world)
    answer = ask(world, night)
    assert answer["tense"] == "past"
    assert answer["sentence"] == (
        "On Sunday 29 November 2026 it was 00:01 in New York, and Autumn did not call this number: outside the"
        " campaign’s calling hours: Mon–Sun 09:00–21:00 in America/New_York; outside the hours when the person may be"
        " called: Mon–Sun 08:00–21:00 in America/New_York."
    )
    [found] = answer["campaigns"]
    assert found["outcome"] == "held"
    assert found["tries"] == 1
    assert codes(found) == ["campaign-hours", "person-hours"]
    assert found["unknown"] == []


def test_in_the_minute_of_its_call_it_was_called_with_the_receipt(world: World) -> None:
    at(world, SATURDAY)
    world.campaign([PHONE], **THEIRS, caps=[{"most": 1, "per_hours": 24}])
    call_once(world)
    world.clock.move(3600)
    for second in (0, 59):
        answer = ask(world, SATURDAY.replace(second=second))
        assert answer["sentence"].startswith(
            "Autumn called this number in that minute. Allowed: on Saturday 28"
        )
        [found] = answer["campaigns"]
        assert found["outcome"] == "called"
        assert found["calls"][0]["verdict"] == "allowed"
        assert codes(found) == []
    assert campaign_of(world, SATURDAY + timedelta(minutes=30))["outcome"] == "held"


def test_each_decision_of_then_counts_whatever_was_decided_since(world: World) -> None:
    """Draft, running but capped, paused, listed, removed, trunk paused, edited: each as it was then."""
    created = world.clock.now()
    campaign_id = world.campaign([PHONE], start=False, retry={"max_retries": 3, "delays_minutes": [10]})
    draft = later(world, minutes=10)
    world.act(campaign_id, "start")
    call_once(world, AttemptStatus.BUSY)
    free = later(world, hours=1)
    world.act(campaign_id, "pause", reason="lunch")
    paused = later(world, hours=1)
    with world.session() as session:
        campaigns.update_campaign(
            session,
            campaign_id,
            {"caps": [{"most": 1, "per_hours": 48}]},
            actor=BY,
            now=world.clock.now(),
        )
    world.act(campaign_id, "resume")
    capped = later(world, hours=1)
    world.forbid(PHONE, campaign_id)
    listed = later(world, hours=1)
    with world.session() as session:
        entry = do_not_call.tables.find_do_not_call_entry(session, PHONE, campaign_id)
        assert entry is not None
        do_not_call.remove_do_not_call_entry(
            session, entry.id, reason="asked", unsuppress=True, actor=BY, now=world.clock.now()
        )
        trunks.pause_trunk(session, world.trunk_id, actor=BY, now=world.clock.now(), reason="repair")
    trunk_paused = later(world, hours=1)
    with world.session() as session:
        trunks.resume_trunk(session, world.trunk_id, actor=BY, now=world.clock.now())
        campaigns.perform_campaign_action(session, campaign_id, "pause", actor=BY, now=world.clock.now())
        campaigns.update_campaign(
            session, campaign_id, {"caps": [], "purpose": "survey"}, actor=BY, now=world.clock.now()
        )
    world.act(campaign_id, "resume")
    world.clock.move(3600)
    call_once(world)
    assert codes(campaign_of(world, draft)) == ["not-running"]
    assert codes(campaign_of(world, paused)) == ["not-running"]
    assert codes(campaign_of(world, capped)) == ["cap"]
    assert codes(campaign_of(world, listed)) == ["do-not-call", "cap"]
    assert codes(campaign_of(world, trunk_paused)) == ["trunk-paused", "cap"]
    found = campaign_of(world, free)
    assert (found["outcome"], codes(found)) == ("free", [])
    assert found["unknown"] == [
        "which lines were free, the pace, failures of the provider and whether a dialer ran are not kept"
    ]
    [reason] = next(c["reasons"] for c in campaign_of(world, paused)["checks"] if c["reasons"])
    assert reason["detail"] == "the campaign was paused"
    assert reason["since"] < reason["until"]
    assert ask(world, created)["campaigns"][0]["outcome"] == "held"


def test_a_blackout_of_then_is_the_answer_and_one_of_later_is_not(world: World) -> None:
    world.campaign([PHONE], retry={"max_retries": 3, "delays_minutes": [10]})
    call_once(world, AttemptStatus.BUSY)
    attempt = world.attempt(PHONE)
    open_ = later(world, minutes=40)
    with world.session() as session:
        data = {"country": "US", "state": "US-NY", "reason": "snow"}
        row = blackouts.add_blackout(session, data, actor=BY, read_now=world.clock.now)
        blackout_id = row.id
    closed = later(world, hours=1)
    with world.session() as session:
        blackouts.lift_blackout(session, blackout_id, reason="thaw", actor=BY, read_now=world.clock.now)
    lifted = later(world, hours=1)
    found = {when: campaign_of(world, when) for when in (open_, closed, lifted)}
    assert codes(found[open_]) == codes(found[lifted]) == []
    assert codes(found[closed]) == ["blackout"]
    assert "New York was closed: snow" in found[closed]["sentence"]
    assert attempt.dialing_at is not None
    assert campaign_of(world, attempt.dialing_at)["calls"][0]["verdict"] == "allowed"


def test_the_lists_count_in_the_versions_of_then(world: World, tmp_path: Path) -> None:
    """A registry without the number, then with it, then deleted."""
    lists = Lists(world.db, world.clock, tmp_path)
    list_id = lists.new(
        "TPS", ["+12125550188"], kind="registry", countries=["US"], purposes=["informational"]
    )
    world.campaign([PHONE], retry={"max_retries": 3, "delays_minutes": [10]})
    call_once(world, AttemptStatus.BUSY)
    free = later(world, hours=1)
    lists.load(list_id, ["+12125550188", PHONE])
    listed = later(world, hours=1)
    lists.change(list_id, purposes=["marketing"])
    narrowed = later(world, hours=1)
    lists.change(list_id, purposes=["informational"])
    again = later(world, hours=1)
    lists.delete(list_id)
    deleted = later(world, hours=1)
    found = {when: campaign_of(world, when) for when in (free, listed, narrowed, again, deleted)}
    assert codes(found[free]) == []
    [then] = [check for check in found[free]["checks"] if check["rule"] == "lists"]
    assert then["says"].startswith("on none of: TPS (as of 20 Nov 2026, version ")
    assert then["says"].endswith("; its numbers are not kept any more, the permit asked them)")
    assert codes(found[deleted]) == codes(found[narrowed]) == []
    attempt = world.attempt(PHONE)
    assert attempt.dialing_at is not None
    receipt = campaign_of(world, attempt.dialing_at)["calls"][0]
    assert receipt["verdict"] == "allowed"
    assert "it was not on TPS, 0 days old" in receipt["sentence"]
    lists.upkeep()
    assert receipt == campaign_of(world, attempt.dialing_at)["calls"][0]


def test_a_list_that_has_the_number_is_the_answer(world: World, tmp_path: Path) -> None:
    lists = Lists(world.db, world.clock, tmp_path)
    world.campaign([PHONE, "+12125550177"], max_concurrent_calls=1)
    lists.new("Litigators", [PHONE])
    lists.upkeep()
    when = later(world, hours=1)
    found = campaign_of(world, when)
    assert "listed" in codes(found)
    assert "the number was on the list Litigators, as of 20 Nov 2026" in found["sentence"]


def test_before_the_number_was_added_and_before_the_installation(world: World) -> None:
    start = world.clock.now()
    campaign_id = world.campaign([], start=False)
    empty = later(world, hours=1)
    world.add(campaign_id, [PHONE])
    assert campaign_of(world, empty)["outcome"] == "absent"
    answer = ask(world, start - timedelta(seconds=1))
    assert answer["tense"] == "before-records"
    assert answer["sentence"].startswith("This installation has records since 2026-11-20T15:00:00Z")
    assert answer["campaigns"] == []


def test_of_a_time_to_come_only_the_hours_are_told(world: World) -> None:
    at(world, SATURDAY)
    world.campaign([PHONE], **THEIRS)
    answer = ask(world, SATURDAY + timedelta(hours=8))
    assert answer["tense"] == "future"
    assert "it will be 00:01 in New York, and the hours for Autumn are closed" in answer["sentence"]
    assert answer["unknown"] == ["of a time to come only the hours can be told, by the rules of now"]
    assert ask(world, SATURDAY + timedelta(days=1))["sentence"].endswith("the hours for Autumn are open.")
    assert (
        "the hours for a single call are open"
        in ask(world, SATURDAY + timedelta(days=1), "+12125550177")["sentence"]
    )


def test_a_number_in_no_campaign_tells_what_a_single_call_would_have_met(world: World) -> None:
    at(world, SATURDAY)
    world.clock.move(24 * 3600)
    asleep = ask(world, SATURDAY + timedelta(hours=8))
    assert (
        "no campaign had this number, and nobody called it. A single call would not have been allowed"
        in (asleep["sentence"])
    )
    assert ask(world, SATURDAY)["sentence"].endswith("A single call would have been allowed.")


def test_a_call_that_was_held_back_at_the_wire_is_the_answer(world: World) -> None:
    world.campaign([PHONE])
    claimed = world.claim()
    world.forbid(PHONE)
    world.permit(claimed.attempts)
    world.clock.move(3600)
    found = campaign_of(world, datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
    assert found["outcome"] == "held"
    assert found["calls"][0]["verdict"] == "not-sent"
    assert "the number is on the do-not-call list" in found["sentence"]


def test_one_that_was_reached_waits_for_no_call(world: World) -> None:
    world.campaign([PHONE, "+12125550177"], max_concurrent_calls=1)
    call_once(world)
    when = later(world, hours=1)
    found = campaign_of(world, when)
    assert "completed" in codes(found)
    assert "it had been reached" in found["sentence"]
    call_once(world)


def test_the_purged_audit_trail_is_said_to_be_gone(world: World) -> None:
    world.campaign([PHONE])
    when = later(world, hours=1)
    world.sql("DELETE FROM audit WHERE object_type = 'campaign'")
    assert "whether the campaign ran then is not kept" in campaign_of(world, when)["unknown"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-20",
        "2026-11-20T15:00",
        "0000-11-20T15:00:00Z",
        "1999-12-31T23:59:59Z",
        "2037-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:00",
        "2026-02-30T00:00:00Z",
        "2026-11-20T15:00:00 01:00",
        "٢٠٢٦-11-20T15:00:00Z",
        "\x00",
    ],
)
def test_a_time_that_is_none_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_past_instant(text, SATURDAY)
    assert [error.field for error in raised.value.errors] == ["at"]


def test_the_outside_check_s_answer_counts_while_it_is_kept(world: World) -> None:
    world.campaign([PHONE], retry={"max_retries": 3, "delays_minutes": [10]})
    call_once(world, AttemptStatus.BUSY)
    none_yet = later(world, hours=1)
    now = world.clock.now()
    with world.session() as session:
        audit.record_audit_entry(
            session,
            actor=BY,
            action="outside-check.save",
            object_type="outside-check",
            object_id=1,
            now=now,
            url="https://example.org/ask",
            answers_hours=2,
            timeout_seconds=2.0,
        )
        session.add(
            OutsideAnswerRow(
                phone=PHONE,
                purpose="informational",
                version=1,
                allowed=False,
                for_good=False,
                reason="moved",
                answered_at=now,
                expires_at=now + timedelta(hours=2),
            )
        )
    refused, expired = later(world, hours=2), later(world, hours=2)
    with world.session() as session:
        audit.record_audit_entry(
            session,
            actor=BY,
            action="outside-check.delete",
            object_type="outside-check",
            object_id=1,
            now=world.clock.now(),
        )
    gone = later(world, hours=2)
    said = {
        when: [check["says"] for check in campaign_of(world, when)["checks"] if check["rule"] == "outside"]
        for when in (none_yet, refused, expired, gone)
    }
    assert said == {
        none_yet: [],
        refused: ["the outside check had refused it: moved"],
        expired: ["its answer of then is not kept; a call needed its yes"],
        gone: [],
    }
