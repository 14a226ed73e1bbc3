"""An Asterisk of one's own on 127.0.0.1, out of the chroot: its own conf files, ports, log and journal.

Any number may run at once. Needs root, for chroot.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx

from scripts.loopback import chroot

CONF = Path(__file__).resolve().parent / "conf"
USER, PASSWORD = "campaign", "loopback-only"
START_SECONDS = 30.0
LIFE_SECONDS = 3600
"""Asterisk is ended after so long, should whoever started it have been killed."""
STOP_SECONDS = 10.0
MEDIA_PORTS = 1200
"""UDP ports of one Asterisk's calls: two each."""
HERE = "127.0.0.1"


class Failed(Exception):
    """Asterisk or SIPp did not start; the text has the end of its log."""


class Asterisk:
    """Not started by itself. `peer_port` is where its trunk's callees listen (UDP). With a `certificate` and its key
    (PEM files) ARI is served over TLS too, at `tls_url`."""

    def __init__(self, peer_port: int, *, certificate: tuple[Path, Path] | None = None) -> None:
        found = chroot.find()
        if found is None:
            raise Failed("there is no chroot with Asterisk: python -m scripts.system_parts asterisk")
        self.root = found
        self.inside = Path("/srv") / f"switchboard-{secrets.token_hex(4)}"
        """The run's folder as Asterisk sees it ..."""
        self.folder = found / self.inside.relative_to("/")
        """... and as this machine does."""
        self.sounds, self.sounds_as = self.folder / "sounds", str(self.inside / "sounds")
        self.journal = self.folder / "log/cel-custom/switchboard.csv"
        self.log = self.folder / "asterisk.log"
        self.ari_port, self.sip_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
        self.peer_port = peer_port
        self.url = f"http://{HERE}:{self.ari_port}"
        self.tls_port = free_port(socket.SOCK_STREAM)
        self.tls_url = f"https://{HERE}:{self.tls_port}"
        self._certificate = certificate
        self._media, media = claim_block()
        self._process: subprocess.Popen[bytes] | None = None
        self._conf = {
            "RUN": str(self.inside),
            "MODULES": str(self._modules()),
            "ARI_PORT": str(self.ari_port),
            "TLS_PORT": str(self.tls_port),
            "ARI_USER": USER,
            "ARI_PASSWORD": PASSWORD,
            "SIP_PORT": str(self.sip_port),
            "PEER_PORT": str(peer_port),
            "DEAD_PORT": str(free_port(socket.SOCK_DGRAM)),
            "RTP_START": str(media),
            "RTP_END": str(media + MEDIA_PORTS - 1),
        }

    def start(self) -> None:
        """Return once ARI answers and PJSIP is up. Raises Failed."""
        self._lay_out()
        limits = 'ulimit -n "$(ulimit -Hn)"; exec "$@"'
        asterisk = f"asterisk -f -U asterisk -G asterisk -C {self.inside}/etc/asterisk.conf"
        bounded = ["timeout", "-s", "KILL", str(LIFE_SECONDS), "chroot", str(self.root)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*bounded, "/bin/sh", "-c", limits, "sh", *asterisk.split()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while not self._up():
            if self._process.poll() is not None or time.monotonic() > until:
                tail = self.log.read_text(errors="replace")[-2000:]
                self.kill()
                raise Failed(f"Asterisk did not start:\n{tail}")
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL: a crash. The folder stays, so that it may be started again."""
        process, self._process = self._process, None
        if process is not None:
            # The whole group: `timeout` stands before Asterisk.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=STOP_SECONDS)

    def stop(self) -> None:
        """End it, and remove its folder. An Asterisk that is asked politely takes ten seconds over it."""
        self.kill()
        self._media.close()
        subprocess.run(["rm", "-rf", "--one-file-system", str(self.folder)], check=False)

    def ask(self, path: str) -> httpx.Response:
        """GET of an ARI path such as `/channels`."""
        return httpx.get(f"{self.url}/ari{path}", auth=(USER, PASSWORD), timeout=2.0, trust_env=False)

    def channels(self) -> int:
        """How many channels Asterisk has now."""
        return len(self.ask("/channels").json())

    def _up(self) -> bool:
        try:
            answer = self.ask("/asterisk/modules/chan_pjsip.so")
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and answer.json().get("status") == "Running"

    def _modules(self) -> Path:
        found = next(self.root.glob("usr/lib/*/asterisk/modules"))
        return Path("/") / found.relative_to(self.root)

    def _lay_out(self) -> None:
        parts = ["etc/keys", "lib/keys", "spool", "run", "cache", "sounds", "log/cel-custom"]
        folders = [str(self.inside), *(f"{self.inside}/{part}" for part in (*parts, "etc", "lib", "log"))]
        install = ["install", "-d", "-o", "asterisk", "-g", "asterisk"]
        subprocess.run(["chroot", str(self.root), *install, *folders], check=True)
        sources = [*CONF.glob("*.conf")]
        if self._certificate is not None:
            # Its http.conf stands in for the other.
            sources += (CONF / "tls").glob("*.conf")
            self._put_keys(*self._certificate)
        for source in sources:
            text = source.read_text()
            for name, value in self._conf.items():
                text = text.replace(f"@{name}@", value)
            (self.folder / "etc" / source.name).write_text(text)

    def _put_keys(self, certificate: Path, key: Path) -> None:
        """Where http.conf names them, readable to Asterisk's user alone."""
        owner = (self.folder / "etc").stat()
        for source, name in ((certificate, "cert.pem"), (key, "key.pem")):
            target = self.folder / "etc/keys" / name
            target.touch(mode=0o600)
            os.chown(target, owner.st_uid, owner.st_gid)
            target.write_bytes(source.read_bytes())


def free_port(kind: socket.SocketKind) -> int:
    """A port on 127.0.0.1 that nobody has now, below those that the system hands out by itself."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((HERE, port))
            except OSError:
                continue
            return port


def claim_block() -> tuple[socket.socket, int]:
    """A block of media ports: the socket on the port before it keeps other runs of ours away while it is open."""
    while True:
        base = 10_000 + MEDIA_PORTS * random.randrange(0, 18)
        mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            mark.bind((HERE, base - 1))
        except OSError:
            mark.close()
            continue
        return mark, base
