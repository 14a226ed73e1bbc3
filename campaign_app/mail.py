"""Mail by SMTP: a text to one address, encrypted on its way. Nothing is queued: who asked hears whether it went."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import unquote, urlsplit

TIMEOUT = 10.0
"""Seconds."""


class MailFailed(Exception):
    """The mail server did not take it. The text says what it said."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """`url` is `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`; `smtp://` to this machine itself may go
    without encryption. `sender` is the From address."""

    url: str
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Raises MailFailed."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].strip("> ") or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        try:
            with self._connect(parts.scheme, host, parts.port) as connection:
                if parts.username:
                    connection.login(unquote(parts.username), unquote(parts.password or ""))
                connection.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(f"the mail server did not take it: {error}") from None

    def _connect(self, scheme: str, host: str, port: int | None) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=context)
        connection = smtplib.SMTP(host, port or 587, timeout=TIMEOUT)
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
        elif host not in ("localhost", "127.0.0.1", "::1"):
            connection.close()
            raise smtplib.SMTPException("it does not offer STARTTLS")
        return connection
