"""A real Asterisk that is reached with TLS: REST over https, the events over wss, by an authority of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.script import Disposition, script_from_text
from campaign_app.providers.asterisk import AsteriskProvider
from campaign_app.providers.base import DialRequest, ProviderUnavailable
from scripts.loopback.asterisk import Asterisk as Server
from scripts.loopback.callees import Callees
from tests.e2e.dialing import Api
from tests.providers.asterisk.campaigns import Shop, phones, settings
from tests.providers.asterisk.loopback import Desk, Line, new_token, number
from tests.support.certificates import Authority
from tests.support.server import running_app
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]

S = AttemptStatus


@dataclass
class Safe:
    """An Asterisk with a certificate for 127.0.0.1, and who signed it."""

    line: Line
    authority: Authority


@pytest.fixture(scope="module")
def safe(parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Safe]:
    folder = tmp_path_factory.mktemp("safe")
    authority = Authority(folder)
    certificate = authority.issue()
    callees = Callees(folder, hold=20.0)
    server = Server(callees.port, certificate=(certificate.cert, certificate.key))
    try:
        callees.start()
        server.start()
        yield Safe(Line(server, callees, folder), authority)
    finally:
        server.stop()
        callees.stop()


@pytest.fixture
def trusting(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(safe.authority.file))


@pytest.fixture
def opened(safe: Safe) -> Iterator[Callable[..., AsteriskProvider]]:
    made: list[AsteriskProvider] = []

    def provider(**options: object) -> AsteriskProvider:
        made.append(safe.line.provider(**{"url": safe.line.server.tls_url, **options}))
        return made[-1]

    yield provider
    for one in made:
        one.close()


def says(provider: AsteriskProvider, text: str) -> str:
    return str(wait_until(lambda: (t := provider.ready()) is not None and text in t and t, text))


@pytest.mark.usefixtures("trusting")
def test_a_call_is_placed_heard_and_ended_over_tls(
    safe: Safe, opened: Callable[..., AsteriskProvider]
) -> None:
    desk = Desk(safe.line, opened()).connect()
    heard, cut = number("001"), number("002")
    token = desk.dial(heard, script_from_text("Hello."))
    end = desk.end(token)
    assert (end.status, end.disposition) == (S.COMPLETED, Disposition.PLAYED)
    assert safe.line.rang(heard) == 1
    # What is asked by request, beside what the events tell.
    token = desk.dial(cut, script_from_text("10 seconds of it"))
    desk.until(token, lambda news: news.status is S.IN_PROGRESS, "the answer")
    assert [news.status for news in desk.provider.lookup(token, None)] == [S.IN_PROGRESS]
    desk.provider.hangup(token, None)
    assert desk.end(token).disposition is Disposition.CUT_SHORT


def test_an_authority_that_is_not_trusted_is_said_with_the_remedy_and_nothing_is_dialed(
    safe: Safe, opened: Callable[..., AsteriskProvider]
) -> None:
    provider, phone = opened(), number("001")
    said = says(provider, "its TLS certificate is not trusted")
    assert "SSL_CERT_FILE" in said
    assert said.endswith("trying again")
    with pytest.raises(ProviderUnavailable, match="SSL_CERT_FILE"):
        provider.place(DialRequest(new_token(), phone, None, script_from_text("Hello.")))
    with pytest.raises(ProviderUnavailable, match="SSL_CERT_FILE"):
        provider.lookup(new_token(), None)
    assert safe.line.rang(phone) == 0


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_name_is_said(safe: Safe, opened: Callable[..., AsteriskProvider]) -> None:
    said = says(opened(url=f"https://localhost:{safe.line.server.tls_port}"), "not valid for 'localhost'")
    assert "ASTERISK_URL must have a name that the certificate has" in said


@pytest.mark.usefixtures("trusting")
def test_tls_on_one_side_only_is_said(safe: Safe, opened: Callable[..., AsteriskProvider]) -> None:
    server = safe.line.server
    says(opened(url=f"https://127.0.0.1:{server.ari_port}"), "no TLS is spoken at this port")
    says(opened(url=f"http://127.0.0.1:{server.tls_port}"), "did not receive a valid HTTP response")


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_the_product_dials_over_tls_once_it_trusts_the_authority(safe: Safe, tmp_path: Path) -> None:
    server = safe.line.server
    env = settings(server) | {"SWITCHBOARD_ASTERISK_URL": server.tls_url}
    numbers = phones(1)
    with running_app(tmp_path, env) as app, Api(app) as api:
        shop = Shop(app, api, server, safe.line.callees)
        campaign = shop.campaign(numbers, message={"text": "Hello."})
        wait_until(lambda: "its TLS certificate is not trusted" in app.output(), "the engine to say so")
        assert api.status(campaign) == "running"
        assert safe.line.rang(numbers[0]) == 0
        app.terminate()
        app.env["SSL_CERT_FILE"] = str(safe.authority.file)
        app.start()
        api.wait_for(campaign, "completed", timeout=60)
        assert shop.outcomes(campaign) == {"completed": 1}
    assert safe.line.rang(numbers[0]) == 1
