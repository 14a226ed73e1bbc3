"""Users, account, settings, tokens, do-not-call, audit and health, as people of each role use them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from campaign_app.config import READERS, SECRETS, Settings
from campaign_app.domain.errors import InvalidInput
from campaign_app.extensions import db
from campaign_app.models import ApiToken, DoNotCall, EngineHeartbeat, Role, Trunk, User
from campaign_app.services import do_not_call
from campaign_app.services.call_files import CallFileQuery
from campaign_app.services.people import tokens, users
from campaign_app.transaction import transaction
from campaign_app.web.settings import list_settings
from tests.web.pages_support import make_campaign
from tests.web.people_support import PASSWORD, Site


def user_id(site: Site, role: Role) -> int:
    with site.app.app_context():
        return db.session.query(User).filter_by(email=f"{role}@example.org").one().id


def add_trunk(site: Site, name: str = "default") -> int:
    with site.app.app_context(), transaction(db.session()) as session:
        trunk = Trunk(
            name=name, provider="simulator", settings={}, max_concurrent_calls=20, created_at=site.clock.now()
        )
        session.add(trunk)
        session.flush()
        return trunk.id


def add_beat(site: Site, **changes: Any) -> None:
    now = site.clock.now()
    beat = {
        "name": "engine-1",
        "host": "board",
        "pid": 7,
        "started_at": now,
        "last_tick_at": now,
        "tick_ms": 3,
        **changes,
    }
    with site.app.app_context(), transaction(db.session()) as session:
        session.merge(EngineHeartbeat(**beat))


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


# ---- who may


RULES = (Role.OPERATOR, Role.COMPLIANCE)
PAGES: list[tuple[str, Role | tuple[Role, ...]]] = [
    ("/users", Role.ADMIN),
    ("/settings/tokens", Role.ADMIN),
    ("/audit", RULES),
    ("/account", Role.VIEWER),
    ("/settings", Role.VIEWER),
    ("/trunks", Role.VIEWER),
    ("/trunks/new", Role.ADMIN),
    ("/health", Role.VIEWER),
    ("/health/_live", Role.VIEWER),
    ("/do-not-call", Role.VIEWER),
    ("/do-not-call/removed", Role.VIEWER),
    ("/do-not-call/export.csv", RULES),
    ("/do-not-call/imports/new", RULES),
]


def may(role: Role, needed: Role | tuple[Role, ...]) -> bool:
    return role.allows(*(needed if isinstance(needed, tuple) else (needed,)))


@pytest.mark.parametrize("role", list(Role))
def test_each_page_opens_to_its_role_and_above(site: Site, role: Role) -> None:
    visitor = site.visitor(role)
    for path, needed in PAGES:
        expected = 200 if may(role, needed) else 403
        assert visitor.get(path).status_code == expected, path


ACTIONS: list[tuple[str, Role | tuple[Role, ...]]] = [
    ("/campaigns/1/start", Role.OPERATOR),
    ("/campaigns/1/imports", Role.OPERATOR),
    ("/users", Role.ADMIN),
    ("/users/1/role", Role.ADMIN),
    ("/users/1/disable", Role.ADMIN),
    ("/users/1/enable", Role.ADMIN),
    ("/trunks/new", Role.ADMIN),
    ("/trunks/1", Role.ADMIN),
    ("/trunks/1/delete", Role.ADMIN),
    ("/trunks/1/pause", Role.OPERATOR),
    ("/trunks/1/test", Role.OPERATOR),
    ("/settings/tokens", Role.ADMIN),
    ("/settings/tokens/1/revoke", Role.ADMIN),
    ("/do-not-call", RULES),
    ("/do-not-call/1/remove", RULES),
    ("/do-not-call/imports", RULES),
    ("/do-not-call/imports/1/check", RULES),
    ("/do-not-call/imports/1/undo", RULES),
]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.COMPLIANCE])
def test_an_action_beyond_the_role_is_refused_and_changes_nothing(site: Site, role: Role) -> None:
    visitor = site.visitor(role)
    before = site.trail()
    for path, needed in ACTIONS:
        if not may(role, needed):
            assert visitor.post(path).status_code == 403, path
    assert {action for _, action in site.trail()[len(before) :]} == {"access.refuse"}


# ---- users


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"email": "not an address"}, "ive an email address"),
        ({"email": ""}, "Enter an email address"),
        ({"email": "admin@example.org"}, "There is a user admin@example.org already"),
        ({"role": "owner"}, "Not a valid choice"),
    ],
)
def test_a_wrong_user_is_refused_with_the_remedy(site: Site, changes: dict[str, str], message: str) -> None:
    admin = site.visitor(Role.ADMIN)
    data = {"email": "new-user@example.org", "role": "viewer", **changes}
    refused = admin.post("/users", data)
    assert refused.status_code == 422
    assert message in text(refused)
    assert 'id="error-summary"' in text(refused)


def test_a_role_changed_holds_from_the_next_request(site: Site) -> None:
    operator, admin = site.visitor(Role.OPERATOR), site.visitor(Role.ADMIN)
    assert operator.get("/audit").status_code == 200
    admin.post(f"/users/{user_id(site, Role.OPERATOR)}/role", {"role": "viewer"})
    assert operator.get("/audit").status_code == 403


def test_a_disabled_user_is_out_at_once_and_can_come_back(site: Site) -> None:
    operator, admin = site.visitor(Role.OPERATOR), site.visitor(Role.ADMIN)
    path = f"/users/{user_id(site, Role.OPERATOR)}"
    admin.post(f"{path}/disable")
    assert operator.get("/account").status_code == 303
    assert site.visitor().sign_in("operator@example.org").status_code == 422
    admin.post(f"{path}/enable")
    assert site.visitor().sign_in("operator@example.org").status_code == 303


def test_nobody_disables_oneself_and_the_last_admin_stays(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    path = f"/users/{user_id(site, Role.ADMIN)}"
    assert admin.post(f"{path}/disable").status_code == 409
    demoted = admin.post(f"{path}/role", {"role": "viewer"})
    assert demoted.status_code == 409
    assert "the last admin" in text(demoted)
    assert admin.get("/users").status_code == 200


def test_changing_the_password_signs_the_other_browsers_out_only(site: Site) -> None:
    here, there = site.visitor(Role.VIEWER), site.visitor(Role.VIEWER)
    wrong = here.post("/account/password", {"current": "not it at all", "password": "a new battery staple"})
    assert wrong.status_code == 422
    assert "This is not your password" in text(wrong)
    assert here.post(
        "/account/password", {"current": PASSWORD, "password": "a new battery staple"}
    ).status_code == 303  # fmt: skip
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert site.visitor().sign_in("viewer@example.org").status_code == 422
    assert site.visitor().sign_in("viewer@example.org", "a new battery staple").status_code == 303


def test_one_signs_the_other_browsers_out(site: Site) -> None:
    here, there = site.visitor(Role.VIEWER), site.visitor(Role.VIEWER)
    assert "Another browser" in text(here.get("/account"))
    here.post("/account/sign-out-others")
    assert "Another browser" not in text(here.get("/account"))
    assert there.get("/account").status_code == 303


def test_the_theme_is_kept_and_rendered_by_the_server(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    assert "data-theme" not in text(visitor.get("/account"))
    changed = visitor.post("/theme", {"theme": "dark", "next": "/account?"})
    assert changed.location == "/account"
    assert 'data-theme="dark"' in text(visitor.get("/account"))
    assert visitor.post("/theme", {"theme": "dark", "next": "//evil.example"}).location == "/campaigns"
    assert visitor.post("/theme", {"theme": "plaid"}).status_code == 422


# ---- tokens


def test_a_token_is_shown_once_and_works_until_it_is_revoked(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    made = admin.post("/settings/tokens", {"name": "crm", "role": "operator"})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    found = re.search(r'value="(sb_[\w-]{40,})"', text(made))
    assert found
    plain = found.group(1)
    listed = text(admin.get("/settings/tokens"))
    assert plain not in listed
    assert plain[-4:] in listed
    with site.app.app_context():
        token = tokens.verify_token(db.session(), plain, site.clock.now())
        assert token is not None
        assert token.token_hash != plain
    admin.post(f"/settings/tokens/{token.id}/revoke")
    with site.app.app_context():
        assert tokens.verify_token(db.session(), plain, site.clock.now()) is None
    assert site.trail()[-2:] == [
        ("user:admin@example.org", "token.create"),
        ("user:admin@example.org", "token.revoke"),
    ]


def test_two_active_tokens_cannot_share_a_name(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    admin.post("/settings/tokens", {"name": "crm", "role": "viewer"})
    again = admin.post("/settings/tokens", {"name": "crm", "role": "viewer"})
    assert again.status_code == 422
    assert "There is a token crm already" in text(again)


def test_the_use_of_a_token_is_noted_at_most_once_a_minute(site: Site) -> None:
    plain = site.token(Role.VIEWER)
    client = site.app.test_client()
    seen = []
    for seconds in (0, 59, 1):
        site.clock.move(seconds)
        ask = {"Authorization": f"Bearer {plain}", "X-Forwarded-For": "203.0.113.9"}
        assert client.get("/metrics", headers=ask).status_code == 200
        with site.app.app_context():
            seen.append(db.session.query(ApiToken).one().last_used_at)
    assert seen[0] == seen[1]
    assert seen[2] - seen[0] == timedelta(minutes=1)


# ---- settings


def test_every_setting_is_listed_with_where_it_comes_from(site: Site) -> None:
    held = Settings(instance_path=site.app.instance_path, database_url="sqlite:///x", tick_seconds=2.0)  # type: ignore[arg-type]
    listed = {row.name: row for row in list_settings(held, {"SWITCHBOARD_PORT": "5000"})}
    names = {f"SWITCHBOARD_{name}" for name in [*READERS, "INSTANCE_PATH"]}
    assert set(listed) == names - {"SWITCHBOARD_CRASH_AT"}, "fault injection is no setting of theirs"
    sources = [row.source == "default" for row in listed.values()]
    assert sources == sorted(sources), "what somebody has set comes first"
    assert listed["SWITCHBOARD_PORT"].source == "environment"
    assert listed["SWITCHBOARD_TICK_SECONDS"].source == "program"
    assert listed["SWITCHBOARD_HOST"].source == "default"


def test_no_secret_is_ever_shown(site: Site) -> None:
    secret = "hunter2-hunter2-hunter2"
    held = Settings(
        instance_path=site.app.instance_path,  # type: ignore[arg-type]
        **{name.lower(): secret for name in SECRETS},  # type: ignore[arg-type]
    )
    assert {
        row.text for row in list_settings(held, {}) if row.name.removeprefix("SWITCHBOARD_") in SECRETS
    } == {"set"}
    assert "SWITCHBOARD_" not in text(site.visitor(Role.OPERATOR).get("/settings")), "that is for admins"
    page = text(site.visitor(Role.ADMIN).get("/settings"))
    assert "SWITCHBOARD_HOST" in page
    assert "s" * 32 not in page
    assert "sqlite:///" not in page


def test_a_secret_that_is_not_set_says_so(site: Site) -> None:
    """The encryption keys are several: none of them is an empty row, not a missing one."""
    held = Settings(instance_path=site.app.instance_path, database_url="sqlite:///x")  # type: ignore[arg-type]
    unset = {row.name for row in list_settings(held, {}) if row.text == "not set"}
    assert {f"SWITCHBOARD_{name}" for name in SECRETS - {"DATABASE_URL"}} <= unset


# ---- do-not-call


def test_a_number_is_added_found_and_removed(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    added = operator.post(
        "/do-not-call", {"phone": "(617) 555-0142", "region": "US", "reason": "asked by letter"}
    )
    assert added.status_code == 303
    page = text(operator.get("/do-not-call?q=0142"))
    assert "asked by letter" in page
    assert "+16175550142" not in page
    assert "by operator@example.org" in page
    assert "No number matches." in text(operator.get("/do-not-call?q=9999999"))
    with site.app.app_context():
        entry = db.session.query(DoNotCall).one()
    removed = operator.post(f"/do-not-call/{entry.id}/remove", {"reason": "asked to be called again"})
    assert removed.status_code == 303
    assert "No number yet." in text(operator.get("/do-not-call"))
    assert [action for _, action in site.trail()][-2:] == ["do-not-call.add", "do-not-call.remove"]


def test_who_opted_out_by_a_key_is_listed_with_the_campaigns_name(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    tea = make_campaign(site, numbers=0, name="Tea & cake")
    for number, campaign in ((42, tea), (43, 404)):
        reason = f"pressed the opt-out key in campaign {campaign}"
        operator.post("/do-not-call", {"phone": f"+161755501{number}", "reason": reason})
    page = text(operator.get("/do-not-call"))
    assert "pressed the opt-out key in “Tea &amp; cake”" in page
    assert "in campaign 404" in page, "whose name nobody knows any more"


def test_a_wrong_number_is_refused_beside_its_field_and_kept(site: Site) -> None:
    refused = site.visitor(Role.OPERATOR).post("/do-not-call", {"phone": "12", "region": "", "reason": "why"})
    assert refused.status_code == 422
    assert 'id="phone-error"' in text(refused)
    assert 'value="12"' in text(refused)


def test_removing_what_is_gone_is_a_404(site: Site) -> None:
    assert site.visitor(Role.OPERATOR).post("/do-not-call/99/remove").status_code == 404


def test_the_list_goes_on_over_its_pages_without_loss(site: Site) -> None:
    with site.app.app_context(), transaction(db.session()) as session:
        for n in range(120):
            do_not_call.add_do_not_call_entry(
                session,
                f"+1617555{n:04}",
                region=None,
                campaign_id=None,
                reason=f"reason {n:03}",
                source="operator",
                actor="cli",
                now=site.clock.now(),
            )
    viewer = site.visitor(Role.VIEWER)
    path, seen = "/do-not-call", []
    while path:
        page = viewer.get(path).get_data(as_text=True)
        seen += re.findall(r"reason \d{3}", page)
        onward = re.search(r'href="([^"]*cursor=[^"]*)">Older', page)
        path = onward.group(1).replace("&amp;", "&") if onward else ""
    assert sorted(set(seen)) == sorted(seen)
    assert len(seen) == 120


# ---- audit


def test_the_trail_shows_who_did_what_and_masks_numbers(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    operator.post("/do-not-call", {"phone": "+16175550142", "region": "", "reason": "call +16175550142"})
    page = text(operator.get("/audit?type=do-not-call"))
    assert "do-not-call.add" in page
    assert "operator@example.org" in page
    assert "+16175550142" not in page
    assert "user.sign-in" not in page
    assert "user.sign-in" in text(operator.get("/audit"))


def test_a_broken_cursor_is_refused_not_a_crash(site: Site) -> None:
    visitor = site.visitor(Role.OPERATOR)
    for path in ("/audit?cursor=%00%ff", "/do-not-call?cursor=x"):
        assert visitor.get(path).status_code == 422, path


# ---- health


@pytest.mark.parametrize(
    "silent, stopped, word",
    [
        (0, False, "The dialer is running."),
        (10, False, "The dialer is running."),
        (11, False, "The dialer is not running"),
        (1, True, "The dialer is not running"),
    ],
)
def test_the_engine_is_away_after_ten_seconds_of_silence_or_its_goodbye(
    site: Site, silent: int, stopped: bool, word: str
) -> None:
    add_beat(site, stopped_at=site.clock.now() if stopped else None)
    site.clock.move(silent)
    visitor = site.visitor(Role.VIEWER)
    assert word in text(visitor.get("/health"))
    assert site.app.test_client().get("/readyz").status_code == (
        200 if word == "The dialer is running." else 503
    )


def test_the_health_page_begins_with_the_fragment_that_refreshes_it(site: Site) -> None:
    add_trunk(site, "essen")
    visitor = site.visitor(Role.VIEWER)
    fragment = visitor.get("/health/_live").get_data(as_text=True).strip()
    assert fragment in visitor.get("/health").get_data(as_text=True)
    assert "essen" in fragment


def test_probes_answer_machines_without_a_session(site: Site) -> None:
    client = site.app.test_client()
    assert client.get("/healthz").get_json() == {"status": "ok", "database": "ok"}
    assert client.get("/readyz").get_json()["engine"] == "never"
    assert "Set-Cookie" not in client.get("/healthz").headers


def test_probes_tell_of_a_database_that_does_not_answer(site: Site) -> None:
    with site.app.app_context(), transaction(db.session()) as session:
        session.execute(db.text("DROP TABLE engine_heartbeats"))
    client = site.app.test_client()
    assert client.get("/healthz").status_code == 503
    assert client.get("/readyz").get_json() == {
        "status": "not ready",
        "database": "no answer",
        "engine": "unknown",
        "quarantine": "unknown",
        "journal": "unknown",
        "dispatch": "unknown",
        "disk": "ok",
        "because": "the database does not answer",
    }


def test_metrics_are_open_here_and_need_a_token_from_elsewhere(site: Site) -> None:
    add_trunk(site, 'quo"ted\\\n')
    client = site.app.test_client()
    body = client.get("/metrics").get_data(as_text=True)
    assert "switchboard_engine_up 0.0" in body
    assert 'switchboard_trunk_lines{trunk="quo\\"ted\\\\\\n"} 20.0' in body
    assert 'switchboard_attempts_total{outcome="no-answer",provider="simulator"} 0.0' in body
    away = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", environ_base=away).status_code == 401
    relayed = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert relayed.status_code == 401
    ask = {"Authorization": f"Bearer {site.token(Role.VIEWER)}"}
    assert client.get("/metrics", environ_base=away, headers=ask).status_code == 200


def test_users_are_listed_and_everyone_sees_only_the_menu_of_their_role(site: Site) -> None:
    menus = {role: text(site.visitor(role).get("/account")) for role in Role}
    assert 'href="/users"' in menus[Role.ADMIN]
    assert 'href="/users"' not in menus[Role.OPERATOR]
    assert 'href="/audit"' in menus[Role.OPERATOR]
    assert 'href="/audit"' not in menus[Role.VIEWER]
    page = text(site.visitor(Role.ADMIN).get("/users"))
    assert all(f"{role}@example.org" in page for role in Role)


def test_the_services_keep_the_last_admin_even_when_two_are_asked_for(site: Site) -> None:
    with site.app.app_context():
        with transaction(db.session()) as session:
            other = users.create_admin(session, "b@example.org", PASSWORD, actor="cli", now=site.clock.now())
        with transaction(db.session()) as session:
            users.disable_user(session, user_id(site, Role.ADMIN), actor="cli", now=site.clock.now())
        with pytest.raises(Exception, match="last admin"), transaction(db.session()) as session:
            users.disable_user(session, other.id, actor="cli", now=site.clock.now())


def test_the_audit_log_takes_no_day_without_an_end(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    for path in (
        "/audit?until=9999-12-31",
        "/audit?since=9999-12-31",
        "/audit/export.ndjson?until=9999-12-31",
    ):
        refused = admin.get(path)
        assert refused.status_code == 422
        assert "between the years 2 and 9998" in refused.text
    for zone, ask in (
        ("Asia/Tokyo", {"until": "9999-12-31"}),
        ("UTC", {"until": "9999-12-30"}),
        ("UTC", {"since": "0001-01-01"}),
    ):
        with site.app.app_context(), pytest.raises(InvalidInput, match="between the years 2 and 9998"):
            CallFileQuery(zone=zone, **ask).build_filter()


def test_a_file_of_the_audit_log_says_what_was_searched_for(site: Site) -> None:
    compliance = site.visitor(Role.COMPLIANCE)
    compliance.get("/audit/exports")
    assert compliance.post("/audit/exports", {"type": "user", "who": "<ann>"}).status_code == 303
    assert "kind “user”, who “&lt;ann&gt;”" in compliance.get("/audit/exports").text
