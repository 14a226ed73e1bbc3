"""Wiring: what the settings make: providers and their accounts, speech, the shared cache, the key that signs.

The one place that names concrete providers. Each is imported where it is made: who has no Asterisk loads none of it.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign_app.clock import Clock
from campaign_app.config import BadSetting, Settings
from campaign_app.domain import speech_command
from campaign_app.domain.webhook import WebhookHandler
from campaign_app.models import Trunk
from campaign_app.providers.base import Provider
from campaign_app.services.stats_cache import StatsCache
from campaign_app.speech import SpeechRenderer
from campaign_app.vault import CredentialVault

if TYPE_CHECKING:
    from campaign_app.providers.twilio import TwilioAccount
    from campaign_app.providers.twilio.urls import CallbackUrls

LEDGER_MOST = 16 * 1024 * 1024
"""Bytes that the simulator's own ledger may grow to before it is compacted."""


def make_provider(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    """The adapter of a trunk. Raises BadSetting, and NoKey where its credentials cannot be read."""
    factory = {"simulator": _make_simulator, "twilio": _make_twilio, "asterisk": _make_asterisk}.get(
        trunk.provider
    )
    if factory is None:
        raise BadSetting(
            f"trunk {trunk.name} names the provider {trunk.provider}, which this version does not have"
        )
    return factory(trunk, settings, clock)


def make_webhook_handler(trunk: Trunk, settings: Settings, clock: Clock) -> WebhookHandler | None:
    """The ear of a trunk; None where its provider does not call us, or PUBLIC_URL does not say where."""
    if trunk.provider != "twilio":
        return None
    from campaign_app.providers.twilio import TwilioWebhookHandler

    account, urls = twilio_account(trunk, settings)
    return None if urls is None or account.describe_missing() else TwilioWebhookHandler(account, urls, clock)


def trunk_settings(trunk: Trunk, settings: Settings) -> dict[str, Any]:
    """What a trunk says of its account, its credentials in the clear. Raises NoKey."""
    return {**trunk.settings, **CredentialVault(settings.encryption_key).open(trunk.secret)}


def twilio_account(trunk: Trunk, settings: Settings) -> tuple[TwilioAccount, CallbackUrls | None]:
    """A Twilio trunk's account, and the addresses Twilio reaches us at. Raises BadSetting."""
    from campaign_app.providers.twilio import TwilioAccount, account_from_settings
    from campaign_app.providers.twilio.urls import CallbackUrls

    default = TwilioAccount(
        sid=settings.twilio_account_sid or "",
        auth_token=settings.twilio_auth_token or "",
        second_token=settings.twilio_auth_token_2 or "",
        base_url=settings.twilio_base_url,
        caller_id=settings.twilio_from,
    )
    try:
        account = account_from_settings(trunk_settings(trunk, settings), default)
    except ValueError as error:
        raise BadSetting(f"trunk {trunk.name}: {error}") from None
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


def make_stats_cache(settings: Settings, clock: Clock) -> StatsCache | None:
    """Where web processes share what they show for a second; None without REDIS_URL."""
    if settings.redis_url is None:
        return None
    from campaign_app.redis_link import RedisCache, RedisLink

    return RedisCache(RedisLink(settings.redis_url, clock))


@lru_cache(maxsize=16)
def secret_key(settings: Settings) -> str:
    """The key that signs cookies and the addresses of recordings."""
    return settings.secret_key or _load_or_make_secret(settings.instance_path)


def _load_or_make_secret(instance: Path) -> str:
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


def _make_asterisk(trunk: Trunk, settings: Settings, clock: Clock) -> Provider:
    from campaign_app.providers.asterisk import AsteriskProvider
    from campaign_app.providers.asterisk.account import AsteriskAccount, account_from_settings

    default = AsteriskAccount(
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
        account = account_from_settings(trunk_settings(trunk, settings), default)
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
        raise BadSetting(f"trunk {trunk.name}: {error}") from None
