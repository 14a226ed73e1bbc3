"""Signing in and out, and the set-up link."""

from __future__ import annotations

import math

import pytest
from argon2 import Type

from campaign_app.extensions import db
from campaign_app.models import Role, User, UserSession
from campaign_app.services.people import users
from campaign_app.transaction import transaction
from tests.support.passwords import PRODUCTS_HASHER
from tests.web.people_support import PASSWORD, Site


def new_setup_key(site: Site) -> str:
    with site.app.app_context(), transaction(db.session()) as session:
        return users.new_setup_key(session)


def test_a_user_signs_in_and_lands_on_the_campaigns(site: Site) -> None:
    response = site.visitor().sign_in("operator@example.org")
    assert (response.status_code, response.location) == (303, "/campaigns")
    assert ("user:operator@example.org", "user.sign-in") in site.trail()


def test_the_address_is_taken_in_any_case_and_with_spaces(site: Site) -> None:
    assert site.visitor().sign_in("  Operator@EXAMPLE.org ").status_code == 303


@pytest.mark.parametrize(
    "email, password",
    [
        ("operator@example.org", "wrong horse battery"),
        ("stranger@example.org", PASSWORD),
        ("operator@example.org", "x" * 100_000),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_every_wrong_sign_in_reads_the_same_and_leaves_no_session(
    site: Site, email: str, password: str
) -> None:
    response = site.visitor().sign_in(email, password)
    assert response.status_code == 422
    assert "The email address or the password is wrong." in response.get_data(as_text=True)
    with site.app.app_context():
        assert db.session.query(UserSession).count() == 0


def test_an_unknown_address_costs_a_hash_like_a_known_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    real = users._password_matches
    monkeypatch.setattr(
        users, "_password_matches", lambda held, word: verified.append(held) or real(held, word)
    )
    site.visitor().sign_in("stranger@example.org")
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$")


def test_a_password_is_weighed_as_rfc_9106_asks() -> None:
    """Not in the tests, which weigh it quickly."""
    asked = PRODUCTS_HASHER.type, PRODUCTS_HASHER.memory_cost, PRODUCTS_HASHER.time_cost
    assert asked == (Type.ID, 64 * 1024, 3)


def test_the_password_is_kept_as_argon2id_and_the_key_of_the_browser_only_as_a_hash(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    with visitor.client.session_transaction() as cookie:
        key = cookie["key"]
    with site.app.app_context():
        user = db.session.query(User).filter_by(email="viewer@example.org").one()
        held = db.session.query(UserSession).one()
    assert user.password_hash.startswith("$argon2id$")
    assert key not in held.key_hash
    assert len(held.key_hash) == 64


@pytest.mark.parametrize("target", ["/users", "/audit?type=user", "/campaigns/5?q=%2B1"])
def test_one_comes_back_to_the_page_one_wanted(site: Site, target: str) -> None:
    visitor = site.visitor()
    asked = visitor.get(target)
    if asked.status_code == 404:
        pytest.skip(f"{target} is not served yet")
    assert asked.status_code == 303
    assert asked.location.startswith("/login?next=")
    page = visitor.get(asked.location).get_data(as_text=True)
    assert 'name="next"' in page
    assert visitor.sign_in("admin@example.org", next_page=target).location == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil",
        "/login",
        "/logout",
    ],
)
def test_the_way_back_never_leaves_this_server(site: Site, target: str) -> None:
    assert site.visitor().sign_in("admin@example.org", next_page=target).location == "/campaigns"


def test_signing_out_ends_the_session_on_the_server_too(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    with visitor.client.session_transaction() as cookie:
        key = cookie["key"]
    assert visitor.post("/logout").location == "/login"
    with visitor.client.session_transaction() as cookie:
        cookie["key"] = key  # a stolen cookie is worth nothing now
    assert visitor.get("/account").status_code == 303


def test_a_session_ends_after_fourteen_days_however_busy(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    for _ in range(13):
        site.clock.move(86400)
        assert visitor.get("/account").status_code == 200
    site.clock.move(86400)
    assert visitor.get("/account").status_code == 303


def test_an_expired_session_sends_htmx_to_the_sign_in_with_the_page_it_was_on(site: Site) -> None:
    response = site.visitor().get(
        "/health/_live", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/health?x=1"}
    )
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/login?next=/health%3Fx%3D1"
    assert response.data == b""


def test_the_session_changes_at_sign_in(site: Site) -> None:
    visitor = site.visitor()
    visitor.get("/login")
    with visitor.client.session_transaction() as cookie:
        cookie["planted"] = "by another"
        before = cookie.get("csrf_token")
    visitor.sign_in("viewer@example.org")
    with visitor.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before


def test_guessing_one_account_is_stopped_after_five_wrong_passwords(site: Site) -> None:
    visitor = site.visitor()
    answers = [visitor.sign_in("admin@example.org", f"wrong password {n}").status_code for n in range(6)]
    assert answers == [422] * 5 + [429]
    refused = visitor.post("/login", {"email": "admin@example.org"})
    assert refused.status_code == 429
    minutes = math.ceil(int(refused.headers["Retry-After"]) / 60)
    assert f"Too many wrong tries; try again in {minutes} minutes." in refused.text


def test_one_address_may_try_ten_times_a_minute(site: Site) -> None:
    visitor = site.visitor()
    answers = [visitor.sign_in(f"someone-{n}@example.org").status_code for n in range(11)]
    assert answers == [422] * 10 + [429]


def test_people_who_sign_in_from_one_office_do_not_lock_each_other_out(site: Site) -> None:
    answers = [site.visitor().sign_in("viewer@example.org").status_code for _ in range(12)]
    assert answers == [303] * 12


def test_the_set_up_link_makes_the_first_admin_once(empty_site: Site) -> None:
    key = new_setup_key(empty_site)
    visitor = empty_site.visitor()
    assert visitor.get(f"/setup/{key}").status_code == 200
    made = visitor.post(f"/setup/{key}", {"email": "First@example.org", "password": PASSWORD})
    assert (made.status_code, made.location) == (303, "/campaigns")
    assert visitor.get("/users").status_code == 200
    assert ("setup", "user.create") in empty_site.trail()
    stranger = empty_site.visitor()
    assert stranger.get(f"/setup/{key}").status_code == 404
    stranger.get("/login")
    again = stranger.post(f"/setup/{key}", {"email": "second@example.org", "password": PASSWORD})
    assert again.status_code == 404


def test_a_new_set_up_link_replaces_the_one_before(empty_site: Site) -> None:
    first, second = new_setup_key(empty_site), new_setup_key(empty_site)
    visitor = empty_site.visitor()
    assert visitor.get(f"/setup/{first}").status_code == 404
    assert visitor.get(f"/setup/{second}").status_code == 200


def test_a_wrong_set_up_link_is_refused(empty_site: Site) -> None:
    new_setup_key(empty_site)
    assert empty_site.visitor().get("/setup/guess").status_code == 404


def test_the_link_stays_good_while_the_form_is_wrong(empty_site: Site) -> None:
    key = new_setup_key(empty_site)
    visitor = empty_site.visitor()
    visitor.get(f"/setup/{key}")
    both = visitor.post(f"/setup/{key}", {"email": "nobody", "password": "short"})
    assert both.text.count('class="field-error"') == 2, "one round for both"
    refused = visitor.post(f"/setup/{key}", {"email": "a@example.org", "password": "short"})
    assert refused.status_code == 422
    assert "at least 10 characters" in refused.get_data(as_text=True)
    assert 'value="a@example.org"' in refused.get_data(as_text=True)
    assert visitor.post(f"/setup/{key}", {"email": "a@example.org", "password": PASSWORD}).status_code == 303


def test_the_set_up_key_is_kept_as_a_hash(empty_site: Site) -> None:
    from campaign_app.models import SettingsRow

    key = new_setup_key(empty_site)
    with empty_site.app.app_context():
        assert key not in [fact.value for fact in db.session.query(SettingsRow)]
