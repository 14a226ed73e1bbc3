"""The trunks' pages: made, changed, paused, tested and deleted, and their credentials never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from werkzeug.test import TestResponse

from campaign_app.domain.trunk_check import CheckStep, StepName, StepState
from campaign_app.extensions import db
from campaign_app.models import Attempt, Role, Trunk
from campaign_app.services import trunks
from tests.support.clock import FakeClock
from tests.web.pages_support import act, make_campaign
from tests.web.people_support import Site, Visitor, open_site, squeeze


def text(response: TestResponse) -> str:
    return squeeze(response.get_data(as_text=True))


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
def site(tmp_path: Path, sqlite_template: Path, clock: FakeClock) -> Iterator[Site]:
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
    assert "It is set. Leave blank to keep it." in page
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
    assert "Resume" in text(operator.get(where))
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


def test_a_new_trunk_asks_for_its_countries_and_proposes_those_of_its_caller_ids(
    site: Site, admin: Visitor
) -> None:
    page = text(admin.get("/trunks/new?provider=twilio"))
    assert 'name="countries_of" value="every"> <span>' in page  # nothing is ticked for the operator
    typed = {**TWILIO, "countries_asked": "twilio", "caller_ids": "+44 20 7946 0123\n+1 416 555 0123"}
    refused = admin.post("/trunks/new", typed)
    assert refused.status_code == 422
    page = text(refused)
    assert 'href="#countries"' in page
    assert 'value="these" checked' in page
    for country in ("CA", "GB"):
        assert f'name="countries" value="{country}" checked' in page
    saved = admin.post("/trunks/new", {**typed, "countries_of": "these", "countries": ["CA", "GB"]})
    assert saved.status_code == 303, text(saved)
    trunk = stored(site)
    assert (trunk.countries, trunk.number_types) == (["CA", "GB"], [])
    page = text(admin.get(saved.headers["Location"]))
    assert 'name="countries" value="GB" checked' in page
    assert "nobody has chosen" not in page + text(admin.get("/trunks"))


def test_a_new_trunk_tells_all_that_is_wrong_in_one_answer(site: Site, admin: Visitor) -> None:
    """Its own fields, the bounds that this server sets, and the countries, which the form alone asks for."""
    typed = {**TWILIO, "name": "", "settings.base_url": "http://10.0.0.1", "countries_asked": "twilio"}
    page = text(admin.post("/trunks/new", typed))
    for field in ("name", "settings-base_url", "countries"):
        assert f'href="#{field}"' in page, field


def test_the_simulators_every_country_is_no_answer_for_a_real_trunk(site: Site, admin: Visitor) -> None:
    typed = {**TWILIO, "countries_asked": "simulator", "countries_of": "every", "caller_ids": ""}
    assert admin.post("/trunks/new", typed).status_code == 422
    assert admin.post("/trunks/new", {**typed, "countries_asked": "twilio"}).status_code == 303
    assert (stored(site).countries, stored(site).number_types) == (None, [])
    toy = {
        "name": "toy",
        "provider": "simulator",
        "max_concurrent_calls": "2",
        "countries_asked": "simulator",
    }
    assert admin.post("/trunks/new", {**toy, "countries_of": "every"}).status_code == 303


def test_a_trunk_that_exists_says_that_nobody_has_chosen_until_somebody_does(
    site: Site, admin: Visitor
) -> None:
    where = make(site, admin)
    said = "It may call every country, and nobody has chosen that yet"
    page = text(admin.get(where))
    assert said in page
    assert "Countries of its caller ids: United Kingdom" in page
    assert "nobody has chosen" in text(admin.get("/trunks"))
    assert "nobody has chosen" in text(site.visitor(Role.VIEWER).get(where))
    kept = {name: value for name, value in TWILIO.items() if not name.startswith("credentials")}
    asked = {**kept, "countries_asked": "twilio"}
    assert admin.post(where, asked).status_code == 303
    assert said in text(admin.get(where))
    assert admin.post(where, {**asked, "number_types": "premium"}).status_code == 422
    assert admin.post(where, {**asked, "countries": "IE", "number_types": "premium"}).status_code == 303
    assert (stored(site).countries, stored(site).number_types) == (["IE"], ["premium"])
    assert said not in text(admin.get(where))
    page = text(site.visitor(Role.VIEWER).get(where))
    assert "Ireland; Premium rate" in page


def test_the_countries_of_the_caller_ids_are_ticked_by_a_button(site: Site, admin: Visitor) -> None:
    page = text(admin.post("/trunks/new", {**TWILIO, "countries_asked": "twilio", "propose": "1"}))
    assert 'value="these" checked' in page
    assert 'name="countries" value="GB" checked' in page
    assert SECRET not in page


@pytest.mark.parametrize(
    "wrong, anchor",
    [({"countries_of": "these"}, "countries"), ({"countries_of": "these", "countries": "XX"}, "countries")],
)
def test_wrong_countries_are_named_at_their_field(
    site: Site, admin: Visitor, wrong: dict[str, str], anchor: str
) -> None:
    refused = admin.post("/trunks/new", {**TWILIO, "countries_asked": "twilio", **wrong})
    assert refused.status_code == 422
    assert f'href="#{anchor}"' in text(refused)
    assert f'id="{anchor}-error"' in text(refused)


def test_errors_stand_at_their_fields_in_the_words_of_the_labels(site: Site) -> None:
    admin = site.visitor(Role.ADMIN)
    form = {
        "name": "ast",
        "provider": "simulator",
        "max_concurrent_calls": "many",
        "caller_ids": "+442079460123\nabc\n12",
    }
    page = squeeze(admin.post("/trunks/new", form).text)
    assert '<a href="#max_concurrent_calls">Lines:' in page
    assert '<a href="#caller_ids">Caller IDs: line 2' in page
    assert 'id="caller_ids-error"' in page
    assert "; line 3" in page
    assert "max_concurrent_calls:" not in page


def test_a_trunk_is_checked_when_it_is_saved_and_when_somebody_asks(site: Site, admin: Visitor) -> None:
    page = make(site, admin)
    shown = text(admin.get(page))
    assert "Last check" in shown
    assert "carrier cannot place calls: Twilio cannot be reached at http://127.0.0.1:9" in shown
    assert "Cannot dial" in shown
    assert "Not checked yet." in shown
    with site.app.app_context():
        campaign_id = make_campaign(site, provider="carrier", caller_id="+442079460123")
    act(site, campaign_id, "start")
    reasons = text(admin.get(f"/campaigns/{campaign_id}"))
    assert "Twilio cannot be reached" in reasons
    site.app.extensions["switchboard"].check_trunk = lambda trunk: [
        CheckStep(StepName.REACH, StepState.OK, "yes")
    ]
    assert site.visitor(Role.VIEWER).post(f"{page}/check").status_code == 403
    site.visitor(Role.OPERATOR).post(f"{page}/check")
    shown = text(admin.get(page))
    assert "Address reached" in shown
    assert "cannot be reached" not in shown
    trunk = stored(site)
    assert (trunk.check_error, trunk.checked_at) == (None, site.clock.now())
    admin.post(page, {**TWILIO, "credentials.auth_token": "another"})
    assert stored(site).checked_at is not None, "checked anew"
