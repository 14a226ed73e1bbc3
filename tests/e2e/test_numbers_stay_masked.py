"""What a viewer gets of numbers from a started server: never one that he did not know."""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.server import RunningApp, running_app

PHONES = [f"+1212555{number:04}" for number in (100, 118, 123, 150, 177)]


class Reader:
    """A token of one role."""

    def __init__(self, app: RunningApp, role: str) -> None:
        token = app.command("token", "create", f"the-{role}", "--role", role)
        self._options: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {token}"},
            "trust_env": False,
            "timeout": 30,
        }
        self._base = f"{app.base_url}/api/v1"

    def ask(self, method: str, path: str, *, status: int = 200, **request: Any) -> httpx.Response:
        answer = httpx.request(method, self._base + path, **self._options, **request)
        assert answer.status_code == status, (path, answer.text)
        return answer


@pytest.mark.e2e
def test_a_viewer_reads_no_number_in_full_and_every_export_leaves_a_trace(tmp_path: Path) -> None:
    with running_app(tmp_path / "app", {"SWITCHBOARD_ENGINE": "off"}) as app:
        operator, viewer = Reader(app, "operator"), Reader(app, "viewer")
        body = {
            "name": "Visits",
            "message": {"text": "Hello"},
            "purpose": "informational",
            "calling_windows": [{"days": ["mon"], "start": "09:00", "end": "17:00"}],
            "default_region": "US",
            "timezone": "America/New_York",
        }
        made = operator.ask("POST", "/campaigns", status=201, json=body).json()
        one = f"/campaigns/{made['id']}"
        operator.ask("POST", f"{one}/contacts", json=[{"phone": phone} for phone in PHONES])
        for phone in PHONES:
            operator.ask("POST", "/do-not-call", status=201, json={"phone": phone})

        # Answers, exports and cursors.
        seen = ""
        for kind in ("json", "ndjson", "csv"):
            assert PHONES[0] in operator.ask("GET", f"{one}/export?format={kind}").text
            seen += viewer.ask("GET", f"{one}/export?format={kind}").text
        for path in (f"{one}/contacts", "/do-not-call", "/calls"):
            answer = viewer.ask("GET", f"{path}?limit=2")
            seen += answer.text
            cursor = answer.json()["next_cursor"]
            if cursor:
                opened = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
                assert b"[" not in opened[:2]
                assert b"555" not in opened
                assert viewer.ask("GET", f"{path}?limit=2&cursor={cursor}").json()["items"]
        crafted = base64.urlsafe_b64encode(b"[0, 1]").decode().rstrip("=")
        viewer.ask("GET", f"{one}/contacts?cursor={crafted}", status=422)
        # A cursor of one list begins no other.
        other = viewer.ask("GET", "/do-not-call?limit=2").json()["next_cursor"]
        viewer.ask("GET", f"{one}/contacts?cursor={other}", status=422)
        assert "•" in seen
        assert not [phone for phone in PHONES if phone in seen or phone[1:] in seen]
        viewer.ask("GET", "/do-not-call/export.csv", status=403)
        operator.ask("GET", "/do-not-call/export.csv")

        # Searches: a whole number or the last four digits, and nothing that could be widened digit by digit.
        for path in (f"{one}/contacts", "/calls", "/do-not-call", "/do-not-call/removals"):
            for part in ("1", "12", "121", "12125", "%2B1212", "118"):
                viewer.ask("GET", f"{path}?search={part}", status=422)
                operator.ask("GET", f"{path}?search={part}")

        def found(reader: Reader, text: str) -> int:
            return len(reader.ask("GET", f"{one}/contacts", params={"search": text}).json()["items"])

        assert found(viewer, "0118") == found(viewer, "+12125550118") == found(viewer, "2125550118") == 1
        assert found(viewer, "1212") == found(viewer, "1212555") == found(viewer, "5550118") == 0
        assert found(operator, "1212") == len(PHONES)

        trail = _exports(app)
    assert trail.count(("token:the-viewer", "campaign.export", len(PHONES), True, "127.0.0.1")) == 3
    assert trail.count(("token:the-operator", "campaign.export", len(PHONES), None, "127.0.0.1")) == 3
    assert ("token:the-operator", "do-not-call.export", len(PHONES), None, "127.0.0.1") in trail


def _exports(app: RunningApp) -> list[tuple[Any, ...]]:
    """(who, what, how many, masked, from where) of each export that the audit has."""
    with sqlite3.connect(app.directory / "switchboard.sqlite") as database:
        rows = database.execute(
            "SELECT actor, action, detail FROM audit WHERE action LIKE '%.export'"
        ).fetchall()
    found = []
    for actor, action, text in rows:
        detail = json.loads(text)
        many = detail.get("contacts", detail.get("entries"))
        found.append((actor, action, many, detail.get("masked"), detail.get("address")))
    return found
