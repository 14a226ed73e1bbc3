"""Pack queries: the texts of rules of countries, of now and then, onto the shelf from which rulebooks take them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.pack_files import parse_pack
from campaign_app.domain.packs import is_registered, register_pack
from campaign_app.domain.rulebook import Rulebook
from campaign_app.rules import load_shipped_packs

from .sets import run


def shelve_packs(connection: Connection, keys: Iterable[str]) -> None:
    """Put packs on the shelf, from the files or the database. Raises LookupError."""
    load_shipped_packs()
    for key in keys:
        if is_registered(key):
            continue
        name, _, version = key.partition("@")
        text = run(
            connection,
            "SELECT text FROM packs WHERE name = :name AND version = :version",
            {"name": name, "version": version},
        ).scalar_one_or_none()
        if text is None:
            raise LookupError(f"the rules {key} are not known here")
        try:
            pack = parse_pack(text)
        except InvalidInput as error:
            raise LookupError(f"the rules {key} cannot be read: {error}") from None
        if pack.key != key:
            raise LookupError(f"the rules {key} were changed by hand: they are {pack.key} now")
        register_pack(pack)


def shelve_rulebook(connection: Connection, rulebook: Rulebook) -> Rulebook:
    """The same rulebook, its packs on the shelf. Raises LookupError."""
    shelve_packs(connection, rulebook.packs)
    return rulebook
