"""The shift itself: a server, an engine of its own process, three trunks, thirty campaigns in five zones, and somebody
who watches."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import phonenumbers
from bs4 import BeautifulSoup
from cryptography.fernet import Fernet
from phonenumbers import PhoneNumberType

from tests.e2e.dialing import ALWAYS, Api
from tests.providers.twilio.fake.process import CALLER_ID, SID, TOKEN, FakeTwilio, fake_twilio
from tests.support.prepared_process import PreparedProcess, start_prepared
from tests.support.server import (
    DATABASE_FILE,
    STOP_SECONDS,
    RunningApp,
    free_port,
    running_app,
)
from tests.support.waiting import wait_until

from . import checks, pages
from .facts import CLOSES, OPENS, CarrierRecord, Facts, Reader, read_ledgers

PATIENCE = 3_600.0
"""Seconds: `make shift` may run for hours beside other work, with what these leave of the machine."""
SPEED = 60
"""A simulated hour is a minute."""
ZONES = {
    "New York": ("America/New_York", "US"),
    "Paris": ("Europe/Paris", "FR"),
    "Kolkata": ("Asia/Kolkata", "IN"),
    "Tokyo": ("Asia/Tokyo", "JP"),
    "Auckland": ("Pacific/Auckland", "NZ"),
}
"""At any hour it is open in one of them and closed in another."""
EVERY_DAY = [{**ALWAYS[0], "start": f"{OPENS:02}:00", "end": f"{CLOSES:02}:00"}]
EMAIL, PASSWORD = "ada@example.org", "correct horse battery staple"
STALE_AFTER = timedelta(seconds=6)
"""How long after the end of a call at its carrier it may be open here, while an engine ticks."""


@dataclass
class Verdict:
    """What a shift came to."""

    samples: int = 0
    page_views: int = 0
    compared: int = 0
    untrue: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """Titles of reasons that were shown."""
    states: set[str] = field(default_factory=set)
    """States of trunks and of the engine that held while pages were looked at."""


@dataclass
class View:
    """A page that was looked at, and what to compare it with again."""

    path: str
    parsed: BeautifulSoup
    facts: Facts
    end: datetime
    check: Callable[[BeautifulSoup, checks.Sample], None]


def sign_in(app: RunningApp) -> httpx.Client:
    """An operator's browser, whose clock is New York's."""
    app.command("admin", "create", EMAIL, "--password-stdin", stdin=f"{PASSWORD}\n")
    client = httpx.Client(base_url=app.base_url, trust_env=False, timeout=PATIENCE, follow_redirects=True)
    client.cookies.set("zone", checks.READER_ZONE)
    form = pages.parse(client.get("/login").text)
    token = form.select_one("input[name=csrf_token]")
    assert token is not None
    client.post("/login", data={"csrf_token": str(token["value"]), "email": EMAIL, "password": PASSWORD})
    assert "Sign out" in client.get("/campaigns").text
    return client


class EngineProcess:
    """`flask engine run` beside the server."""

    def __init__(self, app: RunningApp) -> None:
        self._app = app
        self._process: PreparedProcess | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        with (self._app.directory / "engine.log").open("ab") as log:
            command = ["-m", "flask", "--app", "app", "engine", "run"]
            self._process = start_prepared(command, self._app.env, stdout=log, stderr=log)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    @contextmanager
    def held(self, reader: Reader) -> Iterator[None]:
        """Stopped between two transactions for the length of the block, so that nothing changes but the time."""
        if self._process is None:
            yield
            return
        process = self._process

        def stop() -> bool:
            process.send_signal(signal.SIGSTOP)
            if reader.is_locked():
                process.send_signal(signal.SIGCONT)
                return False
            return True

        wait_until(stop, "the engine to be between two transactions", every=0.005)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)


def make_numbers(region: str, count: int, skip: int) -> list[str]:
    """Valid mobile numbers of a region, none of which the carrier loses for ever (…504)."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert example is not None
    found: list[str] = []
    national = example.national_number + skip * 1_000
    while len(found) < count:
        national += 1
        number = phonenumbers.PhoneNumber(country_code=example.country_code, national_number=national)
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(number) and not text.endswith("504"):
            found.append(text)
    return found


