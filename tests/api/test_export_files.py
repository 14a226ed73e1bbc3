"""Files of exports over the API: asked for, followed, downloaded whole or in part, deleted; and who may."""

from __future__ import annotations

from pathlib import Path

from campaign_app.app_context import context_of
from campaign_app.engine.exports import run_next_export
from campaign_app.extensions import db
from tests.api.asking import Api


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
