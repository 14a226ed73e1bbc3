"""Call manager: takes Asterisk's events to the calls that are up, executes what they ask for, and queues their
updates.

Everything here runs on the connection's loop but `register_call`, `forget_call`, `find_call`, `updates_for` and
`take_updates`.
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
from campaign_app.providers.asterisk import call_actions
from campaign_app.providers.asterisk.ari import GONE, describe_error
from campaign_app.providers.asterisk.call import QUIET_MS, AsteriskCall
from campaign_app.providers.asterisk.call_actions import CallAction
from campaign_app.providers.asterisk.call_states import CallState, EndRequester
from campaign_app.providers.asterisk.connection import Event

log = logging.getLogger(__name__)

KEEP_ENDED = 5_000
"""Ended calls whose news is kept for look-ups."""
AMD_CONTEXT = "switchboard-amd"
NOTE_VARIABLE = "SWITCHBOARD_NOTE"
LEG_PREFIX = "transfer-"
"""Begins the channel id of a transfer's other leg. Not the token's own beginning: ids conflict by prefix."""
RAW_MOST = 2_000
LINE_MOST, LINE_AGAIN = 30.0, 0.5
"""Seconds that a transfer waits for a free line, and between two looks."""
AGAIN_AFTER = (0.1, 0.5, 1.0)
"""Seconds."""


class NoFreeLine(RuntimeError):
    """No line came free for a transfer."""


class CallManager:
    """`dial_string` makes a number an endpoint. `async_client` asks Asterisk; it is set on the loop at each connect."""

    def __init__(self, app: str, dial_string: Callable[[str], str], clock: Clock) -> None:
        self.app = app
        self.async_client: httpx.AsyncClient | None = None
        self.wake: Callable[[], None] = lambda: None
        self.may_transfer: Callable[[str, str], bool] = lambda token, to: True
        """Whether a call may be connected with somebody, on a second line; asked in a thread, for it may wait."""
        self.has_detection: bool | None = None
        """Whether the dialplan can tell persons from machines; None until a call asked."""
        self.unplayable: dict[str, float] = {}
        """Media that Asterisk failed to play, and when (monotonic)."""
        self._dial_string = dial_string
        self._clock = clock
        self._calls: dict[str, AsteriskCall] = {}
        self._updates_by_token: OrderedDict[str, list[CallUpdate]] = OrderedDict()
        self._inbox: deque[CallUpdate] = deque()
        self._action_queues: dict[str, deque[CallAction]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def register_call(self, call: AsteriskCall) -> None:
        """Before it is placed, so that its first event finds it."""
        self._calls[call.token] = call

    def forget_call(self, token: str) -> None:
        """It was certainly not placed."""
        self._calls.pop(token, None)

    def find_call(self, token: str) -> AsteriskCall | None:
        return self._calls.get(token)

    def all_calls(self) -> list[AsteriskCall]:
        return list(self._calls.values())

    def updates_for(self, token: str) -> Sequence[CallUpdate]:
        """The news of one call so far, oldest first."""
        return list(self._updates_by_token.get(token, ()))

    def take_updates(self) -> list[CallUpdate]:
        """The news since the last time."""
        updates = []
        while self._inbox:
            updates.append(self._inbox.popleft())
        return updates

    def reset_connection(self, client: httpx.AsyncClient) -> None:
        """A new connection: what was known of the dialplan may have changed."""
        self.async_client = client
        self.has_detection = None
        self.unplayable.clear()

    def handle_event(self, event: Event) -> None:
        """One event. Those of channels that are not ours are none of our business."""
        channel = event.get("channel") or {}
        token = str(channel.get("id") or "")
        now = self._clock.monotonic()
        kind = event.get("type")
        if token.startswith(LEG_PREFIX):
            self._handle_leg_event(token.removeprefix(LEG_PREFIX), str(kind))
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
                if call.last_error is not None:
                    self.unplayable[str(playback["media_uri"])] = now
            case "ChannelDtmfReceived":
                actions = call.on_key(str(event.get("digit")))
            case "ChannelTalkingStarted" | "ChannelTalkingFinished":
                actions = call.on_talking(kind == "ChannelTalkingStarted")
            case "ChannelHangupRequest":
                call.on_end_request(EndRequester.CALLEE)
                return
            case "ChannelDestroyed":
                actions = call.on_destroyed(
                    int(event.get("cause") or 0),
                    str(event.get("cause_txt") or ""),
                    event.get("tech_cause") if isinstance(event.get("tech_cause"), int) else None,
                    # Asterisk says Up of a channel that was dropped before it came to us.
                    was_up=channel.get("state") == "Up",
                    timed_out=channel_seconds(event) >= call.plan.ring - 0.5,
                )
            case _:
                return
        self.execute_actions(call, actions, raw=json.dumps(event, separators=(",", ":"))[:RAW_MOST])

    def execute_actions(self, call: AsteriskCall, actions: Sequence[CallAction], *, raw: str) -> None:
        """Do what a call asks for: news and timers at once, requests one after the other."""
        for action in actions:
            if isinstance(action, call_actions.ReportStatus):
                self._report_update(call, action, raw)
            elif isinstance(action, call_actions.StartTimer):
                asyncio.get_running_loop().call_later(action.seconds, self._on_timer, call, action.name)
            else:
                queue = self._action_queues.get(call.token)
                if queue is not None:
                    queue.append(action)
                    continue
                self._action_queues[call.token] = deque([action])
                self._start_task(self._run_queue(call))

    def _start_task(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _handle_leg_event(self, token: str, kind: str) -> None:
        call = self._calls.get(token)
        if call is None:
            if kind == "StasisStart":
                self._start_task(self._delete_resource(f"/channels/{LEG_PREFIX}{token}", reason="normal"))
            return
        raw = json.dumps({"type": kind, "channel": LEG_PREFIX + token})
        if kind == "StasisStart":
            self.execute_actions(call, call.on_transfer_leg(up=True), raw=raw)
        elif kind == "ChannelDestroyed":
            self.execute_actions(call, call.on_transfer_leg(up=False), raw=raw)

    def _on_timer(self, call: AsteriskCall, name: str) -> None:
        if not call.has_ended:
            self.execute_actions(call, call.on_timer(name), raw=json.dumps({"timer": name}))

    def _report_update(self, call: AsteriskCall, report: call_actions.ReportStatus, raw: str) -> None:
        update = CallUpdate(
            call.token, report.status, self._clock.now(), provider_ref=call.token, raw=raw, **report.details
        )
        self._updates_by_token.setdefault(call.token, []).append(update)
        self._inbox.append(update)
        if call.has_ended:
            self._calls.pop(call.token, None)
            while len(self._updates_by_token) > KEEP_ENDED + len(self._calls):
                self._updates_by_token.popitem(last=False)
        self.wake()

    async def _run_queue(self, call: AsteriskCall) -> None:
        """What one call wants of Asterisk, in order."""
        queue = self._action_queues[call.token]
        try:
            while queue:
                action = queue.popleft()
                try:
                    await self._execute_with_retry(call, action)
                except Exception as error:
                    # Whatever it is, nobody is left in silence.
                    is_expected = isinstance(error, httpx.HTTPError | RuntimeError)
                    log_format = "call %s: %s failed: %s"
                    log.warning(
                        log_format,
                        call.token,
                        type(action).__name__,
                        describe_error(error),
                        exc_info=not is_expected,
                    )
                    if not isinstance(
                        action, call_actions.HangUp | call_actions.StopPlaybacks | call_actions.EndTransferLeg
                    ):
                        why = f"Asterisk could not be told what to do ({describe_error(error)})"
                        if isinstance(error, NoFreeLine):
                            why = str(error)
                        self.execute_actions(call, call.on_failure(why), raw=json.dumps({"failure": why}))
        finally:
            del self._action_queues[call.token]

    async def _execute_with_retry(self, call: AsteriskCall, action: CallAction) -> None:
        """What certainly did not reach Asterisk is tried again: somebody is on the line."""
        for pause in AGAIN_AFTER:
            try:
                return await self._execute_action(call, action)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
                await asyncio.sleep(pause)
        await self._execute_action(call, action)

    async def _execute_action(self, call: AsteriskCall, action: CallAction) -> None:
        channel = f"/channels/{call.token}"
        match action:
            case call_actions.PlayMedia(media, note):
                if note is not None:
                    await self._store_note(call, note)
                for playback, uri in media.items():
                    await self._post_request(f"{channel}/play/{playback}", media=uri)
            case call_actions.StopPlaybacks(playbacks):
                for playback in playbacks:
                    await self._delete_resource(f"/playbacks/{playback}")
            case call_actions.DetectMachine():
                if await self._check_detection(call):
                    await self._post_request(
                        f"{channel}/continue", context=AMD_CONTEXT, extension="s", priority=1
                    )
                else:
                    raw = json.dumps({"dialplan": f"{AMD_CONTEXT} is missing"})
                    self.execute_actions(call, call.on_undetectable(self._clock.monotonic()), raw=raw)
            case call_actions.DetectTalking(note):
                await self._store_note(call, note)
                await self._post_request(
                    f"{channel}/variable", variable="TALK_DETECT(set)", value=f"{QUIET_MS},256"
                )
            case call_actions.HangUp():
                await self._delete_resource(channel, reason="normal")
            case call_actions.DialTransferLeg():
                await self._dial_transfer_leg(call, action)
            case call_actions.BridgeLegs():
                await self._post_request(f"{channel}/ring", method="DELETE")
                await self._post_request("/bridges", type="mixing", bridgeId=call.token)
                both = f"{call.token},{LEG_PREFIX}{call.token}"
                await self._post_request(f"/bridges/{call.token}/addChannel", channel=both)
            case call_actions.EndTransferLeg():
                leg = await self._delete_resource(f"/channels/{LEG_PREFIX}{call.token}", reason="normal")
                await self._delete_resource(f"/bridges/{call.token}")
                if leg.status_code in GONE:
                    self.execute_actions(
                        call, call.on_transfer_leg(up=False), raw=json.dumps({"leg": leg.status_code})
                    )

    async def _dial_transfer_leg(self, call: AsteriskCall, action: call_actions.DialTransferLeg) -> None:
        await self._store_note(call, action.note)
        await self._post_request(f"/channels/{call.token}/ring")
        note = await self._wait_for_line(call, action.to)
        if note is None:
            return
        await self._store_note(call, note)
        if call.begin_transfer_leg() is None:
            return
        leg: dict[str, str | int] = {
            "endpoint": self._dial_string(action.to),
            "app": self.app,
            "appArgs": "transfer",
            "channelId": LEG_PREFIX + call.token,
            "timeout": round(action.ring),
        }
        if action.caller_id:
            leg["callerId"] = action.caller_id
        answer = await self._connected_client.post("/channels", params=leg)
        if answer.is_client_error:
            refusal = json.dumps({"leg": answer.status_code})
            self.execute_actions(call, call.on_leg_refused(), raw=refusal)
        answer.raise_for_status()

    async def _wait_for_line(self, call: AsteriskCall, to: str) -> str | None:
        """Wait until one is free; the callee hears it ring. The note to keep then; None where nobody waits any more.
        Raises NoLine when none came free for too long."""
        if call.state is CallState.CONNECTING:
            # It has its line; what was asked for after that could not be sent, and is asked for again.
            return call.begin_transfer_leg()
        until = self._clock.monotonic() + LINE_MOST
        while not await asyncio.to_thread(self.may_transfer, call.token, to):
            if self._clock.monotonic() >= until:
                raise NoFreeLine("no line came free for the transfer, or that number may not be called now")
            await asyncio.sleep(LINE_AGAIN)
            if not call.awaits_line:
                return None
        return call.begin_transfer_leg()

    async def _store_note(self, call: AsteriskCall, note: str) -> None:
        await self._post_request(f"/channels/{call.token}/variable", variable=NOTE_VARIABLE, value=note)

    async def _check_detection(self, call: AsteriskCall) -> bool:
        """Whether the dialplan has what detection needs; asked once per connection."""
        if self.has_detection is None:
            answer = await self._connected_client.get(
                f"/channels/{call.token}/variable",
                params={"variable": f"DIALPLAN_EXISTS({AMD_CONTEXT},s,1)"},
            )
            if answer.status_code != 200:
                # The call is over already, or this Asterisk cannot say (func_dialplan is not loaded): it is tried.
                return True
            self.has_detection = answer.json().get("value") != "0"
        return self.has_detection

    @property
    def _connected_client(self) -> httpx.AsyncClient:
        if self.async_client is None:
            raise RuntimeError("not connected")
        return self.async_client

    async def _post_request(self, path: str, method: str = "POST", **query: str | int) -> None:
        """A request that has to succeed, unless the call is over meanwhile. Raises httpx.HTTPStatusError."""
        answer = await self._connected_client.request(method, path, params=query)
        if answer.status_code not in GONE:
            answer.raise_for_status()

    async def _delete_resource(self, path: str, **query: str) -> httpx.Response:
        return await self._connected_client.delete(path, params=query)


def channel_seconds(event: dict[str, Any]) -> float:
    """Seconds from the channel's creation to this event, on Asterisk's clock."""
    try:
        return seconds_between(str(event["channel"]["creationtime"]), str(event["timestamp"]))
    except (KeyError, ValueError):
        return 0.0


def seconds_between(earlier: str, later: str) -> float:
    """Of two of Asterisk's timestamps. Raises ValueError."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
