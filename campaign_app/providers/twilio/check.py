"""Twilio check: reach, sign in, the caller id, and our own address, where Twilio fetches and calls back; nobody is
called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from campaign_app.domain.trunk_check import CheckStep, StepName, StepState, complete_steps

from .account import LOOPBACK, TwilioAccount
from .urls import CallbackUrls

STEPS = (StepName.REACH, StepName.SIGN_IN, StepName.CALLER_ID, StepName.CALLBACKS)
CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
LISTINGS = (
    ("IncomingPhoneNumbers", "incoming_phone_numbers"),
    ("OutgoingCallerIds", "outgoing_caller_ids"),
)
"""Where Twilio lists the numbers that an account may call from."""
OK, FAILED, WARNING = StepState.OK, StepState.FAILED, StepState.WARNING


def check_twilio(account: TwilioAccount, urls: CallbackUrls | None) -> list[CheckStep]:
    """The steps, with Twilio's own words. Never raises for what Twilio does."""
    missing = account.describe_missing()
    if missing is not None:
        return complete_steps([CheckStep(StepName.SIGN_IN, FAILED, missing, "auth_token")], STEPS)
    base = f"{account.base_url}/2010-04-01/Accounts/{account.sid}"
    with httpx.Client(
        auth=(account.sid, account.auth_token),
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        headers={"Accept": "application/json", "User-Agent": "switchboard"},
        trust_env=not account.on_loopback,
    ) as client:
        try:
            answer = client.get(f"{base}.json")
            signed_in = _check_account(answer)
            reached = CheckStep(StepName.REACH, OK, f"{account.base_url} answers")
            if answer.status_code >= 500 or answer.status_code == 429:
                detail = f"Twilio answers HTTP {answer.status_code}: {_message(answer)}"
                return complete_steps([CheckStep(StepName.REACH, FAILED, detail)], STEPS)
            if signed_in.state is FAILED:
                return complete_steps([reached, signed_in], STEPS)
            caller_id = _check_caller_id(client, base, account.caller_id)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = f"Twilio cannot be reached at {account.base_url}: {str(error) or type(error).__name__}"
            return complete_steps([CheckStep(StepName.REACH, FAILED, detail, "base_url")], STEPS)
    return complete_steps([reached, signed_in, caller_id, _check_address(urls)], STEPS)


def _check_account(answer: httpx.Response) -> CheckStep:
    if not answer.is_success:
        said = f"Twilio says: “{_message(answer)}” (HTTP {answer.status_code})"
        detail = f"{said}. Check the account SID and the auth token"
        return CheckStep(StepName.SIGN_IN, FAILED, detail, "auth_token")
    status = str(_fields(answer).get("status"))
    if status != "active":
        return CheckStep(
            StepName.SIGN_IN,
            FAILED,
            f"Twilio says that the account is {status}: see its console",
            "account_sid",
        )
    return CheckStep(StepName.SIGN_IN, OK, f"the account is {status}")


def _check_caller_id(client: httpx.Client, base: str, caller_id: str | None) -> CheckStep:
    """A campaign may call from another number: that this one is not the account's keeps no call back."""
    if caller_id is None:
        return CheckStep(
            StepName.CALLER_ID, WARNING, "it has none of its own: each campaign names one", "from"
        )
    for listing, key in (
        ("IncomingPhoneNumbers", "incoming_phone_numbers"),
        ("OutgoingCallerIds", "outgoing_caller_ids"),
    ):
        answer = client.get(f"{base}/{listing}.json", params={"PhoneNumber": caller_id, "PageSize": "1"})
        if not answer.is_success:
            detail = f"Twilio does not say whether {caller_id} is the account’s: “{_message(answer)}”"
            return CheckStep(StepName.CALLER_ID, WARNING, detail, "from")
        if _fields(answer).get(key):
            return CheckStep(StepName.CALLER_ID, OK, f"{caller_id} is the account’s")
    return CheckStep(
        StepName.CALLER_ID,
        WARNING,
        f"the account does not have {caller_id}, and Twilio refuses calls from it: buy or verify it, or change it",
        "from",
    )


def _check_address(urls: CallbackUrls | None) -> CheckStep:
    """Asked from here: what answers us at our public address need not answer Twilio."""
    name = StepName.CALLBACKS
    if urls is None:
        detail = "SWITCHBOARD_PUBLIC_URL is not set: outcomes are polled, and keys and recordings do not work"
        return CheckStep(name, WARNING, detail)
    try:
        host = httpx.URL(urls.base).host
        answer = httpx.get(f"{urls.base}/healthz", timeout=CONNECT_SECONDS, trust_env=host not in LOOPBACK)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        detail = (
            f"{urls.base} cannot be reached from here: {str(error) or type(error).__name__}. Check PUBLIC_URL"
        )
        return CheckStep(name, WARNING, detail)
    if not answer.is_success:
        detail = f"{urls.base} answers HTTP {answer.status_code}: check PUBLIC_URL and your reverse proxy"
        return CheckStep(name, WARNING, detail)
    return CheckStep(name, OK, f"{urls.base} answers, asked from here")


def _fields(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, Mapping) else {}


def _message(answer: httpx.Response) -> str:
    fields = _fields(answer)
    code = fields.get("code")
    text = str(fields.get("message") or answer.reason_phrase or "no reason given")[:300]
    return f"{text}, error {code}" if code else text
