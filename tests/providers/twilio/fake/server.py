"""A Twilio of its own process on loopback: the Calls API over plain HTTP.

    python -m tests.providers.twilio.fake.server PORT CONFIG.json

It validates every request field by field (parameters.py), calls back with proper signatures, plays the TwiML it is
given, misbehaves by seed (world.FAULTS), and keeps three files of JSON lines in its directory, each line on the disk
before anybody hears of it: `ledger` ({"t", "event", "token", "to", "outcome", "call"}; events asked, placed, ringing,
answered, heard, pressed, ended), `requests` (the forms it was sent) and `faults` (what was wrong with us). A call of
the ledger that has not ended goes on when the process starts again. `POST /fake` changes the configuration,
`GET /fake` tells how many tokens were placed a second time.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import parameters
from .life import Life
from .world import ENDED, HANG, NEVER_PLACED, Call, Config, World, resource

TOKEN = re.compile(r"/([0-9a-f]{32})(?:/|$)")
REFUSED_NUMBERS = {  # last three digits → Twilio's error
    "400": (21211, "Invalid 'To' Phone Number"),
    "402": (21214, "'To' phone number cannot be reached"),
    "403": (21215, "Account not authorized to call that number"),
}
EARLY_SECONDS = 4.0
"""Of the call, that the answer lets pass when callbacks come before it."""
NOT_VERIFIED = (21210, "'From' phone number not verified")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def log_message(self, *_: object) -> None:
        pass

    def _route(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode() if length else ""
        parts = urlsplit(self.path)
        if parts.path == "/fake":
            self._configure(body) if method == "POST" else self._json(200, self._stats())
            return
        base = f"/2010-04-01/Accounts/{self.world.config.sid}/Calls"
        if not self._authorized():
            self._error(401, 20003, "Authenticate")
        elif not parts.path.startswith("/2010-04-01/Accounts/"):
            self._error(404, 20404, "The requested resource was not found")
        elif parts.path == f"{base.removesuffix('/Calls')}.json" and method == "GET":
            status = "suspended" if self.world.config.suspended else "active"
            self._json(200, {"sid": self.world.config.sid, "status": status})
        elif (
            parts.path.endswith(("/IncomingPhoneNumbers.json", "/OutgoingCallerIds.json")) and method == "GET"
        ):
            self._list_numbers(parts.path, parse_qs(parts.query))
        elif parts.path == f"{base}.json" and method == "POST":
            self._create(parse_qs(body, keep_blank_values=True))
        elif parts.path == f"{base}.json":
            self._list(parse_qs(parts.query, keep_blank_values=True))
        else:
            found = re.fullmatch(re.escape(base) + r"/(CA[0-9a-f]{32})\.json", parts.path)
            call = self.world.calls.get(found[1]) if found else None
            if call is None:
                self._error(404, 20404, "The requested resource was not found")
            elif method == "POST":
                self._update(call, parse_qs(body, keep_blank_values=True))
            else:
                self._slow(call)
                self._json(200, resource(call, self.world.config))

    def _authorized(self) -> bool:
        config = self.world.config
        given = self.headers.get("Authorization", "")
        return any(
            given == "Basic " + base64.b64encode(f"{config.sid}:{token}".encode()).decode()
            for token in config.tokens
        )

    # --- making a call ---

    def _create(self, form: dict[str, list[str]]) -> None:
        world = self.world
        world.write(
            "requests",
            {"form": form, "agent": self.headers.get("User-Agent"), "kind": self.headers.get("Content-Type")},
        )
        wrong = parameters.create_faults(form)
        if wrong:
            for what in wrong:
                world.fault("request", what)
            self._error(400, 21200, "; ".join(wrong))
            return
        if world.config.suspended:
            self._error(401, 20003, "Authenticate")
            return
        to, caller_id = form["To"][0], form["From"][0]
        refusal = REFUSED_NUMBERS.get(to[-3:])
        if world.config.caller_ids is not None and caller_id not in world.config.caller_ids:
            refusal = NOT_VERIFIED
        if refusal is not None:
            self._error(400, *refusal)
            return
        world.write("ledger", {"event": "asked", "token": token_of(form), "to": to})
        fault = world.place_fault(to)
        if fault is not None:
            world.write("requests", {"fault": fault, "to": to})
        if fault in NEVER_PLACED:
            self._refuse(fault)
            return
        call = self._place(form)
        if fault is None:
            self._json(201, {**resource(call, world.config), "status": "queued"})
        else:
            self._misbehave(fault, call)

    def _place(self, form: dict[str, list[str]]) -> Call:
        call = Call("CA" + secrets.token_hex(16), token_of(form), form, self.world.now())
        self.world.ledger(call, "placed", form=form)
        with self.world.lock:
            self.world.calls[call.sid] = call
        Life(self.world, call).start()
        return call

    def _refuse(self, fault: str) -> None:
        if fault == "throttled":
            self._error(429, 20429, "Too Many Requests", {"Retry-After": "1"})
        elif fault == "queue-full":
            self._error(429, 22005, "Queue is full")
        elif fault == "error-before":
            self._error(500, 20500, "Internal Server Error")
        else:
            self._hang()

    def _misbehave(self, fault: str, call: Call) -> None:
        """The call is placed; whoever asked for it hears of that late, wrongly or never."""
        if fault == "error-after":
            self._error(500, 20500, "Internal Server Error")
        elif fault == "malformed":
            self._send(201, b'{"sid": "CA12', {"Content-Type": "application/json"})
        elif fault == "early":
            self.world.rest(EARLY_SECONDS)
            self._json(201, {**resource(call, self.world.config), "status": "queued"})
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif fault == "half-open":
            time.sleep(self.world.waits(HANG * 20))
        else:
            self._hang()

    def _hang(self) -> None:
        time.sleep(self.world.waits(HANG))
        self.close_connection = True

    # --- asking about calls, and ending them ---

    def _list(self, query: dict[str, list[str]]) -> None:
        wrong = parameters.faults(query, parameters.LIST)
        if wrong:
            for what in wrong:
                self.world.fault("request", f"list: {what}")
            self._error(400, 20001, "; ".join(wrong))
            return
        with self.world.lock:
            calls = list(self.world.calls.values())
        wanted = {name: values[0] for name, values in query.items()}
        found = [
            call
            for call in sorted(calls, key=lambda call: call.created, reverse=True)
            if wanted.get("To", call.to) == call.to
            and wanted.get("From", call.one("From")) == call.one("From")
            and wanted.get("Status", call.status) == call.status
        ]
        size, page = int(wanted.get("PageSize", "50")), int(wanted.get("Page", "0"))
        more = len(found) > (page + 1) * size
        found = found[page * size : (page + 1) * size]
        for call in found[:1]:
            self._slow(call)
        config = self.world.config
        following = f"{urlsplit(self.path).path}?PageSize={size}&Page={page + 1}&PageToken=PA{page + 1}"
        self._json(
            200,
            {
                "calls": [resource(call, config) for call in found],
                "page": page,
                "next_page_uri": following if more else None,
            },
        )

    def _list_numbers(self, path: str, query: dict[str, list[str]]) -> None:
        """The numbers of the account: all that it may call from were bought there."""
        wanted, known = query["PhoneNumber"][0], self.world.config.caller_ids
        bought = path.endswith("/IncomingPhoneNumbers.json") and (known is None or wanted in known)
        key = "incoming_phone_numbers" if "Incoming" in path else "outgoing_caller_ids"
        self._json(200, {key: [{"phone_number": wanted}] if bought else []})

    def _update(self, call: Call, form: dict[str, list[str]]) -> None:
        wrong = parameters.faults(form, parameters.UPDATE)
        if wrong:
            for what in wrong:
                self.world.fault("request", f"update: {what}")
            self._error(400, 21200, "; ".join(wrong))
            return
        status, url = form.get("Status", [None])[0], form.get("Url", [None])[0]
        with call.changed:
            if call.status in ENDED or (url and call.status != "in-progress"):
                self._error(400, 21220, "Invalid call state")
                return
            if status == "completed" or url or call.status in ("queued", "ringing"):
                call.wanted = status or url
                call.changed.notify_all()
        shown = resource(call, self.world.config)
        if status == "canceled" and call.status in ("queued", "ringing"):
            shown["status"] = "canceled"
        self._json(200, shown)

    def _slow(self, call: Call) -> None:
        if self.world.slow(call):
            self.world.rest(20.0)

    # --- answering ---

    def _stats(self) -> dict[str, int]:
        with self.world.lock:
            tokens = Counter(call.token for call in self.world.calls.values())
        return {"second_tokens": sum(times - 1 for token, times in tokens.items() if token)}

    def _configure(self, body: str) -> None:
        self.world.config = replace(self.world.config, **(json.loads(body) if body else {}))
        self._json(200, {})

    def _error(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        said = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        self._json(status, said, headers)

    def _json(self, status: int, said: object, headers: Mapping[str, str] | None = None) -> None:
        self._send(status, json.dumps(said).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def token_of(form: Mapping[str, list[str]]) -> str:
    """Our token, out of the addresses that we gave; empty where we gave none."""
    address = (form.get("StatusCallback") or form.get("Url") or [""])[0]
    found = TOKEN.search(urlsplit(address).path)
    return found[1] if found else ""


def resume(world: World) -> None:
    """Calls outlive the process: those of the ledger are known, and those that have not ended go on."""
    path = world.config.directory / "ledger.jsonl"
    for line in path.read_text().splitlines():
        said: dict[str, Any] = json.loads(line)
        at = datetime.fromtimestamp(said["t"], UTC)
        if said["event"] == "placed":
            world.calls[said["call"]] = Call(said["call"], said["token"], said["form"], at)
            continue
        if "call" not in said:
            continue
        call = world.calls[said["call"]]
        if said["event"] == "ringing":
            call.status = "ringing"
        elif said["event"] == "answered":
            call.status, call.answered_at = "in-progress", at
        elif said["event"] == "ended":
            call.status, call.ended_at = said["outcome"], at
    for call in list(world.calls.values()):
        if call.status not in ENDED:
            Life(world, call).start()


def main(port: int, config: dict[str, Any]) -> None:
    world = World(Config(**{**config, "directory": Path(config["directory"])}))
    Handler.world = world
    server = Server(("127.0.0.1", port), Handler)
    resume(world)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
