"""What is believed of a proxy's headers, by hops and by address; through a started server: tests/deploy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from campaign_app.config import BadSetting, Settings, load_settings
from campaign_app.http.proxies import ForwardedHeaders, read_address

REAL = "198.51.100.7"


def pass_through(
    peer: str,
    trusted: int | tuple[str, ...],
    headers: dict[str, str],
    *,
    path: str = "/x",
    url: str | None = None,
) -> dict[str, Any]:
    """The environment that the application sees."""
    seen: dict[str, Any] = {}
    settings = Settings(
        instance_path=Path("/x"), database_url="sqlite:///x", trusted_proxies=trusted, public_url=url
    )

    def app(environ: dict[str, Any], _start: object) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {
        "REMOTE_ADDR": peer,
        "HTTP_HOST": "inside",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    ForwardedHeaders(app, settings)(environ, lambda *_: lambda _: None)  # type: ignore[arg-type]
    return seen


@pytest.mark.parametrize(
    "peer, trusted, chain, client",
    [
        ("127.0.0.1", 0, REAL, "127.0.0.1"),
        ("127.0.0.1", 1, REAL, REAL),
        ("127.0.0.1", 1, f"10.9.9.9, {REAL}", REAL),
        ("127.0.0.1", 2, f"10.9.9.9, {REAL}, 10.0.0.1", REAL),
        ("127.0.0.1", 2, REAL, REAL),
        ("127.0.0.1", 1, "unknown", "127.0.0.1"),
        ("127.0.0.1", ("127.0.0.1/32",), f"10.9.9.9, {REAL}", REAL),
        ("127.0.0.1", ("127.0.0.1/32", "10.0.0.0/8"), f"192.0.2.1, {REAL}, 10.0.0.1", REAL),
        ("::ffff:127.0.0.1", ("127.0.0.1/32",), REAL, REAL),
        ("::1", ("::1/128",), "[2001:db8::7]:4711", "2001:db8::7"),
        (REAL, ("127.0.0.1/32",), "192.0.2.1", REAL),
        ("127.0.0.1", 1, f"{REAL}:4711", REAL),
    ],
)
def test_the_client_is_whom_the_farthest_trusted_hop_names(
    peer: str, trusted: int | tuple[str, ...], chain: str, client: str
) -> None:
    assert pass_through(peer, trusted, {"X-Forwarded-For": chain})["REMOTE_ADDR"] == client


def test_scheme_host_and_prefix_come_from_a_trusted_proxy_only() -> None:
    told = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "calls.example.org:8443",
        "X-Forwarded-Prefix": "/a/",
    }
    seen = pass_through("127.0.0.1", 1, told, path="/a/x")
    assert (seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == ("https", "calls.example.org:8443")
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/a", "/x")
    seen = pass_through(REAL, ("127.0.0.1/32",), told)
    assert (seen["wsgi.url_scheme"], seen["HTTP_HOST"], seen["SCRIPT_NAME"]) == ("http", "inside", "")
    assert not [name for name in seen if name.startswith("HTTP_X_")], (
        "nothing behind it can believe one by mistake"
    )


@pytest.mark.parametrize("prefix", ["//evil.example", "evil", "/..", "/a b", '/"><x', "/a//b", "/a\r\nB"])
def test_what_is_no_path_is_no_prefix(prefix: str) -> None:
    assert pass_through("127.0.0.1", 1, {"X-Forwarded-Prefix": prefix})["SCRIPT_NAME"] == ""


def test_the_path_of_the_public_url_is_the_prefix_whatever_a_header_says() -> None:
    told = {"X-Forwarded-Prefix": "/other"}
    for path, inside in (("/a/b/x", "/x"), ("/x", "/x"), ("/a/b", ""), ("/a/bc", "/a/bc")):
        seen = pass_through("127.0.0.1", 1, told, path=path, url="https://example.org/a/b")
        assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/a/b", inside)


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "[::1", "a:b", "1.2.3.4.5:6"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) is None or str(read_address(text)) == "::1"


@pytest.mark.parametrize(
    "text, value",
    [("0", 0), ("2", 2), ("127.0.0.1", ("127.0.0.1/32",)), ("::1, 10.0.0.0/8", ("::1/128", "10.0.0.0/8"))],
)
def test_trusted_proxies_are_a_number_or_addresses(text: str, value: object, tmp_path: Path) -> None:
    assert load_settings({"SWITCHBOARD_TRUSTED_PROXIES": text}, tmp_path).trusted_proxies == value


@pytest.mark.parametrize("text", ["11", "-1", "proxy.example", "10.0.0.1/8", "1, 2"])
def test_other_trusted_proxies_stop_the_start(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="TRUSTED_PROXIES"):
        load_settings({"SWITCHBOARD_TRUSTED_PROXIES": text}, tmp_path)
