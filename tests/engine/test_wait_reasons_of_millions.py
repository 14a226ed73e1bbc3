"""Why a campaign of millions does not call: what is counted only so far must not be counted to another reason."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest

from campaign_app.models import CampaignCounters
from campaign_app.services import queue_summary
from tests.engine.people import NEW_YORK, SYDNEY, THEIRS, at
from tests.engine.random_campaigns import change
from tests.engine.world import ALWAYS, World

NOON = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
"""10:00 in New York, 02:00 in Sydney."""
SHARES = {
    # code: (how many of a hundred, where, how many seconds they are due later, deferred_by)
    "next": (42, NEW_YORK, 0, None),
    "their-hours": (30, SYDNEY, 0, None),
    "retry-wait": (14, NEW_YORK, 3600, None),
    "capped": (9, NEW_YORK, 7200, "cap"),
    "zone-unknown": (5, None, 0, None),
}
INSERT = """INSERT INTO contacts (campaign_id, phone, status, due_at, profile_id, attempts_made, tries, variables,
    created_at, deferred_by) """
NUMBERS = {
    "sqlite": """WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :first + :many)
      SELECT :campaign, '+1' || (2000000000 + i), 'pending', :due, :profile, 0, 0, '{}', :due, :put_off FROM n""",
    "postgresql": """SELECT :campaign, '+1' || (2000000000 + i), 'pending', CAST(:due AS timestamptz), :profile, 0, 0,
      CAST('{}' AS jsonb), CAST(:due AS timestamptz), CAST(:put_off AS text)
      FROM generate_series(:first, :first + :many - 1) AS n(i)""",
}


def fill(world: World, campaign_id: int, contacts: int) -> dict[str, int]:
    """Add contacts in their shares, past every service; {code: how many}."""
    profiles = {None: 0, **{number: world.contact(number).profile_id for number in (NEW_YORK, SYDNEY)}}
    kind, first = world.db.dialect.name, 0
    for share, place, later, put_off in SHARES.values():
        many = contacts * share // 100
        due = datetime.fromtimestamp(NOON.timestamp() + later, UTC)
        world.sql(
            INSERT + NUMBERS[kind],
            campaign=campaign_id,
            first=first,
            many=many,
            due=due.strftime("%Y-%m-%d %H:%M:%S.000000") + ("" if kind == "sqlite" else "+00"),
            profile=profiles[place],
            put_off=put_off,
        )
        first += many
    world.sql("DELETE FROM contacts WHERE phone IN (:one, :two)", one=NEW_YORK, two=SYDNEY)
    change(world, CampaignCounters, campaign_id, contacts_pending=first)
    world.sql("ANALYZE contacts")
    return {code: contacts * share // 100 for code, (share, *_) in SHARES.items()}


@pytest.mark.parametrize(
    "contacts, counted_to",
    [
        # No reason, one reason and several reasons have more than are counted at first.
        *((2000, most) for most in (2000, 800, 200, 20, 3)),
        pytest.param(
            2_000_000,
            None,
            marks=[
                pytest.mark.skipif(not os.environ.get("MILLIONS"), reason="a minute each: MILLIONS=1"),
                pytest.mark.timeout(900),
            ],
        ),
    ],
)
def test_each_reason_has_exactly_its_own_contacts(
    world: World, contacts: int, counted_to: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if counted_to is not None:
        monkeypatch.setattr(queue_summary, "MOST", counted_to)
    at(world, NOON)
    world.tick()
    campaign_id = world.campaign(
        [NEW_YORK, SYDNEY], **{**THEIRS, "timezone": None, "calling_windows": ALWAYS}
    )
    expected = fill(world, campaign_id, contacts)
    began = time.monotonic()
    reasons = world.reasons(campaign_id)
    print(f"{contacts:,} contacts on {world.db.dialect.name}: {time.monotonic() - began:.3f} s")
    assert {reason.code: reason.contacts for reason in reasons} == expected
