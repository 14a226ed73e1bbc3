"""Asking the provider once, and what each of its answers becomes."""

from __future__ import annotations

import pytest

from campaign_app import crash_points, logs
from campaign_app.domain.errors import TrunkUnusable
from campaign_app.domain.script import script_from_text
from campaign_app.engine.context import SEND_WITHIN
from campaign_app.engine.send import send_attempts
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    PlacedCall,
    ProviderThrottled,
    ProviderUnavailable,
)
from tests.engine.fakes import ScriptedProvider
from tests.engine.world import World, phones


def dial(world: World, answer: Exception | None, **fields: object) -> str:
    """One campaign with one number, dialed once, with this answer. Returns the number."""
    [phone] = phones(1)
    world.provider.answers["*"] = answer
    world.campaign([phone], **fields)
    world.tick()
    return phone


def test_placed_is_queued_with_the_providers_own_id(world: World) -> None:
    phone = dial(world, None, caller_id="+12125550199")
    attempt = world.attempt(phone)
    assert (attempt.status, attempt.rank) == ("queued", 2)
    assert attempt.provider_ref == f"ref-{attempt.token[-8:]}"
    assert attempt.placed_at == world.clock.now()
    assert world.provider.asked == [
        DialRequest(attempt.token, phone, "+12125550199", script_from_text("Hello"))
    ]


def test_log_lines_name_the_attempt_that_is_being_placed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, told = world.provider.place, []

    def place_and_look(request: DialRequest) -> PlacedCall:
        told.append((request.token, logs._add_context(None, "", {}).get("attempt")))
        return place(request)

    monkeypatch.setattr(world.provider, "place", place_and_look)
    world.campaign(phones(3))
    world.tick()
    assert len(told) == 3
    assert [token for token, _ in told] == [named for _, named in told]
    assert logs._add_context(None, "", {}) == {}


def test_rejected_for_good_exhausts_the_contact_at_once(world: World) -> None:
    phone = dial(world, CallRejected("invalid number", sip_code=404, q850=1))
    attempt, contact = world.attempt(phone), world.contact(phone)
    assert (attempt.status, attempt.cause, attempt.sip_code, attempt.q850) == (
        "failed",
        "invalid number",
        404,
        1,
    )
    assert (contact.status, contact.due_at, contact.tries) == ("exhausted", None, 1)
    assert world.status(attempt.campaign_id) == "completed"


def test_rejected_for_now_is_tried_again_by_the_policy(world: World) -> None:
    phone = dial(world, CallRejected("not now", permanent=False))
    contact = world.contact(phone)
    assert (contact.status, contact.tries) == ("retry", 1)
    assert 600 <= (contact.due_at - world.clock.now()).total_seconds() <= 660


def test_throttled_goes_back_costs_no_try_and_waits_as_long_as_was_asked(world: World) -> None:
    phone = dial(world, ProviderThrottled("too fast", retry_after=42))
    attempt, contact = world.attempt(phone), world.contact(phone)
    assert (attempt.status, attempt.counts, attempt.cause) == ("released", False, "too fast")
    assert (contact.status, contact.tries) == ("pending", 0)
    assert (contact.due_at - world.clock.now()).total_seconds() == 42
    campaign = world.row(attempt.campaign_id)
    assert (campaign.failures, campaign.last_error) == (1, "too fast")
    assert (campaign.backoff_until - world.clock.now()).total_seconds() == 42


def test_unavailable_goes_back_and_is_due_five_seconds_later(world: World) -> None:
    phone = dial(world, ProviderUnavailable("no connection"))
    contact = world.contact(phone)
    assert world.attempt(phone).status == "released"
    assert (contact.status, contact.tries) == ("pending", 0)
    assert (contact.due_at - world.clock.now()).total_seconds() == 5


@pytest.mark.parametrize("answer", [InDoubt("read timed out"), RuntimeError("a bug in the adapter")])
def test_in_doubt_holds_its_line_and_is_never_sent_again(world: World, answer: Exception) -> None:
    phone = dial(world, answer)
    world.provider.away = "no connection"
    attempt = world.attempt(phone)
    assert (attempt.status, attempt.rank) == ("in-doubt", 1)
    assert str(answer) in attempt.cause
    world.provider.answers.clear()
    world.tick(10, every=3)
    assert world.attempt(phone).status == "in-doubt"
    assert len(world.provider.asked) == 1
    assert world.contact(phone).status == "dialing"
    assert world.row(attempt.campaign_id).last_error
    world.provider.away = None


def test_what_cannot_leave_within_five_seconds_of_its_permit_is_released(world: World) -> None:
    """An earlier request of the same batch took so long (or the process was frozen) that the permit is stale."""
    numbers = phones(3)
    campaign_id = world.campaign(numbers)
    world.provider.before_answer = lambda dial: world.clock.move(
        SEND_WITHIN if len(world.provider.asked) == 1 else 0
    )
    claimed = world.claim().attempts
    assert world.send(claimed) == 2
    assert world.outcomes(campaign_id) == {"queued": 2, "released": 1}
    [late] = [a for a in world.attempts() if a.status == "released"]
    assert late.phone == claimed[2].phone
    assert late.dialing_at is not None
    assert "5 s" in late.cause
    assert (world.contact(late.phone).status, world.contact(late.phone).tries) == ("pending", 0)


