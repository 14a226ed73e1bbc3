"""Users: accounts and their signed-in browsers, for administrators' tokens."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.errors import StateConflict
from campaign_app.extensions import db
from campaign_app.http.account_links import link_url, send_link
from campaign_app.http.current import current_session_limits, now
from campaign_app.models import Role, User, UserSession
from campaign_app.services.people import links, sessions, users
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json, respond_no_content
from .reading import body_as
from .schemas.users import InvitedUser, NewUser, UserChanges, Users, UserSessions
from .schemas.users import User as UserModel

TAG = "users"
USERS = "/users"
ONE = f"{USERS}/<id:user_id>"


@api_operation("GET", USERS, Role.ADMIN, tag=TAG, response_models={200: Users}, name="list_users")
def list_all() -> Response:
    """All accounts, those that are disabled last."""
    return respond_json({"items": [_to_api(user) for user in users.list_users(db.session())]})


@api_operation(
    "POST",
    USERS,
    Role.ADMIN,
    tag=TAG,
    body=NewUser,
    response_models={201: InvitedUser},
    errors=(409,),
    located=True,
    name="invite_user",
)
def invite() -> Response:
    """Make an account. The person chooses a password by a link that works once, for 7 days: it is mailed where a mail
    server is set and takes it, else it is in `link`, this once."""
    fields = body_as(NewUser)
    with transaction(db.session()) as session:
        user, key = links.invite_user(session, fields.email, role=Role(fields.role), actor=g.actor, now=now())
        body = _to_api(user)
    sent = send_link(user, key, links.INVITATION)
    answer = respond_json(
        {**body, "link": None if sent.mailed else link_url(key)}, 201, location=f"/users/{body['id']}"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@api_operation(
    "GET", ONE, Role.ADMIN, tag=TAG, response_models={200: UserModel}, errors=(404,), name="get_user"
)
def get(user_id: int) -> Response:
    """An account."""
    return respond_json(_to_api(users.get_user(db.session(), user_id)))


@api_operation(
    "PATCH",
    ONE,
    Role.ADMIN,
    tag=TAG,
    body=UserChanges,
    response_models={200: UserModel},
    errors=(404, 409),
    name="update_user",
)
def update(user_id: int) -> Response:
    """Change the role, or disable and enable the account. Disabling ends its sessions, tokens and links; tokens above
    a new role stop working. 409 for the last admin, and for disabling the account that made this token."""
    fields = body_as(UserChanges)
    with transaction(db.session()) as session:
        user = users.get_user(session, user_id)
        if fields.disabled and g.token is not None and g.token.maker_id == user_id:
            raise StateConflict("this token would end with that account: ask another admin")
        if fields.role is not None:
            user = users.change_role(session, user_id, Role(fields.role), actor=g.actor, now=now())
        if fields.disabled is not None:
            change = users.disable_user if fields.disabled else users.enable_user
            user = change(session, user_id, actor=g.actor, now=now())
        body = _to_api(user)
    return respond_json(body)


@api_operation(
    "GET",
    f"{ONE}/sessions",
    Role.ADMIN,
    tag=TAG,
    response_models={200: UserSessions},
    errors=(404,),
    name="list_user_sessions",
)
def list_sessions(user_id: int) -> Response:
    """The browsers in which somebody is signed in, the last used first."""
    users.get_user(db.session(), user_id)
    found = sessions.list_user_sessions(db.session(), user_id, now(), current_session_limits())
    return respond_json({"items": [_session_to_api(browser) for browser in found]})


@api_operation(
    "DELETE",
    f"{ONE}/sessions",
    Role.ADMIN,
    tag=TAG,
    response_models={204: None},
    errors=(404,),
    name="end_user_sessions",
)
def end_sessions(user_id: int) -> Response:
    """Sign somebody out everywhere."""
    with transaction(db.session()) as session:
        users.get_user(session, user_id)
        sessions.end_all_sessions(session, user_id, actor=g.actor, now=now())
    return respond_no_content()


@api_operation(
    "DELETE",
    f"{ONE}/sessions/<id:session_id>",
    Role.ADMIN,
    tag=TAG,
    response_models={204: None},
    errors=(404,),
    name="end_user_session",
)
def end_session(user_id: int, session_id: int) -> Response:
    """Sign somebody out of one browser."""
    with transaction(db.session()) as session:
        sessions.end_session(session, session_id, user_id, actor=g.actor, now=now())
    return respond_no_content()


def _to_api(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "role": user.role,
        "invited": not user.password_hash and user.oidc_subject is None,
        "second_factor": user.second_factor_since is not None,
        "created_at": to_rfc3339(user.created_at),
        "disabled_at": to_rfc3339(user.disabled_at),
    }


def _session_to_api(browser: UserSession) -> dict[str, Any]:
    return {
        "id": browser.id,
        "created_at": to_rfc3339(browser.created_at),
        "last_used_at": to_rfc3339(browser.last_used_at),
        "expires_at": to_rfc3339(browser.expires_at),
        "address": browser.address,
        "browser": browser.browser,
        "method": browser.method,
    }
