"""A disk that is full, for real: nothing is dialed or kept, every page and probe says so, and it goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.dialing import FAST, Api
from tests.support.server import running_app
from tests.support.small_disk import fill_disk, small_disk
from tests.support.waiting import wait_until


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 16) as folder:
        yield folder


@pytest.mark.e2e
def test_a_full_disk_stops_dialing_and_uploads_with_words_and_all_goes_on_when_there_is_room(
    disk: Path,
) -> None:
    with running_app(disk, FAST | {"SWITCHBOARD_LOG_CALLS": "1"}) as app, Api(app) as api:

        def probe() -> httpx.Response:
            return httpx.get(f"{app.base_url}/readyz", timeout=60, trust_env=False)

        def upload() -> httpx.Response:
            return httpx.post(
                f"{app.base_url}/api/v1/campaigns/{campaign_id}/imports",
                headers={"Authorization": f"Bearer {token}"},
                files={"file": ("numbers.csv", b"phone\n" + b"+12125550199\n" * 20_000)},
                timeout=60,
                trust_env=False,
            )

        token = app.command("token", "create", "uploader", "--role", "operator")
        for path in ("/health", "/health/_live"):
            httpx.get(f"{app.base_url}{path}", timeout=60, trust_env=False)
        campaign_id = api.campaign(max_concurrent_calls=5)
        wait_until(lambda: probe().status_code == 200, "the engine to tick")
        ballast = fill_disk(disk)
        answer = probe()
        assert (answer.status_code, answer.json()["disk"]) == (503, "full")
        assert f"the disk of {disk} is full: make room" in answer.json()["because"]
        refused = upload()
        assert (refused.status_code, refused.json()["status"]) == (507, 507)
        assert "disk is full" in refused.json()["detail"]
        assert not list((disk / "uploads").glob("*"))
        ballast.unlink()
        wait_until(lambda: probe().status_code == 200, "it to go on by itself", timeout=40)
        assert upload().status_code == 202
        api.post(f"/campaigns/{campaign_id}/contacts", [{"phone": "+12125550100"}])
        api.post(f"/campaigns/{campaign_id}/start")
        wait_until(lambda: "[switchboard.calls] attempt=" in app.output(), "a line of the call", timeout=40)
        assert "+12125550100" not in app.output()
        assert "path=/health " in app.output()
        assert "/health/_live" not in app.output(), "pages that refresh themselves drown the rest"
