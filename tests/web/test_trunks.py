"""The trunks' pages: made, changed, paused, tested and deleted, and their credentials never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from werkzeug.test import TestResponse

from campaign_app.extensions import db
from campaign_app.models import Attempt, Role, Trunk
from campaign_app.services import trunks
from tests.support.clock import FakeClock
from tests.web.pages_support import make_campaign
from tests.web.people_support import Site, Visitor, cheap_hashes, empty_site, open_site

__all__ = ["cheap_hashes", "empty_site"]


def text(response: TestResponse) -> str:
    return response.get_data(as_text=True)


SECRET = "never-to-be-seen"
TWILIO = {
    "name": "carrier",
    "provider": "twilio",
    "settings.account_sid": "AC123",
    "credentials.auth_token": SECRET,
    "max_concurrent_calls": "20",
    "calls_per_second": "",
    "caller_ids": "+44 20 7946 0123\n+442079460124",
}


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path, clock: FakeClock, cheap_hashes: None) -> Iterator[Site]:
    site = open_site(tmp_path, sqlite_template, clock, encryption_key=(Fernet.generate_key().decode(),))
    site.add_users(*Role)
    yield site
    with site.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def admin(site: Site) -> Visitor:
    return site.visitor(Role.ADMIN)


def stored(site: Site, name: str = "carrier") -> Trunk:
    with site.app.app_context():
        return next(trunk for trunk in trunks.list_trunks(db.session()) if trunk.name == name)


def make(site: Site, admin: Visitor, **changes: str) -> str:
    """The new trunk's address."""
    saved = admin.post("/trunks/new", {**TWILIO, **changes})
    assert saved.status_code == 303, text(saved)
    return str(saved.headers["Location"])


def test_a_trunk_is_made_and_its_secret_is_not_shown(site: Site, admin: Visitor) -> None:
    where = make(site, admin)
    trunk = stored(site)
    assert (trunk.settings, trunk.caller_ids) == (
        {"account_sid": "AC123"},
        ["+442079460123", "+442079460124"],
    )
    page = text(admin.get(where))
    assert "It is set. Empty leaves it as it is." in page
    assert SECRET not in page + text(admin.get("/trunks")) + str(trunk.secret)
    assert site.woken == 1
    assert site.trail()[-1] == ("user:admin@example.org", "trunk.create")


def test_saving_again_keeps_the_secret_and_a_tick_forgets_it(site: Site, admin: Visitor) -> None:
    where = make(site, admin)
    before = stored(site).secret
    kept = {name: value for name, value in TWILIO.items() if not name.startswith("credentials")}
    admin.post(where, {**kept, "max_concurrent_calls": "0", "calls_per_second": "2.5"})
    trunk = stored(site)
    assert (trunk.secret, trunk.max_concurrent_calls, trunk.calls_per_second) == (before, 0, 2.5)
    admin.post(where, {**kept, "forget.auth_token": "y"})
    assert stored(site).secret is None


def test_another_provider_shows_its_own_fields_and_keeps_the_rest(site: Site, admin: Visitor) -> None:
    page = text(admin.post("/trunks/new", {**TWILIO, "provider": "asterisk", "choose": "1"}))
    assert "PJSIP/{number}@trunk" in page
    assert 'value="carrier"' in page
    assert SECRET not in page


@pytest.mark.parametrize(
    "field, value",
    [
        ("max_concurrent_calls", "-1"),
        ("max_concurrent_calls", "100001"),
        ("max_concurrent_calls", "many"),
        ("max_concurrent_calls", ""),
        ("calls_per_second", "0"),
        ("calls_per_second", "nan"),
        ("calls_per_second", "inf"),
        ("name", "<script>"),
        ("caller_ids", "12"),
        ("settings.base_url", "javascript:alert(1)"),
    ],
)
def test_a_wrong_field_is_refused_and_what_was_typed_stays(
    site: Site, admin: Visitor, field: str, value: str
) -> None:
    refused = admin.post("/trunks/new", {**TWILIO, "name": "other", field: value})
    assert refused.status_code == 422
    page = text(refused)
    assert 'id="error-summary"' in page
    assert f'href="#{field.replace(".", "-")}"' in page
    assert SECRET not in page
    assert "<script>" not in page.split("<main", 1)[1]


def test_pausing_needs_no_admin_and_says_who_and_why(site: Site, admin: Visitor) -> None:
    where = make(site, admin)
    operator = site.visitor(Role.OPERATOR)
    operator.get(where)
    assert operator.post(f"{where}/pause", {"reason": "the carrier asked"}).status_code == 303
    page = text(operator.get("/trunks"))
    assert "the carrier asked" in page
    assert "Dial again" in text(operator.get(where))
    operator.post(f"{where}/resume")
    assert stored(site).paused_at is None


def test_a_test_call_is_queued_and_a_wrong_number_is_not(site: Site, admin: Visitor) -> None:
    where = make(site, admin)
    wrong = admin.post(f"{where}/test", {"to": "12"})
    assert wrong.status_code == 422
    assert 'href="#test_to"' in text(wrong)
    assert admin.post(f"{where}/test", {"to": "+442079460999"}).status_code == 303
    with site.app.app_context():
        [call] = db.session.query(Attempt).all()
        assert (call.test, call.campaign_id, call.trunk.name) == (True, None, "carrier")


def test_a_trunk_in_use_is_kept_and_names_who_uses_it(site: Site, admin: Visitor) -> None:
    make_campaign(site, name="Autumn")
    where = f"/trunks/{stored(site, 'simulator').id}"
    refused = admin.post(f"{where}/delete")
    assert refused.status_code == 409
    assert "Autumn" in text(refused)
    other = make(site, admin)
    assert admin.post(f"{other}/delete").status_code == 303
    assert admin.get(other).status_code == 404


def test_without_a_key_the_form_says_so(empty_site: Site) -> None:
    empty_site.add_users(Role.ADMIN)
    admin = empty_site.visitor(Role.ADMIN)
    assert "SWITCHBOARD_ENCRYPTION_KEY" in text(admin.get("/trunks/new?provider=twilio"))
    refused = admin.post("/trunks/new", TWILIO)
    assert refused.status_code == 409
    assert "SWITCHBOARD_ENCRYPTION_KEY" in text(refused)
