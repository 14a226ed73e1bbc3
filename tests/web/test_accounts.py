"""Accounts: invitations and resets by link, second factors, proving who one is again, and forms that survive it."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pyotp
import pytest

from campaign_app.extensions import db
from campaign_app.models import AuditEntry, Campaign, RecoveryCode, Role, User
from campaign_app.services.contacts import list_required_variables
from campaign_app.services.people import factors, links, users
from campaign_app.transaction import transaction
from tests.support.mailbox import mailbox
from tests.web.people_support import PASSWORD, Site, Visitor, open_site, squeeze

NEW_PASSWORD = "a new battery staple"
OURS = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


def text(response: Any) -> str:
    return squeeze(response.get_data(as_text=True))


def user_id(site: Site, email: str) -> int:
    with site.app.app_context():
        return db.session.query(User.id).filter_by(email=email).scalar()


def link_on(page: str) -> str:
    return re.search(r"http://localhost(/welcome/[\w-]+)", page).group(1)  # type: ignore[union-attr]


def turn_on_app(visitor: Visitor, site: Site) -> tuple[pyotp.TOTP, list[str]]:
    page = text(visitor.get("/account/second-factor"))
    key = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page).group(1)  # type: ignore[union-attr]
    totp = pyotp.TOTP(key.replace(" ", ""))
    done = visitor.post("/account/second-factor/app", {"code": totp.at(site.clock.now())})
    assert done.status_code == 201, text(done)
    return totp, re.findall(r"<li>([a-z2-7-]{19})</li>", text(done))


def audit_rows(site: Site, action: str) -> list[dict[str, Any]]:
    with site.app.app_context():
        return [row.detail for row in db.session.query(AuditEntry).filter_by(action=action)]


# ---- links


def test_an_invited_person_chooses_their_password_by_a_link_that_works_once(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    made = admin.post("/users", {"email": "New@example.org", "role": "viewer", "password": PASSWORD})
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    link = link_on(text(made))
    assert site.visitor().sign_in("new@example.org").status_code == 422, "no password by another counts"
    person = site.visitor()
    assert "new@example.org" in text(person.get(link))
    assert person.post(link, {"password": "qwertyuiop"}).status_code == 422
    assert person.post(link, {"password": NEW_PASSWORD}).status_code == 303
    assert person.get("/account").status_code == 200
    assert site.visitor().get(link).status_code == 404
    assert site.visitor().sign_in("new@example.org", NEW_PASSWORD).status_code == 303
    with site.app.app_context():
        assert "key" not in str(db.session.query(AuditEntry).filter_by(action="user.create").all()[-1].detail)


def test_a_reset_ends_the_browsers_keeps_the_second_factor_and_lasts_a_day(site: Site) -> None:
    person, admin = site.visitor(Role.VIEWER), site.visitor(Role.ADMIN)
    turn_on_app(person, site)
    path = f"/users/{user_id(site, 'viewer@example.org')}/link"
    late = link_on(text(admin.post(path)))
    site.clock.move(24 * 3600)
    assert site.visitor().get(late).status_code == 404
    admin.sign_in("admin@example.org")
    first, second = link_on(text(admin.post(path))), link_on(text(admin.post(path)))
    assert site.visitor().get(first).status_code == 404, "a newer link replaces it"
    assert person.get("/account").status_code == 200, "nothing changes before it is used"
    stranger = site.visitor()
    stranger.get(second)
    assert stranger.post(second, {"password": NEW_PASSWORD}).location.startswith("/login/code")
    assert stranger.get("/account").status_code == 303
    assert person.get("/account").status_code == 303


@pytest.mark.parametrize(
    "password",
    ["1234567890", "qwertyuiop", "password12", "switchboard", "operator12", "iloveyou123"],
)
def test_common_passwords_are_refused_and_no_kind_of_character_is_asked_for(
    site: Site, password: str
) -> None:
    from campaign_app.domain.errors import InvalidInput

    with pytest.raises(InvalidInput, match="easily guessed"):
        users.check_password(password, "viewer@example.org")
    users.check_password("my dog ate it", "viewer@example.org")


def test_renaming_and_deleting_end_what_should_end(site: Site) -> None:
    admin, operator = site.visitor(Role.ADMIN), site.visitor(Role.OPERATOR)
    key = user_id(site, "operator@example.org")
    assert admin.post(f"/users/{key}/rename", {"email": "admin@example.org"}).status_code == 422
    assert admin.post(f"/users/{key}/rename", {"email": "Olga@example.org"}).status_code == 303
    assert operator.get("/account").status_code == 200
    assert site.visitor().sign_in("olga@example.org").status_code == 303
    assert audit_rows(site, "user.rename") == [
        {"before": "operator@example.org", "after": "olga@example.org"}
    ]
    own = user_id(site, "admin@example.org")
    assert admin.post(f"/users/{own}/delete").status_code == 409
    assert admin.post(f"/users/{key}/delete").status_code == 303
    assert operator.get("/account").status_code == 303
    assert audit_rows(site, "user.delete")[0]["email"] == "olga@example.org"


# ---- second factors


def test_codes_and_recovery_codes_sign_in_once_each_and_guesses_are_counted(site: Site) -> None:
    totp, codes = turn_on_app(site.visitor(Role.VIEWER), site)
    assert len(codes) == factors.RECOVERY_CODES
    person = site.visitor()
    site.clock.move(60)
    assert person.sign_in("viewer@example.org", next_page="/audit").location == "/login/code?next=/audit"
    assert person.get("/account").status_code == 303, "the password alone opens nothing"
    person.get("/login/code?next=/audit")
    wrong = person.post("/login/code", {"code": "000000"})
    assert wrong.status_code == 422
    assert "check the clock of your phone" in wrong.text
    assert person.post("/login/code", {"code": "⁰⁰⁰⁰⁰⁰"}).status_code == 422
    code = totp.at(site.clock.now())
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    assert factors.matching_counter(totp.secret, wide, site.clock.now()), "as a Japanese keyboard types them"
    assert person.post("/login/code", {"code": code, "next": "/audit"}).location == "/audit"
    again = site.visitor()
    again.sign_in("viewer@example.org")
    again.get("/login/code")
    taken = again.post("/login/code", {"code": code})
    assert taken.status_code == 422, "no code is taken twice"
    assert "This code was used before: wait until the app shows the next one" in taken.text
    assert again.post("/login/code", {"code": codes[0].upper().replace("-", " ")}).status_code == 303
    third = site.visitor()
    third.sign_in("viewer@example.org")
    third.get("/login/code")
    used = third.post("/login/code", {"code": codes[0]})
    assert "This recovery code was used before" in used.text
    strange = third.post("/login/code", {"code": "aaaa-bbbb-cccc-dddd"})
    assert "This is none of your recovery codes" in strange.text
    answers = [third.post("/login/code", {"code": codes[0]}).status_code for _ in range(4)]
    assert answers == [422] * 3 + [429]


def test_there_are_no_recovery_codes_of_no_second_factor(site: Site) -> None:
    person = site.visitor(Role.VIEWER)
    person.get("/account/second-factor")
    assert person.post("/account/second-factor/codes").status_code == 409
    with site.app.app_context():
        assert db.session.query(RecoveryCode).count() == 0


def test_the_second_step_is_over_after_ten_minutes(site: Site) -> None:
    totp, _ = turn_on_app(site.visitor(Role.VIEWER), site)
    person = site.visitor()
    person.sign_in("viewer@example.org")
    person.get("/login/code")
    site.clock.move(601)
    late = person.post("/login/code", {"code": totp.at(site.clock.now())})
    assert late.location == "/login"
    assert person.get("/account").status_code == 303


def test_the_app_s_secret_is_encrypted_where_there_is_a_key_and_an_admin_helps_who_lost_it(
    tmp_path: Any, sqlite_template: Any, clock: Any
) -> None:
    from cryptography.fernet import Fernet

    site = open_site(tmp_path, sqlite_template, clock, encryption_key=(Fernet.generate_key().decode(),))
    site.add_users(Role.VIEWER, Role.ADMIN)
    person = site.visitor(Role.VIEWER)
    totp, _ = turn_on_app(person, site)
    with site.app.app_context():
        assert (
            totp.secret not in db.session.query(User).filter_by(email="viewer@example.org").one().totp_secret
        )
    admin = site.visitor(Role.ADMIN)
    admin.post(f"/users/{user_id(site, 'viewer@example.org')}/second-factor/remove")
    assert site.visitor().sign_in("viewer@example.org").location == "/campaigns"


@pytest.mark.parametrize("asked, whom", [("admins", [Role.ADMIN]), ("all", [Role.ADMIN, Role.VIEWER])])
def test_a_second_factor_that_is_asked_for_comes_before_everything(
    tmp_path: Any, sqlite_template: Any, clock: Any, asked: str, whom: list[Role]
) -> None:
    site = open_site(tmp_path, sqlite_template, clock, second_factor=asked)
    site.add_users(Role.VIEWER, Role.ADMIN)
    for role in (Role.VIEWER, Role.ADMIN):
        visitor = Visitor(site.app.test_client())
        visitor.sign_in(f"{role}@example.org")
        assert (visitor.get("/campaigns").location == "/account/second-factor") == (role in whom)
        visitor.get("/account/second-factor")
        assert (visitor.post("/account/sign-out-others").location == "/account/second-factor") == (
            role in whom
        )
        turn_on_app(visitor, site)
        assert visitor.get("/campaigns").status_code == 200


# ---- proof, and forms that survive


def test_dangerous_things_ask_again_after_a_quarter_of_an_hour_and_keep_what_was_typed(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    site.clock.move(15 * 60)
    asked = admin.post("/users", {"email": "new@example.org", "role": "operator"}, headers=OURS)
    assert asked.status_code == 401
    held = re.search(r'name="held"[^>]*value="([^"]+)"', text(asked)).group(1)  # type: ignore[union-attr]
    assert admin.post("/confirm", {"held": held, "password": "wrong"}).status_code == 422
    resumed = admin.post("/confirm", {"held": held, "password": PASSWORD})
    assert resumed.status_code == 200
    assert 'action="/users"' in text(resumed)
    assert 'name="email" value="new@example.org"' in text(resumed)
    assert admin.post("/users", {"email": "new@example.org", "role": "operator"}).status_code == 201


def test_a_form_sent_after_the_session_ended_is_kept_through_the_sign_in(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    operator.get("/do-not-call")
    site.clock.move(72 * 3600)
    fields = {"phone": "+12125550123", "reason": "They asked.\nTwice."}
    lost = operator.post("/do-not-call", fields, headers=OURS)
    assert lost.status_code == 401
    assert "What you entered is kept" in text(lost)
    held = re.search(r'name="held"[^>]*value="([^"]+)"', text(lost)).group(1)  # type: ignore[union-attr]
    resumed = operator.post(
        "/login", {"email": "operator@example.org", "password": PASSWORD, "held": held, "next": ""}
    )
    assert resumed.status_code == 200
    assert 'action="/do-not-call"' in text(resumed)
    assert "They asked. Twice." in text(resumed)
    saved = operator.post("/do-not-call", fields)  # with the token of the page that resumes
    assert saved.status_code == 303


def test_after_a_sign_in_in_another_tab_an_open_form_can_be_saved(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    operator.get("/do-not-call")
    old_token = operator.csrf
    operator.post("/logout")
    operator.sign_in("operator@example.org")
    form = {"phone": "+12125550123", "reason": "They asked."}

    def save(token: str, headers: dict[str, str]) -> int:
        return operator.post("/do-not-call", {**form, "csrf_token": token}, headers=headers).status_code

    strange = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert save(old_token, {}) == 400, "nobody vouches for it"
    assert save(old_token, strange) == 400
    assert save("forged", OURS) == 400
    assert save(old_token, OURS) == 303


def test_a_strange_page_cannot_put_its_fields_into_a_form_that_is_resumed(site: Site) -> None:
    operator = site.visitor(Role.OPERATOR)
    site.clock.move(72 * 3600)
    strange = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    lost = operator.post("/do-not-call", {"phone": "+12125550123"}, headers=strange)
    assert (lost.status_code, lost.location) == (303, "/login")
    forged = operator.post(
        "/login", {"email": "operator@example.org", "password": PASSWORD, "held": "WyJhIl0.x.y", "next": ""}
    )
    assert forged.status_code == 400 or forged.location == "/campaigns"


def test_htmx_keeps_the_page_of_who_was_signed_out(site: Site) -> None:
    response = site.visitor().post("/do-not-call", headers={"HX-Request": "true", **OURS})
    assert response.status_code == 401
    assert "HX-Redirect" not in response.headers
    assert 'target="_blank"' in text(response)


# ---- tokens


def test_a_token_ends_after_its_days_and_with_its_maker_unless_handed_over(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    plain = []
    for name in ("crm", "kept"):
        page = text(admin.post("/settings/tokens", {"name": name, "role": "viewer", "days": "90"}))
        plain.append(re.search(r'value="(sb_[\w-]+)"', page).group(1))  # type: ignore[union-attr]

    def statuses() -> list[int]:
        client = site.app.test_client()
        answers = [
            client.get("/api/v1/campaigns", headers={"Authorization": f"Bearer {each}"}) for each in plain
        ]
        return [answer.status_code for answer in answers]

    assert statuses() == [200, 200]
    assert "127.0.0.1" in text(admin.get("/settings/tokens"))
    with site.app.app_context(), transaction(db.session()) as session:
        second = users.create_admin(session, "b@example.org", PASSWORD, actor="cli", now=site.clock.now()).id
    assert admin.post("/settings/tokens/2/hand-over", {"to": str(second)}).status_code == 303
    other = site.visitor()
    other.sign_in("b@example.org")
    other.post(f"/users/{user_id(site, 'admin@example.org')}/disable")
    assert statuses() == [401, 200]
    site.clock.move(90 * 86400)
    assert statuses() == [401, 401]


def test_links_of_the_command_line_open_an_account(site: Site) -> None:
    done = site.app.test_cli_runner().invoke(args=["admin", "reset", "Viewer@example.org", "--second-factor"])
    assert done.exit_code == 0, done.output
    key = done.output.strip().rpartition("/")[2]
    with site.app.app_context():
        assert links.find_link(db.session(), key, site.clock.now())[1].email == "viewer@example.org"


def test_a_large_start_needs_two_people_and_a_token_counts_as_its_maker(
    tmp_path: Any, sqlite_template: Any, clock: Any
) -> None:
    site = open_site(tmp_path, sqlite_template, clock, second_person_above=1)
    site.add_users(Role.ADMIN)
    admin = site.visitor(Role.ADMIN)
    page = text(admin.post("/settings/tokens", {"name": "crm", "role": "operator"}))
    bearer = {"Authorization": "Bearer " + re.search(r'value="(sb_[\w-]+)"', page).group(1)}  # type: ignore[union-attr]
    with site.app.app_context(), transaction(db.session()) as session:
        from campaign_app.services import second_person
        from campaign_app.services.demo import load_demo_campaign
        from campaign_app.services.trunks import ensure_default_trunk

        ensure_default_trunk(session, "simulator", lines=5, calls_per_second=None, now=clock.now())
        campaign_id = load_demo_campaign(session, actor="cli", now=clock.now()).id
        ask = {"above": 1, "now": clock.now()}
        session.get_one(Campaign, campaign_id).status = "draft"
        session.flush()

        def press(person: str) -> bool:
            refusal = second_person.find_second_person_refusal(
                session, campaign_id, person=person, actor=person, **ask
            )
            return refusal is None

        assert [press("user:a"), press("user:a"), press("user:b")] == [False, False, True]
        assert not press("user:a"), "each start is asked for by itself"
        ask["now"] = clock.now() + second_person.REQUEST_LASTS
        assert not press("user:admin@example.org"), "after a day it is asked for anew"
        own = session.query(User).filter_by(email="admin@example.org").one()
        users.rename_user(session, own.id, "ann@example.org", actor="cli", now=clock.now())
        assert not press("user:ann@example.org"), "another name is not another person"
        users.rename_user(session, own.id, "admin@example.org", actor="cli", now=clock.now())
    client = site.app.test_client()
    refused = client.post(f"/api/v1/campaigns/{campaign_id}/start", headers=bearer)
    assert refused.status_code == 409
    assert "second person" in refused.json["detail"]
    refused = admin.post(f"/campaigns/{campaign_id}/start", {"begin": "all"})
    assert "need a second person" in text(admin.get(refused.location or f"/campaigns/{campaign_id}"))


def test_a_token_for_some_campaigns_reaches_nothing_else(site: Site) -> None:
    from campaign_app.services.demo import load_demo_campaign
    from campaign_app.services.people import tokens
    from campaign_app.services.trunks import ensure_default_trunk

    at = site.clock.now()
    with site.app.app_context(), transaction(db.session()) as session:
        ensure_default_trunk(session, "simulator", lines=5, calls_per_second=None, now=at)
        ids = [load_demo_campaign(session, actor="cli", now=at).id for _ in range(2)]
        plain = tokens.create_token(session, "one", Role.OPERATOR, actor="cli", now=at, campaigns=ids[:1])[1]
    client, bearer = site.app.test_client(), {"Authorization": f"Bearer {plain}"}

    def status(path: str, method: str = "GET") -> int:
        return client.open(f"/api/v1{path}", method=method, headers=bearer).status_code

    assert [item["id"] for item in client.get("/api/v1/campaigns", headers=bearer).json["items"]] == ids[:1]
    own, other = f"/campaigns/{ids[0]}", f"/campaigns/{ids[1]}"
    assert [status(own), status(f"{own}/contacts"), status("/contacts/1")] == [200, 200, 200]
    beyond = [
        other,
        f"{other}/contacts",
        "/contacts/501",
        "/contacts/99999",
        "/calls",
        "/do-not-call",
        "/trunks",
    ]
    assert {path: status(path) for path in beyond} == dict.fromkeys(beyond, 403)
    assert status("/campaigns", "POST") == 403
    assert status(f"{own}/clone", "POST") == 403, "the clone would be beyond it"
    assert status(f"{other}/pause", "POST") == 403
    said = [client.get(f"/api/v1{path}", headers=bearer).json["detail"] for path in (other, "/calls")]
    whose = f"The token one is limited to the contacts, calls and uploads of campaign {ids[0]}."
    assert said == [f"{whose} It may not use campaign {ids[1]}.", f"{whose} It may not GET /api/v1/calls."]


def test_people_who_are_added_after_the_start_need_two_people_as_well(
    tmp_path: Any, sqlite_template: Any, clock: Any
) -> None:
    from campaign_app.engine.imports.worker import run_next
    from campaign_app.services import pauses, second_person
    from campaign_app.services.demo import load_demo_campaign
    from campaign_app.services.trunks import ensure_default_trunk

    site = open_site(tmp_path, sqlite_template, clock, second_person_above=3)
    at = clock.now()
    bearer = {"Authorization": f"Bearer {site.token(Role.OPERATOR)}"}
    with site.app.app_context(), transaction(db.session()) as session:
        ensure_default_trunk(session, "simulator", lines=5, calls_per_second=None, now=at)
        campaign_id = load_demo_campaign(session, actor="cli", now=at).id

        def agree(person: str) -> bool:
            refusal = second_person.find_second_person_refusal(
                session, campaign_id, above=3, person=person, actor=person, now=at
            )
            return refusal is None

        assert [agree("user:a"), agree("user:b"), agree("user:a")] == [False, True, True]
        names = list_required_variables("running", session.get_one(Campaign, campaign_id).stored_message)
    client, path = site.app.test_client(), f"/api/v1/campaigns/{campaign_id}"

    def people(first: int, last: int) -> list[dict[str, Any]]:
        return [
            {"phone": f"+1212555{each:04}", "variables": dict.fromkeys(names, "x")}
            for each in range(first, last)
        ]

    def add(first: int, last: int) -> int:
        return client.post(
            f"{path}/contacts", json={"contacts": people(first, last)}, headers=bearer
        ).status_code

    def status() -> str:
        return client.get(path, headers=bearer).json["status"]

    assert [add(1000, 1002), add(1002, 1003), add(1003, 1004)] == [200, 200, 409]
    # A file pauses the campaign in the transaction that adds too many.
    lines = [",".join(["phone", *names])]
    lines += [",".join([each["phone"], *each["variables"].values()]) for each in people(1010, 1014)]
    sent = client.post(
        f"{path}/imports",
        data={"file": (BytesIO("\n".join(lines).encode()), "more.csv")},
        headers=bearer,
    )
    assert sent.status_code in (201, 202), sent.json
    with site.app.app_context():
        uploads = site.app.extensions["switchboard"].settings.uploads_folder
        while run_next(db.engine, uploads, clock=clock, owner="e", processes=1, second_person_above=3):
            pass
    assert status() == "paused"
    # Neither one person nor a pause that ends by itself lets them be called.
    refused = client.post(f"{path}/resume", headers=bearer)
    assert (refused.status_code, "need a second person" in refused.json["detail"]) == (409, True)
    with site.app.app_context(), transaction(db.session()) as session:
        session.get_one(Campaign, campaign_id).resume_at = at
        session.flush()
        assert not pauses.end_pause(session, campaign_id, at, second_person_above=3)
        assert "two have to press Resume" in (session.get_one(Campaign, campaign_id).last_error or "")
        assert [agree("user:a"), agree("user:b")] == [False, True]
    assert client.post(f"{path}/resume", headers=bearer).status_code == 200


def test_a_token_without_an_end_is_named_and_gets_one(site: Site) -> None:
    from campaign_app.services.people import tokens

    with site.app.app_context(), transaction(db.session()) as session:
        plain = tokens.create_token(
            session, "old crm", Role.VIEWER, actor="cli", now=site.clock.now(), days=None
        )[1]
    admin, client = site.visitor(Role.ADMIN), site.app.test_client()
    assert "without an end: old crm" in text(admin.get("/settings/tokens"))
    assert admin.post("/settings/tokens/1/end", {"days": "0"}).status_code in (303, 422)
    assert admin.post("/settings/tokens/1/end", {"days": "30"}).status_code == 303
    assert "without an end" not in text(admin.get("/settings/tokens"))

    def status() -> int:
        return client.get("/api/v1/campaigns", headers={"Authorization": f"Bearer {plain}"}).status_code

    assert status() == 200
    site.clock.move(30 * 86400)
    assert status() == 401


def test_a_trunk_s_credentials_and_forgetting_ask_who_it_is_and_secrets_are_typed_again(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    site.clock.move(15 * 60)
    assert admin.post("/people/forget", {"phone": "+12125550123"}, headers=OURS).status_code == 401
    asked = admin.post("/trunks/new", {"name": "Line", "settings.auth_token": "hidden-value"}, headers=OURS)
    assert asked.status_code == 401
    held = re.search(r'name="held"[^>]*value="([^"]+)"', text(asked)).group(1)  # type: ignore[union-attr]
    resumed = text(admin.post("/confirm", {"held": held, "password": PASSWORD}))
    assert 'name="name" value="Line"' in resumed
    assert re.search(r'type="password" id="[^"]+" name="settings.auth_token"', resumed)
    assert "hidden-value" not in resumed


def test_a_reset_is_mailed_by_smtp_and_the_answer_waits_for_nobody(
    tmp_path: Any, sqlite_template: Any, clock: Any
) -> None:
    with mailbox() as box:
        site = open_site(tmp_path, sqlite_template, clock, smtp_url=f"smtp://127.0.0.1:{box.port}")
        site.add_users(Role.VIEWER)
        visitor = site.visitor()
        visitor.get("/forgot")
        # The mail server answers nobody yet: a known address is told the same at once.
        box.gate.clear()
        known, unknown = (
            text(visitor.post("/forgot", {"email": email})).replace(email, "…")
            for email in ("viewer@example.org", "nobody@example.org")
        )
        without_token = re.compile(r'(content|value)="[^"]{40,}"')
        assert without_token.sub("", known) == without_token.sub("", unknown)
        assert not box.messages.qsize()
        box.gate.set()
        message = box.messages.get(timeout=60)
        assert message["To"] == "viewer@example.org"
        link = link_on(message.get_content())
        assert visitor.get(link).status_code == 200
        assert visitor.post(link, {"password": NEW_PASSWORD}).status_code == 303
