"""The recordings page and the preview of a text, through Flask's test client and in a browser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from campaign_app.models import Role
from tests.support.axe import list_violations
from tests.support.browser import Pages
from tests.support.server import RunningApp, running_app
from tests.support.sounds import make, need_tools
from tests.web.pages_support import PAYLOADS, make_campaign
from tests.web.people_support import PASSWORD, Site, Visitor, squeeze


def upload(visitor: Visitor, content: bytes, filename: str = "welcome.wav", **form: Any) -> Any:
    data = {"file": (io.BytesIO(content), filename), **form}
    return visitor.post("/recordings", data, content_type="multipart/form-data")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make(tmp_path_factory.mktemp("sound") / "a.mp3").read_bytes()


def test_a_recording_is_uploaded_heard_renamed_and_deleted(site: Site, sound: bytes) -> None:
    operator = site.visitor(Role.OPERATOR)
    assert "No recordings yet" in operator.get("/recordings").text
    assert upload(operator, sound, "welcome.mp3").status_code == 303
    page = squeeze(operator.get("/recordings").text)
    assert "Added welcome." in page
    assert '<audio controls preload="none" src="/recordings/1/audio"' in page
    part = operator.get("/recordings/1/audio", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.mimetype, part.data) == (206, "audio/wav", b"RIFF")
    assert operator.post("/recordings/1/rename", {"name": "Greeting"}).status_code == 303
    assert "Delete Greeting?" in operator.get("/recordings?q=greet").text
    assert operator.post("/recordings/1/delete").status_code == 303
    assert "Deleted Greeting" in operator.get("/recordings").text
    assert operator.get("/recordings/1/audio").status_code == 404
    trail = [action for _, action in site.trail() if action.startswith("recording.")]
    assert trail == ["recording.add", "recording.rename", "recording.delete"]


def test_a_refused_recording_is_explained_beside_the_field_and_its_name_stays(
    site: Site, sound: bytes
) -> None:
    operator = site.visitor(Role.OPERATOR)
    refused = upload(operator, b"no sound at all", "a.mp3", name="Greeting")
    assert refused.status_code == 422
    assert "a recording is a WAV, MP3 or OGG file." in refused.text
    assert 'value="Greeting"' in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert operator.post("/recordings", {"name": "x"}).status_code == 422
    assert upload(operator, sound, name="x" * 201).status_code == 422
    assert upload(operator, sound).status_code == 303
    again = upload(operator, sound)
    assert (again.status_code, "is there already as “welcome”" in again.text) == (409, True)


def test_deleting_one_in_use_names_the_campaign(site: Site, sound: bytes) -> None:
    operator = site.visitor(Role.OPERATOR)
    upload(operator, sound)
    token = {"Authorization": f"Bearer {site.token(Role.VIEWER)}"}
    sha256 = operator.client.get("/api/v1/recordings/1", headers=token).get_json()["sha256"]
    make_campaign(site, numbers=0, name="Flood", message={"recording": sha256})
    refused = operator.post("/recordings/1/delete")
    assert refused.status_code == 409
    assert "campaign 1 “Flood” (draft)" in refused.text
    assert "welcome" in operator.get("/recordings").text


def test_names_are_shown_as_the_text_they_are(site: Site, sound: bytes) -> None:
    operator = site.visitor(Role.OPERATOR)
    upload(operator, sound)
    for name in PAYLOADS:
        operator.post("/recordings/1/rename", {"name": name})
        page = operator.get("/recordings").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in re.sub(r"<[^>]*>", "", page) or "{{7*7}}" not in name


def test_viewers_listen_only(site: Site, sound: bytes) -> None:
    upload(site.visitor(Role.OPERATOR), sound)
    viewer = site.visitor(Role.VIEWER)
    page = viewer.get("/recordings").text
    assert "Add a recording" not in page
    assert "Delete" not in page
    assert viewer.get("/recordings/1/audio").status_code == 200
    assert upload(viewer, sound).status_code == 403
    assert viewer.post("/recordings/1/delete").status_code == 403
    assert viewer.post("/speech/preview", {"text": "Hello"}).status_code == 403


def test_a_text_is_heard_as_a_callee_will_hear_it(site: Site) -> None:
    need_tools()
    operator = site.visitor(Role.OPERATOR)
    heard = operator.post("/speech/preview", {"text": "Hello", "language": "en-GB"})
    assert (heard.status_code, heard.mimetype, heard.data[:4]) == (200, "audio/wav", b"RIFF")
    player = operator.post(
        "/speech/preview", {"text": "Hello", "language": "en-GB"}, headers={"HX-Request": "true"}
    ).text
    found = re.search(r'src="(/speech/[0-9a-f]{64}\.wav)"', player)
    assert found is not None
    assert operator.get(found[1]).data == heard.data
    assert operator.get(f"/speech/{'0' * 64}.wav").status_code == 404
    assert operator.get("/speech/..%2Fx.wav").status_code == 404


@pytest.mark.parametrize(
    "form,status,told",
    [
        ({"text": "  "}, 422, "empty"),
        ({"text": "x" * 1001}, 422, "1,000 characters"),
        ({"text": "Hello", "voice": "--help"}, 422, "neither a voice"),
        ({"text": "Hello", "voice": "Polly.Joanna"}, 422, "does not exist"),
    ],
)
def test_a_preview_that_cannot_be_made_says_why(
    site: Site, form: dict[str, str], status: int, told: str
) -> None:
    need_tools()
    refused = site.visitor(Role.OPERATOR).post("/speech/preview", form)
    assert (refused.status_code, told in refused.text) == (status, True)


def test_previews_are_limited(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    answers = [operator.post("/speech/preview", {"text": " "}) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [422] * 30 + [429]
    wait = int(answers[-1].headers["Retry-After"])
    assert re.search(rf"too often; try again in {wait} seconds?\.", answers[-1].text)


def test_without_the_programs_the_page_says_what_to_install(
    site: Site, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = site.visitor(Role.OPERATOR)
    monkeypatch.setenv("PATH", "/nonexistent")
    refused = upload(operator, sound)
    assert (refused.status_code, "apt-get install ffmpeg" in refused.text) == (503, True)
    silent = operator.post("/speech/preview", {"text": "Hello"})
    assert (silent.status_code, "apt-get install espeak-ng" in silent.text) == (503, True)
    assert operator.get("/campaigns").status_code == 200


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("board")) as app:
        app.command("admin", "create", "ann@example.org", "--password-stdin", stdin=PASSWORD)
        yield app


@pytest.mark.e2e
@pytest.mark.xdist_group("recordings")
def test_in_a_browser_a_file_is_chosen_played_and_deleted(
    board: RunningApp, pages: Pages, sound: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "welcome.mp3"
    file.write_bytes(sound)
    page = pages.new(base_url=board.base_url)
    page.goto("/login")
    page.get_by_label("Email").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/recordings")
    page.get_by_label("A WAV, MP3 or OGG file").set_input_files(file)
    page.get_by_role("button", name="Add recording").click()
    expect(page.get_by_role("status").filter(has_text="Added welcome")).to_be_visible()
    # The content security policy lets it load, and it is a sound.
    play = "async audio => { audio.muted = true; await audio.play(); return audio.duration; }"
    assert page.locator("audio").evaluate(play) == pytest.approx(2, abs=0.2)
    state = page.context.storage_state()
    for width, scheme in ((1280, "light"), (390, "dark")):
        seen = pages.new(
            base_url=board.base_url,
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
            storage_state=state,
        )
        seen.goto("/recordings")
        assert list_violations(seen) == [], (width, scheme)
        assert seen.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Delete welcome").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete welcome?")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No recordings yet.")).to_be_visible()
