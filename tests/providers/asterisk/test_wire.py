"""What a request that goes wrong means for an attempt: certainly not placed, or perhaps. The server is a real one that
misbehaves, in plain and over TLS."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from campaign_app.providers.asterisk.ari import AriClient
from campaign_app.providers.base import (
    CallRejected,
    InDoubt,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    TrunkDown,
)
from tests.support.certificates import Authority, Certificate
from tests.support.server import free_port

TOKEN = "a" * 32
Answer = Callable[[socket.socket], None]


def http(status: int, body: object, head: str = "") -> Answer:
    content = body if isinstance(body, str) else json.dumps(body)

    def answer(connection: socket.socket) -> None:
        lines = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(content)}\r\n{head}\r\n{content}"
        connection.sendall(lines.encode())

    return answer


def hang(connection: socket.socket) -> None:
    connection.recv(1)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(_: socket.socket) -> None:
    """Without a word."""


def cut_off(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": "')


def babble(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")


class Misbehaving:
    """Reads a request whole, counts it, and answers as it is told. `tls` wraps each connection."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answer: Answer = close
        self.requests: list[str] = []
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=60)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError):
                if self._tls is not None:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                self.requests.append(self._read(connection))
                self.answer(connection)
            connection.close()

    def _read(self, connection: socket.socket) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        return (head + b"\r\n\r\n" + body).decode()


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    opened = Misbehaving()
    yield opened
    opened.close()


def originate(url: str, timeout: float = 0.5) -> None:
    ari = AriClient(url, "user", "pass", timeout=httpx.Timeout(timeout))
    try:
        ari.originate_call(
            TOKEN, {"endpoint": "PJSIP/+12125550100@trunk", "app": "switchboard"}, {"NAME": "value"}
        )
    finally:
        ari.close()


@pytest.mark.parametrize(
    "answer,error",
    [
        (hang, InDoubt),
        (reset, InDoubt),
        (close, InDoubt),
        (cut_off, InDoubt),
        (babble, InDoubt),
        (http(200, "not json"), InDoubt),
        (http(200, []), InDoubt),
        (http(200, {"id": "b" * 32}), InDoubt),
        (http(204, ""), InDoubt),
        (http(302, "", "Location: /elsewhere\r\n"), InDoubt),
        (http(409, {"message": "Channel with given unique ID already exists"}), InDoubt),
        (http(500, {"message": "Internal"}), InDoubt),
        (http(502, "<html>"), InDoubt),
        (http(503, {}), InDoubt),
        # Asterisk's own word for "I could make no channel": seen for endpoints unknown or out of reach.
        (http(500, {"error": "Allocation failed"}), ProviderUnavailable),
        (http(400, {"message": "Invalid endpoint specified"}), CallRejected),
        (http(422, {}), CallRejected),
        (http(401, {"message": "Authentication required"}), TrunkDown),
        (http(403, {"message": "Write access denied"}), TrunkDown),
        (http(404, {"message": "Resource not found"}), ProviderUnavailable),
        (http(405, {}), ProviderUnavailable),
        (http(429, {}, "Retry-After: 7\r\n"), ProviderThrottled),
    ],
)
def test_a_failure_is_in_doubt_unless_it_is_certain(
    server: Misbehaving, answer: Answer, error: type[ProviderError]
) -> None:
    server.answer = answer
    with pytest.raises(error) as raised:
        originate(f"http://127.0.0.1:{server.port}")
    assert type(raised.value) is error
    assert len(server.requests) == 1, "asked once"
    assert str(raised.value)
    if isinstance(raised.value, CallRejected):
        assert raised.value.our_fault
        assert not raised.value.permanent
    if isinstance(raised.value, ProviderThrottled):
        assert raised.value.retry_after == 7


def test_a_request_names_the_attempt_and_carries_what_a_successor_needs(server: Misbehaving) -> None:
    server.answer = http(200, {"id": TOKEN})
    originate(f"http://127.0.0.1:{server.port}")
    (request,) = server.requests
    assert request.startswith("POST /ari/channels?")
    assert f"channelId={TOKEN}" in request
    assert "authorization: basic dxnlcjpwyxnz" in request.lower()
    assert request.endswith('{"variables":{"NAME":"value"}}')


def test_nobody_there_means_that_nothing_was_placed() -> None:
    with pytest.raises(ProviderUnavailable, match="cannot be reached"):
        originate(f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


OverTls = Callable[[Certificate], Misbehaving]


@pytest.fixture
def over_tls(authority: Authority) -> Iterator[OverTls]:
    """Opens a server with a certificate. It would take the call."""
    opened: list[Misbehaving] = []

    def server(certificate: Certificate) -> Misbehaving:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
        opened.append(Misbehaving(context))
        opened[-1].answer = http(200, {"id": TOKEN})
        return opened[-1]

    yield server
    for one in opened:
        one.close()


def test_a_certificate_that_is_not_trusted_means_that_nothing_was_placed(
    over_tls: OverTls, authority: Authority
) -> None:
    server = over_tls(authority.issue())
    with pytest.raises(ProviderUnavailable, match=r"is not trusted .*SSL_CERT_FILE"):
        originate(f"https://127.0.0.1:{server.port}", timeout=60)
    assert server.requests == []


def test_a_certificate_configured_as_trusted_is_trusted(
    over_tls: OverTls, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    server = over_tls(authority.issue())
    originate(f"https://127.0.0.1:{server.port}", timeout=60)
    assert len(server.requests) == 1


def test_a_certificate_that_is_too_old_or_for_somebody_else_says_what_to_do(
    over_tls: OverTls, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    for certificate, remedy in (
        (authority.issue(expired=True), "has expired.: renew it"),
        (authority.issue("asterisk.example"), "mismatch.*: ASTERISK_URL must have a name"),
    ):
        server = over_tls(certificate)
        with pytest.raises(ProviderUnavailable, match=remedy):
            originate(f"https://127.0.0.1:{server.port}", timeout=60)
        assert server.requests == []
