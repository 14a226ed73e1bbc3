"""What our web server makes of Twilio's requests, and of those of others: in the application, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.domain.attempt import new_token
from campaign_app.extensions import db
from campaign_app.models import Attempt, CallEvent, CounterRow, Trunk
from campaign_app.services.public_address import list_public_url_problems
from campaign_app.transaction import transaction
from tests.conftest import create_schema
from tests.support.clock import FakeClock
from tests.support.postgres import postgres_server

SID, OLD, NEW = "AC" + "1" * 32, "the-token-of-last-year", "the-token-of-this-year"
PUBLIC = "https://calls.example.org/dial"
REF = "CA" + "2" * 32
TO, FROM = "+12125550123", "+12125550100"


class Line:
    """One Twilio trunk of an application, with an attempt that is being dialed; requests come as Twilio's would."""

    def __init__(self, url: str, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.app: Flask = create_app(
            Settings(
                instance_path=folder,
                database_url=url,
                engine="off",
                secret_key="s" * 32,
                public_url=PUBLIC,
                twilio_account_sid=SID,
                twilio_auth_token=NEW,
                twilio_auth_token_2=OLD,
            ),
            clock=clock,
        )
        self.wakes = 0
        self.app.extensions["switchboard"].wake = self._woken
        self.client = self.app.test_client()
        self.token = new_token(clock.now())
        with self.app.app_context(), transaction(db.session()) as session:
            trunk = Trunk(
                name="twilio",
                provider="twilio",
                inherits_credentials=True,
                settings={},
                max_concurrent_calls=10,
                created_at=clock.now(),
            )
            session.add(trunk)
            session.flush()
            self.trunk = trunk.id
            session.add(
                Attempt(
                    trunk_id=trunk.id,
                    trunk=trunk,
                    number=1,
                    try_number=1,
                    token=self.token,
                    phone=TO,
                    status="dialing",
                    rank=1,
                    claimed_at=clock.now(),
                    dialing_at=clock.now(),
                    caller_id=FROM,
                    stored_message={"text": 'Hello & "good" <morning>.'},
                )
            )

    def _woken(self) -> None:
        self.wakes += 1

    def post(
        self,
        part: str = "",
        *,
        query: str = "",
        token: str | None = None,
        trunk: int | None = None,
        secret: str = NEW,
        signature: str | None = None,
        signed_url: str | None = None,
        body: bytes | None = None,
        **fields: str,
    ) -> TestResponse:
        form = {"AccountSid": SID, "CallSid": REF, "To": TO, "From": FROM, "CallStatus": "ringing", **fields}
        path = f"/webhooks/twilio/{trunk or self.trunk}/{token or self.token}" + (f"/{part}" if part else "")
        path += f"?{query}" if query else ""
        if signature is None:
            signature = RequestValidator(secret).compute_signature(signed_url or PUBLIC + path, form)
        return self.client.post(
            path,
            data=urlencode(form).encode() if body is None else body,
            headers={"X-Twilio-Signature": signature, "Host": "calls.example.org"},
            content_type="application/x-www-form-urlencoded",
        )

    def attempt(self) -> Attempt:
        with self.app.app_context():
            return db.session.execute(select(Attempt).where(Attempt.token == self.token)).scalar_one()

    def events(self) -> list[tuple[str, str, str]]:
        with self.app.app_context():
            rows = db.session.scalars(select(CallEvent).order_by(CallEvent.id)).all()
            return [(row.token, row.source, row.status) for row in rows]

    def counted(self) -> Mapping[str, int]:
        with self.app.app_context():
            return {row.name: row.value for row in db.session.scalars(select(CounterRow))}

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def line(sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Line]:
    """On SQLite: what is not about SQL needs no second database."""
    path = tmp_path / "line.sqlite"
    shutil.copyfile(sqlite_template, path)
    made = Line(f"sqlite:///{path}", tmp_path / "instance", clock)
    yield made
    made.close()


@pytest.fixture
def each_line(database_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Line]:
    made = Line(database_url, tmp_path / "instance", clock)
    yield made
    made.close()


STEPS: list[dict[str, Any]] = [
    {"CallStatus": "initiated"},
    {"CallStatus": "ringing"},
    {"CallStatus": "in-progress", "Timestamp": "Fri, 20 Nov 2026 14:59:40 +0000"},
    {"CallStatus": "completed", "Timestamp": "Fri, 20 Nov 2026 14:59:55 +0000", "CallDuration": "15"},
]


def test_a_calls_story_is_kept_and_settled(each_line: Line) -> None:
    for step in STEPS:
        answer = each_line.post(**step)
        assert (answer.status_code, answer.data) == (200, b"")
    attempt = each_line.attempt()
    assert (attempt.status, attempt.provider_ref) == ("completed", REF)
    assert attempt.answered_at is not None
    assert attempt.ended_at is not None
    assert (attempt.ended_at - attempt.answered_at).total_seconds() == 15
    assert [(source, status) for _, source, status in each_line.events()] == [
        ("callback", status) for status in ("queued", "ringing", "in-progress", "completed")
    ]
    assert each_line.wakes == 1, "a line is free"


def test_repeated_and_reordered_callbacks_come_to_the_same(each_line: Line) -> None:
    for step in [*reversed(STEPS), *STEPS]:
        assert each_line.post(**step).status_code == 200
    attempt = each_line.attempt()
    assert (attempt.status, attempt.rank, attempt.provider_ref) == ("completed", 9, REF)
    assert len(each_line.events()) == 8


@pytest.mark.parametrize("secret", [OLD, NEW])
@pytest.mark.parametrize("host", ["calls.example.org", "calls.example.org:443"])
def test_both_tokens_of_a_rotation_and_both_spellings_of_the_port_are_believed(
    line: Line, secret: str, host: str
) -> None:
    url = f"https://{host}/dial/webhooks/twilio/{line.trunk}/{line.token}"
    assert line.post(secret=secret, signed_url=url).status_code == 200


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "a-token-that-was-guessed"},
        {"signature": ""},
        {"signature": "é"},
        {"signed_url": "https://evil.example/"},
        {"AccountSid": "AC" + "9" * 32},
        {"body": b"AccountSid=" + SID.encode()},
        {"body": b"\xff\xfe"},
        {"body": b"a=%ff"},
        {"body": b"&".join(b"a%d=1" % n for n in range(500))},
        {"body": b""},
    ],
)
def test_a_forgery_changes_nothing_and_is_counted(line: Line, forgery: dict[str, Any]) -> None:
    answer = line.post(CallStatus="completed", **forgery)
    assert answer.status_code == 403
    assert line.attempt().status == "dialing"
    assert line.events() == []
    assert line.counted() == {"webhooks_forged": 1}
    assert line.wakes == 0


