"""Message schemas: what a callee hears, and the menu of keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from campaign_app.domain.message import LONGEST_LABEL, LONGEST_TEXT, MOST_KEYS
from campaign_app.domain.script import KeyAction, OnMachine

from .base import BaseModel
from .recordings import Sha256

SpokenText = Annotated[
    str,
    Field(
        max_length=LONGEST_TEXT,
        description="what is spoken; {name} or {name|default} is a contact's value, {name:money}, {name:date}, "
        "{name:time} and {name:digits} speak it as such; {{ and }} are braces",
    ),
]


class Key(BaseModel):
    """A key of the menu."""

    digit: Annotated[str, Field(pattern="^[0-9*#]$")]
    action: KeyAction
    label: str | None = Field(None, max_length=LONGEST_LABEL, description="what an answer means")
    to: str | None = Field(None, description="of a transfer: E.164, or an extension")


class MachineMessage(BaseModel):
    """What an answering machine gets instead: words or a recording."""

    text: SpokenText | None = None
    recording: Sha256 | None = None


class Message(BaseModel):
    """Words, or a recording that stands for them. A part that is absent has its default."""

    text: SpokenText | None = None
    recording: Sha256 | None = None
    voice: str | None = Field(None, description="a voice of the speech engine or of the provider")
    language: str | None = Field(None, examples=["en-GB"])
    on_machine: OnMachine | None = Field(None, description="default: as-human, no detection")
    machine: MachineMessage | None = None
    keys: list[Key] | None = Field(None, max_length=MOST_KEYS)
    opt_out_text: SpokenText | None = Field(None, description="spoken after the opt-out key")
    thanks_text: SpokenText | None = Field(None, description="spoken after an answer")