class Shift:
    """Everything that runs, and what the watcher found."""

    def __init__(self, app: RunningApp, twilio: FakeTwilio, api: Api, engine: EngineProcess) -> None:
        self.app, self.twilio, self.api, self.engine = app, twilio, api, engine
        self.reader = Reader(app.directory / DATABASE_FILE)
        self.client = sign_in(app)
        self.verdict = Verdict()
        self.last_views: list[View] = []
        self._ended_at: dict[str, datetime] = {}
        self._alive_since: datetime | None = None
        self._turn = 0

    def set_up(self, people: int) -> None:
        """Three trunks and thirty campaigns; most are started."""
        for body in (
            {"name": "beta", "provider": "simulator", "max_concurrent_calls": 6},
            {
                "name": "gamma",
                "provider": "twilio",
                "max_concurrent_calls": 10,
                "settings": {"account_sid": SID, "base_url": self.twilio.url, "from": CALLER_ID},
                "credentials": {"auth_token": TOKEN},
            },
        ):
            self.api.post("/trunks", body)
        for place, (city, (zone, region)) in enumerate(ZONES.items()):
            for kind in range(6):
                self._add_campaign(place, city, zone, region, kind, people)

    def _add_campaign(self, place: int, city: str, zone: str, region: str, kind: int, people: int) -> None:
        tomorrow = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        fields: dict[str, Any] = {
            "default_region": region,
            "timezone": zone,
            "retry": {"max_retries": 2, "delays_minutes": [0.05, 0.3]},
        }
        fields |= (
            {"name": f"{city}: by day", "calling_windows": EVERY_DAY, "max_concurrent_calls": 3},
            {"name": f"{city}: paced", "calls_per_second": 1, "max_concurrent_calls": 8},
            {"name": f"{city}: few lines", "max_concurrent_calls": 2, "provider": "beta"},
            {"name": f"{city}: over gamma", "max_concurrent_calls": 3, "provider": "gamma"},
            {"name": f"{city}: survey", "purpose": "survey", "max_concurrent_calls": 2, "provider": "beta"},
            {"name": f"{city}: another day", "max_concurrent_calls": 4},
        )[kind]
        if kind == 5 and place == 0:
            fields["starts_at"] = tomorrow.isoformat()
        campaign_id = self.api.campaign(**fields)
        phones = make_numbers(region, people, kind)
        added = self.api.post(
            f"/campaigns/{campaign_id}/contacts", {"contacts": [{"phone": p} for p in phones]}
        )
        assert not added.get("errors"), added
        if kind == 5 and place == 4:
            return  # it stays a draft
        self.api.post(f"/campaigns/{campaign_id}/start")
        if kind == 5 and place in (1, 2):
            until = {"until": tomorrow.isoformat()} if place == 2 else {}
            self.api.post(f"/campaigns/{campaign_id}/pause", {"reason": "Lunch with the team", **until})
        elif kind == 5 and place == 3:
            self.api.post(f"/campaigns/{campaign_id}/stop", {"reason": "The wrong list"})

    def wait_for_tick(self) -> None:
        """Until an engine ticks."""
        begun = datetime.now(UTC)

        def ticks() -> bool:
            last = self.reader.read().last_tick
            return last is not None and last > begun

        wait_until(ticks, "the engine to tick", timeout=PATIENCE, every=0.2)
        self._alive_since = datetime.now(UTC)

    def wait_until_away(self) -> None:
        wait_until(
            lambda: self.reader.read().is_away(datetime.now(UTC) - timedelta(seconds=1)),
            "the engine to be missed",
            timeout=60,
            every=0.2,
        )

    def reads_gamma_as(self, words: str) -> bool:
        """Whether that is the state of the trunk gamma in the database."""
        [gamma] = [trunk for trunk in self.reader.read().trunks.values() if trunk.name == "gamma"]
        return gamma.words(datetime.now(UTC)) == words

    def kill_engine(self) -> None:
        self.engine.kill()
        self._alive_since = None

    def sample(self, live_pages: int) -> None:
        """Look at list, board, home and some of the campaigns' own pages."""
        self.verdict.samples += 1
        self.last_views = []
        self._view("/campaigns", checks.check_list)
        self._view("/home", checks.check_home)
        ids = sorted(self.reader.read().campaigns)
        for _ in range(live_pages):
            campaign_id = ids[self._turn % len(ids)]
            self._turn += 7  # thirty and seven have no divisor in common: every page has its turn
            self._view(
                f"/campaigns/{campaign_id}",
                lambda page, sample, wanted=campaign_id: checks.check_live(  # type: ignore[misc]
                    page, sample.facts.campaigns[wanted], sample
                ),
            )
        self._compare_ledgers()

    def _view(self, path: str, check: Callable[[BeautifulSoup, checks.Sample], None]) -> None:
        with self.engine.held(self.reader):
            before = self.reader.read()
            start = datetime.now(UTC)
            answer = self.client.get(path)
            end = datetime.now(UTC)
            facts = self.reader.read()
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        if before != facts:
            # Carriers that call back do not wait for us.
            return
        page = pages.parse(answer.text)
        sample = checks.Sample(facts, start, end)
        try:
            check(page, sample)
        except (pages.UnexpectedPage, LookupError, ValueError) as error:
            sample.untrue.append(f"it lacks something: {error!r}")
        checks.check_times(page, sample)
        checks.check_lamp(page, sample)
        self.verdict.page_views += 1
        self.verdict.compared += sample.compared
        self.verdict.untrue += [f"{path}: {each}" for each in sample.untrue]
        self.verdict.seen |= {reason.title for reason in pages.read_reasons(page)}
        self.verdict.states |= {
            f"{trunk.name} {trunk.words(end)}" + (f" ({trunk.not_ready})" if trunk.not_ready else "")
            for trunk in facts.trunks.values()
        }
        self.verdict.states |= {"no engine"} if facts.is_away(end) else set()
        self.last_views.append(View(path, page, facts, end, check))

    def _ledgers(self) -> dict[str, CarrierRecord]:
        return read_ledgers(self.app.ledger, self.twilio.directory / "ledger.jsonl")

    def _compare_ledgers(self) -> None:
        before = self._ledgers()
        facts = self.reader.read()
        after = self._ledgers()
        self.verdict.compared += len(facts.outcomes)
        self.verdict.untrue += checks.check_ledger(facts, before, after)
        now = datetime.now(UTC)
        for token, record in before.items():
            if record.outcome is not None:
                self._ended_at.setdefault(token, now)
        if self._alive_since is not None and now - self._alive_since > STALE_AFTER:
            # Nobody can be asked about a call whose carrier does not answer.
            unasked = {line["token"] for line in self.twilio.ledger("placed")}
            long_ago = [
                token
                for token, at in self._ended_at.items()
                if now - max(at, self._alive_since) > STALE_AFTER and token not in unasked
            ]
            self.verdict.untrue += checks.list_forgotten(facts, long_ago)


