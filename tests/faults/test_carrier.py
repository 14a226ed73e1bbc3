"""The carrier is as bad as it says, and keeps honest books."""

from __future__ import annotations

from collections import Counter

import pytest

from campaign_app.domain.attempt import OUTCOMES
from campaign_app.domain.script import script_from_text
from campaign_app.providers.base import (
    DialRequest,
    InDoubt,
    PlacedCall,
    ProviderThrottled,
    ProviderUnavailable,
)
from tests.faults import checker
from tests.faults.carrier import NEVER_PLACED, PLACE_FAULTS
from tests.faults.conftest import MakeWorld
from tests.faults.provider import CarrierProvider
from tests.faults.rig import Rig
from tests.support.waiting import wait_until

DIAL = DialRequest("a" * 32, "+12125550100", None, script_from_text("Hello"))
ANSWERS = {"throttled": ProviderThrottled, "early": PlacedCall}


def provider_of(rig: Rig) -> CarrierProvider:
    return CarrierProvider(rig.carrier.port, "carrier", timeout=0.5, horizon=60.0)


@pytest.mark.parametrize("fault", PLACE_FAULTS)
def test_a_fault_of_placing_is_what_the_engine_hears_of_it(make_world: MakeWorld, fault: str) -> None:
    with make_world("sqlite").rig(rates={fault: 1.0}) as rig:
        provider = provider_of(rig)
        try:
            heard: object = provider.place(DIAL)
        except Exception as error:
            heard = error
        assert isinstance(heard, ANSWERS.get(fault, InDoubt))
        events = [line["event"] for line in checker.read_ledger(rig.ledger)]
        assert events.count("asked") == 1
        assert events.count("placed") == (fault not in NEVER_PLACED)
        provider.close()


def test_a_call_lives_to_its_end_also_through_a_restart_of_the_carrier(make_world: MakeWorld) -> None:
    with make_world("sqlite").rig(scale=5.0) as rig:
        provider = provider_of(rig)
        provider.place(DIAL)
        rig.restart_carrier()
        wait_until(lambda: checker.live_now(rig.ledger) == 0, "the call to end")
        told = [news.status.value for news in provider.lookup(DIAL.token, None)]
        assert told[0] == "queued"
        assert told[-1] == checker.read_ledger(rig.ledger)[-1]["outcome"]
        provider.close()


def test_a_token_that_comes_twice_is_dialed_twice_and_counted(make_world: MakeWorld) -> None:
    with make_world("sqlite").rig() as rig:
        provider = provider_of(rig)
        provider.place(DIAL)
        provider.place(DIAL)
        stats = rig.carrier.stats()
        assert (stats["second_tokens"], stats["second_numbers"], stats["peak"]) == (1, 1, {"carrier": 2})
        provider.close()


def test_callbacks_arrive_missing_repeated_or_not_at_all(make_world: MakeWorld) -> None:
    with make_world("sqlite").rig(rates={"duplicated": 1.0}, scale=50.0) as rig:
        provider = provider_of(rig)
        wait_until(lambda: provider.listening, "the provider to listen")
        provider.place(DIAL)
        heard: Counter[str] = Counter()

        def all_twice() -> bool:
            heard.update(news.status.value for news in provider.events())
            return bool({status for status in heard if status in OUTCOMES}) and min(heard.values()) >= 2

        wait_until(all_twice, "every callback a second time")
        provider.close()
    with make_world("sqlite").rig(rates={"missing": 1.0}, scale=50.0) as rig:
        provider = provider_of(rig)
        provider.place(DIAL)
        wait_until(lambda: checker.live_now(rig.ledger) == 0, "the call to end")
        assert provider.events() == []
        assert provider.lookup(DIAL.token, None)[-1].status.value != "queued"
        provider.close()


def test_nobody_there_is_certainly_not_placed(make_world: MakeWorld) -> None:
    with make_world("sqlite").rig() as rig:
        provider = provider_of(rig)
        rig.stop_carrier()
        with pytest.raises(ProviderUnavailable):
            provider.place(DIAL)
        rig.restart_carrier()
        assert isinstance(provider.place(DIAL), PlacedCall)
        provider.close()
