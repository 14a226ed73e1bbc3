"""Rule packs: what is switched off and on, packs of one's own, and what a change of them does to campaigns.

A change is a new edition: one row that says what is in use from now on, and a new rulebook for each campaign that may
still call, in the same transaction. Past rulebooks and the texts that they name stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import CampaignStatus, to_rfc3339
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.pack_examples import find_wrong_examples
from campaign_app.domain.pack_files import LONGEST_FILE, parse_pack
from campaign_app.domain.packs import (
    DEFAULT_PACK,
    ELSEWHERE,
    Pack,
    Rule,
    RuleStatus,
    get_pack,
    has_purpose,
    is_in_use,
    register_pack,
)
from campaign_app.domain.rulebook import Purpose
from campaign_app.domain.timeline import never_open_together
from campaign_app.models import Campaign, PackEditionRow
from campaign_app.queries import locks
from campaign_app.queries.packs import shelve_packs
from campaign_app.rules import load_shipped_packs
from campaign_app.services import audit
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.pack_editions import (
    OWN,
    SHIPPED,
    SYSTEM,
    PresentPacks,
    Switch,
    forget_edition,
    keep_texts,
    load_present_packs,
)
from campaign_app.services.rulebooks import renew_rulebook

LONGEST_REASON = 500
LONGEST_UPLOAD = 4 * LONGEST_FILE
"""Bytes of a pack file."""
MAY_STILL_CALL = (CampaignStatus.DRAFT, CampaignStatus.RUNNING, CampaignStatus.PAUSED)


def sync_shipped_packs(session: Session, now: datetime) -> bool:
    """Take what this version of Switchboard ships with into use; own packs and switches stay. Returns whether anything
    changed. Idempotent; called whenever an engine starts."""
    locks.lock_rule_packs(session)
    present = load_present_packs(session)
    shipped = [each.pack.key for each in load_shipped_packs()]
    own = [key for key, origin in present.keys if origin == OWN]
    is_new = session.scalar(select(PackEditionRow.id).limit(1)) is None
    keys = tuple([(key, SHIPPED) for key in shipped] + [(key, OWN) for key in own])
    if keys == present.keys and not is_new:
        return False
    keep_texts(session, [(each.pack, each.text) for each in load_shipped_packs()], SYSTEM, now)
    known = {rule.id for key in [*shipped, *own] for rule in _rules_of(session, key)}
    switches = tuple(each for each in present.switches if each.rule in known)
    _write_edition(session, PresentPacks(keys, switches), SYSTEM, "the packs of this version", now)
    return True


def switch_rule(
    session: Session, rule_id: str, *, on: bool, reason: object, actor: str, now: datetime
) -> Rule:
    """Switch a rule off that is not law, or an optional one on; or take that back. Raises NotFound; InvalidInput
    (`reason`); StateConflict for what is law, and where nothing would change."""
    words = _parse_reason(reason)
    locks.lock_rule_packs(session)
    present = load_present_packs(session)
    rule = find_rule(session, present, rule_id)
    if not on and not rule.can_switch_off and not rule.optional:
        kind = "law" if rule.status is RuleStatus.LAW else "the installation’s floor"
        raise StateConflict(f"{rule_id} is {kind} and cannot be switched off")
    if is_in_use(present.edition, rule) is on:
        raise StateConflict(f"{rule_id} is {'on' if on else 'off'} already")
    others = tuple(each for each in present.switches if each.rule != rule_id)
    usual = not rule.optional
    switched = Switch(rule_id, on, actor, to_rfc3339(now) or "", words)
    switches = others if on is usual else (*others, switched)
    change = f"{rule_id} switched {'on' if on else 'off'}: {words}"
    _write_edition(session, PresentPacks(present.keys, switches), actor, change, now)
    _record(session, "rule.switch_on" if on else "rule.switch_off", rule_id, actor, now, reason=words)
    return rule


def add_own_pack(session: Session, text: object, *, actor: str, now: datetime) -> Pack:
    """Take a pack of one's own into use, or a new version of it. Raises InvalidInput with everything that is wrong with
    the file; StateConflict where it has the name of one that Switchboard ships with, or is in use already."""
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput([FieldError("pack", "the text of a pack file (TOML)")])
    pack = check_pack(text, now)
    locks.lock_rule_packs(session)
    present = load_present_packs(session)
    names = {key.partition("@")[0] for key, _ in present.keys}
    if any(each.pack.name == pack.name for each in load_shipped_packs()):
        raise StateConflict(f"the pack {pack.name} comes with Switchboard: give yours another name")
    if (pack.key, OWN) in present.keys:
        raise StateConflict(f"the pack {pack.name} is already in use, with exactly this text")
    register_pack(pack)
    keep_texts(session, [(pack, text)], actor, now)
    others = tuple(each for each in present.keys if each[0].partition("@")[0] != pack.name)
    keys = (*others, (pack.key, OWN))
    rule_ids = {rule.id for rule in pack.rules}
    gone = tuple(
        each for each in present.switches if each.rule.partition("/")[0] != pack.name or each.rule in rule_ids
    )
    verb = "replaced" if pack.name in names else "added"
    _write_edition(session, PresentPacks(keys, gone), actor, f"{pack.name} {verb}", now)
    _record(session, "pack.add", pack.name, actor, now, version=pack.version)
    return pack


def remove_own_pack(session: Session, name: str, *, reason: object, actor: str, now: datetime) -> None:
    """Take a pack of one's own out of use; its text stays for past calls. Raises NotFound, InvalidInput (`reason`),
    StateConflict for one that Switchboard ships with."""
    words = _parse_reason(reason)
    locks.lock_rule_packs(session)
    present = load_present_packs(session)
    named = [each for each in present.keys if each[0].partition("@")[0] == name]
    if not named:
        raise NotFound(f"there is no pack {name}")
    # One's own first: a later version of Switchboard may have come with another of that name.
    found = min(named, key=lambda each: each[1] != OWN)
    if found[1] == SHIPPED:
        raise StateConflict(
            f"the pack {name} comes with Switchboard: switch off its rules where that is possible"
        )
    keys = tuple(each for each in present.keys if each != found)
    switches = tuple(each for each in present.switches if each.rule.partition("/")[0] != name)
    _write_edition(session, PresentPacks(keys, switches), actor, f"{name} removed: {words}", now)
    _record(session, "pack.remove", name, actor, now, reason=words)


def check_pack(text: str, now: datetime) -> Pack:
    """Read a pack file of one's own and try its examples. Raises InvalidInput."""
    pack = parse_pack(text)
    if pack.name == DEFAULT_PACK:
        raise InvalidInput([FieldError("name", f"{DEFAULT_PACK} is the installation's own: choose another")])
    errors = find_wrong_examples(pack)
    if pack.checked_on > now.date():
        errors.append(
            FieldError("checked_on", "the day lies in the future; give the one on which it was looked up")
        )
    errors += [
        FieldError(
            f"rules[{number}].status",
            "law, guidance, code or disputed: the others are the installation's own",
        )
        for number, rule in enumerate(pack.rules)
        if rule.status in (RuleStatus.FLOOR, RuleStatus.DEFAULT)
    ]
    errors += [
        FieldError(f"rules[{number}].hours", text)
        for number, rule in enumerate(pack.rules)
        for text in _find_closed_purposes(pack, rule)
    ]
    if errors:
        raise InvalidInput(errors)
    return pack


