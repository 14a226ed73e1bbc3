"""Twilio webhooks: statuses, what to say next, pressed keys, human or machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple
from urllib.parse import parse_qsl

from campaign_app.clock import SYSTEM_CLOCK, Clock
from campaign_app.domain.attempt import OUTCOMES, AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.domain.script import Disposition, KeyAction, MenuKey, OnMachine, Segment
from campaign_app.domain.webhook import (
    CallSnapshot,
    ForgedRequest,
    MalformedRequest,
    TransferReplies,
    VerifiedRequest,
    WebhookDelivery,
    WebhookReply,
)
from campaign_app.providers.base import ProviderError

from . import mapping, twiml
from .account import TwilioAccount
from .client import SID, TwilioClient
from .urls import AMD, KEYS, PARTS, PLAYED, TRANSFER, VOICE, CallbackUrls

MOST_FIELDS = 200
XML = "text/xml"
SIGNATURE = "x-twilio-signature"
"""The header that proves a request, in lower case."""
LINE_MOST = 20
"""How often, a second or two apart, a transfer asks for a line before the call ends."""
FOLLOW_UP_TIMEOUT = 3.0
"""Seconds that a web server's thread may wait for Twilio."""
IN_PROGRESS = AttemptStatus.IN_PROGRESS
MACHINES = frozenset({AnsweredBy.MACHINE, AnsweredBy.FAX})

log = logging.getLogger("switchboard.twilio")


class _Question(NamedTuple):
    """A verified request and what is known of its call, as each address handles it."""

    request: VerifiedRequest
    snapshot: CallSnapshot

    @property
    def token(self) -> str:
        return self.request.token

    @property
    def fields(self) -> Mapping[str, str]:
        return self.request.fields

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query


