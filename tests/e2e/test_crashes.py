"""The same job while the process is killed again and again: nothing lost, nothing dialed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.dialing import FAST, Api, Ledger, check_agreement, messy_csv, placed_so_far
from tests.support.server import running_app
from tests.support.waiting import wait_until

KILLS = 5


@pytest.mark.e2e
@pytest.mark.xdist_group("campaigns")
@pytest.mark.timeout(300)  # 20 s of work for two processors, which may have other work
def test_killed_five_times_on_the_way_nothing_is_lost_and_nothing_dialed_twice(tmp_path: Path) -> None:
    job = messy_csv(1_200)
    with running_app(tmp_path, FAST) as app, Api(app) as api:
        campaign_id = api.campaign(max_concurrent_calls=40)
        import_id = api.upload(campaign_id, job)
        # The first blow falls while the file is being read.
        app.restart(kill=True)
        item = api.imported(import_id)
        assert (item["status"], item["accepted"]) == ("completed", len(job.phones))
        assert item["total"] == job.rows
        api.post(f"/campaigns/{campaign_id}/start")
        for blow in range(1, KILLS):
            wanted = blow * len(job.phones) // KILLS
            wait_until(
                lambda wanted=wanted: placed_so_far(app.ledger) >= wanted,
                f"{wanted} calls",
                timeout=60,
                every=0.01,
            )
            app.restart(kill=True)
        api.wait_for(campaign_id, "completed", timeout=200)

        stats = api.get(f"/campaigns/{campaign_id}/stats")
        contacts = api.export(campaign_id)
        assert {contact["phone"] for contact in contacts} == job.phones
        check_agreement(contacts, stats, Ledger.read(app.ledger), 40)
        checked = app.flask("check")
        assert checked.returncode == 0, checked.stdout
