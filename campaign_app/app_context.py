"""App context: what views, commands and engines of one process share beside the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from campaign_app.clock import Clock

if TYPE_CHECKING:
    from flask import Flask

    from campaign_app.certificate_watch import CertificateWatch
    from campaign_app.config import Settings
    from campaign_app.domain.script import Segment
    from campaign_app.domain.trunk_check import CheckStep
    from campaign_app.domain.webhook import WebhookHandler
    from campaign_app.models import Trunk
    from campaign_app.safe_http import SafeHttp
    from campaign_app.services.fragment_cache import FragmentCache, SharedBytes
    from campaign_app.signing import DocumentSigner
    from campaign_app.speech import SpeechRenderer
    from campaign_app.vault import CredentialVault

EXTENSION = "switchboard"
"""Its key among the extensions of the Flask application."""


@dataclass(slots=True)
class AppContext:
    """What views need beside the database. `wake` nudges the engine where one runs inside this process."""

    settings: Settings
    clock: Clock
    wake: Callable[[], None]
    speech: SpeechRenderer
    """Texts and recordings as files that can be played."""
    webhook_handler_of: Callable[[Trunk], WebhookHandler | None]
    """The webhook handler of a trunk whose provider calls us; None for the others."""
    find_unplayable: Callable[[Trunk, Sequence[Segment]], Mapping[Segment, str]]
    """What a trunk cannot play, each with why and what to do; nothing where it could not be tried."""
    check_trunk: Callable[[Trunk], list[CheckStep]]
    """Whether calls can be placed on a trunk, in steps: asks its provider, and calls nobody."""
    vault: CredentialVault
    """Encrypts and decrypts the trunks' credentials."""
    signer: DocumentSigner
    """Signs receipts and answers."""
    safe_http: SafeHttp
    """Asks addresses that somebody typed."""
    certificate: CertificateWatch
    """When the certificate of PUBLIC_URL expires."""
    shared_bytes: SharedBytes | None = None
    """Keeps the pieces of live pages for all web processes, with REDIS_URL."""
    fragments: FragmentCache | None = None
    """Keeps the pieces of live pages for a second, in a server."""
    webhook_handlers: dict[tuple[str, int], tuple[float, WebhookHandler]] = field(default_factory=dict)
    """Handlers in use, by provider and trunk id, each with the monotonic time when it was made."""


def context_of(app: Flask) -> AppContext:
    """The context that `create_app` gave to the application."""
    app_context: AppContext = app.extensions[EXTENSION]
    return app_context
