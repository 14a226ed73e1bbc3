"""Throwaway reverse proxies with TLS, set up by the very files of deploy/: nginx and Caddy, as Debian packs them.

Their names and ports are replaced by those of the test, and what a test wants to be different, by `replace`.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from scripts.system_parts import REMEDY, find_caddy, find_nginx
from tests.support.certificates import Authority, Certificate
from tests.support.daemon import Daemon
from tests.support.missing import missing
from tests.support.server import ROOT, free_port
from tests.support.waiting import wait_until

NAME = "localhost"
"""What the proxy is called, in its certificate too."""
NGINX_MAIN = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


class ReverseProxy(Daemon):
    """One that listens at `url`, https, before an app on port `behind` of 127.0.0.1."""

    def __init__(self, behind: int, replace: Mapping[str, str], port: int) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="switchboard-proxy-"))
        try:
            self.directory.chmod(0o755)
            self.port = port
            self.url = f"https://{NAME}:{port}"
            self.authority = Authority(self.directory)
            self._start(behind, replace, self.authority.issue(NAME))
            wait_until(self._listens, f"{self.what} to listen", every=0.02)
        except BaseException:
            self.close()
            raise

    def _start(self, behind: int, replace: Mapping[str, str], certificate: Certificate) -> None:
        raise NotImplementedError

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """A browser's connection from `address`, any of 127.0.0.0/8: so strangers are told apart."""
        trust = ssl.create_default_context(cafile=str(self.authority.file))
        wire = httpx.HTTPTransport(verify=trust, local_address=address)
        return httpx.Client(base_url=self.url, transport=wire, timeout=60, trust_env=False)

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(timeout=60)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _listens(self) -> bool:
        self._must_run()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Nginx(ReverseProxy):
    what = "nginx"

    def _start(self, behind: int, replace: Mapping[str, str], certificate: Certificate) -> None:
        site = _file("nginx.conf", replace)
        site = re.sub(r"^ *listen \[::\].*\n", "", site, flags=re.MULTILINE)
        site = site.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        site = site.replace("listen 443 ", f"listen 127.0.0.1:{self.port} ")
        site = site.replace("127.0.0.1:5000", f"127.0.0.1:{behind}")
        # It ends a handshake that takes longer: on a busy machine the test's own.
        site = site.replace("client_header_timeout 10s;", "client_header_timeout 120s;")
        site = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {certificate.key};", site)
        site = re.sub(r"ssl_certificate /.*;", f"ssl_certificate {certificate.cert};", site)
        user = "user root;" if os.geteuid() == 0 else ""
        main = NGINX_MAIN.format(
            user=user, folder=self.directory, site=site.replace("calls.example.org", NAME)
        )
        configuration = self.directory / "nginx.conf"
        configuration.write_text(main)
        program = find_nginx()
        assert program is not None
        command: list[str | Path] = [program, "-e", self.directory / "error.log", "-p", self.directory]
        self._launch([*command, "-c", configuration])


class Caddy(ReverseProxy):
    what = "Caddy"

    def _start(self, behind: int, replace: Mapping[str, str], certificate: Certificate) -> None:
        site = _file("Caddyfile", replace).replace("127.0.0.1:5000", f"127.0.0.1:{behind}")
        site = site.replace(
            "calls.example.org {",
            f"{self.url} {{\n\tbind 127.0.0.1\n\ttls {certificate.cert} {certificate.key}",
        )
        configuration = self.directory / "Caddyfile"
        configuration.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
        home = {"HOME": str(self.directory), "XDG_DATA_HOME": str(self.directory)}
        program = find_caddy()
        assert program is not None
        command: list[str | Path] = [program, "run", "--adapter", "caddyfile", "--config", configuration]
        self._launch(command, env={**os.environ, **home, "XDG_CONFIG_HOME": str(self.directory)})


@contextmanager
def reverse_proxy(
    kind: str, behind: int, replace: Mapping[str, str] | None = None, *, port: int | None = None
) -> Iterator[ReverseProxy]:
    """`nginx` or `caddy` for the length of the block; skips, or fails under CI, where it is missing. `replace` maps
    pieces of its file, each of which must be there, to what the test wants instead."""
    found = find_nginx() if kind == "nginx" else find_caddy()
    if found is None:
        missing(REMEDY[kind])
    proxy = (Nginx if kind == "nginx" else Caddy)(behind, replace or {}, port or free_port())
    try:
        yield proxy
    finally:
        proxy.close()


def _file(name: str, replace: Mapping[str, str]) -> str:
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    for piece, other in replace.items():
        assert piece in text, f"deploy/{name} has no {piece!r}"
        text = text.replace(piece, other)
    return text
