"""A started server while it imports: how quickly its pages answer, how late the engine ticks, and how fast it goes."""

from __future__ import annotations

from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

from .imports import MILLION, write_file
from .lifecycles import WrongWork
from .report import Result
from .server import Installation

PAGES = ("/campaigns", "/campaigns/{demo}/stats", "/campaigns/{demo}/calls?limit=50")
"""Of the REST API."""
PAUSE = 0.1
LONGEST = 900.0
"""Seconds, for the whole of it."""


def import_load(directory: Path, rows: int = MILLION) -> list[Result]:
    """SQLite, `python app.py`, a demo that dials, and a file of `rows` rows by REST."""
    file = directory / "contacts.csv"
    write_file(file, rows)
    with Installation(directory) as site:
        site.start_web(with_engine=True)
        demo, campaign = _make_campaigns(site)
        import_id = site.upload(campaign, file.read_bytes())
        began, times, lags = perf_counter(), [], []
        while True:
            for page in PAGES:
                started = perf_counter()
                site.ask("GET", page.format(demo=demo))
                times.append(perf_counter() - started)
            lags.append(site.read_lag())
            done = site.ask("GET", f"/imports/{import_id}")
            if done["status"] in ("completed", "failed", "needs_mapping"):
                break
            if perf_counter() - began > LONGEST:
                raise WrongWork(f"the import took over {LONGEST:.0f} s: {done}")
            sleep(PAUSE)
        seconds = perf_counter() - began
    if done["status"] != "completed" or done["total"] != rows:
        raise WrongWork(f"of {rows} rows {done['total']}: {done['status']}, {done['error']}")
    return [
        Result("rows imported by a server that dials", "SQLite", None, rows / seconds, None, "per second"),
        Result(
            "pages meanwhile, 95 of 100 within", "SQLite", None, quantiles(times, n=20)[-1] * 1000, None, "ms"
        ),
        Result("engine behind its tick, at the most", "SQLite", None, max(lags) * 1000, None, "ms"),
    ]


def _make_campaigns(site: Installation) -> tuple[int, int]:
    """A demo that dials, and a draft for the file."""
    site.run("demo", "load")
    demo = site.ask("GET", "/campaigns")["items"][0]["id"]
    draft = {"name": "Bench", "message": {"text": "Good day."}, "default_region": "US"}
    return demo, site.ask("POST", "/campaigns", draft)["id"]
