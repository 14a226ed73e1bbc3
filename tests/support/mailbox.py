"""A mail server on a port of its own, which keeps what it is sent."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from queue import SimpleQueue


class Mailbox(socketserver.ThreadingTCPServer):
    """While `gate` is cleared it greets nobody."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.port = self.server_address[1]
        self.gate = threading.Event()
        self.gate.set()
        self.messages: SimpleQueue[EmailMessage] = SimpleQueue()


class _Conversation(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.server.gate.wait(60)
        self._say("220 mailbox")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"QUIT":
                return self._say("221 bye")
            if command == b"DATA":
                self._say("354 go on")
                body = bytearray()
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    body += line.removeprefix(b".") if line.startswith(b"..") else line
                message = message_from_bytes(bytes(body), policy=SMTP)
                self.server.messages.put(message)
            self._say("250 OK")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Listening, until the block ends."""
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.gate.set()
            server.shutdown()
            thread.join()
