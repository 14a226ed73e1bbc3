"""Signing in by OpenID Connect at a real provider: a small one, in a server of its own."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey

from campaign_app.extensions import db
from campaign_app.models import AuditEntry, Role, User
from tests.web.people_support import Site, close, open_site, squeeze

CLIENT, SECRET = "switchboard", "s3cret-of-the-client"


class Provider:
    """Knows one person; hands out codes and ID tokens as RFC 6749, RFC 7636 and OpenID Connect Core ask."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self.person: dict[str, Any] = {
            "sub": "42", "email": "Olga@example.org", "email_verified": True, "groups": ["staff", "callers"],
        }  # fmt: skip
        self.changes: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.now = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                answers = {"/.well-known/openid-configuration": provider.addresses, "/keys": provider.keys}
                self.reply(200, answers[self.path]())

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                given = {name: values[0] for name, values in form.items()}
                basic = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
                self.reply(*provider.redeem(given, basic))

            def reply(self, status: int, body: dict[str, Any]) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def addresses(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def authorize(self, url: str) -> str:
        """The person signs in there and agrees; where the browser goes then."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': asked['state']})}"

    def redeem(self, given: dict[str, str], basic: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(given.get("code", ""), None)
        challenge = create_s256_code_challenge(given.get("code_verifier", ""))
        if asked is None or basic != f"{CLIENT}:{SECRET}" or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer, "aud": CLIENT, "exp": self.now + 300, "iat": self.now, "nonce": asked["nonce"],
            **self.person, **self.changes,
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def site(tmp_path: Any, sqlite_template: Any, clock: Any, provider: Provider) -> Iterator[Site]:
    site = open_site(
        tmp_path, sqlite_template, clock, oidc_issuer=provider.issuer, oidc_client_id=CLIENT,
        oidc_client_secret=SECRET, oidc_roles=(("callers", "operator"), ("bosses", "admin")), second_factor="all",
    )  # fmt: skip
    site.add_users(Role.ADMIN, Role.VIEWER)
    provider.now = int(clock.now().timestamp())
    yield site
    close(site)


def sign_in(site: Site, provider: Provider) -> Any:
    visitor = site.visitor()
    left = visitor.get("/login/oidc?next=/audit")
    assert left.location.startswith(f"{provider.issuer}/authorize?")
    return visitor, visitor.get(provider.authorize(left.location))


def roles(site: Site) -> dict[str, str]:
    with site.app.app_context():
        return {user.email: user.role for user in db.session.query(User)}


def test_an_identity_gets_an_account_and_its_role_follows_the_provider(
    site: Site, provider: Provider
) -> None:
    visitor, back = sign_in(site, provider)
    assert back.location == "/audit"
    assert visitor.get("/audit").status_code == 200, "the second factor is the provider's to ask for"
    provider.changes = {"groups": ["bosses", "callers"], "email": "new@example.org"}
    sign_in(site, provider)
    assert roles(site)["olga@example.org"] == "admin", "known by its subject, whatever its address"
    assert site.visitor().sign_in("olga@example.org", "").status_code == 422
    with site.app.app_context():
        methods = [
            row.detail["method"] for row in db.session.query(AuditEntry).filter_by(action="user.sign-in")
        ]
    assert methods == ["oidc", "oidc"]


def test_a_verified_address_links_the_account_that_is_there(site: Site, provider: Provider) -> None:
    provider.changes = {"email": "viewer@example.org"}
    sign_in(site, provider)
    assert roles(site) == {"admin@example.org": "admin", "viewer@example.org": "operator"}


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"groups": ["staff"]}, "has no role here"),
        ({"email_verified": False}, "did not vouch for your email address"),
        ({"nonce": "another"}, "was not accepted"),
        ({"aud": "another"}, "was not accepted"),
        ({"iss": "https://evil.example"}, "was not accepted"),
        ({"exp": 1}, "was not accepted"),
    ],
)
def test_what_the_provider_does_not_vouch_for_signs_nobody_in(
    site: Site, provider: Provider, changes: dict[str, Any], told: str
) -> None:
    provider.changes = changes
    visitor, back = sign_in(site, provider)
    assert back.location == "/login"
    assert told in squeeze(visitor.get("/login").get_data(as_text=True))
    assert visitor.get("/account").status_code == 303
    assert len(roles(site)) == 2


def test_a_code_of_another_browser_a_forged_key_and_a_disabled_account_are_refused(
    site: Site, provider: Provider
) -> None:
    left = site.visitor().get("/login/oidc")
    stranger = site.visitor()
    stranger.get("/login/oidc")
    assert stranger.get(provider.authorize(left.location)).location == "/login"
    genuine = provider.keys
    provider.keys = lambda: {"keys": [RSAKey.generate_key(2048, {"kid": "k1"}).as_dict(private=False)]}  # type: ignore[method-assign]
    assert sign_in(site, provider)[1].location == "/login"
    provider.keys = genuine  # type: ignore[method-assign]
    assert sign_in(site, provider)[1].location == "/audit"
    admin = site.visitor()
    with site.app.app_context():
        db.session.query(User).filter_by(email="olga@example.org").update({"disabled_at": site.clock.now()})
        db.session.commit()
    assert admin.get("/account").status_code == 303
    assert sign_in(site, provider)[1].location == "/login"
