"""Call price: what a carrier charges for calls on a trunk, and what a number of calls would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import format_currency, list_currencies

from .errors import FieldError, InvalidInput

MOST = Decimal(1_000)
"""Of one call or minute; more is a slip of the pen."""
PLACES = 6
"""Digits after the decimal point."""
EXAMPLE = '{"currency": "USD", "per_call": "0.002", "per_minute": "0.013"}'
CURRENCIES = frozenset(list_currencies())


@dataclass(frozen=True, slots=True)
class CallPrice:
    """What one call costs, and each minute of it."""

    currency: str
    """ISO 4217."""
    per_call: Decimal = Decimal(0)
    per_minute: Decimal = Decimal(0)

    def estimate(self, calls: int, seconds: float) -> Decimal:
        """What so many calls of so many seconds each cost."""
        return calls * (self.per_call + self.per_minute * Decimal(seconds) / 60)


def parse_price(value: object, where: str = "price") -> CallPrice | None:
    """Read a price in API shape (EXAMPLE); None where there is none. Raises InvalidInput with every wrong part."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidInput([FieldError(where, f"an object, such as {EXAMPLE}, or null")])
    errors = [
        FieldError(f"{where}.{key}", "not a part of it; its parts are currency, per_call and per_minute")
        for key in value
        if key not in ("currency", "per_call", "per_minute")
    ]
    currency = value.get("currency")
    currency = currency.strip().upper() if isinstance(currency, str) else ""
    if currency not in CURRENCIES:
        errors.append(FieldError(f"{where}.currency", "a currency by its three letters, such as USD"))
    amounts: dict[str, Decimal] = {}
    for name in ("per_call", "per_minute"):
        amount = _parse_amount(value.get(name))
        if amount is None:
            wanted = f"an amount from 0 to {MOST:,} with up to {PLACES} digits after the decimal point, such as 0.013"
            errors.append(FieldError(f"{where}.{name}", wanted))
        else:
            amounts[name] = amount
    if not errors and not any(amounts.values()):
        errors.append(FieldError(where, "say what a call or a minute costs, or leave the price out"))
    if errors:
        raise InvalidInput(errors)
    return CallPrice(currency, **amounts)


def _parse_amount(value: object) -> Decimal | None:
    """0 where nothing is said, None of what is no amount."""
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount <= MOST:
        return None
    return amount if amount == round(amount, PLACES) else None


def price_to_api(price: CallPrice | None) -> dict[str, Any] | None:
    """The inverse of `parse_price`; amounts are text, so that none is rounded."""
    if price is None:
        return None
    return {
        "currency": price.currency,
        "per_call": _to_text(price.per_call),
        "per_minute": _to_text(price.per_minute),
    }


def _to_text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def format_amount(amount: Decimal, currency: str, *, exact: bool = False) -> str:
    """`$76.20`, `CHF 76.20`; `exact` with as many digits as it has: `$0.013`."""
    text = str(format_currency(amount, currency, locale="en", decimal_quantization=not exact))
    # A currency without a sign of its own is told by its letters.
    return f"{currency} {text.removeprefix(currency)}" if text.startswith(currency) else text


def describe_price(price: CallPrice) -> str:
    """`$0.002 per call and $0.013 per minute`."""
    parts = [
        f"{format_amount(amount, price.currency, exact=True)} {unit}"
        for amount, unit in ((price.per_call, "per call"), (price.per_minute, "per minute"))
        if amount
    ]
    return " and ".join(parts)
