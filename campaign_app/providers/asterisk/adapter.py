"""Asterisk adapter: the provider that dials through an Asterisk (`base.Provider`)."""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from campaign_app.clock import SYSTEM_CLOCK, Clock
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus, CallUpdate
from campaign_app.domain.script import OnMachine, Segment
from campaign_app.domain.trunk import LONGEST_CALLS, LONGEST_RING
from campaign_app.providers.asterisk import playback_plan
from campaign_app.providers.asterisk.ari import TIMEOUT, AriClient
from campaign_app.providers.asterisk.call import AsteriskCall
from campaign_app.providers.asterisk.call_manager import AMD_CONTEXT, CallManager
from campaign_app.providers.asterisk.call_states import CallState, EndRequester
from campaign_app.providers.asterisk.causes import EndedChannel, decide_outcome
from campaign_app.providers.asterisk.cel_journal import CelJournal, CelRecord
from campaign_app.providers.asterisk.connection import EventConnection
from campaign_app.providers.asterisk.resync import CallResync
from campaign_app.providers.asterisk.sound_trial import SoundTrial
from campaign_app.providers.asterisk.sounds import SoundFolder, UnplayableAudio
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    ListedCall,
    PlacedCall,
    PlacedListing,
    ProviderCaps,
    ProviderUnavailable,
)

S = AttemptStatus
RING_MOST = float(LONGEST_RING)
TALK_MOST = float(LONGEST_CALLS["asterisk"])
SLACK = 30.0
"""Seconds: a call rings and talks no longer than this, and its horizon lies so much after."""
ABSENCE_AFTER = 20.0
"""Seconds: the 5 in which a permit is sent, and the time-outs of its connection and its answer, twice."""
UNPLAYABLE_SECONDS = 60.0
"""For so long a message that Asterisk could not play is not tried again."""
MOST_PROVED = 20_000
"""Sounds that are remembered as proved, the latest."""
STATES = {"Up": S.IN_PROGRESS, "Ringing": S.RINGING}


