"""The parts of the tests that no Python package brings: a Chromium, the servers of PostgreSQL, Redis and RabbitMQ, an
Asterisk in a chroot with SIPp to answer its calls (scripts/loopback; for root only), a voice, a converter of sound, and
the reverse proxies that stand in front, nginx and Caddy; PgBouncer, and the Prometheus that watches.

Says where they are (the tests ask too, so that "present" means one thing), and as a program installs what is
missing through apt-get where it may: as root, or where sudo asks for no password. Elsewhere it prints what to
install and exits 1. Usage: `python -m scripts.system_parts [chromium] [postgres] [redis] [rabbitmq] [asterisk]
[speech] [ffmpeg]
[nginx] [caddy] [pgbouncer] [prometheus]`, all of them when none is named. Nothing that it installs is left running: the
tests start servers of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.loopback import chroot

# The headless shell is the same engine without the desktop's windows: half the processor time for the same page.
CHROMIUM_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
PLAYWRIGHT_BINARIES = (
    "chromium_headless_shell-*/chrome-*/*headless*shell",
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
RABBITMQ_PLACES = (
    "/usr/lib/rabbitmq/bin",
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/switchboard-tests.conf")
NO_SERVICES = Path("/usr/sbin/policy-rc.d")
"""Debian asks this file before a package may start its service."""


def find_chromium() -> Path | None:
    """A Chromium that starts: SWITCHBOARD_CHROMIUM, else the system's, else playwright's own download."""
    named = os.environ.get("SWITCHBOARD_CHROMIUM")
    if named:
        return Path(named) if _starts(Path(named)) else None
    found = [Path(path) for name in CHROMIUM_NAMES if (path := shutil.which(name))]
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or _cache() / "ms-playwright")
    for pattern in PLAYWRIGHT_BINARIES:
        found += sorted(cache.glob(pattern), key=_version, reverse=True)
    return next((path for path in found if _starts(path)), None)


def find_postgres() -> Path | None:
    """The newest directory with `initdb` and `postgres`: SWITCHBOARD_POSTGRES_BIN, else the usual places."""
    named = os.environ.get("SWITCHBOARD_POSTGRES_BIN")
    if named:
        return Path(named) if _has_server(Path(named)) else None
    found = [path for pattern in POSTGRES_PLACES for path in Path("/").glob(pattern.lstrip("/"))]
    found.sort(key=_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).parent)
    return next((path for path in found if _has_server(path)), None)


def find_redis() -> Path | None:
    """The program `redis-server`, or Valkey's, which speaks the same: SWITCHBOARD_REDIS_SERVER, else the PATH's."""
    named = os.environ.get("SWITCHBOARD_REDIS_SERVER")
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    found = (shutil.which(name, path=_path()) for name in ("redis-server", "valkey-server"))
    return next((Path(path) for path in found if path), None)


def find_rabbitmq() -> Path | None:
    """The directory with `rabbitmq-server` and its tools: SWITCHBOARD_RABBITMQ_BIN, else the usual places. Not Debian's
    `/usr/sbin/rabbitmq-server`, which runs it as another user."""
    named = os.environ.get("SWITCHBOARD_RABBITMQ_BIN")
    if named:
        return Path(named) if os.access(Path(named) / "rabbitmq-server", os.X_OK) else None
    found = [path for pattern in RABBITMQ_PLACES for path in Path("/").glob(pattern.lstrip("/"))]
    found.sort(key=_version, reverse=True)
    return next((path for path in found if os.access(path / "rabbitmq-server", os.X_OK)), None)


def find_asterisk() -> Path | None:
    """The chroot with Asterisk, where SIPp is there to call."""
    return chroot.find() if shutil.which("sipp") else None


def find_speech() -> Path | None:
    """The program `espeak-ng`, which speaks texts unless the settings name another."""
    found = shutil.which("espeak-ng")
    return Path(found) if found else None


def find_ffmpeg() -> Path | None:
    """The program `ffmpeg`, with `ffprobe` beside it."""
    found = shutil.which("ffmpeg") if shutil.which("ffprobe") else None
    return Path(found) if found else None


def find_nginx() -> Path | None:
    """The program `nginx`."""
    return _find_program("nginx")


def find_caddy() -> Path | None:
    """The program `caddy`."""
    return _find_program("caddy")


def find_pgbouncer() -> Path | None:
    """The program `pgbouncer`."""
    return _find_program("pgbouncer")


def find_prometheus() -> Path | None:
    """The program `prometheus`, with `promtool` beside it."""
    return _find_program("prometheus") if _find_program("promtool") else None


FINDERS: dict[str, Callable[[], Path | None]] = {
    "chromium": find_chromium,
    "postgres": find_postgres,
    "redis": find_redis,
    "rabbitmq": find_rabbitmq,
    "asterisk": find_asterisk,
    "speech": find_speech,
    "ffmpeg": find_ffmpeg,
    "nginx": find_nginx,
    "caddy": find_caddy,
    "pgbouncer": find_pgbouncer,
    "prometheus": find_prometheus,
}
PACKAGES = {
    "chromium": "chromium-headless-shell",
    "postgres": "postgresql",
    "redis": "redis-server",
    "rabbitmq": "rabbitmq-server",
    "asterisk": "debootstrap sip-tester",
    "speech": "espeak-ng",
    "ffmpeg": "ffmpeg",
    "nginx": "nginx curl",
    "caddy": "caddy",
    "pgbouncer": "pgbouncer",
    "prometheus": "prometheus",
}
REMEDY = {
    "chromium": "Chromium is missing. Debian, as root: apt-get install chromium-headless-shell."
    " Elsewhere: .venv/bin/python -m playwright install --with-deps chromium",
    "postgres": "PostgreSQL's server is missing. Debian and Ubuntu, as root: apt-get install postgresql."
    " Elsewhere: install PostgreSQL 13 or newer and set SWITCHBOARD_POSTGRES_BIN to its bin directory",
    "redis": "Redis' server is missing. Debian and Ubuntu, as root: apt-get install redis-server."
    " Elsewhere: install Redis 6 or newer, or Valkey, and set SWITCHBOARD_REDIS_SERVER to the program",
    "rabbitmq": "RabbitMQ's server is missing. Debian and Ubuntu, as root: apt-get install rabbitmq-server."
    " Elsewhere: install RabbitMQ 3.10 or newer and set SWITCHBOARD_RABBITMQ_BIN to its sbin directory",
    "asterisk": "Asterisk in its chroot, or SIPp, is missing. Debian, as root: python -m scripts.system_parts asterisk."
    " Elsewhere, or without root, its tests are skipped",
    "speech": "espeak-ng is missing. Debian and Ubuntu, as root: apt-get install espeak-ng",
    "ffmpeg": "ffmpeg or ffprobe is missing. Debian and Ubuntu, as root: apt-get install ffmpeg",
    "nginx": "nginx is missing. Debian and Ubuntu, as root: apt-get install nginx curl",
    "caddy": "Caddy is missing. Debian and Ubuntu, as root: apt-get install caddy",
    "pgbouncer": "PgBouncer is missing. Debian and Ubuntu, as root: apt-get install pgbouncer",
    "prometheus": "Prometheus or promtool is missing. Debian and Ubuntu, as root: apt-get install prometheus",
}


def ensure(parts: list[str]) -> list[str]:
    """Install what is missing of `parts` where that is allowed; returns those that are still missing."""
    missing = [part for part in parts if FINDERS[part]() is None]
    root = _as_root()
    if not missing or root is None or shutil.which("apt-get") is None:
        return missing
    wanted = [part for part in missing if part != "asterisk" or os.geteuid() == 0]
    if "chromium" in wanted and _ubuntu():
        # Ubuntu's package is a stub for a snap, which neither containers nor root can run.
        wanted.remove("chromium")
        print("Installing chromium through playwright...", flush=True)
        _run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])
    if wanted:
        packages = [package for part in wanted for package in PACKAGES[part].split()]
        print(f"Installing {' and '.join(packages)} through apt-get...", flush=True)
        with _no_cluster(root) if "postgres" in wanted else _nothing(), _no_services(root):
            apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
            _run([*apt, "update", "-qq"])
            _run([*apt, "install", "-y", "-qq", "--no-install-recommends", *packages])
    if "asterisk" in wanted:
        chroot.build()
    return [part for part in missing if FINDERS[part]() is None]


def main(arguments: list[str]) -> int:
    unknown = sorted(set(arguments) - set(FINDERS))
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(FINDERS)}", file=sys.stderr)
        return 2
    missing = ensure(arguments or list(FINDERS))
    for part in missing:
        print(REMEDY[part], file=sys.stderr)
    return 1 if missing else 0


@contextmanager
def _no_cluster(root: list[str]) -> Iterator[None]:
    """Keep Debian from creating and starting a database of its own: the tests want the binaries only."""
    _run([*root, "mkdir", "-p", str(NO_CLUSTER.parent)])
    _run([*root, "tee", str(NO_CLUSTER)], text="create_main_cluster = false\n")
    try:
        yield
    finally:
        _run([*root, "rm", "-f", str(NO_CLUSTER)])


@contextmanager
def _no_services(root: list[str]) -> Iterator[None]:
    """Keep Debian from starting what it installs; where somebody has a policy of their own, it stays."""
    if NO_SERVICES.exists():
        yield
        return
    _run([*root, "tee", str(NO_SERVICES)], text="#!/bin/sh\nexit 101\n")
    _run([*root, "chmod", "755", str(NO_SERVICES)])
    try:
        yield
    finally:
        _run([*root, "rm", "-f", str(NO_SERVICES)])


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _as_root() -> list[str] | None:
    """The words that make a command root's; None where that would ask or is refused."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return sudo if shutil.which("sudo") and _run([*sudo, "true"], quiet=True) else None


def _run(command: list[str], *, text: str = "", quiet: bool = False) -> bool:
    """Whether the command succeeded. Its standard output is dropped, its errors are shown unless `quiet`."""
    errors = subprocess.DEVNULL if quiet else None
    return (
        subprocess.run(
            command, input=text, text=True, stdout=subprocess.DEVNULL, stderr=errors, check=False
        ).returncode
        == 0
    )


def _starts(chromium: Path) -> bool:
    """Whether it is a browser, and not a stub that asks for one to be installed."""
    if not os.access(chromium, os.X_OK):
        return False
    try:
        answer = subprocess.run([chromium, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and b"." in answer.stdout


def _has_server(directory: Path) -> bool:
    return all(os.access(directory / name, os.X_OK) for name in ("initdb", "postgres"))


def _find_program(name: str) -> Path | None:
    found = shutil.which(name, path=_path())
    return Path(found) if found else None


def _path() -> str:
    """PATH, and where Debian puts servers, which is not on everybody's."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


def _version(path: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", str(path))]


def _cache() -> Path:
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.is_file() and re.search(r"^ID=\"?ubuntu", release.read_text(), re.MULTILINE) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
