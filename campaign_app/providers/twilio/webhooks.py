"""What Twilio tells and asks by calling us: statuses, what to say, pressed keys, human or machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl

from campaign_app.clock import SYSTEM, Clock
from campaign_app.domain.attempt import OUTCOMES, AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.domain.script import Disposition, MenuKey, KeyAction, OnMachine, Segment
from campaign_app.domain.webhook import WebhookReply, WebhookDelivery, ForgedRequest, MalformedRequest, CallSnapshot
from campaign_app.providers.base import ProviderError

from . import mapping, twiml
from .account import Account
from .client import SID, Client
from .urls import AMD, KEYS, PARTS, PLAYED, TRANSFER, VOICE, Urls

MOST_FIELDS = 200
XML = "text/xml"
LINE_MOST = 20
"""How often, a second or two apart, a transfer asks for a line before the call ends."""
FOLLOW_UP_TIMEOUT = 3.0
"""Seconds that a web server's thread may wait for Twilio."""
IN_PROGRESS = AttemptStatus.IN_PROGRESS
MACHINES = frozenset({AnsweredBy.MACHINE, AnsweredBy.FAX})

log = logging.getLogger("switchboard.twilio")


class _Asked(NamedTuple):
    """A delivery that is believed, as each address handles it."""

    token: str
    fields: Mapping[str, str]
    query: Mapping[str, str]
    standing: CallSnapshot
    now: datetime


