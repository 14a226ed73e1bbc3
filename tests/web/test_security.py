"""What every answer carries, what every request must pass; and nothing that was typed becomes markup."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, abort
from markupsafe import escape

from campaign_app.config import Settings
from campaign_app.domain.errors import StateConflict, TooManyRequests
from campaign_app.extensions import db
from campaign_app.http.numbers import hide_numbers as mask_answer
from campaign_app.http.roles import is_local_path, public_view, require_role
from campaign_app.http.security import CSP, allowed_hosts, host_of
from campaign_app.logs import configure_logging, hide_numbers
from campaign_app.models import Role
from campaign_app.services import do_not_call
from campaign_app.services.people import users
from campaign_app.transaction import transaction
from tests.support.clock import FakeClock
from tests.web.people_support import PASSWORD, Site, close, open_site


@pytest.fixture
def make_site(tmp_path: Path, sqlite_template: Path, clock: FakeClock) -> Iterator[Callable[..., Site]]:
    opened: list[Site] = []

    def make(**settings: Any) -> Site:
        opened.append(open_site(tmp_path, sqlite_template, clock, **settings))
        return opened[-1]

    yield make
    for each in opened:
        close(each)


# ---- headers, cookies, ids


@pytest.mark.parametrize(
    "path", ["/login", "/healthz", "/static/app.js", "/nothing-here", "/users", "/api/v1/nothing"]
)
def test_every_answer_carries_the_headers(site: Site, path: str) -> None:
    response = site.app.test_client().get(path)
    assert response.headers["Content-Security-Policy"] == CSP
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert re.fullmatch(r"[0-9a-f]{12}", response.headers["X-Request-ID"])
    assert "Strict-Transport-Security" not in response.headers
    response.close()


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in CSP
    assert "http" not in CSP
    assert CSP.startswith("default-src 'none';")


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(site: Site) -> None:
    visitor = site.visitor()
    visitor.get("/login")
    signed_in = visitor.post("/login", {"email": "viewer@example.org", "password": PASSWORD})
    cookies = {each.partition("=")[0]: each for each in signed_in.headers.getlist("Set-Cookie")}
    assert cookies.keys() == {"switchboard", "switchboard-device"}
    for name, same_site in (("switchboard", "Lax"), ("switchboard-device", "Strict")):
        assert "HttpOnly" in cookies[name]
        assert f"SameSite={same_site}" in cookies[name]
        assert "Secure" not in cookies[name]


def test_behind_tls_the_cookie_is_secure_and_hsts_is_sent(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(public_url="https://calls.example.org")
    response = site.app.test_client().get("/login", base_url="https://calls.example.org")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert response.headers["Set-Cookie"].startswith("__Host-switchboard=")
    assert "Secure" in response.headers["Set-Cookie"]


# ---- host names


@pytest.mark.parametrize(
    "settings, host, expected",
    [
        ({}, "localhost", 200),
        ({}, "localhost:5000", 200),
        ({}, "127.0.0.1:5000", 200),
        ({}, "[::1]:5000", 200),
        ({}, "LOCALHOST.", 200),
        ({}, "evil.example", 400),
        ({}, "localhost.evil.example", 400),
        ({}, "localhost@evil.example", 400),
        ({}, "192.168.1.5", 400),
        ({}, "[", 400),
        ({"host": "192.168.1.5"}, "192.168.1.5:5000", 200),
        ({"host": "0.0.0.0"}, "192.168.1.5:5000", 200),
        ({"host": "0.0.0.0"}, "evil.example", 400),
        ({"host": "0.0.0.0", "trusted_hosts": ("calls.example.org",)}, "192.168.1.5", 400),
        ({"trusted_hosts": ("calls.example.org",)}, "calls.example.org", 200),
        ({"public_url": "http://calls.example.org:8080"}, "calls.example.org", 200),
    ],
)
def test_only_its_own_host_names_are_answered(
    make_site: Callable[..., Site], settings: dict[str, Any], host: str, expected: int
) -> None:
    site = make_site(**settings)
    assert site.app.test_client().get("/login", headers={"Host": host}).status_code == expected


@pytest.mark.parametrize("header", ["", "a b", "[::1", "x:y:z", "\x00", "%", "a" * 70_000])
def test_any_host_header_can_be_read(header: str) -> None:
    assert isinstance(host_of(header), str)


def test_the_wildcard_address_is_no_name() -> None:
    held = Settings(instance_path=Path("/x"), database_url="sqlite:///x", host="0.0.0.0")
    assert allowed_hosts(held) == {"localhost", "127.0.0.1", "::1"}


def test_a_forwarded_address_counts_only_from_a_proxy_that_was_named(make_site: Callable[..., Site]) -> None:
    told = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert (
        make_site().app.test_client().get("/metrics", headers=told, environ_base=elsewhere).status_code == 401
    )
    site = make_site(trusted_proxies=1)
    ask = {"X-Forwarded-For": "203.0.113.9"}
    assert site.app.test_client().get("/metrics", headers=ask).status_code == 401


# ---- roles


def test_every_endpoint_declares_its_role(site: Site) -> None:
    undeclared = [
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if not hasattr(site.app.view_functions[rule.endpoint], "required_role")
    ]
    assert undeclared == []


PUBLIC = {
    "static", "auth.index", "auth.login", "auth.sign_in", "auth.logout", "auth.setup", "auth.use_setup",
    "health.healthz", "health.readyz", "health.prometheus",
    # Providers call these: a signature, or an address that cannot be guessed, stands for the sign-in.
    "callbacks.receive_callback", "callbacks.send_recording",
    # Steps of a sign-in, and links that are a secret themselves.
    "signing_in.code", "signing_in.enter_code", "signing_in.passkey_options", "signing_in.sign_in_with_passkey",
    "signing_in.welcome", "signing_in.set_password", "signing_in.forgot", "signing_in.send_reset",
    "sign_in_dialog.show", "sign_in_dialog.sign_in", "sign_in_dialog.enter_code",
    "single_sign_on.leave", "single_sign_on.come_back",
}  # fmt: skip


def test_only_the_named_endpoints_are_public(site: Site) -> None:
    found = {name for name, view in site.app.view_functions.items() if view.required_role is None}  # type: ignore[attr-defined]
    assert {name for name in found if not name.startswith("api.")} == PUBLIC


def test_everything_else_asks_strangers_to_sign_in_whatever_the_method(site: Site) -> None:
    client = site.app.test_client()
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.endpoint.startswith("api."):
            continue
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<[^>]+>", "1", path)
        for method in sorted(rule.methods & {"GET", "POST"}):
            response = client.open(path, method=method)
            assert (response.status_code, response.location[:6]) == (303, "/login"), (method, path)


@pytest.fixture
def odd_site(tmp_path: Path, sqlite_template: Path, clock: FakeClock) -> Iterator[Site]:
    """The site with a few views of the test's own."""
    opened = open_site(tmp_path, sqlite_template, clock)
    odd = Blueprint("odd", __name__)
    odd.add_url_rule("/odd/undeclared", "undeclared", lambda: "secret")

    @odd.get("/odd/<how>")
    @public_view
    def fail(how: str) -> str:
        if how == "boom":
            raise RuntimeError("dialing +16175550142 broke")
        if how == "conflict":
            raise StateConflict("a campaign that is <b>stopped</b> cannot become running")
        if how == "busy":
            raise TooManyRequests("slow down", 2.2)
        abort(int(how))

    @odd.post("/odd/admin")
    @require_role(Role.ADMIN)
    def admin() -> str:
        return "done"

    opened.app.register_blueprint(odd)
    opened.app.config["PROPAGATE_EXCEPTIONS"] = False
    opened.add_users(*Role)
    yield opened
    close(opened)


