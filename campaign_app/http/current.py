"""Current request: the time, the settings, the keys and the engine to wake, for pages and API alike."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app

from campaign_app.app_context import AppContext, context_of
from campaign_app.config import Settings
from campaign_app.domain.campaign import CampaignStatus, action_allowed
from campaign_app.domain.public_addresses import parse_trunk_host
from campaign_app.extensions import db
from campaign_app.mail import MailServer
from campaign_app.models import Campaign, Erasure, Role, Trunk
from campaign_app.safe_http import SafeHttp
from campaign_app.services.erasure import erase_person, get_erasure
from campaign_app.services.erasure_files import ErasedFiles
from campaign_app.services.people.sessions import SessionLimits
from campaign_app.services.sound_checks import STARTING, check_playable, list_first_sounds
from campaign_app.services.trunk_bounds import TrunkBounds
from campaign_app.services.trunks import get_trunk, record_check
from campaign_app.signing import DocumentSigner
from campaign_app.transaction import begin_write, transaction
from campaign_app.vault import CredentialVault

if TYPE_CHECKING:
    from campaign_app.services.people.oidc import IdentityProvider


def current_context() -> AppContext:
    """The context of the application that handles this request."""
    return context_of(current_app)


def now() -> datetime:
    """The time, aware UTC."""
    return current_context().clock.now()


FORGET_SECONDS = 8.0
"""How long a request goes on forgetting somebody; the upkeep does the rest."""


def forget_now(erasure_id: int) -> Erasure:
    """Take the steps of an erasure that was committed, as far as a request has time for them. The row as it is then."""
    context = current_context()
    files = ErasedFiles(context.settings.instance_path, context.settings.ledger_path)
    session = db.session()
    session.rollback()
    until = context.clock.monotonic() + FORGET_SECONDS
    for _ in erase_person(db.engine, begin_write, erasure_id, files, context.clock.now):
        if context.clock.monotonic() > until:
            break
    session.expire_all()
    return get_erasure(session, erasure_id)


def prove_sounds(campaign_id: int, action: str) -> None:
    """Before people are called: what they will hear is tried at the trunk, where nobody hears it. With no transaction
    open, since it asks the network. Raises StateConflict, with the remedy, where it cannot be played."""
    if action not in STARTING:
        return
    context, session = current_context(), db.session()
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or not action_allowed(action, CampaignStatus(campaign.status)):
        return  # refused by whoever is asked next
    trunk, sounds = campaign.trunk, list_first_sounds(session, campaign)
    session.expunge(trunk)
    session.rollback()
    check_playable(context.find_unplayable(trunk, sounds))


def check_trunk_now(trunk_id: int, actor: str | None) -> Trunk:
    """Ask the trunk's provider whether calls can be placed, and keep the answer. With no transaction open, since it
    asks the network. Raises NotFound."""
    context, session = current_context(), db.session()
    trunk = get_trunk(session, trunk_id)
    session.expunge(trunk)
    session.rollback()
    steps = context.check_trunk(trunk)
    with transaction(session):
        return record_check(session, trunk, steps, actor=actor, now=now())


def wake_engine() -> None:
    """Nudge an engine inside this process, after a commit that made work for it."""
    current_context().wake()


def current_settings() -> Settings:
    return current_context().settings


def current_session_limits() -> SessionLimits:
    """How long browsers stay signed in."""
    return session_limits(current_settings())


def session_limits(settings: Settings) -> SessionLimits:
    """How long browsers stay signed in, by the settings."""
    return SessionLimits(timedelta(days=settings.session_days), timedelta(hours=settings.session_idle_hours))


def current_mail() -> MailServer | None:
    """What sends mail; None where no mail server is set."""
    settings = current_settings()
    if settings.smtp_url is None:
        return None
    host = urlsplit(settings.base_url).hostname or "localhost"
    return MailServer(settings.smtp_url, settings.smtp_from or f"switchboard@{host}")


def current_identity_provider() -> IdentityProvider | None:
    """Where people sign in once for all; None where there is none."""
    settings = current_settings()
    if settings.oidc_issuer is None:
        return None
    from campaign_app.services.people.oidc import IdentityProvider

    return IdentityProvider(
        settings.oidc_issuer,
        settings.oidc_client_id or "",
        settings.oidc_client_secret or "",
        settings.oidc_role_claim,
        {value: Role(role) for value, role in settings.oidc_roles},
    )


def current_vault() -> CredentialVault:
    return current_context().vault


def current_trunk_bounds() -> TrunkBounds:
    """The hosts and paths that a trunk may name: those of the environment."""
    settings = current_settings()
    own = []
    for url in (settings.asterisk_url, settings.twilio_base_url):
        # What the environment has is used as it is; here it only adds to what trunks may name.
        with suppress(ValueError):
            parts = urlsplit(url or "")
            own.append(parse_trunk_host(f"{parts.scheme}://{parts.netloc}"))
    paths = [path for path in (settings.asterisk_sounds, settings.asterisk_cel) if path is not None]
    return TrunkBounds((*settings.trunk_hosts, *own), settings.trunk_folders, paths)


def current_safe_http() -> SafeHttp:
    """What asks addresses that somebody typed."""
    return current_context().safe_http


def current_signer() -> DocumentSigner:
    """What signs receipts and answers."""
    return current_context().signer
