"""Whole campaigns over a real Asterisk: the limit holds, and nothing rings twice whatever is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.providers.asterisk.campaigns import Shop, Watcher, phones, shop
from tests.providers.asterisk.loopback import Desk, Line
from tests.support.scrape import parse
from tests.support.waiting import wait_until

# Starting everything counts for the first test, and takes its time on a busy machine.
pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.xdist_group("asterisk"),
    pytest.mark.e2e,
    pytest.mark.timeout(300),
]

LIMIT = 40


@pytest.fixture(scope="module")
def open_shop(parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One product, one Asterisk and one SIPp for all of this file: starting them costs more than a campaign."""
    with shop(tmp_path_factory.mktemp("shop"), hold=60.0) as opened:
        yield opened


def answers(opened: Shop, numbers: list[str]) -> int:
    wanted = {number.lstrip("+") for number in numbers}
    return sum(1 for line in opened.callees.ledger() if line.what == "answer" and line.number in wanted)


def ticks(opened: Shop) -> float:
    """Of the engine that runs now: those before it are not told any more."""
    told = httpx.get(f"{opened.app.base_url}/metrics", trust_env=False).raise_for_status().text
    return max(parse(told).samples.get("switchboard_tick_seconds_count", {}).values(), default=0)


def test_300_calls_at_a_limit_of_40_never_have_41_channels(open_shop: Shop) -> None:
    numbers = phones(200) + phones(40, "486", 200) + phones(30, "841", 240) + phones(30, "404", 270)
    with Watcher(open_shop.server).running() as watcher:
        campaign = open_shop.campaign(numbers, max_concurrent_calls=LIMIT, message={"text": "Hello."})
        open_shop.api.wait_for(campaign, "completed", timeout=60)
    assert open_shop.outcomes(campaign) == {"completed": 230, "busy": 40, "failed": 30}
    assert watcher.made == 300
    assert LIMIT // 2 < watcher.most <= LIMIT
    assert LIMIT // 2 < open_shop.peak(numbers) <= LIMIT, "the limit was put to the test, and held"


@pytest.mark.parametrize(
    "digits, agent, first",
    [("813", "700842", 5000), ("843", "700001", 5100)],
    ids=["the agent hangs up first", "the callee hangs up first"],
)
def test_transfers_take_their_lines_within_the_limit(
    open_shop: Shop, digits: str, agent: str, first: int
) -> None:
    numbers = phones(10, digits, first)
    menu = {
        "text": "Hello there. " * 4,
        "keys": [{"digit": "3", "action": "transfer", "label": "Somebody", "to": agent}],
    }
    with Watcher(open_shop.server).running() as watcher:
        campaign = open_shop.campaign(numbers, max_concurrent_calls=4, message=menu)
        open_shop.api.wait_for(campaign, "completed", timeout=90)
    assert open_shop.outcomes(campaign) == {"completed": 10}
    heard = [a["disposition"] for c in open_shop.api.export(campaign) for a in c["attempts"]]
    if digits == "813":
        assert heard == ["transferred"] * 10
        assert watcher.made == 20, "each call had another leg"
    else:
        # Whoever waits no longer than three seconds may have hung up before a line came free, or the agent answered.
        assert 0 < heard.count("transferred") <= watcher.made - 10 <= 10
    assert watcher.most == 4
    assert open_shop.api.get(f"/campaigns/{campaign}/stats")["peak_concurrent_calls"] == 4


def test_asterisk_killed_in_mid_campaign_is_found_again_and_nothing_rings_twice(open_shop: Shop) -> None:
    numbers = phones(40, first=1000) + phones(20, "200", 1040)
    campaign = open_shop.campaign(numbers, max_concurrent_calls=20, message={"text": "Hello. " * 4})
    wait_until(lambda: answers(open_shop, numbers) >= 15, "15 answers")
    open_shop.server.kill()
    wait_until(lambda: "cannot be reached" in open_shop.app.output(), "the engine to notice")
    open_shop.server.start()
    open_shop.api.wait_for(campaign, "completed", timeout=60)
    outcomes = open_shop.outcomes(campaign)
    # Which calls it took away is chance; each has an outcome all the same.
    assert set(outcomes) <= {"completed", "failed", "released"}, outcomes
    assert outcomes["completed"] >= 35, outcomes