def test_an_endpoint_without_a_role_is_refused_even_to_an_admin(odd_site: Site) -> None:
    response = odd_site.visitor(Role.ADMIN).get("/odd/undeclared")
    assert response.status_code == 500
    assert b"secret" not in response.data


# ---- forged forms


def test_a_form_without_the_token_is_refused_with_a_clear_page(odd_site: Site) -> None:
    visitor = odd_site.visitor(Role.ADMIN)
    visitor.csrf = "forged"
    response = visitor.post("/odd/admin")
    assert response.status_code == 400
    assert "Please reload the page" in response.get_data(as_text=True)


def test_htmx_sends_the_token_in_a_header(odd_site: Site) -> None:
    visitor = odd_site.visitor(Role.ADMIN)
    assert visitor.client.post("/odd/admin", headers={"X-CSRFToken": visitor.csrf}).data == b"done"


def test_a_forged_sign_in_is_refused_too(site: Site) -> None:
    data = {"email": "admin@example.org", "password": PASSWORD}
    assert site.app.test_client().post("/login", data=data).status_code == 400


def test_an_ended_session_is_asked_to_sign_in_before_the_token_is_looked_at(odd_site: Site) -> None:
    visitor = odd_site.visitor(Role.ADMIN)
    odd_site.clock.move(15 * 86400)
    response = visitor.post("/odd/admin")
    assert (response.status_code, response.location) == (303, "/login")


