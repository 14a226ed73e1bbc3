"""Twilio's Calls API by its own HTTP requests. adapter.py is where to begin reading."""

from .account import Account, account_of
from .adapter import Twilio
from .webhooks import TwilioWebhooks

__all__ = ["Account", "Twilio", "TwilioWebhooks", "account_of"]
