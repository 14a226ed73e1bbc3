"""Message needs: who calls, a key that ends all calls, a number to call for free, a caller ID: what a message has of
them, and the sentence to add where it has not.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .message import Message
from .phone import holds_toll_free_number
from .rulebook import CALLER_ID, IDENTIFICATION, OPT_OUT_KEY, TOLL_FREE
from .script import KeyAction, OnMachine

FIRST_WORDS = 10
"""The caller is named behind so many words at the most."""
WORD = re.compile(r"\w+")
FIRST_CHARACTERS = 60
"""The same for names in scripts that put no blanks between words, and names without a letter."""
NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPELLED = {**{str(digit): word for digit, word in enumerate(NUMERALS)}, "*": "star", "#": "hash"}
"""How a voice may be told a key in English."""
Gap = tuple[str, str]
"""(field, sentence)."""


@lru_cache(maxsize=1024)
def find_gaps(
    message: Message, caller_name: str, caller_id: str | None
) -> tuple[tuple[str, tuple[Gap, ...]], ...]:
    """(need, what is missing of it), of each need that the message does not meet."""
    found = (
        (IDENTIFICATION, _check_identification(message, caller_name)),
        (OPT_OUT_KEY, _check_opt_out(message)),
        (TOLL_FREE, _check_toll_free(message)),
        (CALLER_ID, _check_caller_id(caller_id)),
    )
    return tuple((need, gaps) for need, gaps in found if gaps)


def list_lacking(message: Message, caller_name: str, caller_id: str | None) -> tuple[str, ...]:
    """The needs that a message does not meet."""
    return tuple(need for need, _ in find_gaps(message, caller_name, caller_id))


def _check_identification(message: Message, caller_name: str) -> tuple[Gap, ...]:
    if not caller_name:
        text = "say who calls: fill in the caller’s name, and begin the message with it, such as “This is Hill Clinic.”"
        return (("caller_name", text),)
    parts = [("message.text", "the message", message.human)]
    if message.on_machine is OnMachine.LEAVE_MESSAGE and message.machine is not None:
        parts.append(("message.machine", "the message for machines", message.machine))
    return tuple(
        (field, f"the first words of {name} do not say who calls: begin it with “This is {caller_name}.”")
        for field, name, part in parts
        if part.recording is None and not is_named_first(part.text, caller_name)
    )


def is_named_first(text: str, name: str) -> bool:
    """Whether a text says a name within its first words."""
    said, wanted = _fold(text), _fold(name)
    names = WORD.findall(wanted)
    words = WORD.findall(said)[: FIRST_WORDS + len(names)]
    if names and any(words[at : at + len(names)] == names for at in range(len(words))):
        return True
    has_blanks = names and not any(unicodedata.east_asian_width(letter) == "W" for letter in wanted)
    return bool(wanted) and not has_blanks and wanted in said[:FIRST_CHARACTERS]


def _fold(text: str) -> str:
    """As it sounds: without case, accents, apostrophes and runs of blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in plain if not unicodedata.combining(each) and each not in "’'`")
    return " ".join(letters.split())


def _check_opt_out(message: Message) -> tuple[Gap, ...]:
    digits = [key.digit for key in message.keys if key.action is KeyAction.OPT_OUT]
    if not digits:
        text = "there is no key that ends all calls: add one, and say so, such as “Press 9 and we will not call again.”"
        return (("message.keys", text),)
    if message.human.recording is None and not any(_says_key(message.human.text, digit) for digit in digits):
        text = f"nobody is told of the key that ends all calls: say “Press {digits[0]} and we will not call again.”"
        return (("message.text", text),)
    return ()


def _says_key(text: str, digit: str) -> bool:
    """Whether a text names a key, as a digit or in English."""
    if digit in "*#":
        return digit in text or SPELLED[digit] in text.casefold() or "pound" in text.casefold()
    return bool(re.search(rf"(?<![\d])({re.escape(digit)})(?![\d])|\b{SPELLED[digit]}\b", text.casefold()))


def _check_toll_free(message: Message) -> tuple[Gap, ...]:
    """A machine that is hung up on hears nothing; a recording cannot be looked into."""
    heard = message.human
    if message.on_machine is OnMachine.LEAVE_MESSAGE and message.machine is not None:
        heard = message.machine
    if (
        message.on_machine is OnMachine.HANG_UP
        or heard.recording is not None
        or holds_toll_free_number(heard.text)
    ):
        return ()
    text = (
        "what an answering machine hears has no number to call for free: add “To stop these calls, call 1-800-…” to the"
        " message for machines and leave that message, or hang up on machines"
    )
    return (("message.machine", text),)


def _check_caller_id(caller_id: str | None) -> tuple[Gap, ...]:
    return () if caller_id else (("caller_id", "a number has to be shown: choose a caller ID"),)
