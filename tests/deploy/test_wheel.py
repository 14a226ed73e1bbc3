"""The wheel, unpacked where no checkout is, and the command `switchboard`: one installation, one database."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from campaign_app.config import BadSetting
from campaign_app.main import find_settings, read_settings_file
from scripts.build_wheel import build_wheel
from tests.support.server import free_port
from tests.support.waiting import wait_until


@pytest.mark.e2e
def test_the_wheel_alone_upgrades_serves_and_knows_the_services_settings(tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(build_wheel(tmp_path / "dist")).extractall(site)
    port, data = free_port(), tmp_path / "data"
    data.mkdir()
    file = tmp_path / "env"
    file.write_text(
        f'# of the service\nSWITCHBOARD_INSTANCE_PATH="{data}"\nSWITCHBOARD_PORT={port}\n'
        "SWITCHBOARD_SECRET_KEY=not-to-be-printed\n",
        encoding="utf-8",
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    env |= {"PYTHONPATH": str(site), "SWITCHBOARD_SETTINGS": str(file)}
    command = [sys.executable, "-m", "campaign_app.main"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    assert "run `switchboard db upgrade` first" in run("engine", "check").stderr
    assert run("upgrade").returncode == 0
    assert "start one with `switchboard engine run`" in run("doctor").stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "dist", "env", "site"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([*command, "serve"], cwd=tmp_path, env=env, stdout=log, stderr=log)
    try:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)

        def is_ready() -> bool:
            assert server.poll() is None, (tmp_path / "log").read_text()
            try:
                return client.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(is_ready, "it to serve and to tick", timeout=60)
        assert "<code>switchboard admin create EMAIL</code>" in client.get("/login").text
        assert client.get("/static/style.css").status_code == 200
        client.close()
        told = run("doctor")
    finally:
        server.kill()
        server.wait(timeout=60)
    assert f"ok INSTANCE_PATH: {data}  from {file}" in told.stdout, told.stdout + told.stderr
    assert "ok SECRET_KEY: (set, not shown)" in told.stdout
    assert "not-to-be-printed" not in told.stdout
    assert f"ok DATABASE_URL: sqlite:///{data}/switchboard.sqlite  the default" in told.stdout
    assert "ok Engine: on" in told.stdout
    assert "ok Trunk simulator: simulator, up" in told.stdout


def test_a_settings_file_is_read_as_systemd_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(
        '; a comment\nA=plain words # no comment\nB="two \\"words\\""\nC=\'$x\'\n\nD=\n', encoding="utf-8"
    )
    assert read_settings_file(file) == {
        "A": "plain words # no comment",
        "B": 'two "words"',
        "C": "$x",
        "D": "",
    }
    for line, text in (("nothing", "write NAME=value"), ('E="open', "the quotes of E do not close")):
        file.write_text(f"\n{line}\n", encoding="utf-8")
        with pytest.raises(BadSetting, match=f"line 2: {text}"):
            read_settings_file(file)


def test_a_second_installation_is_never_begun_by_chance(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SWITCHBOARD_SETTINGS"):
        find_settings({}, tmp_path)
    file = tmp_path / "env"
    file.write_text("SWITCHBOARD_PORT=1\nSWITCHBOARD_HOST=::1\n", encoding="utf-8")
    environ = {"SWITCHBOARD_SETTINGS": str(file), "SWITCHBOARD_PORT": "2"}
    assert find_settings(environ, tmp_path) == (file, {"SWITCHBOARD_HOST": "::1"})
