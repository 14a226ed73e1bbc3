"""Single sign-on by OpenID Connect: the code flow with PKCE, and the account and role that an identity stands for.

The libraries are loaded when somebody signs in so: most installations never do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import StateConflict
from campaign_app.models import Role, User
from campaign_app.services import audit
from campaign_app.services.people import users

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
TIMEOUT = 10.0
"""Seconds, of each of the provider's answers."""
LEEWAY = 60
"""Seconds by which clocks may differ."""
SCOPE = "openid email profile"


class OidcFailed(Exception):
    """The provider did not vouch for anybody; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """`roles` maps values of `role_claim` to our roles: the most that an identity has of them counts."""

    issuer: str
    client_id: str
    client_secret: str
    role_claim: str
    roles: Mapping[str, Role]

    def describe(self) -> dict[str, Any]:
        """Its addresses (OpenID Connect Discovery). Raises OidcFailed."""
        found = _get(f"{self.issuer}/.well-known/openid-configuration")
        if found.get("issuer", "").rstrip("/") != self.issuer:
            raise OidcFailed("the identity provider gives another issuer than OIDC_ISSUER")
        return found

    def authorization_url(self, redirect_uri: str, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises OidcFailed."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        return str(
            prepare_grant_uri(
                self.describe()["authorization_endpoint"],
                client_id=self.client_id,
                response_type="code",
                redirect_uri=redirect_uri,
                scope=SCOPE,
                state=state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    def fetch_claims(
        self, code: str, redirect_uri: str, *, nonce: str, verifier: str, now: datetime
    ) -> dict[str, Any]:
        """What the provider says of who came back with the code. Raises OidcFailed."""
        import httpx
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        addresses = self.describe()
        try:
            answer = httpx.post(
                addresses["token_endpoint"],
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": redirect_uri,
                    "code_verifier": verifier,
                },
                # RFC 6749, 2.3.1: both are form-encoded before they become user and password.
                auth=(quote_plus(self.client_id), quote_plus(self.client_secret)),
                timeout=TIMEOUT,
            )
            token = answer.raise_for_status().json()
            keys = KeySet.import_key_set(_get(addresses["jwks_uri"]))  # type: ignore[arg-type]
            decoded = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": addresses["issuer"]},
                aud={"essential": True, "value": self.client_id},
                sub={"essential": True},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError, httpx.HTTPError) as error:
            raise OidcFailed(f"the identity provider's answer was not accepted: {error}") from None
        return dict(decoded.claims)

    def find_role(self, claims: Mapping[str, Any]) -> Role | None:
        """None where nothing that the identity has stands for a role here."""
        values = claims.get(self.role_claim)
        named = {values} if isinstance(values, str) else {str(each) for each in values or ()}
        found = {self.roles[each] for each in named if each in self.roles}
        order = [Role.ADMIN, Role.COMPLIANCE, Role.OPERATOR, Role.VIEWER]
        return next((role for role in order if role in found), None)


def _get(url: str) -> dict[str, Any]:
    import httpx

    try:
        answer = httpx.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError):
        raise OidcFailed("the identity provider does not answer") from None
    return body


def admit(session: Session, provider: IdentityProvider, claims: Mapping[str, Any], *, now: datetime) -> User:
    """The account of an identity: the one it had before, else that with its verified address, else a new one; its role
    is the provider's to say. Raises OidcFailed."""
    role = provider.find_role(claims)
    if role is None:
        raise OidcFailed("your account there has no role here: ask whoever manages it")
    subject = f"{provider.issuer} {claims['sub']}"
    email = str(claims.get("email") or "").strip().lower()
    user = session.scalar(select(User).where(User.oidc_subject == subject))
    actor = f"oidc:{email or claims['sub']}"[:254]
    if user is None and email and claims.get("email_verified") is True:
        user = session.scalar(select(User).where(User.email == email))
        if user is not None:
            if user.oidc_subject is not None:
                raise OidcFailed("the account with your address belongs to another identity")
            user.oidc_subject = subject
            audit.record_audit_entry(
                session, actor=actor, action="user.link-identity", object_type="user", object_id=user.id,
                now=now, email=user.email,
            )  # fmt: skip
        else:
            user = users.add_user_without_password(
                session, email, role=role, actor=actor, now=now, oidc_subject=subject
            )
    if user is None:
        raise OidcFailed("the identity provider did not vouch for your email address")
    if user.disabled_at is not None:
        raise OidcFailed("your account here is disabled")
    if user.role != role:
        try:
            users.change_role(session, user.id, role, actor=actor, now=now)
        except StateConflict as error:
            raise OidcFailed(str(error)) from None
    return user
