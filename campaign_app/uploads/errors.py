"""Errors of uploads: files that are no table, and choices that a file does not have."""

from __future__ import annotations

from campaign_app.domain.errors import FieldError, InvalidInput


class UnreadableFile(InvalidInput):
    """A file that cannot be read as a table (HTTP 422); `sentence` says what it is, and the remedy."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__([FieldError("file", sentence)])


class UnknownChoice(LookupError):
    """What `chosen` says cannot be done: `field` is its name there, `message` what to choose instead."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")
