"""Trunk service: the configured provider accounts and their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.domain import day_limits
from campaign_app.domain.call_price import parse_price, price_to_api
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.day_limits import DayLimits
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.message import Message
from campaign_app.domain.number_rules import NumberRules, check_number, make_number_rules
from campaign_app.domain.phone import PhoneError, parse_number
from campaign_app.domain.script import KeyAction
from campaign_app.domain.trunk import LONGEST_CALLS, TrunkSpec, read_trunk
from campaign_app.domain.trunk_check import CheckStep
from campaign_app.models import Attempt, Campaign, Trunk
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import counts, locks, trunk_days
from campaign_app.queries import trunks as trunk_queries
from campaign_app.services import audit
from campaign_app.services.trunk_bounds import CREDENTIAL, TrunkBounds, changed_identity
from campaign_app.services.trunk_status import get_trunk_status
from campaign_app.vault import CredentialVault


def list_trunks(session: Session) -> Sequence[Trunk]:
    return session.scalars(select(Trunk).order_by(Trunk.id)).all()


def get_trunk(session: Session, trunk_id: int) -> Trunk:
    """Raises NotFound."""
    trunk = session.get(Trunk, trunk_id)
    if trunk is None:
        raise NotFound(f"there is no trunk {trunk_id}")
    return trunk


def find_named_trunk(session: Session, name: object) -> Trunk | None:
    """What a campaign names as its provider; None where there is no such trunk."""
    return session.scalar(select(Trunk).where(Trunk.name == name)) if isinstance(name, str) else None


def needs_transfer_line(session: Session, trunk_id: int) -> bool:
    """Whether a running campaign of the trunk connects callees with somebody, so that it keeps a line for that."""
    return counts.is_transfer_possible(session, trunk_id)


def ensure_default_trunk(
    session: Session, provider: str, *, lines: int, calls_per_second: float | None, now: datetime
) -> Trunk:
    """The trunk that the environment names, made at the first start; later the page sets its limits."""
    trunk = session.scalar(select(Trunk).where(Trunk.name == provider))
    if trunk is None:
        trunk = Trunk(
            name=provider,
            provider=provider,
            settings={},
            max_concurrent_calls=lines,
            calls_per_second=calls_per_second,
            inherits_credentials=True,
            created_at=now,
        )
        session.add(trunk)
        session.flush()
        audit.record_audit_entry(
            session,
            actor="setup",
            action="trunk.create",
            object_type="trunk",
            object_id=str(trunk.id),
            now=now,
            name=provider,
            max_concurrent_calls=lines,
        )
    return trunk


def list_trunk_campaigns(session: Session, trunk_id: int) -> Sequence[Campaign]:
    """The campaigns that dial over it: archived ones too, deleted drafts not."""
    return session.scalars(
        select(Campaign)
        .where(Campaign.trunk_id == trunk_id, Campaign.deleted_at.is_(None))
        .order_by(Campaign.id)
    ).all()


def to_api(session: Session, trunk: Trunk, *, vault: CredentialVault, now: datetime) -> dict[str, Any]:
    """A trunk as the API tells it. Credentials are named, never told."""
    names, credentials_error = _read_secret_names(trunk, vault)
    state = get_trunk_status(trunk, now, credentials_error)
    return {
        "id": trunk.id,
        "name": trunk.name,
        "provider": trunk.provider,
        "settings": trunk.settings,
        "credentials": dict.fromkeys(names, "set"),
        "credentials_error": credentials_error,
        "inherits_credentials": trunk.inherits_credentials,
        "caller_ids": trunk.caller_ids or [],
        "countries": trunk.countries,
        "number_types": trunk.number_types or [],
        "countries_chosen": countries_chosen(trunk),
        "max_concurrent_calls": trunk.max_concurrent_calls,
        "calls_per_second": trunk.calls_per_second,
        "price": trunk.price,
        **_limits_to_api(trunk),
        "transfer_targets": trunk.transfer_targets,
        "today": _today_to_api(session, trunk, now),
        "check": check_to_api(trunk),
        "state": state.code,
        "reason": state.detail or None,
        "next_try_at": to_rfc3339(state.until),
        "open_calls": counts.count_open_by_trunk(session).get(trunk.id, 0),
        "campaigns": [campaign.id for campaign in list_trunk_campaigns(session, trunk.id)],
        "created_at": to_rfc3339(trunk.created_at),
    }


def check_to_api(trunk: Trunk) -> dict[str, Any] | None:
    """What the last check of the trunk found; None: it was not checked since its account was changed."""
    if trunk.checked_at is None:
        return None
    return {
        "checked_at": to_rfc3339(trunk.checked_at),
        "passed": trunk.check_error is None,
        "error": trunk.check_error,
        "steps": trunk.check_steps or [],
    }


def record_check(
    session: Session, checked: Trunk, steps: Sequence[CheckStep], *, actor: str | None, now: datetime
) -> Trunk:
    """Keep what a check of the trunk found. `checked`: its row before the check; `actor`: who asked for it, None where
    it belongs to a change that is audited itself. Raises NotFound."""
    trunk = _lock_trunk(session, checked.id)
    trunk_queries.store_check(session.connection(), checked, steps, now)
    session.refresh(trunk)
    if actor is not None:
        _record_audit(session, trunk, "check", actor, now, name=trunk.name, passed=trunk.check_error is None)
    return trunk


def _limits_to_api(trunk: Trunk) -> dict[str, Any]:
    return {name: getattr(trunk, name) for name in day_limits.FIELDS}


def limits_of(trunk: Trunk) -> DayLimits:
    return DayLimits(
        trunk.max_calls_per_day, trunk.max_minutes_per_day, trunk.max_spend_per_day, parse_price(trunk.price)
    )


def _today_to_api(session: Session, trunk: Trunk, now: datetime) -> dict[str, Any] | None:
    """What it used of the day (UTC), where it has a limit."""
    limits = limits_of(trunk)
    if not limits.any:
        return None
    use = trunk_days.read_use(session.connection(), trunk.id, now)
    share, words = limits.describe_highest(use)
    return {
        "calls": use.calls,
        "minutes": round(use.seconds / 60, 1),
        "share": round(share, 3),
        "words": words,
        "alarm": share >= day_limits.ALARM_SHARE,
    }


def _read_secret_names(trunk: Trunk, vault: CredentialVault) -> tuple[list[str], str | None]:
    """The names of its credentials, or why nobody can read them."""
    try:
        return sorted(vault.open(trunk.secret)), None
    except StateConflict as error:
        return [], str(error)


def spec_data(trunk: Trunk) -> dict[str, Any]:
    """What `read_trunk` takes, as it is now; credentials are left out, which leaves them as they are."""
    data = {
        "name": trunk.name,
        "provider": trunk.provider,
        "settings": trunk.settings,
        "caller_ids": trunk.caller_ids,
        "max_concurrent_calls": trunk.max_concurrent_calls,
        "calls_per_second": trunk.calls_per_second,
        "price": trunk.price,
        **_limits_to_api(trunk),
        "transfer_targets": trunk.transfer_targets,
    }
    if trunk.number_types is not None:
        data |= {"countries": trunk.countries, "number_types": trunk.number_types}
    return data


def number_rules_of(trunk: Trunk) -> NumberRules:
    """Which countries and costly types of number the trunk may call."""
    return make_number_rules(trunk.countries, trunk.number_types)


def countries_chosen(trunk: Trunk) -> bool:
    """Whether somebody chose what a real trunk may call; until then it is every country, and its page says so."""
    return trunk.provider == "simulator" or trunk.number_types is not None


def check_transfers(trunk: Trunk, message: Message) -> None:
    """Raises Invalid, naming the keys, where the trunk may not call whom a key of the message transfers to."""
    errors = []
    for place, key in enumerate(message.keys):
        if key.action is not KeyAction.TRANSFER or key.to is None:
            continue
        field = f"message.keys[{place}].to"
        if trunk.transfer_targets is not None and key.to not in trunk.transfer_targets:
            why = f"{key.to} is not among the numbers that the trunk {trunk.name} may connect callees with"
            errors.append(FieldError(field, why))
        elif key.to.startswith("+"):
            try:
                check_number(parse_number(key.to, None), number_rules_of(trunk))
            except PhoneError as error:
                errors.append(FieldError(field, f"{error}: see the trunk {trunk.name}"))
    if errors:
        raise InvalidInput(errors)


def check_longest_call(trunk: Trunk, seconds: int) -> None:
    """Raises Invalid where calls of the trunk may not last so long."""
    most = LONGEST_CALLS.get(trunk.provider, max(LONGEST_CALLS.values()))
    if seconds > most:
        text = f"at most {most} seconds: calls of the trunk {trunk.name} last no longer"
        raise InvalidInput([FieldError("longest_call_seconds", text)])


def create_trunk(
    session: Session,
    data: Mapping[str, Any],
    *,
    vault: CredentialVault,
    bounds: TrunkBounds,
    actor: str,
    now: datetime,
) -> Trunk:
    """A trunk with credentials of its own, never the environment's. Raises Invalid, and the vault's NoKey where
    credentials are given and there is no key."""
    spec, errors = read_trunk(
        {"max_concurrent_calls": 10, "calls_per_second": None, **data}, other_names=_other_names(session)
    )
    _add_errors(errors, bounds.find_errors(spec.provider, spec.settings, {}))
    if errors:
        raise InvalidInput(errors)
    trunk = Trunk(created_at=now, failures=0, inherits_credentials=False)
    _apply_spec(trunk, spec, {}, vault)
    session.add(trunk)
    session.flush()
    _record_audit(session, trunk, "create", actor, now, **_audit_details(spec))
    return trunk


def update_trunk(
    session: Session,
    trunk_id: int,
    data: Mapping[str, Any],
    *,
    vault: CredentialVault,
    bounds: TrunkBounds,
    actor: str,
    now: datetime,
) -> Trunk:
    """Change some fields. The provider of a trunk with open calls stays (Conflict). A new address or account needs its
    credential anew, and what was stored for the old one is forgotten. Raises Invalid, NotFound, NoKey."""
    trunk = _lock_trunk(session, trunk_id)
    before = spec_data(trunk)
    spec, errors = read_trunk({**before, **data}, other_names=_other_names(session, except_id=trunk_id))
    is_moved, of_account = _check_account(trunk, spec, bounds)
    _add_errors(errors, of_account)
    if errors:
        raise InvalidInput(errors)
    if spec.provider != trunk.provider and counts.count_open_by_trunk(session).get(trunk_id):
        raise StateConflict(
            "calls are open on it: pause it and wait until they have ended, then change its provider"
        )
    stored_credentials = vault.open(trunk.secret) if spec.credentials and not is_moved else {}
    if spec.limits.any and not limits_of(trunk).any:
        trunk_days.begin_count(session.connection(), trunk_id, now)
    _apply_spec(trunk, spec, stored_credentials, vault, forget=is_moved)
    if is_moved:
        trunk.inherits_credentials = False
    if is_moved or spec.credentials or spec.settings != before["settings"]:
        # What was found is of another account.
        trunk.checked_at = trunk.check_steps = trunk.check_error = None
    after = spec_data(trunk)
    changes = {key: [before.get(key), after[key]] for key in after if before.get(key) != after[key]}
    if changes or spec.credentials:
        # New settings deserve a new try.
        trunk.failures, trunk.circuit_until, trunk.last_error, trunk.last_error_at = 0, None, None, None
        _record_audit(
            session, trunk, "update", actor, now, changed=changes, credentials=sorted(spec.credentials)
        )
    session.flush()
    if {"countries", "number_types", "transfer_targets"} & changes.keys():
        contact_queries.requeue_refused_by_trunk(session, now, trunk_id=trunk_id)
    return trunk


def _add_errors(errors: list[FieldError], more: Sequence[FieldError]) -> None:
    """A field that is wrong in itself is not said to be out of bounds, too."""
    known = {each.field for each in errors}
    errors += [each for each in more if each.field not in known]


def _check_account(trunk: Trunk, spec: TrunkSpec, bounds: TrunkBounds) -> tuple[bool, list[FieldError]]:
    """Whether the trunk becomes another account's, or goes to another address; and what is wrong where that is out of
    bounds, or its credential is not given anew: whoever edits trunks would have it sent to himself."""
    is_other = spec.provider != trunk.provider
    before = {} if is_other else trunk.settings
    errors = bounds.find_errors(spec.provider, spec.settings, before)
    moved = changed_identity(spec.provider, spec.settings, before)
    name = CREDENTIAL.get(spec.provider, "")
    has_some = not is_other and (trunk.secret or trunk.inherits_credentials)
    if moved and has_some and not spec.credentials.get(name):
        why = f"enter it anew, since {' and '.join(moved)} changed: it was given for the old one"
        errors.append(FieldError(f"credentials.{name}", why))
    return is_other or bool(moved), errors


def _apply_spec(
    trunk: Trunk,
    spec: TrunkSpec,
    stored_credentials: Mapping[str, str],
    vault: CredentialVault,
    *,
    forget: bool = False,
) -> None:
    trunk.name = spec.name
    trunk.provider = spec.provider
    trunk.settings = spec.settings
    trunk.caller_ids = None if spec.caller_ids is None else list(spec.caller_ids)
    trunk.countries = None if spec.countries is None else list(spec.countries)
    trunk.number_types = None if spec.number_types is None else list(spec.number_types)
    trunk.max_concurrent_calls = spec.max_concurrent_calls
    trunk.calls_per_second = spec.calls_per_second
    trunk.price = price_to_api(spec.price)
    trunk.max_calls_per_day, trunk.max_minutes_per_day = spec.limits.calls, spec.limits.minutes
    trunk.max_spend_per_day = spec.limits.spend
    trunk.transfer_targets = None if spec.transfer_targets is None else list(spec.transfer_targets)
    if spec.credentials or forget:
        merged = {**stored_credentials, **spec.credentials}
        trunk.secret = vault.lock({name: value for name, value in merged.items() if value is not None})


def _audit_details(spec: TrunkSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "provider": spec.provider,
        "settings": spec.settings,
        "credentials": sorted(spec.credentials),
        "countries": spec.countries,
        "number_types": spec.number_types,
        "max_concurrent_calls": spec.max_concurrent_calls,
        "calls_per_second": spec.calls_per_second,
        "price": price_to_api(spec.price),
        "max_calls_per_day": spec.limits.calls,
        "max_minutes_per_day": spec.limits.minutes,
        "max_spend_per_day": spec.limits.spend,
        "transfer_targets": spec.transfer_targets,
    }


def delete_trunk(session: Session, trunk_id: int, *, default_name: str, actor: str, now: datetime) -> None:
    """Delete a trunk that nothing needs: no campaign names it and no call was made over it. Else Conflict, with the
    list. `keep` is the name of the trunk that the environment defines: it would come back at the next start."""
    trunk = _lock_trunk(session, trunk_id)
    campaigns = list_trunk_campaigns(session, trunk_id)
    if campaigns:
        first = ", ".join(f"{campaign.name} ({campaign.id})" for campaign in campaigns[:10])
        more = f" and {len(campaigns) - 10} more" if len(campaigns) > 10 else ""
        raise StateConflict(f"campaigns use it: {first}{more}. Move them to another trunk, or pause this one")
    if session.scalar(select(Attempt.id).where(Attempt.trunk_id == trunk_id).limit(1)) is not None:
        raise StateConflict("calls were made over it, and are kept with its name: pause it instead")
    if trunk.name == default_name:
        raise StateConflict("the environment defines it (SWITCHBOARD_PROVIDER): pause it instead")
    _move_deleted_drafts(session, trunk_id, default_name)
    _record_audit(session, trunk, "delete", actor, now, name=trunk.name)
    session.delete(trunk)
    session.flush()


def _move_deleted_drafts(session: Session, trunk_id: int, default_name: str) -> None:
    """Deleted drafts may still be restored: they come back on the default trunk, or on the oldest that there is."""
    if session.scalar(select(Campaign.id).where(Campaign.trunk_id == trunk_id).limit(1)) is None:
        return
    others = select(Trunk.id).where(Trunk.id != trunk_id)
    target = session.scalar(others.order_by(Trunk.name != default_name, Trunk.id).limit(1))
    if target is None:
        raise StateConflict("deleted drafts use it, and there is no other trunk for them: pause it instead")
    session.execute(update(Campaign).where(Campaign.trunk_id == trunk_id).values(trunk_id=target))


def pause_trunk(
    session: Session, trunk_id: int, *, actor: str, now: datetime, reason: str | None = None
) -> Trunk:
    """Nothing is dialed on it from now on; open calls go on to their end. A paused one stays as it is."""
    trunk = _lock_trunk(session, trunk_id)
    if trunk.paused_at is None:
        trunk.paused_at, trunk.paused_by, trunk.paused_reason = now, actor, reason or None
        _record_audit(session, trunk, "pause", actor, now, name=trunk.name, reason=reason)
    return trunk


def resume_trunk(session: Session, trunk_id: int, *, actor: str, now: datetime) -> Trunk:
    """Dial again, at once: an open circuit closes too."""
    trunk = _lock_trunk(session, trunk_id)
    if trunk.paused_at is not None or trunk.circuit_until is not None:
        before = get_trunk_status(trunk, now).code
        trunk.paused_at = trunk.paused_by = trunk.paused_reason = None
        trunk.failures, trunk.circuit_until, trunk.last_error, trunk.last_error_at = 0, None, None, None
        _record_audit(session, trunk, "resume", actor, now, name=trunk.name, before=before)
    return trunk


def renew_secrets(session: Session, *, vault: CredentialVault, now: datetime) -> list[str]:
    """Encrypt everything with the first key. Returns the names of trunks whose secrets no key opens."""
    unreadable_names: list[str] = []
    for trunk in locks.lock_trunks_with_secrets(session):
        try:
            renewed = vault.renew_secret(trunk.secret or "")
        except StateConflict:
            unreadable_names.append(trunk.name)
            continue
        if renewed is not None:
            trunk.secret = renewed
            _record_audit(session, trunk, "renew-secrets", "setup", now, name=trunk.name)
    return unreadable_names


def check_caller_id(trunk: Trunk, caller_id: str | None) -> None:
    """Raises Invalid where the trunk may not call from this number."""
    if caller_id is not None and trunk.caller_ids and caller_id not in trunk.caller_ids:
        raise InvalidInput(
            [FieldError("caller_id", f"{trunk.name} may call from {', '.join(trunk.caller_ids[:10])} only")]
        )


def _other_names(session: Session, except_id: int | None = None) -> set[str]:
    return {trunk.name for trunk in list_trunks(session) if trunk.id != except_id}


def _lock_trunk(session: Session, trunk_id: int) -> Trunk:
    trunk = locks.lock_trunk(session, trunk_id)
    if trunk is None:
        raise NotFound(f"there is no trunk {trunk_id}")
    return trunk


def _record_audit(
    session: Session, trunk: Trunk, verb: str, actor: str, now: datetime, **detail: Any
) -> None:
    audit.record_audit_entry(
        session,
        actor=actor,
        action=f"trunk.{verb}",
        object_type="trunk",
        object_id=trunk.id,
        now=now,
        **detail,
    )
