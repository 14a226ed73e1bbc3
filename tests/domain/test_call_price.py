"""Call price: what is read as one, and what calls cost by it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from campaign_app.domain.call_price import describe_price, format_amount, parse_price, price_to_api
from campaign_app.domain.errors import InvalidInput


def test_a_price_comes_back_the_same_and_counts_calls_and_minutes() -> None:
    told = {"currency": "USD", "per_call": "0.002", "per_minute": "0.013"}
    price = parse_price({**told, "currency": " usd ", "per_minute": 0.013})
    assert price is not None
    assert price_to_api(price) == told
    assert price.estimate(100, 60) == Decimal("1.5")
    assert price.estimate(100, 20).quantize(Decimal("0.0001")) == Decimal("0.6333")
    assert describe_price(price) == "$0.002 per call and $0.013 per minute"
    assert parse_price(None) is None


def test_amounts_are_told_as_their_currency_is() -> None:
    amounts = [format_amount(Decimal("1234.5"), currency) for currency in ("USD", "EUR", "JPY", "CHF")]
    assert amounts == ["$1,234.50", "€1,234.50", "¥1,234", "CHF 1,234.50"]


@pytest.mark.parametrize(
    "value, fields",
    [
        ("0.01 USD", {"price"}),
        ({"currency": "USD"}, {"price"}),
        ({"currency": "USD", "per_call": 0, "per_minute": "0.0"}, {"price"}),
        ({"per_call": "0.01"}, {"price.currency"}),
        ({"currency": "XQQ", "per_call": "0.01"}, {"price.currency"}),
        *(
            ({"currency": "USD", "per_call": bad}, {"price.per_call"})
            for bad in ("-1", "NaN", "Infinity", "1e9", "0.0000001", "one", True, [], {}, "1\x00")
        ),
        ({"currency": 7, "per_minute": "x", "tax": 1}, {"price.currency", "price.per_minute", "price.tax"}),
    ],
)
def test_what_is_no_price_is_named_at_its_part(value: Any, fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_price(value)
    assert {error.field for error in refused.value.errors} == fields
