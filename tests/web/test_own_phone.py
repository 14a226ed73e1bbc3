"""One's own phone on the account page: a call speaks a code, and whoever types it may be rung at any hour."""

from __future__ import annotations

import re

import pytest

from campaign_app.extensions import db
from campaign_app.models import Attempt, ConfirmedNumber, Role
from campaign_app.services.confirmed_numbers import is_confirmed
from tests.web.pages_support import Site, ensure_trunk, make_campaign
from tests.web.people_support import Visitor

LONDON = "+442079460123"


@pytest.fixture
def operator(site: Site) -> Visitor:
    ensure_trunk(site)
    return site.visitor(Role.OPERATOR)


def spoken_code(site: Site) -> str:
    with site.app.app_context():
        [attempt] = db.session.query(Attempt).all()
        assert attempt.test
        assert attempt.message is not None
        digits = re.findall(r"\d", attempt.message.human.text)
        assert digits[:6] == digits[6:], "it is said twice"
        return "".join(digits[:6])


def confirmed(site: Site, phone: str = LONDON) -> bool:
    with site.app.app_context():
        return is_confirmed(db.session(), phone)


def test_the_code_that_was_heard_confirms_the_number(site: Site, operator: Visitor) -> None:
    assert operator.post("/account/phone", {"phone": "+44 20 7946 0123"}).status_code == 303
    code = spoken_code(site)
    page = operator.get("/account").text
    assert "The code that you heard" in page
    assert code not in page
    wrong = operator.post(
        "/account/phone/code", {"phone": LONDON, "code": "000000" if code != "000000" else "1"}
    )
    assert wrong.status_code == 422
    assert "Wrong code; 4 more tries" in wrong.text
    assert not confirmed(site)
    spaced = f"{code[:3]} {code[3:]}"
    assert operator.post("/account/phone/code", {"phone": LONDON, "code": spaced}).status_code == 303
    assert confirmed(site)
    assert "+44 20 7946 0123" in operator.get("/account").text
    campaign_id = make_campaign(site, numbers=1)
    assert f'value="{LONDON}"' in operator.get(f"/campaigns/{campaign_id}/start").text


def test_five_wrong_codes_are_enough(site: Site, operator: Visitor) -> None:
    operator.post("/account/phone", {"phone": LONDON})
    code = spoken_code(site)
    for _ in range(5):
        operator.post("/account/phone/code", {"phone": LONDON, "code": "x"})
    late = operator.post("/account/phone/code", {"phone": LONDON, "code": code})
    assert late.status_code == 422
    assert "no longer valid" in late.text
    assert not confirmed(site)


def test_a_code_is_its_askers_and_lasts_a_quarter_of_an_hour(site: Site, operator: Visitor) -> None:
    operator.post("/account/phone", {"phone": LONDON})
    code = spoken_code(site)
    other = site.visitor(Role.ADMIN)
    other.get("/account")
    assert other.post("/account/phone/code", {"phone": LONDON, "code": code}).status_code == 422
    site.clock.move(15 * 60)
    assert operator.post("/account/phone/code", {"phone": LONDON, "code": code}).status_code == 422
    assert not confirmed(site)


@pytest.mark.parametrize("typed, status", [("12", 422), ("", 422), ("+61 2 7010 1234", 409)])
def test_what_cannot_be_rung_is_refused_with_the_reason(
    site: Site, operator: Visitor, typed: str, status: int
) -> None:
    refused = operator.post("/account/phone", {"phone": typed})
    assert refused.status_code == status
    assert 'id="phone-error"' in refused.text
    assert f'value="{typed}"' in refused.text
    with site.app.app_context():
        assert db.session.query(ConfirmedNumber).count() == 0


def test_a_viewer_has_no_phone_to_confirm(site: Site) -> None:
    viewer = site.visitor(Role.VIEWER)
    assert "Your phone" not in viewer.get("/account").text
    assert viewer.post("/account/phone", {"phone": LONDON}).status_code == 403
    assert viewer.post("/account/phone/code", {"phone": LONDON, "code": "1"}).status_code == 403