def _find_closed_purposes(pack: Pack, rule: Rule) -> list[str]:
    """Why hours of a rule make no sense: together with the earlier ones of its pack they never open."""
    if not rule.hours:
        return []
    earlier = pack.rules[: pack.rules.index(rule)]
    own = next(each.pack.rules for each in load_shipped_packs() if each.pack.name == DEFAULT_PACK)
    others = [each for each in (*own, *earlier) if ELSEWHERE not in each.places]
    closed = [
        purpose.value
        for purpose in rule.applies_when.purposes or tuple(Purpose)
        if has_purpose(rule, purpose)
        and never_open_together([rule, *(each for each in others if has_purpose(each, purpose))])
    ]
    if not closed:
        return []
    return [
        f"they never meet the other hours of this pack, or those of the installation, for {', '.join(closed)}"
    ]


def find_rule(session: Session, present: PresentPacks, rule_id: str) -> Rule:
    """A rule of the packs in use. Raises NotFound."""
    for key, _ in present.keys:
        for rule in _rules_of(session, key):
            if rule.id == rule_id:
                return rule
    raise NotFound(f"there is no rule {rule_id}")


def _rules_of(session: Session, key: str) -> Sequence[Rule]:
    shelve_packs(session.connection(), [key])
    return get_pack(key).rules


def _write_edition(session: Session, present: PresentPacks, actor: str, change: str, now: datetime) -> None:
    # A rule that has become law since it was switched off is on again.
    rules = {rule.id: rule for key, _ in present.keys for rule in _rules_of(session, key)}
    switches = [
        each
        for each in present.switches
        if each.on or (each.rule in rules and rules[each.rule].can_switch_off)
    ]
    session.add(
        PackEditionRow(
            packs=[{"key": key, "origin": origin} for key, origin in present.keys],
            switches=[each._asdict() for each in switches],
            made_at=now,
            made_by=actor,
            change=change,
        )
    )
    session.flush()
    forget_edition(session)
    _renew_rulebooks(session, actor, now)


def _renew_rulebooks(session: Session, actor: str, now: datetime) -> None:
    """A rulebook with the present packs for each campaign that may still call; permits wait for it or see it."""
    ids = session.scalars(
        select(Campaign.id).where(Campaign.status.in_(MAY_STILL_CALL)).order_by(Campaign.id)
    ).all()
    for campaign_id in ids:
        campaign = locks.lock_campaign(session, campaign_id)
        if campaign is None or campaign.status not in MAY_STILL_CALL:
            continue
        try:
            rulebook = build_campaign_spec(campaign).rulebook
        except InvalidInput:
            continue  # broken by hand: its own page says so, and nobody is called
        renew_rulebook(session, campaign, rulebook, actor=actor, now=now)
    session.flush()


def _parse_reason(reason: object) -> str:
    words = " ".join(reason.split()) if isinstance(reason, str) else ""
    if not 0 < len(words) <= LONGEST_REASON:
        raise InvalidInput([FieldError("reason", f"say why, in at most {LONGEST_REASON} characters")])
    return words


def _record(session: Session, action: str, name: str, actor: str, now: datetime, **detail: object) -> None:
    audit.record_audit_entry(
        session, actor=actor, action=action, object_type="rule", object_id=name, now=now, **detail
    )
