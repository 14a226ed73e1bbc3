"""A server that keeps what it is sent and answers what it is told: to compare our requests with the SDK's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

CALL = {"sid": "CA" + "a" * 32, "status": "queued", "calls": []}


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    authorization: str | None
    accept: str | None
    content_type: str | None


class Recorder:
    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.status, self.body, self.headers = (
            200,
            json.dumps(CALL).encode(),
            {"Content-Type": "application/json"},
        )
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                recorder.seen.append(
                    Seen(
                        self.command,
                        parts.path,
                        tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))),
                        tuple(sorted(parse_qsl(body, keep_blank_values=True))),
                        self.headers.get("Authorization"),
                        self.headers.get("Accept"),
                        self.headers.get("Content-Type") if body else None,
                    )
                )
                self.send_response(recorder.status)
                for name, value in recorder.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(recorder.body)))
                self.end_headers()
                self.wfile.write(recorder.body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def says(self, status: int, said: object, **headers: str) -> None:
        """What every request gets from now on; `said` as JSON, or bytes as they are."""
        self.status = status
        self.body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    try:
        yield made
    finally:
        made.close()
