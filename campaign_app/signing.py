"""Signatures: documents that anybody can verify with this installation's public key (Ed25519, RFC 8032).

The signature covers the canonical JSON of the whole document but `signature` itself: keys sorted, no blanks between
tokens, UTF-8, and no number but integers.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from campaign_app.domain.campaign import to_rfc3339

ALGORITHM = "Ed25519"
KEY_BYTES = 32
MOST_BYTES = 64 * 1024 * 1024
"""Of a document to be verified."""


class NotGenuine(Exception):
    """A document is not what was signed, or is no signed document. The text says which."""


class DocumentSigner:
    """Signs with an installation's private key, 32 bytes."""

    def __init__(self, private_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)
        self.public_key = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign_document(self, document: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """The document with `signed` (when, and by which key) and `signature`. Raises ValueError for what has no
        canonical form."""
        signed = {**document, "signed": {"at": to_rfc3339(at), **describe_key(self.public_key)}}
        signature = self._key.sign(canonical_json(signed))
        return {**signed, "signature": base64.b64encode(signature).decode()}


def describe_key(public_key: bytes) -> dict[str, str]:
    """The algorithm, a name for the key, and the key itself in base64."""
    return {
        "algorithm": ALGORITHM,
        "key_id": hashlib.sha256(public_key).hexdigest()[:16],
        "public_key": base64.b64encode(public_key).decode(),
    }


def parse_key(text: str) -> bytes:
    """A key, private or public, of its base64. Raises ValueError."""
    key = base64.b64decode(text.strip().encode("ascii"), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"{len(key)} bytes, and a key has {KEY_BYTES}")
    return key


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a document that is signed. Raises ValueError for fractions, which have several."""
    _refuse_fractions(document)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def verify_document(data: bytes, public_key: bytes) -> dict[str, Any]:
    """What was signed, whole. Raises NotGenuine where `data` is not exactly what the key's owner signed."""
    document = _read_document(data)
    signature = document.pop("signature", None)
    signed = document.get("signed")
    if not isinstance(signature, str) or not isinstance(signed, dict):
        raise NotGenuine("it has no signature")
    if signed.get("algorithm") != ALGORITHM:
        raise NotGenuine(f"it is not signed with {ALGORITHM}")
    expected = describe_key(public_key)
    if signed.get("key_id") != expected["key_id"]:
        raise NotGenuine(f"it is signed with another key than {expected['key_id']}")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            base64.b64decode(signature.encode("ascii"), validate=True), canonical_json(document)
        )
    except (InvalidSignature, ValueError):
        raise NotGenuine("its signature does not fit: it was changed after it was signed") from None
    return document


def _read_document(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise NotGenuine(f"it is larger than {MOST_BYTES // 1024 // 1024} MiB")
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_read_object)
    except (ValueError, RecursionError) as error:
        raise NotGenuine(f"it is not a signed JSON document: {error}") from None
    if not isinstance(document, dict):
        raise NotGenuine("it is not a JSON object")
    return document


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice would be read as one value by some, as the other by others."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse_fractions(whole: object) -> None:
    todo = [whole]
    while todo:
        value = todo.pop()
        if isinstance(value, float):
            raise ValueError("a signed document has no fractions")
        if isinstance(value, Mapping):
            todo += value.values()
        elif isinstance(value, list | tuple):
            todo += value
