"""What a campaign is doing, in figures, and why it is not dialing: every waiting contact under one reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.engine import dial
from campaign_app.engine.claim import ClaimResult
from campaign_app.models import Campaign, Contact, Trunk
from campaign_app.providers.base import ProviderThrottled, ProviderUnavailable
from campaign_app.services import campaigns, metrics, stats
from campaign_app.services.fragment_cache import name_campaign_state
from campaign_app.services.stats import CampaignStats
from campaign_app.services.wait_reasons import ReasonCode, WaitReason
from tests.engine.people import PARIS, PENSACOLA, SATURDAY, THEIRS, at
from tests.engine.world import ALWAYS, World, phones


def look(world: World, campaign_id: int) -> CampaignStats:
    with Session(world.db) as session:
        return stats.compute_campaign_stats(
            session, session.get_one(Campaign, campaign_id), world.clock.now()
        )


def codes(world: World, campaign_id: int) -> dict[str, int]:
    """Each reason's code and its contacts; together they are the waiting ones, no more and no fewer."""
    seen = look(world, campaign_id)
    assert sum(reason.contacts for reason in seen.reasons) == seen.waiting
    assert {reason.code for reason in seen.reasons} <= set(ReasonCode)
    return {reason.code: reason.contacts for reason in seen.reasons}


def run(world: World, **fields: object) -> int:
    """A running campaign of five, with a living engine that has not claimed from it yet."""
    world.tick()
    return world.campaign(5, **fields)


def lines_full(world: World) -> int:
    campaign_id = run(world, max_concurrent_calls=2)
    world.tick()
    return campaign_id


def trunk_full(world: World) -> int:
    world.sql("UPDATE trunks SET max_concurrent_calls = 3")
    world.campaign(phones(2, 50), name="Winter")
    campaign_id = run(world)
    world.tick()
    return campaign_id


def pace(world: World) -> int:
    campaign_id = run(world, calls_per_second=0.5)
    world.tick()
    return campaign_id


def trunk_pace(world: World) -> int:
    world.sql("UPDATE trunks SET calls_per_second = 0.5")
    campaign_id = run(world)
    world.tick()
    return campaign_id


def backoff(world: World) -> int:
    world.provider.answers["*"] = ProviderThrottled("too fast", retry_after=60)
    campaign_id = run(world, max_concurrent_calls=5)
    world.tick()
    world.clock.move(59)
    world.sql("UPDATE contacts SET due_at = created_at")
    world.tick()
    return campaign_id


def ended(world: World) -> int:
    campaign_id = run(world, ends_at="2026-11-20T15:00:10Z")
    world.clock.move(10)
    return campaign_id


def paused(world: World) -> int:
    campaign_id = run(world)
    world.act(campaign_id, "pause")
    return campaign_id


def stopped(world: World) -> int:
    campaign_id = run(world)
    with world.session() as session:
        # As a very large one is, until the engine has canceled its last contact.
        session.get_one(Campaign, campaign_id).status = "stopped"
    return campaign_id


def trouble(world: World) -> int:
    campaign_id = run(world)
    with world.session() as session:
        session.get_one(Campaign, campaign_id).last_error = "KeyError: oops"
    return campaign_id


def retry_wait(world: World) -> int:
    campaign_id = run(world)
    world.tick()
    world.provider.end_all("busy")
    world.tick()
    return campaign_id


SCENES: dict[str, tuple[Callable[[World], int], dict[str, int]]] = {
    "not-started": (lambda w: w.campaign(5, start=False), {"not-started": 5}),
    "no-contacts": (lambda w: w.campaign(0), {"no-contacts": 0}),
    "starts-later": (lambda w: run(w, starts_at="2026-11-21T15:00:00Z"), {"starts-later": 5}),
    "outside-hours": (
        lambda w: run(w, calling_windows=[{"days": ["mon"], "start": "09:00", "end": "10:00"}]),
        {"outside-hours": 5},
    ),
    "ended": (ended, {"ended": 5}),
    "paused": (paused, {"paused": 5}),
    "stopped": (stopped, {"stopped": 5}),
    "backoff": (backoff, {"backoff": 5}),
    "lines-full": (lines_full, {"lines-full": 3}),
    "trunk-full": (trunk_full, {"trunk-full": 4}),
    "pace": (pace, {"pace": 4}),
    "trunk-pace": (trunk_pace, {"trunk-pace": 4}),
    "trouble": (trouble, {"trouble": 5}),
    "next": (run, {"next": 5}),
    "retry-wait": (retry_wait, {"retry-wait": 5}),
    "engine-away": (lambda w: w.campaign(5), {"engine-away": 5}),
}


