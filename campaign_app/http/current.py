"""Current request: the time, the settings, the keys and the engine to wake, for pages and API alike."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from campaign_app.app_context import AppContext, context_of
from campaign_app.config import Settings
from campaign_app.services.stats_cache import StatsCache
from campaign_app.signing import DocumentSigner
from campaign_app.vault import CredentialVault


def current_context() -> AppContext:
    """The context of the application that handles this request."""
    return context_of(current_app)


def now() -> datetime:
    """The time, aware UTC."""
    return current_context().clock.now()


def wake_engine() -> None:
    """Nudge an engine inside this process, after a commit that made work for it."""
    current_context().wake()


def current_settings() -> Settings:
    return current_context().settings


def current_vault() -> CredentialVault:
    return current_context().vault


def current_signer() -> DocumentSigner:
    """What signs receipts and answers."""
    return current_context().signer


def current_cache() -> StatsCache | None:
    """Where the figures of live pages are kept for a second, if anywhere."""
    return current_context().stats_cache
