"""The calls that are up: takes Asterisk's events to them, does what they ask for, and keeps what they tell.

Everything here runs on the connection's loop but `admit`, `forget`, `find`, `take` and `count`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

import httpx

from campaign_app.clock import Clock
from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.asterisk import actions as acts
from campaign_app.providers.asterisk.actions import Action
from campaign_app.providers.asterisk.ari import GONE, plain
from campaign_app.providers.asterisk.call import QUIET_MS, Call
from campaign_app.providers.asterisk.connection import Event
from campaign_app.providers.asterisk.stages import Stage

log = logging.getLogger(__name__)

KEEP_ENDED = 5_000
"""Ended calls whose news is kept for look-ups."""
AMD_CONTEXT = "switchboard-amd"
NOTE_VARIABLE = "SWITCHBOARD_NOTE"
LEG = "transfer-"
"""Begins the channel id of a transfer's other leg. Not the token's own beginning: ids conflict by prefix."""
RAW_MOST = 2_000
LINE_MOST, LINE_AGAIN = 30.0, 0.5
"""Seconds that a transfer waits for a free line, and between two looks."""
AGAIN_AFTER = (0.1, 0.5, 1.0)
"""Seconds."""


class NoLine(RuntimeError):
    """No line came free for a transfer."""


class Switchroom:
    """`dial_string` makes a number an endpoint. `aclient` asks Asterisk; it is set on the loop, at each connect."""

    def __init__(self, app: str, dial_string: Callable[[str], str], clock: Clock) -> None:
        self.app = app
        self.aclient: httpx.AsyncClient | None = None
        self.wake: Callable[[], None] = lambda: None
        self.may_transfer: Callable[[str], bool] = lambda token: True
        """Whether a second line is free for a call; asked in a thread of its own, for it may wait."""
        self.detects: bool | None = None
        """Whether the dialplan can tell persons from machines; None until a call asked."""
        self.unplayable: dict[str, float] = {}
        """Media that Asterisk failed to play, and when (monotonic)."""
        self._dial_string = dial_string
        self._clock = clock
        self._calls: dict[str, Call] = {}
        self._told: OrderedDict[str, list[CallUpdate]] = OrderedDict()
        self._inbox: deque[CallUpdate] = deque()
        self._work: dict[str, deque[Action]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def admit(self, call: Call) -> None:
        """Before it is placed, so that its first event finds it."""
        self._calls[call.token] = call

    def forget(self, token: str) -> None:
        """It was certainly not placed."""
        self._calls.pop(token, None)

    def find(self, token: str) -> Call | None:
        return self._calls.get(token)

    def calls(self) -> list[Call]:
        return list(self._calls.values())

    def told(self, token: str) -> Sequence[CallUpdate]:
        """The news of one call so far, oldest first."""
        return list(self._told.get(token, ()))

    def take(self) -> list[CallUpdate]:
        """The news since the last time."""
        taken = []
        while self._inbox:
            taken.append(self._inbox.popleft())
        return taken

    def reset(self, client: httpx.AsyncClient) -> None:
        """A new connection: what was known of the dialplan may have changed."""
        self.aclient = client
        self.detects = None
        self.unplayable.clear()

    def hear(self, event: Event) -> None:
        """One event. Those of channels that are not ours are none of our business."""
        channel = event.get("channel") or {}
        token = str(channel.get("id") or "")
        now = self._clock.monotonic()
        kind = event.get("type")
        if token.startswith(LEG):
            self._hear_leg(token.removeprefix(LEG), str(kind))
            return
        if kind == "PlaybackFinished":
            playback = event["playback"]
            token = str(playback["target_uri"]).partition(":")[2]
        call = self._calls.get(token)
        if call is None:
            return
        match kind:
            case "ChannelStateChange" if channel.get("state") == "Ringing":
                actions = call.on_ringing()
            case "StasisStart" if event.get("args", [])[:1] == ["amd"]:
                actions = call.on_detected([*event["args"], ""][1], now)
            case "StasisStart":
                actions = call.on_answered(now)
            case "PlaybackFinished":
                actions = call.on_playback(str(playback["id"]), failed=playback.get("state") == "failed")
                if call.trouble is not None:
                    self.unplayable[str(playback["media_uri"])] = now
            case "ChannelDtmfReceived":
                actions = call.on_key(str(event.get("digit")))
            case "ChannelTalkingStarted" | "ChannelTalkingFinished":
                actions = call.on_talking(kind == "ChannelTalkingStarted")
            case "ChannelHangupRequest":
                call.ending = True
                return
            case "ChannelDestroyed":
                actions = call.on_over(
                    int(event.get("cause") or 0),
                    str(event.get("cause_txt") or ""),
                    event.get("tech_cause") if isinstance(event.get("tech_cause"), int) else None,
                    # Asterisk says Up of a channel that was dropped before it came to us.
                    was_up=channel.get("state") == "Up",
                    timed_out=lasted(event) >= call.score.ring - 0.5,
                )
            case _:
                return
        self.enact(call, actions, raw=json.dumps(event, separators=(",", ":"))[:RAW_MOST])

    def enact(self, call: Call, actions: Sequence[Action], *, raw: str) -> None:
        """Do what a call asks for: news and timers at once, requests one after the other."""
        for action in actions:
            if isinstance(action, acts.Tell):
                self._tell(call, action, raw)
            elif isinstance(action, acts.Timer):
                asyncio.get_running_loop().call_later(action.seconds, self._ring, call, action.name)
            else:
                waiting = self._work.get(call.token)
                if waiting is not None:
                    waiting.append(action)
                    continue
                self._work[call.token] = deque([action])
                self._do_later(self._serve(call))

    def _do_later(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear_leg(self, token: str, kind: str) -> None:
        call = self._calls.get(token)
        if call is None:
            if kind == "StasisStart":
                self._do_later(self._delete(f"/channels/{LEG}{token}", reason="normal"))
            return
        raw = json.dumps({"type": kind, "channel": LEG + token})
        if kind == "StasisStart":
            self.enact(call, call.on_other_leg(up=True), raw=raw)
        elif kind == "ChannelDestroyed":
            self.enact(call, call.on_other_leg(up=False), raw=raw)

    def _ring(self, call: Call, name: str) -> None:
        if not call.over:
            self.enact(call, call.on_timer(name), raw=json.dumps({"timer": name}))

    def _tell(self, call: Call, told: acts.Tell, raw: str) -> None:
        news = CallUpdate(
            call.token, told.status, self._clock.now(), provider_ref=call.token, raw=raw, **told.details
        )
        self._told.setdefault(call.token, []).append(news)
        self._inbox.append(news)
        if call.over:
            self._calls.pop(call.token, None)
            while len(self._told) > KEEP_ENDED + len(self._calls):
                self._told.popitem(last=False)
        self.wake()

    async def _serve(self, call: Call) -> None:
        """What one call wants of Asterisk, in order."""
        waiting = self._work[call.token]
        try:
            while waiting:
                action = waiting.popleft()
                try:
                    await self._insist(call, action)
                except Exception as error:
                    # Whatever it is, nobody is left in silence.
                    known = isinstance(error, httpx.HTTPError | RuntimeError)
                    said = "call %s: %s failed: %s"
                    log.warning(said, call.token, type(action).__name__, plain(error), exc_info=not known)
                    if not isinstance(action, acts.HangUp | acts.Stop | acts.Unbridge):
                        why = f"Asterisk could not be told what to do ({plain(error)})"
                        if isinstance(error, NoLine):
                            why = str(error)
                        self.enact(call, call.on_failure(why), raw=json.dumps({"failure": why}))
        finally:
            del self._work[call.token]

    async def _insist(self, call: Call, action: Action) -> None:
        """What certainly did not reach Asterisk is tried again: somebody is on the line."""
        for pause in AGAIN_AFTER:
            try:
                return await self._do(call, action)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
                await asyncio.sleep(pause)
        await self._do(call, action)

    async def _do(self, call: Call, action: Action) -> None:
        channel = f"/channels/{call.token}"
        match action:
            case acts.Play(media, note):
                if note is not None:
                    await self._note(call, note)
                for playback, uri in media.items():
                    await self._post(f"{channel}/play/{playback}", media=uri)
            case acts.Stop(playbacks):
                for playback in playbacks:
                    await self._delete(f"/playbacks/{playback}")
            case acts.Detect():
                if await self._detects(call):
                    await self._post(f"{channel}/continue", context=AMD_CONTEXT, extension="s", priority=1)
                else:
                    raw = json.dumps({"dialplan": f"{AMD_CONTEXT} is missing"})
                    self.enact(call, call.on_undetectable(self._clock.monotonic()), raw=raw)
            case acts.Listen(note):
                await self._note(call, note)
                await self._post(f"{channel}/variable", variable="TALK_DETECT(set)", value=f"{QUIET_MS},256")
            case acts.HangUp():
                await self._delete(channel, reason="normal")
            case acts.Transfer():
                await self._transfer(call, action)
            case acts.Bridge():
                await self._post(f"{channel}/ring", method="DELETE")
                await self._post("/bridges", type="mixing", bridgeId=call.token)
                both = f"{call.token},{LEG}{call.token}"
                await self._post(f"/bridges/{call.token}/addChannel", channel=both)
            case acts.Unbridge():
                leg = await self._delete(f"/channels/{LEG}{call.token}", reason="normal")
                await self._delete(f"/bridges/{call.token}")
                if leg.status_code in GONE:
                    self.enact(call, call.on_other_leg(up=False), raw=json.dumps({"leg": leg.status_code}))

    async def _transfer(self, call: Call, action: acts.Transfer) -> None:
        await self._note(call, action.note)
        await self._post(f"/channels/{call.token}/ring")
        note = await self._second_line(call)
        if note is None:
            return
        await self._note(call, note)
        if call.dialled() is None:
            return
        leg: dict[str, str | int] = {
            "endpoint": self._dial_string(action.to),
            "app": self.app,
            "appArgs": "transfer",
            "channelId": LEG + call.token,
            "timeout": round(action.ring),
        }
        if action.caller_id:
            leg["callerId"] = action.caller_id
        answer = await self._client.post("/channels", params=leg)
        if answer.is_client_error:
            call.other_leg = False
        answer.raise_for_status()

    async def _second_line(self, call: Call) -> str | None:
        """Wait until one is free; the callee hears it ring. The note to keep then; None where nobody waits any more.
        Raises NoLine when none came free for too long."""
        if call.stage is Stage.CONNECTING:
            # It has its line; what was asked for after that could not be sent, and is asked for again.
            return call.dialled()
        until = self._clock.monotonic() + LINE_MOST
        while not await asyncio.to_thread(self.may_transfer, call.token):
            if self._clock.monotonic() >= until:
                raise NoLine("no line came free for the transfer")
            await asyncio.sleep(LINE_AGAIN)
            if not call.waits:
                return None
        return call.dialled()

    async def _note(self, call: Call, note: str) -> None:
        await self._post(f"/channels/{call.token}/variable", variable=NOTE_VARIABLE, value=note)

    async def _detects(self, call: Call) -> bool:
        """Whether the dialplan has what detection needs; asked once per connection."""
        if self.detects is None:
            found = await self._client.get(
                f"/channels/{call.token}/variable",
                params={"variable": f"DIALPLAN_EXISTS({AMD_CONTEXT},s,1)"},
            )
            if found.status_code != 200:
                # The call is over already, or this Asterisk cannot say (func_dialplan is not loaded): it is tried.
                return True
            self.detects = found.json().get("value") != "0"
        return self.detects

    @property
    def _client(self) -> httpx.AsyncClient:
        if self.aclient is None:
            raise RuntimeError("not connected")
        return self.aclient

    async def _post(self, path: str, method: str = "POST", **query: str | int) -> None:
        """A request that has to succeed, unless the call is over meanwhile. Raises httpx.HTTPStatusError."""
        answer = await self._client.request(method, path, params=query)
        if answer.status_code not in GONE:
            answer.raise_for_status()

    async def _delete(self, path: str, **query: str) -> httpx.Response:
        return await self._client.delete(path, params=query)


def lasted(event: dict[str, Any]) -> float:
    """Seconds from the channel's creation to this event, on Asterisk's clock."""
    try:
        return seconds_between(str(event["channel"]["creationtime"]), str(event["timestamp"]))
    except (KeyError, ValueError):
        return 0.0


def seconds_between(earlier: str, later: str) -> float:
    """Of two of Asterisk's timestamps. Raises ValueError."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