@pytest.mark.parametrize("scene, expected", SCENES.values(), ids=SCENES.keys())
def test_each_reason_holds_the_contacts_that_it_holds(
    world: World, scene: Callable[[World], int], expected: dict[str, int]
) -> None:
    assert codes(world, scene(world)) == expected


def test_a_reason_knows_until_when(world: World) -> None:
    campaign_id = run(world, calling_windows=[{"days": ["mon"], "start": "09:00", "end": "10:00"}])
    [reason] = look(world, campaign_id).reasons
    assert reason.until == world.clock.now() + timedelta(days=2, hours=18)


def test_due_and_later_contacts_stand_under_two_reasons(world: World) -> None:
    campaign_id = run(world, max_concurrent_calls=2)
    world.tick()
    world.provider.end_all("busy")
    world.tick()
    assert codes(world, campaign_id) == {"lines-full": 1, "retry-wait": 2}


def test_a_missing_engine_is_named_beside_the_other_reasons_for_waiting(world: World) -> None:
    campaign_id = run(world, starts_at="2026-11-21T15:00:00Z")
    world.clock.move(21)
    assert codes(world, campaign_id) == {"engine-away": 0, "starts-later": 5}


def test_whoever_was_called_often_enough_is_not_waiting_for_a_retry(world: World) -> None:
    run(world)
    world.tick()
    world.provider.end_all("completed")
    gap = world.campaign(5, name="Winter", min_gap_minutes=240)
    capped = world.campaign(5, name="Spring", caps=[{"most": 1, "per_hours": 24}], min_gap_minutes=0)
    world.tick()
    world.tick(2, every=16)
    assert codes(world, gap) == {"gap": 5}
    assert codes(world, capped) == {"capped": 5}
    [reason] = look(world, gap).reasons
    assert reason.until is not None
    world.clock.move((reason.until - world.clock.now()).total_seconds())
    world.tick()
    assert codes(world, gap) == {}
    assert world.contacts(gap) == {"dialing": 5}
    assert codes(world, capped) == {"capped": 5}


def test_a_try_that_failed_and_a_cap_are_two_reasons(world: World) -> None:
    campaign_id = run(world, caps=[{"most": 1, "per_hours": 24, "scope": "campaign"}])
    world.tick()
    world.provider.end_all("busy")
    world.tick()
    assert codes(world, campaign_id) == {"retry-wait": 5}
    world.sql("UPDATE contacts SET due_at = created_at WHERE id IN (SELECT min(id) FROM contacts)")
    world.tick()
    assert codes(world, campaign_id) == {"capped": 1, "retry-wait": 4}


def test_all_that_holds_is_told_and_each_contact_counted_once(world: World) -> None:
    campaign_id = run(world, starts_at="2026-11-21T15:00:00Z")
    world.act(campaign_id, "pause")
    world.sql("UPDATE trunks SET paused_at = created_at, paused_by = 'user:maya'")
    assert codes(world, campaign_id) == {"paused": 5, "starts-later": 0, "trunk-paused": 0}


def test_a_line_that_has_just_come_free_does_not_change_the_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = run(world, max_concurrent_calls=2)
    world.tick()
    monkeypatch.setattr(dial, "claim_for_trunk", lambda *_: ClaimResult())
    world.clock.move(20)
    world.provider.end_all("completed")
    world.tick()
    assert codes(world, campaign_id) == {"lines-full": 3}
    world.clock.move(15)
    world.tick()
    assert codes(world, campaign_id) == {"lines-full": 3}, "for most of the last 30 seconds"
    world.clock.move(15)
    world.tick()
    assert codes(world, campaign_id) == {"next": 3}


def test_a_paced_campaign_gives_one_reason_all_the_time(world: World) -> None:
    campaign_id = world.campaign(60, calls_per_second=1, max_concurrent_calls=20)
    world.tick()
    for _ in range(30):
        assert set(codes(world, campaign_id)) == {"pace"}
        world.clock.move(0.5)
        assert set(codes(world, campaign_id)) == {"pace"}
        world.clock.move(0.5)
        world.tick()
        world.provider.end_all("completed")


def test_a_trunk_that_cannot_dial_is_the_reason_also_while_it_is_tried(world: World) -> None:
    world.provider.answers["*"] = ProviderUnavailable("no route")
    campaign_id = run(world)
    cannot_dial = {"circuit-open", "backoff", "trouble"}
    world.tick()
    for _ in range(60):
        world.clock.move(10)
        world.tick()
        assert cannot_dial & codes(world, campaign_id).keys()
        if "circuit-open" in codes(world, campaign_id):
            break
    for _ in range(40):
        world.clock.move(2)
        assert "circuit-open" in codes(world, campaign_id), "between two tries"
        world.tick()
        assert "circuit-open" in codes(world, campaign_id)


