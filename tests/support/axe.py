"""What axe finds wrong on a page."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Every rule is run; the lists of what passed, which nobody reads, would take longer to hand over than to find.
OPTIONS = {"resultTypes": ["violations"]}
GRAVE = {"serious", "critical"}


# A colour still on its way from one scheme to the other is nobody's contrast. What never ends is not waited for.
SETTLED = """() => document.getAnimations().every(
    (each) => each.playState !== "running" || each.effect.getComputedTiming().endTime === Infinity)"""


def list_violations(page: Page, *, grave_only: bool = False) -> list[str]:
    """`color-contrast (serious) at ['.note']`: each rule that is broken, with the first place, once what moves on the
    page has come to rest. `grave_only` leaves out what axe calls minor or moderate."""
    page.wait_for_function(SETTLED)
    violations: list[dict[str, Any]] = Axe().run(page, options=OPTIONS).response["violations"]
    return [
        f"{each['id']} ({each['impact']}) at {each['nodes'][0]['target']}"
        for each in violations
        if not grave_only or each["impact"] in GRAVE
    ]
