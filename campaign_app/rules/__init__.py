"""Rules that Switchboard ships with: the packs of countries and states, a TOML file each, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import NamedTuple

from campaign_app.domain.pack_files import parse_pack
from campaign_app.domain.packs import DEFAULT_PACK, Pack, register_pack


class ShippedPack(NamedTuple):
    """A pack and the text of its file."""

    pack: Pack
    text: str


@cache
def load_shipped_packs() -> tuple[ShippedPack, ...]:
    """All of them by name, the installation's default first; they are on the shelf afterwards."""
    found: list[ShippedPack] = []
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".toml"):
            text = file.read_text(encoding="utf-8")
            pack = parse_pack(text)
            register_pack(pack)
            found.append(ShippedPack(pack, text))
    return tuple(sorted(found, key=lambda each: (each.pack.name != DEFAULT_PACK, each.pack.name)))
