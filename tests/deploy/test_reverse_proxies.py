"""The product behind a real nginx and a real Caddy, each with TLS and by the files of deploy/."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.support.missing import missing
from tests.support.reverse_proxies import NAME, ReverseProxy, reverse_proxy
from tests.support.server import ROOT, RunningApp, free_port, running_app
from tests.web.people_support import CSRF, PASSWORD

pytestmark = pytest.mark.xdist_group("reverse-proxies")

ADMIN = "boss@example.org"
STRANGER = "127.0.0.66"
FORGED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=evil.example;proto=http",
}
UNBUFFERED = {
    "nginx": {
        "proxy_buffering on;": "proxy_buffering off;",
        "proxy_request_buffering on;": "proxy_request_buffering off;",
    },
    "caddy": {"header_up -Forwarded": "header_up -Forwarded\n\t\tflush_interval -1"},
}


BODY = {"name": "A", "message": {"text": "Hello"}}
BELOW = {
    "nginx, prefix left": (
        "nginx",
        {
            "location / {": "location /dialer/ {",
            'X-Forwarded-Prefix ""': "X-Forwarded-Prefix /dialer",
        },
    ),
    "nginx, prefix stripped": (
        "nginx",
        {
            "location / {": "location /dialer/ {",
            "proxy_pass http://switchboard;": "proxy_pass http://switchboard/;",
            'X-Forwarded-Prefix ""': "X-Forwarded-Prefix /dialer",
        },
    ),
    "caddy, prefix stripped": (
        "caddy",
        {
            "reverse_proxy 127.0.0.1:5000 {": "handle_path /dialer/* {\n\treverse_proxy 127.0.0.1:5000 {",
            "header_up -X-Forwarded-Prefix": "header_up X-Forwarded-Prefix /dialer",
            "header_up -Forwarded": "header_up -Forwarded\n\t}",
        },
    ),
}


@contextmanager
def site(
    folder: Path, kind: str, replace: dict[str, str] | None = None, **settings: str
) -> Iterator[tuple[RunningApp, ReverseProxy]]:
    """A started app with an admin, and the proxy before it. Capitals: settings; `{url}` in one is the proxy's."""
    port, app_port = free_port(), free_port()
    env = {
        f"SWITCHBOARD_{name}": value.replace("{url}", f"https://{NAME}:{port}")
        for name, value in settings.items()
    }
    with running_app(folder, {"SWITCHBOARD_ENGINE": "off", **env}, port=app_port) as app:
        app.command("admin", "create", ADMIN, "--password-stdin", stdin=PASSWORD)
        with reverse_proxy(kind, app_port, replace, port=port) as proxy:
            yield app, proxy


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningApp, ReverseProxy]]:
    with site(
        tmp_path_factory.mktemp(request.param), request.param, PUBLIC_URL="{url}", TRUSTED_PROXIES="1"
    ) as made:
        yield made


def sign_in(client: httpx.Client, password: str = PASSWORD, *, below: str = "") -> httpx.Response:
    page = client.get(f"{below}/login")
    found = CSRF.search(page.text)
    assert found, page.text
    form = {"csrf_token": found.group(1), "email": ADMIN, "password": password, "next": "/health"}
    return client.post(f"{below}/login", data=form, headers={"Referer": str(page.url)})


def session_cookie(answer: httpx.Response) -> str:
    """Of the cookies that a sign-in sets the one that is the session; another tells the browser again."""
    [cookie] = [each for each in answer.headers.get_list("Set-Cookie") if "switchboard=" in each]
    return cookie


def health_notes(client: httpx.Client) -> str:
    return re.sub(r"\s+", " ", client.get("/health").text)


# ---- the client's address


def test_a_strangers_guesses_shut_out_that_stranger_and_nobody_else(
    behind: tuple[RunningApp, ReverseProxy],
) -> None:
    _, proxy = behind
    with proxy.client(STRANGER) as stranger:
        page = stranger.get("/login")
        token = CSRF.search(page.text)
        assert token
        statuses = [
            stranger.post(
                "/login",
                data={"csrf_token": token.group(1), "email": f"nobody{n}@example.org", "password": "x" * 12},
                headers={"Referer": str(page.url), "X-Forwarded-For": f"203.0.113.{n}"},
            ).status_code
            for n in range(11)
        ]
    assert statuses == [422] * 10 + [429]
    with proxy.client("127.0.0.67") as boss:
        assert sign_in(boss).status_code == 303


def test_the_log_and_the_audit_trail_name_the_client_whatever_it_says_of_itself(
    behind: tuple[RunningApp, ReverseProxy],
) -> None:
    app, proxy = behind
    with proxy.client("127.0.0.68") as client:
        client.headers.update(FORGED)
        assert client.get("/no-such-page-68").status_code == 404
        assert sign_in(client).status_code == 303
        assert "127.0.0.68" in client.get("/audit?type=user").text
    line = next(line for line in app.output().splitlines() if "/no-such-page-68" in line)
    assert "client=127.0.0.68" in line


