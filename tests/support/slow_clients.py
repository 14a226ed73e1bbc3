"""Slow clients: connections that send or take little, and whether the server answers others meanwhile."""

from __future__ import annotations

import socket

import httpx

from tests.support.server import RunningApp


def connect(port: int, text: str = "", *, narrow: bool = False) -> socket.socket:
    """A connection that has sent `text`. A `narrow` one takes a few kB before the server has to wait for its reader."""
    client = socket.socket()
    if narrow:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.settimeout(20)
    client.sendall(text.replace("\n", "\r\n").encode())
    return client


def assert_answers(app: RunningApp) -> None:
    with httpx.Client(base_url=app.base_url, trust_env=False, timeout=60) as client:
        assert client.get("/healthz").status_code == 200
        assert client.post(f"/callbacks/twilio/1/{'0' * 32}", data={"a": "b"}).status_code in (403, 404)
