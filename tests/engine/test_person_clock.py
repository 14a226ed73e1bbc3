"""The called person's clock and caps, through claim and permit: nobody is called at night, nor too often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.errors import StateConflict
from campaign_app.models import Contact
from campaign_app.services import campaigns, explanations, next_calls, single_calls
from campaign_app.services.preflight import compute_preflight
from tests.engine.people import (
    DELHI,
    NEW_YORK,
    PARIS,
    PENSACOLA,
    REUNION,
    SATURDAY,
    SYDNEY,
    THEIRS,
    at,
    dialed,
    every_contact,
)
from tests.engine.random_campaigns import GROUNDS
from tests.engine.world import ALWAYS, BY, World, phones


def test_a_new_york_campaign_rings_nobody_who_sleeps(world: World) -> None:
    at(world, SATURDAY)
    world.campaign([REUNION, DELHI, SYDNEY, PARIS, NEW_YORK, PENSACOLA], **THEIRS)
    world.tick(3)
    # In Sydney it is Sunday 08:01, late enough for an information.
    assert dialed(world) == {NEW_YORK, PENSACOLA, SYDNEY}
    world.check()


def test_marketing_waits_for_monday_where_it_is_sunday(world: World) -> None:
    at(world, SATURDAY)
    world.campaign([SYDNEY, NEW_YORK], **{**THEIRS, **GROUNDS, "purpose": "marketing"})
    world.tick()
    assert dialed(world) == {NEW_YORK}
    world.provider.end_all("completed")
    world.tick()
    at(world, datetime(2026, 11, 29, 1, 30, tzinfo=UTC))
    world.tick()
    assert SYDNEY not in dialed(world), "Sunday 12:30 there"


def test_opening_and_closing_write_no_contact(world: World) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([PARIS], **THEIRS)
    before = world.contact(PARIS)
    world.tick(20)
    after = world.contact(PARIS)
    assert (after.due_at, after.attempts_made, after.status) == (before.due_at, 0, "pending")
    assert world.attempts(campaign_id) == []


def test_a_call_that_would_ring_after_closing_is_not_permitted_and_is_due_at_the_opening(
    world: World,
) -> None:
    at(world, datetime(2026, 11, 30, 20, 58, 30, tzinfo=UTC))
    campaign_id = world.campaign(["+442079460123"], **{**THEIRS, "timezone": None, "calling_windows": ALWAYS})
    claimed = world.claim().attempts
    assert len(claimed) == 1
    world.clock.move(60)
    assert world.permit(claimed) == []
    contact = world.contact("+442079460123")
    assert contact.due_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert world.outcomes(campaign_id) == {"released": 1}
    assert world.claim().attempts == [], "20:59:30 is inside the guard"


def test_what_nobody_knows_the_time_of_is_never_dialed(world: World) -> None:
    campaign_id = world.campaign([NEW_YORK], **{**THEIRS, "calling_windows": ALWAYS, "timezone": None})
    world.sql("UPDATE contacts SET profile_id = 0")
    world.tick(3)
    assert world.provider.placed == []
    told = [(reason.code, reason.contacts) for reason in world.reasons(campaign_id)]
    assert ("zone-unknown", 1) in told


def test_five_campaigns_ring_a_number_once_and_the_others_come_when_the_gap_is_over(world: World) -> None:
    number = phones(1)
    for _ in range(5):
        world.campaign(
            number, calling_windows=ALWAYS, caps=[{"most": 3, "per_hours": 24}], min_gap_minutes=240
        )
    world.tick(20)
    world.provider.end_all()
    world.tick(20)
    assert len(world.provider.placed) == 1
    started = world.attempts()[0].dialing_at
    assert started is not None
    later = [contact.due_at for contact in every_contact(world) if contact.due_at is not None]
    assert len(later) == 4
    assert all(due <= started + timedelta(hours=4, seconds=30) for due in later)
    at(world, started + timedelta(hours=4, seconds=31))
    world.tick(5)
    assert len(world.provider.placed) == 2
    world.check()


def test_the_fourth_try_in_a_day_waits_until_the_first_is_a_day_old(world: World) -> None:
    campaign_id = world.campaign(
        1,
        retry={"max_retries": 5, "delays_minutes": [10]},
        caps=[{"most": 3, "per_hours": 24, "scope": "number"}],
    )
    for _ in range(8):
        world.tick()
        world.provider.end_all("no-answer")
        world.tick()
        world.clock.move(700)
    assert len(world.provider.placed) == 3
    first = world.attempts(campaign_id)[0].dialing_at
    contact = world.contact(phones(1)[0])
    assert first is not None
    assert (contact.status, contact.due_at, contact.tries) == ("retry", first + timedelta(hours=24), 3)
    at(world, first + timedelta(hours=24))
    world.tick()
    assert len(world.provider.placed) == 4
    world.check()


def test_without_consent_the_fourth_try_in_a_month_waits_by_the_rules_of_the_usa(world: World) -> None:
    campaign_id = world.campaign(1, retry={"max_retries": 5, "delays_minutes": [10]}, consent=None)
    for _ in range(5):
        world.tick()
        world.provider.end_all("no-answer")
        world.tick()
        world.clock.move(700)
    assert len(world.provider.placed) == 3
    first = world.attempts(campaign_id)[0].dialing_at
    assert first is not None
    assert world.contact(phones(1)[0]).due_at == first + timedelta(days=30)
    at(world, first + timedelta(days=30))
    world.tick()
    assert len(world.provider.placed) == 4
    world.check()


def test_each_call_keeps_the_rules_by_which_it_was_permitted(world: World) -> None:
    campaign_id = world.campaign(1)
    world.tick()
    [attempt] = world.attempts(campaign_id)
    assert attempt.rulebook_id is not None
    assert attempt.profile_id == world.contact(phones(1)[0]).profile_id


def test_a_broken_rulebook_stops_its_campaign_with_the_reason_and_no_other(world: World) -> None:
    broken, sound = world.campaign(phones(2)), world.campaign(phones(2, 2))
    world.sql(
        "UPDATE rulebooks SET body = CAST(:body AS "
        + ("json" if world.db.dialect.name == "postgresql" else "text")
        + ") WHERE campaign_id = :id",
        body='{"clock": "theirs"}',
        id=broken,
    )
    world.tick(2)
    assert dialed(world) == set(phones(2, 2))
    assert world.outcomes(sound) == {"queued": 2}
    assert "rulebook.clock" in (world.row(broken).last_error or "")


SAYS_WHO = {"text": "This is Hi Ltd."}


def test_a_single_call_keeps_the_hours_and_caps(world: World) -> None:
    at(world, SATURDAY)

    def place(**fields: Any) -> None:
        with world.session() as session:
            data = {"message": {"text": "Hi"}, **fields}
            single_calls.place_single_call(session, data, actor=BY, now=world.clock.now())

    with pytest.raises(StateConflict, match=r"Sun 08:01 in Australia/Sydney"):
        place(to=SYDNEY, purpose="marketing", caller_name="Hi Ltd", message=SAYS_WHO, caller_id=NEW_YORK)
    with pytest.raises(StateConflict, match="it may be called from Sun 29 Nov 08:00 in Europe/Paris"):
        place(to=PARIS)
    place(to=PARIS, purpose="emergency")
    place(to=NEW_YORK)
    world.tick()
    assert dialed(world) == {PARIS, NEW_YORK}
    # Of no campaign, single calls keep no gap among themselves; the cap bounds them, the fourth in 24 hours.
    for _ in range(2):
        world.provider.end_all()
        world.tick()
        place(to=NEW_YORK)
        world.tick()
    world.provider.end_all()
    world.tick()
    with pytest.raises(StateConflict, match="called often enough lately"):
        place(to=NEW_YORK)


def test_a_time_that_is_named_is_one_at_which_the_call_may_begin(world: World) -> None:
    """Neither a cap that frees in the night nor the opening before a cap frees."""
    at(world, datetime(2026, 11, 28, 1, 50, tzinfo=UTC))  # 20:50 in New York, open until 21:00
    single = {"to": NEW_YORK, "message": "Hi"}
    for _ in range(3):
        with world.session() as session:
            single_calls.place_single_call(session, single, actor=BY, now=world.clock.now())
        world.tick()
        world.provider.end_all()
        world.tick()
    campaign_id = world.campaign(
        [NEW_YORK], **{**THEIRS, "min_gap_minutes": 12 * 60, "calling_windows": ALWAYS, "timezone": None}
    )
    for hour, single_from, campaign_from in (
        (3, "Sun 27 Dec 20:50 in America/New_York", "2026-11-28T13:50:00Z"),  # 22:00 in New York
        (15, "Sun 27 Dec 20:50 in America/New_York", "2026-11-28T15:00:00Z"),  # 10:00
    ):
        at(world, datetime(2026, 11, 28, hour, tzinfo=UTC))
        with world.session() as session:
            with pytest.raises(StateConflict, match=f"called (again )?from {single_from}"):
                single_calls.place_single_call(session, single, actor=BY, now=world.clock.now())
            contact = world.contact(NEW_YORK, campaign_id)
            [opens] = next_calls.find_next_calls(session, [contact], world.clock.now()).values()
            assert to_rfc3339(opens) == campaign_from
    with world.session() as session:
        contact = session.get_one(Contact, contact.id)
        contact.due_at = datetime(2026, 11, 29, 4, tzinfo=UTC)
        session.flush()
        answer = explanations.explain_contact(session, contact, world.clock.now())
        [opens] = next_calls.find_next_calls(session, [contact], world.clock.now()).values()
    assert [reason.code for reason in answer.reasons] == ["due-later"]
    assert (to_rfc3339(opens), answer.free_at) == ("2026-11-29T13:00:00Z", opens)


def test_a_campaign_that_never_opens_before_its_end_is_refused(world: World) -> None:
    campaign_id = world.campaign(
        [NEW_YORK],
        start=False,
        **{
            **THEIRS,
            "calling_windows": [{"days": ["wed"], "start": "09:00", "end": "17:00"}],
            "ends_at": "2026-11-22T15:00:00Z",
        },
    )
    with pytest.raises(StateConflict, match="nobody on its list may be called before its end"):
        world.act(campaign_id, "start")


def test_a_campaign_of_before_there_were_purposes_goes_by_its_own_clock_until_it_is_edited(
    world: World,
) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([PARIS])
    world.sql("UPDATE campaigns SET purpose = NULL")
    world.tick()
    assert dialed(world) == {PARIS}
    world.act(campaign_id, "pause")
    with world.session() as session:
        campaigns.update_campaign(session, campaign_id, {"name": "Winter"}, actor=BY, now=world.clock.now())
    assert world.row(campaign_id).clock == "both"


def test_a_queue_of_the_trunk_makes_the_guard_longer_for_engine_and_pages(world: World) -> None:
    at(world, datetime(2026, 11, 28, 1, 57, tzinfo=UTC))  # 20:57 in New York
    world.sql("UPDATE trunks SET guard_seconds = 200")
    campaign_id = world.campaign([NEW_YORK], **THEIRS)
    world.tick()
    assert world.provider.placed == []
    [reason] = world.reasons(campaign_id)
    assert (reason.code, reason.contacts) == ("their-hours", 1)
    with world.session() as session:
        said = compute_preflight(session, campaigns.get_campaign(session, campaign_id), world.clock.now())
        _, [answer] = explanations.explain_number(session, NEW_YORK, world.clock.now())
    assert (said.now, sum(group.contacts for group in said.later)) == (0, 1)
    assert "closing" in {reason.code for reason in answer.reasons}
    world.sql("UPDATE trunks SET guard_seconds = 100")
    world.tick()
    assert dialed(world) == {NEW_YORK}


def test_a_single_call_that_waited_is_judged_by_its_trunks_guard_too(world: World) -> None:
    at(world, datetime(2026, 11, 28, 1, 57, tzinfo=UTC))  # 20:57 in New York
    with world.session() as session:
        single_calls.place_single_call(
            session, {"to": NEW_YORK, "message": {"text": "Hi"}}, actor=BY, now=world.clock.now()
        )
    # Meanwhile its calls were seen to take over three minutes until they ring.
    world.sql("UPDATE trunks SET guard_seconds = 200")
    with world.session() as session:
        answer = explanations.explain_single_call(session, NEW_YORK, world.clock.now())
    assert "closing" in {reason.code for reason in answer.reasons}
    world.tick(2)
    assert world.provider.placed == []


def test_a_broken_profile_row_keeps_back_its_own_people_only(world: World) -> None:
    campaign_id = world.campaign(
        [NEW_YORK, "+442079460123"], **{**THEIRS, "timezone": None, "calling_windows": ALWAYS}
    )
    world.sql(
        "UPDATE dial_profiles SET body = '{\"zones\": 7}'"
        " WHERE id = (SELECT profile_id FROM contacts WHERE phone = :phone)",
        phone=NEW_YORK,
    )
    world.tick(3)
    assert dialed(world) == {"+442079460123"}
    assert ("zone-unknown", 1) in [(reason.code, reason.contacts) for reason in world.reasons(campaign_id)]
    assert world.row(campaign_id).last_error is None
