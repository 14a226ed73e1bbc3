"""Wait reasons in words, on pages and in the API: each code has some, with the numbers and times that it knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaign_app import create_app
from campaign_app.api.reasons import TEXTS, reasons_to_api
from campaign_app.config import Settings
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import db
from campaign_app.models import Campaign, Role
from campaign_app.services import campaigns
from campaign_app.services.wait_reasons import FAILURES, ReasonCode, ReasonPart, WaitReason
from campaign_app.transaction import transaction
from campaign_app.web.live_page import find_reason_button
from campaign_app.web.reasons import TITLES, describe_in_a_line, describe_reason
from tests.web.pages_support import Site, act, add_call, make_campaign
from tests.web.people_support import squeeze

OPENS = datetime(2030, 11, 25, 8, 0, tzinfo=UTC)


def part(contacts: int, later: int | None, **params: str) -> ReasonPart:
    """`later`: so many hours after OPENS they may be called; None: nobody knows when."""
    return ReasonPart(contacts, None if later is None else OPENS + timedelta(hours=later), params)


ROWS = [
    (
        WaitReason("no-contacts", 0),
        "No contacts: upload a file or add numbers",
        "the campaign has no contacts",
    ),
    (
        WaitReason("paused", 5, None, {"by": "user:ann@example.org"}),
        "Paused by ann@example.org",
        "by user:ann@example.org",
    ),
    (WaitReason("stopped", 5, None, {"note": ""}), "Stopped", ""),
    (
        WaitReason("outside-hours", 5),
        "Outside calling hours: the calling hours never open",
        "no calling window is open",
    ),
    (
        WaitReason("outside-hours", 5, OPENS),
        "Outside calling hours until Mon 25 Nov 2030 09:00 Europe/Paris",
        "no calling window is open",
    ),
    (
        WaitReason("ended", 5, None, {"at": OPENS.isoformat()}),
        "Its end has passed: Mon 25 Nov 2030 09:00 Europe/Paris",
        "its end has passed",
    ),
    (
        WaitReason("backoff", 1, None, {"error": "no route"}),
        "Calls are failing: no route; next try soon",
        "no route",
    ),
    (
        WaitReason("circuit-open", 1, OPENS, {"trunk": "nyc", "error": "no route"}),
        "Calls are failing: nyc: no route; one call will be tried at Mon 25 Nov 2030 09:00 Europe/Paris",
        "nyc: no route",
    ),
    (
        WaitReason("trunk-paused", 1, None, {"trunk": "nyc", "by": "engine", "note": "taken"}),
        "The trunk is paused: nyc, by the engine: taken",
        "nyc, by engine: taken",
    ),
    (
        WaitReason("lines-full", 1, None, {"in_use": 4, "limit": 4}),
        "Lines full: all 4 of the campaign's lines are in use",
        "4 of 4 lines of the campaign are in use",
    ),
    (
        WaitReason("lines-full", 1, None, {"in_use": 3, "limit": 4, "kept": 1}),
        "Lines full: 3 of 4 of the campaign's lines are in use, and one is kept for transfers",
        "3 of 4 lines of the campaign are in use",
    ),
    (
        WaitReason("lines-full", 1, None, {"in_use": 3, "limit": 4}),
        "Lines full: all 4 of the campaign's lines were in use for most of the last 30 seconds",
        "3 of 4 lines of the campaign are in use",
    ),
    (
        WaitReason("capped", 3, OPENS, {"last": OPENS.isoformat()}),
        "Called often enough lately: the first may be called again at Mon 25 Nov 2030 09:00 Europe/Paris",
        "by the campaign's caps",
    ),
    (
        # Its call may have ended long before their next turn: nothing is said of what the number does now.
        WaitReason("number-busy", 39, OPENS, {"last": (OPENS + timedelta(seconds=9)).isoformat()}),
        "Another call took the number first: the next turn is at Mon 25 Nov 2030 09:00 Europe/Paris",
        "of another campaign, or a single call; their next turn is in a few seconds",
    ),
    (
        WaitReason("gap", 3, OPENS, {"last": (OPENS + timedelta(hours=1)).isoformat()}),
        "Called by another campaign lately: the first may be called again at Mon 25 Nov 2030 09:00, the last at Mon 25"
        " Nov 2030 10:00 Europe/Paris",
        "min_gap_minutes have not passed",
    ),
    (
        WaitReason(
            "trunk-full",
            1,
            None,
            {"trunk": "nyc", "in_use": 4, "limit": 4, "other": "Winter", "other_lines": 2},
        ),
        "Trunk full: all 4 lines of nyc are in use, 2 of them by Winter",
        "4 of 4 lines of nyc are in use",
    ),
    (
        WaitReason("pace", 1, OPENS, {"per_second": 2.0}),
        "Limited by its pace: 2 new calls per second",
        "2 new calls per second",
    ),
    (
        WaitReason("their-hours", 2, OPENS, {"zones": "America/Denver", "hours": "Mon–Sun 08:00–21:00"}),
        "Outside their hours: Mon–Sun 08:00–21:00 in America/Denver until Mon 25 Nov 2030 09:00 Europe/Paris",
        "Mon–Sun 08:00–21:00 in America/Denver",
    ),
    (
        # The same hours on several clocks: the drawn line of the campaign page.
        WaitReason(
            "their-hours",
            2406,
            OPENS,
            parts=[
                part(2118, 0, zones="America/Los_Angeles", hours="Mon–Sun 08:00–21:00", source="default"),
                part(288, 2, zones="Pacific/Honolulu", hours="Mon–Sun 08:00–21:00", source="default"),
            ],
        ),
        "Outside their hours: Mon–Sun 08:00–21:00, their time (default): 2,118 in America/Los_Angeles until Mon 25 Nov"
        " 2030 09:00; 288 in Pacific/Honolulu until Mon 25 Nov 2030 11:00 (Europe/Paris time)",
        "2118 of them: Mon–Sun 08:00–21:00 in America/Los_Angeles (default); 288 of them: Mon–Sun 08:00–21:00 in"
        " Pacific/Honolulu (default)",
    ),
    (
        # No text of one country is said to hold in another.
        WaitReason(
            "their-hours",
            4,
            OPENS,
            parts=[
                part(3, 0, zones="Europe/Paris", hours="Mon–Fri 10:00–20:00", source="France"),
                part(1, None, zones="America/Chicago", hours="Mon–Sat 09:00–20:00", source="Oklahoma"),
            ],
        ),
        "Outside their hours: 3 in Europe/Paris until Mon 25 Nov 2030 09:00, Mon–Fri 10:00–20:00 (France); 1 in"
        " America/Chicago, Mon–Sat 09:00–20:00 (Oklahoma) (Europe/Paris time)",
        "3 of them: Mon–Fri 10:00–20:00 in Europe/Paris (France); 1 of them: Mon–Sat 09:00–20:00 in America/Chicago"
        " (Oklahoma)",
    ),
    (
        # More parts than are told in full.
        WaitReason(
            "outside-hours",
            15,
            OPENS,
            parts=[
                part(6 - hour, hour, zones=f"Zone/{hour}", hours="Mon–Fri 09:00–18:00")
                for hour in range(1, 6)
            ],
        ),
        "Outside calling hours: 5 in Zone/1 until Mon 25 Nov 2030 10:00; 10 elsewhere, the first of them from"
        " Mon 25 Nov 2030 11:00 (Europe/Paris time)",
        "no calling window is open",
    ),
    (
        WaitReason(
            "blackout",
            3,
            OPENS,
            parts=[
                part(2, 0, place="Florida", reason="hurricane"),
                part(1, None, place="Maui", reason="wildfire"),
            ],
        ),
        "Closed by a blackout: 2 in Florida until Mon 25 Nov 2030 09:00: hurricane; 1 in Maui until somebody lifts it:"
        " wildfire (Europe/Paris time)",
        "2 of them: Florida: hurricane; 1 of them: Maui: wildfire",
    ),
    (
        WaitReason("never-open", 1, None, {"whose": "the hours in Pacific/Guam and the campaign’s"}),
        "Hours never overlap: the hours in Pacific/Guam and the campaign’s leave no time to begin a call: change the"
        " campaign’s hours, or add a time zone, state or postal code to these people’s rows",
        "the hours in Pacific/Guam and the campaign’s leave no time to begin a call within two weeks",
    ),
    (
        WaitReason("retry-wait", 2, OPENS, {"last": OPENS.isoformat()}),
        "Waiting to be tried again: the next at Mon 25 Nov 2030 09:00 Europe/Paris",
        "a retry is planned",
    ),
    (WaitReason("next", 3), "Next in line", "to be called at the engine's next tick"),
    (
        WaitReason("next", 121, None, {"free": 1}),
        "Waiting for their turn: 1 is next in line, the others follow as lines come free",
        "1 at the engine's next tick, the others as lines come free",
    ),
]


@pytest.mark.parametrize("reason, line, api_detail", ROWS)
def test_a_reason_reads_well_on_the_page_and_in_the_api(
    tmp_path: object, reason: WaitReason, line: str, api_detail: str
) -> None:
    app = create_app(Settings(instance_path=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite"))  # type: ignore[arg-type]
    with app.app_context():
        assert describe_in_a_line(reason, "Europe/Paris") == line
    [told] = reasons_to_api([reason])
    assert (told["code"], told["contacts"], told["detail"]) == (reason.code, reason.contacts, api_detail)


def test_every_code_has_words_everywhere_and_failures_are_the_ones_in_red() -> None:
    assert set(TITLES) == set(TEXTS) == set(ReasonCode)
    assert {code for code, (_title, tone, _icon) in TITLES.items() if tone == "bad"} == FAILURES


def test_a_code_without_words_is_an_error_and_not_an_empty_line() -> None:
    with pytest.raises(KeyError):
        describe_reason(WaitReason("unheard-of", 1), "UTC")


@pytest.mark.parametrize("status", ["draft", "running", "paused", "stopped"])
def test_every_button_leads_to_a_page_or_a_dialog_that_is_there(site: Site, status: str) -> None:
    campaign_id = make_campaign(site, numbers=2)
    for action in {"running": ["start"], "paused": ["start", "pause"], "stopped": ["start", "stop"]}.get(
        status, []
    ):
        act(site, campaign_id, action)
    admin = site.visitor(Role.ADMIN)
    page = admin.get(f"/campaigns/{campaign_id}").text
    with site.app.test_request_context():
        campaign = campaigns.get_campaign(db.session(), campaign_id)
        buttons = {code: find_reason_button(campaign, code) for code in ReasonCode}
    assert buttons[ReasonCode.NEXT] is None
    for code, button in buttons.items():
        if button is None:
            continue
        if button.href.startswith("#"):
            assert button.href in ("#add", "#soft-start")
        elif not (button.href.endswith(("/start", "/resume")) and status in ("running", "stopped")):
            assert admin.get(button.href).status_code in (200, 303, 409), (code, button.href)
    if status == "paused":
        assert 'aria-label="Paused: Resume…"' in page
        assert (
            'aria-label="Paused: Resume…"'
            not in site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").text
        )


def test_what_holds_nobody_back_is_said_too(site: Site) -> None:
    campaign_id = make_campaign(site, numbers=2, calls_per_second=2)
    assert "Also checked" not in site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").text
    act(site, campaign_id, "start")
    page = site.visitor(Role.VIEWER).get(f"/campaigns/{campaign_id}").text
    assert "the campaign’s 20 lines, its pace, the trunk simulator, its hours, people’s hours" in page
    assert "the dialer" not in page.partition("Also checked")[2], "none is running"


def test_lines_of_calls_that_may_be_over_are_said_beside_the_lamps(site: Site) -> None:
    """Those in doubt, and those whose engine died before it heard whether the carrier took them."""
    campaign_id = make_campaign(site, numbers=4)
    act(site, campaign_id, "start")
    horizon = site.clock.now() + timedelta(minutes=12)
    add_call(site, campaign_id, AttemptStatus.IN_DOUBT, contact=0, horizon_at=horizon - timedelta(minutes=5))
    add_call(site, campaign_id, AttemptStatus.DIALING, contact=1, horizon_at=horizon)
    with site.app.app_context(), transaction(db.session()) as session:
        counters = session.get_one(Campaign, campaign_id).counters
        counters.contacts_pending, counters.contacts_dialing = 2, 2
    viewer = site.visitor(Role.VIEWER)

    def sentence() -> str:
        page = squeeze(viewer.get(f"/campaigns/{campaign_id}").text)
        return page.partition("Lines held by calls in doubt")[2][:400]

    assert "1 line is held while the carrier is asked whether the call is up, until" in sentence()
    site.clock.move(20)
    assert "2 lines are held while the carrier is asked whether the calls are up, until" in sentence()


def test_many_places_are_counted_together_and_listed_one_by_one_behind_that(site: Site) -> None:
    hours = "Mon–Sun 08:00–21:00"
    parts = tuple(part(9 - n, n, zones=f"Zone/{n}", hours=hours) for n in range(5))
    one = {"zones": "A, B, C and 2 more places", "others": "D, E", "hours": hours}
    with site.app.app_context():
        words = describe_reason(WaitReason("their-hours", 35, OPENS, parts=parts), "UTC")
        # How much is shown is the caller's choice: no value of the reason can be taken for it.
        assert describe_reason(WaitReason("their-hours", 35, OPENS, {"in-a-line": 1}, parts), "UTC") == words
        line = describe_in_a_line(WaitReason("their-hours", 35, OPENS, parts=parts), "UTC")
        assert "9 in Zone/0 until Mon 25 Nov 2030 08:00; 26 elsewhere" in line
        assert describe_reason(WaitReason("their-hours", 5, OPENS, one), "UTC").rest == ("also in D, E",)
    assert words.detail == (
        f"{hours}, their time: 9 in Zone/0 until Mon 25 Nov 2030 08:00; 8 in Zone/1 until Mon 25 Nov 2030 09:00; "
        "7 in Zone/2 until Mon 25 Nov 2030 10:00; 11 elsewhere, the first of them from Mon 25 Nov 2030 11:00 (UTC time)"
    )
    assert [line.partition(": ")[2].partition(" until")[0] for line in words.rest] == [
        "6 in Zone/3",
        "5 in Zone/4",
    ]


def test_a_reason_that_holds_as_well_still_says_in_the_api_how_many_it_is_about() -> None:
    parts = (part(9, 1, zones="A", hours="x"), part(4, 2, zones="B", hours="x"))
    [told] = reasons_to_api([WaitReason("their-hours", 0, OPENS, parts=parts)])
    assert told["contacts"] == 13
