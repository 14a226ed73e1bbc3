"""Engine over the fake Twilio, and what it has besides: the product's adapter and, in the same process, the
product's web server that Twilio calls. As `make run` has it: what kills the one kills the other."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flask import Flask
from waitress.server import create_server  # type: ignore[import-untyped]

from campaign_app import create_app
from campaign_app.clock import Clock
from campaign_app.config import Settings
from campaign_app.models import Trunk
from campaign_app.providers.twilio import TwilioProvider
from campaign_app.wiring import twilio_account
from tests.providers.twilio.fake.process import CALLER_ID, SID, TOKEN

THREADS = 4


def make(directory: Path, url: str, carrier_port: int, web_port: int, clock: Clock) -> Flask:
    """The product, as its settings would make it, by the clock of the world."""
    settings = Settings(
        instance_path=directory / "instance",
        database_url=url,
        port=web_port,
        secret_key="of the fault tests",
        public_url=f"http://127.0.0.1:{web_port}",
        provider="twilio",
        twilio_account_sid=SID,
        twilio_auth_token=TOKEN,
        twilio_base_url=f"http://127.0.0.1:{carrier_port}",
        twilio_from=CALLER_ID,
    )
    return create_app(settings, clock=clock)


def serve(app: Flask, wake: Callable[[], None]) -> None:
    """Listen, in a thread of its own. Several engines of a world share the port: the kernel gives each its share."""
    board = app.extensions["switchboard"]
    board.wake = wake
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", board.settings.port))
    listening.setblocking(False)
    logging.getLogger("waitress").setLevel(logging.ERROR)
    server = create_server(app, sockets=[listening], threads=THREADS, ident="switchboard")
    threading.Thread(target=server.run, daemon=True).start()


def adapter(app: Flask, trunk: Trunk, *, timeout: float, horizon: float) -> TwilioProvider:
    """The product's. `timeout` in real seconds; `horizon` in those of the world, for quarter of an hour is long."""
    board = app.extensions["switchboard"]
    account, urls = twilio_account(trunk, board.settings)
    made = TwilioProvider(replace(account, read_timeout=timeout), urls, board.clock)
    made.caps = replace(made.caps, horizon=horizon)
    return made
