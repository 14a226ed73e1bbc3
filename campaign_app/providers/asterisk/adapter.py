"""The provider that dials through an Asterisk (`base.Provider`)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from campaign_app.clock import SYSTEM, Clock
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus, CallUpdate
from campaign_app.domain.script import OnMachine, Segment
from campaign_app.providers.asterisk import score as scores
from campaign_app.providers.asterisk.ari import TIMEOUT, Ari
from campaign_app.providers.asterisk.call import DETECT_MS, Call
from campaign_app.providers.asterisk.causes import Ending, fate
from campaign_app.providers.asterisk.connection import Connection
from campaign_app.providers.asterisk.journal import Entry, Journal
from campaign_app.providers.asterisk.resync import Resync
from campaign_app.providers.asterisk.sounds import Sounds, Unplayable
from campaign_app.providers.asterisk.stages import Stage
from campaign_app.providers.asterisk.switchroom import AMD_CONTEXT, Switchroom
from campaign_app.providers.base import Caps, Dial, InDoubt, Placed, Rejected, Unavailable

S = AttemptStatus
RING_MOST = 60.0
TALK_MOST = 600.0
SLACK = 30.0
"""Seconds: a call rings and talks no longer than this, and its horizon lies so much after."""
UNPLAYABLE_SECONDS = 60.0
"""For so long a message that Asterisk could not play is not tried again."""
STATES = {"Up": S.IN_PROGRESS, "Ringing": S.RINGING}


class Asterisk:
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
        clock: Clock = SYSTEM,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        if "{number}" not in endpoint and "{digits}" not in endpoint:
            raise ValueError(f"the endpoint {endpoint!r} has neither {{number}} nor {{digits}} in it")
        self.caps = Caps(
            blocking=True,
            horizon=RING_MOST + TALK_MOST + SLACK,
            lookup_by_token=True,
            exclusive=True,
            needs_audio=True,
        )
        self._app = app
        self._endpoint = endpoint
        self._clock = clock
        self._ari = Ari(url, user, password, timeout=timeout)
        self._sounds = Sounds(audio, sounds, sounds_as, clock)
        self._journal = None if journal is None else Journal(journal)
        self._room = Switchroom(app, self._dial_string, clock)
        self._resync = Resync(self._room, self._journal, endpoint_of(endpoint), clock)
        self._client: httpx.AsyncClient | None = None
        self._watch: asyncio.Task[None] | None = None
        self._connection = Connection(
            self._ari,
            app,
            prepare=self._prepare,
            hear=self._room.hear,
            finish=self._finish,
            changed=self._changed,
        )

    def ready(self) -> str | None:
        """The first time it is asked, the connection is begun."""
        self._connection.start()
        return self._connection.trouble or self._resync.endpoint_trouble

    def given_up(self) -> str | None:
        return self._connection.given_up

    def place(self, attempt: Dial) -> Placed:
        trouble = self._connection.trouble or self._resync.endpoint_trouble
        if trouble is not None:
            # Asterisk would take the call, and drop whoever answers: nobody is there to take it over.
            raise Unavailable(trouble)
        score = self._score(attempt)
        call = Call(attempt.token, score, self._resync.boot)
        query: dict[str, str | int] = {
            "endpoint": self._dial_string(attempt.to),
            "app": self._app,
            "timeout": max(1, round(score.ring)),
        }
        if attempt.caller_id:
            query["callerId"] = attempt.caller_id
        variables = {
            scores.VARIABLE: score.dumps(),
            "SWITCHBOARD_APP": self._app,
            "SWITCHBOARD_AMD_MS": str(DETECT_MS),
            # Asterisk ends the call by itself, should no engine be there to do it.
            "TIMEOUT(absolute)": str(round(score.ring + score.talk + SLACK / 2)),
        }
        self._room.admit(call)
        try:
            self._ari.originate(attempt.token, query, variables)
        except InDoubt:
            # If it was placed, its events come; if not, nobody else will ever take it off the list.
            self._connection.call(self._expire, attempt.token)
            raise
        except Exception:
            self._room.forget(attempt.token)
            raise
        return Placed(attempt.token)

    def hangup(self, token: str, ref: str | None) -> None:
        self._connection.call(self._mark_hung_up, token)
        self._ari.hangup(token)

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        told = self._room.told(token)
        if told and told[-1].status in OUTCOMES:
            return told
        call = self._room.find(token)
        if call is not None and call.stage is Stage.PARTING:
            # Its end is known, and told when the other leg has ended: that holds a line, too.
            return told
        channel = self._ari.channel(token)
        if channel is not None:
            status = STATES.get(str(channel.get("state")), S.QUEUED)
            return [self._news(token, status, raw=json.dumps(channel, separators=(",", ":")))]
        entry = None if self._journal is None else self._journal.find(token)
        if entry is not None and entry.ended is not None:
            return [*told, self._from_journal(token, entry)]
        # It may have ended in this moment; else what became of it is not known here.
        told = self._room.told(token)
        return told if told and told[-1].status in OUTCOMES else []

    def events(self) -> Sequence[CallUpdate]:
        return self._room.take()

    def on_news(self, wake: Callable[[], None]) -> None:
        self._room.wake = wake

    def on_transfer(self, may_dial: Callable[[str], bool]) -> None:
        self._room.may_transfer = may_dial

    def close(self) -> None:
        self._connection.close()
        self._ari.close()

    async def _prepare(self) -> None:
        if self._client is None:
            self._client = self._ari.aclient()
            self._watch = asyncio.create_task(self._resync.watch(self._client, self._changed))
        await self._resync.run(self._client)

    async def _finish(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _changed(self) -> None:
        self._room.wake()

    def _expire(self, token: str) -> None:
        asyncio.get_running_loop().call_later(self.caps.horizon, self._room.forget, token)

    def _dial_string(self, number: str) -> str:
        return self._endpoint.replace("{number}", number).replace("{digits}", number.removeprefix("+"))

    def _score(self, attempt: Dial) -> scores.Score:
        """Raises Rejected: what is wrong is the message or the set-up, not the number."""
        if attempt.script.on_machine is not OnMachine.AS_HUMAN and self._room.detects is False:
            raise Rejected(
                f"Asterisk's dialplan has no [{AMD_CONTEXT}]: answering machines cannot be told from persons",
                permanent=False,
                ours=True,
            )
        try:
            score = scores.write(attempt, self._sounds.put, ring_most=RING_MOST, talk_most=TALK_MOST)
        except Unplayable as error:
            raise Rejected(str(error), permanent=False, ours=True) from error
        since = self._clock.monotonic() - UNPLAYABLE_SECONDS
        silent = [media for media in score.message if self._room.unplayable.get(media, since) > since]
        if silent:
            raise Rejected(
                f"Asterisk could not play {silent[0]}: compare ASTERISK_SOUNDS and ASTERISK_SOUNDS_AS",
                permanent=False,
                ours=True,
            )
        return score

    def _mark_hung_up(self, token: str) -> None:
        call = self._room.find(token)
        if call is not None:
            call.hung_up = True

    def _news(self, token: str, status: AttemptStatus, raw: str) -> CallUpdate:
        return CallUpdate(token, status, self._clock.now(), provider_ref=token, raw=raw)

    def _from_journal(self, token: str, entry: Entry) -> CallUpdate:
        became = fate(Ending(entry.cause, was_up=entry.answered is not None))
        return CallUpdate(
            token,
            became.status,
            self._clock.now(),
            provider_ref=token,
            cause=became.words,
            q850=entry.cause,
            permanent=became.permanent,
            congestion=became.congestion,
            trunk_down=became.trunk_down,
            raw=entry.raw,
        )


def endpoint_of(dial_string: str) -> str | None:
    """What ARI calls the endpoint of a dial string: `PJSIP/trunk` for `PJSIP/{number}@trunk`; None where the string
    names none that can be looked up."""
    found = re.fullmatch(r"(PJSIP)/[^@/]*\{(?:number|digits)\}@([\w.-]+)", dial_string)
    return None if found is None else f"{found[1]}/{found[2]}"
