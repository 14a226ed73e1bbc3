"""deploy/install.sh in a Debian of its own: twice, with what is there left as it is. It takes minutes, so
only where SWITCHBOARD_INSTALL_CHROOT names a folder with a Debian 12 that may be changed (debootstrap makes one)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.build_wheel import build_wheel
from tests.support.server import ROOT

CHROOT = os.environ.get("SWITCHBOARD_INSTALL_CHROOT")


@pytest.mark.skipif(CHROOT is None, reason="SWITCHBOARD_INSTALL_CHROOT names no Debian to install into")
@pytest.mark.timeout(1800)
def test_the_installer_makes_a_service_of_one_database_and_upgrades_it(tmp_path: Path) -> None:
    root = Path(CHROOT or "")
    wheel = build_wheel(tmp_path)
    shutil.copytree(ROOT / "deploy", root / "root/deploy", dirs_exist_ok=True)
    shutil.copy2(wheel, root / "root" / wheel.name)

    def run(*words: str, status: int = 0) -> str:
        done = subprocess.run(["chroot", root, *words], capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    run("/root/deploy/install.sh", f"/root/{wheel.name}")
    settings, data = root / "etc/switchboard/env", root / "var/lib/switchboard"
    assert settings.stat().st_mode & 0o777 == 0o640
    assert (data.stat().st_mode & 0o777, data.stat().st_uid) == (
        0o700,
        (data / "switchboard.sqlite").stat().st_uid,
    )
    assert data.stat().st_uid != 0
    settings.write_text(settings.read_text(encoding="utf-8") + "SWITCHBOARD_PORT=5999\n", encoding="utf-8")
    assert "sb_" in run("switchboard", "token", "create", "first", "--role", "viewer")
    run("/root/deploy/install.sh", f"/root/{wheel.name}")
    assert "SWITCHBOARD_PORT=5999" in settings.read_text(encoding="utf-8")
    assert "there is" in run("switchboard", "token", "create", "first", "--role", "viewer", status=1)
    told = run("switchboard", "doctor", status=1)
    assert "ok INSTANCE_PATH: /var/lib/switchboard  from /etc/switchboard/env" in told
    assert "ok PORT: 5999  from /etc/switchboard/env" in told
    assert "no engine has run on this database yet" in told
    assert not [path for path in data.iterdir() if path.stat().st_uid == 0], (
        "root's files are closed to the service"
    )
    for name in ("switchboard-web.service", "switchboard-engine@.service"):
        assert (root / "etc/systemd/system" / name).is_file()
