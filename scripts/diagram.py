"""`make docs`: write the state diagrams into docs/architecture.md. `--check` only says whether they are up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from campaign_app.domain import attempt, campaign, contact
from campaign_app.domain.diagram import draw_mermaid

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
DIAGRAMS = {
    "campaign": draw_mermaid(
        campaign.TRANSITIONS, campaign.CampaignStatus.DRAFT, (campaign.CampaignStatus.ARCHIVED,)
    ),
    "contact": draw_mermaid(contact.TRANSITIONS, contact.ContactStatus.PENDING, contact.TERMINAL),
    "attempt": draw_mermaid(
        attempt.TRANSITIONS,
        attempt.AttemptStatus.CLAIMED,
        attempt.OUTCOMES,
        unlabeled=(attempt.EVIDENCE,),
    ),
}


def drawn(page: str) -> str:
    """The page with every diagram between its markers drawn anew."""
    for noun, diagram in DIAGRAMS.items():
        begin, end = f"<!-- diagram: {noun} -->", f"<!-- end: {noun} -->"
        page, found = re.subn(
            f"{re.escape(begin)}.*?{re.escape(end)}",
            lambda _, text=f"{begin}\n```mermaid\n{diagram}\n```\n{end}": text,  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
        if not found:
            raise SystemExit(f"{PAGE.name} has no place for the diagram of the {noun}: {begin} … {end}")
    return page


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        raise SystemExit(0 if drawn(page) == page else "docs/architecture.md is out of date: run `make docs`")
    PAGE.write_text(drawn(page), encoding="utf-8")


if __name__ == "__main__":
    main()
