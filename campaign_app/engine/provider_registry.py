"""Provider registry: one adapter per trunk, made when first asked for, and made anew when its account was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from campaign_app.models import Trunk, dump_json
from campaign_app.providers.base import Provider


class _Account(NamedTuple):
    """What an adapter is made of: where it changes, the adapter does."""

    provider: str
    settings: str
    secret: str | None


class ProviderRegistry:
    """The adapters of one process. Threads that share it take turns (`CallWorker`)."""

    def __init__(
        self,
        make_provider: Callable[[Trunk], Provider],
        *,
        on_made: Callable[[Provider], None],
        on_dropped: Callable[[int], None],
    ) -> None:
        """`on_made` connects a new adapter with its engine; `on_dropped` gets the id of a trunk whose adapter goes."""
        self._make_provider = make_provider
        self._on_made = on_made
        self._on_dropped = on_dropped
        self._providers: dict[int, Provider] = {}
        self._accounts: dict[int, _Account] = {}

    def get_provider(self, trunk: Trunk) -> Provider:
        """The adapter of a trunk. Where its account was changed meanwhile the old one is closed, and its calls go on
        with the new one."""
        account = _Account(trunk.provider, dump_json(trunk.settings), trunk.secret)
        if self._accounts.get(trunk.id, account) != account:
            self.drop_provider(trunk.id)
        provider = self._providers.get(trunk.id)
        if provider is None:
            provider = self._providers[trunk.id] = self._make_provider(trunk)
            self._accounts[trunk.id] = account
            self._on_made(provider)
        return provider

    def list_providers(self) -> list[tuple[int, Provider]]:
        """(trunk id, adapter), of the trunks that have one by now."""
        return list(self._providers.items())

    def drop_provider(self, trunk_id: int) -> None:
        """Close the adapter of a trunk that another engine works on, or that is gone. It is made anew when asked for
        again."""
        self._accounts.pop(trunk_id, None)
        self._on_dropped(trunk_id)
        provider = self._providers.pop(trunk_id, None)
        if provider is not None:
            provider.close()

    def close(self) -> None:
        for provider in self._providers.values():
            provider.close()
