"""The main job, as a person does it: upload a real list in the browser, start, watch, export."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaign_app.web.status_words import describe_status
from tests.e2e.dialing import FAST, Api, Ledger, check_agreement, messy_csv
from tests.support.server import RunningApp, running_app

LIMIT = 50
PASSWORD = "correct horse battery staple"


def sign_in(page: Page, app: RunningApp) -> None:
    app.must("admin", "create", "ada@example.org", "--password-stdin", stdin=f"{PASSWORD}\n")
    page.goto(f"{app.base_url}/login")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*login)"))


def legend(page: Page, heading: str) -> dict[str, int]:
    """The numbers beside a bar of the live page: {"Completed": 1234}."""
    block = page.locator(".bars > div").filter(has=page.get_by_role("heading", name=heading))
    counts = {}
    for item in block.locator("li:not(.muted)").all():
        words = item.inner_text().replace(",", "").split()
        counts[" ".join(words[:-1])] = int(words[-1])
    return counts


@pytest.mark.e2e
@pytest.mark.xdist_group("campaigns")
@pytest.mark.timeout(300)  # 20 s of work for two processors, which may have other work
def test_two_thousand_real_numbers_are_uploaded_dialed_watched_and_exported(
    page: Page, tmp_path: Path
) -> None:
    job = messy_csv(2_100)
    assert len(job.phones) >= 2_000
    file = tmp_path / "Contacts d’été.csv"
    file.write_bytes(job.content)
    with running_app(tmp_path / "instance", FAST) as app, Api(app) as api:
        campaign_id = api.campaign(max_concurrent_calls=LIMIT)
        sign_in(page, app)

        page.goto(f"{app.base_url}/campaigns/{campaign_id}")
        page.get_by_label("A file").set_input_files(file)
        page.get_by_role("button", name="Upload and check").click()
        page.wait_for_url(re.compile(r"/imports/\d+$"))
        page.get_by_role("button", name=f"Add {len(job.phones):,} people").click()
        import_id = int(page.url.rsplit("/", 1)[1])
        good = f"{len(job.phones):,} of {job.rows:,} rows added"
        expect(page.get_by_role("heading", name=good)).to_be_visible()
        item = api.get(f"/imports/{import_id}")
        assert (item["status"], item["total"]) == ("completed", job.rows)
        assert (item["accepted"], item["repeated_in_file"], item["rejected"]) == (
            len(job.phones),
            job.repeated,
            job.rejected,
        )

        page.get_by_role("link", name="Open campaign").click()
        page.get_by_role("link", name="Start…").click()
        page.get_by_label("Everyone").check()
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#live .badge").first).to_have_text(re.compile("running", re.I))
        # No reload from here on: the page follows by itself.
        page.evaluate("window.untouched = true")
        expect(page.locator("#live .badge").first).to_have_text(
            re.compile("completed", re.I), timeout=200_000
        )
        assert page.evaluate("window.untouched") is True

        stats = api.get(f"/campaigns/{campaign_id}/stats")
        contacts = api.export(campaign_id)
        ledger = Ledger.read(app.ledger)
        assert {contact["phone"] for contact in contacts} == job.phones
        check_agreement(contacts, stats, ledger, LIMIT)
        # The run was a real one: it used its lines, and met every kind of outcome.
        assert stats["peak_concurrent_calls"] > LIMIT // 2
        assert {"completed", "busy", "no-answer", "failed"} <= {k for k, n in stats["attempts"].items() if n}

        assert legend(page, "Contacts") == {
            describe_status(key): n for key, n in stats["contacts"].items() if n and key != "total"
        }
        answered = stats["answered_by"]
        split = {
            "Answered by a person": answered["human"],
            "Answered by a machine": answered["machine"] + answered["fax"],
            "Answered, nobody knows by whom": answered["unknown"],
        }
        assert sum(split.values()) == stats["attempts"]["completed"]
        others = {
            describe_status(key): n
            for key, n in stats["attempts"].items()
            if key not in ("completed", "released")
        }
        shown = {words: n for words, n in {**split, **others}.items() if n}
        assert legend(page, "Calls, by outcome") == shown
        expect(page.locator("dl.counters dd").first).to_contain_text(f"{len(contacts):,}")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV", exact=True).click()
        exported = download.value.path().read_text(encoding="utf-8")
        attempts = sum(max(len(contact["attempts"]), 1) for contact in contacts)
        assert len(exported.splitlines()) == attempts + 1

        assert app.flask("check").returncode == 0
        assert app.terminate() == 0
