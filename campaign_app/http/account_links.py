"""Account links as people get them: the whole address, and the mail that it comes in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from campaign_app.http.current import current_context, current_mail
from campaign_app.mail import MailFailed
from campaign_app.models import User
from campaign_app.services.people import links


@dataclass(frozen=True, slots=True)
class SentLink:
    """Whether a link was mailed, and if a mail server refused it, why."""

    mailed: bool
    failure: str | None = None


def link_url(key: str) -> str:
    """The whole address, to send or to copy."""
    if current_context().settings.public_url:
        return f"{current_context().settings.base_url}/welcome/{key}"
    return url_for("signing_in.welcome", key=key, _external=True)


def send_link(user: User, key: str, kind: str) -> SentLink:
    """Mail the link, where a mail server is set and takes it."""
    server = current_mail()
    if server is None:
        return SentLink(mailed=False)
    if kind == links.INVITATION:
        subject = "Your Switchboard account"
        text = f"An account was created for you. Choose a password here within 7 days:\n\n{link_url(key)}\n"
    else:
        subject, text = write_reset_mail(key)
    try:
        server.send(user.email, subject, text)
    except MailFailed as failure:
        return SentLink(mailed=False, failure=f"No mail was sent to {user.email}: {failure}.")
    return SentLink(mailed=True)


def write_reset_mail(key: str) -> tuple[str, str]:
    """Subject and text."""
    return "Choose a new Switchboard password", (
        f"Choose a new password here within 24 hours:\n\n{link_url(key)}\n\n"
        "If you did not ask for this, ignore this message: your password is unchanged.\n"
    )
