"""Polls in the same words: answered in short as at length, past the object mapper, and only while everything holds."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update
from werkzeug.test import TestResponse

from campaign_app.extensions import db
from campaign_app.models import Campaign, Role, User, UserSession
from campaign_app.services import fragment_cache
from campaign_app.services.fragment_cache import FragmentCache
from campaign_app.transaction import transaction
from tests.support.clock import FakeClock
from tests.web.pages_support import act, make_campaign
from tests.web.people_support import Site, Visitor, close, open_site

OF_EACH_ANSWER = {"X-Request-ID"}


class Poller:
    """An open page, and whether the last answer of each of its polls was the short one."""

    def __init__(self, site: Site, role: Role, path: str) -> None:
        self.visitor: Visitor = site.visitor(role)
        self._site = site
        self._path = path
        self.etag = ""
        self.was_short = False
        self.statements: list[str] = []

    def poll(self, **headers: str) -> TestResponse:
        handled: list[None] = []
        dispatch = self._site.app.full_dispatch_request
        self._site.app.full_dispatch_request = lambda *a: handled.append(None) or dispatch(*a)  # type: ignore[method-assign, func-returns-value]
        with self._site.app.app_context():
            engine = db.engine
        self.statements.clear()

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                self.statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            sent = {"Accept-Encoding": "gzip", "If-None-Match": self.etag, **headers}
            answer = self.visitor.client.get(self._path, headers=sent)
        finally:
            event.remove(engine, "before_cursor_execute", note)
            self._site.app.full_dispatch_request = dispatch  # type: ignore[method-assign]
        self.was_short = not handled
        return answer

    def settle(self) -> TestResponse:
        """Poll until the answer is a short 304."""
        for _ in range(4):
            answer = self.poll()
            self.etag = answer.headers.get("ETag", self.etag)
        assert (answer.status_code, self.was_short) == (304, True)
        return answer


@pytest.fixture
def live_site(database_url: str, tmp_path: Path, sqlite_template: Path, clock: FakeClock) -> Iterator[Site]:
    """A server's: with shared renderings. The clock stands still."""
    site = open_site(tmp_path, sqlite_template, clock, database_url=database_url)
    site.add_users(*Role)
    site.app.extensions["switchboard"].fragments = FragmentCache(clock.monotonic, clock.now)
    yield site
    close(site)


def change(site: Site, model: Any, **values: Any) -> None:
    with site.app.app_context(), transaction(db.session()) as session:
        session.execute(update(model).values(**values))


def test_the_short_answer_is_the_long_one(live_site: Site, clock: FakeClock) -> None:
    campaign_id = make_campaign(live_site, 3)
    act(live_site, campaign_id, "start")
    here = f"/campaigns/{campaign_id}/_live"
    long, short = Poller(live_site, Role.OPERATOR, here), Poller(live_site, Role.OPERATOR, here)

    def compare(one: TestResponse, other: TestResponse) -> None:
        heads = [sorted((k, v) for k, v in each.headers if k not in OF_EACH_ANSWER) for each in (one, other)]
        assert heads[0] == heads[1]
        assert (one.status_code, one.data) == (other.status_code, other.data)

    first = long.poll()
    for _ in range(3):
        again = short.poll()
    assert (long.was_short, short.was_short) == (False, True)
    compare(first, again)
    assert short.statements == []
    long.etag = first.headers["ETag"]
    unchanged = long.poll()
    assert (unchanged.status_code, long.was_short) == (304, False)
    compare(unchanged, short.settle())
    assert short.statements == []
    assert short.poll(**{"X-Request-ID": "of-a-proxy"}).headers["X-Request-ID"] == "of-a-proxy"
    assert short.was_short
    # Another reader's words are another question: another clock, another place, no compression.
    for headers in ({"Accept-Encoding": ""}, {"Host": "elsewhere.example"}, {"User-Agent": "another"}):
        short.poll(**headers)
        assert not short.was_short, headers
    Poller(live_site, Role.VIEWER, "/campaigns/_rows").settle()
    # An old rendering is made anew, by whoever asks next.
    clock.move(fragment_cache.MOST_AGE_SECONDS)
    assert (short.poll().status_code, short.was_short) == (304, False)


CHANGES: dict[str, tuple[Callable[[Site, int, Poller], object], int]] = {
    "signed out": (lambda _site, _id, poller: poller.visitor.post("/logout"), 303),
    "revoked": (lambda site, _id, _poller: change(site, UserSession, expires_at=site.clock.now()), 303),
    "disabled": (lambda site, _id, _poller: change(site, User, disabled_at=site.clock.now()), 303),
    "idle": (lambda site, _id, _poller: site.clock.move(72 * 3600), 303),
    "lesser role": (lambda site, _id, _poller: change(site, User, role="viewer"), 200),
    "other clock": (lambda site, _id, _poller: change(site, User, time_zone="Asia/Tokyo"), 200),
    "key to be renewed": (lambda site, _id, _poller: change(site, UserSession, renew=True), 304),
    "paused": (lambda site, campaign_id, _poller: act(site, campaign_id, "pause"), 200),
    "more lines": (lambda site, _id, _poller: change(site, Campaign, max_concurrent_calls=7), 200),
    "deleted": (lambda site, _id, _poller: change(site, Campaign, deleted_at=site.clock.now()), 404),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changes_is_seen_at_the_next_poll(live_site: Site, what: str) -> None:
    campaign_id = make_campaign(live_site, 3)
    act(live_site, campaign_id, "start")
    poller = Poller(live_site, Role.OPERATOR, f"/campaigns/{campaign_id}/_live")
    poller.settle()
    do, status = CHANGES[what]
    do(live_site, campaign_id, poller)
    answer = poller.poll()
    assert (answer.status_code, poller.was_short) == (status, False)
    if status == 200:
        assert ("every 2s" in gzip.decompress(answer.data).decode()) is (what != "paused")


def test_a_database_that_is_away_is_told_at_length(live_site: Site) -> None:
    campaign_id = make_campaign(live_site, 3)
    poller = Poller(live_site, Role.OPERATOR, f"/campaigns/{campaign_id}/_live")
    poller.settle()
    with live_site.app.app_context():
        engine = db.engine

    def refuse(*_: Any) -> None:
        raise engine.dialect.loaded_dbapi.OperationalError("away")

    event.listen(engine, "do_connect", refuse)
    engine.dispose()
    assert (poller.poll().status_code, poller.was_short) == (500, False)
    event.remove(engine, "do_connect", refuse)
    assert (poller.poll().status_code, poller.was_short) == (304, False)
