"""Recordings over REST, through the real converter where an upload is taken."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.api.asking import Api, fields_of
from tests.api.recorded import add_recording, silence
from tests.support.sounds import make, need_tools


def upload(api: Api, content: bytes, filename: str = "welcome.mp3", status: int = 201, **fields: Any) -> Any:
    data = {"file": (io.BytesIO(content), filename), **fields}
    answer = api.ask("POST", "/recordings", status=status, data=data, content_type="multipart/form-data")
    return answer.get_json()


def test_a_recording_from_upload_to_deletion(api: Api, tmp_path: Path) -> None:
    content = make(tmp_path / "a.ogg").read_bytes()
    made = upload(api, content, "welcome.ogg")
    assert (made["name"], made["warnings"]) == ("welcome", [])
    assert made["created_by"] == "token:operator"
    here = f"/recordings/{made['id']}"
    assert api.get("/recordings")["items"] == [api.get(here)]
    assert upload(api, content, status=409, name="again")["type"].endswith(":conflict")
    renamed = api.ask("PATCH", here, status=200, json={"name": "Greeting"}).get_json()
    assert (
        api.get(here) == renamed == {**{k: v for k, v in made.items() if k != "warnings"}, "name": "Greeting"}
    )
    heard = api.ask("GET", f"{here}/audio", status=200)
    assert (heard.mimetype, heard.content_length) == ("audio/wav", made["bytes"])
    assert heard.data[:4] == b"RIFF"
    api.ask("DELETE", here, status=204)
    api.get(here, status=404)
    api.get(f"{here}/audio", status=404)


def test_a_recording_in_use_is_not_deleted(api: Api) -> None:
    recording_id = add_recording(api)
    campaign = api.campaign(name="Flood", message={"recording": "a" * 64})
    assert campaign["message"] == {"text": "", "recording": "a" * 64}
    problem = api.ask("DELETE", f"/recordings/{recording_id}", status=409).get_json()
    assert f"campaign {campaign['id']} “Flood” (draft)" in problem["detail"]
    api.ask("DELETE", f"/campaigns/{campaign['id']}", status=204)
    api.ask("DELETE", f"/recordings/{recording_id}", status=204)
    refused = api.post("/campaigns", {"name": "x", "message": {"recording": "a" * 64}}, status=422)
    assert fields_of(refused) == {"message.recording"}


def test_what_is_no_recording_is_422_on_the_file(api: Api) -> None:
    need_tools()
    playlist = b"#EXTM3U\nhttp://127.0.0.1:1/a.mp3\n"
    for content in (b"", b"text" * 100, playlist, b"RIFF\x24\x00\x00\x00WAVEfmt "):
        assert fields_of(upload(api, content, status=422)) == {"file"}, content[:10]
    assert upload(api, silence().getvalue(), name="quiet")["warnings"]


def test_the_bounds_of_a_request(api: Api) -> None:
    for size in ((20 << 20) + 1, 21 << 20):
        head = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.wav\r\n\r\n"
        body = head + b"RIFF".ljust(size, b"\0") + b"\r\n--b--\r\n"
        kind = "multipart/form-data; boundary=b"
        problem = api.ask("POST", "/recordings", status=413, data=body, content_type=kind).get_json()
        assert "20 MB" in problem["detail"]
    api.ask("POST", "/recordings", status=415, json={"name": "x"})
    nothing = api.ask(
        "POST", "/recordings", status=422, data={"name": "x"}, content_type="multipart/form-data"
    )
    assert fields_of(nothing.get_json()) == {"file"}


def test_without_the_converter_the_answer_says_what_to_install(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    problem = upload(api, silence().getvalue(), status=503)
    assert "apt-get install ffmpeg" in problem["detail"]
    assert api.get("/recordings")["items"] == []


def test_audio_is_sent_in_ranges(api: Api) -> None:
    here = f"/recordings/{add_recording(api)}/audio"
    part = api.ask("GET", here, status=206, headers={"Range": "bytes=0-3"})
    assert (part.data, part.headers["Content-Range"]) == (b"RIFF", "bytes 0-3/16044")
    whole = api.ask("GET", here, status=200)
    api.ask("GET", here, status=304, headers={"If-None-Match": whole.headers["ETag"]})
    api.ask("GET", here, status=416, headers={"Range": "bytes=99999-"})


def test_viewers_listen_and_do_not_change(api: Api) -> None:
    recording_id = add_recording(api)
    viewer = api.as_("viewer")
    assert viewer.get(f"/recordings/{recording_id}")["name"] == "Welcome"
    viewer.ask("GET", f"/recordings/{recording_id}/audio", status=200)
    viewer.ask("DELETE", f"/recordings/{recording_id}", status=403)
    viewer.ask("PATCH", f"/recordings/{recording_id}", status=403, json={"name": "x"})


def test_the_list_is_paged_and_searched(api: Api) -> None:
    for number in range(5):
        add_recording(api, f"{number:064}", f"Take {number}")
    assert [each["name"][-1] for each in api.walk("/recordings", 2)] == list("43210")
    assert [each["name"] for each in api.get("/recordings?search=take%203")["items"]] == ["Take 3"]
    api.get("/recordings?named=x", status=422)
