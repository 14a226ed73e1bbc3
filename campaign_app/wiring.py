"""Wiring: what the settings make: providers and their accounts, speech, the cache, the keys that sign, the engine.

The one place that names concrete providers. Each is imported where it is made: who has no Asterisk loads none of it.
"""

from __future__ import annotations

import base64
import os
import random
import secrets
import socket
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign_app.app_context import AppContext, context_of
from campaign_app.certificate_watch import CertificateWatch
from campaign_app.clock import Clock
from campaign_app.config import BadSetting, Settings
from campaign_app.domain import speech_command
from campaign_app.domain.errors import StateConflict, TrunkUnusable
from campaign_app.domain.script import Segment
from campaign_app.domain.trunk_check import CheckStep, StepName, StepState
from campaign_app.domain.webhook import WebhookHandler
from campaign_app.models import Trunk
from campaign_app.providers.base import ProvesSounds, Provider, ProviderUnavailable
from campaign_app.safe_http import SafeHttp
from campaign_app.services.erasure_files import ErasedFiles
from campaign_app.services.fragment_cache import FragmentCache, SharedBytes
from campaign_app.signing import KEY_BYTES, DocumentSigner, parse_key
from campaign_app.speech import SpeechRenderer
from campaign_app.vault import CredentialVault

if TYPE_CHECKING:
    from flask import Flask

    from campaign_app.engine.context import EngineContext
    from campaign_app.engine.dispatch import WorkerDispatch
    from campaign_app.engine.rate import RedisRate
    from campaign_app.engine.scheduler import EngineScheduler
    from campaign_app.providers.asterisk.account import AsteriskAccount
    from campaign_app.providers.twilio import TwilioAccount
    from campaign_app.providers.twilio.urls import CallbackUrls

SIGNING_KEY_FILE = "signing-key"
"""In the instance folder: the private key of receipts, in base64."""
LEAST_KEY = 16
"""Characters of a key that a file may hold, as of one that a setting holds."""
LEDGER_MOST = 16 * 1024 * 1024
"""Bytes that the simulator's own ledger may grow to before it is compacted."""


def make_app_context(settings: Settings, clock: Clock) -> AppContext:
    """What an application's views share beside the database; it wakes nobody until an engine starts in its process."""
    return AppContext(
        settings,
        clock,
        wake=lambda: None,
        speech=make_speech(settings, clock),
        webhook_handler_of=lambda trunk: make_webhook_handler(trunk, settings, clock),
        find_unplayable=lambda trunk, segments: find_unplayable(trunk, segments, settings, clock),
        check_trunk=lambda trunk: check_trunk(trunk, settings, clock),
        vault=CredentialVault(settings.encryption_key),
        signer=make_signer(settings),
        safe_http=make_safe_http(settings),
        certificate=CertificateWatch(settings.public_url, clock),
        shared_bytes=make_shared_bytes(settings, clock),
    )


