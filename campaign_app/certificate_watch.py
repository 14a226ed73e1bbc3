"""Certificate watch: when the TLS certificate that PUBLIC_URL presents expires, for /metrics."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from urllib.parse import urlsplit

from campaign_app.clock import Clock

log = logging.getLogger("switchboard.certificate")

LOOK_EVERY = 3600.0
AGAIN_AFTER = 300.0
"""Seconds until the next look: after one that found a certificate, and after one that failed."""
ANSWER_SECONDS = 5.0
"""For the connection, and for each answer of the handshake."""


class CertificateWatch:
    """Looks once an hour, in a thread of its own, and only while somebody asks. `url`: PUBLIC_URL; without TLS there is
    nothing to look at."""

    def __init__(self, url: str | None, clock: Clock) -> None:
        self._url = url if url is not None and url.startswith("https:") else None
        self._clock = clock
        self._lock = threading.Lock()
        self._next_look = 0.0
        self.expires_at: float | None = None
        """Unix seconds; None until a look found one. It stays while later looks fail: it is still the last one seen."""

    def ask(self) -> float | None:
        """What the last look found, without waiting. If a look is due, it starts in the background."""
        with self._lock:
            is_due = self._url is not None and self._clock.monotonic() >= self._next_look
            if is_due:
                self._next_look = self._clock.monotonic() + LOOK_EVERY
        if is_due:
            threading.Thread(target=self.look, name="certificate", daemon=True).start()
        return self.expires_at

    def look(self) -> None:
        """Look now, and wait for it."""
        assert self._url is not None, "there is an address with TLS"
        try:
            self.expires_at = read_certificate_end(self._url)
        except (OSError, ValueError) as error:
            log.info("the certificate of %s cannot be read: %s", self._url, error)
            with self._lock:
                self._next_look = self._clock.monotonic() + AGAIN_AFTER


def read_certificate_end(url: str) -> float:
    """When the certificate at an https URL expires, as Unix seconds; also of one that has expired, or that this machine
    does not trust. Raises OSError where nobody answers by TLS, ValueError where the certificate cannot be read."""
    from cryptography import x509

    parts = urlsplit(url)
    if parts.hostname is None:
        raise ValueError("the address has no host")
    context = ssl.create_default_context()
    # Nothing is sent or believed: an expired certificate must be read too.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((parts.hostname, parts.port or 443), timeout=ANSWER_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as connection,
    ):
        certificate = connection.getpeercert(binary_form=True)
    if certificate is None:
        raise ValueError("it presents no certificate")
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp()
