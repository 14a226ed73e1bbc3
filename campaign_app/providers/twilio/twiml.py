"""A script as TwiML, the XML that Twilio's calls follow.

Whatever comes from outside, a contact's name in a message, goes through the XML library; characters that XML cannot
hold at all are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from campaign_app.domain.script import MenuKey, SayText, CallScript, Segment

from .account import Account
from .urls import KEYS, PLAYED, Urls

LONGEST_SAY = 4000
"""Characters of one <Say>; Twilio allows 4,096."""
MOST_ROUNDS = 10
"""How often the menu is offered anew: a key that is held down would go round until the call's time is up."""
PAUSE = 1
"""Seconds of silence after which the message counts as heard to its end; the menu stays open longer."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(*elements: Element) -> str:
    root = Element("Response")
    root.extend(elements)
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode")


def message(script: CallScript, account: Account, urls: Urls, token: str, *, round_: int = 0) -> str:
    """The message with its menu, if it has one; then `played` is told, which opens the menu a last time."""
    said = _segments(script.message, account, urls)
    if script.keys and round_ < MOST_ROUNDS:
        said = [_gather(urls, token, round_, PAUSE, said)]
    return document(*said, _redirect(urls.of(token, PLAYED, n=round_)))


def after_message(script: CallScript, urls: Urls, token: str, *, round_: int = 0) -> str:
    """The message was heard to the end: wait for a key a while longer, then hang up."""
    left = round(script.wait) - PAUSE
    if script.keys and left >= 1 and round_ < MOST_ROUNDS:
        return document(_gather(urls, token, round_, left, []), Element("Hangup"))
    return hangup()


def voicemail(script: CallScript, account: Account, urls: Urls, token: str) -> str:
    """What an answering machine is left after the beep."""
    said = _segments(script.machine or script.message, account, urls)
    return document(*said, _redirect(urls.of(token, PLAYED, machine=1)))


def goodbye(segments: Iterable[Segment], account: Account, urls: Urls) -> str:
    """These words, and the end of the call."""
    return document(*_segments(segments, account, urls), Element("Hangup"))


def transfer(key: MenuKey, caller_id: str | None) -> str:
    """Connect the callee with the key's number. When that call is over, so is this one."""
    dial = Element("Dial", {"callerId": caller_id} if caller_id else {})
    SubElement(dial, "Number").text = _clean(key.to or "")
    return document(dial)


def ask_again(url: str) -> str:
    """A moment of silence, and the question what to do."""
    return document(Element("Pause", {"length": str(PAUSE)}), _redirect(url))


def hangup() -> str:
    return document(Element("Hangup"))


def only_message(script: CallScript, account: Account) -> str:
    """The message alone, for a call that cannot ask us anything."""
    return document(*_segments(script.message, account, None), Element("Hangup"))


def _gather(urls: Urls, token: str, round_: int, timeout: int, inside: list[Element]) -> Element:
    gather = Element(
        "Gather",
        {
            "input": "dtmf",
            "numDigits": "1",
            # Else "#" would end the input and never be heard as a key.
            "finishOnKey": "",
            "timeout": str(timeout),
            "action": urls.of(token, KEYS, n=round_),
            "method": "POST",
        },
    )
    gather.extend(inside)
    return gather


def _redirect(url: str) -> Element:
    element = Element("Redirect", {"method": "POST"})
    element.text = url
    return element


def _segments(segments: Iterable[Segment], account: Account, urls: Urls | None) -> list[Element]:
    found: list[Element] = []
    for segment in segments:
        if isinstance(segment, SayText):
            voice, language = segment.voice or account.voice, segment.language or account.language
            attributes = {key: v for key, v in (("voice", voice), ("language", language)) if v}
            for piece in _pieces(_clean(segment.text)):
                element = Element("Say", attributes)
                element.text = piece
                found.append(element)
        elif urls is not None:
            element = Element("Play")
            element.text = urls.recording(segment.recording)
            found.append(element)
    return found


def _pieces(text: str) -> list[str]:
    """The text in pieces that one <Say> takes, cut between words."""
    pieces = []
    while len(text) > LONGEST_SAY:
        cut = text.rfind(" ", 1, LONGEST_SAY)
        cut = cut if cut > 0 else LONGEST_SAY
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _clean(text: str) -> str:
    return NOT_XML.sub("", text)
