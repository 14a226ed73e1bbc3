"""The outside check: a real HTTPS receiver that answers, fails, hangs and lies, and nobody called without its yes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.engine.outside import OutsideAsker
from campaign_app.engine.upkeep import UpkeepJob
from campaign_app.models import Campaign, Contact
from campaign_app.safe_http import SafeHttp
from campaign_app.services import explanations, outside_check, preflight, single_calls
from campaign_app.vault import CredentialVault
from tests.engine.people import dialed
from tests.engine.world import BY, World, phones
from tests.support.certificates import Authority
from tests.support.outside_server import Receiver, Reply, receiver, send

HOURS = 24


class Outside:
    """A world whose engine asks a receiver."""

    def __init__(self, world: World, receiving: Receiver) -> None:
        self.world, self.receiving = world, receiving
        self.vault = CredentialVault([Fernet.generate_key().decode()])
        self.http = SafeHttp(frozenset({"localhost"}), receiving.ca_file)
        self.asker = OutsideAsker(world.db, world.clock, self.http, self.vault)
        world.state.outside = self.asker
        self.secret = ""

    def save(self, **fields: Any) -> None:
        data = {"url": self.receiving.url, "answers_hours": HOURS, "timeout_seconds": 10, **fields}
        with self.world.session() as session:
            _, secret = outside_check.save_outside_check(
                session,
                outside_check.parse_outside_check(data),
                vault=self.vault,
                actor=BY,
                now=self.world.clock.now(),
            )
        self.secret = secret or self.secret

    def round(self) -> None:
        """A tick that asks, its answer, and a tick that calls."""
        self.world.tick()
        self.asker.wait_for_answers()
        self.world.tick()

    def state(self) -> dict[str, Any]:
        with self.world.session() as session:
            return outside_check.outside_check_to_api(outside_check.get_outside_check(session))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def outside(world: World, certificates: Path) -> Iterator[Outside]:
    with receiver(certificates) as receiving:
        made = Outside(world, receiving)
        made.save()
        yield made
        receiving.stop.set()
        made.asker.wait_for_answers()


def test_people_are_called_once_the_answer_allows_them_and_asked_about_once(outside: Outside) -> None:
    world, numbers = outside.world, phones(5)
    campaign_id = world.campaign(numbers)
    world.tick()
    assert dialed(world) == set()
    outside.asker.wait_for_answers()
    world.tick()
    assert dialed(world) == set(numbers)
    [question] = outside.receiving.asked
    assert question["asked_at"] == "2026-11-20T15:00:00Z"
    assert sorted(question["calls"], key=lambda call: call["phone"]) == [
        {"phone": phone, "country": "US", "purpose": "informational", "campaign_id": campaign_id}
        for phone in sorted(numbers)
    ]
    world.provider.end_all(AttemptStatus.NO_ANSWER)
    world.tick()
    world.clock.move(700)
    world.tick()
    assert len(outside.receiving.asked) == 1, "the retry goes by the answer that is kept"
    assert len(world.provider.placed) == 10
    assert outside.state()["status"] == "answering"


def test_the_question_is_signed_with_its_time(outside: Outside) -> None:
    outside.world.campaign(1)
    outside.round()
    [(headers, body)] = outside.receiving.requests
    stamp = headers["switchboard-timestamp"]
    assert stamp == str(int(outside.world.clock.now().timestamp()))
    digest = hmac.new(outside.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["switchboard-signature"] == f"v1={digest}"
    assert headers["host"] == f"localhost:{outside.receiving.port}"


def test_a_refused_number_waits_until_its_answer_expires(outside: Outside) -> None:
    world, (refused, allowed) = outside.world, phones(2)
    campaign_id = world.campaign([refused, allowed])
    outside.receiving.refused[refused] = {"reason": "in our register"}
    outside.round()
    assert dialed(world) == {allowed}
    contact, attempt = world.contact(refused), world.attempt(refused)
    expires = world.clock.now() + timedelta(hours=HOURS)
    assert (contact.status, contact.due_at, contact.deferred_by) == ("pending", expires, "outside")
    assert attempt.cause == "the outside check refused the number: in our register"
    reasons = {reason.code: reason for reason in world.reasons(campaign_id)}
    assert (reasons["outside-refused"].contacts, reasons["outside-refused"].until) == (1, expires)
    with Session(world.db) as session:
        answer = explanations.explain_contact(
            session, session.get_one(Contact, contact.id), world.clock.now()
        )
    assert ("outside-refused", expires) in [(reason.code, reason.until) for reason in answer.reasons]
    outside.receiving.refused.clear()
    world.provider.end_all("completed")
    world.tick()
    world.clock.move(HOURS * 3600)
    outside.round()
    assert refused in dialed(world)


def test_a_number_refused_for_good_leaves_the_queue(outside: Outside) -> None:
    world, (never, allowed) = outside.world, phones(2)
    campaign_id = world.campaign([never, allowed])
    outside.receiving.refused[never] = {"for_good": True}
    outside.round()
    assert dialed(world) == {allowed}
    contact = world.contact(never)
    assert (contact.status, contact.due_at, contact.suppressed_by) == ("suppressed", None, "outside-check")
    assert world.contacts(campaign_id)["suppressed"] == 1


def drop(_: Receiver, handler: BaseHTTPRequestHandler, __: dict[str, Any]) -> None:
    handler.connection.close()


def fail(_: Receiver, handler: BaseHTTPRequestHandler, __: dict[str, Any]) -> None:
    send(handler, {"error": "no database"}, 503)


def redirect(made: Receiver, handler: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
    send(handler, made.answers(question), 307, Location="https://localhost:1/")


def no_json(_: Receiver, handler: BaseHTTPRequestHandler, __: dict[str, Any]) -> None:
    send(handler, b"<html>Welcome</html>")


def ten_megabytes(_: Receiver, handler: BaseHTTPRequestHandler, __: dict[str, Any]) -> None:
    send(handler, b'{"answers": []' + b" " * 10_000_000 + b"}")


def other_numbers(made: Receiver, handler: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
    answers = made.answers(question)
    answers["answers"][0]["phone"] = "+12125559999"
    send(handler, answers)


def one_number_missing(made: Receiver, handler: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
    send(handler, {"answers": made.answers(question)["answers"][1:]})


def one_number_more(made: Receiver, handler: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
    answers = made.answers(question)["answers"]
    send(handler, {"answers": [*answers, {"phone": "+12125559999", "allowed": True}]})


def allowed_as_text(made: Receiver, handler: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
    send(handler, {"answers": [{**item, "allowed": "no"} for item in made.answers(question)["answers"]]})


def drip(made: Receiver, handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
    """A byte now and then, each well within a read's time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not made.stop.wait(0.2):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def hang(made: Receiver, _: BaseHTTPRequestHandler, __: dict[str, Any]) -> None:
    made.stop.wait(30)


