"""Guesses at passwords and codes, counted: per account and address, per address, and per account over all strangers.

A browser that has signed in to an account before holds a cookie that says so (OWASP's device cookie). It is counted by
itself, so that what strangers guess, from wherever, never keeps the account's owner out of it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from flask import current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.wrappers import Response

from campaign_app.domain.errors import TooManyRequests
from campaign_app.extensions import db, limiter
from campaign_app.http.current import now
from campaign_app.http.security import is_encrypted
from campaign_app.services import audit
from campaign_app.services.people import keys
from campaign_app.transaction import transaction

PAIR = RateLimitItemPerMinute(5, 5, namespace="guess-pair")
"""Of one account from one address, or from one browser that is known to it."""
ADDRESS = RateLimitItemPerMinute(10, 1, namespace="guess-address")
"""Of any accounts from one address: only refusals count, for an office signs in from one address at nine o'clock."""
ACCOUNT = RateLimitItemPerHour(100, 1, namespace="guess-account")
"""Of one account from all browsers that it does not know."""

DEVICE_COOKIE = "switchboard-device"
DEVICE_SECONDS = 365 * 24 * 3600
MOST_ACCOUNTS = 10
"""That one browser is known to; the oldest is forgotten first."""

T = TypeVar("T")
log = structlog.get_logger("switchboard.security")
_fallback = FixedWindowRateLimiter(MemoryStorage())


@dataclass(frozen=True, slots=True)
class Guess:
    """One try at the password or a code of an account. Exactly one of the methods is called when it is known."""

    account: str
    who: tuple[str, ...]
    address: str | None
    """None where the browser is known to the account."""

    def succeed(self) -> None:
        """It was right: what was counted against this browser or address is forgotten."""
        _ask(lambda counters: counters.clear(PAIR, *self.who))

    def fail(self, what: str, user_id: int | None) -> None:
        """It was wrong. `what` is the audit's action; the log and the audit say who tried, never what was typed."""
        locked = not _ask(lambda counters: counters.test(PAIR, *self.who))
        if self.address is not None:
            address = self.address
            _ask(lambda counters: counters.hit(ADDRESS, address))
            _ask(lambda counters: counters.hit(ACCOUNT, self.account))
        log.warning("wrong credentials", what=what, account=self.account, client=request.remote_addr)
        with transaction(db.session()) as session:
            for action in [what, *(["user.lock-out"] if locked else [])]:
                audit.record_audit_entry(
                    session,
                    actor=g.actor,
                    action=action,
                    object_type="user",
                    object_id=user_id or "unknown",
                    now=now(),
                    email=self.account,
                )


def begin_guess(account: str) -> Guess:
    """Count a try at an account (its email address) before it is judged. Raises TooManyRequests."""
    account = account.strip().lower()[:254]
    address, who = refuse_locked(account)
    if not _ask(lambda counters: counters.hit(PAIR, *who)):
        raise _too_many(PAIR, *who)
    return Guess(account, who, address)


def refuse_locked(account: str) -> tuple[str | None, tuple[str, ...]]:
    """Raises TooManyRequests where no try at the account is taken now. Counts nothing; returns whom a try counts
    against."""
    account = account.strip().lower()[:254]
    device = known_device(account)
    address = None if device else _network(request.remote_addr)
    who = (account, device or address or "")
    if address is not None:
        _refuse_beyond(ADDRESS, address)
        _refuse_beyond(ACCOUNT, account)
    _refuse_beyond(PAIR, *who)
    return address, who


def _refuse_beyond(item: RateLimitItem, *who: str) -> None:
    if not _ask(lambda counters: counters.test(item, *who)):
        raise _too_many(item, *who)


def _too_many(item: RateLimitItem, *who: str) -> TooManyRequests:
    window = _ask(lambda counters: counters.get_window_stats(item, *who))
    seconds = min(max(1, math.ceil(window.reset_time - now().timestamp())), item.get_expiry())
    return TooManyRequests("too many wrong tries", seconds)


def seconds_until_reset() -> int | None:
    """How long until the limiter that refused this request lets the client in again: whole seconds, at least one.
    None where something else refused it."""
    limit = limiter.current_limit
    if limit is None or not limit.breached:
        return None
    return min(max(1, math.ceil(limit.reset_at - now().timestamp())), limit.limit.get_expiry())


def _ask(question: Callable[[RateLimiter], T]) -> T:
    """Ask where tries are counted; while Redis is away, the memory of this process."""
    counters: RateLimiter = limiter.limiter
    try:
        return question(counters)
    except OSError:
        return question(_fallback)
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("redis", "limits"):
            raise
        return question(_fallback)


def _network(address: str | None) -> str:
    """What one client has of addresses: of IPv6 a whole /64."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


# ---- the device cookie


def known_device(account: str) -> str | None:
    """The browser's id, if it has signed in to the account before."""
    device, accounts = _read_device()
    return device if device and _name(account) in accounts else None


def remember_device(response: Response, account: str) -> None:
    """Tell the browser, in a cookie, that it is known to the account."""
    device, accounts = _read_device()
    name = _name(account)
    kept = [name, *(each for each in accounts if each != name)][:MOST_ACCOUNTS]
    response.set_cookie(
        _cookie_name(),
        _serializer().dumps([device or keys.generate_key()[:16], kept]),
        max_age=DEVICE_SECONDS,
        httponly=True,
        secure=is_encrypted(),
        samesite="Strict",
        path="/",
    )


def _read_device() -> tuple[str | None, list[str]]:
    try:
        device, accounts = _serializer().loads(request.cookies.get(_cookie_name(), ""))
    except (BadSignature, ValueError, TypeError):
        return None, []
    return str(device), [str(each) for each in accounts]


def _name(account: str) -> str:
    return hashlib.sha256(account.strip().lower().encode()).hexdigest()[:20]


def _cookie_name() -> str:
    return f"__Host-{DEVICE_COOKIE}" if is_encrypted() else DEVICE_COOKIE


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="device")
