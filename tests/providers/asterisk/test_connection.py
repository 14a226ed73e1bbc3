"""The connection to a real Asterisk: what is said when it cannot be used, and what becomes of calls while it is cut."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.script import CallScript, Disposition, OnMachine, SayText, script_from_text
from campaign_app.providers.asterisk import AsteriskProvider
from campaign_app.providers.base import CallRejected, DialRequest, ProviderUnavailable
from scripts.loopback.asterisk import PASSWORD
from tests.providers.asterisk.cut import Wire
from tests.providers.asterisk.loopback import Desk, Line, new_token, number
from tests.support.call_updates import decisive_updates
from tests.support.server import free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]

S = AttemptStatus
Open = Callable[..., AsteriskProvider]


@pytest.fixture
def opened(line: Line) -> Iterator[Open]:
    """Opens providers, connected or not, and closes them."""
    made: list[AsteriskProvider] = []

    def provider(**options: object) -> AsteriskProvider:
        made.append(line.provider(**options))
        return made[-1]

    yield provider
    for one in made:
        one.close()


def says(provider: AsteriskProvider, text: str) -> str:
    return str(wait_until(lambda: (t := provider.ready()) is not None and text in t and t, text))


def test_it_connects_when_it_is_first_asked_and_not_before(opened: Open) -> None:
    provider = opened()
    with pytest.raises(ProviderUnavailable, match="connecting"):
        provider.place(DialRequest(new_token(), number("001"), None, script_from_text("Hello.")))
    assert "connecting" in (provider.ready() or "")
    wait_until(lambda: provider.ready() is None, "the connection")


def test_a_wrong_password_is_said_and_nothing_is_dialed(opened: Open, line: Line) -> None:
    provider, phone = opened(password="wrong"), number("001")
    says(provider, "refuses the user name or the password")
    with pytest.raises(ProviderUnavailable):
        provider.place(DialRequest(new_token(), phone, None, script_from_text("Hello.")))
    assert line.rang(phone) == 0


def test_nobody_there_is_said(opened: Open) -> None:
    says(opened(url=f"http://127.0.0.1:{free_port()}"), "cannot be reached")


def test_an_address_without_ari_is_said(opened: Open, line: Line) -> None:
    says(opened(url=f"{line.server.url}/elsewhere"), "has no ARI")


@pytest.mark.parametrize(
    "endpoint,text",
    [("PJSIP/{number}@nowhere", "no endpoint PJSIP/nowhere"), ("PJSIP/{number}@dead", "it is offline")],
)
def test_a_trunk_that_is_unknown_or_out_of_reach_is_said_and_nothing_is_dialed(
    opened: Open, endpoint: str, text: str
) -> None:
    provider = opened(endpoint=endpoint)
    says(provider, text)
    with pytest.raises(ProviderUnavailable, match=text):
        provider.place(DialRequest(new_token(), number("001"), None, script_from_text("Hello.")))


def test_an_endpoint_that_cannot_be_looked_at_is_found_out_by_dialing(opened: Open) -> None:
    provider = opened(endpoint="PJSIP/nowhere/sip:{digits}@127.0.0.1")
    wait_until(lambda: provider.ready() is None, "the connection")
    with pytest.raises(ProviderUnavailable, match="unknown or out of reach"):
        provider.place(DialRequest(new_token(), number("001"), None, script_from_text("Hello.")))


def test_whoever_loses_the_application_to_another_says_so_and_does_not_fight(
    opened: Open, line: Line
) -> None:
    first, second = opened(app="contested"), opened(app="contested")
    wait_until(lambda: first.ready() is None, "the first")
    assert first.suspension_reason() is None
    wait_until(lambda: second.ready() is None, "the second")
    says(first, "another process has taken over the application contested")
    assert "then resume this trunk" in (first.suspension_reason() or "")
    with pytest.raises(ProviderUnavailable, match="another process"):
        first.place(DialRequest(new_token(), number("001"), None, script_from_text("Hello.")))
    end = Desk(line, second)
    assert end.end(end.dial(number("486"), script_from_text("Hello."))).status is S.BUSY
    assert (second.ready(), second.suspension_reason()) == (None, None)


def test_a_connection_that_is_away_is_tried_again_and_not_given_up(opened: Open) -> None:
    provider = opened(url=f"http://127.0.0.1:{free_port()}")
    says(provider, "trying again")
    assert provider.suspension_reason() is None


def test_a_sound_that_asterisk_does_not_find_ends_the_call_and_stops_the_next(
    opened: Open, line: Line
) -> None:
    desk = Desk(line, opened(sounds_as="/nowhere")).connect()
    end = desk.end(desk.dial(number("001"), script_from_text("Hello.")))
    assert (end.status, end.disposition) == (S.COMPLETED, Disposition.NOT_PLAYED)
    assert "could not play" in (end.cause or "")
    phone = number("001")
    with pytest.raises(CallRejected, match="ASTERISK_SOUNDS") as refused:
        desk.dial(phone, script_from_text("Hello."))
    assert refused.value.our_fault
    assert line.rang(phone) == 0


def test_a_message_without_audio_is_refused_before_anybody_is_called(opened: Open, line: Line) -> None:
    def mute(_: object) -> object:
        raise LookupError("no voice")

    desk, phone = Desk(line, opened(audio=mute)).connect(), number("001")
    with pytest.raises(CallRejected, match="no voice") as refused:
        desk.dial(phone, script_from_text("Hello."))
    assert refused.value.our_fault
    assert line.rang(phone) == 0


def test_a_socket_that_is_away_for_five_seconds_costs_no_outcome(line: Line) -> None:
    wire = Wire(line.server.ari_port)
    desk = Desk(line, line.provider(url=f"http://127.0.0.1:{wire.port}")).connect()
    detected = CallScript((SayText("Hello."),), on_machine=OnMachine.HANG_UP)
    try:
        tokens = {
            "is in the message all the time": desk.dial(number("001"), script_from_text("7 seconds of it")),
            "hears the end of it meanwhile": desk.dial(number("002"), script_from_text("2.5 seconds of it")),
            "rings all the time": desk.dial(number("487"), script_from_text("Hello."), ring_timeout=7),
            "gives up ringing meanwhile": desk.dial(
                number("487"), script_from_text("Hello."), ring_timeout=3
            ),
            "answers meanwhile": desk.dial(number("200"), script_from_text("Hello.")),
            "comes back from detection meanwhile": desk.dial(number("831"), detected),
        }
        for name in ("is in the message all the time", "hears the end of it meanwhile"):
            desk.until(tokens[name], lambda news: news.status is S.IN_PROGRESS, "the answer")
        desk.until(tokens["answers meanwhile"], lambda news: news.status is S.RINGING, "it to ring")
        began = time.monotonic()
        wire.cut()
        says(desk.provider, "trying again")
        with pytest.raises(ProviderUnavailable):
            desk.dial(number("001"), script_from_text("Hello."))
        wait_until(lambda: time.monotonic() > began + 5, "five seconds", timeout=6)
        wire.mend()
        desk.connect()
        ends = {name: desk.end(token) for name, token in tokens.items()}
        assert {name: end.status for name, end in ends.items()} == {
            "is in the message all the time": S.COMPLETED,
            "hears the end of it meanwhile": S.COMPLETED,
            "rings all the time": S.NO_ANSWER,
            "gives up ringing meanwhile": S.NO_ANSWER,
            # Asterisk drops who answers while nobody listens; the journal tells.
            "answers meanwhile": S.COMPLETED,
            "comes back from detection meanwhile": S.COMPLETED,
        }
        assert ends["is in the message all the time"].disposition is Disposition.PLAYED
        assert ends["hears the end of it meanwhile"].disposition is Disposition.PLAYED
        assert ends["answers meanwhile"].disposition is Disposition.CUT_SHORT
    finally:
        desk.provider.close()
        wire.close()


def test_without_a_journal_what_nobody_saw_stays_unknown(line: Line) -> None:
    wire = Wire(line.server.ari_port)
    desk = Desk(line, line.provider(url=f"http://127.0.0.1:{wire.port}", journal=None)).connect()
    try:
        rings, busy = (
            desk.dial(number("200"), script_from_text("Hello.")),
            desk.dial(number("486"), script_from_text("Hello.")),
        )
        desk.until(rings, lambda news: news.status is S.RINGING, "it to ring")
        desk.end(busy)
        wire.cut()
        wait_until(
            lambda: line.server.ask(f"/channels/{rings}").status_code == 404, "it to be answered and dropped"
        )
        wire.mend()
        desk.connect()
        assert list(desk.provider.lookup(rings, None)) == [], "nothing is claimed"
        assert decisive_updates(desk.provider.lookup(busy, None))[busy].status is S.BUSY, (
            "what was heard is remembered"
        )
        assert [news.status for news in desk.of(rings)] == [S.RINGING]
    finally:
        desk.provider.close()
        wire.close()


def test_a_later_process_learns_from_the_journal_how_a_call_ended(desk: Desk, opened: Open) -> None:
    tokens = {
        digits: desk.dial(number(digits), script_from_text("Hello."))
        for digits in ("486", "404", "841", "503")
    }
    for token in tokens.values():
        desk.end(token)
    later = opened(password=PASSWORD)
    found = {digits: later.lookup(token, None) for digits, token in tokens.items()}
    assert {digits: news[-1].status for digits, news in found.items()} == {
        "486": S.BUSY,
        "404": S.FAILED,
        "841": S.COMPLETED,
        "503": S.FAILED,
    }
    assert found["404"][-1].permanent
    assert found["503"][-1].congestion
