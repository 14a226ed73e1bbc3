"""Tokens: fixed in shape, ordered in time, never the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from campaign_app.domain.attempt import new_token, new_tokens

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def test_tokens_are_32_lower_case_hex_and_all_different() -> None:
    tokens = new_tokens(NOW, 1000)
    assert len(set(tokens)) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens)


def test_a_later_token_sorts_after_an_earlier_one() -> None:
    assert new_token(NOW) < new_token(NOW + timedelta(milliseconds=1)) < new_token(NOW + timedelta(days=3650))
