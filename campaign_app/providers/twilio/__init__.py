"""Twilio's Calls API by its own HTTP requests. adapter.py is where to begin reading."""

from .account import TwilioAccount, account_from_settings
from .adapter import TwilioProvider
from .webhooks import TwilioWebhookHandler

__all__ = ["TwilioAccount", "TwilioProvider", "TwilioWebhookHandler", "account_from_settings"]
