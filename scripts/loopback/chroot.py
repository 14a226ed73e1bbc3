"""A Debian chroot that holds Asterisk 22, built once and used by every test run and demo of this machine.

Debian 12 has no Asterisk, so a newer suite is unpacked beside the system, from the mirror that apt uses already.
Nothing of the host is touched but the folder itself. Needs root. SWITCHBOARD_ASTERISK_ROOT names another folder.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEFAULT_ROOT = Path("/var/cache/switchboard-asterisk")
SUITES = ("forky", "sid")
"""Debian suites that have Asterisk 22, the quieter one first."""
READY = ".switchboard-ready"
"""Written last, with Asterisk's version: a build that was cut off is no chroot."""
BUILD_SECONDS = 420
MAJOR = "22."


def root() -> Path:
    return Path(os.environ.get("SWITCHBOARD_ASTERISK_ROOT") or DEFAULT_ROOT)


def find() -> Path | None:
    """The chroot, if it was built to its end."""
    mark = root() / READY
    return root() if mark.is_file() and MAJOR in mark.read_text() else None


def build() -> Path | None:
    """The chroot, built now if need be; None, with the reason on standard output, where that failed."""
    with _alone():
        done = find()
        if done is not None:
            return done
        mirror = _mirror()
        if mirror is None:
            print("apt names no Debian mirror to unpack Asterisk from", flush=True)
            return None
        for suite in SUITES:
            print(f"Unpacking Asterisk from Debian {suite} into {root()} (about 340 MB)...", flush=True)
            if _unpack(suite, mirror):
                return find()
            print(f"Debian {suite} did not do; the log is {_log()}", flush=True)
    return None


def _unpack(suite: str, mirror: str) -> bool:
    new = root().with_name(f"{root().name}.new")
    _remove(new)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    # The host's debootstrap may be older than the suite's name; every newer suite is unpacked like sid.
    script = "/usr/share/debootstrap/scripts/sid"
    try:
        if not _logged(["debootstrap", "--variant=minbase", suite, str(new), mirror, script], environment):
            return False
        # No service may start in there.
        policy = new / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        shutil.copyfile("/etc/resolv.conf", new / "etc/resolv.conf")
        install = ["apt-get", "install", "-y", "--no-install-recommends", "asterisk"]
        if not _logged(["chroot", str(new), *install], environment):
            return False
        _logged(["chroot", str(new), "apt-get", "clean"], environment)
        version = subprocess.run(
            ["chroot", str(new), "/usr/sbin/asterisk", "-V"], capture_output=True, text=True, check=False
        ).stdout
        if MAJOR not in version:
            return False
        (new / READY).write_text(version)
        _remove(root())
        new.rename(root())
        return True
    finally:
        _remove(new)


def _remove(folder: Path) -> None:
    """The folder and all in it, on its own file system only."""
    if folder.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


def _logged(command: list[str], environment: dict[str, str]) -> bool:
    with _log().open("ab") as log:
        try:
            done = subprocess.run(
                command, env=environment, stdout=log, stderr=log, timeout=BUILD_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.write(f"{error}\n".encode())
            return False
    return done.returncode == 0


def _log() -> Path:
    return root().with_name(f"{root().name}.log")


def _mirror() -> str | None:
    """The first mirror of packages in apt's own sources that is not for security updates only."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    return next((line for line in listed if "security" not in line), None)


@contextmanager
def _alone() -> Iterator[None]:
    """One builder at a time: test runs may begin together."""
    root().parent.mkdir(parents=True, exist_ok=True)
    with root().with_name(f"{root().name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