def test_a_full_trunk_names_the_campaigns_that_fill_it(world: World) -> None:
    campaign_id = trunk_full(world)
    [reason] = look(world, campaign_id).reasons
    assert (reason.params["other"], reason.params["other_lines"]) == ("Winter", 2)


def test_a_campaign_that_is_done_gives_no_reason(world: World) -> None:
    campaign_id = world.campaign(3)
    world.finish(campaign_id)
    assert codes(world, campaign_id) == {}


def test_the_figures_are_those_of_the_rows(world: World) -> None:
    campaign_id = world.campaign(10, max_concurrent_calls=6)
    world.tick()
    for status, token in zip(
        ("completed", "busy", "no-answer", "failed"), world.provider.live(), strict=False
    ):
        world.provider.tell(token, status)
    world.clock.move(60)
    world.tick()
    seen = look(world, campaign_id)
    assert (seen.total, seen.done, seen.waiting, seen.open, seen.peak) == (10, 1, 3, 6, 6)
    assert (seen.ended, seen.answered, seen.answer_rate) == (4, 1, 0.25)
    assert seen.rate_per_minute == 4
    assert seen.eta is not None
    last = max(contact.due_at for contact in map(world.contact, phones(10)) if contact.due_at is not None)
    assert world.clock.now() + timedelta(minutes=5) < last <= seen.eta[0] <= seen.eta[1], (
        "not before the retries"
    )
    assert seen.calling
    shown = stats.stats_to_api(seen)
    assert shown["contacts"] == {"total": 10, **seen.contacts}
    assert (shown["open_calls"], shown["answer_rate"], shown["peak_concurrent_calls"]) == (6, 0.25, 6)
    with world.session() as session:
        end = session.get_one(Campaign, campaign_id).ends_at = world.clock.now() + timedelta(minutes=6)
    eta = look(world, campaign_id).eta
    assert eta is not None
    assert eta[1] == end, "its own end comes first"
    world.clock.move(timedelta(minutes=6).total_seconds())
    assert look(world, campaign_id).eta is None, "and is no time to come once it has passed"


def test_the_board_shows_every_trunk(world: World) -> None:
    world.trunk("backup", lines=5)
    world.campaign(4)
    world.tick()
    first, second, *_ = world.provider.live()
    world.provider.tell(first, "ringing")
    world.provider.tell(second, "in-progress")
    world.tick()
    with Session(world.db) as session:
        board = stats.compute_dashboard_stats(session, world.clock.now())
    one, two = board.trunks
    assert (one.name, one.open, one.talking, one.ringing, one.setup) == ("simulator", 4, 1, 1, 2)
    assert (two.name, two.open, two.limit) == ("backup", 0, 5)
    assert (board.lines_open, board.lines_limit, board.due_now) == (4, 1005, 0)
    with world.session() as session:
        session.query(Trunk).update({Trunk.paused_at: world.clock.now()})
        board = stats.compute_dashboard_stats(session, world.clock.now())
    assert (board.lines_open, board.lines_limit) == (4, 4), "nobody can use a paused trunk’s free lines"


def test_attempts_that_were_never_sent_are_no_calls_and_have_no_speed(world: World) -> None:
    campaign_id = world.campaign(5)
    claimed = world.claim().attempts
    world.act(campaign_id, "pause")
    assert world.permit(claimed) == []
    world.clock.move(60)
    seen = look(world, campaign_id)
    assert (seen.attempts["released"], seen.ended, seen.rate_per_minute) == (5, 0, None)


def put_off(world: World, phone: str, why: str | None, by: timedelta) -> None:
    with world.session() as session:
        contact = session.scalars(select(Contact).where(Contact.phone == phone)).one()
        contact.deferred_by, contact.due_at = why, world.clock.now() + by


def find_reasons(world: World, campaign_id: int) -> list[WaitReason]:
    """Those that hold somebody."""
    return [reason for reason in world.reasons(campaign_id) if reason.contacts]


def test_of_people_in_several_zones_only_those_that_are_closed_are_named(world: World) -> None:
    """Pensacola's area code reaches two zones: at 20:30 in the one it is 21:30 in the other."""
    at(world, datetime(2026, 11, 28, 2, 30, tzinfo=UTC))
    campaign_id = world.campaign([PENSACOLA], **{**THEIRS, "timezone": None, "calling_windows": ALWAYS})
    [reason] = find_reasons(world, campaign_id)
    assert (reason.code, reason.contacts) == ("their-hours", 1)
    assert dict(reason.params) == {"zones": "America/New_York", "hours": "Mon–Sun 08:00–21:00"}


