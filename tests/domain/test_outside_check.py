"""Which addresses may be asked, what counts as an answer, and whom the check applies to."""

from __future__ import annotations

import json

import pytest

from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.outside_check import BadAnswer, OutsideAnswer, OutsideCheck, find_wait, parse_answers
from campaign_app.domain.public_addresses import is_public_address, parse_https_address
from campaign_app.domain.rulebook import Purpose

PRIVATE = """
    127.0.0.1 127.8.8.8 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200
    0.0.0.0 0.1.2.3 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
    255.255.255.255 ::1 :: ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808
    2002:7f00:1:: 2002:a00:1::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254
    fec0::1 ff02::1 2001:db8::1 100::1 localhost 1.2.3 0x7f.1
""".split()  # noqa: SIM905
PUBLIC = ("8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e")


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_passes_in_whatever_spelling(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        7,
        "checks.example.com",
        "http://checks.example.com/",
        "ftp://checks.example.com/",
        "https://",
        "https:///calls",
        "https://user:password@checks.example.com/",
        "https://checks.example.com@127.0.0.1/",
        "https://checks.example.com/#here",
        "https://checks.example.com\\@127.0.0.1/",
        "https://checks.example.com/a b",
        "https://checks.example.com/\r\nHost: other",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://127.0.0.1.:443/x y",
        "https://0177.0.0.1/",
        "https://[::1",
        "https://[localhost]/",
        "https://①②⑦.0.0.1/",
        "https://checks.example.com:0/",
        "https://checks.example.com:99999/",
        "https://-bad.example.com/",
        "https://a..b/",
        "https://" + "a" * 500 + ".example/",
    ],
)
def test_what_is_no_plain_https_address_is_refused(url: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_https_address(url, "url")
    assert [error.field for error in refused.value.errors] == ["url"]


def test_an_address_is_taken_apart() -> None:
    assert parse_https_address(" https://Checks.Example.com/a?b=c ", "url")[1:] == ("checks.example.com", 443)
    assert parse_https_address("https://93.184.216.34:8443/", "url")[1:] == ("93.184.216.34", 8443)
    assert parse_https_address("https://[2606:4700::1111]/", "url")[1:] == ("2606:4700::1111", 443)


def answer(*items: object, **more: object) -> bytes:
    return json.dumps({"answers": list(items), **more}).encode()


YES = {"phone": "+1", "allowed": True}
NO = {"phone": "+2", "allowed": False, "reason": "in a register", "for_good": True}


def test_answers_are_read_by_number_in_any_order() -> None:
    assert parse_answers(answer(NO, YES), ["+1", "+2"]) == {
        "+1": OutsideAnswer(True),
        "+2": OutsideAnswer(False, "in a register", True),
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"answers": null}',
        b'{"answers": [], "answers": []}',
        b'{"answers": [{"phone": "+1", "allowed": false, "allowed": true}]}',
        b'{"answers": [{"phone": "+1", "allowed": NaN}]}',
        b"[" * 100_000,
        answer(),
        answer(YES, YES),
        answer(YES, NO),
        answer(YES, more=1),
        answer({**YES, "note": 1}),
        answer({**YES, "allowed": 1}),
        answer({**YES, "allowed": "true"}),
        answer({**YES, "allowed": None}),
        answer({**YES, "phone": 1}),
        answer({**YES, "reason": 1}),
        answer({**YES, "reason": "x" * 501}),
        answer({**YES, "reason": "\0"}),
        answer({**YES, "reason": "\ud800"}),
        answer({**YES, "for_good": True}),
        answer({**YES, "for_good": "no"}),
        answer("+1"),
    ],
)
def test_anything_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        parse_answers(body, ["+1"])


def test_it_applies_to_its_purposes_and_countries_and_to_what_is_unknown() -> None:
    french, american, nobody = (
        derive_profile("+33123456789").profile,
        derive_profile("+12125550123").profile,
        DialProfile((), None),
    )
    check = OutsideCheck(1, "https://x", 24, 5, (Purpose.MARKETING,), ("FR",))
    assert check.applies(french, Purpose.MARKETING)
    assert check.applies(french, None)
    assert check.applies(nobody, Purpose.MARKETING)
    assert check.applies(derive_profile("+262262123456").profile, Purpose.MARKETING), "Réunion"
    assert not check.applies(american, Purpose.MARKETING)
    assert not check.applies(french, Purpose.SURVEY)


def test_the_waits_grow_to_five_minutes() -> None:
    assert [find_wait(n).total_seconds() for n in (1, 2, 3, 6, 7, 50)] == [5, 10, 20, 160, 300, 300]