def test_a_query_that_was_changed_on_the_way_is_a_forgery(line: Line) -> None:
    url = f"{PUBLIC}/webhooks/twilio/{line.trunk}/{line.token}/played"
    assert line.post("played", query="machine=1", signed_url=url).status_code == 403


def test_a_token_that_nobody_has_is_kept_and_counted(line: Line) -> None:
    other = "f" * 32
    assert line.post(token=other).status_code == 404
    assert line.events() == [(other, "callback", "ringing")]
    assert line.counted() == {"webhooks_unknown_token": 1}


@pytest.mark.parametrize("path", ["twilio/99/{token}", "asterisk/{trunk}/{token}", "twilio/{trunk}/{token}x"])
def test_an_address_that_is_none(line: Line, path: str) -> None:
    answer = line.client.post("/webhooks/" + path.format(token=line.token, trunk=line.trunk))
    assert answer.status_code == 404
    assert line.counted() == {}


@pytest.mark.parametrize(
    "wrong", [{"CallStatus": "flying"}, {"CallSid": "CA1"}, {"part": "elsewhere"}, {"part": "amd"}]
)
def test_what_is_signed_and_makes_no_sense_is_counted(line: Line, wrong: dict[str, str]) -> None:
    assert line.post(**wrong).status_code == 400
    assert line.attempt().status == "dialing"
    assert line.counted() == {"webhooks_malformed": 1}


def test_a_body_of_a_megabyte(line: Line) -> None:
    answer = line.post(body=b"a=" + b"x" * 1024 * 1024)
    assert answer.status_code == 413
    assert line.counted() == {"webhooks_too_large": 1}


def test_the_message_is_served_for_the_attempt(line: Line) -> None:
    answer = line.post("voice", CallStatus="in-progress")
    assert (answer.status_code, answer.content_type) == (200, "text/xml")
    assert b'<Say>Hello &amp; "good" &lt;morning&gt;.</Say>' in answer.data
    assert line.attempt().status == "in-progress"


def test_a_recording_is_served_to_anyone_with_its_address(line: Line, tmp_path: Path) -> None:
    sound, name = b"RIFF....WAVE", "ab" * 32
    (tmp_path / "instance" / "recordings").mkdir()
    (tmp_path / "instance" / "recordings" / f"{name}.wav").write_bytes(sound)
    with line.app.app_context(), transaction(db.session()) as session:
        session.scalars(select(Attempt)).one().stored_message = {"text": "Hi", "recording": name}
    root = ElementTree.fromstring(line.post("voice", CallStatus="in-progress").data)
    address = root.findtext("Play") or ""
    path = address.removeprefix(PUBLIC)
    answer = line.client.get(path)
    assert (answer.status_code, answer.data, answer.content_type) == (200, sound, "audio/wav")
    assert "max-age=3600" in answer.headers["Cache-Control"]
    answer.close()
    signature = path.split("/")[-1]
    for other in (
        path.replace(signature, "0" * 32 + ".wav"),
        path.replace(signature, "é.wav"),
        path.replace(name, "cd" * 32),
        path.replace(name, "..%2f" * 3),
    ):
        assert line.client.get(other).status_code == 404