# ---- error pages


@pytest.mark.parametrize(
    "how, status, title",
    [
        ("404", 404, "Not found"),
        ("403", 403, "Not allowed"),
        ("413", 413, "Too large"),
        ("429", 429, "Too many requests"),
        ("418", 418, "I&#39;m a Teapot"),
        ("boom", 500, "Something went wrong"),
        ("conflict", 409, "Not possible in this state"),
        ("busy", 429, "Too many requests"),
    ],
)
def test_every_error_is_a_page_with_the_requests_id_and_for_htmx_a_toast(
    odd_site: Site, how: str, status: int, title: str
) -> None:
    client = odd_site.app.test_client()
    page = client.get(f"/odd/{how}")
    assert page.status_code == status
    text = page.get_data(as_text=True)
    assert f"<h1>{title}</h1>" in text
    assert page.headers["X-Request-ID"] in text
    assert "+16175550142" not in text
    assert "<b>stopped</b>" not in text
    toast = client.get(f"/odd/{how}", headers={"HX-Request": "true"})
    assert toast.status_code == status
    assert toast.get_data(as_text=True).strip().startswith('<div class="toast" role="alert">')
    assert toast.headers["X-Request-ID"] in toast.get_data(as_text=True)
    assert toast.headers["HX-Retarget"] == "#toasts"


def test_a_refusal_keeps_the_headers_that_explain_it(odd_site: Site) -> None:
    client = odd_site.app.test_client()
    busy = client.get("/odd/busy")
    assert busy.headers["Retry-After"] == "3"
    assert "Slow down; try again in 3 seconds." in busy.text
    assert "POST" in client.get("/logout").headers["Allow"]


def test_the_error_page_needs_no_database(odd_site: Site) -> None:
    visitor = odd_site.visitor(Role.ADMIN)
    with odd_site.app.app_context(), transaction(db.session()) as session:
        session.execute(db.text("DROP TABLE engine_heartbeats"))
    assert visitor.get("/odd/boom").status_code == 500
    with odd_site.app.app_context(), transaction(db.session()) as session:
        session.execute(db.text("DROP TABLE user_sessions"))
    response = visitor.get("/account")
    assert response.status_code == 500
    assert "Something went wrong" in response.get_data(as_text=True)