@contextmanager
def shift(directory: Path, people: int) -> Iterator[Shift]:
    """A shift that has begun: its engine ticks."""
    with fake_twilio(directory / "twilio", speed=SPEED, mixed=True) as twilio:
        port = free_port()
        env = {
            "SWITCHBOARD_ENGINE": "off",
            "SWITCHBOARD_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SWITCHBOARD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "SWITCHBOARD_SIMULATOR_TIME_SCALE": str(SPEED),
            "SWITCHBOARD_SIMULATOR_SEED": "7",
            "SWITCHBOARD_TICK_SECONDS": "0.2",
            "SWITCHBOARD_TWILIO_BASE_URL": twilio.url,
        }
        with running_app(directory / "instance", env, port=port, patience=PATIENCE) as app, Api(app) as api:
            engine = EngineProcess(app)
            found = Shift(app, twilio, api, engine)
            try:
                found.set_up(people)
                engine.start()
                found.wait_for_tick()
                yield found
            finally:
                engine.kill()
                found.client.close()


def run_shift(found: Shift, samples: int, live_pages: int) -> Verdict:
    """The whole of it: the carrier of gamma dies after a third, the engine is killed in the middle and comes back once
    it has been missed, the server is restarted at two thirds, and the carrier is back for the last sixth."""
    dies, killed = samples // 3, samples // 2
    # A short shift has it, too: after the engine has come back.
    restarted = max(killed + 3, 2 * samples // 3)
    back = max(restarted + 1, 5 * samples // 6)
    for index in range(samples):
        if index == dies:
            found.twilio.kill()
            wait_until(
                lambda: not found.reads_gamma_as("up"), "gamma to be missed", timeout=PATIENCE, every=0.2
            )
        elif index == killed:
            found.kill_engine()
        elif index == killed + 1:
            found.wait_until_away()
        elif index == killed + 2:
            found.engine.start()
            found.wait_for_tick()
        elif index == restarted:
            found.app.restart(kill=True)
        elif index == back:
            found.twilio.start()
            wait_until(lambda: found.reads_gamma_as("up"), "gamma to be back", timeout=PATIENCE, every=0.2)
        found.sample(live_pages)
    return found.verdict


def describe(verdict: Verdict) -> str:
    """The figures of a shift, and the first of what was untrue."""
    kinds = sorted({re.sub(r"\d+", "#", each)[:160] for each in verdict.untrue})
    lines = [
        f"{verdict.samples} samples, {verdict.page_views} pages, {verdict.compared:,} statements compared,"
        f" {len(verdict.untrue)} untrue",
        f"reasons seen: {', '.join(sorted(verdict.seen))}",
        f"states seen: {', '.join(sorted(verdict.states))}",
        *verdict.untrue[:40],
        f"{len(kinds)} kinds",
    ]
    return "\n".join(lines)