WRONG: dict[str, tuple[Reply, str]] = {
    "closes": (drop, "broke off"),
    "fails": (fail, "status 503"),
    "redirects": (redirect, "redirects"),
    "is a page": (no_json, "not JSON"),
    "is of 10 MB": (ten_megabytes, "larger than 256 kB"),
    "is about others": (other_numbers, "not asked about"),
    "lacks one": (one_number_missing, "does not answer for 1 of 3"),
    "has one more": (one_number_more, "not asked about"),
    "says no in words": (allowed_as_text, "lacks phone (text) or allowed"),
    "drips": (drip, "within 1 seconds"),
    "hangs": (hang, "within 1 seconds"),
}


@pytest.mark.parametrize("reply, words", WRONG.values(), ids=WRONG.keys())
@pytest.mark.sqlite_only
def test_nobody_is_called_on_an_answer_that(outside: Outside, reply: Reply, words: str) -> None:
    world = outside.world
    outside.save(timeout_seconds=1)
    outside.receiving.reply = reply
    campaign_id = world.campaign(phones(3))
    outside.round()
    assert dialed(world) == set()
    state = outside.state()
    assert state["status"] == "silent"
    assert words in state["last_error"]
    assert world.sql("SELECT count(*) FROM outside_answers") == [(0,)]
    [reason] = [each for each in world.reasons(campaign_id) if each.code == "outside-silent"]
    assert reason.contacts == 3
    assert reason.until is not None
    assert {attempt.status for attempt in world.attempts()} == {"released"}


