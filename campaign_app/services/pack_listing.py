"""Pack listing: the packs in use as pages and API show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.errors import NotFound
from campaign_app.domain.packs import Pack, Rule, get_pack, is_in_use
from campaign_app.queries.packs import shelve_packs
from campaign_app.services.pack_editions import Switch, load_present_packs
from campaign_app.services.pack_limits import describe_rule_hours, is_old, list_rule_needs


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A rule, whether it holds, and who decided that."""

    rule: Rule
    in_use: bool
    switch: Switch | None

    @property
    def switched_at(self) -> datetime | None:
        """When somebody switched it."""
        return None if self.switch is None else datetime.fromisoformat(self.switch.at)

    @property
    def can_switch(self) -> bool:
        return self.rule.optional or self.rule.can_switch_off


@dataclass(frozen=True, slots=True)
class ListedPack:
    """A pack with its rules."""

    pack: Pack
    origin: str
    rules: Sequence[ListedRule]


def list_packs(session: Session) -> list[ListedPack]:
    """All that are in use, as they are listed. Raises LookupError where one cannot be read."""
    present = load_present_packs(session)
    edition = present.edition
    shelve_packs(session.connection(), edition.packs)
    switches = {each.rule: each for each in present.switches}
    return [
        ListedPack(
            pack,
            origin,
            [ListedRule(rule, is_in_use(edition, rule), switches.get(rule.id)) for rule in pack.rules],
        )
        for pack, origin in ((get_pack(key), origin) for key, origin in present.keys)
    ]


def find_pack(session: Session, name: str) -> ListedPack:
    """One of them. Raises NotFound."""
    for each in list_packs(session):
        if each.pack.name == name:
            return each
    raise NotFound(f"there is no pack {name}")


def pack_to_api(listed: ListedPack, now: datetime) -> dict[str, Any]:
    pack = listed.pack
    return {
        "name": pack.name,
        "version": pack.version,
        "title": pack.title,
        "group": pack.group,
        "origin": listed.origin,
        "checked_on": pack.checked_on.isoformat(),
        "old": is_old(pack.checked_on, now.date()),
        "notes": list(pack.notes),
        "rules": [_rule_to_api(each) for each in listed.rules],
    }


def _rule_to_api(listed: ListedRule) -> dict[str, Any]:
    rule, switch = listed.rule, listed.switch
    return {
        "id": rule.id,
        "title": rule.title,
        "status": rule.status.value,
        "source": rule.source,
        "url": rule.url or None,
        "places": list(rule.places),
        "purposes": [each.value for each in rule.applies_when.purposes],
        "in_force_from": None if rule.starts_on is None else rule.starts_on.isoformat(),
        "in_force_until": None if rule.ends_on is None else rule.ends_on.isoformat(),
        "hours": describe_rule_hours(rule) or None,
        "needs": list_rule_needs(rule),
        "optional": rule.optional,
        "in_use": listed.in_use,
        "can_switch": listed.can_switch,
        "switched_by": None if switch is None else switch.by,
        "switched_at": None if switch is None else switch.at,
        "switched_reason": None if switch is None else switch.reason,
    }
