"""List service: registries and other lists of numbers that may not be called, their versions, and the sweep.

A version is read beside the one in force (engine/imports/lists.py), then changes places with it at once: `swap_version`
waits for the permits that are between their look at the lists and their commit, so that no listed number is permitted
after it. The sweep takes waiting contacts whose number is listed out of the queue, piece by piece, and gives those back
whose number is listed no more; the permit is what nobody passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import CampaignStatus, to_rfc3339
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.lists import (
    ADMIN_FIELDS,
    MOST_LISTS,
    ListKind,
    ListRule,
    ListSpec,
    OnStale,
    VersionState,
    check_as_of,
    check_list,
    find_latest_day,
    suppressed_code,
)
from campaign_app.models import Import, ListVersion, NumberList, Role
from campaign_app.queries import lists as list_queries
from campaign_app.queries import locks
from campaign_app.queries.lists import SweptContact
from campaign_app.services import audit, imports
from campaign_app.services.dialing_rules import UNKNOWN_PERSON, DialingRules
from campaign_app.services.imports import CheckPlan, Stored

CALLS_AGAIN = frozenset({CampaignStatus.DRAFT, CampaignStatus.RUNNING, CampaignStatus.PAUSED})
"""Campaigns whose contacts become due again when a list has them no more."""
UNFINISHED = ("queued", "running", "needs_mapping", "checked")
"""Of imports."""
SOON = 0.85
"""The share of its age from which a list is said to be nearly too old."""


@dataclass(frozen=True, slots=True)
class ListView:
    """A list as pages and API show it."""

    item: NumberList
    rule: ListRule
    version: ListVersion | None
    held: int
    """Contacts that it holds back now, in campaigns that would call them."""
    age: int | None
    """Days."""
    stale: bool
    blocks: bool
    """Whether nobody it applies to is called until it is replaced."""


def list_lists(session: Session, now: datetime, *, counted: bool = True) -> list[ListView]:
    """Every list: those that block first, then by what is left of their age. Whom they hold back is counted only if
    `counted`: it takes a while where that is millions."""
    connection = session.connection()
    rules = {rule.id: rule for rule in list_queries.load_list_rules(connection)}
    held = list_queries.count_held_by_list(connection) if counted else {}
    items = session.scalars(select(NumberList).where(NumberList.id.in_(rules)).order_by(NumberList.id)).all()
    views = [
        _view(session, item, rules[item.id], held.get(suppressed_code(item.id), 0), now) for item in items
    ]
    return sorted(views, key=lambda view: (not view.blocks, not view.stale, -_used_up(view), view.item.id))


def _used_up(view: ListView) -> float:
    limit = view.rule.max_age_days
    return 0.0 if limit is None or view.age is None else view.age / limit


def _view(session: Session, item: NumberList, rule: ListRule, held: int, now: datetime) -> ListView:
    version = None if item.version_id is None else session.get(ListVersion, item.version_id)
    return ListView(item, rule, version, held, rule.age_days(now), rule.is_stale(now), rule.blocks_all(now))


def get_list(session: Session, list_id: int) -> NumberList:
    """Raises NotFound."""
    item = session.get(NumberList, list_id)
    if item is None or item.gone:
        raise NotFound(f"there is no list {list_id}")
    return item


def get_view(session: Session, list_id: int, now: datetime) -> ListView:
    """Raises NotFound."""
    item = get_list(session, list_id)
    connection = session.connection()
    [rule] = [rule for rule in list_queries.load_list_rules(connection) if rule.id == list_id]
    held = list_queries.count_held_by_list(connection)
    return _view(session, item, rule, held.get(suppressed_code(list_id), 0), now)


def list_versions(
    session: Session, list_id: int, *, before: int | None = None, limit: int = 50
) -> list[ListVersion]:
    """The versions of a list, newest first. Raises NotFound."""
    get_list(session, list_id)
    wanted = select(ListVersion).where(ListVersion.list_id == list_id).order_by(ListVersion.id.desc())
    if before is not None:
        wanted = wanted.where(ListVersion.id < before)
    return list(session.scalars(wanted.limit(limit)))


def find_number(session: Session, phone: str) -> list[ListRule]:
    """The lists whose version in force has the number (E.164), whomever they apply to."""
    connection = session.connection()
    rules = list_queries.load_list_rules(connection)
    asked = [(phone, rule.version_id) for rule in rules if rule.version_id is not None]
    found = list_queries.find_on_versions(connection, asked)
    return [rule for rule in rules if (phone, rule.version_id) in found]


def create_list(session: Session, data: Mapping[str, Any], *, actor: str, now: datetime) -> NumberList:
    """A list without a version: it holds nobody back until a file is loaded. Raises InvalidInput."""
    spec = check_list(data)
    _check_room(session)
    _check_name(session, spec.name)
    item = NumberList(created_by=actor, created_at=now, changed_at=now, swept_to=0, gone=False)
    _apply(item, spec)
    session.add(item)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="list.add",
        object_type="list",
        object_id=str(item.id),
        now=now,
        **_spec_words(spec),
    )
    return item


def _check_room(session: Session) -> None:
    count = list_queries.count_lists(session)
    if count >= MOST_LISTS:
        raise InvalidInput(
            [
                FieldError(
                    "name", f"there are {count:,} lists, which is all there may be: put two into one file"
                )
            ]
        )


def _check_name(session: Session, name: str, list_id: int | None = None) -> None:
    other = list_queries.find_list_by_name(session, name)
    if other is not None and other.id != list_id:
        raise InvalidInput([FieldError("name", "another list has this name: choose another one")])


def _apply(item: NumberList, spec: ListSpec) -> None:
    item.name, item.kind, item.on_stale = spec.name, spec.kind.value, spec.on_stale.value
    item.countries = None if spec.countries is None else list(spec.countries)
    item.purposes = None if spec.purposes is None else list(spec.purposes)
    item.max_age_days = spec.max_age_days


def spec_of(item: NumberList) -> ListSpec:
    return ListSpec(
        item.name,
        ListKind(item.kind),
        None if item.countries is None else tuple(item.countries),
        None if item.purposes is None else tuple(item.purposes),
        item.max_age_days,
        OnStale(item.on_stale),
    )


def _spec_words(spec: ListSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "kind": spec.kind.value,
        "countries": None if spec.countries is None else list(spec.countries),
        "purposes": None if spec.purposes is None else list(spec.purposes),
        "max_age_days": spec.max_age_days,
        "on_stale": spec.on_stale.value,
    }


def change_list(
    session: Session, list_id: int, data: Mapping[str, Any], *, actor: str, role: Role, now: datetime
) -> NumberList:
    """Change a list. Whom it holds back, how old it may be and what follows then is an admin's to change. Permits wait,
    or go by the change. Raises NotFound, InvalidInput."""
    _lock(session, list_id)
    item = get_list(session, list_id)
    before = spec_of(item)
    spec = check_list(data, before)
    _check_name(session, spec.name, list_id)
    old, new = _spec_words(before), _spec_words(spec)
    changed = {name: new[name] for name in new if new[name] != old[name]}
    if not changed:
        return item
    may_all = role.allows(Role.ADMIN, Role.COMPLIANCE)
    refused = [] if may_all else [name for name in changed if name in ADMIN_FIELDS]
    if refused:
        raise InvalidInput(
            [FieldError(name, "only an admin or compliance changes it: ask one") for name in refused]
        )
    list_queries.hold_lists_alone(session.connection())
    _apply(item, spec)
    item.changed_at = now
    if {"kind", "countries", "purposes"} & changed.keys():
        item.swept_to = 0
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="list.edit",
        object_type="list",
        object_id=str(list_id),
        now=now,
        list=before.name,
        before={name: old[name] for name in changed},
        after=changed,
    )
    return item


def delete_list(session: Session, list_id: int, *, actor: str, now: datetime) -> int:
    """Delete a list: it holds nobody back from now on, and its contacts become due again in a moment (the upkeep's
    sweep). Returns how many it held. Raises NotFound."""
    _lock(session, list_id)
    view = get_view(session, list_id, now)
    item, version = view.item, view.version
    list_queries.hold_lists_alone(session.connection())
    name = item.name
    item.gone, item.swept_to, item.version_id, item.changed_at = True, 0, None, now
    # Its name is free again.
    item.name = f"{name[:80]} (deleted {item.id})"
    if version is not None:
        version.state, version.replaced_at = VersionState.REPLACED.value, now
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="list.delete",
        object_type="list",
        object_id=str(list_id),
        now=now,
        list=name,
        numbers=0 if version is None else version.numbers,
        held=view.held,
    )
    return view.held


def _lock(session: Session, list_id: int) -> NumberList:
    item = locks.lock_list(session, list_id)
    if item is None or item.gone:
        raise NotFound(f"there is no list {list_id}")
    return item


# Loading a version.


class ListUpload(NamedTuple):
    """A file for a list, looked at: what `imports.start_check` and `imports.enqueue` need."""

    plan: CheckPlan
    listing: dict[str, Any]
    region: str | None


def plan_upload(
    session: Session,
    uploads: Path,
    stored: Stored,
    list_id: int,
    *,
    as_of: str | None,
    allow_older: bool = False,
    region: str | None = None,
    language: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    now: datetime,
) -> ListUpload:
    """Look at the beginning of a list's file. Writes nothing. Raises NotFound, InvalidInput (`as_of`, `file`, …)."""
    item = get_list(session, list_id)
    day = check_upload_day(session, item, as_of, allow_older=allow_older, now=now)
    region = imports.check_region(region) or guess_region(item)
    plan = imports.plan_check(
        session,
        uploads,
        stored,
        campaign_id=None,
        mode="do_not_call",
        default_region=region,
        language=language,
        mapping=mapping,
        for_list=True,
        now=now,
    )
    listing = {"as_of": day.isoformat(), **({"allow_older": True} if allow_older else {})}
    return ListUpload(plan, listing, region)


