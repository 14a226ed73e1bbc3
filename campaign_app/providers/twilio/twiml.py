"""TwiML: a call script as the XML that Twilio's calls follow.

Whatever comes from outside, a contact's name in a message, goes through the XML library; characters that XML cannot
hold at all are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from campaign_app.domain.script import CallScript, MenuKey, SayText, Segment

from .account import TwilioAccount
from .urls import KEYS, PLAYED, CallbackUrls

LONGEST_SAY = 4000
"""Characters of one <Say>; Twilio allows 4,096."""
MOST_ROUNDS = 10
"""How often the menu is offered anew: a key that is held down would go round until the call's time is up."""
PAUSE = 1
"""Seconds of silence after which the message counts as heard to its end; the menu stays open longer."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def build_document(*elements: Element) -> str:
    root = Element("Response")
    root.extend(elements)
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode")


def message_document(
    script: CallScript, account: TwilioAccount, urls: CallbackUrls, token: str, *, round_: int = 0
) -> str:
    """The message with its menu, if it has one; then `played` is told, which opens the menu a last time."""
    elements = _segment_elements(script.message, account, urls)
    if script.keys and round_ < MOST_ROUNDS:
        elements = [_gather_element(urls, token, round_, PAUSE, elements)]
    return build_document(*elements, _redirect_element(urls.callback_url(token, PLAYED, n=round_)))


def menu_document(script: CallScript, urls: CallbackUrls, token: str, *, round_: int = 0) -> str:
    """The message was heard to the end: wait for a key a while longer, then hang up."""
    seconds_left = round(script.wait) - PAUSE
    if script.keys and seconds_left >= 1 and round_ < MOST_ROUNDS:
        return build_document(_gather_element(urls, token, round_, seconds_left, []), Element("Hangup"))
    return hangup_document()


def voicemail_document(script: CallScript, account: TwilioAccount, urls: CallbackUrls, token: str) -> str:
    """What an answering machine is left after the beep."""
    elements = _segment_elements(script.machine or script.message, account, urls)
    return build_document(*elements, _redirect_element(urls.callback_url(token, PLAYED, machine=1)))


def goodbye_document(segments: Iterable[Segment], account: TwilioAccount, urls: CallbackUrls) -> str:
    """These words, and the end of the call."""
    return build_document(*_segment_elements(segments, account, urls), Element("Hangup"))


def transfer_document(key: MenuKey, caller_id: str | None) -> str:
    """Connect the callee with the key's number. When that call is over, so is this one."""
    dial = Element("Dial", {"callerId": caller_id} if caller_id else {})
    SubElement(dial, "Number").text = _clean_text(key.to or "")
    return build_document(dial)


def ask_again_document(url: str) -> str:
    """A moment of silence, and the question what to do."""
    return build_document(Element("Pause", {"length": str(PAUSE)}), _redirect_element(url))


def hangup_document() -> str:
    return build_document(Element("Hangup"))


def inline_document(script: CallScript, account: TwilioAccount) -> str:
    """The message alone, for a call that cannot ask us anything."""
    return build_document(*_segment_elements(script.message, account, None), Element("Hangup"))


def _gather_element(
    urls: CallbackUrls, token: str, round_: int, timeout: int, inside: list[Element]
) -> Element:
    gather = Element(
        "Gather",
        {
            "input": "dtmf",
            "numDigits": "1",
            # Else "#" would end the input and never be heard as a key.
            "finishOnKey": "",
            "timeout": str(timeout),
            "action": urls.callback_url(token, KEYS, n=round_),
            "method": "POST",
        },
    )
    gather.extend(inside)
    return gather


def _redirect_element(url: str) -> Element:
    element = Element("Redirect", {"method": "POST"})
    element.text = url
    return element


def _segment_elements(
    segments: Iterable[Segment], account: TwilioAccount, urls: CallbackUrls | None
) -> list[Element]:
    elements: list[Element] = []
    for segment in segments:
        if isinstance(segment, SayText):
            voice, language = segment.voice or account.voice, segment.language or account.language
            attributes = {key: v for key, v in (("voice", voice), ("language", language)) if v}
            for piece in _split_text(_clean_text(segment.text)):
                element = Element("Say", attributes)
                element.text = piece
                elements.append(element)
        elif urls is not None:
            element = Element("Play")
            element.text = urls.recording_url(segment.recording)
            elements.append(element)
    return elements


def _split_text(text: str) -> list[str]:
    """The text in pieces that one <Say> takes, cut between words."""
    pieces = []
    while len(text) > LONGEST_SAY:
        cut = text.rfind(" ", 1, LONGEST_SAY)
        cut = cut if cut > 0 else LONGEST_SAY
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _clean_text(text: str) -> str:
    return NOT_XML.sub("", text)
