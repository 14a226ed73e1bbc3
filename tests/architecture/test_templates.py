"""Templates: lines that can be reviewed, and addresses that are looked up by endpoint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
LONGEST_LINE = 120
WRITTEN_ADDRESS = re.compile(r"""(?:href|action|hx-get|hx-post|src)=["']/""")
"""An address that would be wrong below a URL prefix, or once its route is renamed."""
DOWNLOAD_LINK = re.compile(r"<a\b[^>]*\sdownload[\s>]")
"""What is refused of such a link looks like a download that failed; our answers say themselves that they are files."""
PAGES = sorted(page.relative_to(TEMPLATES).as_posix() for page in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("page", PAGES)
def test_no_line_of_a_template_is_longer_than_a_reader_can_review(page: str) -> None:
    lines = (TEMPLATES / page).read_text().splitlines()
    assert [f"{page}:{number}" for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_template_looks_its_addresses_up(page: str) -> None:
    lines = (TEMPLATES / page).read_text().splitlines()
    assert [f"{page}:{number}" for number, line in enumerate(lines, 1) if WRITTEN_ADDRESS.search(line)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_link_to_a_file_shows_why_it_is_refused(page: str) -> None:
    assert DOWNLOAD_LINK.findall((TEMPLATES / page).read_text()) == []
