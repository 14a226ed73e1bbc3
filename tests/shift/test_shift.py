"""A short shift: whatever pages say is what database and carriers have, while a carrier dies, an engine is killed and
the server restarted. `make shift` is the long one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.shift import checks, rig
from tests.shift.facts import Facts

SAMPLES, LIVE_PAGES, PEOPLE = 8, 4, 60


def spoil_counts(facts: Facts) -> None:
    for campaign in facts.campaigns.values():
        campaign.contacts["completed"] += 1


def spoil_groups(facts: Facts) -> None:
    for campaign in facts.campaigns.values():
        campaign.status = "draft" if campaign.status == "running" else "running"


def spoil_lines(facts: Facts) -> None:
    for trunk in facts.trunks.values():
        trunk.open["ringing"] += 1


def spoil_hours(facts: Facts) -> None:
    for campaign in facts.campaigns.values():
        campaign.has_hours = not campaign.has_hours


def spoil_engine(facts: Facts) -> None:
    facts.last_tick = None


SPOILED: tuple[Callable[[Facts], None], ...] = (
    spoil_counts,
    spoil_groups,
    spoil_lines,
    spoil_hours,
    spoil_engine,
)


def find_untrue(page: rig.View) -> list[str]:
    sample = checks.Sample(page.facts, page.end - timedelta(seconds=1), page.end)
    page.check(page.parsed, sample)
    checks.check_lamp(page.parsed, sample)
    return sample.untrue


@pytest.mark.e2e
@pytest.mark.xdist_group("campaigns")
@pytest.mark.timeout(300)  # 25 s of work for two processors, which may have other work
def test_pages_say_nothing_untrue_during_a_shift(tmp_path: Path) -> None:
    with rig.shift(tmp_path, PEOPLE) as found:
        verdict = rig.run_shift(found, SAMPLES, LIVE_PAGES)
        assert not verdict.untrue, rig.describe(verdict)
        # It was a real one: pages were compared, and told of what happened.
        assert verdict.page_views > SAMPLES * 3
        assert {"no engine", "up"} < verdict.states
        assert {"No engine is running", "Outside calling hours", "Paused"} <= verdict.seen
        # Each kind of check finds what it is there for.
        for spoil in SPOILED:
            views = [replace(view, facts=deepcopy(view.facts)) for view in found.last_views]
            for view in views:
                spoil(view.facts)
            assert any(map(find_untrue, views)), spoil.__name__
        checked = found.app.flask("check")
        assert checked.returncode == 0, checked.stdout
