"""Trunks: the configured provider accounts and their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import rfc3339
from campaign_app.domain.errors import Conflict, FieldError, Invalid, NotFound
from campaign_app.domain.message import Message, stored_transfers
from campaign_app.domain.number_rules import NumberRules, check_number, make_number_rules
from campaign_app.domain.phone import PhoneError, parse_number
from campaign_app.domain.script import KeyAction
from campaign_app.domain.trunk import TrunkSpec, check_trunk
from campaign_app.models import Attempt, Campaign, Trunk
from campaign_app.queries import counts
from campaign_app.services import audit
from campaign_app.services.trunk_state import trunk_state


class Vault(Protocol):
    """What keeps the credentials (campaign_app.vault)."""

    def lock(self, secrets: Mapping[str, str]) -> str | None: ...

    def open(self, stored: str | None) -> dict[str, str]: ...

    def renewed(self, stored: str) -> str | None: ...


def everything(session: Session) -> Sequence[Trunk]:
    return session.scalars(select(Trunk).order_by(Trunk.id)).all()


def get(session: Session, trunk_id: int) -> Trunk:
    """Raises NotFound."""
    trunk = session.get(Trunk, trunk_id)
    if trunk is None:
        raise NotFound(f"there is no trunk {trunk_id}")
    return trunk


def open_calls(session: Session) -> dict[int, int]:
    """{trunk id: its calls}; trunks without any are absent."""
    rows = session.execute(
        select(Attempt.trunk_id, counts.LIVE).where(Attempt.ended_at.is_(None)).group_by(Attempt.trunk_id)
    )
    return dict(rows.all())


def transfers(session: Session, trunk_id: int) -> bool:
    """Whether a running campaign of the trunk connects callees with somebody, so that it keeps a line for that."""
    return any(stored_transfers(text, parts) for text, parts in counts.running_messages(session, trunk_id))


def ensure_default(
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
            created_at=now,
        )
        session.add(trunk)
        session.flush()
        audit.record(
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


def used_by(session: Session, trunk_id: int) -> Sequence[Campaign]:
    """The campaigns that dial over it, archived ones too."""
    return session.scalars(select(Campaign).where(Campaign.trunk_id == trunk_id).order_by(Campaign.id)).all()


def to_api(session: Session, trunk: Trunk, *, vault: Vault, now: datetime) -> dict[str, Any]:
    """A trunk as the API tells it. Credentials are named, never told."""
    state = trunk_state(trunk, now)
    return {
        "id": trunk.id,
        "name": trunk.name,
        "provider": trunk.provider,
        "settings": trunk.settings,
        "credentials": dict.fromkeys(_secrets(trunk, vault), "set"),
        "caller_ids": trunk.caller_ids or [],
        "countries": trunk.countries,
        "number_types": trunk.number_types or [],
        "countries_chosen": countries_chosen(trunk),
        "max_concurrent_calls": trunk.max_concurrent_calls,
        "calls_per_second": trunk.calls_per_second,
        "state": state.code,
        "reason": state.detail or None,
        "next_try_at": rfc3339(state.until),
        "open_calls": open_calls(session).get(trunk.id, 0),
        "campaigns": [campaign.id for campaign in used_by(session, trunk.id)],
        "created_at": rfc3339(trunk.created_at),
    }


def _secrets(trunk: Trunk, vault: Vault) -> list[str]:
    try:
        return sorted(vault.open(trunk.secret))
    except Conflict as error:
        # Which key opens it is the operator's to find; that it is there is told all the same.
        return [f"unreadable: {error}"]


def spec_data(trunk: Trunk) -> dict[str, Any]:
    """What `check_trunk` takes, as it is now; credentials are left out, which leaves them as they are."""
    data = {
        "name": trunk.name,
        "provider": trunk.provider,
        "settings": trunk.settings,
        "caller_ids": trunk.caller_ids,
        "max_concurrent_calls": trunk.max_concurrent_calls,
        "calls_per_second": trunk.calls_per_second,
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
        if key.action is not KeyAction.TRANSFER or key.to is None or not key.to.startswith("+"):
            continue
        try:
            check_number(parse_number(key.to, None), number_rules_of(trunk))
        except PhoneError as error:
            errors.append(FieldError(f"message.keys[{place}].to", f"{error}: see the trunk {trunk.name}"))
    if errors:
        raise Invalid(errors)


def create(session: Session, data: Mapping[str, Any], *, vault: Vault, actor: str, now: datetime) -> Trunk:
    """Raises Invalid, and the vault's NoKey where credentials are given and there is no key."""
    spec = check_trunk({"max_concurrent_calls": 10, "calls_per_second": None, **data}, taken=_names(session))
    trunk = Trunk(created_at=now, failures=0)
    _set(trunk, spec, {}, vault)
    session.add(trunk)
    session.flush()
    _audit(session, trunk, "create", actor, now, **_told(spec))
    return trunk


def update(
    session: Session, trunk_id: int, data: Mapping[str, Any], *, vault: Vault, actor: str, now: datetime
) -> Trunk:
    """Change some fields. The provider of a trunk with open calls stays (Conflict). Raises Invalid, NotFound, NoKey."""
    trunk = _locked(session, trunk_id)
    before = spec_data(trunk)
    spec = check_trunk({**before, **data}, taken=_names(session, but=trunk_id))
    if spec.provider != trunk.provider and open_calls(session).get(trunk_id):
        raise Conflict(
            "calls are open on it: pause it and wait until they have ended, then change its provider"
        )
    kept = vault.open(trunk.secret) if spec.credentials and spec.provider == trunk.provider else {}
    _set(trunk, spec, kept, vault, forget=spec.provider != trunk.provider)
    after = spec_data(trunk)
    changed = {key: [before.get(key), after[key]] for key in after if before.get(key) != after[key]}
    if changed or spec.credentials:
        # New settings deserve a new try.
        trunk.failures, trunk.circuit_until, trunk.trouble, trunk.trouble_at = 0, None, None, None
        _audit(session, trunk, "update", actor, now, changed=changed, credentials=sorted(spec.credentials))
    session.flush()
    return trunk


