"""Second factors: the authenticator app's codes (TOTP, RFC 6238) and the recovery codes for when it is lost."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict
from campaign_app.models import Passkey, RecoveryCode, User
from campaign_app.services import audit
from campaign_app.services.people import keys, users
from campaign_app.vault import CredentialVault

STEP = 30
"""Seconds that a code lasts."""
RECOVERY_CODES = 10
ISSUER = "Switchboard"
WRONG_CODE = "this code is not right: check the clock of your phone, and type the code that it shows now"


def new_secret() -> str:
    """160 random bits, as authenticator apps take them."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, email: str) -> str:
    """What the QR code says."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def matching_counter(secret: str, code: str, now: datetime) -> int | None:
    """The 30 seconds for which `code` is right: now, or the ones just before and after, for clocks that differ."""
    # Digits of any script, as keyboards of some languages type them.
    code = "".join(str(int(char)) for char in code if char.isdecimal())
    current = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    for counter in (current, current - 1, current + 1):
        if secrets.compare_digest(totp.generate_otp(counter), code):
            return counter
    return None


def turn_on_totp(
    session: Session,
    user_id: int,
    secret: str,
    code: str,
    *,
    vault: CredentialVault,
    actor: str,
    now: datetime,
) -> list[str]:
    """Take the app whose code was typed; returns new recovery codes, which are nowhere else. Raises InvalidInput."""
    user = users.get_user(session, user_id)
    counter = matching_counter(secret, code, now)
    if counter is None:
        raise InvalidInput([FieldError("code", WRONG_CODE)])
    user.totp_secret = _lock(secret, vault)
    user.totp_counter = counter
    user.second_factor_since = user.second_factor_since or now
    _audit(session, user, "user.second-factor-on", actor, now, kind="authenticator app")
    return new_recovery_codes(session, user, now=now)


def new_recovery_codes(session: Session, user: User, *, now: datetime) -> list[str]:
    """Ten new codes; those of before stop working."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [_generate_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hash_code(code)) for code in codes)
    session.flush()
    return codes


def audit_new_codes(session: Session, user: User, *, actor: str, now: datetime) -> None:
    """Say in the audit trail that the codes are new ones."""
    _audit(session, user, "user.new-recovery-codes", actor, now)


def count_recovery_codes(session: Session, user_id: int) -> int:
    """How many have not been used."""
    codes = select(RecoveryCode.id).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return len(session.scalars(codes).all())


def check_code(
    session: Session, user_id: int, code: str, *, vault: CredentialVault, now: datetime
) -> str | None:
    """`code` or `recovery code`, as what it was right, and it is used up; None for a wrong one."""
    user = users.get_user(session, user_id)
    if user.totp_secret is not None:
        counter = matching_counter(_open(user.totp_secret, vault), code, now)
        if counter is not None:
            taken = session.execute(
                update(User)
                .where(User.id == user_id, (User.totp_counter.is_(None)) | (User.totp_counter < counter))
                .values(totp_counter=counter)
                .returning(User.id)
            ).all()
            return "code" if taken else None
    taken = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == _hash_code(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).all()
    if not taken:
        return None
    _audit(session, user, "user.recovery-code", f"user:{user.email}", now)
    return "recovery code"


def explain_wrong_code(
    session: Session, user_id: int, code: str, *, vault: CredentialVault, now: datetime
) -> str:
    """Why `check_code` refused it, and what to do."""
    user = users.get_user(session, user_id)
    used = select(RecoveryCode.id).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hash_code(code)
    )
    if session.scalar(used.limit(1)) is not None:
        return "this recovery code was used before: each works once, so take another one"
    if any(char.isalpha() for char in code) or user.totp_secret is None:
        return "this is none of your recovery codes: compare it with your list, and take one that you have not used"
    if matching_counter(_open(user.totp_secret, vault), code, now) is not None:
        return "this code was used before: wait until the app shows the next one"
    return WRONG_CODE


def turn_off_totp(session: Session, user_id: int, *, actor: str, now: datetime) -> None:
    """Forget the app. Raises StateConflict where there is none."""
    user = users.get_user(session, user_id)
    if user.totp_secret is None:
        raise StateConflict("there is no authenticator app to remove")
    user.totp_secret = user.totp_counter = None
    after_removal(session, user)
    _audit(session, user, "user.second-factor-off", actor, now, kind="authenticator app")


def remove_all(session: Session, user_id: int, *, actor: str, now: datetime) -> User:
    """Forget app, passkeys and recovery codes, for somebody who has lost them: the password alone signs in again."""
    user = users.get_user(session, user_id)
    user.totp_secret = user.totp_counter = None
    session.execute(delete(Passkey).where(Passkey.user_id == user_id))
    after_removal(session, user)
    _audit(session, user, "user.second-factor-off", actor, now, kind="all of them")
    return user


def after_removal(session: Session, user: User) -> None:
    """Keep `second_factor_since` true, and no recovery codes of nothing."""
    session.flush()
    has_passkey = session.scalar(select(Passkey.id).where(Passkey.user_id == user.id).limit(1)) is not None
    if user.totp_secret is None and not has_passkey:
        user.second_factor_since = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


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


def _generate_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _hash_code(code: str) -> str:
    return keys.hash_key("".join(char for char in code.lower() if char.isalnum()))


def _lock(secret: str, vault: CredentialVault) -> str:
    return (vault.lock({"totp": secret}) if vault else None) or f"plain:{secret}"


def _open(stored: str, vault: CredentialVault) -> str:
    return stored.removeprefix("plain:") if stored.startswith("plain:") else vault.open(stored)["totp"]