class TwilioWebhooks:
    """The ear of one Twilio trunk."""

    def __init__(self, account: Account, urls: Urls, clock: Clock = SYSTEM) -> None:
        self._account, self._urls, self._clock = account, urls, clock

    def read_fields(self, delivery: WebhookDelivery) -> Mapping[str, str]:
        if delivery.part not in PARTS:
            raise MalformedRequest("no such address")
        try:
            pairs = parse_qsl(
                delivery.body.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_FIELDS,
            )
        except ValueError as error:
            # Twilio never sends such a thing, so it is not Twilio: nothing here is worth a signature.
            raise ForgedRequest(f"the body is no form: {error}") from None
        self._check(delivery, pairs)
        fields = dict(pairs)
        if fields.get("AccountSid") != self._account.sid:
            raise ForgedRequest("it is of another account")
        if not SID.fullmatch(fields.get("CallSid", "")):
            raise MalformedRequest("it names no call")
        return fields

    def wants_script(self, part: str) -> bool:
        return part != ""

    def handle_delivery(
        self, delivery: WebhookDelivery, fields: Mapping[str, str], snapshot: CallSnapshot, now: datetime
    ) -> WebhookReply:
        handle = {
            "": self._status,
            VOICE: self._voice,
            KEYS: self._keys,
            PLAYED: self._played,
            AMD: self._detected,
            TRANSFER: self._transferred,
        }[delivery.part]
        return handle(_Asked(delivery.token, fields, dict(parse_qsl(delivery.query)), snapshot, now))

    def unmatched_updates(self, delivery: WebhookDelivery, fields: Mapping[str, str], now: datetime) -> tuple[CallUpdate, ...]:
        status = mapping.STATUS.get(fields.get("CallStatus", ""), AttemptStatus.QUEUED)
        at = mapping.when(fields.get("Timestamp"), now)
        return (mapping.news(delivery.token, status, at, fields["CallSid"], fields),)

    def follow_up(self, token: str, fields: Mapping[str, str]) -> None:
        """Lead the call to the message for machines: with asynchronous detection it is playing the other one."""
        client = Client(self._account, self._clock, read_timeout=FOLLOW_UP_TIMEOUT)
        try:
            client.update(fields["CallSid"], {"Url": self._urls.of(token, VOICE, machine=1)})
        except ProviderError as error:
            # The call's own end asks again what to play (`_played`), so the message is left all the same, later.
            log.warning("attempt %s could not be led to the message for machines: %s", token, error)
        finally:
            client.close()

    def _check(self, delivery: WebhookDelivery, pairs: list[tuple[str, str]]) -> None:
        """HMAC-SHA1 over the address and the sorted fields, with either token. Every candidate is computed and
        compared in constant time, whatever the others gave."""
        # A field that is repeated counts once for each value, as in Twilio's own libraries.
        said = "".join(name + value for name, value in sorted(set(pairs)))
        given = delivery.signature.encode()
        matches = [
            hmac.compare_digest(_signature(token, url + said), given)
            for token in self._account.tokens
            for url in self._urls.signed(delivery.token, delivery.part, delivery.query)
        ]
        if not any(matches):
            raise ForgedRequest("the signature is missing or wrong")

    def _status(self, asked: _Asked) -> WebhookReply:
        status = mapping.STATUS.get(asked.fields.get("CallStatus", ""))
        if status is None:
            raise MalformedRequest(f"unknown call status {asked.fields.get('CallStatus', '')[:40]!r}")
        news = mapping.news(
            asked.token,
            status,
            mapping.when(asked.fields.get("Timestamp"), asked.now),
            asked.fields["CallSid"],
            asked.fields,
            sip=mapping.whole(asked.fields.get("SipResponseCode")),
            code=mapping.whole(asked.fields.get("ErrorCode")),
            who=mapping.answered_by(asked.fields.get("AnsweredBy")),
        )
        if status is AttemptStatus.COMPLETED and asked.standing.disposition is None:
            # Answered, and nothing was heard to its end, no key pressed, no machine hung up on.
            news = replace(news, disposition=Disposition.CUT_SHORT.value)
        return WebhookReply(updates=(news,))

    def _voice(self, asked: _Asked) -> WebhookReply:
        """The call was answered: what to play. With synchronous detection the verdict comes along."""
        script = asked.standing.script
        if asked.standing.status in OUTCOMES:
            # A call that we count as over, which an operator may have been told: it is not talked to.
            return WebhookReply(body=twiml.hangup(), content_type=XML)
        who = mapping.answered_by(asked.fields.get("AnsweredBy"))
        if asked.query.get("machine"):
            who = AnsweredBy.MACHINE
        disposition = None
        policy = script.on_machine
        if _leaves(who, policy):
            body = self._voicemail(asked)
        elif who in MACHINES and policy is not OnMachine.AS_HUMAN:
            body, disposition = twiml.hangup(), Disposition.MACHINE_HUNG_UP
        else:
            body = self._message(asked)
        return self._said(asked, body, disposition=disposition, who=who)

    def _keys(self, asked: _Asked) -> WebhookReply:
        script = asked.standing.script
        digit = asked.fields.get("Digits", "")
        key = script.key_for(digit) if len(digit) == 1 else None
        round_ = (mapping.whole(asked.query.get("n")) or 0) + 1
        again = self._message(asked, round_)
        if key is None:
            # Twilio stops playing at any key. One that means nothing must not cost the callee the message.
            return self._said(asked, again)
        if key.action is KeyAction.OPT_OUT:
            body = self._goodbye(script.confirm_opt_out)
            disposition: Disposition | None = Disposition.OPTED_OUT
        elif key.action is KeyAction.SURVEY_RESPONSE:
            body, disposition = self._goodbye(script.thanks), Disposition.RESPONDED
        elif key.action is KeyAction.TRANSFER:
            return self._connected(asked, key)
        else:
            body, disposition = again, None
        return self._said(asked, body, disposition=disposition, key=digit)

    def _transferred(self, asked: _Asked) -> WebhookReply:
        """The callee waits for a line on which the other leg of a transfer can be dialled."""
        key = asked.standing.script.key_for(asked.query.get("key", ""))
        if key is None or key.action is not KeyAction.TRANSFER:
            raise MalformedRequest("its script has no such transfer")
        return self._connected(asked, key, mapping.whole(asked.query.get("n")) or 0)

    def _connected(self, asked: _Asked, key: MenuKey, waits: int = 0) -> WebhookReply:
        """Twilio dials the other leg: a call too. While no line is free for it, it asks again, LINE_MOST times."""
        if asked.standing.status in OUTCOMES:
            return WebhookReply(body=twiml.hangup(), content_type=XML)
        # `From` is the number that the callee sees already, and one that this account may show.
        body = twiml.transfer(key, asked.fields.get("From"))
        instead = twiml.hangup()
        if waits < LINE_MOST:
            instead = twiml.ask_again(self._urls.of(asked.token, TRANSFER, key=key.digit, n=waits + 1))
        connected = self._said(asked, body, disposition=Disposition.TRANSFERRED, key=key.digit)
        return replace(connected, without_line=self._said(asked, instead, key=key.digit))

    def _played(self, asked: _Asked) -> WebhookReply:
        """What was to be played was heard to the end."""
        if asked.query.get("machine"):
            return self._said(asked, twiml.hangup(), disposition=Disposition.MACHINE_LEFT)
        script = asked.standing.script
        if _leaves(asked.standing.answered_by, script.on_machine):
            body = self._voicemail(asked)
            return self._said(asked, body)
        round_ = mapping.whole(asked.query.get("n")) or 0
        body = twiml.after_message(script, self._urls, asked.token, round_=round_)
        machine = asked.standing.answered_by in MACHINES and script.on_machine is OnMachine.HANG_UP
        played = None if machine else Disposition.PLAYED
        return self._said(asked, body, disposition=played)

    def _detected(self, asked: _Asked) -> WebhookReply:
        """Asynchronous detection: the call is playing its message already, and is stopped or led elsewhere."""
        who = mapping.answered_by(asked.fields.get("AnsweredBy"))
        if who is None:
            raise MalformedRequest("it does not say who answered")
        milliseconds = mapping.whole(asked.fields.get("MachineDetectionDuration"))
        policy = asked.standing.script.on_machine
        leave = _leaves(who, policy)
        hang_up = who in MACHINES and policy is not OnMachine.AS_HUMAN and not leave
        news = self._news(
            asked,
            disposition=Disposition.MACHINE_HUNG_UP if hang_up else None,
            who=who,
            detected_after=None if milliseconds is None else milliseconds / 1000,
        )
        return WebhookReply(updates=(news,), hang_up=hang_up, redirect=leave)

    def _message(self, asked: _Asked, round_: int = 0) -> str:
        return twiml.message(asked.standing.script, self._account, self._urls, asked.token, round_=round_)

    def _voicemail(self, asked: _Asked) -> str:
        return twiml.voicemail(asked.standing.script, self._account, self._urls, asked.token)

    def _goodbye(self, words: Iterable[Segment]) -> str:
        return twiml.goodbye(words, self._account, self._urls)

    def _said(
        self,
        asked: _Asked,
        body: str,
        *,
        disposition: Disposition | None = None,
        who: AnsweredBy | None = None,
        key: str | None = None,
    ) -> WebhookReply:
        news = self._news(asked, disposition=disposition, who=who, key=key)
        return WebhookReply(updates=(news,), body=body, content_type=XML)

    def _news(
        self,
        asked: _Asked,
        *,
        disposition: Disposition | None = None,
        who: AnsweredBy | None = None,
        key: str | None = None,
        detected_after: float | None = None,
    ) -> CallUpdate:
        """Whoever asks what to play, or presses a key, has answered."""
        return CallUpdate(
            asked.token,
            IN_PROGRESS,
            asked.now,
            provider_ref=asked.fields["CallSid"],
            answered_by=who,
            disposition=None if disposition is None else disposition.value,
            raw=mapping.raw(asked.fields),
            key=key,
            detected_after=detected_after,
        )


def _leaves(who: AnsweredBy | None, policy: OnMachine) -> bool:
    """Whether a message is left: a fax takes none."""
    return who is AnsweredBy.MACHINE and policy is OnMachine.LEAVE_MESSAGE


def _signature(token: str, text: str) -> bytes:
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest)
