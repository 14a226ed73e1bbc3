"""Receipt schemas: why a call was allowed, signed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.services.receipts import Verdict

from .base import BaseModel, Id, Phone, RequestModel, Timestamp
from .calls import Token


class SignatureOf(BaseModel):
    """When and by which key a document was signed. `signature` covers this, too."""

    at: Timestamp
    algorithm: Literal["Ed25519"]
    key_id: str = Field(description="the first 16 hexadecimal digits of the SHA-256 of the public key")
    public_key: str = Field(description="32 bytes, base64")


class RuleData(BaseModel):
    """What the hours were worked out with."""

    time_zones: str = Field(examples=["2026b"])
    holidays: str


class SignedDocument(BaseModel):
    """A document whose signature covers the canonical JSON of everything but `signature`."""

    data: RuleData
    signed: SignatureOf
    signature: str = Field(description="64 bytes, base64")


class LocalTime(BaseModel):
    zone: str
    time: str = Field(description="RFC 3339, with the offset there")


class CheckReason(BaseModel):
    code: str
    detail: str
    since: Timestamp | None
    until: Timestamp | None


class PastCheck(BaseModel):
    """What one rule said at that instant."""

    rule: str
    allows: bool
    says: str
    until: Timestamp | None = Field(description="when its permission ended")
    reasons: list[CheckReason] = Field(description="why it forbade a call")


class StoredRulebook(BaseModel):
    id: Id
    sha256: str = Field(description="of the canonical JSON of `rules`")
    made_at: Timestamp
    made_by: str
    rules: dict[str, Any]


class StoredProfile(BaseModel):
    """Where and who the person was thought to be."""

    model_config = ConfigDict(extra="allow")

    id: int
    sha256: str
    zones: list[str]
    country: str | None
    states: list[str]
    line: str
    party: str
    consent: str
    derived: str = Field(description="how the zones were found")


class PastDecision(BaseModel):
    action: str
    at: Timestamp
    by: str


class NamedCampaign(BaseModel):
    id: Id
    name: str


class ReceiptAttempt(BaseModel):
    id: Id
    number: int
    token: Token
    status: AttemptStatus
    test: bool
    cause: str | None
    claimed_at: Timestamp
    permitted_at: Timestamp | None
    placed_at: Timestamp | None
    ended_at: Timestamp | None


class ReceiptBody(BaseModel):
    """Why one attempt was allowed, or not, by the rules of then."""

    kind: Literal["receipt"]
    form: int = Field(description="the version of this shape")
    verdict: Verdict
    sentence: str = Field(description="can be read to the person who was called")
    at: Timestamp = Field(description="when it was permitted; if it never was, when that was decided")
    local_times: list[LocalTime]
    to: Phone
    attempt: ReceiptAttempt
    campaign: NamedCampaign | None
    started: PastDecision | None = Field(description="who started the campaign last before the call")
    rulebook: StoredRulebook | None
    profile: StoredProfile | None
    checks: list[PastCheck]
    unknown: list[str] = Field(description="what is not kept any more")


class Receipt(SignedDocument, ReceiptBody):
    """The same, signed."""


class PersonQuery(RequestModel):
    phone: str = Field(max_length=64, description="E.164, with its +")


class PersonReceipts(SignedDocument):
    """Every attempt to call a number, over all campaigns, as one signed document."""

    kind: Literal["receipts"]
    form: int
    phone: Phone
    receipts: list[ReceiptBody]


class ReceiptKey(BaseModel):
    """The public key that verifies what this installation signs."""

    algorithm: Literal["Ed25519"]
    key_id: str
    public_key: str = Field(description="32 bytes, base64")
