"""What the callee hears and can do, as the fake plays our TwiML; and what the attempt is told of it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.domain.script import (
    CallScript,
    Disposition,
    KeyAction,
    MenuKey,
    OnMachine,
    PlayRecording,
    SayText,
    script_from_text,
)
from campaign_app.providers.base import DialRequest
from campaign_app.providers.twilio import TwilioAccount, twiml, webhooks
from campaign_app.providers.twilio.urls import CallbackUrls
from tests.providers.twilio.fake.process import TOKEN
from tests.providers.twilio.rig import TwilioHarness

D = Disposition
MENU = CallScript(
    message=(SayText("Your visit is on Monday."),),
    machine=(SayText("Please call us back."),),
    keys=(
        MenuKey("9", KeyAction.OPT_OUT),
        MenuKey("1", KeyAction.REPEAT),
        MenuKey("2", KeyAction.SURVEY_RESPONSE, "yes"),
        MenuKey("3", KeyAction.TRANSFER, to="+12125550177"),
        MenuKey("#", KeyAction.SURVEY_RESPONSE, "no"),
    ),
    confirm_opt_out=(SayText("You will not be called again."),),
    thanks=(SayText("Thank you."),),
    wait=3.0,
)


def machines(policy: OnMachine) -> CallScript:
    return CallScript(message=MENU.message, machine=MENU.machine, on_machine=policy)


def told(harness: TwilioHarness, token: str) -> list[tuple[str | None, str | None]]:
    """(key, disposition) of everything that was told, in order; what says neither is left out."""
    return [(n.key, n.disposition) for n in harness.ear.heard.get(token, []) if n.key or n.disposition]


def play(harness: TwilioHarness, digits: str, script: CallScript) -> tuple[str, CallUpdate, list[str]]:
    """Call a callee who behaves as those digits say: the token, the end, what was heard."""
    token = harness.call(f"+12125550{digits}", script)
    return token, harness.outcome(token), harness.fake.heard(token)


def test_a_message_that_is_heard_to_its_end(harness: TwilioHarness) -> None:
    token, end, heard = play(harness, "200", script_from_text("Hello."))
    assert end.status is AttemptStatus.COMPLETED
    assert heard == ["say: Hello."]
    assert told(harness, token) == [(None, D.PLAYED)]


@pytest.mark.parametrize("digits", ["841", "851"])
def test_a_callee_who_hangs_up_early(harness: TwilioHarness, digits: str) -> None:
    token, end, _ = play(harness, digits, script_from_text("Hello. " * 10))
    assert (end.status, end.disposition) == (AttemptStatus.COMPLETED, D.CUT_SHORT)
    assert told(harness, token) == [(None, D.CUT_SHORT)]


def test_no_key_is_pressed(harness: TwilioHarness) -> None:
    token, _, heard = play(harness, "200", MENU)
    assert heard == ["say: Your visit is on Monday."]
    assert told(harness, token) == [(None, D.PLAYED)]


@pytest.mark.parametrize(
    "digits, key, after, disposition",
    [
        ("819", "9", ["say: You will not be called again."], D.OPTED_OUT),
        ("812", "2", ["say: Thank you."], D.RESPONDED),
        ("821", "#", ["say: Thank you."], D.RESPONDED),
        ("813", "3", ["dial: +12125550177"], D.TRANSFERRED),
    ],
)
def test_a_key_that_ends_the_call(
    harness: TwilioHarness, digits: str, key: str, after: list[str], disposition: Disposition
) -> None:
    token, end, heard = play(harness, digits, MENU)
    assert end.status is AttemptStatus.COMPLETED
    assert heard == ["say: Your visit is on Monday.", *after]
    assert told(harness, token) == [(key, disposition)]


def test_a_transfer_waits_until_a_line_is_free(harness: TwilioHarness) -> None:
    harness.ear.without_line = 3
    token, end, heard = play(harness, "813", MENU)
    assert end.status is AttemptStatus.COMPLETED
    assert heard == ["say: Your visit is on Monday.", *["pause: "] * 3, "dial: +12125550177"]
    assert told(harness, token) == [*[("3", None)] * 3, ("3", D.TRANSFERRED)]


def test_a_transfer_for_which_no_line_comes_free_ends_the_call(harness: TwilioHarness) -> None:
    harness.fake.set(speed=200.0)
    harness.ear.without_line = 1000
    token, end, heard = play(harness, "813", MENU)
    assert end.status is AttemptStatus.COMPLETED
    assert heard == ["say: Your visit is on Monday.", *["pause: "] * webhooks.LINE_MOST]
    assert (None, D.TRANSFERRED) not in told(harness, token)


@pytest.mark.parametrize("digits, key", [("811", "1"), ("817", "7"), ("820", "*")])
def test_a_key_that_repeats_or_means_nothing_brings_the_message_again(
    harness: TwilioHarness, digits: str, key: str
) -> None:
    token, _, heard = play(harness, digits, MENU)
    assert heard == ["say: Your visit is on Monday."] * 2
    assert told(harness, token) == [*[(key if key == "1" else None, None)][: key == "1"], (None, D.PLAYED)]


def test_a_flood_of_keys_comes_to_an_end(harness: TwilioHarness) -> None:
    harness.fake.set(speed=200.0)
    token, end, heard = play(harness, "830", MENU)
    assert end.status is AttemptStatus.COMPLETED
    assert 5 < len(heard) <= twiml.MOST_ROUNDS + 1
    assert told(harness, token) == [(None, D.PLAYED)]


@pytest.mark.parametrize("detection", ["async", "sync"])
@pytest.mark.parametrize(
    "digits, policy, who, last, disposition",
    [
        ("832", OnMachine.HANG_UP, AnsweredBy.MACHINE, None, D.MACHINE_HUNG_UP),
        ("833", OnMachine.LEAVE_MESSAGE, AnsweredBy.FAX, None, D.MACHINE_HUNG_UP),
        ("832", OnMachine.LEAVE_MESSAGE, AnsweredBy.MACHINE, "say: Please call us back.", D.MACHINE_LEFT),
        ("831", OnMachine.HANG_UP, AnsweredBy.HUMAN, "say: Your visit is on Monday.", D.PLAYED),
        ("832", OnMachine.AS_HUMAN, None, "say: Your visit is on Monday.", D.PLAYED),
    ],
)
def test_an_answering_machine(
    harness: TwilioHarness,
    detection: str,
    digits: str,
    policy: OnMachine,
    who: AnsweredBy | None,
    last: str | None,
    disposition: Disposition,
) -> None:
    harness.use_account(detection=detection)
    # The callee listens longer than the detection takes.
    harness.fake.set(least_talk=0.6)
    token = harness.call(f"+12125550{digits}", machines(policy))
    if detection == "async" and disposition is D.MACHINE_HUNG_UP:
        # It is the engine that ends such a call, because the ear said so.
        harness.wait_until(lambda: (None, disposition) in told(harness, token), "the machine to be noticed")
        harness.provider.hangup(token, None)
    assert harness.outcome(token).status is AttemptStatus.COMPLETED
    assert disposition in [said for _, said in told(harness, token)]
    heard = harness.fake.heard(token)
    if detection == "sync":
        assert heard == ([] if last is None else [last])
    elif last is not None:
        assert heard[-1] == last
    whos = {news.answered_by for news in harness.ear.heard[token]} - {None}
    assert whos == ({who} - {None})
    if detection == "async" and who is not None:
        waited = [n.detected_after for n in harness.ear.heard[token] if n.detected_after is not None]
        assert waited == [8.0 if policy is OnMachine.LEAVE_MESSAGE and who is AnsweredBy.MACHINE else 4.0]


def test_a_redirect_that_fails_leaves_the_message_at_the_end_instead(harness: TwilioHarness) -> None:
    harness.fake.set(least_talk=0.6)
    # Twilio refuses the update: its password was changed, and callbacks still come signed with the old one.
    harness.ear.use_account(auth_token="not the token", second_token=TOKEN)
    token, end, heard = play(harness, "832", machines(OnMachine.LEAVE_MESSAGE))
    assert end.status is AttemptStatus.COMPLETED
    assert heard == ["say: Your visit is on Monday.", "say: Please call us back."]
    assert (None, D.MACHINE_LEFT) in told(harness, token)


def test_a_call_that_is_counted_as_over_is_not_talked_to(harness: TwilioHarness) -> None:
    token = harness.new_token()
    harness.ear.heard[token] = [CallUpdate(token, AttemptStatus.CANCELED, SYSTEM_CLOCK.now())]
    harness.provider.place(DialRequest(token, "+12125550200", None, script_from_text("Hello.")))
    harness.wait_until(
        lambda: any(line["token"] == token for line in harness.fake.ledger("ended")), "the call to end"
    )
    assert harness.fake.heard(token) == []


HOSTILE = [
    '</Say><Dial>+19005550100</Dial><Say attr="',
    "]]> & &amp; <!-- --> <?php ?>",
    "zero\x00 bell\x07 escape\x1b surrogate\ud800 end\uffff",
    "x" * 9000,
    "word " * 2000,
    "émoji 😀 – ü",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_name_contains_it_is_only_said(text: str) -> None:
    urls, account = CallbackUrls("https://x.example", 1), TwilioAccount()
    document = twiml.message_document(script_from_text(text), account, urls, "0" * 32)
    root = ElementTree.fromstring(document)
    says = [element.text or "" for element in root if element.tag == "Say"]
    assert [element.tag for element in root] == ["Say"] * len(says) + ["Redirect"]
    assert all(0 < len(piece) <= 4096 for piece in says)
    kept = "".join(text.split()).translate(dict.fromkeys([0, 7, 0x1B, 0xD800, 0xFFFF]))
    assert "".join("".join(says).split()) == kept


def test_voice_and_language_are_the_segments_else_the_trunks() -> None:
    script = CallScript(
        message=(SayText("Hallo.", "Polly.Vicki", "de-DE"), SayText("Hello."), PlayRecording("ab" * 32))
    )
    account = TwilioAccount(voice="alice", language="en-GB")
    urls = CallbackUrls("https://x.example/base", 1, b"key")
    first, second, play_ = list(
        ElementTree.fromstring(twiml.message_document(script, account, urls, "0" * 32))
    )[:3]
    assert first.attrib == {"voice": "Polly.Vicki", "language": "de-DE"}
    assert second.attrib == {"voice": "alice", "language": "en-GB"}
    assert (play_.text or "").startswith(f"https://x.example/base/webhooks/recordings/{'ab' * 32}/")
    assert (play_.text or "").endswith(".wav")