def start_upload(
    session: Session,
    stored: Stored,
    list_id: int,
    upload: ListUpload,
    *,
    filename: str,
    dry_run: bool,
    actor: str,
    now: datetime,
) -> Import:
    """Queue a file that was looked at. The file is the caller's where this raises: NotFound; StateConflict while
    another file of the list is not finished."""
    _lock(session, list_id)
    refuse_if_open_upload(session, list_id)
    return imports.enqueue(
        session,
        stored,
        campaign_id=None,
        mode="do_not_call",
        filename=filename,
        default_region=upload.region,
        dry_run=dry_run,
        listing=upload.listing,
        list_id=list_id,
        plan=upload.plan,
        actor=actor,
        now=now,
    )


def check_upload_day(
    session: Session, item: NumberList, as_of: str | None, *, allow_older: bool, now: datetime
) -> date:
    """The day of a new version. Raises InvalidInput."""
    version = None if item.version_id is None else session.get(ListVersion, item.version_id)
    present = None if version is None else version.as_of
    return check_as_of(as_of, present, find_latest_day(item.countries, now), allow_older=allow_older)


def guess_region(item: NumberList) -> str | None:
    """The country in which numbers without a country code are read: the list's, where it has one."""
    return item.countries[0] if item.countries and len(item.countries) == 1 else None


