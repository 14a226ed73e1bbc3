"""Settings from environment variables, typed. A wrong value stops the start with one clear line."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from campaign_app import crash_points
from campaign_app.domain import speech_command
from campaign_app.domain.public_addresses import TrunkHost, parse_trunk_host, strip_ari_path
from campaign_app.own_command import own_command

PREFIX = "SWITCHBOARD_"
SETTINGS_FILE, SETTINGS_READ = f"{PREFIX}SETTINGS", f"{PREFIX}SETTINGS_READ"
"""For the command `switchboard` (main.py): the file that it reads, and what it took from there. No settings."""
PROVIDERS = ("simulator", "asterisk", "twilio")
"""The providers that this version can be configured with."""

T = TypeVar("T")


class BadSetting(Exception):
    """A setting's value is not allowed. The text names the variable, its value and what is allowed."""


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
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    allowed = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    if not value.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
        raise ValueError(allowed)
    try:
        name = make_url(value).database
    except (ArgumentError, ValueError):
        raise ValueError(f"{allowed}, where @ : and % of a password are written as %40 %3A %25") from None
    if not name or name == ":memory:":
        raise ValueError(
            f"{allowed}; this one names no {'file' if value.startswith('sqlite') else 'database'}"
        )
    return value


def _place_database(url: str, instance: Path) -> str:
    """Where a SQLite URL's file is: a relative name is below INSTANCE_PATH, which `instance/` stands for too, as in the
    default value. A file that is found under the literal name stays the database."""
    name = url.removeprefix("sqlite:///")
    if name == url or name.startswith("/"):
        return url
    literal = instance / name
    if name.startswith("instance/") and not literal.exists():
        literal = instance / name.removeprefix("instance/")
    return f"sqlite:///{literal}"


def _read_asterisk_url(value: str) -> str:
    return strip_ari_path(_url_reader("http", "https")(value))


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


def _read_signing_key(value: str) -> str:
    try:
        sound = len(base64.b64decode(value.encode("ascii"), validate=True)) == 32
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("32 bytes as base64, such as `openssl rand -base64 32` makes")
    return value


def _read_age_key(value: str) -> str:
    # Not for those who do not use it.
    import pyrage

    try:
        pyrage.x25519.Identity.from_str(value.strip())
    except pyrage.IdentityError:
        raise ValueError(f"AGE-SECRET-KEY-1…, such as `{own_command('backup-key')}` makes") from None
    return value.strip()


def _read_hosts(value: str) -> tuple[str, ...]:
    return tuple(host.strip() for host in value.split(",") if host.strip())


def _read_trunk_hosts(value: str) -> tuple[TrunkHost, ...]:
    return tuple(parse_trunk_host(host) for host in value.split(",") if host.strip())


def _read_folders(value: str) -> tuple[Path, ...]:
    folders = tuple(Path(folder.strip()) for folder in value.split(",") if folder.strip())
    if not all(folder.is_absolute() and folder != Path("/") for folder in folders):
        raise ValueError("folders in full, such as /srv/sounds, with commas")
    return folders


def _read_folder(value: str) -> Path:
    if not Path(value).is_absolute():
        raise ValueError("a folder in full, such as /srv/backups")
    return Path(value)


def _read_proxies(value: str) -> int | tuple[str, ...]:
    allowed = "a whole number from 0 to 10, or addresses and networks with commas (127.0.0.1, 10.0.0.0/8)"
    if value.strip().isdecimal():
        number = int(value)
        if number > 10:
            raise ValueError(allowed)
        return number
    try:
        return tuple(str(ipaddress.ip_network(item)) for item in _read_hosts(value))
    except ValueError:
        raise ValueError(allowed) from None


def _read_endpoint(value: str) -> str:
    if "{number}" not in value and "{digits}" not in value:
        raise ValueError("a dial string with {number} (E.164) or {digits} (without +) in it")
    return value


def _read_speech_command(value: str) -> str:
    speech_command.parse_speech_command(value)
    return value