def test_the_engine_killed_in_mid_call_leaves_the_calls_to_its_successor(open_shop: Shop) -> None:
    numbers = phones(15, first=2000) + phones(5, "200", 2015)
    campaign = open_shop.campaign(numbers, max_concurrent_calls=25, message={"text": "Hello there. " * 6})
    wait_until(lambda: answers(open_shop, numbers) >= 15, "15 answers")
    open_shop.app.kill()
    assert open_shop.server.channels() >= 15, "the calls go on"
    open_shop.app.start()
    open_shop.api.wait_for(campaign, "completed", timeout=60)
    assert open_shop.outcomes(campaign) == {"completed": 20}
    heard = [
        attempt["disposition"]
        for contact in open_shop.api.export(campaign)
        for attempt in contact["attempts"]
        if not contact["phone"].endswith("200")
    ]
    assert heard == ["message-played"] * 15, "the successor let them hear it to the end"


def test_an_operator_who_stops_and_hangs_up_cancels_what_rings(open_shop: Shop) -> None:
    numbers = phones(3, "487", 3000) + phones(2, first=3003)
    campaign = open_shop.campaign(numbers, max_concurrent_calls=5, message={"text": "Hello there. " * 30})
    wait_until(lambda: answers(open_shop, numbers) == 2, "two answers")
    wait_until(lambda: open_shop.server.channels() == 5, "three more that ring")
    open_shop.api.post(f"/campaigns/{campaign}/stop", {"hang_up": True})
    wait_until(lambda: open_shop.server.channels() == 0, "no call to be left")
    wait_until(lambda: open_shop.outcomes(campaign) == {"canceled": 3, "completed": 2}, "outcomes")


def test_an_application_that_somebody_else_took_comes_back_when_the_trunk_is_resumed(
    open_shop: Shop, tmp_path: Path
) -> None:
    api, line = open_shop.api, Line(open_shop.server, open_shop.callees, tmp_path)
    [trunk] = [found for found in api.get("/trunks")["items"] if found["provider"] == "asterisk"]
    at = f"/trunks/{trunk['id']}"
    other = line.provider(app=f"switchboard-{trunk['id']}")
    numbers = phones(2, first=4000)
    try:
        Desk(line, other).connect()
        paused = wait_until(lambda: (told := api.get(at))["state"] == "paused" and told, "the trunk's pause")
        assert "another process has taken over the application switchboard-1" in paused["reason"]
        assert "then resume this trunk to connect again" in paused["reason"]
        campaign = open_shop.campaign(numbers, message={"text": "Hello."})
        [reason] = api.get(f"/campaigns/{campaign}/stats")["blocking_reasons"]
        assert (reason["code"], paused["reason"] in reason["detail"]) == ("trunk-paused", True)
        open_shop.app.restart()
        wait_until(lambda: ticks(open_shop) >= 5, "ticks of the new engine")
        assert (api.get(at)["state"], other.ready()) == ("paused", None), (
            "started anew, it takes nothing back"
        )
        assert [line.rang(number) for number in numbers] == [0, 0]
        api.post(f"{at}/pause")
        api.post(f"{at}/resume")
        api.wait_for(campaign, "completed", timeout=60)
        assert open_shop.outcomes(campaign) == {"completed": 2}
        assert other.suspension_reason() is not None, "it does not fight back"
    finally:
        other.close()


def test_after_all_of_it_the_promises_hold(open_shop: Shop) -> None:
    checked = open_shop.app.flask("check")
    assert checked.returncode == 0, checked.stdout
