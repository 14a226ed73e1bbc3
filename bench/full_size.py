"""Pages in full size (full_size_rows.py), asked for at a started server, as a browser and the REST API's clients do.

`FULL_SIZE_CONTACTS` sets the size (2,000,000 unless it is given). `FULL_SIZE_DATABASES` names which databases
(`sqlite,postgresql` unless it is given).
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep

from .ask import Asker
from .full_size_pages import list_pages, list_streams
from .full_size_rows import LINES, Places, lay_rows
from .report import Result
from .server import Installation
from .viewers import throwaway_database

CONTACTS = int(os.environ.get("FULL_SIZE_CONTACTS", "2000000"))
SETTINGS = {"SWITCHBOARD_SIMULATOR_TIME_SCALE": "10"}
DIALED_BEFORE = 500
WAIT_SECONDS = 180
"""Calls that are made before the pages are asked for once more, and how long they are waited for."""


def ask_pages(site: Installation, places: Places, parts: Sequence[str] = ()) -> Asker:
    """All pages and answers, or those of some parts; at the end once more the usual ones while calls are made."""
    web = site.start_web(with_engine=False)
    asker = Asker(web, site.sign_in(f"bench-{uuid.uuid4().hex}@example.org"), site.token)
    print(f"resident after the start: {web.read_memory():.0f} MB", file=sys.stderr)
    large = f"/campaigns/{places.campaign}"
    api = f"/api/v1{large}"
    for part, paths in list_pages(places).items():
        if not parts or part in parts:
            asker.look_at(paths)
    if not parts or "crawl" in parts:
        tables = [
            f"{large}/_calls",
            "/calls/_calls",
            f"{large}/contacts",
            "/campaigns",
            "/do-not-call",
            "/audit",
        ]
        tables += [
            "/do-not-call/removed",
            "/calls/unresolved",
            f"{large}/imports/{places.import_id}/rejected",
        ]
        tables += [f"{large}/{table}?q={places.number[-4:]}" for table in ("_calls", "contacts")]
        for path in tables:
            asker.crawl(path, 14)
    if not parts or "deep" in parts:
        lists = [
            f"{api}/contacts",
            f"{api}/calls",
            "/api/v1/calls",
            "/api/v1/do-not-call",
            f"{api}/calls?key=1",
        ]
        for path in (*lists, f"{api}/calls?status=busy", f"{api}/contacts?status=pending"):
            asker.page_forward(path, 10)
    if not parts or "streams" in parts:
        for path in list_streams(places):
            asker.look(path, first_byte=True)
    print(f"resident after all of it: {web.read_memory():.0f} MB", file=sys.stderr)
    if not parts or "dialing" in parts:
        site.set_trunk_lines(LINES)
        is_new = site.ask("GET", large)["status"] == "draft"
        site.ask("POST", f"{large}/{'start' if is_new else 'resume'}")
        engine = site.start_engine()
        before = site.count_dialed_calls()
        until = monotonic() + WAIT_SECONDS
        while site.count_dialed_calls() < before + DIALED_BEFORE and monotonic() < until:
            sleep(1)
        made, began = site.count_dialed_calls(), monotonic()
        usual = [
            f"{large}/_calls",
            f"{large}/_calls?status=busy",
            f"{large}/_calls?q={places.number[-4:]}",
            large,
        ]
        usual += [
            "/calls/_calls",
            f"{large}/contacts",
            f"{large}/contacts?status=retry",
            f"{api}/contacts",
            "/home",
        ]
        usual += [
            f"{large}/_live",
            "/campaigns",
            "/campaigns/_board",
            "/campaigns/_rows",
            f"{api}/stats",
            "/metrics",
        ]
        usual += [
            f"/contacts/{places.contact}",
            f"/why?contact={places.contact}",
            "/readyz",
            f"{large}/_calls?status=open",
        ]
        for path in (*usual, f"{api}/calls", "/api/v1/calls"):
            asker.look(path, note="dialing")
        rate = (site.count_dialed_calls() - made) / (monotonic() - began)
        print(f"{rate:.0f} calls a second meanwhile, lag {site.read_lag():.1f} s", file=sys.stderr)
        site.ask("POST", f"{large}/pause")
        engine.process.terminate()
        engine.process.wait(timeout=60)
        print(f"resident after that: {web.read_memory():.0f} MB", file=sys.stderr)
    return asker


def measure_full_size(directory: Path) -> list[Result]:
    """On both databases. Needs 10 GB of disk and half an hour."""
    wanted = os.environ.get("FULL_SIZE_DATABASES", "sqlite,postgresql").split(",")
    results: list[Result] = []
    for kind, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        if kind not in wanted:
            continue
        (directory / kind).mkdir()
        with (
            throwaway_database(kind == "postgresql") as url,
            Installation(directory / kind, url, SETTINGS) as site,
        ):
            asker = ask_pages(site, lay_rows(site, CONTACTS))
        results += [
            Result(f"{each.path} {each.note}".strip(), name, None, each.warm, None, "ms")
            for each in asker.looks
        ]
    return results
