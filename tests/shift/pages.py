"""What pages say, read from their HTML: no template and no view is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag

CLOCK = re.compile(r"\b(\d\d:\d\d)\b")
ZONE = re.compile(r"\b(?:[A-Z][A-Za-z]+/[A-Z][A-Za-z_/]+|UTC)\b")


class UnexpectedPage(AssertionError):
    """A page lacks what it has to have."""


def parse(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def text_of(tag: Tag | None) -> str:
    return "" if tag is None else " ".join(tag.get_text(" ").split())


def must(root: Tag, selector: str) -> Tag:
    found = root.select_one(selector)
    if found is None:
        raise UnexpectedPage(f"no {selector}")
    return found


def numbers(text: str) -> list[int]:
    """`12 of 1,340` → [12, 1340]."""
    return [int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", text)]


@dataclass(frozen=True)
class ListRow:
    id: int
    name: str
    group: str
    marked: bool
    """Whether it says that it needs attention, or stands under those that do."""
    status: str
    done: int
    total: int
    open: int
    lines: int
    answered: str
    finish: str
    notes: list[str]


@dataclass(frozen=True)
class Reason:
    title: str
    detail: str
    contacts: int


def read_list(page: BeautifulSoup) -> tuple[list[ListRow], dict[str, int]]:
    """The rows, and what each group's heading counts."""
    rows, sizes = [], {}
    for body in must(page, "#rows").select("tbody"):
        head = body.select_one("tr.span")
        if head is None:
            continue
        group = str(head["id"])
        sizes[group] = numbers(text_of(head.select_one("b")))[0]
        for row in body.select("tr:not(.span)"):
            rows.append(_read_row(row, group))
    return rows, sizes


def _read_row(row: Tag, group: str) -> ListRow:
    link = must(row, "th a.any")
    done, total = [*numbers(text_of(row.select_one("td.progress .small"))), 0, 0][:2]
    in_use, lines = numbers(text_of(row.select_one('td[data-label="Lines"]')))
    return ListRow(
        int(str(link["href"]).rsplit("/", 1)[1]),
        text_of(link),
        group,
        group == "attention" or "needs attention" in text_of(row.select_one("th")),
        text_of(row.select_one('td[data-label="Status"]')).lower(),
        done,
        total,
        in_use,
        lines,
        text_of(row.select_one('td[data-label="Answered"]')),
        text_of(row.select_one("td.eta")),
        [text_of(each) for each in row.select("p.why")],
    )


def read_counters(root: Tag) -> dict[str, str]:
    """`dt` → `dd` of the figures."""
    return {
        text_of(pair.select_one("dt")): text_of(pair.select_one("dd"))
        for pair in root.select("dl.counters > div")
    }


def read_facts(root: Tag) -> dict[str, str]:
    """`dt` → `dd` of a list of facts."""
    return {
        text_of(term): text_of(term.find_next_sibling("dd"))  # type: ignore[arg-type]
        for term in root.select("dl.facts > dt")
    }


def read_legend(root: Tag) -> dict[str, int]:
    counts = {}
    for item in root.select("ul.legend-list > li:not(.muted)"):
        number = text_of(item.select_one("b"))
        if number:
            counts[text_of(item).removesuffix(number).strip()] = numbers(number)[0]
    return counts


def read_reasons(page: BeautifulSoup) -> list[Reason]:
    return [
        Reason(
            text_of(row.select_one("th .lamp")),
            text_of(row.select_one("th p")),
            sum(numbers(text_of(row.select_one('td[data-label="Contacts"]')))[:1]),
        )
        for row in page.select("table.reasons tbody tr")
    ]


def list_wrong_times(page: BeautifulSoup, reader_zone: str) -> tuple[int, list[str]]:
    """How many clock times the page shows as `<time>`, and those whose words are not their instant."""
    seen, wrong = 0, []
    for tag in page.select("time[datetime]"):
        words = text_of(tag)
        clock = CLOCK.search(words)
        if clock is None:
            continue
        seen += 1
        zone = ZONE.search(words)
        at = datetime.fromisoformat(str(tag["datetime"])).astimezone(
            ZoneInfo(zone[0] if zone else reader_zone)
        )
        if f"{at:%H:%M}" != clock[1]:
            wrong.append(f"{words!r} for {tag['datetime']}")
    return seen, wrong
