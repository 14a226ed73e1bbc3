"""Follows TwiML as Twilio would, with a callee who presses the keys that its number says."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from xml.etree import ElementTree

from .callbacks import post, voice_fields
from .parameters import NESTED, VERBS
from .world import Call, World

CHARACTERS_PER_SECOND = 15.0
PLAY_SECONDS = 5.0
TALK_SECONDS = 10.0
"""Of a call that is connected with somebody."""
MOST_STEPS = 60
KEYS = {f"81{digit}": str(digit) for digit in range(10)} | {"820": "*", "821": "#", "830": "5" * 200}
"""The number's last digits → the keys that its callee presses, each at the first chance."""
HANGS_UP_IN_MESSAGE = "851"


class Over(Exception):
    """The call has ended, by whoever's wish."""


class Player:
    """One answered call's way through our TwiML. `wait(seconds)` lets the call's time pass; it raises Over."""

    def __init__(self, world: World, call: Call, wait: Callable[[float], None]) -> None:
        self._world, self._call, self._wait = world, call, wait
        self._keys = list(KEYS.get(call.to[-3:], ""))
        self._steps = 0

    def play(self, url: str | None, twiml: str | None, **more: str) -> None:
        """Until the script is through. Raises Over when the call ended on the way."""
        document = twiml if twiml is not None else self._ask(url or "", **more)
        next_: tuple[str, dict[str, str]] | None = (document, {})
        while next_ is not None:
            target = self._follow(next_[0])
            next_ = None if target is None else (self._ask(target[0], **target[1]), {})

    def _ask(self, url: str, **more: str) -> str:
        self._steps += 1
        if self._steps > MOST_STEPS:
            self._world.fault("twiml", "a script without end", url=url)
            raise Over
        try:
            status, kind, body = post(self._world, url, voice_fields(self._world, self._call, **more))
        except (OSError, http.client.HTTPException) as error:
            self._world.fault("voice", f"{type(error).__name__}: {error}", url=url)
            raise Over from None
        if status >= 300 or not kind.startswith("text/xml"):
            self._world.fault("voice", f"HTTP {status} {kind}", url=url, status=status)
            raise Over
        return body.decode()

    def _follow(self, document: str) -> tuple[str, dict[str, str]] | None:
        """Play a document; where it leads next (an address and fields), or None when it ends there."""
        try:
            root = ElementTree.fromstring(document)
        except ElementTree.ParseError as error:
            self._world.fault("twiml", f"no XML: {error}", document=document[:500])
            raise Over from None
        self._check(root)
        for verb in root:
            if verb.tag == "Hangup":
                raise Over
            if verb.tag == "Redirect":
                return (verb.text or "").strip(), {}
            if verb.tag == "Gather":
                digit = self._gather(verb)
                if digit is not None:
                    return verb.attrib["action"], {"Digits": digit}
            elif verb.tag == "Dial":
                number = verb.find("Number")
                self._hear("dial", (number.text if number is not None else verb.text) or "")
                self._wait(TALK_SECONDS)
            else:
                self._speak(verb)
        return None

    def _gather(self, gather: ElementTree.Element) -> str | None:
        if self._keys:
            # Pressed while it speaks, which stops it.
            if len(gather):
                self._hear(gather[0].tag.lower(), gather[0].text or "")
            self._wait(0.5)
            digit = self._keys.pop(0)
            self._call.pressed += digit
            self._world.ledger(self._call, "pressed", digit)
            return digit
        for verb in gather:
            self._speak(verb)
        self._wait(float(gather.attrib.get("timeout", "5")))
        return None

    def _speak(self, verb: ElementTree.Element) -> None:
        text = verb.text or ""
        seconds = len(text) / CHARACTERS_PER_SECOND
        if verb.tag == "Pause":
            seconds = float(verb.attrib.get("length", "1"))
        elif verb.tag == "Play":
            seconds = self._fetch(text.strip())
        self._hear(verb.tag.lower(), text)
        if self._call.to.endswith(HANGS_UP_IN_MESSAGE):
            self._wait(seconds / 2)
            raise Over
        self._wait(max(seconds, self._world.config.least_talk * self._world.speed))

    def _fetch(self, url: str) -> float:
        try:
            with urllib.request.urlopen(url, timeout=15) as answer:
                kind, body = answer.headers.get("Content-Type", ""), answer.read()
        except (urllib.error.URLError, OSError) as error:
            self._world.fault("play", str(error), url=url)
            return 0.0
        if not kind.startswith("audio/") or not body:
            self._world.fault("play", f"no audio but {kind!r}", url=url)
        return PLAY_SECONDS

    def _hear(self, kind: str, text: str) -> None:
        self._call.heard.append(f"{kind}: {text.strip()}")
        self._world.ledger(self._call, "heard", None, what=f"{kind}: {text.strip()}")

    def _check(self, root: ElementTree.Element) -> None:
        """Every verb and attribute against the table."""
        wrong = [] if root.tag == "Response" else [f"the root is {root.tag}"]
        for parent in root.iter():
            allowed = NESTED.get(parent.tag, frozenset())
            wrong += [f"{child.tag} inside {parent.tag}" for child in parent if child.tag not in allowed]
            rules = VERBS.get(parent.tag, {})
            for name, value in parent.attrib.items():
                rule = rules.get(name)
                if rule is None or not rule(value):
                    wrong.append(f"{parent.tag} {name}={value[:80]!r}")
            if parent.tag == "Say" and not 0 < len(parent.text or "") <= 4096:
                wrong.append("a Say without words, or with too many")
        for what in wrong:
            self._world.fault("twiml", what)
