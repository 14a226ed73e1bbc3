"""A receiver of outside checks on this machine: HTTPS with a certificate of the tests' own authority, and any manner of
answering."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.certificates import Authority, Certificate

Reply = Callable[["Receiver", BaseHTTPRequestHandler, dict[str, Any]], None]


@dataclass
class Receiver:
    """What it was asked, and how it answers: by `reply`, or yes to every number but those of `refused`."""

    port: int
    ca_file: Path
    asked: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Headers in lower case, and bodies."""
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    """{number: what its answer has besides `allowed`}."""
    reply: Reply | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/calls"

    @property
    def phones(self) -> list[str]:
        """Every number that it was asked about, in order."""
        return [call["phone"] for question in self.asked for call in question["calls"]]

    def answers(self, question: dict[str, Any]) -> dict[str, Any]:
        return {
            "answers": [
                {
                    "phone": call["phone"],
                    "allowed": call["phone"] not in self.refused,
                    **self.refused.get(call["phone"], {}),
                }
                for call in question["calls"]
            ]
        }


def send(handler: BaseHTTPRequestHandler, body: bytes | object, status: int = 200, **headers: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


@contextmanager
def receiver(folder: Path, certificate: Certificate | None = None) -> Iterator[Receiver]:
    """It answers on a free port until the block ends."""
    authority = Authority(folder)
    certificate = certificate or authority.issue("localhost")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            question = json.loads(body)
            made.asked.append(question)
            if made.reply is None:
                send(self, made.answers(question))
            else:
                made.reply(made, self, question)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    made = Receiver(server.server_port, authority.file)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.stop.set()
        server.shutdown()
        server.server_close()