def test_metrics_are_for_this_machine_and_for_tokens(behind: tuple[RunningApp, ReverseProxy]) -> None:
    app, proxy = behind
    with proxy.client(STRANGER) as stranger:
        assert stranger.get("/metrics").status_code == 404, "the proxy's file closes it"
    assert httpx.get(f"{app.base_url}/metrics", trust_env=False).status_code == 200
    for header, value in FORGED.items():
        relayed = httpx.get(f"{app.base_url}/metrics", headers={header: value}, trust_env=False)
        assert relayed.status_code in (400, 401, 404), header


@pytest.mark.parametrize("trusted", ["0", "1", "2", "127.0.0.1", "10.0.0.0/8"])
def test_a_proxy_that_lets_metrics_through_opens_them_to_nobody(tmp_path: Path, trusted: str) -> None:
    opened = {"location = /metrics {": "location = /no-metrics {"}
    with site(tmp_path, "nginx", opened, TRUSTED_PROXIES=trusted) as (app, proxy):
        token = app.command("token", "create", "scraper", "--role", "viewer").split()[-1]
        for headers in ({}, FORGED):
            with proxy.client(STRANGER) as stranger:
                assert stranger.get("/metrics", headers=headers).status_code == 401
                ask = {**headers, "Authorization": f"Bearer {token}"}
                assert stranger.get("/metrics", headers=ask).status_code == 200


# ---- scheme, host, cookies


def test_the_cookie_is_secure_and_nothing_that_a_client_forges_gets_through(
    behind: tuple[RunningApp, ReverseProxy],
) -> None:
    _, proxy = behind
    with proxy.client("127.0.0.69") as client:
        client.headers.update(FORGED)
        answer = sign_in(client)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/health")
        cookie = session_cookie(answer)
        assert cookie.startswith("__Host-switchboard=")
        assert "Secure" in cookie
        assert answer.headers["Strict-Transport-Security"]
        assert "evil" not in client.get("/health").text


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_without_a_public_url_a_trusted_proxy_makes_cookies_secure_and_health_asks_for_the_url(
    tmp_path: Path, kind: str
) -> None:
    with site(tmp_path, kind, TRUSTED_PROXIES="127.0.0.1") as (app, proxy):
        with proxy.client("127.0.0.70") as client:
            cookie = session_cookie(sign_in(client))
            assert cookie.startswith("__Host-switchboard=")
            assert "Secure" in cookie
            notes = health_notes(client)
            assert "SWITCHBOARD_PUBLIC_URL is not set" in notes
            assert "SWITCHBOARD_TRUSTED_PROXIES" not in notes
        with httpx.Client(base_url=app.base_url, trust_env=False) as direct:
            assert session_cookie(sign_in(direct)).startswith("switchboard=")
            assert "SWITCHBOARD_PUBLIC_URL is not set" not in health_notes(direct)


@pytest.mark.parametrize("trusted", ["0", "10.0.0.0/8"])
def test_a_proxy_that_nobody_named_is_not_believed_and_health_says_so(tmp_path: Path, trusted: str) -> None:
    with (
        site(tmp_path, "nginx", TRUSTED_PROXIES=trusted) as (app, proxy),
        proxy.client("127.0.0.71") as client,
    ):
        assert session_cookie(sign_in(client)).startswith("switchboard=")
        assert "127.0.0.71" not in client.get("/audit?type=user").text
        notes = health_notes(client)
        assert "SWITCHBOARD_TRUSTED_PROXIES" in notes
        assert "SWITCHBOARD_PUBLIC_URL is not set" in notes
        assert "client=127.0.0.1" in app.output()


def test_a_form_from_another_site_is_refused_for_its_referrer(
    behind: tuple[RunningApp, ReverseProxy],
) -> None:
    _, proxy = behind
    with proxy.client("127.0.0.72") as client:
        found = CSRF.search(client.get("/login").text)
        assert found
        form = {"csrf_token": found.group(1), "email": ADMIN, "password": PASSWORD}
        for referrer in ("https://evil.example/", f"http://{NAME}:{proxy.port}/login"):
            assert client.post("/login", data=form, headers={"Referer": referrer}).status_code == 400


def test_plain_http_is_sent_to_https(tmp_path: Path) -> None:
    port = free_port()
    with reverse_proxy("nginx", free_port(), {"listen 80;": f"listen 127.0.0.1:{port};"}):
        answer = httpx.get(f"http://127.0.0.1:{port}/a?b=c", trust_env=False)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"https://{NAME}/a?b=c")


# ---- HTTP/2, sizes, buffering


