"""Document schemas: errors, and the description of the API itself."""

from __future__ import annotations

from pydantic import Field

from .base import BaseModel


class FieldProblem(BaseModel):
    field: str = Field(description="such as retry.delays_minutes[2]")
    message: str


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem]


class Document(BaseModel):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, str]
    paths: dict[str, dict[str, object]]
