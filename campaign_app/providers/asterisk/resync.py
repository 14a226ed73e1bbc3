"""Resynchronization after each connect: what happened to calls meanwhile, and whether calls can be placed at all.

Asterisk's list of channels is asked first. A call that is not on it has ended: how, is known if it had been answered,
if the journal has it, or if Asterisk was started anew since. Else nothing is claimed, and the attempt stays in doubt.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx

from campaign_app.clock import Clock
from campaign_app.domain.script import OnMachine
from campaign_app.providers.asterisk.ari import Json, describe_error, json_body
from campaign_app.providers.asterisk.call import AsteriskCall
from campaign_app.providers.asterisk.call_actions import CallAction
from campaign_app.providers.asterisk.call_manager import (
    LEG_PREFIX,
    NOTE_VARIABLE,
    CallManager,
    seconds_between,
)
from campaign_app.providers.asterisk.cel_journal import CelJournal, CelRecord
from campaign_app.providers.asterisk.connection import CannotPlaceCalls
from campaign_app.providers.asterisk.playback_plan import PLAN_VARIABLE, PlaybackPlan

log = logging.getLogger(__name__)

WATCH_SECONDS = 5.0
TOKEN = re.compile(r"[0-9a-f]{32}")
EVENTS = (
    *("ApplicationReplaced", "StasisStart", "ChannelStateChange", "ChannelDestroyed", "ChannelHangupRequest"),
    *("ChannelDtmfReceived", "ChannelTalkingStarted", "ChannelTalkingFinished", "PlaybackFinished"),
)
"""All that is wanted of an application's events: a third of what Asterisk would send."""


class CallResync:
    """`endpoints` are those that the dial string may name, such as `PJSIP/trunk`: they are looked at."""

    def __init__(
        self, call_manager: CallManager, journal: CelJournal | None, endpoint: str | None, clock: Clock
    ) -> None:
        self._call_manager = call_manager
        self._journal = journal
        self._endpoint = endpoint
        self._clock = clock
        self.boot = ""
        """When this Asterisk started, in its own words."""
        self.endpoint_error: str | None = None

    async def resync_calls(self, client: httpx.AsyncClient) -> None:
        """Raises Refused where no call can be placed, httpx.HTTPError as Refused too."""
        try:
            await self._resync_all(client)
        except httpx.HTTPError as error:
            raise CannotPlaceCalls(f"Asterisk cannot be asked: {describe_error(error)}") from error

    async def _resync_all(self, client: httpx.AsyncClient) -> None:
        info = await self._get_object(client, "/asterisk/info")
        self.boot = str(info.get("status", {}).get("startup_time", ""))
        call_manager = self._call_manager
        call_manager.reset_connection(client)
        allowed = {"allowed": [{"type": kind} for kind in EVENTS]}
        (await client.put(f"/applications/{call_manager.app}/eventFilter", json=allowed)).raise_for_status()
        app = await self._get_object(client, f"/applications/{call_manager.app}")
        # The bridges first: one whose call has no channel afterwards is left over, never one that is just being made.
        bridges = await client.get("/bridges")
        bridges.raise_for_status()
        listed = await client.get("/channels")
        listed.raise_for_status()
        channels: dict[str, Json] = {str(channel["id"]): channel for channel in listed.json()}
        for call in call_manager.all_calls():
            if call.token not in channels:
                await self._end_lost_call(call, channels.get(LEG_PREFIX + call.token))
        ours = {str(name) for name in app.get("channel_ids", ())} | {
            call.token for call in call_manager.all_calls()
        }
        for token in sorted(ours & channels.keys()):
            if TOKEN.fullmatch(token):
                await self._resume_live_call(client, channels[token], channels.get(LEG_PREFIX + token))
        for leg in sorted(name for name in ours & channels.keys() if name.startswith(LEG_PREFIX)):
            token = leg.removeprefix(LEG_PREFIX)
            if token not in channels and call_manager.find_call(token) is None:
                log.info("the other leg of call %s is ended: the call has, while nobody listened", token)
                await client.delete(f"/channels/{leg}", params={"reason": "normal"})
        for token in sorted(str(bridge["id"]) for bridge in bridges.json()):
            if TOKEN.fullmatch(token) and token not in channels:
                await client.delete(f"/bridges/{token}")
        await self._look_at_endpoint(client)

    async def watch_endpoint(self, client: httpx.AsyncClient, on_change: Callable[[], None]) -> None:
        """Look at the endpoint again and again; `changed` when it came or went."""
        while self._endpoint is not None:
            await asyncio.sleep(WATCH_SECONDS)
            before = self.endpoint_error
            try:
                await self._look_at_endpoint(client)
            except httpx.HTTPError:
                # No answer at all is the connection's to notice.
                continue
            if self.endpoint_error != before:
                on_change()

    async def _look_at_endpoint(self, client: httpx.AsyncClient) -> None:
        if self._endpoint is None:
            return
        answer = await client.get(f"/endpoints/{self._endpoint}")
        self.endpoint_error = None
        if answer.status_code == 404:
            self.endpoint_error = (
                f"Asterisk has no endpoint {self._endpoint}: compare ASTERISK_ENDPOINT and pjsip.conf"
            )
        elif json_body(answer).get("state") == "offline":
            self.endpoint_error = f"Asterisk cannot reach its endpoint {self._endpoint}: it is offline"

    async def _get_object(self, client: httpx.AsyncClient, path: str) -> Json:
        answer = await client.get(path)
        if answer.status_code in (401, 403):
            raise CannotPlaceCalls("Asterisk refuses the user name or the password: see ari.conf")
        answer.raise_for_status()
        return json_body(answer)

    async def _end_lost_call(self, call: AsteriskCall, leg: Json | None) -> None:
        """A call of which Asterisk has no channel any more. `leg`: the channel it was transferred to, if that is up."""
        if leg is None:
            self._call_manager.execute_actions(
                call, call.on_transfer_leg(up=False), raw='{"resync":"no other leg"}'
            )
        if call.has_ended:
            return
        entry = None
        if self._journal is not None:
            entry = await asyncio.to_thread(self._journal.find_record, call.token)
        if entry is not None and entry.ended is not None:
            actions, raw = end_from_journal(call, entry), entry.raw
        elif call.is_up:
            actions, raw = (
                call.on_destroyed(0, "its end was not heard"),
                '{"resync":"gone, and had been answered"}',
            )
        elif call.boot and call.boot != self.boot:
            was_up = entry is not None and entry.answered is not None
            actions = call.on_destroyed(0, "Asterisk was restarted during the call", was_up=was_up)
            raw = json.dumps({"resync": "Asterisk was restarted", "placed": call.boot, "now": self.boot})
        else:
            return
        self._call_manager.execute_actions(call, actions, raw=raw)

    async def _resume_live_call(self, client: httpx.AsyncClient, channel: Json, leg: Json | None) -> None:
        """A call that is still there: one of ours, or one of the process that had the application before."""
        token, state = str(channel["id"]), channel.get("state")
        call = self._call_manager.find_call(token)
        if call is not None:
            await self._catch_up_call(client, call, channel, leg)
            return
        call = await self._take_over_call(client, token)
        if call is None:
            return
        self._call_manager.register_call(call)
        log.info("call %s is taken over", token)
        raw = json.dumps({"resync": "taken over", "state": state})
        if state == "Ringing":
            self._call_manager.execute_actions(call, call.on_ringing(), raw=raw)
        if state == "Up":
            now = self._clock.monotonic()
            if channel.get("dialplan", {}).get("app_name") != "Stasis":
                if call.plan.on_machine is not OnMachine.AS_HUMAN:
                    self._call_manager.execute_actions(call, call.back_to_detection(now), raw=raw)
                return
            playing = await _find_playing(client, call.playback_ids())
            seconds_up = await _seconds_since_creation(client, channel)
            leg_state = None if leg is None else str(leg.get("state"))
            bridged = leg_state == "Up" and await _is_bridged(client, token)
            actions = call.resume_call(now, playing, seconds_up, leg_state=leg_state, bridged=bridged)
            self._call_manager.execute_actions(call, actions, raw=raw)

    async def _take_over_call(self, client: httpx.AsyncClient, token: str) -> AsteriskCall | None:
        plan_json = await _read_variable(client, token, PLAN_VARIABLE)
        if plan_json is None:
            return None
        try:
            note = await _read_variable(client, token, NOTE_VARIABLE)
            return AsteriskCall.from_handover(
                token, PlaybackPlan.from_json(plan_json), self.boot, note or None
            )
        except ValueError as error:
            log.warning("call %s cannot be taken over: %s", token, error)
            return None

    async def _catch_up_call(
        self, client: httpx.AsyncClient, call: AsteriskCall, channel: Json, leg: Json | None
    ) -> None:
        """What our own call did meanwhile."""
        raw, now = json.dumps({"resync": channel.get("state")}), self._clock.monotonic()
        if channel.get("state") == "Ringing":
            self._call_manager.execute_actions(call, call.on_ringing(), raw=raw)
        in_stasis = channel.get("dialplan", {}).get("app_name") == "Stasis"
        if channel.get("state") == "Up" and in_stasis:
            self._call_manager.execute_actions(call, call.on_answered(now), raw=raw)
        if call.has_transfer_leg and (leg is None or leg.get("state") == "Up"):
            self._call_manager.execute_actions(call, call.on_transfer_leg(up=leg is not None), raw=raw)
        begun_playbacks = set(call.playing) if call.is_up else set()
        for playback in sorted(begun_playbacks - await _find_playing(client, sorted(begun_playbacks))):
            self._call_manager.execute_actions(call, call.on_playback(playback, failed=False), raw=raw)