@pytest.mark.sqlite_only
def test_the_preflight_tells_that_nobody_is_called_while_it_is_silent(outside: Outside) -> None:
    world = outside.world
    outside.receiving.reply = fail
    campaign_id = world.campaign(2)
    outside.round()
    with Session(world.db) as session:
        campaign = session.get_one(Campaign, campaign_id)
        assert preflight.compute_preflight(session, campaign, world.clock.now()).holds == ["outside-silent"]
    outside.save(purposes=["marketing"])
    with Session(world.db) as session:
        campaign = session.get_one(Campaign, campaign_id)
        assert preflight.compute_preflight(session, campaign, world.clock.now()).holds == []


def test_while_it_is_silent_it_is_asked_less_and_less_and_people_are_called_when_it_is_back(
    outside: Outside,
) -> None:
    world = outside.world
    outside.receiving.reply = fail
    numbers = phones(3)
    world.campaign(numbers)
    for _ in range(120):
        world.tick()
        outside.asker.wait_for_answers()
        world.clock.move(1)
    # After 0, 5, 15, 35 and 75 seconds, a little later each time for the tick.
    assert 4 <= len(outside.receiving.asked) <= 6
    assert len(world.attempts()) <= 3 * 6, "nobody is claimed in vain between the questions"
    assert dialed(world) == set()
    outside.receiving.reply = None
    for _ in range(200):
        outside.round()
        world.clock.move(1)
    assert dialed(world) == set(numbers)


@pytest.mark.parametrize("whose", ["strangers", "yesterday", "another name"])
@pytest.mark.sqlite_only
def test_a_certificate_that_is_not_its_own_is_no_answer(world: World, tmp_path: Path, whose: str) -> None:
    others = tmp_path / "others"
    others.mkdir()
    authority = Authority(others)
    certificate = authority.issue(
        "127.0.0.1" if whose == "another name" else "localhost", expired=whose == "yesterday"
    )
    with receiver(tmp_path, None if whose == "strangers" else certificate) as receiving:
        receiving.ca_file = authority.file
        made = Outside(world, receiving)
        made.save()
        world.campaign(1)
        made.round()
        assert dialed(world) == set()
        assert "certificate" in made.state()["last_error"]
        assert receiving.asked == []


@pytest.mark.sqlite_only
def test_a_name_that_turns_private_is_not_asked(outside: Outside) -> None:
    world = outside.world
    answers = iter([["93.184.216.34"], ["169.254.169.254"]])
    changing = SafeHttp(resolve=lambda host, port: next(answers))
    assert changing.find_addresses("checks.example.com", 443, 5) == ["93.184.216.34"]
    outside.save(url="https://checks.example.com/calls")
    outside.asker.http = changing
    world.campaign(1)
    outside.round()
    assert dialed(world) == set()
    assert "checks.example.com is at 169.254.169.254" in outside.state()["last_error"]


@pytest.mark.sqlite_only
def test_one_private_address_among_public_ones_is_enough_to_refuse(outside: Outside) -> None:
    mixed = SafeHttp(resolve=lambda host, port: ["93.184.216.34", "::ffff:10.0.0.1"])
    outside.save(url="https://checks.example.com/calls")
    outside.asker.http = mixed
    outside.world.campaign(1)
    outside.round()
    assert "::ffff:10.0.0.1" in outside.state()["last_error"]


