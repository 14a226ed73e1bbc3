"""Addresses of the full size: every table with each of its filters, orders and searches, every other page, and the
REST API with each parameter."""

from __future__ import annotations

from .full_size_rows import Places
from .server import make_number

CALL_STATUSES = (
    "completed",
    "no-answer",
    "busy",
    "failed",
    "unresolved",
    "canceled",
    "released",
    "open",
    "ringing",
)
CONTACT_STATUSES = ("pending", "dialing", "retry", "completed", "exhausted", "suppressed", "canceled")


def list_searches(number: str) -> list[str]:
    """Last digits, whole numbers, beginnings, letters, and what nobody has."""
    plain = number.removeprefix("+")
    return [
        plain[-4:],
        plain[-6:],
        plain[-3:],
        f"%2B{plain}",
        plain,
        f"0{plain.removeprefix('49')}",
        f"%2B{plain[:9]}",
        f"%2B{plain[:5]}",
        "9999",
        "%2B14155550123",
        "anna",
        "Person%20123",
    ]


def list_pages(places: Places) -> dict[str, list[str]]:
    """{part: addresses}."""
    large, small = f"/campaigns/{places.campaign}", f"/campaigns/{places.small}"
    searches = list_searches(places.number)
    api = f"/api/v1{large}"
    calls: list[str] = []
    for table in (f"{large}/_calls", "/calls/_calls"):
        calls += [f"{table}?status={status}" for status in CALL_STATUSES]
        calls += [f"{table}?sort={sort}" for sort in ("id", "phone", "-phone", "status", "-status")]
        calls += [f"{table}?key={key}" for key in ("1", "7")]
        calls += [f"{table}?q={search}" for search in searches]
        calls += [
            f"{table}?q={searches[0]}&sort={sort}" for sort in ("id", "phone", "-phone", "status", "-status")
        ]
        calls += [
            f"{table}?q={searches[0]}&status={status}"
            for status in ("completed", "busy", "open", "unresolved")
        ]
        calls += [
            f"{table}?top={3_000_000}&at=1796000000",
            f"{table}?status=busy&key=1",
            f"{table}?status=released&sort=id",
        ]
    contacts = [f"{large}/contacts?status={status}" for status in CONTACT_STATUSES]
    contacts += [f"{large}/contacts?status={status}&sort=-id" for status in CONTACT_STATUSES]
    contacts += [
        f"{large}/contacts?sort={s}" for s in ("-id", "phone", "-phone", "status", "due", "tries", "var:name")
    ]
    contacts += [f"{large}/contacts?q={search}" for search in searches]
    contacts += [f"{large}/contacts?q={searches[0]}&sort={sort}" for sort in ("-id", "phone", "-phone")]
    contacts += [f"{large}/contacts?q={searches[0]}&status={status}" for status in CONTACT_STATUSES]
    asked = [f"{api}/contacts", *(f"{api}/contacts?status={status}" for status in CONTACT_STATUSES)]
    asked += [f"{api}/contacts?search={search}" for search in searches]
    asked += [
        f"{api}/contacts?search={searches[0]}&status={status}"
        for status in ("completed", "pending", "dialing")
    ]
    asked += [f"{api}/contacts?limit=200", f"{api}/calls?limit=200", "/api/v1/calls?limit=200"]
    for path in (f"{api}/calls", "/api/v1/calls"):
        asked += [path, *(f"{path}?status={status}" for status in CALL_STATUSES)]
        asked += [f"{path}?search={search}" for search in searches]
        asked += [f"{path}?key=1", f"{path}?search={searches[0]}&status=completed"]
    of_campaign = f"/api/v1/calls?campaign_id={places.campaign}"
    asked += [of_campaign, *(f"{of_campaign}&status={status}" for status in ("busy", "open", "unresolved"))]
    asked += [f"{of_campaign}&key=1", f"{of_campaign}&search={searches[0]}"]
    others = [
        "/home",
        "/home/_now",
        "/home/hand-over",
        "/",
        "/health",
        "/health/_live",
        "/health/_lamp",
        "/health/lost-calls",
        "/metrics",
        "/readyz",
        "/healthz",
        "/users",
        "/settings",
        "/settings/retention",
        "/settings/tokens",
        "/trunks",
        "/rules",
        "/rules/lists",
        "/rules/blackouts",
        "/rules/lists/new",
        "/recordings",
        "/people/erasures",
        "/people/forget",
        large,
        f"{large}/_live",
        f"{large}/_answers",
        f"{large}/edit",
        f"{large}/_consequence?action=stop",
        f"{large}/_consequence",
        f"{large}/imports/new",
        f"{large}/exports",
        f"{large}/export",
        f"{large}/imports/{places.import_id}",
        f"{large}/imports/{places.import_id}/_outcome",
        f"{large}/imports/{places.import_id}/rejected",
        f"{large}/imports/{places.import_id}/rejected?code=too-short",
        f"{large}/imports/{places.import_id}/rejected?code=empty",
        f"{large}/start",
        f"{large}/_preflight",
        small,
        f"{small}/_live",
        f"{small}/contacts",
        f"{small}/_calls",
        f"{small}/start",
        f"{small}/_preflight",
        "/campaigns/_board",
        "/campaigns/_rows",
        "/campaigns?status=running&q=Clinic&sort=name",
        "/campaigns?q=nothing",
        f"/contacts/{places.contact}",
        f"/contacts/{places.contact}/receipts.json",
        "/calls",
        "/calls/unresolved",
        f"/calls/unresolved?campaign={places.campaign}",
        "/calls/unresolved?after=100000",
        "/calls/exports",
        "/why",
        f"/why?contact={places.contact}",
        f"/why?phone=%2B{places.number[1:]}",
        f"/why?phone=%2B{places.number[1:]}&region=DE",
        f"/why?phone=%2B{make_number(2_500_007)[1:]}",
        "/why?phone=%2B4916000000123",
        *(
            f"/search?q={text}"
            for text in ("Clinic", "Person", "Person%201234567", "two", "0123", f"%2B{places.number[1:]}")
        ),
        "/do-not-call/imports/new",
        "/audit/exports",
        "/do-not-call/exports",
    ]
    lists = [
        f"/do-not-call?q={search}"
        for search in (
            "%2B4916000000123",
            "0123",
            "00123",
            "%2B491600",
            "%2B49160000001",
            "123",
            "anna",
            "9999999",
        )
    ]
    lists += [
        f"/do-not-call/removed?q={search}"
        for search in ("%2B4916200000123", "0123", "%2B491620", "12", "anna")
    ]
    lists += [
        "/audit",
        "/audit?type=trunk",
        "/audit?type=campaign",
        "/audit?type=contact",
        "/audit?who=crm",
        "/audit?who=ada@example.org",
        "/audit?who=203.0.113.3",
        "/audit?who=nobody@example.org",
        "/audit?type=campaign&who=crm",
        "/audit?type=trunk&who=crm",
        "/audit?type=contact&who=nobody@example.org",
        "/audit?since=2026-11-10&until=2026-11-11",
        "/audit?since=2020-01-01&until=2020-01-02",
        "/audit?since=2026-11-01&until=2026-11-02&who=crm",
        "/audit?since=2026-11-29&type=trunk",
        "/audit?type=campaign&id=7",
        "/audit?object=campaign&id=7",
    ]
    more = [
        "/api/v1/campaigns",
        "/api/v1/campaigns?status=running",
        "/api/v1/campaigns?search=Clinic",
        api,
        f"{api}/stats",
        f"{api}/preflight",
        f"{api}/variables",
        f"/api/v1/contacts/{places.contact}",
        f"/api/v1/contacts/{places.contact}/why",
        f"/api/v1/why?phone=%2B{places.number[1:]}",
        "/api/v1/calls/2000000",
        "/api/v1/attempts/2000000/receipt",
        "/api/v1/do-not-call",
        "/api/v1/do-not-call?search=0123",
        "/api/v1/do-not-call?search=%2B491",
        "/api/v1/do-not-call/removals",
        "/api/v1/do-not-call/removals?search=0123",
        "/api/v1/unresolved",
        f"/api/v1/unresolved?campaign_id={places.campaign}&limit=200",
        "/api/v1/lists",
        f"/api/v1/lists/numbers?phone=%2B{places.number[1:]}",
        f"/api/v1/people/export?phone=%2B{places.number[1:]}",
        f"/api/v1/people/receipts?phone=%2B{places.number[1:]}",
        f"/api/v1/imports/{places.import_id}",
        "/api/v1/recordings",
        "/api/v1/trunks",
        "/api/v1/users",
    ]
    return {
        "calls": calls,
        "contacts": contacts,
        "api": asked,
        "others": others,
        "lists": lists,
        "more": more,
    }


def list_streams(places: Places) -> list[str]:
    """Of which only the first byte is waited for."""
    large = f"/api/v1/campaigns/{places.campaign}"
    return [
        *(f"{large}/export?format={format}" for format in ("json", "ndjson", "csv")),
        f"{large}/calls/export?format=csv",
        f"{large}/calls/export?format=ndjson&status=busy",
        f"{large}/calls/export?format=csv&search=0123",
        f"{large}/calls/export?format=csv&key=1",
        "/api/v1/calls/export?format=csv",
        "/api/v1/calls/export?format=csv&status=busy",
        "/api/v1/calls/export?format=csv&since=2026-11-10&until=2026-11-11",
        f"{large}/calls/export?format=csv&since=2026-11-10&until=2026-11-11",
        "/api/v1/do-not-call/export.csv",
        f"/api/v1/imports/{places.import_id}/rejected.csv",
        f"/campaigns/{places.campaign}/never.csv?why=do-not-call",
    ]
