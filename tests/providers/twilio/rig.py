"""The adapter and its ear, wired without the product: a small server believes the fake's callbacks by the real
webhook code and hands their news on as the provider's events."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.script import CallScript, script_from_text
from campaign_app.domain.webhook import (
    CallSnapshot,
    ForgedRequest,
    MalformedRequest,
    TransferReplies,
    WebhookDelivery,
)
from campaign_app.providers.base import DialRequest
from campaign_app.providers.twilio import TwilioAccount, TwilioProvider, TwilioWebhookHandler
from campaign_app.providers.twilio.urls import CallbackUrls
from tests.providers.contract import Harness
from tests.providers.twilio.fake.process import CALLER_ID, SID, TOKEN, FakeTwilio
from tests.support.call_updates import decisive_updates
from tests.support.waiting import wait_until

TRUNK = 7


def account(fake: FakeTwilio, **changes: object) -> TwilioAccount:
    fields = {"sid": SID, "auth_token": TOKEN, "base_url": fake.url, "caller_id": CALLER_ID, **changes}
    return TwilioAccount(**fields)  # type: ignore[arg-type]


class Ear:
    """A web server on loopback in place of ours."""

    def __init__(self, fake: FakeTwilio) -> None:
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, kind, answer = ear._hear(self.path, body, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.urls = CallbackUrls(f"http://127.0.0.1:{self._server.server_address[1]}", TRUNK, b"key")
        self._fake = fake
        self.use_account()
        self.script: CallScript = script_from_text("Hello.")
        self.news: deque[CallUpdate] = deque()
        self.heard: dict[str, list[CallUpdate]] = {}
        self.refused: list[str] = []
        self.without_line = 0
        """How often more a transfer is told that no line is free."""
        self.wake: Callable[[], None] = lambda: None
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def use_account(self, **changes: object) -> None:
        self._handler = TwilioWebhookHandler(account(self._fake, **changes), self.urls)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _hear(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        parts = urlsplit(path)
        token, _, part = parts.path.removeprefix(f"/webhooks/twilio/{TRUNK}/").partition("/")
        delivery = WebhookDelivery(
            token, part, parts.query, body, {name.lower(): value for name, value in headers.items()}
        )
        try:
            request = self._handler.verify_request(delivery, SYSTEM_CLOCK.now())
            answer = self._handler.reply_to(request, self._standing(token))
        except (ForgedRequest, MalformedRequest) as error:
            self.refused.append(f"{path}: {error}")
            return 400, "text/plain", str(error).encode()
        if isinstance(answer, TransferReplies):
            no_line = self.without_line > 0
            self.without_line -= no_line
            answer = answer.without_line if no_line else answer.with_line
        self.heard.setdefault(token, []).extend(answer.updates)
        self.news.extend(answer.updates)
        self.wake()
        if answer.follow_up is not None:
            answer.follow_up()
        return 200, answer.content_type, answer.body.encode()

    def _standing(self, token: str) -> CallSnapshot:
        heard = self.heard.get(token, [])
        known = decisive_updates(heard).get(token)
        who = next((news.answered_by for news in reversed(heard) if news.answered_by), None)
        disposition = next((news.disposition for news in heard if news.disposition), None)
        status = AttemptStatus.QUEUED if known is None else known.status
        return CallSnapshot(status, who, disposition, self.script)


class Heard(TwilioProvider):
    """The adapter with what its ear heard as its events."""

    ear: Ear

    def events(self) -> Sequence[CallUpdate]:
        taken = []
        while self.ear.news:
            taken.append(self.ear.news.popleft())
        return taken

    def on_updates(self, wake: Callable[[], None]) -> None:
        self.ear.wake = wake


class TwilioHarness(Harness):
    finds_by_token = False
    human = "+12125550200"
    busy = "+12125550486"
    rings = "+12125550999"
    unassigned = "+12125550404"

    def __init__(self, fake: FakeTwilio, **changes: object) -> None:
        super().__init__()
        self.fake = fake
        self.ear = Ear(fake)
        self.provider: Heard = Heard(account(fake, **changes), self.ear.urls)
        self.provider.ear = self.ear

    def use_account(self, **changes: object) -> None:
        """Both halves with other settings of the account."""
        self.provider.close()
        self.ear.use_account(**changes)
        self.provider = Heard(account(self.fake, **changes), self.ear.urls)
        self.provider.ear = self.ear

    def new_token(self) -> str:
        from campaign_app.domain.attempt import new_token

        return new_token(SYSTEM_CLOCK.now())

    def call(self, to: str, script: CallScript) -> str:
        """Place a call with this script; its token."""
        self.ear.script = script
        token = self.new_token()
        self.refs[token] = self.provider.place(DialRequest(token, to, None, script)).ref
        return token

    def end_of(self, token: str) -> CallUpdate:
        return self.outcome(token)

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        wait_until(done, what, every=0.01)

    def close(self) -> None:
        self.provider.close()
        self.ear.close()