def end_from_journal(call: AsteriskCall, entry: CelRecord) -> list[CallAction]:
    """The end of a call as the journal has it."""
    return call.on_destroyed(
        entry.cause, was_up=entry.answered is not None, timed_out=entry.lasted(call.plan.ring)
    )


async def _find_playing(client: httpx.AsyncClient, playbacks: list[str]) -> set[str]:
    """Those that Asterisk still has: it forgets a playback when it is over."""
    playing = set()
    for playback in playbacks:
        if (await client.get(f"/playbacks/{playback}")).status_code == 200:
            playing.add(playback)
    return playing


async def _is_bridged(client: httpx.AsyncClient, token: str) -> bool:
    """Whether a call is in the bridge that joins it with its other leg."""
    answer = await client.get(f"/bridges/{token}")
    return answer.status_code == 200 and token in json_body(answer).get("channels", ())


async def _read_variable(client: httpx.AsyncClient, token: str, name: str) -> str | None:
    answer = await client.get(f"/channels/{token}/variable", params={"variable": name})
    return str(json_body(answer).get("value")) if answer.status_code == 200 else None


async def _seconds_since_creation(client: httpx.AsyncClient, channel: Json) -> float:
    """On Asterisk's own clock, which its reload time does not tell: its HTTP date does."""
    answer = await client.get("/asterisk/info", params={"only": "status"})
    try:
        created = str(channel["creationtime"])
        date = answer.headers["date"]
        return seconds_between(created, http_date(date))
    except (KeyError, ValueError):
        return 0.0


def http_date(date: str) -> str:
    """An HTTP date as Asterisk writes its timestamps."""
    return parsedate_to_datetime(date).strftime("%Y-%m-%dT%H:%M:%S.000%z")