class Evaluation(NamedTuple):
    """What is to become of a piece of contacts."""

    suppress: list[tuple[int, str]]
    requeue: list[tuple[int, str]]
    rename: list[tuple[int, str]]


def evaluate_piece(
    connection: Connection,
    rules: DialingRules,
    rule: ListRule | None,
    list_id: int,
    others: list[ListRule],
    found: list[SweptContact],
) -> Evaluation:
    """Who of these leaves the queue for the list's sake, who is due again, and who stays out for another reason.
    `rule` None: the list is gone."""
    code = suppressed_code(list_id)
    result = Evaluation([], [], [])
    profiles = rules.get_profiles(connection, {one.profile_id for one in found})
    back: list[SweptContact] = []
    for one in found:
        profile = profiles.get(one.profile_id, UNKNOWN_PERSON)
        held = rule is not None and one.listed and rule.applies_to(one.purpose, profile, one.phone)
        if one.waits and held:
            result.suppress.append((one.id, code))
        elif not one.waits and not held and one.campaign_status in CALLS_AGAIN:
            back.append(one)
    asked = {
        (one.phone, other.version_id)
        for one in back
        for other in others
        if other.version_id is not None
        and other.applies_to(one.purpose, profiles.get(one.profile_id, UNKNOWN_PERSON), one.phone)
    }
    elsewhere = list_queries.find_on_versions(connection, asked)
    for one in back:
        other = next((each for each in others if (one.phone, each.version_id) in elsewhere), None)
        if one.do_not_call:
            result.rename.append((one.id, "do-not-call"))
        elif other is not None:
            result.rename.append((one.id, suppressed_code(other.id)))
        else:
            result.requeue.append((one.id, code))
    return result


PIECE = 20_000
"""Contact ids that are looked at together."""


