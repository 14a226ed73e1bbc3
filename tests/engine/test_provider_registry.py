"""The adapters of one process: made once, made anew when an account changes, closed when a trunk goes."""

from __future__ import annotations

from campaign_app.engine.provider_registry import ProviderRegistry
from campaign_app.models import Trunk
from campaign_app.providers.base import Provider
from tests.engine.fakes import ScriptedProvider
from tests.support.clock import FakeClock


class ClosableProvider(ScriptedProvider):
    closed = False

    def close(self) -> None:
        self.closed = True


class Rig:
    """A registry, and what it told its engine."""

    def __init__(self) -> None:
        self.made: list[Provider] = []
        self.dropped: list[int] = []
        self.registry = ProviderRegistry(
            lambda trunk: ClosableProvider(FakeClock()),
            on_made=self.made.append,
            on_dropped=self.dropped.append,
        )


def make_trunk(trunk_id: int = 1, **fields: object) -> Trunk:
    return Trunk(**{"id": trunk_id, "provider": "simulator", "settings": {"a": 1}, "secret": None, **fields})


def test_an_adapter_is_made_once_and_connected_with_its_engine() -> None:
    rig = Rig()
    provider = rig.registry.get_provider(make_trunk())
    assert rig.registry.get_provider(make_trunk()) is provider
    assert rig.made == [provider]
    assert rig.registry.list_providers() == [(1, provider)]
    assert rig.dropped == []


def test_a_changed_account_closes_the_adapter_and_makes_a_new_one() -> None:
    for change in ({"provider": "other"}, {"settings": {"a": 2}}, {"secret": "sealed"}):
        rig = Rig()
        old = rig.registry.get_provider(make_trunk())
        new = rig.registry.get_provider(make_trunk(**change))
        assert new is not old
        assert isinstance(old, ClosableProvider)
        assert old.closed
        assert rig.dropped == [1]
        assert rig.registry.list_providers() == [(1, new)]


def test_what_is_no_part_of_the_account_keeps_the_adapter() -> None:
    rig = Rig()
    provider = rig.registry.get_provider(make_trunk(name="before"))
    assert rig.registry.get_provider(make_trunk(name="after", max_concurrent_calls=3)) is provider


def test_a_removed_trunks_adapter_is_closed_once_and_made_again_when_it_returns() -> None:
    rig = Rig()
    old = rig.registry.get_provider(make_trunk())
    other = rig.registry.get_provider(make_trunk(2))
    rig.registry.drop_provider(1)
    assert rig.dropped == [1]
    assert isinstance(old, ClosableProvider)
    assert old.closed
    assert rig.registry.list_providers() == [(2, other)]
    assert rig.registry.get_provider(make_trunk()) is not old


def test_closing_closes_every_adapter() -> None:
    rig = Rig()
    providers = [rig.registry.get_provider(make_trunk(number)) for number in (1, 2)]
    rig.registry.close()
    assert [isinstance(provider, ClosableProvider) and provider.closed for provider in providers] == [
        True,
        True,
    ]
