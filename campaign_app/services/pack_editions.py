"""Pack editions: which rules of countries are in use, and their texts of now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaign_app.domain.packs import NO_PACKS, Pack, PackEdition
from campaign_app.models import PackEditionRow, PackRow
from campaign_app.queries.packs import shelve_packs
from campaign_app.rules import load_shipped_packs

SHIPPED, OWN = "shipped", "own"
EDITION = "pack edition"
"""Its key in Session.info."""
SYSTEM = "system"
"""Who did what nobody asked for."""


class Switch(NamedTuple):
    """A rule that somebody switched on or off."""

    rule: str
    on: bool
    by: str
    at: str
    """RFC 3339."""
    reason: str


class PresentPacks(NamedTuple):
    """What is in use, with who decided it."""

    keys: tuple[tuple[str, str], ...]
    """(`name@version`, SHIPPED or OWN), in order."""
    switches: tuple[Switch, ...]

    @property
    def edition(self) -> PackEdition:
        return PackEdition(
            tuple(key for key, _ in self.keys),
            tuple(sorted(each.rule for each in self.switches if not each.on)),
            tuple(sorted(each.rule for each in self.switches if each.on)),
        )


def load_present_packs(session: Session) -> PresentPacks:
    """What is in use now; before anybody has looked (a new database), what Switchboard ships with."""
    row = session.scalar(select(PackEditionRow).order_by(PackEditionRow.id.desc()).limit(1))
    if row is None:
        return PresentPacks(tuple((each.pack.key, SHIPPED) for each in load_shipped_packs()), ())
    return PresentPacks(
        tuple((each["key"], each["origin"]) for each in row.packs),
        tuple(Switch(**each) for each in row.switches),
    )


def load_edition(session: Session) -> PackEdition:
    """The rules of countries in use now, on the shelf; read once in a transaction, since a page asks for each campaign.
    Raises LookupError where a pack cannot be found or read."""
    read_in, known = session.info.get(EDITION, (None, NO_PACKS))
    if read_in is not None and read_in is session.get_transaction():
        return PackEdition(*known)
    edition = load_present_packs(session).edition
    shelve_packs(session.connection(), edition.packs)
    session.info[EDITION] = session.get_transaction(), edition
    return edition


def forget_edition(session: Session) -> None:
    """What was read in this transaction holds no more: it has changed it itself."""
    session.info.pop(EDITION, None)


def keep_shipped_texts(session: Session, keys: Sequence[str], now: datetime) -> None:
    """The texts of those packs that Switchboard ships with: the next version may have others, and past calls are
    explained by these."""
    if not keys:
        return
    keep_texts(
        session,
        [(pack, text) for pack, text in load_shipped_packs() if pack.key in keys],
        SYSTEM,
        now,
    )


def keep_texts(session: Session, packs: Sequence[tuple[Pack, str]], actor: str, now: datetime) -> None:
    """These versions of packs, each in its own words; of those that are kept already nothing changes."""
    kept = {f"{row.name}@{row.version}" for row in session.execute(select(PackRow.name, PackRow.version))}
    rows = [
        {"name": pack.name, "version": pack.version, "text": text, "added_at": now, "added_by": actor}
        for pack, text in packs
        if pack.key not in kept
    ]
    if rows:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        # Somebody may keep the same at this moment.
        session.execute(insert(PackRow).on_conflict_do_nothing(index_elements=["name", "version"]), rows)
