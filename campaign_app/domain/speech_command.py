"""Speech command: the program that turns text into speech, its arguments and their placeholders.

The text itself is never a word of the command: it goes to standard input. No shell reads the words either, so the
only way in is a voice or a language, and those are held to a pattern that no option and no path fits.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

DEFAULT = "espeak-ng -v {voice} -w {output} --stdin"
LANGUAGE = "en"
PLACEHOLDERS = ("voice", "language", "output")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


def is_name(value: str) -> bool:
    """Whether it can be a voice or a language: `en-GB`, `en-us+f3`, `Polly.Joanna`; never `-x` nor `../x`."""
    return _NAME.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class SpeechCommand:
    """Words with places: `{voice}` is the voice, else the language, else English; `{language}` the language, else
    English; `{output}` the WAV file to write."""

    arguments: tuple[str, ...]

    @property
    def program(self) -> str:
        return self.arguments[0]

    def argv(self, voice: str | None, language: str | None, output: str = "{output}") -> list[str]:
        """The words to run. ValueError for a voice or a language that is no name."""
        for name in (voice, language):
            if name is not None and not is_name(name):
                raise ValueError(
                    f"{name[:40]!r} is neither a voice nor a language: letters, digits and . _ + - only, such as en-GB"
                )
        spoken_language = language or LANGUAGE
        values = {"voice": voice or spoken_language, "language": spoken_language, "output": output}
        return [_PLACEHOLDER.sub(lambda match: values[match[1]], word) for word in self.arguments]


def parse_speech_command(template: str) -> SpeechCommand:
    """The command of a template such as DEFAULT. ValueError says what is allowed."""
    try:
        arguments = tuple(shlex.split(template))
    except ValueError as error:
        raise ValueError(f"a command line whose quotes are closed ({error})") from None
    placeholders = {place for word in arguments for place in _PLACEHOLDER.findall(word)}
    unknown = sorted(placeholders - set(PLACEHOLDERS))
    if unknown:
        raise ValueError(
            f"a command line with no other places than {_in_braces(PLACEHOLDERS)}, not {_in_braces(unknown)}"
        )
    if not arguments or _PLACEHOLDER.search(arguments[0]) or "output" not in placeholders:
        raise ValueError(
            "a program and its arguments, with {output} for the WAV file; it reads the text from standard input, as"
            f" in {DEFAULT}"
        )
    return SpeechCommand(arguments)


def _in_braces(places: list[str] | tuple[str, ...]) -> str:
    return ", ".join("{" + place + "}" for place in places)
