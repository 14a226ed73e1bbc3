"""User schemas: accounts, and the browsers in which they are signed in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import BaseModel, Id, RequestModel, Timestamp

UserRole = Literal["viewer", "operator", "compliance", "admin"]
Email = Annotated[str, Field(max_length=254)]


class User(BaseModel):
    id: Id
    email: str
    role: UserRole
    invited: bool = Field(description="whether the person has not chosen a password yet")
    second_factor: bool
    created_at: Timestamp
    disabled_at: Timestamp | None


class Users(BaseModel):
    items: list[User]


class NewUser(RequestModel):
    email: Email
    role: UserRole


class InvitedUser(User):
    link: str | None = Field(description="where the person chooses a password; null where it was mailed")


class UserChanges(RequestModel):
    role: UserRole | None = None
    disabled: bool | None = None


class UserSession(BaseModel):
    id: Id
    created_at: Timestamp
    last_used_at: Timestamp = Field(description="accurate to a minute")
    expires_at: Timestamp
    address: str | None
    browser: str | None
    method: str = Field(description="how the person signed in: password, code, passkey or oidc")


class UserSessions(BaseModel):
    items: list[UserSession]
