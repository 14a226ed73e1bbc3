"""One call's life, step by step, with nothing behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.script import Disposition, OnMachine
from campaign_app.providers.asterisk.call import EVENT_HANDLERS, MOST_KEYS, MOST_REPEATS, AsteriskCall
from campaign_app.providers.asterisk.call_actions import (
    BridgeLegs,
    CallAction,
    DetectMachine,
    DetectTalking,
    DialTransferLeg,
    EndTransferLeg,
    HangUp,
    PlayMedia,
    ReportStatus,
    StartTimer,
    StopPlaybacks,
)
from campaign_app.providers.asterisk.call_states import AsteriskCallEvent, CallState, EndRequester
from campaign_app.providers.asterisk.playback_plan import PlaybackPlan
from tests.providers.asterisk.one_call import SCORE, answered, call, heard, kinds, last, media

S = AttemptStatus


def test_a_person_hears_the_message_has_time_for_a_key_and_is_hung_up_on() -> None:
    it = call()
    assert it.on_ringing() == [ReportStatus(S.RINGING, {})]
    begun = it.on_answered(100.0)
    assert kinds(begun) == [ReportStatus, StartTimer, PlayMedia]
    assert media(begun) == ["sound:one", "sound:two"]
    first, second = sorted(it.playing)
    assert it.on_playback(first, failed=False) == []
    assert it.on_playback(second, failed=False) == [StartTimer("menu:0", 5.0)]
    assert it.on_timer("menu:0") == [HangUp()]
    over = last(it.on_destroyed(16))
    assert (over["disposition"], over["q850"]) == (Disposition.PLAYED, 16)


def test_without_a_menu_the_call_ends_with_the_message() -> None:
    it = answered(keys=())
    assert heard(it) == [HangUp()]


def test_whoever_hangs_up_early_has_not_heard_it() -> None:
    it = answered()
    it.on_end_request(EndRequester.CALLEE)
    for playback in sorted(it.playing):
        assert it.on_playback(playback, failed=True) == [], "no fault of the sound's"
    assert last(it.on_destroyed(16))["disposition"] is Disposition.CUT_SHORT


def test_a_sound_that_cannot_be_played_ends_the_call_and_says_so() -> None:
    it = answered()
    assert it.on_playback(sorted(it.playing)[0], failed=True) == [HangUp()]
    over = last(it.on_destroyed(16))
    assert "could not play" in str(over["cause"])
    assert over["disposition"] is Disposition.NOT_PLAYED
    assert over["unplayed"]


def test_whoever_heard_one_of_several_sounds_is_not_called_again_as_if_in_silence() -> None:
    it = answered()
    first, second = sorted(it.playing)
    assert it.on_playback(first, failed=False) == []
    assert it.on_playback(second, failed=True) == [HangUp()]
    over = last(it.on_destroyed(16))
    assert (over["disposition"], over["unplayed"]) == (Disposition.CUT_SHORT, True)


def test_an_opt_out_is_reported_at_once_confirmed_and_ends_the_call() -> None:
    it = answered()
    actions = it.on_key("9")
    assert kinds(actions) == [StopPlaybacks, ReportStatus, PlayMedia]
    assert last(actions)["disposition"] is Disposition.OPTED_OUT
    assert media(actions) == ["sound:removed"]
    assert it.on_key("3") == [], "no key undoes it"
    assert heard(it) == [HangUp()]
    over = last(it.on_destroyed(16))
    assert (over["disposition"], over["key"]) == (Disposition.OPTED_OUT, "9")


def test_playbacks_are_stopped_the_last_first() -> None:
    it = answered()
    playing = sorted(it.playing)
    stop = it.on_key("9")[0]
    assert stop == StopPlaybacks(tuple(reversed(playing)))


def test_a_survey_key_is_recorded_with_thanks() -> None:
    it = answered()
    heard(it)
    assert it.state is CallState.MENU
    actions = it.on_key("2")
    assert (last(actions)["disposition"], last(actions)["key"]) == (Disposition.RESPONDED, "2")
    assert media(actions) == ["sound:thanks"]
    assert it.on_timer("menu:0") == [], "the menu is over"
    assert heard(it) == [HangUp()]


def test_a_repeat_begins_anew_and_the_old_menu_no_longer_counts() -> None:
    it = answered()
    heard(it)
    assert media(it.on_key("1")) == ["sound:one", "sound:two"]
    assert it.on_timer("menu:0") == []
    heard(it)
    assert it.on_timer("menu:0") == []
    assert it.on_timer("menu:1") == [HangUp()]
    assert last(it.on_destroyed(16))["key"] is None


def test_an_unknown_key_changes_nothing() -> None:
    it = answered()
    playing = set(it.playing)
    assert it.on_key("#") == []
    assert it.playing == playing


@pytest.mark.parametrize("digit", "0123456789*#")
def test_a_flood_of_keys_costs_a_bounded_number_of_requests(digit: str) -> None:
    it = answered()
    wanted = [action for _ in range(10_000) for action in it.on_key(digit)]
    assert len(wanted) <= 2 * (MOST_REPEATS + 1) + 3
    assert it.key_count > MOST_KEYS
    assert it.state in (CallState.MESSAGE, CallState.CONFIRM, CallState.THANKS, CallState.WAITING_FOR_LINE)


DETECTING = {"on_machine": OnMachine.LEAVE_MESSAGE}


def test_a_callee_detected_as_a_person_hears_the_message() -> None:
    it = call(**DETECTING)
    assert kinds(it.on_answered(100.0)) == [ReportStatus, StartTimer, DetectMachine, StartTimer]
    actions = it.on_detected("HUMAN", 101.8)
    assert (last(actions)["answered_by"], last(actions)["detected_after"]) == (AnsweredBy.HUMAN, 1.8)
    assert media(actions) == ["sound:one", "sound:two"]


def test_where_asterisk_is_not_sure_nobody_is_kept_waiting() -> None:
    it = answered(**DETECTING)
    actions = it.on_detected("NOTSURE", 101.9)
    assert last(actions)["answered_by"] is AnsweredBy.UNKNOWN
    assert media(actions) == ["sound:one", "sound:two"]


def test_without_a_dialplan_for_detection_the_message_is_played() -> None:
    it = answered(**DETECTING)
    assert media(it.on_undetectable(100.1)) == ["sound:one", "sound:two"]


def test_a_machine_is_hung_up_on_where_the_script_says_so() -> None:
    it = answered(on_machine=OnMachine.HANG_UP)
    assert kinds(it.on_detected("MACHINE", 102.0)) == [ReportStatus, HangUp]
    over = last(it.on_destroyed(16))
    assert (over["disposition"], over["answered_by"]) == (Disposition.MACHINE_HUNG_UP, AnsweredBy.MACHINE)


def test_a_message_is_left_once_the_greeting_is_over() -> None:
    it = answered(**DETECTING)
    assert DetectTalking in kinds(it.on_detected("MACHINE", 102.0))
    assert it.on_talking(True) == []
    assert it.on_timer("quiet") == [], "it talks on"
    assert media(it.on_talking(False)) == ["sound:voicemail"]
    assert it.on_talking(False) == [], "once"
    assert heard(it) == [HangUp()]
    assert last(it.on_destroyed(16))["disposition"] is Disposition.MACHINE_LEFT


@pytest.mark.parametrize("timer", ["quiet", "beep"])
def test_a_message_is_left_also_where_the_end_of_the_greeting_is_not_heard(timer: str) -> None:
    it = answered(**DETECTING, machine=())
    it.on_detected("MACHINE", 102.0)
    assert media(it.on_timer(timer)) == ["sound:one", "sound:two"], "for want of one for machines"


def test_an_opt_out_during_detection_counts_at_once() -> None:
    it = answered(**DETECTING)
    assert last(it.on_key("9"))["disposition"] is Disposition.OPTED_OUT
    assert media(it.on_detected("HUMAN", 101.8)) == ["sound:removed"]


def test_a_call_that_does_not_come_back_from_detection_is_ended() -> None:
    it = answered(**DETECTING)
    assert it.on_timer("detect") == [HangUp()]


def test_a_transfer_joins_both_and_ends_both() -> None:
    it = answered()
    actions = it.on_key("3")
    assert kinds(actions) == [StopPlaybacks, ReportStatus, DialTransferLeg]
    assert isinstance(actions[-1], DialTransferLeg)
    assert actions[-1].to == "700"
    note = it.begin_transfer_leg()
    assert note is not None
    assert it.begin_transfer_leg() == note, "the request could not be sent, and is made again"
    assert kinds(it.on_transfer_leg(up=True)) == [BridgeLegs, ReportStatus]
    assert it.begin_transfer_leg() is None
    assert it.disposition is Disposition.TRANSFERRED
    assert kinds(it.on_transfer_leg(up=False)) == [HangUp, EndTransferLeg]
    assert kinds(it.on_destroyed(16)) == [ReportStatus], "the other end is gone already"


def test_a_transfer_that_fails_ends_the_call_and_says_so() -> None:
    it = answered()
    it.on_key("3")
    it.begin_transfer_leg()
    assert kinds(it.on_transfer_leg(up=False)) == [HangUp, EndTransferLeg]
    over = last(it.on_destroyed(16))
    assert "could not be transferred" in str(over["cause"])
    assert over["disposition"] is Disposition.CUT_SHORT


def test_whoever_hangs_up_while_the_other_end_rings_leaves_nobody_ringing() -> None:
    it = answered()
    it.on_key("3")
    it.begin_transfer_leg()
    assert kinds(it.on_destroyed(16)) == [EndTransferLeg, StartTimer]
    assert it.on_transfer_leg(up=True) == [EndTransferLeg()]


def test_a_call_is_over_when_its_other_leg_is_too() -> None:
    """That is a call as well: told before, its line would be taken while it is up."""
    it = answered()
    it.on_key("3")
    it.begin_transfer_leg()
    it.on_transfer_leg(up=True)
    assert kinds(it.on_destroyed(16)) == [EndTransferLeg, StartTimer]
    assert not it.has_ended
    assert it.on_destroyed(16) == it.on_timer("limit") == it.on_failure("no answer") == []
    assert kinds(it.on_timer("leg:1")) == [EndTransferLeg, StartTimer]
    assert last(it.on_transfer_leg(up=False))["disposition"] is Disposition.TRANSFERRED
    assert it.has_ended
    assert it.on_timer("leg:2") == it.on_transfer_leg(up=False) == []


def test_an_other_leg_that_cannot_be_ended_does_not_hold_the_call_for_ever() -> None:
    it = answered()
    it.on_key("3")
    it.begin_transfer_leg()
    actions = it.on_destroyed(16)
    for times in range(1, 6):
        assert kinds(actions) == [EndTransferLeg, StartTimer]
        actions = it.on_timer(f"leg:{times}")
    assert kinds(actions) == [ReportStatus]


@pytest.mark.parametrize("how", [*EndRequester, "limit", "over"])
def test_no_agent_is_dialed_for_a_callee_who_no_longer_waits(how: str) -> None:
    it = answered()
    it.on_key("3")
    assert it.awaits_line
    match how:
        case "limit":
            assert it.on_timer("limit") == [HangUp()]
        case "over":
            assert kinds(it.on_destroyed(16)) == [ReportStatus], "no other leg to wait for"
        case _:
            it.on_end_request(EndRequester(how))
    assert not it.awaits_line
    assert it.begin_transfer_leg() is None


def test_a_callee_waiting_for_a_line_still_waits_after_an_engine_restart() -> None:
    it = answered()
    it.on_key("3")
    other = AsteriskCall.from_handover(it.token, it.plan, "boot", it.handover_note())
    assert kinds(other.resume_call(500.0, set(), 20.0, leg_state=None)) == [
        ReportStatus,
        StartTimer,
        DialTransferLeg,
    ]
    assert other.awaits_line


def test_the_longest_duration_ends_the_call() -> None:
    it = answered()
    assert it.on_timer("limit") == [HangUp()]


def test_hung_up_by_us_before_it_was_answered_it_is_canceled() -> None:
    it = call()
    it.on_ringing()
    it.on_end_request(EndRequester.US)
    assert [a.status for a in it.on_destroyed(16) if isinstance(a, ReportStatus)] == [S.CANCELED]


def test_an_event_received_twice_is_reported_once() -> None:
    it = call()
    it.on_ringing()
    assert it.on_ringing() == []
    it.on_answered(100.0)
    assert it.on_answered(101.0) == []
    it.on_destroyed(16)
    assert it.on_destroyed(17) == []
    assert it.on_key("9") == []


def test_another_process_goes_on_where_the_first_one_was() -> None:
    it = answered()
    heard(it)
    it.on_key("1")
    other = AsteriskCall.from_handover(
        it.token, PlaybackPlan.from_json(it.plan.to_json()), "boot", it.handover_note()
    )
    assert other.playback_ids() == sorted(it.playing), "it knows what plays"
    other.resume_call(500.0, set(other.playback_ids()[1:]), 20.0, leg_state=None)
    assert heard(other) == [StartTimer("menu:1", 5.0)]
    assert last(other.on_destroyed(16))["disposition"] is Disposition.PLAYED


def test_a_message_whose_end_nobody_heard_has_been_played() -> None:
    it = AsteriskCall.from_handover("a" * 32, replace(SCORE, keys=()), "boot", None)
    assert HangUp() in it.resume_call(500.0, set(), 20.0, leg_state=None)
    assert it.message_completed


def test_a_message_that_cannot_have_been_played_yet_is_begun() -> None:
    it = AsteriskCall.from_handover("a" * 32, SCORE, "boot", None)
    assert media(it.resume_call(500.0, set(), 1.0, leg_state=None)) == ["sound:one", "sound:two"]


@pytest.mark.parametrize(
    "state, joined, wants",
    [
        ("Up", True, []),
        (
            "Up",
            False,
            [BridgeLegs, ReportStatus],
        ),  # the engine died between the other end's answer and the bridge
        ("Ringing", False, []),
        (None, False, [HangUp]),
    ],
)
def test_a_transfer_that_was_taken_over_goes_on_with_its_other_end(
    state: str | None, joined: bool, wants: list[type[CallAction]]
) -> None:
    it = answered()
    it.on_key("3")
    it.begin_transfer_leg()
    other = AsteriskCall.from_handover(it.token, it.plan, "boot", it.handover_note())
    actions = other.resume_call(500.0, set(), 20.0, leg_state=state, bridged=joined)
    assert kinds(actions) == [ReportStatus, StartTimer, *wants]
    assert (other.disposition is Disposition.TRANSFERRED) is (state == "Up")


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"stage":"nowhere","turn":0,"heard":false,"key":null}'])
def test_a_note_that_is_none_is_refused(note: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        AsteriskCall.from_handover("a" * 32, SCORE, "boot", note)


def test_a_playback_plan_survives_its_json_form() -> None:
    assert PlaybackPlan.from_json(SCORE.to_json()) == SCORE
    with pytest.raises(ValueError, match="not a score"):
        PlaybackPlan.from_json("{}")


def test_every_event_has_its_row_and_every_state_hears_of_its_end() -> None:
    assert set(EVENT_HANDLERS) == set(AsteriskCallEvent)
    ended_by_channel = set(EVENT_HANDLERS[AsteriskCallEvent.DESTROYED])
    assert set(CallState) - ended_by_channel == {CallState.ENDING_TRANSFER_LEG, CallState.ENDED}
    assert CallState.ENDING_TRANSFER_LEG in EVENT_HANDLERS[AsteriskCallEvent.LEG_ENDED]


def test_a_leg_that_asterisk_refuses_to_dial_is_not_waited_for() -> None:
    it = answered()
    it.on_key("3")
    it.begin_transfer_leg()
    assert it.on_leg_refused() == []
    assert it.on_failure("refused") == [HangUp()]
    assert kinds(it.on_destroyed(16)) == [ReportStatus]


def test_an_end_that_we_asked_for_stays_ours_when_the_callee_hangs_up_too() -> None:
    it = call()
    it.on_ringing()
    it.on_end_request(EndRequester.US)
    it.on_end_request(EndRequester.CALLEE)
    assert it.on_answered(100.0)[-1] == HangUp()


def test_a_phone_that_rang_until_the_end_is_no_answer_and_one_that_did_not_is_unreachable() -> None:
    it, silent = call(), call()
    it.on_ringing()
    ends = [it.on_destroyed(19, timed_out=True), silent.on_destroyed(19, timed_out=True)]
    assert [a.status for end in ends for a in end if isinstance(a, ReportStatus)] == [S.NO_ANSWER, S.FAILED]
