"""Provider interface: what the engine knows of telephony, with its four errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from campaign_app.domain.attempt import CallUpdate
from campaign_app.domain.script import CallScript, MachineDetection, Segment


class DialRequest(NamedTuple):
    """One attempt as the provider needs it. Phones are E.164, times in seconds."""

    token: str
    to: str
    caller_id: str | None
    script: CallScript
    ring_timeout: float = 30.0
    max_duration: float = 300.0
    """From the answer on."""
    detection: MachineDetection = MachineDetection.BALANCED
    """Where the script does something else for machines."""


class PlacedCall(NamedTuple):
    """The provider took the call. `ref` is the provider's own id of it."""

    ref: str


@dataclass(frozen=True, slots=True)
class ProviderCaps:
    """What an adapter can do, and what the engine must know to work with it.

    `blocking`: `place` and `lookup` wait for a network; the engine then calls them from a bounded pool.
    `horizon`: seconds after the permit by which every call of this provider has certainly ended.
    `exclusive`: one process at a time may hold the connection (an ARI application has one socket): the engine that
    holds the trunk's lease dials and listens; the others leave the trunk alone. Such an adapter connects when `ready`
    is first asked, not when it is made, and is closed when the lease is lost.
    `needs_audio`: it plays files; they are rendered before the permit.
    `absence_after`: seconds after the permit from which a look-up that finds no call is evidence: a request that was on
    its way has arrived by then. What two such look-ups some seconds apart do not find has ended, or was never placed.
    None: an empty look-up proves nothing, ever.
    """

    blocking: bool
    horizon: float
    exclusive: bool = False
    needs_audio: bool = False
    absence_after: float | None = None


class ProviderError(Exception):
    """The base of the four answers that are not a placed call."""


class CallRejected(ProviderError):
    """Certainly not placed: the request is wrong. `permanent`: this number never will be (it does not exist). `ours`:
    it is not the number's fault, and the next call of the campaign would fare no better (a caller id that is not
    verified): no contact pays a try for it, and the campaign says why and backs off."""

    def __init__(
        self,
        cause: str,
        *,
        permanent: bool = True,
        our_fault: bool = False,
        sip_code: int | None = None,
        q850: int | None = None,
    ) -> None:
        self.cause = cause
        self.permanent = permanent
        self.our_fault = our_fault
        self.sip_code = sip_code
        self.q850 = q850
        super().__init__(cause)


class ProviderThrottled(ProviderError):
    """Certainly not placed: too fast. Try again after `retry_after` seconds."""

    def __init__(self, cause: str, retry_after: float) -> None:
        self.cause = cause
        self.retry_after = retry_after
        super().__init__(cause)


class ProviderUnavailable(ProviderError):
    """Certainly not placed: no connection, no name, no TLS, or a refusal that says so."""


class TrunkDown(ProviderUnavailable):
    """Certainly not placed, and no call of this trunk will be until somebody acts: wrong credentials, a suspended
    account. The engine pauses the trunk with this sentence as the reason."""


class InDoubt(ProviderError):
    """Perhaps placed: a read time-out, a reset after the write, a 5xx, an answer that makes no sense."""


@dataclass(frozen=True, slots=True)
class SoughtCall:
    """A call that may have been placed and of which only this is known. `since` is when it was permitted."""

    token: str
    to: str
    caller_id: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class CallCandidate:
    """A call that could be the one sought: the provider's id of it, and its news, oldest first, if it is."""

    ref: str
    updates: tuple[CallUpdate, ...]


@runtime_checkable
class SearchesByNumber(Protocol):
    """What an adapter offers besides, whose provider keeps no token of ours: to list the calls that could be meant.
    Which one it is, if any, is not the adapter's to decide."""

    def find_candidates(self, sought: SoughtCall) -> Sequence[CallCandidate]:
        """Calls to that number, from that caller id, of about that time. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call that was placed, as the provider lists it. `token` is None where it keeps none of ours, `to` (E.164) where
    it does not tell the number; `updates` are its news, under `token`, or under "" where that is None."""

    token: str | None
    ref: str | None
    to: str | None
    at: datetime
    updates: tuple[CallUpdate, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedListing:
    """The calls that were placed since an instant. `gap` is None where these are all of them, else a sentence that says
    what the provider cannot tell. `reaches_back_to`: from when on it remembers at all; None: from ever."""

    calls: Sequence[ListedCall]
    gap: str | None = None
    reaches_back_to: datetime | None = None


@runtime_checkable
class ListsPlacedCalls(Protocol):
    """What an adapter offers besides, whose provider can say what it was asked for: after the database and its journal
    were lost, nobody else can."""

    def list_placed(self, since: datetime) -> PlacedListing:
        """Every call that was placed since then. Raises Unavailable."""


@runtime_checkable
class SuspendableConnection(Protocol):
    """What an `exclusive` adapter offers besides, whose connection somebody else may take: it does not take it back by
    itself, since two that do would take each other's calls away."""

    def suspension_reason(self) -> str | None:
        """Why this adapter connects no more, and what to do before the trunk is resumed; None while it goes on. The
        engine pauses the trunk with this sentence, and makes a new adapter once somebody has resumed it."""


@runtime_checkable
class ProvesSounds(Protocol):
    """What an adapter offers besides, that can try a sound where nobody hears it: whoever answers a call whose sound
    cannot be played hears nothing."""

    def find_unplayable(self, segments: Iterable[Segment]) -> Mapping[Segment, str]:
        """Those that cannot be played, each with why and what to do. What was proved once is not tried again until it
        changes. Raises Unavailable where it could not be tried: nothing is proved then."""


@runtime_checkable
class DialsTransferLegs(Protocol):
    """What an adapter offers besides, that dials the other leg of a transfer itself: a call too, which no limit may be
    exceeded by."""

    def on_transfer(self, may_dial: Callable[[str, str], bool]) -> None:
        """Register whom to ask, by the attempt's token and whom it would call (E.164 or an extension), and from any
        thread that may wait, before that leg is dialed. False: not now; ask again a little later."""


class Provider(Protocol):
    """One configured adapter, shared by the engine's threads: every method may be called from any of them."""

    @property
    def caps(self) -> ProviderCaps: ...

    def ready(self) -> str | None:
        """None when calls can be placed now, else a sentence that says why not."""

    def place(self, attempt: DialRequest) -> PlacedCall:
        """Ask once for one call; no retries inside. Raises Rejected, Throttled, Unavailable or InDoubt."""

    def hangup(self, token: str, ref: str | None) -> None:
        """Ask to end a call. A call that is already over or unknown is no error. Raises Unavailable."""

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        """What the provider knows of one call, oldest first; empty when it knows none (what that proves, and when, is
        in `caps.absence_after`). Raises Unavailable."""

    def events(self) -> Sequence[CallUpdate]:
        """The news that arrived since the last call, each at least once, in any order. Never waits."""

    def on_updates(self, wake: Callable[[], None]) -> None:
        """Register what to call, from any thread, when `events` has something to say."""

    def close(self) -> None:
        """Let go of threads and sockets. Calls at the carrier go on."""
