"""Sessions: how long they last, their keys, the lists of them, and how guesses at passwords are counted."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy.orm import Session

from campaign_app.domain.browsers import describe_browser
from campaign_app.domain.errors import StateConflict
from campaign_app.extensions import db, make_engine
from campaign_app.models import AuditEntry, Role, User, UserSession
from campaign_app.services.people import users
from campaign_app.transaction import transaction
from tests.support.clock import FakeClock
from tests.web.people_support import PASSWORD, Site, Visitor

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW_PASSWORD = "a new battery staple"


def key_of(visitor: Visitor) -> str:
    with visitor.client.session_transaction() as cookie:
        return str(cookie["key"])


def set_key(visitor: Visitor, key: str) -> None:
    with visitor.client.session_transaction() as cookie:
        cookie["key"] = key


def from_address(site: Site, address: str) -> Visitor:
    visitor = site.visitor()
    visitor.client.environ_base["REMOTE_ADDR"] = address
    return visitor


def user_id(site: Site, role: Role) -> int:
    with site.app.app_context():
        return db.session.query(User.id).filter_by(email=f"{role}@example.org").scalar()


def actions(site: Site, user: str = "") -> list[str]:
    with site.app.app_context():
        rows = db.session.query(AuditEntry).order_by(AuditEntry.id)
        return [row.action for row in rows if user in str(row.detail)]


def test_a_session_ends_after_three_idle_days_and_pages_that_refresh_do_not_keep_it(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    for _ in range(2):
        site.clock.move(72 * 3600 - 1)
        assert visitor.get("/account").status_code == 200
    site.clock.move(71 * 3600)
    assert visitor.get("/health/_live").status_code == 200
    site.clock.move(3600)
    assert visitor.get("/account").status_code == 303


def test_the_key_changes_with_the_password_and_a_copy_of_the_cookie_is_worthless(site: Site) -> None:
    visitor, thief = site.visitor(Role.VIEWER), site.visitor()
    before = key_of(visitor)
    changed = visitor.post("/account/password", {"current": PASSWORD, "password": NEW_PASSWORD})
    assert changed.status_code == 303
    assert visitor.get("/account").status_code == 200
    assert key_of(visitor) != before
    set_key(thief, before)
    assert thief.get("/account").status_code == 303


def test_the_key_changes_with_the_role_and_the_old_one_serves_only_what_was_under_way(site: Site) -> None:
    operator, admin, thief = site.visitor(Role.OPERATOR), site.visitor(Role.ADMIN), site.visitor()
    before = key_of(operator)
    admin.post(f"/users/{user_id(site, Role.OPERATOR)}/role", {"role": "viewer"})
    assert operator.get("/audit").status_code == 403
    assert key_of(operator) != before
    set_key(thief, before)
    assert thief.get("/account").status_code == 200
    site.clock.move(31)
    assert thief.get("/account").status_code == 303
    assert operator.get("/account").status_code == 200


def test_browsers_are_listed_with_address_and_ended_one_by_one_or_by_an_admin(site: Site) -> None:
    here, there, admin = (
        site.visitor(Role.VIEWER),
        from_address(site, "203.0.113.9"),
        site.visitor(Role.ADMIN),
    )
    there.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    there.sign_in("viewer@example.org")
    page = here.get("/account").get_data(as_text=True)
    assert "Firefox on Windows" in page
    assert "203.0.113.9" in page
    with site.app.app_context():
        away = db.session.query(UserSession.id).filter_by(address="203.0.113.9").scalar()
        own = db.session.query(UserSession.id).filter_by(user_id=user_id(site, Role.ADMIN)).scalar()
    assert here.post(f"/account/sessions/{own}/end").status_code == 404  # somebody else's
    assert here.post(f"/account/sessions/{away}/end").status_code == 303
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200
    viewer = user_id(site, Role.VIEWER)
    assert "Last used" in admin.get(f"/users/{viewer}").get_data(as_text=True)
    assert admin.post(f"/users/{viewer}/sessions/end").status_code == 303
    assert here.get("/account").status_code == 303
    assert {"user.end-session", "user.end-all-sessions"} <= set(actions(site))


def test_signing_out_clears_what_the_browser_keeps(site: Site) -> None:
    response = site.visitor(Role.VIEWER).post("/logout")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_stranger_who_guesses_locks_out_nobody_but_himself(site: Site) -> None:
    owner = from_address(site, "192.0.2.1")
    owner.sign_in("admin@example.org")
    stranger = from_address(site, "203.0.113.9")
    answers = [stranger.sign_in("ADMIN@example.org", f"wrong {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 300
    assert stranger.sign_in("admin@example.org").status_code == 429, "the right password, too"
    # The owner at a new browser elsewhere; and at the known one, even beside the stranger.
    assert from_address(site, "192.0.2.2").sign_in("admin@example.org").status_code == 303
    owner.post("/logout")
    owner.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert owner.sign_in("admin@example.org").status_code == 303
    trail = actions(site, "admin@example.org")
    assert trail.count("user.sign-in-failed") == 5
    assert trail.count("user.lock-out") == 1
    with site.app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="user.lock-out").one()
        assert (entry.address, entry.actor) == ("203.0.113.9", "anonymous")


def test_guesses_at_one_account_from_everywhere_end_and_known_browsers_still_get_in(site: Site) -> None:
    owner = site.visitor(Role.ADMIN)
    owner.post("/logout")
    for n in range(100):
        assert from_address(site, f"198.51.100.{n}").sign_in("admin@example.org", "wrong").status_code == 422
    assert from_address(site, "198.51.100.200").sign_in("admin@example.org").status_code == 429
    assert owner.sign_in("admin@example.org").status_code == 303


def test_addresses_of_one_ipv6_network_are_one_client(site: Site) -> None:
    answers = [
        from_address(site, f"2001:db8::{n:x}").sign_in("admin@example.org", "wrong").status_code
        for n in range(6)
    ]
    assert answers == [422] * 5 + [429]


def test_the_current_password_cannot_be_guessed_on_the_account_page(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    answers = [
        visitor.post("/account/password", {"current": f"wrong {n}", "password": NEW_PASSWORD}).status_code
        for n in range(6)
    ]
    assert answers == [422] * 5 + [429]
    assert "user.wrong-password" in actions(site)


@pytest.mark.postgres_only
def test_two_admins_who_disable_each_other_at_once_leave_one(database_url: str, clock: FakeClock) -> None:
    engine = make_engine(database_url)
    with Session(engine) as session, transaction(session):
        both = [
            users.create_admin(session, f"{name}@example.org", PASSWORD, actor="cli", now=clock.now()).id
            for name in "ab"
        ]
    barrier, ends = threading.Barrier(2), []

    def disable(other: int, actor: str) -> None:
        with Session(engine) as session:
            try:
                with transaction(session):
                    users.get_user(session, other)
                    barrier.wait(30)
                    users.disable_user(session, other, actor=actor, now=clock.now())
            except StateConflict as error:
                ends.append(str(error))

    threads = [
        threading.Thread(target=disable, args=args)
        for args in [(both[0], "user:b@example.org"), (both[1], "user:a@example.org")]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        left = session.query(User).filter(User.disabled_at.is_(None)).count()
    engine.dispose()
    assert left == 1
    assert len(ends) == 1
    assert "the last admin" in ends[0]


@pytest.mark.parametrize(
    "header, words",
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("python-httpx/0.28", "python-httpx"),
        ("<script>", None),
        ("", None),
    ],
)
def test_a_browser_is_told_in_words(header: str, words: Any) -> None:
    assert describe_browser(header) == words
