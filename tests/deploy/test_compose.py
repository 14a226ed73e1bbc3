"""compose.yaml and the Dockerfile, as far as a machine without a container engine can tell."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from cryptography.fernet import Fernet

from campaign_app import config
from tests.support.server import ROOT

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {
    name: service for name, service in SERVICES.items() if str(service["image"]).startswith("switchboard")
}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy/compose.env.example").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<rest>[^}]*))?\}")
SECRETS = {
    "POSTGRES_PASSWORD": "a" * 24,
    "REDIS_PASSWORD": "b" * 24,
    "POSTGRES_ADMIN_PASSWORD": "e" * 24,
    "RABBITMQ_PASSWORD": "c" * 24,
    "FLOWER_PASSWORD": "f" * 24,
    "SWITCHBOARD_SECRET_KEY": "d" * 24,
}
KEYS = {
    *("image", "build", "restart", "environment", "volumes", "depends_on", "read_only", "tmpfs", "cap_drop"),
    *(
        "security_opt",
        "stop_grace_period",
        "command",
        "healthcheck",
        "logging",
        "ports",
        "hostname",
        "profiles",
        "shm_size",
    ),
}


def filled(value: str, env: dict[str, str]) -> str:
    """A value with its variables, as Compose fills them in. KeyError: one that has to be set is not."""

    def one(found: re.Match[str]) -> str:
        given = env.get(found["name"]) or ""
        if not given and found["kind"] == ":?":
            raise KeyError(found["name"])
        return given or (found["rest"] if found["kind"] == ":-" else "")

    return VARIABLE.sub(one, value)


def settings_of(service: dict[str, Any], env: dict[str, str], tmp_path: Path) -> config.Settings:
    environ = {name: filled(str(value), env) for name, value in service["environment"].items()}
    warnings: list[str] = []
    loaded = config.load_settings(environ, tmp_path, warn=warnings.append)
    assert not warnings
    return loaded


def test_it_holds_what_is_promised() -> None:
    assert {"web", "engine-1", "engine-2", "postgres", "redis", "rabbitmq"} <= set(SERVICES)
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {
        "worker",
        "flower",
        "rabbitmq",
    }
    for name in ("engine-1", "engine-2"):
        assert SERVICES[name]["command"][-2:] == ["engine", "run"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_whole(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= KEYS, "a key that Compose does not know, or a new one: add it here"
    assert service["restart"] in {"unless-stopped", "no"}
    for other, how in service.get("depends_on", {}).items():
        needed = SERVICES[other]
        if how["condition"] == "service_healthy":
            assert "healthcheck" in needed, other
        else:
            assert (how["condition"], needed["restart"]) == ("service_completed_successfully", "no")
    check = service.get("healthcheck")
    if check is not None:
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
        assert all(re.fullmatch(r"\d+s", check[key]) for key in ("interval", "timeout"))
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (ROOT / source).is_file()
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), "what is open to everybody is the reverse proxy's to decide"


def test_every_volume_is_used() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {source for source in used if not source.startswith("./")} == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_its_settings_are_ones_that_this_version_reads_and_accepts(name: str, tmp_path: Path) -> None:
    service = OURS[name]
    passed_on = {variable.removeprefix("SWITCHBOARD_") for variable in service["environment"]}
    assert set(config.SETTING_FIELDS) - passed_on == {"CRASH_AT", "HOST", "PORT", "SIMULATOR_LEDGER"}
    for variable in service["environment"]:
        assert variable.removeprefix("SWITCHBOARD_") in config.READERS, variable
    loaded = settings_of(service, SECRETS, tmp_path)
    assert loaded.engine == "off", "engines are containers of their own"
    for url in (loaded.database_url, loaded.redis_url, loaded.broker_url):
        assert urlsplit(str(url)).hostname in SERVICES
    given = {
        **SECRETS,
        "SWITCHBOARD_DISPATCH": "celery",
        "SWITCHBOARD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "SWITCHBOARD_PUBLIC_URL": "https://calls.example.org",
        "SWITCHBOARD_TRUSTED_PROXIES": "1",
        "SWITCHBOARD_RETENTION_DAYS": "90",
    }
    assert settings_of(service, given, tmp_path).dispatch == "celery"


def test_nothing_starts_without_its_secrets_and_none_is_written_down() -> None:
    for name in SECRETS:
        found = [match for match in VARIABLE.finditer(TEXT) if match["name"] == name]
        assert found
        assert all(match["kind"] == ":?" for match in found), f"{name} has a default"
    for line in TEXT.splitlines():
        if "PASSWORD" in line or "SECRET" in line:
            assert "${" in line, f"a secret that is written down: {line}"


def test_the_example_names_every_variable_that_has_to_be_set_and_no_other() -> None:
    needed = {match["name"] for match in VARIABLE.finditer(TEXT) if match["kind"] == ":?"}
    offered = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert needed <= offered
    assert offered <= {match["name"] for match in VARIABLE.finditer(TEXT)}


def test_the_image_is_built_from_what_is_there_and_runs_as_nobody_special() -> None:
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in (name for names in copied for name in names):
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored, f"{source} is not sent to the build"
    version = re.search(r"^FROM python:3\.(\d+)", DOCKERFILE, re.MULTILINE)
    assert version is not None
    assert int(version[1]) >= 11
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "10001"
    names = set(re.findall(r"SWITCHBOARD_(\w+)=", DOCKERFILE))
    assert names <= {*config.READERS, "INSTANCE_PATH"}


def test_docker_itself_reads_it(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("there is no `docker compose` here; the other tests check what they can")
    done = subprocess.run(
        [docker, "compose", "--file", str(ROOT / "compose.yaml"), "--profile", "celery", "config", "--quiet"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path), **SECRETS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
