"""Files of exports over the API: asked for, followed, downloaded whole or in part, deleted; and who may."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select

from campaign_app.app_context import context_of
from campaign_app.engine import exports as worker
from campaign_app.engine.exports import run_next_export
from campaign_app.extensions import db
from campaign_app.models import AuditEntry
from tests.api.asking import Api, fields_of


def work(api: Api) -> Path:
    settings = context_of(api.app).settings
    with api.app.app_context():
        assert run_next_export(db.engine, settings.exports_folder, clock=api.clock, days=3)
    return settings.exports_folder


def test_a_file_is_asked_for_followed_downloaded_in_parts_and_deleted(each_api: Api) -> None:
    api = each_api
    one = f"/campaigns/{api.campaign()['id']}"
    api.post(f"{one}/contacts", [{"phone": f"+44791112{n:04d}"} for n in range(50)])
    for role in ("viewer", "compliance"):
        api.as_(role).post(f"{one}/exports", {}, status=403)
    answer = api.ask("POST", f"{one}/exports", status=202, json={"format": "csv"})
    item, where = answer.get_json(), answer.headers["Location"]
    assert (item["status"], item["contacts"], item["file"]) == ("queued", 50, None)
    assert where.endswith(f"{one}/exports/{item['id']}")
    api.get(f"{where}/file", status=409)
    for _ in range(4):
        api.post(f"{one}/exports", status=202)
    assert "wait for one" in api.post(f"{one}/exports", status=409)["detail"]

    folder = work(api)
    done = api.get(where)
    assert (done["status"], done["contacts_done"]) == ("completed", 50)
    streamed = api.ask("GET", f"{one}/export?format=csv", status=200).data
    whole = api.ask("GET", done["file"], status=200)
    assert whole.data == streamed
    assert whole.headers["Content-Length"] == str(done["bytes"])
    assert (whole.mimetype, whole.headers["Accept-Ranges"]) == ("text/csv", "bytes")
    etag = whole.headers["ETag"]
    rest = api.ask("GET", done["file"], status=206, headers={"Range": "bytes=100-", "If-Range": etag})
    assert (rest.data, rest.headers["Content-Length"]) == (streamed[100:], str(len(streamed) - 100))
    part = api.ask("GET", done["file"], status=206, headers={"Range": "bytes=7-9"})
    assert (part.data, part.headers["Content-Range"]) == (streamed[7:10], f"bytes 7-9/{len(streamed)}")
    # Of another content, or of several parts: all of it.
    for headers in ({"Range": "bytes=7-9", "If-Range": '"other"'}, {"Range": "bytes=0-1,5-6"}):
        assert api.ask("GET", done["file"], status=200, headers=headers).data == streamed
    api.get(done["file"], status=416, headers={"Range": f"bytes={len(streamed)}-"})

    other = f"/campaigns/{api.campaign()['id']}"
    api.get(f"{other}/exports/{item['id']}", status=404)
    assert [each["id"] for each in api.get(f"{one}/exports")["items"]] == [5, 4, 3, 2, 1]
    api.ask("DELETE", where, status=204)
    assert api.get(where)["status"] == "deleted"
    api.get(done["file"], status=404)
    assert list(folder.iterdir()) == []
    assert api.post("/campaigns/999/exports", {}, status=404)


def test_the_audit_trail_and_the_do_not_call_list_are_files_too_and_each_has_its_readers(
    each_api: Api,
) -> None:
    operator, compliance, admin = (each_api.as_(role) for role in ("operator", "compliance", "admin"))
    for n in range(3):
        operator.post("/do-not-call", {"phone": f"+4479111200{n:02d}", "reason": 'a, "b"'}, status=201)
    operator.post("/audit/exports", {}, status=403)
    operator.get("/audit/exports", status=403)
    each_api.as_("viewer").ask("POST", "/do-not-call/exports", status=403)
    for wrong in ({"type": "nobody"}, {"since": "2026-02-30"}, {"who": "x" * 300}):
        assert fields_of(compliance.post("/audit/exports", wrong, status=422)) == set(wrong)
    fields_of(compliance.post("/audit/exports", {"until": "9999-12-31"}, status=422))
    assert compliance.get("/audit/exports")["items"] == []

    asked = compliance.ask("POST", "/audit/exports", status=202, json={"type": "do-not-call"})
    trail = asked.headers["Location"]
    listed = operator.ask("POST", "/do-not-call/exports", status=202).headers["Location"]
    assert listed.endswith(f"/do-not-call/exports/{operator.get(listed)['id']}")
    folder = work(each_api)
    work(each_api)

    done = admin.get(trail)
    assert (done["status"], done["search"], done["entries_done"]) == ("completed", {"type": "do-not-call"}, 4)
    entries = [json.loads(line) for line in admin.ask("GET", done["file"], status=200).text.splitlines()]
    # That somebody asks for a file is an entry as well, made before it is written.
    assert [entry["action"] for entry in entries] == ["do-not-call.add"] * 3 + ["do-not-call.export"]
    assert all(entry["seal"] for entry in entries)
    done = compliance.get(listed)
    assert (done["status"], done["entries"], done["entries_done"]) == ("completed", 3, 3)
    whole = compliance.ask("GET", done["file"], status=200)
    assert whole.data == operator.ask("GET", "/do-not-call/export.csv", status=200).data
    assert whole.headers["Content-Disposition"] == "attachment; filename=do-not-call.csv"

    # Neither is found by the other's address, nor by a campaign's.
    name = listed.rpartition("/")[2]
    one = f"/campaigns/{operator.campaign()['id']}"
    for elsewhere in (f"/audit/exports/{name}", f"{one}/exports/{name}"):
        admin.get(elsewhere, status=404)
        admin.ask("DELETE", elsewhere, status=404)
    operator.get(f"{trail}/file", status=403)
    compliance.ask("DELETE", trail, status=204)
    operator.ask("DELETE", listed, status=204)
    assert list(folder.iterdir()) == []


def test_the_file_of_a_list_is_continued_where_its_worker_stopped(
    each_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ENTRIES", 3)
    operator = each_api.as_("operator")
    for n in range(8):
        operator.post("/do-not-call", {"phone": f"+4479111200{n:02d}"}, status=201)
    where = operator.ask("POST", "/do-not-call/exports", status=202).headers["Location"]
    stopping = Event()
    stopping.set()
    with each_api.app.app_context():
        folder = context_of(each_api.app).settings.exports_folder
        run_next_export(db.engine, folder, clock=each_api.clock, days=3, stop=stopping)
    assert (operator.get(where)["status"], operator.get(where)["entries_done"]) == ("queued", 3)
    work(each_api)
    file = operator.get(where)["file"]
    streamed = operator.ask("GET", "/do-not-call/export.csv", status=200).data
    assert operator.ask("GET", file, status=200).data == streamed
    assert streamed.count(b"\r\n") == 9


def test_each_file_that_is_downloaded_is_an_entry_of_its_own(api: Api) -> None:
    operator = api.as_("operator")
    operator.post("/do-not-call", {"phone": "+447911120000"}, status=201)
    files = []
    for _ in range(2):
        where = operator.ask("POST", "/do-not-call/exports", status=202).headers["Location"]
        work(api)
        files.append(operator.get(where)["file"])
    for file in (*files, files[0]):
        operator.ask("GET", file, status=200)
    with api.app.app_context():
        rows = db.session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "do-not-call.download-export")
        ).all()
    assert [row["file"] for row in rows] == [1, 2], "one that is read twice within minutes is one entry"


def test_calls_are_streamed_or_a_file_with_the_columns_and_days_that_are_named(each_api: Api) -> None:
    operator, limited = each_api.as_("operator"), each_api.as_("viewer")
    campaign = operator.campaign()["id"]
    for last in range(3):
        operator.post("/calls", {"to": f"+4479111201{last:02d}", "message": {"text": "Hello"}}, status=201)
    day = f"{each_api.clock.now():%Y-%m-%d}"
    chosen = {"columns": ["to", "status"], "status": "open", "since": day, "until": day}
    query = f"columns=to,status&status=open&since={day}&until={day}"
    streamed = operator.ask("GET", f"/calls/export?{query}", status=200)
    rows = [json.loads(line) for line in streamed.text.splitlines()]
    assert [row["to"][-2:] for row in rows] == ["02", "01", "00"], "the latest first"
    assert [list(row) for row in rows] == [["to", "status"]] * 3
    assert operator.ask("GET", f"/campaigns/{campaign}/calls/export?{query}", status=200).text == ""
    asked = operator.ask("POST", "/calls/exports", status=202, json=chosen)
    work(each_api)
    done = operator.get(asked.headers["Location"])
    assert (done["status"], done["search"], done["calls_done"]) == ("completed", {**chosen, "zone": "UTC"}, 3)
    assert operator.ask("GET", done["file"], status=200).data == streamed.data
    for wrong in (
        {"columns": ["to", "x"]},
        {"status": "bogus"},
        {"zone": "Mars/X"},
        {"since": "2026-02-30"},
        {"since": day, "until": "2020-01-01"},
    ):
        field = list(wrong)[-1]
        (found,) = fields_of(operator.post("/calls/exports", wrong, status=422))
        assert found.startswith(field)
        as_query = "&".join(
            f"{name}={','.join(v) if isinstance(v, list) else v}" for name, v in wrong.items()
        )
        assert fields_of(operator.get(f"/calls/export?{as_query}", status=422)) == {field}
    limited.ask("GET", "/calls/export", status=403)
    operator.ask("DELETE", asked.headers["Location"], status=204)


def test_a_file_of_one_campaigns_calls_is_recorded_with_the_campaign(each_api: Api) -> None:
    operator = each_api.as_("operator")
    campaign = operator.campaign()["id"]
    operator.ask("GET", f"/campaigns/{campaign}/calls/export", status=200)
    asked = operator.ask(
        "POST", "/calls/exports", status=202, json={"campaign_id": campaign, "search": "5550"}
    )
    assert operator.get(asked.headers["Location"])["search"] == {"campaign_id": campaign, "search": "5550"}
    operator.ask("DELETE", asked.headers["Location"], status=204)
    with each_api.app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action.like("%export")).order_by(AuditEntry.id)
        ).all()
        found = [(entry.action, entry.object_id, entry.detail.get("searched")) for entry in entries]
    assert found == [
        ("campaign.export", str(campaign), None),
        ("campaign.export", str(campaign), True),
        ("campaign.delete-export", str(campaign), None),
    ]
