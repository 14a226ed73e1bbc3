"""Signed answers: documents with this installation's signature, for pages and API alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any

from campaign_app.time_zones import describe_zone_data

from .current import current_signer, now


def sign_now(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document, the data by which its hours were worked out, and the signature."""
    data = {"time_zones": describe_zone_data(now()).version, "holidays": _find_holidays_version()}
    return current_signer().sign_document({**document, "data": data}, now())


@cache
def _find_holidays_version() -> str:
    return metadata.version("holidays")
