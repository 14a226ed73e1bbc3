"""Settings from environment variables, typed. A wrong value stops the start with one clear line."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from campaign_app import crash_points
from campaign_app.domain import speech_command

PREFIX = "SWITCHBOARD_"
PROVIDERS = ("simulator", "asterisk", "twilio")
"""The providers that this version can be configured with."""

T = TypeVar("T")


class BadSetting(Exception):
    """A setting's value is not allowed. The text names the variable, its value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked. Times in seconds, sizes in MiB."""

    instance_path: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 5000
    secret_key: str | None = None
    """Signs cookies; None: generated once and kept in the instance folder."""
    encryption_key: tuple[str, ...] = ()
    """Encrypts the trunks' credentials; while one is being replaced several, the newest first."""
    public_url: str | None = None
    engine: str = "inline"
    tick_seconds: float = 1.0
    provider: str = "simulator"
    trunk_lines: int = 200
    """Concurrent calls of the default trunk."""
    trunk_calls_per_second: float | None = None
    log_format: str = "text"
    redis_url: str | None = None
    broker_url: str | None = None
    dispatch: str = "inline"
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = None
    twilio_auth_token_2: str | None = None
    """The other token while the first is being rotated: callbacks are believed with either."""
    twilio_base_url: str = "https://api.twilio.com"
    twilio_from: str | None = None
    """The caller id of campaigns that name none, E.164."""
    asterisk_url: str | None = None
    asterisk_user: str | None = None
    asterisk_password: str | None = None
    asterisk_endpoint: str = "PJSIP/{number}@trunk"
    asterisk_app: str = "switchboard"
    """The name that this installation's applications at Asterisk begin with; each trunk has one."""
    asterisk_sounds: Path | None = None
    """A folder of this host that Asterisk reads sounds from; None: one in the instance folder."""
    asterisk_sounds_as: str | None = None
    """What Asterisk calls it: a folder on its side, or an http(s) prefix; None: the same."""
    asterisk_cel: Path | None = None
    """Asterisk's journal of calls (cel_custom), where this host can read it."""
    simulator_seed: int = 0
    simulator_time_scale: float = 60.0
    simulator_ledger: Path | None = None
    trusted_hosts: tuple[str, ...] = ()
    """Host names this server answers to; empty: the bound host, localhost and that of PUBLIC_URL."""
    trusted_proxies: int = 0
    """How many reverse proxies stand in front and set X-Forwarded-*."""
    max_upload_mb: int = 100
    speech_command: str = speech_command.DEFAULT
    """Speaks a text from standard input into the WAV file {output} (domain/speech_command.py)."""
    speech_cache_mb: int = 500
    retention_days: int = 0
    """How long raw events of calls are kept; 0: for ever."""
    crash_at: str | None = None
    """For fault tests only: where this process kills itself (crash_points.py)."""

    @property
    def ledger_path(self) -> Path:
        return self.simulator_ledger or self.instance_path / "simulator-ledger.jsonl"

    @property
    def uploads_folder(self) -> Path:
        return self.instance_path / "uploads"

    @property
    def default_calls_per_second(self) -> float | None:
        """Calls a second of the default trunk: what was asked for, else what its provider takes at once. Twilio queues
        what an account dials beyond one call a second, unless it has been given more."""
        if self.trunk_calls_per_second is None and self.provider == "twilio":
            return 1.0
        return self.trunk_calls_per_second

    @property
    def recordings_folder(self) -> Path:
        return self.instance_path / "recordings"

    @property
    def speech_folder(self) -> Path:
        return self.instance_path / "speech"

    @property
    def behind_tls(self) -> bool:
        return (self.public_url or "").startswith("https://")

    @property
    def base_url(self) -> str:
        """Where people reach the pages: PUBLIC_URL, else the bound address."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/")


def _choice_reader(*allowed: str) -> Callable[[str], str]:
    def read_choice(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    return read_choice


def _number_reader(kind: Callable[[str], T], low: float, high: float, what: str) -> Callable[[str], T]:
    def read_number(value: str) -> T:
        try:
            number = kind(value)
            inside = low <= number <= high  # type: ignore[operator]
        except ValueError:
            inside = False
        if not inside:
            raise ValueError(f"{what} from {low:g} to {high:g}")
        return number

    return read_number


def _url_reader(*schemes: str) -> Callable[[str], str]:
    def read_url(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.netloc:
            raise ValueError("a URL that begins with " + " or ".join(f"{scheme}://" for scheme in schemes))
        return value.rstrip("/")

    return read_url


def _read_database_url(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
        raise ValueError("sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    return value


def _read_secret(value: str) -> str:
    if len(value) < 16:
        raise ValueError("at least 16 characters")
    return value


def _read_fernet_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    for key in keys:
        try:
            sound = len(base64.urlsafe_b64decode(key.encode())) == 32
        except ValueError:
            sound = False
        if not sound:
            raise ValueError("32 bytes as url-safe base64; several with commas, the newest first")
    return keys


def _read_hosts(value: str) -> tuple[str, ...]:
    return tuple(host.strip() for host in value.split(",") if host.strip())


def _read_endpoint(value: str) -> str:
    if "{number}" not in value and "{digits}" not in value:
        raise ValueError("a dial string with {number} (E.164) or {digits} (without +) in it")
    return value


def _read_speech_command(value: str) -> str:
    speech_command.parse_speech_command(value)
    return value


def _read_text(value: str) -> str:
    return value


def _read_phone_number(value: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", value):
        raise ValueError("a number in full, such as +12125550100")
    return value


READERS: dict[str, Callable[[str], object]] = {
    "DATABASE_URL": _read_database_url,
    "HOST": _read_text,
    "PORT": _number_reader(int, 1, 65535, "a whole number"),
    "SECRET_KEY": _read_secret,
    "ENCRYPTION_KEY": _read_fernet_keys,
    "PUBLIC_URL": _url_reader("http", "https"),
    "ENGINE": _choice_reader("inline", "off"),
    "TICK_SECONDS": _number_reader(float, 0.05, 60, "seconds"),
    "PROVIDER": _choice_reader(*PROVIDERS),
    "TRUNK_LINES": _number_reader(int, 1, 100_000, "a whole number"),
    "TRUNK_CALLS_PER_SECOND": _number_reader(float, 0.01, 10_000, "a number"),
    "LOG_FORMAT": _choice_reader("text", "json"),
    "REDIS_URL": _url_reader("redis", "rediss"),
    "BROKER_URL": _url_reader("amqp", "amqps", "redis", "rediss"),
    "DISPATCH": _choice_reader("inline", "celery"),
    "TWILIO_ACCOUNT_SID": _read_text,
    "TWILIO_AUTH_TOKEN": _read_text,
    "TWILIO_AUTH_TOKEN_2": _read_text,
    "TWILIO_BASE_URL": _url_reader("http", "https"),
    "TWILIO_FROM": _read_phone_number,
    "ASTERISK_URL": _url_reader("http", "https"),
    "ASTERISK_USER": _read_text,
    "ASTERISK_PASSWORD": _read_text,
    "ASTERISK_ENDPOINT": _read_endpoint,
    "ASTERISK_APP": _read_text,
    "ASTERISK_SOUNDS": Path,
    "ASTERISK_SOUNDS_AS": _read_text,
    "ASTERISK_CEL": Path,
    "SIMULATOR_SEED": _number_reader(int, 0, 2**63 - 1, "a whole number"),
    "SIMULATOR_TIME_SCALE": _number_reader(float, 0.001, 100_000, "a factor"),
    "SIMULATOR_LEDGER": Path,
    "TRUSTED_HOSTS": _read_hosts,
    "TRUSTED_PROXIES": _number_reader(int, 0, 10, "a whole number"),
    "MAX_UPLOAD_MB": _number_reader(int, 1, 10_000, "MiB"),
    "RETENTION_DAYS": _number_reader(int, 0, 36_500, "whole days"),
    "SPEECH_COMMAND": _read_speech_command,
    "SPEECH_CACHE_MB": _number_reader(int, 10, 1_000_000, "MiB"),
    "CRASH_AT": crash_points.check_crash_point,
}
SECRETS = {
    "SECRET_KEY",
    "ENCRYPTION_KEY",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_2",
    "ASTERISK_PASSWORD",
    "DATABASE_URL",
    "REDIS_URL",
    "BROKER_URL",
}
"""Their values are never printed."""


def load_settings(
    environ: Mapping[str, str], root: Path, warn: Callable[[str], None] = lambda _: None
) -> Settings:
    """Read the settings. `root` is the project's folder; its `instance/` is the default place for data.

    Empty variables count as unset; `warn` is told of SWITCHBOARD_ names that are no setting. Raises BadSetting.
    """
    variables = {
        name.removeprefix(PREFIX): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and value
    }
    instance = Path(variables.pop("INSTANCE_PATH", root / "instance")).absolute()
    values: dict[str, object] = {
        "instance_path": instance,
        "database_url": f"sqlite:///{instance / 'switchboard.sqlite'}",
    }
    for name, value in variables.items():
        reader = READERS.get(name)
        if reader is None:
            # Most likely a typing error, which would leave a default in force unseen.
            setting_names = ", ".join(sorted([*READERS, "INSTANCE_PATH"]))
            warn(f"{PREFIX}{name} is not a setting and is ignored; known are {setting_names}")
            continue
        try:
            values[name.lower()] = reader(value)
        except ValueError as error:
            value_text = "(hidden)" if name in SECRETS else repr(value)
            raise BadSetting(f"{PREFIX}{name} is {value_text}; allowed: {error}") from None
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.dispatch == "celery" and settings.broker_url is None:
        raise BadSetting(
            f"{PREFIX}DISPATCH is 'celery' and {PREFIX}BROKER_URL is not set; allowed: amqp://… or redis://…"
        )
    return settings
