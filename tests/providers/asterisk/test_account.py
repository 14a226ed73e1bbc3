"""Where a trunk's Asterisk is: the environment, the trunk's own settings, and what the guide tells people to write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from campaign_app.providers.asterisk.account import AsteriskAccount, account_from_settings
from campaign_app.providers.asterisk.adapter import AsteriskProvider, endpoint_of
from scripts.loopback.asterisk import CONF

DEFAULT = AsteriskAccount(
    url="http://127.0.0.1:8088",
    user="switchboard",
    password="secret",
    endpoint="PJSIP/{number}@trunk",
    app="switchboard-1",
    sounds=Path("/instance/asterisk-sounds"),
)
GUIDE = Path(__file__).resolve().parents[3] / "docs/asterisk.md"


def test_a_trunks_own_settings_win_and_strangers_are_left_alone() -> None:
    own = {"endpoint": "PJSIP/{digits}@other", "sounds": "/srv", "cel": "/cel.csv", "note": 7, "user": None}
    account = account_from_settings(own, DEFAULT)
    assert account == replace(
        DEFAULT, endpoint="PJSIP/{digits}@other", sounds=Path("/srv"), cel=Path("/cel.csv")
    )
    assert account.known_as == "/srv"
    assert (
        account_from_settings({"sounds_as": "https://here/sounds"}, DEFAULT).known_as == "https://here/sounds"
    )


@pytest.mark.parametrize(
    "own,default,text",
    [
        ({}, replace(DEFAULT, url=""), "ASTERISK_URL"),
        ({"url": "asterisk:8088"}, DEFAULT, "ASTERISK_URL"),
        ({}, replace(DEFAULT, password=""), "ASTERISK_PASSWORD"),
        ({"app": "two words"}, DEFAULT, "ASTERISK_APP"),
        ({"user": 7}, DEFAULT, "user must be a text"),
    ],
)
def test_what_is_missing_or_wrong_is_a_sentence(
    own: dict[str, object], default: AsteriskAccount, text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        account_from_settings(own, default)


def test_an_endpoint_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        AsteriskProvider(
            "http://127.0.0.1:1",
            "u",
            "p",
            audio=lambda _: Path(),
            sounds=Path(),
            sounds_as="x",
            endpoint="PJSIP/1",
        )


@pytest.mark.parametrize(
    "dial_string,endpoint",
    [
        ("PJSIP/{number}@trunk", "PJSIP/trunk"),
        ("PJSIP/9{digits}@my-trunk.2", "PJSIP/my-trunk.2"),
        ("PJSIP/trunk/sip:{digits}@host", None),
        ("Local/{number}@out", None),
    ],
)
def test_the_endpoint_that_can_be_looked_at_is_found_in_the_dial_string(
    dial_string: str, endpoint: str | None
) -> None:
    assert endpoint_of(dial_string) == endpoint


@pytest.mark.parametrize("name", ["http", "tls/http", "amd", "cel", "cel_custom", "extensions"])
def test_the_guide_shows_what_the_tests_run(name: str) -> None:
    lines = [line.strip() for line in (CONF / f"{name}.conf").read_text().splitlines()]
    told = GUIDE.read_text()
    wanted = [line for line in lines if line and line[0] != ";" and "@" not in line]
    silent = {"static = yes", "writeprotect = yes"}
    assert [line for line in wanted if line not in told and line not in silent] == []
