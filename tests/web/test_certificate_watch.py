"""The certificate of PUBLIC_URL is looked at once an hour, whatever its state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaign_app.certificate_watch import AGAIN_AFTER, LOOK_EVERY, CertificateWatch, read_certificate_end
from tests.support.certificates import LIFE, Authority
from tests.support.clock import FakeClock
from tests.support.outside_server import receiver
from tests.support.waiting import wait_until


def test_an_expired_certificate_of_an_unknown_authority_is_read(tmp_path: Path) -> None:
    expired = Authority(tmp_path).issue("localhost", expired=True)
    with receiver(tmp_path, expired) as server:
        ended = datetime.fromtimestamp(read_certificate_end(f"https://localhost:{server.port}/x"), UTC)
    assert timedelta(minutes=59) < datetime.now(UTC) - ended < timedelta(hours=2)


def test_it_is_looked_at_once_an_hour_and_stays_known_while_nobody_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    with receiver(tmp_path) as server:
        watch = CertificateWatch(f"https://localhost:{server.port}", clock)
        assert watch.ask() is None, "nobody waits for a look"
        wait_until(lambda: watch.expires_at is not None, "the first look")
        found = watch.expires_at
    assert found is not None
    assert abs(found - (datetime.now(UTC) + LIFE).timestamp()) < 3600
    looks: list[str] = []
    monkeypatch.setattr(watch, "look", lambda: looks.append("again"))
    clock.move(LOOK_EVERY - 1)
    assert watch.ask() == found
    assert looks == []
    monkeypatch.undo()
    watch.look()
    assert watch.expires_at == found, "nobody answers; it is the last one seen"
    monkeypatch.setattr(watch, "look", lambda: looks.append("again"))
    for _ in range(2):
        clock.move(AGAIN_AFTER)
        watch.ask()
        wait_until(lambda: looks == ["again"], "a look after one that failed, and the next in an hour")


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:5000"])
def test_without_tls_nothing_is_looked_at(url: str | None) -> None:
    watch = CertificateWatch(url, FakeClock())
    assert watch.ask() is None
    assert watch.expires_at is None
