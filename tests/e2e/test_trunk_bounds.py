"""Whoever may edit trunks, with a started server: no stored credential, and none of the environment's, leaves for an
address that he typed; and no folder of the machine is his."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from tests.support.server import RunningApp, free_port, running_app
from tests.support.waiting import wait_until

ENVIRONMENTS, STORED, ANEW = "environments-secret", "stored-secret", "secret-given-anew"
SID = "AC" + "1" * 32
OWNED = "+12125550123", "+12125550124"
"""Confirmed by their owner: a test call rings them at any hour of the day at which this runs."""


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address that notes whose credentials it is sent: its origin, and what came."""
    heard: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def answer(self) -> None:
            scheme, _, value = self.headers.get("Authorization", "").partition(" ")
            heard.append(base64.b64decode(value).decode() if scheme == "Basic" else "nothing")
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
    finally:
        server.shutdown()
        server.server_close()


class Admin:
    def __init__(self, app: RunningApp) -> None:
        token = app.command("token", "create", "admin", "--role", "admin")
        self._options: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {token}"},
            "trust_env": False,
            "timeout": 30,
        }
        self._base = f"{app.base_url}/api/v1"

    def ask(self, method: str, path: str, body: Any = None, *, status: int) -> Any:
        answer = httpx.request(method, self._base + path, json=body, **self._options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def takes_call(self, trunk_id: int, to: str) -> bool:
        """Whether a trunk takes a test call. What fails on it pauses it, at any moment."""
        path = f"{self._base}/trunks/{trunk_id}"
        httpx.post(f"{path}/resume", **self._options)
        return httpx.post(f"{path}/test", json={"to": to}, **self._options).status_code == 201

    def refused(self, method: str, path: str, body: Any) -> dict[str, str]:
        errors = self.ask(method, path, body, status=422)["errors"]
        return {each["field"]: each["message"] for each in errors}


@pytest.mark.e2e
def test_credentials_go_to_no_address_that_an_admin_types(tmp_path: Path) -> None:
    port = free_port()
    with listener() as (named, at_named), listener() as (stranger, at_stranger):
        env = {
            "SWITCHBOARD_PROVIDER": "twilio",
            "SWITCHBOARD_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SWITCHBOARD_TWILIO_ACCOUNT_SID": SID,
            "SWITCHBOARD_TWILIO_AUTH_TOKEN": ENVIRONMENTS,
            "SWITCHBOARD_TWILIO_BASE_URL": named,
            "SWITCHBOARD_TWILIO_FROM": "+12125550100",
            "SWITCHBOARD_TICK_SECONDS": "0.1",
            "SWITCHBOARD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "SWITCHBOARD_TRUNK_HOSTS": named,
        }
        with running_app(tmp_path / "app", env, port=port) as app:
            admin = Admin(app)
            for number in OWNED:
                app.command("number", "confirm", number)
            [own] = admin.ask("GET", "/trunks", status=200)["items"]
            assert own["inherits_credentials"]
            new = admin.ask(
                "POST",
                "/trunks",
                {"name": "new", "provider": "twilio", "settings": {"account_sid": SID}},
                status=201,
            )
            assert not new["inherits_credentials"]

            for address in (
                stranger,
                "http://169.254.169.254",
                "https://169.254.169.254",
                "https://[fd00:ec2::254]",
                "https://twilio.com.example.org",
                "https://api.twilio.com@127.0.0.1",
                "https://api.twilio.com:8443",
                "http://api.twilio.com",
                f"{named}@{stranger.removeprefix('http://')}",
            ):
                for trunk in (own, new):
                    body = {"settings": {"base_url": address}, "credentials": {"auth_token": ANEW}}
                    assert set(admin.refused("PATCH", f"/trunks/{trunk['id']}", body)) == {
                        "settings.base_url"
                    }

            # An address that is named, or another account: not without the credential.
            for settings in ({"base_url": named}, {"account_sid": "AC" + "2" * 32}):
                told = admin.refused("PATCH", f"/trunks/{own['id']}", {"settings": settings})
                assert "anew" in told["credentials.auth_token"]

            # The new one has none, and takes none of the environment's.
            admin.ask("PATCH", f"/trunks/{new['id']}", {"settings": {"base_url": named}}, status=200)
            wait_until(lambda: admin.takes_call(new["id"], OWNED[0]), "the trunk to take a test call")
            given = {"credentials": {"auth_token": STORED}}
            admin.ask("PATCH", f"/trunks/{new['id']}", given, status=200)
            wait_until(lambda: admin.takes_call(new["id"], OWNED[1]), "the trunk to take another")
            wait_until(lambda: bool(at_named), "the new trunk to have asked")
            told = admin.refused(
                "PATCH", f"/trunks/{new['id']}", {"settings": {"account_sid": SID, "base_url": ""}}
            )
            assert set(told) == {"credentials.auth_token"}
            assert {each.partition(":")[2] for each in at_named} == {STORED}
            assert at_stranger == []


@pytest.mark.e2e
def test_a_trunk_names_no_folder_that_the_environment_does_not(tmp_path: Path) -> None:
    root, theirs = tmp_path / "root", tmp_path / "theirs"
    root.mkdir()
    theirs.mkdir()
    (theirs / "prompt.wav").write_bytes(b"prompt")
    (root / "link").symlink_to(theirs)
    with running_app(tmp_path / "app", {"SWITCHBOARD_TRUNK_FOLDERS": str(root)}) as app:
        admin = Admin(app)
        made = admin.ask("POST", "/trunks", {"name": "pbx", "provider": "asterisk"}, status=201)
        path = f"/trunks/{made['id']}"
        for name in ("sounds", "cel"):
            for place in (
                str(theirs),
                str(tmp_path / "app" / "recordings"),
                str(root),
                f"{root}/../theirs",
                f"{root}/link",
                "sounds",
            ):
                assert set(admin.refused("PATCH", path, {"settings": {name: place}})) == {f"settings.{name}"}
            admin.ask("PATCH", path, {"settings": {name: f"{root}/pbx/{name}"}}, status=200)
    assert (theirs / "prompt.wav").read_bytes() == b"prompt"