def _read_switch(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError("0 or 1")
    return value == "1"


def _read_text(value: str) -> str:
    return value


def _read_bind_host(value: str) -> str:
    """A name or an address of this machine, without a port."""
    host = value.strip().removeprefix("[").removesuffix("]")
    if not host or set("/*@ ") & set(host) or (":" in host and not _is_ipv6(host)):
        raise ValueError(
            "a name or an address of this machine without a port, such as 127.0.0.1 or ::1; 0.0.0.0 for all of them"
        )
    return host


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _read_syslog(value: str) -> str:
    parts = urlsplit(value)
    if not ((parts.scheme == "udp" and parts.hostname) or (parts.scheme == "unix" and parts.path)):
        raise ValueError("udp://host:514 or unix:///dev/log")
    return value


ROLES = ("viewer", "operator", "compliance", "admin")


def _read_roles(value: str) -> tuple[tuple[str, str], ...]:
    pairs = [pair.rpartition("=") for pair in value.split(",") if pair.strip()]
    if not all(name.strip() and role.strip() in ROLES for name, _, role in pairs):
        raise ValueError(f"value=role with commas, each role one of {', '.join(ROLES)}")
    return tuple((name.strip(), role.strip()) for name, _, role in pairs)


def _read_sender(value: str) -> str:
    name, at, domain = value.rpartition("@")
    if not (name and at and domain) or not value.isprintable():
        raise ValueError("an email address, such as switchboard@example.org")
    return value


def _read_phone_number(value: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", value):
        raise ValueError("a number in full, such as +12125550100")
    return value


def setting(
    default: Any,
    read: Callable[[str], object],
    meaning: str = "",
    *,
    shown: str | None = None,
    secret: bool = False,
) -> Any:
    """One setting: the field of Settings, how its variable is read, and its row in the README. `shown` is its default
    in words; without a `meaning` it is not in the README. A secret's value is never printed."""
    metadata = {"read": read, "meaning": meaning, "shown": shown, "secret": secret}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked. Times in seconds, sizes in MiB."""

    instance_path: Path
    database_url: str = setting(
        MISSING,
        _read_database_url,
        "or `postgresql://user:password@host/name`",
        shown="`sqlite:///instance/switchboard.sqlite`",
        secret=True,
    )
    host: str = setting("127.0.0.1", _read_bind_host, "where it listens")
    port: int = setting(
        5000,
        _number_reader(int, 1, 65535, "a whole number"),
        "the port that it listens on",
    )
    secret_key: str | None = setting(None, _read_secret, "signs cookies", shown="generated", secret=True)
    signing_key: str | None = setting(
        None,
        _read_signing_key,
        "signs receipts ([docs/receipts.md](docs/receipts.md)); set it where several hosts serve",
        shown="generated",
        secret=True,
    )
    """None: generated once and kept in the instance folder."""
    encryption_key: tuple[str, ...] = setting(
        (),
        _read_fernet_keys,
        "encrypts the credentials that trunks keep ([docs/trunks.md](docs/trunks.md)); several "
        "with commas while one is replaced",
        secret=True,
    )
    """While one is being replaced several, the newest first."""
    forget_key: str | None = setting(
        None,
        _read_secret,
        "by which forgotten numbers are known again ([docs/privacy.md](docs/privacy.md)); the same on every machine,"
        " for ever",
        shown="generated",
        secret=True,
    )
    """None: generated once and kept in the instance folder."""
    public_url: str | None = setting(
        None,
        _url_reader("http", "https"),
        "where people reach it, with the path that all pages lie below, if any; `https://…` makes cookies secure",
    )
    engine: str = setting(
        "inline",
        _choice_reader("inline", "off"),
        "`off`: the engine runs elsewhere (`engine run`)",
    )
    tick_seconds: float = setting(
        1.0,
        _number_reader(float, 0.05, 60, "seconds"),
        "how often the engine checks for work; it also wakes as soon as something changes",
    )
    provider: str = setting(
        "simulator",
        _choice_reader(*PROVIDERS),
        "the default trunk's provider: `simulator`, `asterisk` or `twilio`",
    )
    trunk_lines: int = setting(
        200,
        _number_reader(int, 1, 100_000, "a whole number"),
        "the default trunk's concurrent calls when it is first created; change them later on its page",
    )
    trunk_calls_per_second: float | None = setting(
        None,
        _number_reader(float, 0.01, 10_000, "a number"),
        "its new calls per second, likewise",
        shown="no limit",
    )
    log_format: str = setting(
        "text",
        _choice_reader("text", "json"),
        "`json`: every line of a serving process is one object",
    )
    log_calls: bool = setting(
        False,
        _read_switch,
        "`1`: the log has a line for each call that is placed and for each that ends",
        shown="`0`",
    )
    redis_url: str | None = setting(
        None,
        _url_reader("redis", "rediss"),
        "shares calls per second of a trunk, live figures and sign-in attempts; it can go down at any time",
        secret=True,
    )
    broker_url: str | None = setting(
        None,
        _url_reader("amqp", "amqps", "redis", "rediss"),
        "where tasks wait for workers: `amqp://…` or `redis://…`",
        secret=True,
    )
    dispatch: str = setting(
        "inline",
        _choice_reader("inline", "celery"),
        "`celery`: claimed calls are placed by workers (`celery -A campaign_app.worker worker`)",
    )
    twilio_account_sid: str | None = setting(
        None,
        _read_text,
        "the Twilio account that is dialed through ([docs/twilio.md](docs/twilio.md))",
    )
    twilio_auth_token: str | None = setting(None, _read_text, "its token", secret=True)
    twilio_auth_token_2: str | None = setting(
        None,
        _read_text,
        "the other token while the first is being rotated: callbacks are accepted with either",
        secret=True,
    )
    twilio_base_url: str = setting(
        "https://api.twilio.com",
        _url_reader("http", "https"),
        "another region's",
    )
    twilio_from: str | None = setting(
        None,
        _read_phone_number,
        "the caller ID where a campaign names none, E.164",
    )
    asterisk_url: str | None = setting(
        None,
        _read_asterisk_url,
        "the Asterisk that is dialed through, `http(s)://host:port` ([docs/asterisk.md](docs/asterisk.md))",
    )
    asterisk_user: str | None = setting(None, _read_text, "its ARI user")
    asterisk_password: str | None = setting(None, _read_text, "that user's password", secret=True)
    asterisk_endpoint: str = setting(
        "PJSIP/{number}@trunk",
        _read_endpoint,
        "how it dials; `{number}` is E.164, `{digits}` the same without `+`",
    )
    asterisk_app: str = setting(
        "switchboard",
        _read_text,
        "begins the names of its ARI applications, one per trunk",
    )
    asterisk_sounds: Path | None = setting(
        None,
        Path,
        "a folder of this host that Asterisk plays from",
        shown="in `INSTANCE_PATH`",
    )
    asterisk_sounds_as: str | None = setting(
        None,
        _read_text,
        "what Asterisk calls it: a path on its side or an `https://…` prefix",
        shown="the same",
    )
    asterisk_cel: Path | None = setting(
        None,
        Path,
        "Asterisk's journal of calls (cel_custom), to learn what ended unheard",
    )
    trunk_hosts: tuple[TrunkHost, ...] = setting(
        (),
        _read_trunk_hosts,
        "hosts that trunks may be at besides Twilio’s and those above, with commas: `host`, `host:port`, or "
        "`http://host:port` ([docs/trunks.md](docs/trunks.md))",
        shown="none",
    )
    trunk_folders: tuple[Path, ...] = setting(
        (),
        _read_folders,
        "folders below which a trunk’s own `sounds` and `cel` may lie, with commas",
        shown="none",
    )
    simulator_seed: int = setting(
        0,
        _number_reader(int, 0, 2**63 - 1, "a whole number"),
        "the same seed, the same outcomes",
    )
    simulator_time_scale: float = setting(
        60.0,
        _number_reader(float, 0.001, 100_000, "a factor"),
        "60: an hour's calls in a minute",
    )
    simulator_ledger: Path | None = setting(
        None,
        Path,
        "every simulated call, one JSON object a line",
        shown="in `INSTANCE_PATH`",
    )
    trusted_hosts: tuple[str, ...] = setting(
        (),
        _read_hosts,
        "host names it answers to, with commas",
        shown="host, localhost, PUBLIC_URL",
    )
    trusted_proxies: int | tuple[str, ...] = setting(
        0,
        _read_proxies,
        "reverse proxies in front: how many, or their addresses and networks with commas"
        " ([docs/deploy.md](docs/deploy.md))",
    )
    session_days: int = setting(
        14,
        _number_reader(int, 1, 365, "whole days"),
        "days until a browser must sign in again, however busy it was",
    )
    session_idle_hours: int = setting(
        72,
        _number_reader(int, 1, 8760, "whole hours"),
        "hours until a browser must sign in again after nothing was done in it",
    )
    second_person_above: int = setting(
        0,
        _number_reader(int, 0, 1_000_000_000, "a whole number"),
        "a start that may call more people than this needs a second person ([docs/accounts.md](docs/accounts.md))",
        shown="`0`, never",
    )
    second_factor: str = setting(
        "off",
        _choice_reader("off", "admins", "all"),
        "who must have an authenticator app or a passkey: `off`, `admins` or `all`",
    )
    oidc_issuer: str | None = setting(
        None,
        _url_reader("https", "http"),
        "the identity provider for single sign-on ([docs/accounts.md](docs/accounts.md))",
    )
    oidc_client_id: str | None = setting(None, _read_text, "what it calls this installation")
    oidc_client_secret: str | None = setting(None, _read_text, "the secret that it gave out", secret=True)
    oidc_role_claim: str = setting("groups", _read_text, "the claim that says what somebody is there")
    oidc_roles: tuple[tuple[str, str], ...] = setting(
        (),
        _read_roles,
        "which role here each value of that claim has: `dialer-admins=admin,callers=operator`",
        shown="none",
    )
    audit_syslog: str | None = setting(
        None,
        _read_syslog,
        "where the audit trail is sent as it is written: `udp://host:514` or `unix:///dev/log`",
    )
    smtp_url: str | None = setting(
        None,
        _url_reader("smtp", "smtps"),
        "mails invitations and resets, `smtp://user:password@host:587`; without it links are shown to copy",
        secret=True,
    )
    smtp_from: str | None = setting(
        None, _read_sender, "the address that mail comes from", shown="`switchboard@` the host of PUBLIC_URL"
    )
    max_upload_mb: int = setting(100, _number_reader(int, 1, 10_000, "MiB"), "the largest upload, MiB")
    speech_command: str = setting(
        speech_command.DEFAULT,
        _read_speech_command,
        "speaks a text from standard input; Piper: [docs/messages.md](docs/messages.md)",
    )
    speech_cache_mb: int = setting(
        500,
        _number_reader(int, 10, 1_000_000, "MiB"),
        "how much speech is kept, MiB",
    )
    outside_check_private_hosts: tuple[str, ...] = setting(
        (),
        _read_hosts,
        "hosts of the outside check that may be private, with commas ([docs/outside-check.md](docs/outside-check.md))",
        shown="none",
    )
    outside_check_ca_file: Path | None = setting(
        None,
        Path,
        "a PEM file of the authorities that the outside check’s certificate may come from",
        shown="this machine’s",
    )
    retention_days: int = setting(
        0,
        _number_reader(int, 0, 36_500, "whole days"),
        "how long raw events of calls are kept",
        shown="`0`, forever",
    )
    export_stream_rows: int = setting(
        100_000,
        _number_reader(int, 0, 1_000_000_000, "a whole number"),
        "rows above which the pages make a file to download later instead of sending an export at once",
        shown="`100000`",
    )
    export_days: int = setting(
        7,
        _number_reader(int, 1, 3_650, "whole days"),
        "days until such a file is deleted",
    )
    backup_folder: Path | None = setting(
        None,
        _read_folder,
        "where `flask backup` puts its files ([docs/backup.md](docs/backup.md)); better on another disk",
        shown="`backups` in `INSTANCE_PATH`",
    )
    backup_key: str | None = setting(
        None,
        _read_age_key,
        "encrypts backups; keep a copy of it elsewhere, without it they are lost",
        secret=True,
    )
    backup_keep: int = setting(
        14,
        _number_reader(int, 0, 10_000, "a whole number"),
        "how many backups stay in that folder, the newest; `0`: all",
    )
    crash_at: str | None = setting(None, crash_points.check_crash_point)
    """For fault tests only: where this process kills itself (crash_points.py)."""

    @property
    def ledger_path(self) -> Path:
        return self.simulator_ledger or self.instance_path / "simulator-ledger.jsonl"

    @property
    def backups(self) -> Path:
        return self.backup_folder or self.instance_path / "backups"

    @property
    def uploads_folder(self) -> Path:
        return self.instance_path / "uploads"

    @property
    def exports_folder(self) -> Path:
        return self.instance_path / "exports"

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
    def sqlite_file(self) -> Path | None:
        """The database's file, where it is SQLite."""
        if not self.database_url.startswith("sqlite"):
            return None
        from sqlalchemy.engine import make_url

        return Path(str(make_url(self.database_url).database))

    @property
    def behind_tls(self) -> bool:
        return (self.public_url or "").startswith("https://")

    @property
    def base_url(self) -> str:
        """Where people reach the pages: PUBLIC_URL, else the bound address."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/")


def prepare_instance_folder(folder: Path) -> None:
    """Make it where it is missing. Raises BadSetting where it cannot be made or written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise BadSetting(
            f"{PREFIX}INSTANCE_PATH is {str(folder)!r}, which cannot be made: {error.strerror}"
        ) from None
    if not writable:
        raise BadSetting(f"{PREFIX}INSTANCE_PATH is {str(folder)!r}, which this user may not write to")


SETTING_FIELDS: dict[str, Field[Any]] = {
    item.name.upper(): item for item in fields(Settings) if item.metadata
}
"""By the name of the variable, without the prefix."""
READERS: dict[str, Callable[[str], object]] = {
    name: item.metadata["read"] for name, item in SETTING_FIELDS.items()
}
SECRETS = {name for name, item in SETTING_FIELDS.items() if item.metadata["secret"]}
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
        if name.startswith(PREFIX) and value and name not in (SETTINGS_FILE, SETTINGS_READ)
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
    values["database_url"] = _place_database(str(values["database_url"]), instance)
    settings = Settings(**values)  # type: ignore[arg-type]
    missing = [
        name
        for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ROLES")
        if settings.oidc_issuer is not None and not getattr(settings, name.lower())
    ]
    if missing:
        raise BadSetting(
            f"{PREFIX}OIDC_ISSUER is set and {PREFIX}{missing[0]} is not; single sign-on needs both"
        )
    if settings.dispatch == "celery" and settings.broker_url is None:
        raise BadSetting(
            f"{PREFIX}DISPATCH is 'celery' and {PREFIX}BROKER_URL is not set; allowed: amqp://… or redis://…"
        )
    return settings