def test_who_was_put_off_until_the_opening_is_named_with_their_hours(world: World) -> None:
    at(world, datetime(2026, 11, 28, 2, 30, tzinfo=UTC))
    campaign_id = world.campaign([PENSACOLA], **{**THEIRS, "timezone": None, "calling_windows": ALWAYS})
    put_off(world, PENSACOLA, "hours", timedelta(hours=11))
    [reason] = find_reasons(world, campaign_id)
    assert dict(reason.params) == {"zones": "America/New_York", "hours": "Mon–Sun 08:00–21:00"}


@pytest.mark.parametrize("put_off_by, code", [(None, "retry-wait"), ("gap", "gap"), ("busy", "number-busy")])
def test_until_is_when_the_first_may_be_called_also_for_people_who_sleep_when_they_are_due(
    world: World, put_off_by: str | None, code: str
) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([PARIS], **{**THEIRS, "timezone": None, "calling_windows": ALWAYS})
    put_off(world, PARIS, put_off_by, timedelta(hours=3))
    [reason] = find_reasons(world, campaign_id)
    opens = datetime(2026, 11, 29, 7, tzinfo=UTC)
    assert (reason.code, reason.until, reason.params["last"]) == (code, opens, opens.isoformat())


def test_going_on_after_a_soft_start_is_another_state_of_a_campaign(world: World) -> None:
    world.tick()
    campaign_id = world.campaign(5, start=False)
    world.act(campaign_id, "start", soft_start=0)

    def see() -> tuple[str, list[str]]:
        with Session(world.db) as session:
            campaign = session.get_one(Campaign, campaign_id)
            figures = stats.compute_campaign_stats(session, campaign, world.clock.now())
            return name_campaign_state(campaign), [reason.code for reason in figures.reasons]

    waiting, reasons = see()
    assert reasons == ["soft-start"]
    with world.session() as session:
        campaigns.proceed_campaign(session, campaign_id, None, actor="cli", now=world.clock.now())
    going_on, reasons = see()
    assert reasons == ["next"]
    assert going_on != waiting


def test_a_soft_start_that_waits_is_no_campaign_that_should_dial(world: World) -> None:
    world.tick()
    campaign_id = world.campaign(5, start=False)
    world.act(campaign_id, "start", soft_start=0)
    with Session(world.db) as session:
        [waits] = metrics._running_campaigns(session, [], world.clock.now())
    with world.session() as session:
        campaigns.proceed_campaign(session, campaign_id, None, actor="cli", now=world.clock.now())
    with Session(world.db) as session:
        [dials] = metrics._running_campaigns(session, [], world.clock.now())
    assert (waits.due, dials.due) == (0, 5)


def test_many_campaigns_cost_as_many_statements_as_few_and_each_has_its_own_figures(world: World) -> None:
    """Calls under way, ended and in doubt, full lines, retries, soft starts, and people who wait for another reason."""
    world.trunk("Other", lines=2)
    for i in range(8):
        numbers = phones(6, 100 * i)
        campaign_id = world.campaign(
            numbers,
            name=f"Campaign {i}",
            max_concurrent_calls=1 + i % 3,
            **({"provider": "Other"} if i % 4 == 1 else {}),
        )
        if i == 2:
            world.sql(
                "UPDATE campaigns SET soft_start = 1, soft_start_at = created_at WHERE id = :id",
                id=campaign_id,
            )
    world.tick(3)
    world.provider.end_all(AttemptStatus.NO_ANSWER)
    world.tick(2)
    world.clock.move(20)
    world.tick()
    statements: list[str] = []
    sa.event.listen(world.db, "before_cursor_execute", lambda *args: statements.append(args[2]))
    now = world.clock.now()
    with Session(world.db) as session:
        rows = session.scalars(select(Campaign).order_by(Campaign.id)).all()
        asked = []
        for some in (rows[:3], rows):
            statements.clear()
            together = stats.compute_stats_of_campaigns(session, some, now)
            asked.append(len(statements))
        assert asked[1] <= asked[0] <= 30, statements
        # The first campaigns have everything that the later ones have, or the counts would say nothing.
        assert {reason.code for each in together.values() for reason in each.reasons} >= {
            "lines-full",
            "trunk-full",
            "retry-wait",
            "soft-start",
        }
        assert together == {
            campaign.id: stats.compute_campaign_stats(session, campaign, now) for campaign in rows
        }
