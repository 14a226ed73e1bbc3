"""Switchboard: a self-hosted manager of outbound voice campaigns. Wiring only."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign_app.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from flask import Flask

    from campaign_app.config import Settings
    from campaign_app.domain.webhook import Webhooks
    from campaign_app.models import Trunk
    from campaign_app.providers.base import Provider
    from campaign_app.providers.twilio import Account
    from campaign_app.providers.twilio.urls import Urls
    from campaign_app.services.figures import Cache
    from campaign_app.speech import Speech
    from campaign_app.vault import Vault

# The rest is imported inside the functions: a tool that wants only the domain does not load Flask for it.
DEFAULT_LEDGER_MOST = 16 * 1024 * 1024
ROOT = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class Switchboard:
    """What views need beside the database. `wake` nudges the engine where one runs inside this process."""

    settings: Settings
    clock: Clock
    wake: Callable[[], None]
    speech: Speech
    """Texts and recordings as files that can be played."""
    webhooks_of: Callable[[Trunk], Webhooks | None]
    """The ear of a trunk whose provider calls us; None for the others."""
    vault: Vault
    """Opens and shuts the trunks' credentials."""
    cache: Cache | None = None
    """Keeps the figures of live pages for a second, with REDIS_URL."""


def make_provider(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    """The adapter of a trunk. The one place that names concrete providers."""
    from campaign_app.config import BadSetting
    from campaign_app.providers.simulator import Simulator

    if trunk.provider == "simulator":
        return Simulator(
            settings.ledger,
            seed=settings.simulator_seed,
            time_scale=settings.simulator_time_scale,
            clock=clock,
            # A ledger that somebody asked for is evidence and stays whole.
            compact_above=None if settings.simulator_ledger else DEFAULT_LEDGER_MOST,
        )
    if trunk.provider == "twilio":
        from campaign_app.providers.twilio import Twilio

        account, urls = twilio_account(trunk, settings)
        return Twilio(account, urls, clock)
    if trunk.provider == "asterisk":
        return _asterisk(trunk, settings, clock)
    raise BadSetting(
        f"trunk {trunk.name} names the provider {trunk.provider}, which this version does not have"
    )


def _asterisk(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    """Raises BadSetting."""
    from campaign_app.config import BadSetting
    from campaign_app.providers.asterisk import Asterisk
    from campaign_app.providers.asterisk.account import Account, account_of

    default = Account(
        url=settings.asterisk_url or "",
        user=settings.asterisk_user or "",
        password=settings.asterisk_password or "",
        endpoint=settings.asterisk_endpoint,
        app=f"{settings.asterisk_app}-{trunk.id}",
        sounds=settings.asterisk_sounds or settings.instance_path / "asterisk-sounds",
        sounds_as=settings.asterisk_sounds_as,
        cel=settings.asterisk_cel,
    )
    try:
        account = account_of(own_settings(trunk, settings), default)
        return Asterisk(
            account.url,
            account.user,
            account.password,
            audio=make_speech(settings, clock).render,
            sounds=account.sounds,
            sounds_as=account.known_as,
            endpoint=account.endpoint,
            app=account.app,
            journal=account.cel,
            clock=clock,
        )
    except ValueError as error:
        raise BadSetting(f"trunk {trunk.name}: {error}") from None


def own_settings(trunk: Trunk, settings: Settings) -> dict[str, Any]:
    """What a trunk says of its account, its credentials in the clear. Raises NoKey."""
    from campaign_app.vault import Vault

    return {**trunk.settings, **Vault(settings.encryption_key).open(trunk.secret)}


def make_webhooks(trunk: Trunk, settings: Settings, clock: Clock) -> Webhooks | None:
    """The ear of a trunk; None where its provider does not call us, or PUBLIC_URL does not say where."""
    if trunk.provider != "twilio":
        return None
    from campaign_app.providers.twilio import TwilioWebhooks

    account, urls = twilio_account(trunk, settings)
    return None if urls is None or account.missing() else TwilioWebhooks(account, urls, clock)


def twilio_account(trunk: Trunk, settings: Settings) -> tuple[Account, Urls | None]:
    """A Twilio trunk's account, and the addresses Twilio reaches us at. Raises BadSetting."""
    from campaign_app.config import BadSetting
    from campaign_app.providers.twilio import Account, account_of
    from campaign_app.providers.twilio.urls import Urls

    default = Account(
        sid=settings.twilio_account_sid or "",
        auth_token=settings.twilio_auth_token or "",
        second_token=settings.twilio_auth_token_2 or "",
        base_url=settings.twilio_base_url,
        caller_id=settings.twilio_from,
    )
    try:
        account = account_of(own_settings(trunk, settings), default)
    except ValueError as error:
        raise BadSetting(f"trunk {trunk.name}: {error}") from None
    if not settings.public_url:
        return account, None
    return account, Urls(settings.public_url, trunk.id, secret_key(settings).encode())


def make_speech(settings: Settings, clock: Clock) -> Speech:
    """What turns texts and recordings into files. Any number of processes may share its folder."""
    from campaign_app.domain import speech_command
    from campaign_app.speech import Speech

    return Speech(
        settings.speech,
        settings.recordings,
        speech_command.parse(settings.speech_command),
        most_bytes=settings.speech_cache_mb * 1024 * 1024,
        clock=clock,
    )


def make_cache(settings: Settings, clock: Clock) -> Cache | None:
    """Where web processes share what they show for a second; None without REDIS_URL."""
    if settings.redis_url is None:
        return None
    from campaign_app.redis_link import RedisCache, RedisLink

    return RedisCache(RedisLink(settings.redis_url, clock))


def create_app(settings: Settings | None = None, *, clock: Clock = SYSTEM) -> Flask:
    """The WSGI application. It never starts an engine: that is app.py's and `flask engine run`'s to do."""
    from flask import Flask

    from campaign_app import api, cli, config, crash_points, logs, roles, security, web
    from campaign_app.extensions import (
        csrf,
        database_url,
        db,
        engine_options,
        limiter,
        limiter_options,
        migrate,
        prepare,
    )
    from campaign_app.routing import IdConverter
    from campaign_app.vault import Vault

    settings = settings or config.load(
        os.environ, ROOT, warn=lambda text: print(f"switchboard: {text}", file=sys.stderr)
    )
    app = Flask(
        __name__,
        instance_path=str(settings.instance_path),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    url = database_url(settings.database_url)
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        WTF_CSRF_TIME_LIMIT=None,
        **limiter_options(settings.redis_url),
        MAX_CONTENT_LENGTH=(settings.max_upload_mb + 1) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["switchboard"] = Switchboard(
        settings,
        clock,
        wake=lambda: None,
        speech=make_speech(settings, clock),
        webhooks_of=lambda trunk: make_webhooks(trunk, settings, clock),
        vault=Vault(settings.encryption_key),
        cache=make_cache(settings, clock),
    )
    logs.configure(settings.log_format)
    crash_points.arm(settings.crash_at)
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    app.url_map.converters["id"] = IdConverter
    migrate.init_app(app, db, directory=str(ROOT / "campaign_app" / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    limiter.init_app(app)
    security.install(app, settings)
    roles.install(app)
    api.register(app)
    web.register(app)
    cli.register(app)
    return app


@lru_cache(maxsize=16)
def secret_key(settings: Settings) -> str:
    """The key that signs cookies and the addresses of recordings."""
    return settings.secret_key or _kept_secret(settings.instance_path)


def _kept_secret(instance: Path) -> str:
    """Made at the first start, readable by its owner only, the same ever after."""
    path = instance / "secret-key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_hex(32)
        file.write(key)
    return key
