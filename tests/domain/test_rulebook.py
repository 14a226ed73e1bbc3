"""Rulebooks: what is read, what is refused by name, and that stored ones come back the same."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.domain.calling_window import parse_windows
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.rulebook import (
    DEFAULT_CAPS,
    CallCap,
    CampaignClock,
    CapPeriod,
    CapScope,
    Purpose,
    Rulebook,
    caps_to_api,
    check_guard_fits,
    hash_rulebook,
    parse_caps,
    parse_clock,
    parse_guard,
    parse_min_gap,
    parse_purpose,
    parse_rulebook,
    parse_subject,
    rulebook_to_json,
)

WINDOWS = parse_windows([{"days": ["mon"], "start": "09:00", "end": "09:05"}])


@pytest.mark.parametrize(
    "caps, field",
    [
        ([{"most": 0, "per_hours": 24}], "caps[0].most"),
        ([{"most": 3, "per_hours": 24}, {"most": True, "per_hours": 1}], "caps[1].most"),
        ([{"most": 3}], "caps[0].per_hours"),
        ([{"most": 3, "per_hours": 24, "per": "day"}], "caps[0].per_hours"),
        ([{"most": 3, "per_hours": 9000}], "caps[0].per_hours"),
        ([{"most": 3, "per": "month"}], "caps[0].per"),
        ([{"most": 3, "per_hours": 24, "scope": "person"}], "caps[0].scope"),
        ([{"most": 3, "per_hours": 24, "hours": 2}], "caps[0].hours"),
        ([3], "caps[0]"),
        ({"most": 3}, "caps"),
        ([{"most": 1, "per_hours": 1}] * 11, "caps"),
    ],
)
def test_a_wrong_cap_is_named_where_it_stands(caps: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_caps(caps)
    assert refused.value.errors[0].field == field


@pytest.mark.parametrize(
    "parse, value",
    [
        (parse_min_gap, 366 * 24 * 60),
        (parse_min_gap, -1),
        (parse_guard, 3601),
        (parse_guard, 1.5),
        (parse_purpose, "sales"),
        (parse_purpose, 7),
        (parse_clock, "theirs"),
        (parse_clock, None),
        (parse_subject, "x" * 101),
        (parse_subject, "a\0b"),
    ],
)
def test_what_is_beyond_reason_is_refused(parse: Any, value: Any) -> None:
    with pytest.raises(InvalidInput):
        parse(value)


def test_a_guard_longer_than_a_window_is_refused() -> None:
    check_guard_fits(299, WINDOWS)
    with pytest.raises(InvalidInput, match="guard_seconds"):
        check_guard_fits(300, WINDOWS)


def test_a_rulebook_comes_back_the_same_and_has_one_hash() -> None:
    rulebook = Rulebook(
        Purpose.DEBT,
        "Bills",
        CampaignClock.PERSON,
        "Europe/Paris",
        WINDOWS,
        ("us-federal@3",),
        ("litigators",),
        (*DEFAULT_CAPS, CallCap(1, None, CapScope.SUBJECT, CapPeriod.WEEK, True)),
        90,
        30,
    )
    again = parse_rulebook(rulebook_to_json(rulebook))
    assert again == rulebook
    assert hash_rulebook(again) == hash_rulebook(rulebook)
    assert parse_caps(caps_to_api(rulebook.caps)) == rulebook.caps


@pytest.mark.parametrize(
    "part", ["clock", "windows", "packs", "lists", "caps", "min_gap_minutes", "timezone"]
)
def test_a_row_that_was_broken_by_hand_is_refused_by_its_part(part: str) -> None:
    body = rulebook_to_json(Rulebook(None, "", CampaignClock.BOTH, None, WINDOWS))
    with pytest.raises(InvalidInput, match=f"rulebook.{part}"):
        parse_rulebook({**body, part: 3.5})