def test_http_2_comes_through(behind: tuple[RunningApp, ReverseProxy]) -> None:
    _, proxy = behind
    curl = shutil.which("curl")
    if curl is None:
        missing("curl is missing. Debian and Ubuntu, as root: apt-get install curl")
    told = subprocess.run(
        [curl, "--silent", "--http2", "--noproxy", "*", "--cacert", proxy.authority.file,
         "--output", "/dev/null", "--write-out", "%{http_version} %{http_code} %{redirect_url}", f"{proxy.url}/"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert told == f"2 303 {proxy.url}/login"


@pytest.mark.parametrize("buffered", [True, False], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_large_uploads_and_downloads_come_through_whole(tmp_path: Path, kind: str, buffered: bool) -> None:
    replace = {} if buffered else UNBUFFERED[kind]
    numbers = [f"+1213555{n:04d}" for n in range(10_000)]
    rows = "phone,note\n" + "".join(f"{number},{'x' * 200}\n" for number in numbers)
    with site(tmp_path, kind, replace, PUBLIC_URL="{url}", TRUSTED_PROXIES="1") as (app, proxy):
        token = app.command("token", "create", "crm", "--role", "operator").split()[-1]
        with proxy.client() as client:
            client.headers["Authorization"] = f"Bearer {token}"
            sent = client.post(
                "/api/v1/do-not-call/imports",
                files={"file": ("list.csv", rows.encode())},
                data={"source": "A registry", "date": "2026-11-02"},
            )
            assert sent.status_code == 202, sent.text
            assert sent.headers["Location"].startswith("/api/v1/imports/")
            told = client.get(sent.headers["Location"])
            assert told.status_code == 200
            document = client.get("/api/v1/openapi.json")
            direct = httpx.get(f"{app.base_url}/api/v1/openapi.json", trust_env=False)
            assert document.json() == direct.json()
            assert len(document.content) > 100_000


# ---- a path prefix


@pytest.mark.parametrize("by", ["setting", "header"])
@pytest.mark.parametrize("name", BELOW)
def test_everything_lies_below_the_prefix(tmp_path: Path, browser: Browser, name: str, by: str) -> None:
    kind, replace = BELOW[name]
    if kind == "caddy":
        replace = {**replace, "respond /metrics 404": "respond /dialer/metrics 404"}
    settings = {"PUBLIC_URL": "{url}/dialer"} if by == "setting" else {}
    with site(tmp_path, kind, replace, TRUSTED_PROXIES="1", **settings) as (app, proxy):
        token = app.command("token", "create", "crm", "--role", "operator").split()[-1]
        with proxy.client() as client:
            assert client.get("/dialer/").headers["Location"] == "/dialer/login"
            assert client.get("/dialer/trunks").headers["Location"] == "/dialer/login?next=/trunks"
            bearer = {"Authorization": f"Bearer {token}"}
            made = client.post("/dialer/api/v1/campaigns", json=BODY, headers=bearer)
            assert made.status_code == 201, made.text
            assert client.get(made.headers["Location"], headers=bearer).json()["name"] == "A"
            servers = client.get("/dialer/api/v1/openapi.json").json()["servers"]
            assert servers == [{"url": "/dialer"}]
            forged = client.post("/dialer/webhooks/twilio/1/" + "0" * 32)
            assert (forged.status_code, forged.text) == (404, "no such address\n")
        context = browser.new_context(ignore_https_errors=True)
        outside: list[str] = []
        failed: list[str] = []
        try:
            page = context.new_page()
            page.on(
                "response",
                lambda answer: (
                    (failed if answer.url.startswith(f"{proxy.url}/dialer/") else outside).append(answer.url)
                    if answer.status >= 400 or not answer.url.startswith(f"{proxy.url}/dialer/")
                    else None
                ),
            )
            page.goto(f"{proxy.url}/dialer/audit")
            page.get_by_label("Email").fill(ADMIN)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{proxy.url}/dialer/audit")
            page.get_by_role("button", name="Dark").click()
            page.wait_for_url(f"{proxy.url}/dialer/audit")
            assert page.locator("html").get_attribute("data-theme") == "dark"
            links = page.locator("a[href^='/'], form[action^='/'], link[href^='/'], script[src^='/']")
            for address in links.evaluate_all(
                "all => all.map(e => e.getAttribute('href') || e.getAttribute('src') || e.getAttribute('action'))"
            ):
                assert address.startswith("/dialer/"), address
            for path in ("campaigns", "campaigns/new", "calls", "recordings", "do-not-call", "rules",
                         "rules/blackouts", "health", "settings", "trunks/1", "users", "account"):  # fmt: skip
                page.goto(f"{proxy.url}/dialer/{path}")
                assert page.url.split("?")[0] == f"{proxy.url}/dialer/{path}"
                for each in page.locator("[hx-get], [hx-post]").evaluate_all(
                    "all => all.map(e => e.getAttribute('hx-get') || e.getAttribute('hx-post'))"
                ):
                    assert each.startswith("/dialer/"), (path, each)
            page.keyboard.press("g")
            page.keyboard.press("c")
            page.wait_for_url(f"{proxy.url}/dialer/campaigns")
        finally:
            context.close()
        assert outside == []
        assert failed == []


# ---- the files


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_page_about_it_has_the_whole_file(name: str) -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert (ROOT / "deploy" / name).read_text(encoding="utf-8") in page