class Swap(NamedTuple):
    """What a swap needs to know."""

    list_id: int
    version_id: int
    before_id: int | None
    """The version with which it was compared: the one in force then."""
    allow_older: bool
    actor: str


class SwapRefused(Exception):
    """Why a version cannot come into force, in a sentence."""


def swap_version(connection: Connection, swap: Swap, read_clock: Callable[[], datetime]) -> datetime:
    """Put a loaded version into force, in the caller's transaction. Returns the instant: no number of it is permitted
    later. Raises SwapRefused."""
    session = Session(connection)
    try:
        item = _lock(session, swap.list_id)
    except NotFound:
        raise SwapRefused("The list was deleted while its file was being read.") from None
    version = session.get(ListVersion, swap.version_id)
    if version is None or version.state != VersionState.LOADING:
        raise SwapRefused("What was loaded of the file is gone; upload it again.")
    if item.version_id != swap.before_id:
        raise SwapRefused(
            "The list was replaced in the meantime; upload the file again to compare it with the new one."
        )
    before = None if item.version_id is None else session.get(ListVersion, item.version_id)
    if before is not None and version.as_of < before.as_of and not swap.allow_older:
        raise SwapRefused("The file is older than the version in use.")
    list_queries.hold_lists_alone(connection)
    # Read under the lock: a permit that did not know the version has an earlier time.
    now = read_clock()
    if before is not None:
        before.state, before.replaced_at = VersionState.REPLACED.value, now
    version.state, version.in_force_at = VersionState.CURRENT.value, now
    item.version_id, item.swept_to, item.changed_at = version.id, 0, now
    audit.record_audit_entry(
        session,
        actor=swap.actor,
        action="list.replace",
        object_type="list",
        object_id=str(item.id),
        now=now,
        list=item.name,
        as_of=version.as_of.isoformat(),
        numbers=version.numbers,
        added=version.added,
        removed=version.removed,
    )
    session.flush()
    return now


def refuse_if_open_upload(session: Session, list_id: int) -> None:
    """Raises StateConflict while another file of the list is at work or waits: two could not be compared."""
    other = session.scalar(
        select(Import).where(Import.list_id == list_id, Import.status.in_(UNFINISHED)).limit(1)
    )
    if other is not None:
        raise StateConflict(
            f"the file {other.filename} of this list is not finished: use it or discard it first (import {other.id})"
        )


def to_api(view: ListView) -> dict[str, Any]:
    item, version = view.item, view.version
    return {
        "id": item.id,
        **_spec_words(spec_of(item)),
        "as_of": None if version is None else version.as_of.isoformat(),
        "numbers": 0 if version is None else version.numbers,
        "version_id": item.version_id,
        "age_days": view.age,
        "stale": view.stale,
        "blocks": view.blocks,
        "held": view.held,
        "created_at": to_rfc3339(item.created_at),
        "created_by": item.created_by,
    }


def rule_to_api(rule: ListRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "kind": rule.kind.value,
        "countries": None if rule.countries is None else sorted(rule.countries),
        "purposes": None if rule.purposes is None else sorted(rule.purposes),
        "as_of": None if rule.as_of is None else rule.as_of.isoformat(),
    }


def version_to_api(version: ListVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "as_of": version.as_of.isoformat(),
        "filename": version.filename,
        "import_id": version.import_id,
        "numbers": version.numbers,
        "added": version.added,
        "removed": version.removed,
        "state": version.state,
        "error": version.error,
        "loaded_by": version.loaded_by,
        "loaded_at": to_rfc3339(version.loaded_at),
        "in_force_at": to_rfc3339(version.in_force_at),
        "replaced_at": to_rfc3339(version.replaced_at),
    }


def fail_orphaned_versions(session: Session, version_ids: Sequence[int]) -> None:
    """Say of versions that nobody loads any more that they have failed."""
    for version_id in version_ids:
        version = locks.lock_list_version(session, version_id)
        if version is not None and version.state == VersionState.LOADING and is_orphan(session, version):
            version.state = VersionState.FAILED.value
            version.error = "its upload was discarded, failed, or was read anew"
    session.flush()


def is_orphan(session: Session, version: ListVersion) -> bool:
    """Whether the import that loaded a version has ended, or has begun anew with another one."""
    item = None if version.import_id is None else session.get(Import, version.import_id)
    if item is None or item.status not in UNFINISHED:
        return True
    return (item.listing or {}).get("version_id") != version.id
