"""Recording schemas."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from spectree.model_adapter.pydantic_adapter import BaseFile

from .base import BaseModel, Id, PageQuery, RequestModel, Timestamp

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="a recording's sha256")]


class RecordingForm(BaseModel):
    file: BaseFile = Field(description="WAV, MP3 or OGG; at most 20 MB and 10 minutes")
    name: str | None = Field(None, max_length=200, description="default: the file's name")


class RecordingFields(RequestModel):
    """The text fields beside the file."""

    name: str | None = Field(None, max_length=200)


class RenameRecording(RequestModel):
    name: str = Field(min_length=1, max_length=200)


class RecordingQuery(PageQuery):
    search: str | None = Field(None, max_length=200, description="part of the name")


class Recording(BaseModel):
    id: Id
    name: str
    sha256: Sha256
    seconds: float
    bytes: int = Field(description="of the converted file, 8 kHz mono WAV")
    created_by: str
    created_at: Timestamp


class UploadedRecording(Recording):
    warnings: list[str] = Field(description="such as that nothing can be heard in it")


class RecordingPage(BaseModel):
    items: list[Recording]
    next_cursor: str | None
