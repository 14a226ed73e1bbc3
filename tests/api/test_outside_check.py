"""The outside check over REST: saved by admins, refused where it would lead into a private network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from campaign_app.app_context import context_of
from campaign_app.safe_http import SafeHttp
from campaign_app.vault import CredentialVault
from tests.api.asking import Api, fields_of

URL = "https://checks.example.com/calls"


def prepare(api: Api, *addresses: str, key: bool = True) -> Api:
    """The admin's API, where every name is at these addresses."""

    def resolve(host: str, port: int) -> Sequence[str]:
        if not addresses:
            raise OSError("no such name")
        return addresses

    context = context_of(api.app)
    context.safe_http = replace(context.safe_http, resolve=resolve)
    context.vault = CredentialVault([Fernet.generate_key().decode()] if key else [])
    return api.as_("admin")


def test_it_is_saved_with_a_secret_that_is_told_once_changed_and_removed(each_api: Api) -> None:
    api = prepare(each_api, "93.184.216.34", "2606:4700:4700::1111")
    api.get("/outside-check", status=404)
    saved = api.ask("PUT", "/outside-check", status=200, json={"url": URL}).get_json()
    secret = saved.pop("secret")
    assert len(secret) >= 40
    assert (saved["answers_hours"], saved["timeout_seconds"], saved["status"]) == (24, 5, "not-asked")
    assert api.get("/outside-check") == {**saved, "secret": None}
    changed = api.ask(
        "PUT",
        "/outside-check",
        status=200,
        json={"url": URL, "purposes": ["marketing"], "countries": ["FR", "BE"], "answers_hours": 1},
    ).get_json()
    assert (changed["secret"], changed["purposes"], changed["countries"]) == (
        None,
        ["marketing"],
        ["FR", "BE"],
    )
    renewed = api.ask("PUT", "/outside-check", status=200, json={"url": URL, "new_secret": True}).get_json()
    assert renewed["secret"] not in (None, secret)
    api.ask("DELETE", "/outside-check", status=204)
    api.ask("DELETE", "/outside-check", status=404)


@pytest.mark.parametrize(
    "change, field",
    [
        ({"url": "http://checks.example.com"}, "url"),
        ({"url": "https://127.1/"}, "url"),
        ({"url": "https://user@checks.example.com/"}, "url"),
        ({"answers_hours": 0}, "answers_hours"),
        ({"answers_hours": 169}, "answers_hours"),
        ({"answers_hours": 1.5}, "answers_hours"),
        ({"timeout_seconds": 0.5}, "timeout_seconds"),
        ({"timeout_seconds": 11}, "timeout_seconds"),
        ({"timeout_seconds": "5"}, "timeout_seconds"),
        ({"purposes": []}, "purposes"),
        ({"purposes": ["selling"]}, "purposes"),
        ({"countries": ["France"]}, "countries"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(api: Api, change: dict[str, Any], field: str) -> None:
    admin = prepare(api, "93.184.216.34")
    answer = admin.ask("PUT", "/outside-check", status=422, json={"url": URL, **change}).get_json()
    assert fields_of(answer) == {field}
    admin.get("/outside-check", status=404)


@pytest.mark.parametrize(
    "addresses",
    [
        (),
        ("127.0.0.1",),
        ("169.254.169.254",),
        ("93.184.216.34", "10.0.0.1"),
        ("::1",),
        ("fd00:ec2::254",),
        ("::ffff:169.254.169.254",),
        ("64:ff9b::a00:1",),
    ],
)
def test_a_name_that_leads_nowhere_public_is_refused(api: Api, addresses: tuple[str, ...]) -> None:
    admin = prepare(api, *addresses)
    answer = admin.ask("PUT", "/outside-check", status=422, json={"url": URL}).get_json()
    assert fields_of(answer) == {"url"}
    admin.get("/outside-check", status=404)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://localhost/"]
)
def test_an_address_of_this_machine_is_refused_as_the_system_resolves_it(api: Api, url: str) -> None:
    context = context_of(api.app)
    context.safe_http = SafeHttp()
    answer = api.as_("admin").ask("PUT", "/outside-check", status=422, json={"url": url}).get_json()
    assert fields_of(answer) == {"url"}


def test_hosts_that_the_environment_names_may_be_private(api: Api) -> None:
    admin = prepare(api, "10.0.0.5")
    context = context_of(api.app)
    context.safe_http = replace(context.safe_http, private_hosts=frozenset({"checks.internal"}))
    admin.ask("PUT", "/outside-check", status=200, json={"url": "https://Checks.Internal:8443/calls"})
    admin.ask("PUT", "/outside-check", status=422, json={"url": "https://other.internal/calls"})


def test_without_a_key_nothing_is_saved_and_the_remedy_is_told(api: Api) -> None:
    admin = prepare(api, "93.184.216.34", key=False)
    answer = admin.ask("PUT", "/outside-check", status=409, json={"url": URL}).get_json()
    assert "SWITCHBOARD_ENCRYPTION_KEY" in answer["detail"]
    admin.get("/outside-check", status=404)


def test_operators_may_not_see_or_change_it(api: Api) -> None:
    prepare(api, "93.184.216.34")
    api.ask("GET", "/outside-check", status=403)
    api.ask("PUT", "/outside-check", status=403, json={"url": URL})
    api.ask("DELETE", "/outside-check", status=403)