# ---- what strangers typed

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{31337*3}}{%print(31337*3)%}",
    "${31337*3}#{31337*3}",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066",
    "</textarea></script><svg/onload=alert(1)>",
    "&lt;script&gt;",
    "Ünïcødé 電話 ☎ 𝕏",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_was_typed_is_shown_as_typed_and_never_becomes_markup(site: Site, payload: str) -> None:
    admin = site.visitor(Role.ADMIN)
    address = re.sub(r"\s", "", payload)[:60] + "@example.org"
    admin.post("/settings/tokens", {"name": payload, "role": "viewer"})
    admin.post("/users", {"email": address, "password": PASSWORD, "role": "viewer"})
    admin.post("/do-not-call", {"phone": "+16175550142", "region": "", "reason": payload})
    with site.app.app_context(), transaction(db.session()) as session:
        do_not_call.add_do_not_call_entry(
            session, "+16175550143", region=None, campaign_id=None, reason=payload, source="operator",
            actor=f"token:{payload}", now=site.clock.now(),
        )  # fmt: skip
    pages = [
        admin.get("/settings/tokens"),
        admin.get("/users"),
        admin.get("/do-not-call"),
        admin.get("/audit"),
        admin.get("/do-not-call", query_string={"q": payload}),
        admin.get("/login", query_string={"next": payload}),
        admin.get("/" + payload),
        admin.post("/do-not-call", {"phone": payload, "region": payload, "reason": payload}),
        admin.post("/users", {"email": payload, "password": payload, "role": payload}),
        admin.post("/trunks/1", {"max_concurrent_calls": payload}),
        site.visitor().get("/login", query_string={"next": "/" + payload}),
    ]
    for page in pages:
        text = page.get_data(as_text=True)
        assert page.status_code < 500
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<svg/onload" not in text
        assert not re.search(r"<[^>]*\sonmouseover=", re.sub(r'"[^"]*"', '""', text))
        assert "94011" not in text
    assert any(str(escape(payload)) in page.get_data(as_text=True) for page in pages)


def test_no_template_has_inline_script_or_style() -> None:
    root = Path(__file__).resolve().parents[2] / "templates"
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path in sorted(root.rglob("*.html"))
        for match in re.finditer(
            r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|\|\s*safe|autoescape false|hx-on",
            path.read_text("utf-8"),
        )
    ]
    assert found == []


def test_every_form_that_posts_carries_the_token() -> None:
    root = Path(__file__).resolve().parents[2] / "templates"
    forms = [
        (path.name, match.group())
        for path in sorted(root.rglob("*.html"))
        for match in re.finditer(r"<form[^>]*method=\"post\".*?</form>", path.read_text("utf-8"), re.S)
    ]
    assert forms
    assert [name for name, form in forms if "csrf" not in form] == []


@pytest.mark.parametrize(
    "path, local",
    [
        ("/", True),
        ("/a?b=c", True),
        ("//a", False),
        ("/\\a", False),
        ("a", False),
        ("", False),
        ("/\n/a", False),
        ("http://a", False),
    ],
)
def test_a_local_path_stays_here(path: str, local: bool) -> None:
    assert is_local_path(path) is local


# ---- logs


@pytest.mark.parametrize(
    "text, hidden",
    [
        ("call to +16175550142 failed", True),
        ("{'to': '+4930123456789'}", True),
        ("+16175550142,+16175550143", True),
        ("took +12 s", False),
        ("2026-11-20T15:00:00+00:00", False),
    ],
)
def test_telephone_numbers_are_masked_in_logs(text: str, hidden: bool) -> None:
    shown = hide_numbers(text)
    assert (shown != text) is hidden
    assert not re.search(r"\+\d{9,}", shown)


