"""The receiver that docs/outside-check.md shows whole: it runs as it stands there."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.outside_check import (
    AskedCall,
    OutsideAnswer,
    build_question,
    parse_answers,
    sign_question,
)
from campaign_app.domain.rulebook import Purpose

PAGE = Path(__file__).resolve().parents[2] / "docs" / "outside-check.md"
CALLS = [
    AskedCall("+33123456789", "FR", Purpose.MARKETING, 7),
    AskedCall("+33123456780", "FR", Purpose.MARKETING, None),
]


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where the receiver of the page listens, with one number in its register."""
    (tmp_path / "register.txt").write_text("+33123456780\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTSIDE_CHECK_SECRET", "of the page")
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    start = code.rindex("ThreadingHTTPServer((")
    names: dict[str, Any] = {}
    exec(compile(code[:start], str(PAGE), "exec"), names)
    monkeypatch.setattr(names["Receiver"], "log_message", lambda *_: None)
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Receiver"]) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def ask(port: int, secret: str, asked_at: datetime) -> tuple[int, bytes]:
    body = build_question("1", asked_at, CALLS)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/", body, sign_question(secret, asked_at, body))
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_it_answers_what_is_signed_and_of_now(port: int) -> None:
    status, body = ask(port, "of the page", SYSTEM_CLOCK.now())
    assert status == 200
    assert parse_answers(body, [call.phone for call in CALLS]) == {
        "+33123456789": OutsideAnswer(True),
        "+33123456780": OutsideAnswer(False),
    }


def test_it_refuses_another_secret_and_a_question_of_yesterday(port: int) -> None:
    now = SYSTEM_CLOCK.now().astimezone(UTC)
    assert ask(port, "of somebody else", now)[0] == 401
    assert ask(port, "of the page", now - timedelta(days=1))[0] == 401
