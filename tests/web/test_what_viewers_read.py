"""What viewers read of what people wrote: no page and no answer has a whole number, wherever somebody put one."""

from __future__ import annotations

import io
import re
from html import unescape

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Contact, Recording, Role, Trunk
from campaign_app.transaction import transaction
from tests.web.import_pages import add, upload, work
from tests.web.pages_support import act, add_call, an_engine_runs, make_campaign
from tests.web.people_support import Site, Visitor

WRITTEN = re.compile(r"7946 ?0\d{3}|7400 ?1240\d{2}|212 ?555 ?0[1-9]\d\d")
"""The numbers below, in any of their spellings."""
SKIPPED = re.compile(
    r"/(?:logout|theme|static|api/docs|rules/packs|account/|settings)|\.(?:js|css|svg)|[?&](?:sort|zone)="
)


def read_all(visitor: Visitor, *begin: str) -> dict[str, str]:
    """{address: text} of these pages, and of one of each kind that they lead to."""
    pages: dict[str, str] = {}
    kinds: set[str] = set()
    waiting = list(begin)
    while waiting:
        address = waiting.pop()
        kind = re.sub(r"\d+", "N", address.partition("?")[0])
        if address in pages or (kind in kinds and address not in begin):
            continue
        kinds.add(kind)
        response = visitor.get(address)
        assert response.status_code < 500, address
        pages[address] = unescape(response.text)
        links = re.findall(r'(?:href|hx-get|src)="(/[^"#]*)"', response.text)
        waiting += [unescape(link) for link in links if not SKIPPED.search(link)]
    return pages


def test_no_page_shows_a_viewer_a_number_that_somebody_wrote(site: Site) -> None:
    campaign_id = make_campaign(
        site, name="Ring 020 7946 0101 back", numbers=3, variables={"name": "+447400124001"}
    )
    operator = site.visitor(Role.OPERATOR)
    operator.get("/rules/lists")
    fields = {"name": "List 020 7946 0102", "kind": "litigators", "on_stale": "block", "ageless": "1"}
    here = operator.post("/rules/lists/new", fields).location.removesuffix("#replace")
    data = {"file": (io.BytesIO(b"+447400124099\n"), "list 020 7946 0111.csv"), "as_of": "2026-11-20"}
    sent = operator.post(f"{here}/imports", data, content_type="multipart/form-data")
    work(site)
    add(site, operator, sent.location)
    file = (
        "phone,external_id,note\n+447400124010,447400124011,call 020 7946 0109\n+4474001240,x,020 7946 0110\n"
    )
    add(site, operator, upload(operator, campaign_id, file, "list of 020 7946 0103.csv").location)
    waits = upload(
        operator, campaign_id, file.replace("10,447", "12,447"), "not yet 020 7946 0104.csv"
    ).location
    an_engine_runs(site)
    act(site, campaign_id, "start")
    add_call(site, campaign_id, AttemptStatus.UNRESOLVED)
    add_call(site, campaign_id, AttemptStatus.QUEUED, contact=1)
    act(site, campaign_id, "pause", reason="wrong text, ask 020 7946 0105")
    with site.app.app_context(), transaction(db.session()) as session:
        trunk = session.query(Trunk).one()
        trunk.name, trunk.paused_at, trunk.paused_by = "Line 020 7946 0106", site.clock.now(), "cli"
        trunk.paused_reason = "noise, ask 020 7946 0107"
        session.add(
            Recording(
                name="Voice 020 7946 0108",
                sha256="0" * 64,
                seconds=1.0,
                bytes=1,
                created_by="cli",
                created_at=site.clock.now(),
            )
        )
        contacts = [contact_id for (contact_id,) in session.query(Contact.id).order_by(Contact.id)]

    begin = [
        *("/campaigns", "/home", "/calls", "/do-not-call", "/do-not-call/removed", "/recordings", "/health"),
        *(
            "/rules/lists",
            "/trunks",
            "/unresolved",
            "/search?q=Ring",
            f"/campaigns/{campaign_id}/start",
            waits,
        ),
        *(f"/campaigns/{campaign_id}{part}" for part in ("", "/contacts", "/imports/new")),
        *(f"/contacts/{contact_id}" for contact_id in (contacts[0], contacts[-1])),
        *(f"/why?contact={contact_id}" for contact_id in (contacts[0], contacts[-1])),
        f"/why?contact={contacts[0]}&at=2026-11-20T10:00",
    ]
    pages = read_all(site.visitor(Role.VIEWER), *begin)
    found = {
        address: text[max(0, hit.start() - 60) : hit.end() + 20]
        for address, text in pages.items()
        if (hit := WRITTEN.search(text))
    }
    assert not found
    assert "Ring •••01 back" in pages["/campaigns"]
    assert "•••01" in pages[f"/why?contact={contacts[0]}"], "the name"

    client, headers = site.app.test_client(), {"Authorization": f"Bearer {site.token(Role.VIEWER)}"}
    one = f"/campaigns/{campaign_id}"
    for path in (
        *(
            "/campaigns",
            one,
            f"{one}/stats",
            f"{one}/preflight",
            f"{one}/contacts",
            "/calls",
            "/lists",
            "/trunks",
        ),
        *(
            "/recordings",
            "/lists/1/versions",
            "/imports/2",
            f"/contacts/{contacts[-1]}",
            f"/contacts/{contacts[0]}/why",
        ),
        *("/why?phone=%2B12125550100", "/why?phone=%2B12125550100&at=2026-11-20T10:00Z"),
        *(f"{one}/export?format={kind}" for kind in ("json", "ndjson", "csv")),
    ):
        answer = client.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 200, path
        assert not WRITTEN.search(answer.text), path
