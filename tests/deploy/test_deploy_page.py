"""docs/deploy.md, walked: its two lists of commands lead from nothing to the first account over https. What needs a
machine of its own is played: packages, certbot, systemd, and what deploy/install.sh does as root, which
test_install.py looks at."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import reverse_proxies
from tests.support.reverse_proxies import NAME, reverse_proxy
from tests.support.server import ROOT, free_port
from tests.support.waiting import wait_until
from tests.web.people_support import CSRF, PASSWORD

PAGE = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
WALKS = dict(
    zip(("nginx", "caddy"), re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL), strict=False)
)
SITES = {"nginx": "nginx/sites-enabled/switchboard", "caddy": "caddy/Caddyfile"}
SAMPLE = "calls.example.org"
OURS = "dial.example.net"


class Machine:
    """`root` stands for /. Commands that it plays are noted in `asked`."""

    def __init__(self, root: Path) -> None:
        self.root, self.programs, self.asked_file = root, root / "programs", root / "asked"
        self.programs.mkdir(parents=True)
        self.asked_file.touch()
        self.settings, self.data = root / "etc/switchboard/env", root / "data"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
        self.env |= {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "SWITCHBOARD_SETTINGS": str(self.settings),
            "PYTHONPATH": str(ROOT),
        }
        for folder in ("nginx/sites-available", "nginx/sites-enabled", "caddy", "switchboard"):
            (root / "etc" / folder).mkdir(parents=True)
        for name in ("apt-get", "systemctl", "certbot", "nginx"):
            self.play(self.programs / name, "exit 0")
        self.play(
            self.programs / "git",
            f'mkdir "$3" && cp -r {ROOT}/deploy "$3" && cp {root}/installer "$3/deploy/install.sh"',
        )
        [written] = re.findall(r"<<ENV\n(.*?)^ENV$", (ROOT / "deploy/install.sh").read_text(), re.M | re.S)
        self.play(
            root / "installer",
            f"data={self.data}; key={'A' * 43}=; mkdir -p $data\ncat >{self.settings} <<ENV\n{written}ENV",
        )
        self.play(self.programs / "switchboard", f'exec {sys.executable} -m campaign_app.main "$@"')

    def play(self, program: Path, body: str) -> None:
        program.write_text(
            f'#!/bin/sh\necho "{program.name} $*" >>{self.asked_file}\n{body}\n', encoding="utf-8"
        )
        program.chmod(0o755)

    def run(self, script: str, status: int = 0, answers: str = "") -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.root,
            env=self.env,
            input=answers,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, *words: str) -> Iterator[None]:
        with (self.root / "log").open("ab") as log:
            process = subprocess.Popen(
                [self.programs / "switchboard", *words], env=self.env, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def walk_to_the_site(machine: Machine, kind: str) -> tuple[str, str, str]:
    """Everything up to the last two commands. Returns the proxy's file and those two."""
    walk = WALKS[kind]
    assert len(walk.splitlines()) <= 20
    set_up, doctor, create = walk.replace(f"NAME={SAMPLE}", f"NAME={OURS}").rstrip().rsplit("\n", 2)
    machine.run(set_up.replace("/etc/", f"{machine.root}/etc/"))
    asked = machine.asked_file.read_text(encoding="utf-8")
    for need in (
        f"apt-get install -y git {kind}",
        "git clone ",
        "installer ",
        "systemctl restart switchboard-web",
    ):
        assert need in asked
    site = (machine.root / "etc" / SITES[kind]).read_text(encoding="utf-8")
    assert SAMPLE not in site
    assert f"SWITCHBOARD_PUBLIC_URL=https://{OURS}\n" in machine.settings.read_text(encoding="utf-8")
    return site, doctor, create


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_with_nginx_it_ends_with_an_account_that_signs_in_over_https(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path)
    site, doctor, create = walk_to_the_site(machine, "nginx")
    asked = machine.asked_file.read_text(encoding="utf-8")
    assert re.search(rf"^certbot certonly .*--domain {OURS}$", asked, re.MULTILINE)
    shutil.copyfile(sqlite_template, machine.data / "switchboard.sqlite")

    # From here on the name and the ports are this machine's.
    port, front = free_port(), free_port()
    monkeypatch.setattr(reverse_proxies, "_file", lambda *_: site.replace(OURS, SAMPLE))
    settings = machine.settings.read_text(encoding="utf-8").replace(
        f"https://{OURS}", f"https://{NAME}:{front}"
    )
    machine.settings.write_text(f"{settings}SWITCHBOARD_PORT={port}\n", encoding="utf-8")
    with (
        reverse_proxy("nginx", port, port=front) as proxy,
        machine.serving("serve"),
        proxy.client() as client,
    ):
        machine.env["SSL_CERT_FILE"] = str(proxy.authority.file)
        machine.run(create, answers=f"{PASSWORD}\n{PASSWORD}\n")
        wait_until(lambda: client.get("/healthz").status_code == 200, "it to serve", timeout=60)
        told = machine.run(doctor, status=1)
        assert f"ok PUBLIC_URL: https://{NAME}:{front} is this" in told
        # The old place of a move, where the name still leads: the same keys, and another database.
        elsewhere = machine.data.parent / "elsewhere.sqlite"
        shutil.copyfile(sqlite_template, elsewhere)
        old = machine.run(f"SWITCHBOARD_DATABASE_URL=sqlite:///{elsewhere} {doctor}", status=1)
        assert f"!! PUBLIC_URL: https://{NAME}:{front} is another Switchboard" in old
        # No engine was started here, and the certificate of the tests lasts for two days.
        assert set(re.findall(r"!! (\w+): ", told)) - {"Clock"} == {"Engine", "Certificate"}, told
        [csrf] = CSRF.findall(client.get("/login").text)
        form = {"email": "you@example.org", "password": PASSWORD, "csrf_token": csrf}
        signed_in = client.post("/login", data=form, headers={"Referer": f"{proxy.url}/login"})
        assert signed_in.status_code == 303
        assert "; Secure" in signed_in.headers["set-cookie"]


@pytest.mark.e2e
def test_with_caddy_its_file_is_one_that_caddy_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, *_ = walk_to_the_site(Machine(tmp_path), "caddy")
    monkeypatch.setattr(reverse_proxies, "_file", lambda *_: site.replace(OURS, SAMPLE))
    with reverse_proxy("caddy", free_port()) as proxy, proxy.client() as client:
        assert client.get("/login").status_code == 502, "nothing is behind it"
        assert client.get("/metrics").status_code == 404