class AsteriskProvider:
    """Calls through the Asterisk at `url` (`http://host:8088`, or https).

    `endpoint` makes a number a dial string: `{number}` is E.164, `{digits}` the same without "+". `app` is the name of
    the ARI application, one per trunk. `audio` gives a segment's 8 kHz mono WAV on this host; `sounds` is a folder of
    this host that Asterisk knows as `sounds_as`. `journal` is Asterisk's CEL file, where this host can read it.
    Raises ValueError for an endpoint without a number.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        *,
        audio: Callable[[Segment], Path],
        sounds: Path,
        sounds_as: str,
        endpoint: str = "PJSIP/{number}@trunk",
        app: str = "switchboard",
        journal: Path | None = None,
        clock: Clock = SYSTEM_CLOCK,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        if "{number}" not in endpoint and "{digits}" not in endpoint:
            raise ValueError(f"the endpoint {endpoint!r} has neither {{number}} nor {{digits}} in it")
        self.caps = ProviderCaps(
            blocking=True,
            horizon=RING_MOST + TALK_MOST + SLACK,
            exclusive=True,
            needs_audio=True,
            absence_after=ABSENCE_AFTER,
        )
        self._app = app
        self._endpoint = endpoint
        self._clock = clock
        self._ari = AriClient(url, user, password, timeout=timeout)
        self._sounds = SoundFolder(audio, sounds, sounds_as, clock)
        self._journal = None if journal is None else CelJournal(journal)
        self._call_manager = CallManager(app, self._dial_string, clock)
        self._resync = CallResync(self._call_manager, self._journal, endpoint_of(endpoint), clock)
        self._proved: OrderedDict[tuple[str, str], None] = OrderedDict()
        """(Asterisk's start, media URI) of the sounds that it has played."""
        self._client: httpx.AsyncClient | None = None
        self._watch_task: asyncio.Task[None] | None = None
        self._connection = EventConnection(
            self._ari,
            app,
            prepare=self._prepare_connection,
            handle_event=self._call_manager.handle_event,
            finish=self._close_client,
            on_change=self._wake_engine,
        )

    def ready(self) -> str | None:
        """The first time it is asked, the connection is begun."""
        self._connection.start_thread()
        return self._connection.last_error or self._resync.endpoint_error

    def suspension_reason(self) -> str | None:
        return self._connection.suspension_reason

    def place(self, attempt: DialRequest) -> PlacedCall:
        error = self._connection.last_error or self._resync.endpoint_error
        if error is not None:
            # Asterisk would take the call, and drop whoever answers: nobody is there to take it over.
            raise ProviderUnavailable(error)
        plan = self._make_plan(attempt)
        call = AsteriskCall(attempt.token, plan, self._resync.boot)
        query: dict[str, str | int] = {
            "endpoint": self._dial_string(attempt.to),
            "app": self._app,
            "timeout": max(1, round(plan.ring)),
        }
        if attempt.caller_id:
            query["callerId"] = attempt.caller_id
        variables = {
            playback_plan.PLAN_VARIABLE: plan.to_json(),
            "SWITCHBOARD_APP": self._app,
            "SWITCHBOARD_AMD_MS": str(plan.detect_ms),
            # Asterisk ends the call by itself, should no engine be there to do it.
            "TIMEOUT(absolute)": str(round(plan.ring + plan.talk + SLACK / 2)),
        }
        self._call_manager.register_call(call)
        try:
            self._ari.originate_call(attempt.token, query, variables)
        except InDoubt:
            # If it was placed, its events come; if not, nobody else will ever take it off the list.
            self._connection.call_on_loop(self._forget_after_horizon, attempt.token)
            raise
        except Exception:
            self._call_manager.forget_call(attempt.token)
            raise
        return PlacedCall(attempt.token)

    def find_unplayable(self, segments: Iterable[Segment]) -> Mapping[Segment, str]:
        """Each sound is named by its content: one that changed is another, and is tried anew."""
        errors: dict[Segment, str] = {}
        uris: dict[Segment, str] = {}
        untried: dict[str, float] = {}
        boot = self._resync.boot
        for segment in segments:
            try:
                uri, seconds = self._sounds.put_segment(segment)
            except UnplayableAudio as error:
                errors[segment] = str(error)
                continue
            uris[segment] = uri
            if (boot, uri) not in self._proved or uri in self._call_manager.unplayable:
                untried[uri] = seconds
        if not untried:
            return errors
        refused = SoundTrial(self._ari, self._app, self._clock).find_unplayable(untried)
        for uri in untried.keys() - refused.keys():
            self._proved[boot, uri] = None
        while len(self._proved) > MOST_PROVED:
            self._proved.popitem(last=False)
        return errors | {segment: refused[uri] for segment, uri in uris.items() if uri in refused}

    def hangup(self, token: str, ref: str | None) -> None:
        self._connection.call_on_loop(self._mark_hangup_requested, token)
        self._ari.hang_up_channel(token)

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        updates = self._call_manager.updates_for(token)
        if updates and updates[-1].status in OUTCOMES:
            return updates
        call = self._call_manager.find_call(token)
        if call is not None and call.state is CallState.ENDING_TRANSFER_LEG:
            # Its end is known, and told when the other leg has ended: that holds a line, too.
            return updates
        channel = self._ari.get_channel(token)
        if channel is not None:
            status = STATES.get(str(channel.get("state")), S.QUEUED)
            return [self._make_update(token, status, raw=json.dumps(channel, separators=(",", ":")))]
        entry = None if self._journal is None else self._journal.find_record(token)
        if entry is not None and entry.ended is not None:
            return [*updates, self._update_from_journal(token, entry, call)]
        # It may have ended in this moment; else what became of it is not known here.
        updates = self._call_manager.updates_for(token)
        return updates if updates and updates[-1].status in OUTCOMES else []

    def list_placed(self, since: datetime) -> PlacedListing:
        """By the journal (CEL), which has our tokens and no numbers: whoever is not known cannot be named."""
        if self._journal is None:
            return PlacedListing((), "there is no journal of Asterisk's (ASTERISK_CEL) to look into")
        try:
            oldest, started = self._journal.list_started(since.timestamp())
        except OSError as error:
            raise ProviderUnavailable(f"Asterisk's journal cannot be read: {error}") from error
        return PlacedListing(
            [ListedCall(token, None, None, datetime.fromtimestamp(at, UTC)) for token, at in started.items()],
            gap="Asterisk's journal is empty" if oldest is None else None,
            reaches_back_to=None if oldest is None else datetime.fromtimestamp(oldest, UTC),
        )

    def events(self) -> Sequence[CallUpdate]:
        return self._call_manager.take_updates()

    def on_updates(self, wake: Callable[[], None]) -> None:
        self._call_manager.wake = wake

    def on_transfer(self, may_dial: Callable[[str, str], bool]) -> None:
        self._call_manager.may_transfer = may_dial

    def close(self) -> None:
        self._connection.close()
        self._ari.close()

    async def _prepare_connection(self) -> None:
        if self._client is None:
            self._client = self._ari.make_async_client()
            self._watch_task = asyncio.create_task(
                self._resync.watch_endpoint(self._client, self._wake_engine)
            )
        await self._resync.resync_calls(self._client)

    async def _close_client(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _wake_engine(self) -> None:
        self._call_manager.wake()

    def _forget_after_horizon(self, token: str) -> None:
        asyncio.get_running_loop().call_later(self.caps.horizon, self._call_manager.forget_call, token)

    def _dial_string(self, number: str) -> str:
        return self._endpoint.replace("{number}", number).replace("{digits}", number.removeprefix("+"))

    def _make_plan(self, attempt: DialRequest) -> playback_plan.PlaybackPlan:
        """Raises Rejected: what is wrong is the message or the set-up, not the number."""
        if attempt.script.on_machine is not OnMachine.AS_HUMAN and self._call_manager.has_detection is False:
            raise CallRejected(
                f"Asterisk's dialplan has no [{AMD_CONTEXT}]: answering machines cannot be told from persons",
                permanent=False,
                our_fault=True,
            )
        try:
            plan = playback_plan.write_plan(
                attempt, self._sounds.put_segment, ring_most=RING_MOST, talk_most=TALK_MOST
            )
        except UnplayableAudio as error:
            raise CallRejected(str(error), permanent=False, our_fault=True) from error
        since = self._clock.monotonic() - UNPLAYABLE_SECONDS
        silent = [media for media in plan.message if self._call_manager.unplayable.get(media, since) > since]
        if silent:
            raise CallRejected(
                f"Asterisk could not play {silent[0]}: compare ASTERISK_SOUNDS and ASTERISK_SOUNDS_AS",
                permanent=False,
                our_fault=True,
            )
        return plan

    def _mark_hangup_requested(self, token: str) -> None:
        call = self._call_manager.find_call(token)
        if call is not None:
            call.on_end_request(EndRequester.US)

    def _make_update(self, token: str, status: AttemptStatus, raw: str) -> CallUpdate:
        return CallUpdate(token, status, self._clock.now(), provider_ref=token, raw=raw)

    def _update_from_journal(self, token: str, entry: CelRecord, call: AsteriskCall | None) -> CallUpdate:
        """`call`: what this process knows of it, if it does."""
        outcome = decide_outcome(
            EndedChannel(
                entry.cause,
                was_up=entry.answered is not None,
                rang=call is not None and call.state is CallState.RINGING,
                timed_out=call is not None and entry.lasted(call.plan.ring),
                hung_up=call is not None and call.end_requester is EndRequester.US,
            )
        )
        return CallUpdate(
            token,
            outcome.status,
            self._clock.now(),
            provider_ref=token,
            cause=outcome.text,
            q850=entry.cause,
            permanent=outcome.permanent,
            congestion=outcome.congestion,
            trunk_down=outcome.trunk_down,
            raw=entry.raw,
        )


def endpoint_of(dial_string: str) -> str | None:
    """What ARI calls the endpoint of a dial string: `PJSIP/trunk` for `PJSIP/{number}@trunk`; None where the string
    names none that can be looked up."""
    match = re.fullmatch(r"(PJSIP)/[^@/]*\{(?:number|digits)\}@([\w.-]+)", dial_string)
    return None if match is None else f"{match[1]}/{match[2]}"