def _set(
    trunk: Trunk, spec: TrunkSpec, kept: Mapping[str, str], vault: Vault, *, forget: bool = False
) -> None:
    trunk.name = spec.name
    trunk.provider = spec.provider
    trunk.settings = spec.settings
    trunk.caller_ids = None if spec.caller_ids is None else list(spec.caller_ids)
    trunk.countries = None if spec.countries is None else list(spec.countries)
    trunk.number_types = None if spec.number_types is None else list(spec.number_types)
    trunk.max_concurrent_calls = spec.max_concurrent_calls
    trunk.calls_per_second = spec.calls_per_second
    if spec.credentials or forget:
        merged = {**kept, **spec.credentials}
        trunk.secret = vault.lock({name: value for name, value in merged.items() if value is not None})


def _told(spec: TrunkSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "provider": spec.provider,
        "settings": spec.settings,
        "credentials": sorted(spec.credentials),
        "countries": spec.countries,
        "number_types": spec.number_types,
        "max_concurrent_calls": spec.max_concurrent_calls,
        "calls_per_second": spec.calls_per_second,
    }


def delete(session: Session, trunk_id: int, *, keep: str, actor: str, now: datetime) -> None:
    """Delete a trunk that nothing needs: no campaign names it and no call was made over it. Else Conflict, with the
    list. `keep` is the name of the trunk that the environment defines: it would come back at the next start."""
    trunk = _locked(session, trunk_id)
    campaigns = used_by(session, trunk_id)
    if campaigns:
        first = ", ".join(f"{campaign.name} ({campaign.id})" for campaign in campaigns[:10])
        more = f" and {len(campaigns) - 10} more" if len(campaigns) > 10 else ""
        raise Conflict(f"campaigns use it: {first}{more}. Move them to another trunk, or pause this one")
    if session.scalar(select(Attempt.id).where(Attempt.trunk_id == trunk_id).limit(1)) is not None:
        raise Conflict("calls were made over it, and are kept with its name: pause it instead")
    if trunk.name == keep:
        raise Conflict("the environment defines it (SWITCHBOARD_PROVIDER): pause it instead")
    _audit(session, trunk, "delete", actor, now, name=trunk.name)
    session.delete(trunk)
    session.flush()


def pause(session: Session, trunk_id: int, *, actor: str, now: datetime, reason: str | None = None) -> Trunk:
    """Nothing is dialled on it from now on; open calls go on to their end. A paused one stays as it is."""
    trunk = _locked(session, trunk_id)
    if trunk.paused_at is None:
        trunk.paused_at, trunk.paused_by, trunk.paused_reason = now, actor, reason or None
        _audit(session, trunk, "pause", actor, now, name=trunk.name, reason=reason)
    return trunk


def resume(session: Session, trunk_id: int, *, actor: str, now: datetime) -> Trunk:
    """Dial again, at once: an open circuit closes too."""
    trunk = _locked(session, trunk_id)
    if trunk.paused_at is not None or trunk.circuit_until is not None:
        before = trunk_state(trunk, now).code
        trunk.paused_at = trunk.paused_by = trunk.paused_reason = None
        trunk.failures, trunk.circuit_until, trunk.trouble, trunk.trouble_at = 0, None, None, None
        _audit(session, trunk, "resume", actor, now, name=trunk.name, before=before)
    return trunk


def renew_secrets(session: Session, *, vault: Vault, now: datetime) -> list[str]:
    """Encrypt everything with the first key. Returns the names of trunks whose secrets no key opens."""
    shut: list[str] = []
    for trunk in session.scalars(select(Trunk).where(Trunk.secret.is_not(None)).with_for_update(of=Trunk)):
        try:
            renewed = vault.renewed(trunk.secret or "")
        except Conflict:
            shut.append(trunk.name)
            continue
        if renewed is not None:
            trunk.secret = renewed
            _audit(session, trunk, "renew-secrets", "setup", now, name=trunk.name)
    return shut


def check_caller_id(trunk: Trunk, caller_id: str | None) -> None:
    """Raises Invalid where the trunk may not call from this number."""
    if caller_id is not None and trunk.caller_ids and caller_id not in trunk.caller_ids:
        raise Invalid(
            [FieldError("caller_id", f"{trunk.name} may call from {', '.join(trunk.caller_ids[:10])} only")]
        )


def _names(session: Session, but: int | None = None) -> set[str]:
    return {trunk.name for trunk in everything(session) if trunk.id != but}


def _locked(session: Session, trunk_id: int) -> Trunk:
    trunk = session.scalar(
        select(Trunk)
        .where(Trunk.id == trunk_id)
        .with_for_update(of=Trunk)
        .execution_options(populate_existing=True)
    )
    if trunk is None:
        raise NotFound(f"there is no trunk {trunk_id}")
    return trunk


def _audit(session: Session, trunk: Trunk, verb: str, actor: str, now: datetime, **detail: Any) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"trunk.{verb}",
        object_type="trunk",
        object_id=trunk.id,
        now=now,
        **detail,
    )