def test_a_transfer_takes_a_line_within_the_trunks_limit(each_line: Line) -> None:
    line = each_line
    with line.app.app_context(), transaction(db.session()) as session:
        session.query(Trunk).one().max_concurrent_calls = 1
        session.query(Attempt).one().stored_message = {
            "text": "Hi",
            "keys": [{"digit": "#", "action": "transfer", "to": "+12125550177"}],
        }
    wait = ElementTree.fromstring(line.post("keys", CallStatus="in-progress", Digits="#").data)
    assert [verb.tag for verb in wait] == ["Pause", "Redirect"]
    again = f"{PUBLIC}/webhooks/twilio/{line.trunk}/{line.token}/transfer?key=%23&n=1"
    assert wait[1].text == again
    held = line.attempt()
    assert (held.transfer_leg, held.key, held.disposition) == ("waiting", "#", None)

    query = again.partition("?")[2]
    assert b"<Pause" in line.post("transfer", query=query).data, "nobody has hung up"
    with line.app.app_context(), transaction(db.session()) as session:
        session.query(Trunk).one().max_concurrent_calls = 2
    connected = ElementTree.fromstring(line.post("transfer", query=query).data)
    assert (connected[0].tag, connected[0][0].text) == ("Dial", "+12125550177")
    held = line.attempt()
    assert (held.transfer_leg, held.disposition) == ("granted", "transferred")
    assert b"<Dial" in line.post("transfer", query=query).data, "told again, it is the same line"


def test_a_transfer_that_is_none_or_too_late(line: Line) -> None:
    assert line.post("transfer", query="key=3&n=1").status_code == 400, "its script has no such key"
    with line.app.app_context(), transaction(db.session()) as session:
        session.query(Trunk).one().max_concurrent_calls = 1
        keys = [{"digit": "3", "action": "transfer", "to": "700"}]
        session.query(Attempt).one().stored_message = {"text": "Hi", "keys": keys}
    assert b"<Hangup" in line.post("transfer", query="key=3&n=30").data, "no line came free"
    line.post(CallStatus="completed", CallDuration="9")
    assert line.post("keys", Digits="3").data.count(b"<Hangup") == 1, "a call that is over dials nobody"
    assert line.attempt().transfer_leg == "waiting"


def test_a_get_is_not_taken(line: Line) -> None:
    answer = line.client.get(f"/webhooks/twilio/{line.trunk}/{line.token}")
    assert answer.status_code == 405


def test_a_machine_that_is_to_be_hung_up_on_is_left_to_the_engine(line: Line) -> None:
    with line.app.app_context(), transaction(db.session()) as session:
        attempt = session.scalars(select(Attempt)).one()
        attempt.stored_message = {"text": "Hi", "on_machine": "hang-up"}
    line.post(CallStatus="in-progress")
    assert line.post("amd", AnsweredBy="machine_start", MachineDetectionDuration="2100").status_code == 200
    attempt = line.attempt()
    assert (attempt.answered_by, attempt.disposition) == ("machine", "machine-hung-up")
    assert attempt.hangup_asked_at == line.clock.now()


def test_a_database_that_is_away_is_500_and_nothing_is_lost(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "line.sqlite"
    with line.app.app_context():
        db.session.remove()
        db.engine.dispose()
    path.rename(tmp_path / "away")
    path.mkdir()
    assert line.post(CallStatus="completed").status_code == 500
    path.rmdir()
    for rest in tmp_path.glob("line.sqlite-*"):
        rest.unlink()
    (tmp_path / "away").rename(path)
    assert line.post(CallStatus="completed").status_code == 200
    assert line.attempt().status == "completed"


@pytest.mark.postgres
def test_a_server_that_is_away_is_500_and_what_was_said_is_taken_when_it_is_said_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    with postgres_server(durable=True) as server:
        line = Line(server.new_database(create_schema), tmp_path / "instance", clock)
        assert line.post(CallStatus="ringing").status_code == 200
        server.stop("immediate")
        assert line.post(CallStatus="completed").status_code == 500
        assert line.post("keys", Digits="9").status_code == 500
        server.start()
        assert line.post(CallStatus="completed").status_code == 200
        assert line.attempt().status == "completed"
        assert [status for _, _, status in line.events()] == ["ringing", "completed"]
        line.close()


def test_what_cannot_be_settled_is_kept_all_the_same(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("campaign_app.services.calls.callbacks.apply_updates", broken)
    assert line.post(CallStatus="completed").status_code == 500
    assert line.attempt().status == "dialing"
    assert [status for _, _, status in line.events()] == ["completed"]


def test_the_settings_page_says_what_will_not_work(line: Line) -> None:
    with line.app.app_context():
        assert list_public_url_problems(db.session(), "http://calls.example.org") != []
        assert list_public_url_problems(db.session(), PUBLIC) == []
    with line.app.app_context(), transaction(db.session()) as session:
        session.scalars(select(Trunk)).one().provider = "simulator"
    with line.app.app_context():
        assert list_public_url_problems(db.session(), None) == [], "nobody needs it"
