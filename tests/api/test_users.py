"""Users over the API: invited, changed, disabled, signed out; by administrators' tokens alone, and audited."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from campaign_app.extensions import db
from campaign_app.models import AccountLink, ApiToken, AuditEntry, Role, User
from campaign_app.services.people import links, sessions, users
from campaign_app.transaction import transaction
from tests.api.asking import Api, fields_of

PASSWORD = "correct horse battery staple"


def sign_in(api: Api, user_id: int) -> None:
    with api.app.app_context(), transaction(db.session()) as session:
        sessions.sign_in(session, session.get_one(User, user_id), now=api.clock.now())


def test_an_account_from_the_invitation_to_its_end(each_api: Api) -> None:
    admin = each_api.as_("admin")
    for role in ("viewer", "operator", "compliance"):
        each_api.as_(role).get("/users", status=403)
    answer = admin.ask("POST", "/users", status=201, json={"email": "Bo@example.org", "role": "operator"})
    made = answer.get_json()
    link = made.pop("link")
    assert (made["email"], made["role"], made["invited"]) == ("bo@example.org", "operator", True)
    assert admin.get(answer.headers["Location"]) == made
    again = admin.post("/users", {"email": "bo@example.org", "role": "viewer"}, status=409)
    assert "already" in again["detail"]
    assert fields_of(admin.post("/users", {"email": "x", "role": "boss"}, status=422)) == {"role"}

    key = link.rpartition("/")[2]
    browser = admin.app.test_client()
    assert browser.get(f"/welcome/{key}").status_code == 200
    one = f"/users/{made['id']}"
    # What was sent before does not open the account once it is enabled again.
    assert admin.ask("PATCH", one, status=200, json={"disabled": True}).get_json()["disabled_at"]
    assert (
        admin.ask("PATCH", one, status=200, json={"disabled": False, "role": "viewer"}).get_json()["role"]
        == "viewer"
    )
    assert browser.get(f"/welcome/{key}").status_code == 404

    sign_in(admin, made["id"])
    admin.clock.move(60)
    sign_in(admin, made["id"])
    browsers = admin.get(f"{one}/sessions")["items"]
    assert [each["method"] for each in browsers] == ["password", "password"]
    admin.ask("DELETE", f"{one}/sessions/{browsers[0]['id']}", status=204)
    admin.ask("DELETE", f"{one}/sessions/{browsers[0]['id']}", status=404)
    assert admin.get(f"{one}/sessions")["items"] == browsers[1:]
    admin.ask("DELETE", f"{one}/sessions", status=204)
    assert admin.get(f"{one}/sessions")["items"] == []
    with admin.app.app_context():
        trail = db.session().scalars(
            select(AuditEntry.action).where(
                AuditEntry.object_type == "user", AuditEntry.actor.like("token:%")
            )
        )
        assert set(trail) >= {
            "user.create",
            "user.disable",
            "user.enable",
            "user.change-role",
            "user.end-session",
            "user.end-all-sessions",
        }


def test_the_last_admin_stays_and_nobody_locks_the_maker_of_the_own_token_out(each_api: Api) -> None:
    admin = each_api.as_("admin")
    with admin.app.app_context(), transaction(db.session()) as session:
        now = admin.clock.now()
        for email in ("ann@example.org", "bo@example.org"):
            users.create_admin(session, email, PASSWORD, actor="cli", now=now)
        ids = {user.email: user.id for user in users.list_users(session)}
        for token in session.scalars(select(ApiToken)):
            token.maker_id = ids["ann@example.org"]
            token.expires_at = now + timedelta(days=1)
    ann, bo = (f"/users/{ids[email]}" for email in ("ann@example.org", "bo@example.org"))
    assert (
        "token would end with"
        in admin.ask("PATCH", ann, status=409, json={"disabled": True}).get_json()["detail"]
    )
    admin.ask("PATCH", bo, status=200, json={"disabled": True})
    assert "last admin" in admin.ask("PATCH", ann, status=409, json={"role": "viewer"}).get_json()["detail"]


def test_a_demoted_admins_token_does_not_give_the_role_back(each_api: Api) -> None:
    admin = each_api.as_("admin")
    with admin.app.app_context(), transaction(db.session()) as session:
        now = admin.clock.now()
        for email in ("ann@example.org", "bo@example.org"):
            users.create_admin(session, email, PASSWORD, actor="cli", now=now)
        ann = users.find_user_id(session, "ann@example.org")
        assert ann is not None
        for token in session.scalars(select(ApiToken)):
            token.maker_id = ann

    def set_role(role: Role) -> None:
        with admin.app.app_context(), transaction(db.session()) as session:
            users.change_role(session, ann, role, actor="cli", now=admin.clock.now())

    set_role(Role.OPERATOR)
    admin.ask("PATCH", f"/users/{ann}", status=401, json={"role": "admin"})
    admin.as_("compliance").get("/do-not-call", status=401)
    admin.as_("operator").get("/campaigns")
    admin.as_("viewer").get("/campaigns")
    with admin.app.app_context():
        assert users.get_user(db.session(), ann).role == "operator"
    set_role(Role.ADMIN)
    assert admin.get(f"/users/{ann}")["role"] == "admin"


def test_a_link_that_outlived_the_disabling_does_not_outlive_the_enabling(api: Api) -> None:
    """Earlier versions left the links of an account that they disabled."""
    admin = api.as_("admin")
    with admin.app.app_context(), transaction(db.session()) as session:
        now = admin.clock.now()
        user, key = links.invite_user(session, "bo@example.org", role=Role.VIEWER, actor="cli", now=now)
        user_id, user.disabled_at = user.id, now
    admin.ask("PATCH", f"/users/{user_id}", status=200, json={"disabled": False})
    assert admin.app.test_client().get(f"/welcome/{key}").status_code == 404
    with admin.app.app_context():
        assert db.session().scalars(select(AccountLink)).all() == []
