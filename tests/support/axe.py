"""What axe finds wrong on a page."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Every rule is run. The lists of what passed, which nobody reads, would take longer to hand over than to find; style
# sheets are fetched once more only for a rule that axe leaves out by itself, about turned screens.
OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
LOOKS_ONLY = {**OPTIONS, "runOnly": ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]}
"""The rules that ask for colors, sizes and places. The others read the document, and which of it is in sight."""
GRAVE = {"serious", "critical"}
# A colour still on its way from one scheme to the other is nobody's contrast. What never ends is not waited for.
RUN = """async (options) => {
  if (!("axe" in window)) return null;
  const moving = () => document.getAnimations().filter((each) =>
    each.playState === "running" && each.effect.getComputedTiming().endTime !== Infinity);
  while (moving().length) await Promise.allSettled(moving().map((each) => each.finished));
  const {violations} = await axe.run(options);
  return violations.map(({id, impact, nodes}) => ({id, impact, target: nodes[0].target}));
}"""
HEIGHT = 844
LOOKS: list[tuple[int, Literal["light", "dark"], bool]] = [
    (1280, "light", False),
    (1280, "dark", True),
    (390, "dark", False),
    (320, "light", True),
]
"""Of each page: the width, the scheme, and whether the looks alone are left to check. A narrow window hides some of a
page and shows what others do not have; the narrowest has the same parts with less room."""


def list_violations(page: Page, *, grave_only: bool = False, looks_only: bool = False) -> list[str]:
    """`color-contrast (serious) at ['.note']`: each rule that is broken, with the first place, once what moves on the
    page has come to rest. `grave_only` leaves out what axe calls minor or moderate.

    `looks_only` runs the rules that colors, sizes and places decide: enough where the page as it is now was looked at
    whole in the other scheme, or in a width at which the same parts of it are in sight.
    """
    options = LOOKS_ONLY if looks_only else OPTIONS
    violations = page.evaluate(RUN, options)
    if violations is None:
        page.evaluate(AXE_SCRIPT)
        violations = page.evaluate(RUN, options)
    return [
        f"{each['id']} ({each['impact']}) at {each['target']}"
        for each in violations
        if not grave_only or each["impact"] in GRAVE
    ]


def look_at(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    """Show the page in that many pixels and that color scheme. One that is open need not be loaded again: the style
    sheet alone lays it out and colors it."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