def test_numbers_are_masked_however_somebody_wrote_them() -> None:
    written = [
        *("312    555    0123", "312／555／0123", "（312）555／0123", "312⁄555⁄0123", "312+555+0123"),
        *("312 • 555 • 0123", "+1 (312) 555-0123", "3\ufe0f\u20e3125550123", "+13125550123"),
    ]
    for number in written:
        shown = mask_answer(f"call {number} or •••45 +1 312 ••• ••67", written=True)
        assert "555" not in shown
        assert shown.startswith("call ")
        assert shown.endswith("23 or •••45 +1 312 ••• ••67"), "what is masked stays as it is"


def test_days_are_shown_and_numbers_that_look_like_days_are_masked() -> None:
    days = [
        *("2026-11-02 14:30", "03/04/2026", "13.12.2026, 9:05", "3. 12. 2026", "12-31-2026", "3.4.26 14:30"),
        *("2026/11/30", "2026. 11. 30.", "30.11.-05.12.2026", "5 30.11.2026", "20:15 30.11.2026"),
        *(
            "2026-11-30/2026-12-05",
            "31.12.2026 - 05.01.2027",
            "2026-11-30T12:53:27.907241+00:00",
            "12/31/2026 2 PM",
        ),
        *("(30.11.2026)", "30.11.2026 14:30-15:30"),
    ]
    for day in days:
        assert mask_answer(f"{day}, 12 calls", written=True) == f"{day}, 12 calls"
    numbers = [
        *("01/02/03/04/05", "12.10.2026.55", "+45 12-10-2026", "03 04 26 14 30", "12/10/20 26 55"),
        *("2012-11-30 45 67", "2012-11-30 4567", "11-12-2012 3456", "10/12/2034 5678", "06 12.10.2026 12"),
        *("2026-11-30 14:30:00.3125550123", "2026-11-30 14:30:00.312 555 0123", "99/12/2026"),
    ]
    for number in numbers:
        shown = mask_answer(f"call {number} soon", written=True)
        assert "•••" in shown
        assert number[-5:] not in shown


@pytest.fixture
def log_lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    configure_logging("json")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    configure_logging("text")


def test_a_json_log_line_is_one_object_without_numbers_even_in_a_traceback(
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    try:
        raise ValueError("no route to +16175550142")
    except ValueError:
        logging.getLogger("engine").exception("placing %s failed", "+16175550142", extra={"campaign": 5})
    (line,) = log_lines()
    assert line["level"] == "error"
    assert line["campaign"] == 5
    assert "ValueError" in line["exception"]
    assert "6175550142" not in json.dumps(line)


def test_a_requests_line_has_its_id_and_never_the_set_up_key(
    site: Site, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    response = site.app.test_client().get("/setup/a-key-nobody-may-read")
    lines = [line for line in log_lines() if line["event"] == "request"]
    assert [line["request_id"] for line in lines] == [response.headers["X-Request-ID"]]
    assert lines[0]["path"] == "/setup/<key>"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_control_characters_of_a_path_stand_in_the_log_as_what_they_are(
    site: Site, capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(log_format)
    try:
        site.app.test_client().get("/x%1B[31m%C2%9B2J%E2%80%AE%0D%0Ay")
        line = next(line for line in capsys.readouterr().err.split("\n") if "/x" in line)
    finally:
        configure_logging("text")
    assert [part for part in ("x1b[31m", "x9b2J", "u202e", "y") if part not in line] == []
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", line)


def test_a_password_never_reaches_the_log(site: Site, log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    site.visitor().sign_in("viewer@example.org", "a secret of mine")
    assert "a secret of mine" not in json.dumps(log_lines())


def test_two_browsers_making_the_first_admin_make_one(empty_site: Site) -> None:
    with empty_site.app.app_context():
        with transaction(db.session()) as session:
            key = users.new_setup_key(session)
        with transaction(db.session()) as session:
            users.use_setup_key(session, key, "a@example.org", PASSWORD, now=empty_site.clock.now())
        with pytest.raises(Exception, match="not valid"), transaction(db.session()) as session:
            users.use_setup_key(session, key, "b@example.org", PASSWORD, now=empty_site.clock.now())
