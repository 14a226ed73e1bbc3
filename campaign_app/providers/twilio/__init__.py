"""Twilio: its Calls API by our own HTTP requests. Begin reading at adapter.py."""

from .account import TwilioAccount, account_from_settings
from .adapter import TwilioProvider
from .webhooks import TwilioWebhookHandler

__all__ = ["TwilioAccount", "TwilioProvider", "TwilioWebhookHandler", "account_from_settings"]
