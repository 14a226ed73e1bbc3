"""A site without an engine, and people who visit it through Flask's test client."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.extensions import db, limiter
from campaign_app.models import AuditEntry, Role, User
from campaign_app.services.people import tokens, users
from campaign_app.transaction import transaction
from campaign_app.web.auth import start_session
from tests.support.clock import FakeClock

PASSWORD = "correct horse battery"
CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')


def squeeze(page: str) -> str:
    """The page with each run of blanks as one, which is how a browser reads it."""
    return re.sub(r"\s+", " ", page)


class Visitor:
    """A browser with its cookies. Forms are posted with the token that the last page carried."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.csrf = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        response = self.client.get(path, **options)
        self._remember(response)
        return response

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        response = self.client.post(path, data={"csrf_token": self.csrf, **(data or {})}, **options)
        self._remember(response)
        return response

    def sign_in(self, email: str, password: str = PASSWORD, next_page: str = "") -> TestResponse:
        self.get("/login")
        response = self.post("/login", {"email": email, "password": password, "next": next_page})
        if response.status_code == 303:
            self.get("/account")
        return response

    def begin_session(self, app: Flask, email: str) -> None:
        """Be signed in, as after the sign-in page with the right password, without the pages on the way."""
        with app.test_request_context("/login"):
            app.preprocess_request()
            user = db.session.query(User).filter_by(email=email).one()
            response = start_session(user.id, None)
            self.csrf = generate_csrf()
            cookies = app.process_response(response).headers.getlist("Set-Cookie")
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.client.set_cookie(name, value)

    def _remember(self, response: TestResponse) -> None:
        found = CSRF.search(response.get_data(as_text=True)) if response.mimetype == "text/html" else None
        if found:
            self.csrf = found.group(1)


class Site:
    """The application over a database of its own; users are named by role: `admin@example.org`."""

    def __init__(self, app: Flask, clock: FakeClock) -> None:
        self.app = app
        self.clock = clock
        self.woken = 0
        app.extensions["switchboard"].wake = self._wake

    def _wake(self) -> None:
        self.woken += 1

    def visitor(self, role: Role | None = None) -> Visitor:
        visitor = Visitor(self.app.test_client())
        if role is not None:
            visitor.begin_session(self.app, f"{role}@example.org")
        return visitor

    def add_users(self, *roles: Role) -> None:
        with self.app.app_context(), transaction(db.session()) as session:
            for role in roles:
                users.create_user(
                    session, f"{role}@example.org", PASSWORD, role=role, actor="cli", now=self.clock.now()
                )

    def token(self, role: Role) -> str:
        with self.app.app_context(), transaction(db.session()) as session:
            return tokens.create_token(session, f"a {role}", role, actor="cli", now=self.clock.now())[1]

    def trail(self) -> list[tuple[str, str]]:
        """(actor, action) of everything that was audited, oldest first."""
        with self.app.app_context():
            entries = db.session.query(AuditEntry).order_by(AuditEntry.id)
            return [(entry.actor, entry.action) for entry in entries]


def open_site(directory: Path, template: Path, clock: FakeClock, **settings: Any) -> Site:
    """On SQLite, of a copy of the template, unless `settings` have a `database_url`."""
    database = directory / "site.sqlite"
    if "database_url" not in settings:
        shutil.copyfile(template, database)
    held = Settings(
        instance_path=directory / "instance",
        engine="off",
        secret_key="s" * 32,
        **{
            "database_url": f"sqlite:///{database}",
            # Nobody listens there: a trunk that is saved is checked.
            "twilio_base_url": "http://127.0.0.1:9",
            **settings,
        },
    )
    app = create_app(held, clock=clock)
    limiter.reset()  # it counts for the process, which the tests share
    return Site(app, clock)


def close(site: Site) -> None:
    with site.app.app_context():
        db.session.remove()
        db.engine.dispose()
