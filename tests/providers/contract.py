"""What every provider must do, whatever is behind it; the engine is written against nothing but this.

An adapter's tests subclass `ProviderContract` and give it a `harness` fixture.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime

from campaign_app.domain.attempt import OUTCOMES, RANK, AttemptStatus, CallUpdate, new_token
from campaign_app.domain.script import script_from_text
from campaign_app.providers.base import DialRequest, PlacedCall, Provider
from tests.support.call_updates import decisive_updates

STARTED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


class Harness(ABC):
    """A provider with callees behind it, and a way to let time pass."""

    provider: Provider
    human: str
    """E.164 of a callee that rings and then surely answers, and stays for at least a second."""
    busy: str
    rings: str
    """Rings until it is hung up or the ring timeout ends it."""
    unassigned: str

    @abstractmethod
    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        """Let time pass until `done()`; AssertionError where it never is."""

    finds_by_token = True
    """Whether `lookup` finds a call of which only the token is known."""

    def __init__(self) -> None:
        self.heard: list[CallUpdate] = []
        self.refs: dict[str, str] = {}

    def new_token(self) -> str:
        """A token that this provider has not seen; override it where a run must repeat."""
        return new_token(STARTED)

    def dial(self, to: str, *, ring_timeout: float = 30.0) -> str:
        """Place one call; its token."""
        token = self.new_token()
        placed = self.provider.place(
            DialRequest(token, to, "+12125550100", script_from_text("Hello."), ring_timeout=ring_timeout)
        )
        assert isinstance(placed, PlacedCall)
        assert placed.ref
        self.refs[token] = placed.ref
        return token

    def listen(self) -> list[CallUpdate]:
        """All news so far."""
        self.heard.extend(self.provider.events())
        return self.heard

    def of(self, token: str) -> list[CallUpdate]:
        return [news for news in self.listen() if news.token == token]

    def wait_for(self, token: str, status: AttemptStatus) -> None:
        """Until a look-up says that the call stands at `status`; its news may be late, or reordered."""

        def stands() -> bool:
            known = decisive_updates(self.provider.lookup(token, self.refs[token]))
            return token in known and known[token].status is status

        self.wait_until(stands, f"{token} to be {status}")

    def outcome(self, token: str) -> CallUpdate:
        """The terminal news of a call, once events brought it."""
        self.wait_until(lambda: any(n.status in OUTCOMES for n in self.of(token)), f"the end of {token}")
        return decisive_updates(self.of(token))[token]


class ProviderContract:
    """Subclass as `Test…` and define a `harness` fixture."""

    def test_it_says_that_it_is_ready(self, harness: Harness) -> None:
        assert harness.provider.ready() is None

    def test_its_horizon_is_longer_than_the_engines_own_steps(self, harness: Harness) -> None:
        assert harness.provider.caps.horizon >= 15.0

    def test_an_answered_call_completes_and_each_step_is_reported(self, harness: Harness) -> None:
        token = harness.dial(harness.human)
        end = harness.outcome(token)
        assert end.status is AttemptStatus.COMPLETED
        # Told, but in any order.
        harness.wait_until(
            lambda: any(n.status is AttemptStatus.IN_PROGRESS for n in harness.of(token)),
            "the answer to be told",
        )

    def test_a_busy_number_ends_busy_with_its_cause(self, harness: Harness) -> None:
        end = harness.outcome(harness.dial(harness.busy))
        assert (end.status, end.q850) == (AttemptStatus.BUSY, 17)

    def test_an_unassigned_number_fails_for_good(self, harness: Harness) -> None:
        end = harness.outcome(harness.dial(harness.unassigned))
        assert (end.status, end.permanent, end.congestion) == (AttemptStatus.FAILED, True, False)

    def test_a_call_that_nobody_answers_ends_at_its_ring_timeout(self, harness: Harness) -> None:
        end = harness.outcome(harness.dial(harness.rings, ring_timeout=5.0))
        assert end.status is AttemptStatus.NO_ANSWER

    def test_times_are_aware_and_news_names_its_call(self, harness: Harness) -> None:
        token = harness.dial(harness.human)
        harness.outcome(token)
        for news in harness.of(token):
            assert news.at.tzinfo is not None
            assert news.provider_ref
            assert news.raw

    def test_a_call_is_looked_up_by_its_token_alone(self, harness: Harness) -> None:
        if not harness.finds_by_token:
            return
        token = harness.dial(harness.rings)
        harness.wait_for(token, AttemptStatus.RINGING)
        found = harness.provider.lookup(token, None)
        assert decisive_updates(found)[token].status is AttemptStatus.RINGING
        harness.provider.hangup(token, None)

    def test_a_lookup_after_the_end_reports_the_same_outcome_as_the_events(self, harness: Harness) -> None:
        token = harness.dial(harness.busy)
        end = harness.outcome(token)
        found = harness.provider.lookup(token, end.provider_ref)
        assert decisive_updates(found)[token].status is end.status
        ranks = [RANK[news.status] for news in found]
        assert ranks == sorted(ranks), "a look-up is told oldest first"

    def test_an_unknown_token_is_looked_up_as_nothing(self, harness: Harness) -> None:
        assert list(harness.provider.lookup(harness.new_token(), None)) == []

    def test_a_ringing_call_that_is_hung_up_ends_canceled(self, harness: Harness) -> None:
        token = harness.dial(harness.rings)
        harness.wait_for(token, AttemptStatus.RINGING)
        harness.provider.hangup(token, None)
        assert harness.outcome(token).status is AttemptStatus.CANCELED

    def test_an_answered_call_that_is_hung_up_ends(self, harness: Harness) -> None:
        token = harness.dial(harness.human)
        harness.wait_for(token, AttemptStatus.IN_PROGRESS)
        harness.provider.hangup(token, None)
        assert harness.outcome(token).status in {AttemptStatus.COMPLETED, AttemptStatus.CANCELED}

    def test_hanging_up_what_is_over_or_unknown_changes_nothing(self, harness: Harness) -> None:
        token = harness.dial(harness.busy)
        harness.outcome(token)
        harness.provider.hangup(token, None)
        harness.provider.hangup(harness.new_token(), None)
        assert decisive_updates(harness.provider.lookup(token, None))[token].status is AttemptStatus.BUSY

    def test_news_heard_twice_and_backwards_comes_down_to_the_same(self, harness: Harness) -> None:
        token = harness.dial(harness.human)
        end = harness.outcome(token)
        heard = harness.of(token)
        assert decisive_updates([*reversed(heard), *heard])[token].status is end.status

    def test_whoever_registered_is_woken_when_there_is_news(self, harness: Harness) -> None:
        woken: list[bool] = []
        harness.provider.on_updates(lambda: woken.append(True))
        harness.dial(harness.busy)
        harness.wait_until(lambda: bool(woken), "the wake-up")
        harness.wait_until(lambda: bool(harness.listen()), "the news")
