"""Passkeys (WebAuthn): made and used on the user's device, which keeps the private half.

The library is loaded when the first one is: it takes longer than everything else that a sign-in page needs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import FieldError, InvalidInput, NotFound
from campaign_app.models import Passkey, User
from campaign_app.services import audit
from campaign_app.services.people import factors, users

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

NOT_GENUINE = "the passkey was not accepted: try again, and confirm on your device"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This installation, as browsers see it: `host` without port, `origin` with scheme and port."""

    host: str
    origin: str


def registration_options(session: Session, user: User, party: RelyingParty) -> tuple[str, str]:
    """What the browser is asked to make, as JSON, and the challenge to keep."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=factors.ISSUER,
        user_id=str(user.id).encode(),
        user_name=user.email,
        exclude_credentials=_descriptors(list_passkeys(session, user.id)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def add_passkey(
    session: Session,
    user_id: int,
    credential: str,
    *,
    name: str,
    challenge: str,
    party: RelyingParty,
    actor: str,
    now: datetime,
) -> Passkey:
    """Keep what the browser made. Raises InvalidInput."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    user = users.get_user(session, user_id)
    name = name.strip() or "Passkey"
    if len(name) > 100 or not name.isprintable():
        raise InvalidInput([FieldError("name", "name the passkey, in at most 100 characters")])
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise InvalidInput([FieldError("credential", NOT_GENUINE)]) from None
    credential_id = bytes_to_base64url(verified.credential_id)
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
        raise InvalidInput([FieldError("credential", "this passkey is known already")])
    passkey = Passkey(
        user_id=user_id,
        name=name,
        credential_id=credential_id,
        public_key=bytes_to_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
        created_at=now,
    )
    session.add(passkey)
    user.second_factor_since = user.second_factor_since or now
    session.flush()
    _audit(session, user, "user.second-factor-on", actor, now, passkey=name)
    return passkey


def sign_in_options(session: Session, user_id: int | None, party: RelyingParty) -> tuple[str, str]:
    """What the browser is asked to sign, as JSON, and the challenge to keep. Without a user any passkey of this
    installation that the device offers."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        allow_credentials=_descriptors(list_passkeys(session, user_id)) if user_id is not None else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def verify_passkey(
    session: Session,
    credential: str,
    *,
    challenge: str,
    party: RelyingParty,
    user_id: int | None = None,
    now: datetime,
) -> User:
    """The enabled user whose passkey signed. Raises InvalidInput."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    refusal = InvalidInput([FieldError("credential", NOT_GENUINE)])
    try:
        credential_id = str(json.loads(credential)["id"])
    except (ValueError, KeyError, TypeError):
        raise refusal from None
    passkey = session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))
    user = session.get(User, passkey.user_id) if passkey is not None else None
    if passkey is None or user is None or user.disabled_at is not None or user_id not in (None, user.id):
        raise refusal
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise refusal from None
    passkey.sign_count = verified.new_sign_count
    passkey.last_used_at = now
    return user


def list_passkeys(session: Session, user_id: int | None) -> Sequence[Passkey]:
    """Of a user, the oldest first."""
    return session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def remove_passkey(session: Session, passkey_id: int, user_id: int, *, actor: str, now: datetime) -> None:
    """Raises NotFound."""
    name = session.execute(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id).returning(Passkey.name)
    ).scalar_one_or_none()
    if name is None:
        raise NotFound("there is no such passkey")
    user = users.get_user(session, user_id)
    factors.after_removal(session, user)
    _audit(session, user, "user.second-factor-off", actor, now, passkey=name)


def _descriptors(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]


def _audit(session: Session, user: User, action: str, actor: str, now: datetime, **detail: object) -> None:
    audit.record_audit_entry(
        session,
        actor=actor,
        action=action,
        object_type="user",
        object_id=user.id,
        now=now,
        email=user.email,
        **detail,
    )
