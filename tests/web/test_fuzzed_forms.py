"""Every page and every form, as every role, with what nobody meant them to get: no answer is a 500.

The requests are drawn from a fixed seed. `FUZZ=long` draws a hundred times as many, from a seed that it prints.
"""

from __future__ import annotations

import os
import random
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from campaign_app.models import Role
from campaign_app.services import demo, trunks
from campaign_app.services.people import users
from campaign_app.transaction import transaction
from tests.support.clock import FakeClock
from tests.web.people_support import PASSWORD, Site, Visitor, close, open_site

LONG = os.environ.get("FUZZ") == "long"
SEED = random.randrange(10**6) if LONG else 14
ROUNDS = 100 if LONG else 1
NAME = re.compile(r'<(?:input|select|textarea|button)[^>]*\sname="([^"]+)"')
VALUES = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "x" * 50_001,
        "9" * 400,
        "-1",
        "0",
        "1",
        "1e999",
        "NaN",
        "٣٤",
        "💥" * 300,
        "\ud800",
    ),
    *("' OR 1=1 --", "{{7*7}}", "%s%n", "../../etc/passwd", "2026-02-30", "9999-12-31T23:59:59+14:00", "on"),
    *(
        "+12125550100",
        "+442079460018",
        "{name:money}",
        "[]",
        "{}",
        "null",
        "twilio",
        "asterisk",
        "every",
        "\r\n",
    ),
)
PATHS = ("1", "999999999999999999", "us-federal", "%00", "a%00b", "💥", "x" * 3_000, "csv", "pause")
LEFT_OUT = frozenset({"auth.logout", "health.readyz", "static"})
"""/readyz says 503: there is no engine."""


@pytest.fixture
def site(tmp_path: Path, database_url: str, sqlite_template: Path, clock: FakeClock) -> Iterator[Site]:
    """With a running demo campaign, on each kind of database."""
    site = open_site(tmp_path, sqlite_template, clock, database_url=database_url)
    site.app.config["RATELIMIT_ENABLED"] = False
    site.add_users(*Role)
    with site.app.app_context():
        from campaign_app.extensions import db

        with transaction(db.session()) as session:
            now = clock.now()
            trunks.ensure_default_trunk(session, "simulator", lines=5, calls_per_second=None, now=now)
            demo.load_demo_campaign(session, actor="cli", now=now)
    yield site
    close(site)


def fill(rule: Rule, draw: random.Random) -> str:
    path = re.sub(
        r"<(?:(id)(?::|\())?[^>]*>", lambda found: "1" if found[1] else draw.choice(PATHS), rule.rule
    )
    return re.sub(r"<any\(([^)]*)\):[^>]*>", lambda found: found[1].split(",")[0].strip(), path)


def text_of(answer: TestResponse) -> str:
    """Of a page; files such as Excel's are no text."""
    return answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else ""


def draw_fields(names: list[str], draw: random.Random) -> dict[str, str]:
    chosen = draw.sample(names, draw.randint(0, min(len(names), 12)))
    return {name: draw.choice(VALUES).encode("utf-8", "replace").decode() for name in chosen}


def test_no_page_and_no_form_breaks(site: Site) -> None:
    draw = random.Random(SEED)
    rules = [
        (rule, method)
        for rule in site.app.url_map.iter_rules()
        if not rule.endpoint.startswith("api.") and rule.endpoint not in LEFT_OUT
        for method in ("GET", "POST")
        if method in (rule.methods or ())
    ]
    assert len(rules) > 100
    visitors: dict[str, Visitor] = {"nobody": site.visitor(), **{role: site.visitor(role) for role in Role}}
    names = {"q", "cursor", "sort", "type", "id", "phone", "at", "status", "next"}
    broken: list[str] = []
    refused = 0
    for _ in range(ROUNDS):
        for role, visitor in visitors.items():
            for rule, method in rules:
                path, fields = fill(rule, draw), draw_fields(sorted(names), draw)
                if method == "GET":
                    answer = visitor.get(path, query_string=draw_fields(sorted(names), draw))
                    names.update(NAME.findall(text_of(answer)))
                    names.discard("csrf_token")
                else:
                    answer = visitor.post(path, fields)
                refused += answer.status_code in (400, 422)
                if answer.status_code >= 500:
                    broken.append(f"{role} {method} {path[:80]} {fields!r:.400}")
                    print(f"seed {SEED}: {broken[-1]}", file=sys.stderr, flush=True)
                if "Please reload the page" in text_of(answer) or answer.location == "/login":
                    visitors[role] = visitor = sign_in_anew(site, role)
    assert broken == [], f"seed {SEED}"
    assert refused > 20


def sign_in_anew(site: Site, role: str) -> Visitor:
    """Drawn requests end sessions, change passwords and disable people."""
    if role == "nobody":
        visitor = site.visitor()
        visitor.get("/login")
        return visitor
    visitor = site.visitor()
    visitor.sign_in(f"{role}@example.org")
    return visitor


def test_showing_another_providers_fields_of_a_trunk_keeps_what_was_typed(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    admin.get("/trunks/1")
    for button in ("choose", "propose"):
        typed = {"name": "Paris", "provider": "twilio", "max_concurrent_calls": "7", button: "1"}
        answer = admin.post("/trunks/1", typed)
        assert answer.status_code == 200
        assert 'value="Paris"' in answer.get_data(as_text=True)
        assert "Account SID" in answer.get_data(as_text=True)


def test_of_two_that_use_the_set_up_link_at_once_the_second_finds_it_burnt(
    tmp_path: Path, database_url: str, sqlite_template: Path, clock: FakeClock
) -> None:
    site = open_site(tmp_path, sqlite_template, clock, database_url=database_url)
    from campaign_app.extensions import db

    with site.app.app_context(), transaction(db.session()) as session:
        key = users.new_setup_key(session)
    start, statuses = threading.Barrier(2), []
    visitors = [site.visitor(), site.visitor()]
    for visitor in visitors:
        visitor.get(f"/setup/{key}")

    def use(number: int) -> None:
        start.wait()
        fields = {"email": f"a{number}@example.org", "password": PASSWORD, "repeat": PASSWORD}
        statuses.append(visitors[number].post(f"/setup/{key}", fields).status_code)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close(site)
    assert sorted(statuses) == [303, 404]