def make_provider(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    """The adapter of a trunk. Raises TrunkUnusable, and NoKey where its credentials cannot be read."""
    factory = {"simulator": _make_simulator, "twilio": _make_twilio, "asterisk": _make_asterisk}.get(
        trunk.provider
    )
    if factory is None:
        raise TrunkUnusable(f"this version does not have its provider, {trunk.provider}")
    return factory(trunk, settings, clock)


def make_webhook_handler(trunk: Trunk, settings: Settings, clock: Clock) -> WebhookHandler | None:
    """The ear of a trunk; None where its provider does not call us, or PUBLIC_URL does not say where."""
    if trunk.provider != "twilio":
        return None
    from campaign_app.providers.twilio import TwilioWebhookHandler

    account, urls = twilio_account(trunk, settings)
    return None if urls is None or account.describe_missing() else TwilioWebhookHandler(account, urls, clock)


def find_unplayable(
    trunk: Trunk, segments: Sequence[Segment], settings: Settings, clock: Clock
) -> Mapping[Segment, str]:
    """What the trunk cannot play, and why. Nothing where it could not be tried: an engine tries again before the first
    call, and the trunk says meanwhile what is wrong with it."""
    if trunk.provider == "simulator" or not segments:
        return {}
    try:
        provider = make_provider(trunk, settings, clock)
    except StateConflict:
        return {}
    try:
        return provider.find_unplayable(segments) if isinstance(provider, ProvesSounds) else {}
    except ProviderUnavailable:
        return {}
    finally:
        provider.close()


def check_trunk(trunk: Trunk, settings: Settings, clock: Clock) -> list[CheckStep]:
    """Whether calls can be placed on the trunk, in steps; what is missing in its set-up is a step that failed."""
    try:
        if trunk.provider == "twilio":
            from campaign_app.providers.twilio.check import check_twilio

            return check_twilio(*twilio_account(trunk, settings))
        if trunk.provider == "asterisk":
            from campaign_app.providers.asterisk.check import check_asterisk

            return check_asterisk(asterisk_account(trunk, settings), clock)
    except StateConflict as error:
        return [CheckStep(StepName.SIGN_IN, StepState.FAILED, str(error))]
    return [CheckStep(StepName.REACH, StepState.OK, "the simulator is in this process, and calls nobody")]


def trunk_settings(trunk: Trunk, settings: Settings) -> dict[str, Any]:
    """What a trunk says of its account, its credentials in the clear. Raises NoKey."""
    return {**trunk.settings, **CredentialVault(settings.encryption_key).open(trunk.secret)}


def twilio_account(trunk: Trunk, settings: Settings) -> tuple[TwilioAccount, CallbackUrls | None]:
    """A Twilio trunk's account, and the addresses Twilio reaches us at. Raises TrunkUnusable."""
    from campaign_app.providers.twilio import TwilioAccount, account_from_settings
    from campaign_app.providers.twilio.urls import CallbackUrls

    default = TwilioAccount(
        sid=settings.twilio_account_sid or "",
        auth_token=(settings.twilio_auth_token or "") if trunk.inherits_credentials else "",
        second_token=(settings.twilio_auth_token_2 or "") if trunk.inherits_credentials else "",
        base_url=settings.twilio_base_url,
        caller_id=settings.twilio_from,
    )
    try:
        account = account_from_settings(trunk_settings(trunk, settings), default)
    except ValueError as error:
        raise TrunkUnusable(str(error)) from None
    if not settings.public_url:
        return account, None
    return account, CallbackUrls(settings.public_url, trunk.id, secret_key(settings).encode())


def make_speech(settings: Settings, clock: Clock) -> SpeechRenderer:
    """What turns texts and recordings into files. Any number of processes may share its folder."""
    return SpeechRenderer(
        settings.speech_folder,
        settings.recordings_folder,
        speech_command.parse_speech_command(settings.speech_command),
        most_bytes=settings.speech_cache_mb * 1024 * 1024,
        clock=clock,
    )


def make_shared_bytes(settings: Settings, clock: Clock) -> SharedBytes | None:
    """Where web processes share what they show for a second; None without REDIS_URL."""
    if settings.redis_url is None:
        return None
    from campaign_app.redis_link import RedisCache, RedisLink

    return RedisCache(RedisLink(settings.redis_url, clock))


def share_fragments(app: Flask) -> None:
    """Let all who look at the same live page have it from one rendering a second: of a server, not of tests, where the
    clock stands still."""
    context = context_of(app)
    context.fragments = FragmentCache(context.clock.monotonic, context.clock.now, context.shared_bytes)


@lru_cache(maxsize=16)
def secret_key(settings: Settings) -> str:
    """The key that signs cookies and the addresses of recordings."""
    return settings.secret_key or _load_or_make_secret(settings.instance_path, "secret-key")


@lru_cache(maxsize=16)
def forget_key(settings: Settings) -> str:
    """The key of the hashes by which forgotten numbers are known. Not SECRET_KEY, which may be changed any day."""
    return settings.forget_key or _load_or_make_secret(settings.instance_path, "forget-key")


def _load_or_make_secret(instance: Path, name: str) -> str:
    """Made at the first start, readable by its owner only, the same ever after."""
    path = instance / name
    try:
        if not path.exists():
            _write_once(path, secrets.token_hex(32))
        key = path.read_text(encoding="ascii")
    except OSError as error:
        raise BadSetting(f"the key in {path} cannot be used: {error.strerror}") from None
    except ValueError:
        key = ""
    if len(key.strip()) < LEAST_KEY:
        raise BadSetting(f"{path} holds no key: put it back from a backup")
    return key


@lru_cache(maxsize=16)
def make_signer(settings: Settings) -> DocumentSigner:
    """Signs with the key of the setting, else with one that is made at the first start, readable by its owner only, and
    stays the same ever after. Raises BadSetting where that file holds none."""
    if settings.signing_key is not None:
        return DocumentSigner(parse_key(settings.signing_key))
    path = settings.instance_path / SIGNING_KEY_FILE
    try:
        if not path.exists():
            _write_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        return DocumentSigner(parse_key(path.read_text(encoding="ascii")))
    except OSError as error:
        raise BadSetting(f"the key in {path} cannot be used: {error.strerror}") from None
    except ValueError as error:
        raise BadSetting(f"{path} holds no key that signs: {error}; put it back from a backup") from None


def _write_once(path: Path, text: str) -> None:
    """Make a file of mode 0600 that others find whole or not at all; who comes second keeps what is there."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def _make_simulator(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    from campaign_app.providers.simulator.adapter import SimulatorProvider

    return SimulatorProvider(
        settings.ledger_path,
        seed=settings.simulator_seed,
        time_scale=settings.simulator_time_scale,
        clock=clock,
        # A ledger that somebody asked for is evidence and stays whole.
        compact_above=None if settings.simulator_ledger else LEDGER_MOST,
    )


def _make_twilio(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    from campaign_app.providers.twilio import TwilioProvider

    account, urls = twilio_account(trunk, settings)
    return TwilioProvider(account, urls, clock)


def asterisk_account(trunk: Trunk, settings: Settings) -> AsteriskAccount:
    """An Asterisk trunk's account. Raises TrunkUnusable."""
    from campaign_app.providers.asterisk.account import AsteriskAccount, account_from_settings

    default = AsteriskAccount(
        url=settings.asterisk_url or "",
        user=settings.asterisk_user or "",
        password=(settings.asterisk_password or "") if trunk.inherits_credentials else "",
        endpoint=settings.asterisk_endpoint,
        app=f"{settings.asterisk_app}-{trunk.id}",
        sounds=settings.asterisk_sounds or settings.instance_path / "asterisk-sounds",
        sounds_as=settings.asterisk_sounds_as,
        cel=settings.asterisk_cel,
    )
    try:
        return account_from_settings(trunk_settings(trunk, settings), default)
    except ValueError as error:
        raise TrunkUnusable(str(error)) from None


def _make_asterisk(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    from campaign_app.providers.asterisk import AsteriskProvider

    account = asterisk_account(trunk, settings)
    try:
        return AsteriskProvider(
            account.url,
            account.user,
            account.password,
            audio=make_speech(settings, clock).render_segment,
            sounds=account.sounds,
            sounds_as=account.known_as,
            endpoint=account.endpoint,
            app=account.app,
            journal=account.cel,
            clock=clock,
        )
    except ValueError as error:
        raise TrunkUnusable(str(error)) from None


def make_safe_http(settings: Settings) -> SafeHttp:
    """What asks the outside check."""
    hosts = frozenset(host.lower().rstrip(".") for host in settings.outside_check_private_hosts)
    return SafeHttp(hosts, settings.outside_check_ca_file)


def make_engine_context(app: Flask, *, dials: bool = True) -> EngineContext:
    """What an engine or a worker of this app's is made of. Connects to nothing."""
    from campaign_app.engine.context import EngineContext
    from campaign_app.engine.outside import OutsideAsker
    from campaign_app.engine.rollback_guard import RollbackGuard
    from campaign_app.extensions import db

    app_context = context_of(app)
    settings = app_context.settings
    with app.app_context():
        database = db.engine
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"[-64:]
    return EngineContext(
        db=database,
        name=name,
        clock=app_context.clock,
        make_provider=lambda trunk: make_provider(trunk, settings, app_context.clock),
        rng=random.Random(),
        render_audio=app_context.speech.render_ahead,
        check_trunk=app_context.check_trunk,
        redis_rate=make_rate(settings, app_context.clock),
        tick_seconds=settings.tick_seconds,
        second_person_above=settings.second_person_above,
        outside=OutsideAsker(
            database, app_context.clock, make_safe_http(settings), CredentialVault(settings.encryption_key)
        ),
        rollback_guard=RollbackGuard(
            database, settings.instance_path, socket.gethostname(), name, dials=dials
        ),
    )


def erased_files(settings: Settings) -> ErasedFiles:
    """The files that hold numbers beside the database."""
    return ErasedFiles(settings.instance_path, settings.ledger_path)


def make_rate(settings: Settings, clock: Clock) -> RedisRate | None:
    """Where the trunks' calls per second are kept besides the database."""
    if settings.redis_url is None:
        return None
    from campaign_app.engine.rate import RedisRate
    from campaign_app.redis_link import RedisLink

    return RedisRate(RedisLink(settings.redis_url, clock))


def make_dispatch(settings: Settings, clock: Clock) -> WorkerDispatch | None:
    """Where claims are handed over to, when it is not this engine that places them."""
    if settings.dispatch != "celery" or settings.broker_url is None:
        return None
    # Not for those who do not use it: Celery takes a quarter of a second to import.
    from campaign_app.engine.context import BATCH, SENDERS
    from campaign_app.engine.dispatch import WorkerDispatch
    from campaign_app.engine.tasks import CeleryQueue, make_celery

    return WorkerDispatch(
        CeleryQueue(make_celery(settings.broker_url)), clock, least=2 * SENDERS, most=5 * BATCH
    )


def make_scheduler(app: Flask) -> EngineScheduler:
    """An engine of this app's, ready to start."""
    from campaign_app.engine.exports import run_next_export
    from campaign_app.engine.imports.worker import run_next
    from campaign_app.engine.scheduler import EngineScheduler
    from campaign_app.engine.tick import EngineLoop
    from campaign_app.engine.upkeep import UpkeepJob

    app_context = context_of(app)
    context = make_engine_context(app)
    context.dispatch = make_dispatch(app_context.settings, app_context.clock)
    database, name = context.db, context.name

    def run_import() -> bool:
        return run_next(
            database,
            app_context.settings.uploads_folder,
            clock=app_context.clock,
            owner=name,
            stop=context.stopping,
            second_person_above=app_context.settings.second_person_above,
        )

    def run_export() -> bool:
        return run_next_export(
            database,
            app_context.settings.exports_folder,
            clock=app_context.clock,
            days=app_context.settings.export_days,
            stop=context.stopping,
        )

    upkeep = UpkeepJob(
        database,
        name=name,
        clock=app_context.clock,
        retention_days=app_context.settings.retention_days,
        recordings=app_context.settings.recordings_folder,
        files=erased_files(app_context.settings),
        audit_syslog=app_context.settings.audit_syslog,
    )
    scheduler = EngineScheduler(
        EngineLoop(context), app_context.settings.tick_seconds, run_import, upkeep.run_step, run_export
    )
    app_context.wake = scheduler.wake
    return scheduler