def test_a_slow_answer_stops_neither_other_trunks_nor_other_campaigns(outside: Outside) -> None:
    """It hangs; meanwhile ticks come and go, and whoever needs no answer is called."""
    world = outside.world
    other_trunk = world.trunk("other")
    outside.save(purposes=["informational"])
    outside.receiving.reply = hang
    held, free, elsewhere = phones(3), phones(3, 10), phones(3, 20)
    world.campaign(held)
    world.campaign(free, purpose="survey")
    world.campaign(elsewhere, purpose="survey", provider="other")
    world.tick()
    assert outside.asker.is_asking
    assert dialed(world) == set(free)
    assert {dial.to for dial in world.providers[other_trunk].placed} == set(elsewhere)
    later = world.campaign(phones(2, 30), purpose="survey")
    more = world.campaign(phones(2, 40))
    world.tick()
    assert outside.asker.is_asking, "the ticks did not wait for it"
    assert world.outcomes(later) == {"queued": 2}
    assert world.attempts(more) == [], "others who need an answer are not claimed meanwhile"
    outside.receiving.stop.set()


def test_calls_that_it_does_not_apply_to_are_not_asked_about(outside: Outside) -> None:
    world = outside.world
    outside.save(purposes=["marketing"], countries=["FR"])
    world.campaign(phones(2))
    world.tick()
    assert len(dialed(world)) == 2
    world.campaign(["+33123456789"], purpose="informational")
    world.tick()
    assert len(dialed(world)) == 3
    assert outside.receiving.asked == []


def test_an_engine_that_cannot_ask_calls_nobody_it_applies_to(outside: Outside) -> None:
    world = outside.world
    world.state.outside = None
    world.campaign(2)
    world.tick()
    assert dialed(world) == set()
    assert {attempt.cause for attempt in world.attempts()} == {"the outside check does not answer"}


def test_the_permit_wants_an_answer_that_is_fresh_and_of_this_address(outside: Outside) -> None:
    world, [phone] = outside.world, phones(1)
    world.campaign([phone])
    world.tick()
    outside.asker.wait_for_answers()
    world.clock.move(HOURS * 3600)
    world.tick()
    assert dialed(world) == set(), "it expired between the answer and the permit"
    outside.round()
    world.clock.move(60)
    outside.round()
    assert dialed(world) == {phone}


def test_answers_of_another_address_do_not_count(outside: Outside) -> None:
    world, [phone] = outside.world, phones(1)
    campaign_id = world.campaign([phone])
    world.tick()
    outside.asker.wait_for_answers()
    outside.save(url=outside.receiving.url + "/v2")
    world.tick()
    assert dialed(world) == set()
    assert world.outcomes(campaign_id) == {"released": 1}


def test_single_calls_are_asked_about_and_own_phones_are_not(outside: Outside) -> None:
    world, (own, other) = outside.world, phones(2)
    world.sql(
        "INSERT INTO confirmed_numbers (phone, asked_by, asked_at, guesses, confirmed_by, confirmed_at)"
        " VALUES (:phone, 'me', '2026-11-20 15:00:00.000000', 0, 'me', '2026-11-20 15:00:00.000000')",
        phone=own,
    )
    with world.session() as session:
        for to, test in ((own, True), (other, False)):
            single_calls.place_single_call(
                session, {"to": to, "message": "Hi"}, actor=BY, now=world.clock.now(), test=test
            )
    world.tick()
    assert dialed(world) == {own}
    outside.asker.wait_for_answers()
    world.tick()
    assert dialed(world) == {own, other}
    assert outside.receiving.phones == [other]


def test_without_the_check_those_who_waited_for_it_are_due(outside: Outside) -> None:
    world, [phone] = outside.world, phones(1)
    world.campaign([phone])
    outside.receiving.refused[phone] = {}
    outside.round()
    assert world.contact(phone).deferred_by == "outside"
    with world.session() as session:
        outside_check.delete_outside_check(session, actor=BY, now=world.clock.now())
    world.tick()
    assert dialed(world) == {phone}
    assert world.sql("SELECT count(*) FROM outside_answers") == [(0,)]


def test_upkeep_removes_answers_that_have_expired(outside: Outside) -> None:
    world = outside.world
    world.campaign(3)
    outside.round()
    job = UpkeepJob(world.db, name="engine-1", clock=world.clock)
    job.run_step()
    assert world.sql("SELECT count(*) FROM outside_answers") == [(3,)]
    world.clock.move(HOURS * 3600)
    job.run_step()
    assert world.sql("SELECT count(*) FROM outside_answers") == [(0,)]
    world.provider.end_all()
    world.tick()