class TwilioWebhookHandler:
    """Reads the callbacks of one Twilio trunk and writes the replies in TwiML."""

    def __init__(self, account: TwilioAccount, urls: CallbackUrls, clock: Clock = SYSTEM_CLOCK) -> None:
        self._account, self._urls, self._clock = account, urls, clock

    def verify_request(self, delivery: WebhookDelivery, now: datetime) -> VerifiedRequest:
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
        self._check_signature(delivery, pairs)
        fields = dict(pairs)
        if fields.get("AccountSid") != self._account.sid:
            raise ForgedRequest("it is of another account")
        if not SID.fullmatch(fields.get("CallSid", "")):
            raise MalformedRequest("it names no call")
        # As a raw event: what Twilio says of the call in passing, with nothing concluded from it.
        raw_update = mapping.make_update(
            delivery.token,
            mapping.STATUS_BY_WORD.get(fields.get("CallStatus", ""), AttemptStatus.QUEUED),
            mapping.parse_past_time(fields.get("Timestamp"), now),
            fields["CallSid"],
            fields,
        )
        return VerifiedRequest(
            delivery.token,
            delivery.part,
            dict(parse_qsl(delivery.query)),
            fields,
            received_at=now,
            needs_script=delivery.part != "",
            raw_update=raw_update,
        )

    def reply_to(self, request: VerifiedRequest, snapshot: CallSnapshot) -> WebhookReply | TransferReplies:
        handle: dict[str, Callable[[_Question], WebhookReply | TransferReplies]] = {
            "": self._on_status,
            VOICE: self._on_voice,
            KEYS: self._on_keys,
            PLAYED: self._on_played,
            AMD: self._on_detected,
            TRANSFER: self._on_transfer,
        }
        return handle[request.part](_Question(request, snapshot))

    def _redirect_to_voicemail(self, token: str, call_sid: str) -> None:
        """Lead the call to the message for machines: with asynchronous detection it is playing the other one. Never
        raises."""
        client = TwilioClient(self._account, self._clock, read_timeout=FOLLOW_UP_TIMEOUT)
        try:
            client.update_call(call_sid, {"Url": self._urls.callback_url(token, VOICE, machine=1)})
        except ProviderError as error:
            # The call's own end asks again what to play (`_played`), so the message is left all the same, later.
            log.warning("attempt %s could not be led to the message for machines: %s", token, error)
        finally:
            client.close()

    def _check_signature(self, delivery: WebhookDelivery, pairs: list[tuple[str, str]]) -> None:
        """HMAC-SHA1 over the address and the sorted fields, with either token. Every candidate is computed and
        compared in constant time, whatever the others gave."""
        # A field that is repeated counts once for each value, as in Twilio's own libraries.
        signed_fields = "".join(name + value for name, value in sorted(set(pairs)))
        signature = delivery.headers.get(SIGNATURE, "").encode()
        matches = [
            hmac.compare_digest(_sign_text(token, url + signed_fields), signature)
            for token in self._account.auth_tokens
            for url in self._urls.signable_urls(delivery.token, delivery.part, delivery.query)
        ]
        if not any(matches):
            raise ForgedRequest("the signature is missing or wrong")

    def _on_status(self, asked: _Question) -> WebhookReply:
        status = mapping.STATUS_BY_WORD.get(asked.fields.get("CallStatus", ""))
        if status is None:
            raise MalformedRequest(f"unknown call status {asked.fields.get('CallStatus', '')[:40]!r}")
        update = mapping.make_update(
            asked.token,
            status,
            mapping.parse_past_time(asked.fields.get("Timestamp"), asked.request.received_at),
            asked.fields["CallSid"],
            asked.fields,
            sip=mapping.parse_integer(asked.fields.get("SipResponseCode")),
            code=mapping.parse_integer(asked.fields.get("ErrorCode")),
            answered_by=mapping.parse_answered_by(asked.fields.get("AnsweredBy")),
        )
        if status is AttemptStatus.COMPLETED and asked.snapshot.disposition is None:
            # Answered, and nothing was heard to its end, no key pressed, no machine hung up on.
            update = update._replace(disposition=Disposition.CUT_SHORT.value)
        return WebhookReply(updates=(update,))

    def _on_voice(self, asked: _Question) -> WebhookReply:
        """The call was answered: what to play. With synchronous detection the verdict comes along."""
        script = asked.snapshot.script
        if asked.snapshot.status in OUTCOMES:
            # A call that we count as over, which an operator may have been told: it is not talked to.
            return WebhookReply(body=twiml.hangup_document(), content_type=XML)
        answered_by = mapping.parse_answered_by(asked.fields.get("AnsweredBy"))
        if asked.query.get("machine"):
            answered_by = AnsweredBy.MACHINE
        disposition = None
        policy = script.on_machine
        if _leaves_message(answered_by, policy):
            body = self._voicemail_twiml(asked)
        elif answered_by in MACHINES and policy is not OnMachine.AS_HUMAN:
            body, disposition = twiml.hangup_document(), Disposition.MACHINE_HUNG_UP
        else:
            body = self._message_twiml(asked)
        return self._reply_with(asked, body, disposition=disposition, answered_by=answered_by)

    def _on_keys(self, asked: _Question) -> WebhookReply | TransferReplies:
        script = asked.snapshot.script
        digit = asked.fields.get("Digits", "")
        key = script.key_for(digit) if len(digit) == 1 else None
        round_ = (mapping.parse_integer(asked.query.get("n")) or 0) + 1
        again = self._message_twiml(asked, round_)
        if key is None:
            # Twilio stops playing at any key. One that means nothing must not cost the callee the message.
            return self._reply_with(asked, again)
        if key.action is KeyAction.OPT_OUT:
            body = self._goodbye_twiml(script.confirm_opt_out)
            disposition: Disposition | None = Disposition.OPTED_OUT
        elif key.action is KeyAction.SURVEY_RESPONSE:
            body, disposition = self._goodbye_twiml(script.thanks), Disposition.RESPONDED
        elif key.action is KeyAction.TRANSFER:
            return self._connect_transfer(asked, key)
        else:
            body, disposition = again, None
        return self._reply_with(asked, body, disposition=disposition, key=digit)

    def _on_transfer(self, asked: _Question) -> WebhookReply | TransferReplies:
        """The callee waits for a line on which the other leg of a transfer can be dialed."""
        key = asked.snapshot.script.key_for(asked.query.get("key", ""))
        if key is None or key.action is not KeyAction.TRANSFER:
            raise MalformedRequest("its script has no such transfer")
        return self._connect_transfer(asked, key, mapping.parse_integer(asked.query.get("n")) or 0)

    def _connect_transfer(
        self, asked: _Question, key: MenuKey, waits: int = 0
    ) -> WebhookReply | TransferReplies:
        """Twilio dials the other leg: a call too. While no line is free for it, it asks again, LINE_MOST times."""
        if asked.snapshot.status in OUTCOMES:
            return WebhookReply(body=twiml.hangup_document(), content_type=XML)
        # `From` is the number that the callee sees already, and one that this account may show.
        body = twiml.transfer_document(key, asked.fields.get("From"))
        waiting_body = twiml.hangup_document()
        if waits < LINE_MOST:
            waiting_body = twiml.ask_again_document(
                self._urls.callback_url(asked.token, TRANSFER, key=key.digit, n=waits + 1)
            )
        return TransferReplies(
            to=key.to or "",
            with_line=self._reply_with(asked, body, disposition=Disposition.TRANSFERRED, key=key.digit),
            without_line=self._reply_with(asked, waiting_body, key=key.digit),
        )

    def _on_played(self, asked: _Question) -> WebhookReply:
        """What was to be played was heard to the end."""
        if asked.query.get("machine"):
            return self._reply_with(asked, twiml.hangup_document(), disposition=Disposition.MACHINE_LEFT)
        script = asked.snapshot.script
        if _leaves_message(asked.snapshot.answered_by, script.on_machine):
            body = self._voicemail_twiml(asked)
            return self._reply_with(asked, body)
        round_ = mapping.parse_integer(asked.query.get("n")) or 0
        body = twiml.menu_document(script, self._urls, asked.token, round_=round_)
        machine = asked.snapshot.answered_by in MACHINES and script.on_machine is OnMachine.HANG_UP
        played = None if machine else Disposition.PLAYED
        return self._reply_with(asked, body, disposition=played)

    def _on_detected(self, asked: _Question) -> WebhookReply:
        """Asynchronous detection: the call is playing its message already, and is stopped or led elsewhere."""
        answered_by = mapping.parse_answered_by(asked.fields.get("AnsweredBy"))
        if answered_by is None:
            raise MalformedRequest("it does not say who answered")
        milliseconds = mapping.parse_integer(asked.fields.get("MachineDetectionDuration"))
        policy = asked.snapshot.script.on_machine
        leave = _leaves_message(answered_by, policy)
        hang_up = answered_by in MACHINES and policy is not OnMachine.AS_HUMAN and not leave
        update = self._make_update(
            asked,
            disposition=Disposition.MACHINE_HUNG_UP if hang_up else None,
            answered_by=answered_by,
            detected_after=None if milliseconds is None else milliseconds / 1000,
        )
        follow_up = None
        if leave:
            follow_up = partial(self._redirect_to_voicemail, asked.token, asked.fields["CallSid"])
        return WebhookReply(updates=(update,), hang_up=hang_up, follow_up=follow_up)

    def _message_twiml(self, asked: _Question, round_: int = 0) -> str:
        return twiml.message_document(
            asked.snapshot.script, self._account, self._urls, asked.token, round_=round_
        )

    def _voicemail_twiml(self, asked: _Question) -> str:
        return twiml.voicemail_document(asked.snapshot.script, self._account, self._urls, asked.token)

    def _goodbye_twiml(self, segments: Iterable[Segment]) -> str:
        return twiml.goodbye_document(segments, self._account, self._urls)

    def _reply_with(
        self,
        asked: _Question,
        body: str,
        *,
        disposition: Disposition | None = None,
        answered_by: AnsweredBy | None = None,
        key: str | None = None,
    ) -> WebhookReply:
        update = self._make_update(asked, disposition=disposition, answered_by=answered_by, key=key)
        return WebhookReply(updates=(update,), body=body, content_type=XML)

    def _make_update(
        self,
        asked: _Question,
        *,
        disposition: Disposition | None = None,
        answered_by: AnsweredBy | None = None,
        key: str | None = None,
        detected_after: float | None = None,
    ) -> CallUpdate:
        """Whoever asks what to play, or presses a key, has answered."""
        return CallUpdate(
            asked.token,
            IN_PROGRESS,
            asked.request.received_at,
            provider_ref=asked.fields["CallSid"],
            answered_by=answered_by,
            disposition=None if disposition is None else disposition.value,
            raw=asked.request.raw_update.raw,
            key=key,
            detected_after=detected_after,
        )


def _leaves_message(answered_by: AnsweredBy | None, policy: OnMachine) -> bool:
    """Whether a message is left: a fax takes none."""
    return answered_by is AnsweredBy.MACHINE and policy is OnMachine.LEAVE_MESSAGE


def _sign_text(token: str, text: str) -> bytes:
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest)