def test_a_freeze_right_after_the_permits_commit_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the commit and the first look at the clock, where random SIGSTOPs found it."""
    campaign_id = world.campaign(2)
    claimed = world.claim().attempts

    def freeze(name: str) -> None:
        if name == "permit.after-commit":
            world.clock.move(SEND_WITHIN)

    monkeypatch.setattr(crash_points, "pass_crash_point", freeze)
    assert world.send(claimed) == 0
    assert world.provider.asked == []
    assert world.outcomes(campaign_id) == {"released": 2}


def test_a_clock_that_is_corrected_neither_stretches_nor_spends_the_five_seconds(world: World) -> None:
    world.campaign(3)
    noon = world.clock.now()
    world.provider.before_answer = lambda dial: world.clock.set(
        noon.replace(hour=18 if len(world.provider.asked) % 2 else 12)
    )
    assert world.send(world.claim().attempts) == 3


def test_every_answer_in_one_batch_is_recorded_for_its_own_contact(world: World) -> None:
    numbers = phones(6)
    world.provider.answers = {
        numbers[1]: CallRejected("bad"),
        numbers[2]: ProviderThrottled("slow down", 1),
        numbers[3]: ProviderUnavailable("away"),
        numbers[4]: InDoubt("timed out"),
        numbers[5]: ValueError("bug"),
    }
    world.campaign(numbers)
    world.provider.away = "quiet"
    assert world.send(world.claim().attempts) == 1
    assert [world.attempt(phone).status for phone in numbers] == [
        "queued",
        "failed",
        "released",
        "released",
        "in-doubt",
        "in-doubt",
    ]
    assert [world.contact(phone).status for phone in numbers] == [
        "dialing",
        "exhausted",
        "pending",
        "pending",
        "dialing",
        "dialing",
    ]
    world.provider.away = None


def test_a_provider_that_waits_is_asked_from_several_threads_and_still_once_each(world: World) -> None:
    trunk = world.trunk("slow", blocking=True)
    campaign_id = world.campaign(phones(60), provider="slow", max_concurrent_calls=60)
    world.tick()
    provider = world.providers[trunk]
    assert len(provider.placed) == 60
    assert provider.repeated() == []
    assert world.outcomes(campaign_id) == {"queued": 60}


def test_a_permit_covers_no_more_than_can_be_sent_in_time(world: World) -> None:
    """A provider of 1 s a request and ten senders: 20 a permit, and none is released for being late."""
    trunk = world.trunk("slow", blocking=True)
    campaign_id = world.campaign(phones(60), provider="slow", max_concurrent_calls=60)
    world.state.get_trunk_state(trunk).latency = 1.0
    statements: list[int] = []
    provider = world.providers[trunk]

    def seen(dial: DialRequest) -> None:
        statements.append(sum(1 for a in world.attempts(campaign_id) if a.status == "claimed"))

    provider.before_answer = seen
    claimed = world.claim(trunk_id=trunk).attempts
    assert send_attempts(world.state, provider, trunk, claimed) == 60
    assert statements[0] == 40, "20 were permitted, 40 still waited as claimed"


def test_a_provider_that_is_not_ready_is_not_asked_and_no_contact_is_claimed(world: World) -> None:
    world.campaign(3)
    world.provider.not_ready = "Not registered."
    world.tick()
    assert world.attempts() == []
    [row] = world.sql("SELECT last_error FROM engine_heartbeats")
    assert row.last_error == "Not registered."
    world.provider.not_ready = None
    world.tick()
    assert len(world.provider.placed) == 3


def test_a_trunk_that_cannot_be_set_up_does_not_stop_the_others(world: World) -> None:
    broken = world.trunk("broken")
    del world.providers[broken]
    world.campaign(3)
    world.tick()
    assert len(world.provider.placed) == 3
    [row] = world.sql("SELECT last_error FROM engine_heartbeats")
    assert row.last_error.startswith("trunk broken:")


class _Incomplete(dict[int, ScriptedProvider]):
    """Providers without those of trunks whose settings are not whole."""

    def __missing__(self, key: int) -> ScriptedProvider:
        raise TrunkUnusable("it needs an address")


def test_a_trunk_whose_settings_are_not_whole_says_so_without_a_traceback(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    incomplete = world.trunk("office")
    del world.providers[incomplete]
    world.providers = _Incomplete(world.providers)
    world.tick()
    [row] = world.sql("SELECT not_ready FROM trunks WHERE id = :id", id=incomplete)
    assert row.not_ready == "it needs an address"
    told = [record for record in caplog.records if "office cannot be used" in record.getMessage()]
    assert [(record.levelname, record.exc_info) for record in told] == [("WARNING", None)]


def test_the_fake_takes_a_lost_reply_for_a_call_or_for_none(world: World) -> None:
    carrier = ScriptedProvider(world.clock, doubt_places=False)
    carrier.answers["*"] = InDoubt("lost")
    with pytest.raises(InDoubt):
        carrier.place(DialRequest("t", "+12125550100", None, script_from_text("Hello")))
    assert carrier.live() == []
