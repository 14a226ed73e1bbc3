"""What each way in which a request can end means: certainly not placed, or perhaps."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.script import CallScript, PlayRecording, script_from_text
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    PlacedCall,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    TrunkDown,
)
from campaign_app.providers.twilio import TwilioAccount, TwilioProvider, account_from_settings, mapping
from tests.providers.twilio.fake.process import FakeTwilio
from tests.providers.twilio.recorder import CALL, Recorder, recorder
from tests.providers.twilio.rig import TwilioHarness
from tests.support.server import free_port

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TOKEN = "0123456789abcdef" * 2


@pytest.fixture
def wire() -> Iterator[Recorder]:
    with recorder() as made:
        yield made


def adapter(url: str, **changes: object) -> TwilioProvider:
    fields = {"sid": "AC1", "auth_token": "t", "caller_id": "+12125550100", "base_url": url, **changes}
    return TwilioProvider(TwilioAccount(**fields), None)  # type: ignore[arg-type]


def dial(script: CallScript | None = None, caller_id: str | None = None) -> DialRequest:
    return DialRequest(TOKEN, "+12125550123", caller_id, script or script_from_text("Hello."))


def failure(twilio: TwilioProvider, wanted: DialRequest | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        twilio.place(wanted or dial())
    twilio.close()
    return caught.value


CODES = [
    # status, code → the error, and whether its number is never called again, or it is our fault
    (400, 21211, CallRejected, True, False),
    (400, 21214, CallRejected, True, False),
    (400, 21217, CallRejected, True, False),
    (403, 21215, CallRejected, True, False),
    (400, 21219, CallRejected, True, False),
    (400, 21210, CallRejected, False, True),
    (400, 21212, CallRejected, False, True),
    (400, 21205, CallRejected, False, True),
    (400, 99999, CallRejected, False, False),
    (401, 20003, TrunkDown, None, None),
    (403, 20005, TrunkDown, None, None),
    (404, 20404, TrunkDown, None, None),
    (401, None, TrunkDown, None, None),
    (429, 20429, ProviderThrottled, None, None),
    (429, None, ProviderThrottled, None, None),
    (400, 22005, ProviderThrottled, None, None),
    (400, 10004, ProviderThrottled, None, None),
    (500, 20500, InDoubt, None, None),
    (503, None, InDoubt, None, None),
    (302, None, InDoubt, None, None),
]


@pytest.mark.parametrize("status, code, kind, permanent, ours", CODES)
def test_an_answer_that_is_no_call(
    wire: Recorder,
    status: int,
    code: int | None,
    kind: type[ProviderError],
    permanent: bool | None,
    ours: bool | None,
) -> None:
    wire.says(status, {"code": code, "message": "so it is"} if code else b"<html>no JSON</html>")
    error = failure(adapter(wire.url))
    assert type(error) is kind
    assert str(code or status) in str(error)
    if isinstance(error, CallRejected):
        assert (error.permanent, error.our_fault) == (permanent, ours)
    assert len(wire.seen) == 1, "it is asked once"


@pytest.mark.parametrize(
    "header, seconds",
    [
        (None, 2.0),
        ("7", 7.0),
        ("0", 0.5),
        ("nan", 2.0),
        ("-5", 0.5),
        ("99999", 300.0),
        ("Fri, 20 Nov 2026 15:00:30 GMT", 30.0),
        ("soon", 2.0),
    ],
)
def test_how_long_to_wait_after_too_many_requests(header: str | None, seconds: float) -> None:
    error = mapping.make_error(429, {"code": 20429}, header, NOW)
    assert isinstance(error, ProviderThrottled)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"sid": 5}',
        b'{"sid": "CA12"}',
        b'{"sid": "SM' + b"a" * 32 + b'"}',
        b"\xff\xfe",
    ],
)
def test_a_success_that_makes_no_sense_is_in_doubt(wire: Recorder, body: bytes) -> None:
    wire.says(201, body)
    assert type(failure(adapter(wire.url))) is InDoubt


def test_a_call_that_is_taken(wire: Recorder) -> None:
    wire.says(201, CALL)
    twilio = adapter(wire.url)
    assert twilio.place(dial()) == PlacedCall(CALL["sid"])
    twilio.close()


def test_nobody_listens() -> None:
    assert type(failure(adapter(f"http://127.0.0.1:{free_port()}"))) is ProviderUnavailable


def test_a_name_that_does_not_exist() -> None:
    assert type(failure(adapter("http://nobody.invalid"))) is ProviderUnavailable


def test_an_address_that_is_none() -> None:
    assert type(failure(adapter("http://"))) is ProviderUnavailable


def _server(handle: object) -> tuple[socket.socket, str]:
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=handle, args=(server,), daemon=True).start()  # type: ignore[arg-type]
    return server, f"127.0.0.1:{server.getsockname()[1]}"


def test_no_tls_at_the_other_end() -> None:
    def plain(server: socket.socket) -> None:
        connection, _ = server.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.close()

    server, address = _server(plain)
    error = failure(adapter(f"https://{address}"))
    server.close()
    assert type(error) is ProviderUnavailable
    assert isinstance(error.__cause__.__context__.__context__, ssl.SSLError) or "SSL" in str(error)


def test_a_server_that_goes_before_it_answers() -> None:
    def leaves(server: socket.socket) -> None:
        connection, _ = server.accept()
        connection.recv(100_000)
        connection.close()

    server, address = _server(leaves)
    error = failure(adapter(f"http://{address}"))
    server.close()
    assert type(error) is InDoubt


def test_a_server_that_never_answers() -> None:
    held: list[socket.socket] = []

    def holds(server: socket.socket) -> None:
        held.append(server.accept()[0])

    server, address = _server(holds)
    error = failure(adapter(f"http://{address}", read_timeout=0.2))
    server.close()
    held[0].close()
    assert type(error) is InDoubt
    assert "ReadTimeout" in str(error)


def test_without_a_caller_id_nothing_is_asked(wire: Recorder) -> None:
    error = failure(adapter(wire.url, caller_id=None))
    assert isinstance(error, CallRejected)
    assert error.our_fault
    assert wire.seen == []


@pytest.mark.parametrize(
    "script", [CallScript(message=(PlayRecording("a" * 64),)), script_from_text("word " * 900)]
)
def test_what_needs_a_public_url_is_refused_without_one(wire: Recorder, script: CallScript) -> None:
    error = failure(adapter(wire.url), dial(script))
    assert isinstance(error, CallRejected)
    assert error.our_fault
    assert "SWITCHBOARD_PUBLIC_URL" in str(error)
    assert wire.seen == []


def test_an_account_without_credentials_says_what_is_missing() -> None:
    twilio = TwilioProvider(TwilioAccount(), None)
    assert "no account SID" in str(twilio.ready()).replace("Twilio ", "")
    assert "auth token" in str(twilio.ready())
    twilio.close()


def test_a_trunks_settings_override_the_environments() -> None:
    default = TwilioAccount(sid="AC1", auth_token="one", caller_id="+12125550100")
    told = {"auth_token": "two", "base_url": "http://x/", "from": "", "other": 1}
    assert account_from_settings(told, default) == TwilioAccount(
        sid="AC1", auth_token="two", base_url="http://x", caller_id="+12125550100"
    )


@pytest.mark.parametrize("settings", [{"auth_token": 5}, {"detection": "perhaps"}])
def test_a_trunks_setting_that_is_wrong_is_named(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        account_from_settings(settings, TwilioAccount())


# --- at the fake, which knows what was really placed ---

NOT_PLACED = {
    "throttled": ProviderThrottled,
    "queue-full": ProviderThrottled,
    "error-before": InDoubt,
    "hang-before": InDoubt,
}
PLACED = {
    "error-after": InDoubt,
    "hang-after": InDoubt,
    "half-open": InDoubt,
    "reset": InDoubt,
    "malformed": InDoubt,
    "early": None,
}


@pytest.fixture
def hasty(fake: FakeTwilio) -> Iterator[TwilioHarness]:
    made = TwilioHarness(fake, read_timeout=0.4)
    yield made
    made.close()


@pytest.mark.parametrize("fault, kind", [*NOT_PLACED.items(), *PLACED.items()])
def test_what_is_said_of_a_call_agrees_with_the_ledger(
    hasty: TwilioHarness, fault: str, kind: type[ProviderError] | None
) -> None:
    hasty.fake.set(rates={fault: 1.0})
    token = hasty.new_token()
    wanted = DialRequest(token, hasty.busy, None, script_from_text("Hello."))
    if kind is None:
        hasty.provider.place(wanted)
    else:
        with pytest.raises(ProviderError) as caught:
            hasty.provider.place(wanted)
        assert type(caught.value) is kind
    placed = [line["token"] for line in hasty.fake.ledger("placed")]
    assert placed.count(token) == (1 if fault in PLACED else 0)
    if fault in PLACED:
        # The token came back with the first callback: the call is known, whatever its request got.
        assert hasty.outcome(token).status is AttemptStatus.BUSY


def test_a_suspended_account_stops_the_trunk(harness: TwilioHarness) -> None:
    harness.fake.set(suspended=True)
    assert isinstance(failure(harness.provider, dial()), TrunkDown)


def test_a_caller_id_that_is_not_verified_is_our_fault(harness: TwilioHarness) -> None:
    harness.fake.set(caller_ids=["+12125550111"])
    error = failure(harness.provider, dial(caller_id="+12125550112"))
    assert isinstance(error, CallRejected)
    assert (error.our_fault, "21210" in error.cause) == (True, True)
