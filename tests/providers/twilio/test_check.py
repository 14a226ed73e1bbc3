"""A trunk's check asks Twilio in steps, and wrong credentials keep every call back before the first."""

from __future__ import annotations

from campaign_app.domain.trunk_check import StepState, find_check_error
from campaign_app.models import Trunk
from campaign_app.providers.twilio.check import check_twilio
from campaign_app.providers.twilio.urls import CallbackUrls
from tests.engine.world import World, phones
from tests.providers.twilio.fake.process import CALLER_ID, FakeTwilio
from tests.providers.twilio.rig import account
from tests.support.waiting import wait_until

URLS = CallbackUrls("http://127.0.0.1:9", 1)


def test_each_step_says_what_twilio_answered(fake: FakeTwilio) -> None:
    def states(**changes: object) -> list[str]:
        return [step.state for step in check_twilio(account(fake, **changes), None)]

    ok, failed, warning, untried = StepState.OK, StepState.FAILED, StepState.WARNING, StepState.UNTRIED
    assert states() == [ok, ok, ok, warning], "without a public address calls are polled"
    assert states(auth_token="another") == [ok, failed, untried, untried]
    assert states(base_url="http://127.0.0.1:9") == [failed, untried, untried, untried]
    assert states(sid="") == [untried, failed, untried, untried]
    [*_, refused, _, _] = check_twilio(account(fake, auth_token="another"), None)
    assert refused.detail.startswith("Twilio says: “Authenticate, error 20003” (HTTP 401).")
    assert refused.setting == "auth_token"
    assert "cannot be reached from here" in check_twilio(account(fake), URLS)[3].detail
    fake.set(caller_ids=["+12125550111"])
    [caller_id] = [step for step in check_twilio(account(fake), None) if step.name == "caller-id"]
    assert caller_id.state is warning
    assert CALLER_ID in caller_id.detail
    fake.set(suspended=True)
    assert find_check_error(check_twilio(account(fake), None)) == (
        "Twilio says that the account is suspended: see its console"
    )


def test_wrong_credentials_are_found_by_the_check_and_not_by_dialing(world: World, fake: FakeTwilio) -> None:
    token = "another"
    with world.session() as session:
        session.get_one(Trunk, world.trunk_id).provider = "twilio"
    world.state.check_trunk = lambda trunk: check_twilio(account(fake, auth_token=token), None)
    campaign_id = world.campaign(phones(2))

    def say() -> str:
        world.tick()
        return next(
            (str(one.params["error"]) for one in world.reasons(campaign_id) if "error" in one.params), ""
        )

    wait_until(lambda: "Authenticate" in say(), "the check to be told on the campaign's page")
    assert world.reasons(campaign_id)[0].code == "trunk-not-ready"
    assert world.outcomes(campaign_id) == {}
    token = "unused"
    world.state.check_trunk = lambda trunk: check_twilio(account(fake), None)
    assert "Authenticate" in say(), "not asked at each tick"
    world.clock.move(61)
    wait_until(lambda: world.tick() or world.provider.asked, "calls, once the check has passed")
