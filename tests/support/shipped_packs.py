"""Another version of Switchboard: packs that ship with other words, and a process that knows only those."""

from __future__ import annotations

import pytest

from campaign_app.domain import packs
from campaign_app.domain.pack_files import parse_pack
from campaign_app.queries import packs as pack_queries
from campaign_app.rules import ShippedPack, load_shipped_packs
from campaign_app.services import pack_editions, rule_packs


def ship(monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str) -> str:
    """From now on the pack `name` ships with `new` in place of `old`, and no other text is on the shelf. Returns its
    key, `name@version`."""
    shipped, key = [], ""
    for pack, text in load_shipped_packs():
        words = text.replace(old, new) if pack.name == name else text
        assert (words != text) is (pack.name == name)
        shipped.append(ShippedPack(parse_pack(words), words))
        key = shipped[-1].pack.key if pack.name == name else key
    for module in (rule_packs, pack_editions, pack_queries):
        monkeypatch.setattr(module, "load_shipped_packs", lambda: tuple(shipped))
    monkeypatch.setattr(packs, "_shelf", {each.pack.key: each.pack for each in shipped})
    for cache in (packs._list_rules, packs._find_rules, packs._measure_periods):
        cache.cache_clear()
    return key
