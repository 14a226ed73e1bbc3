"""Campaign consent: what an operator says of everybody on a campaign's list, and who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .dial_profile import NO_CONSENT, parse_consent_kind
from .errors import FieldError, InvalidInput

LONGEST_SOURCE = 200
LONGEST_CALLER_NAME = 100
CONSENT_KINDS = ("express", "written", "existing")
BEST_CONSENT = "written"
"""Enough wherever any rule asks for consent."""


@dataclass(frozen=True, slots=True)
class CampaignConsent:
    """A consent that everybody on the list has given, and where it comes from, such as `intake form of 2026`."""

    kind: str
    """One of CONSENT_KINDS."""
    source: str


def parse_consent(value: object, where: str = "consent") -> CampaignConsent | None:
    """Read `{"kind": "express", "source": "intake form"}`; None where nothing is said. Raises InvalidInput."""
    if value is None or value == "":
        return None
    if not isinstance(value, Mapping):
        raise InvalidInput(
            [FieldError(where, 'an object, such as {"kind": "express", "source": "intake form"}')]
        )
    errors = [
        FieldError(f"{where}.{key}", "not a part of it; its parts are kind and source")
        for key in value
        if key not in ("kind", "source")
    ]
    kind, source = value.get("kind"), value.get("source")
    if isinstance(kind, str) and kind.strip() in ("", NO_CONSENT) and not source and not errors:
        return None
    try:
        kind = parse_consent_kind(kind) if isinstance(kind, str) else None
    except InvalidInput:
        kind = None
    if kind not in CONSENT_KINDS:
        errors.append(FieldError(f"{where}.kind", f"one of {', '.join(CONSENT_KINDS)}"))
    text = " ".join(source.split()) if isinstance(source, str) else ""
    if not 0 < len(text) <= LONGEST_SOURCE or not text.isprintable():
        text_wanted = (
            f"where the consent comes from, such as intake form; {LONGEST_SOURCE} characters at the most"
        )
        errors.append(FieldError(f"{where}.source", text_wanted))
    if errors:
        raise InvalidInput(errors)
    return CampaignConsent(str(kind), text)


def parse_call_consent(value: object, where: str = "consent") -> CampaignConsent | None:
    """The same of the person whom a single call goes to: the source need not be said, and `none` is an answer, too.
    Raises InvalidInput."""
    if not isinstance(value, Mapping):
        return parse_consent(value, where)
    kind, source = value.get("kind"), value.get("source")
    if kind == NO_CONSENT and set(value) <= {"kind", "source"} and source in (None, ""):
        return CampaignConsent(NO_CONSENT, "")
    if source not in (None, ""):
        return parse_consent(value, where)
    read = parse_consent({**value, "source": "not said"}, where)
    return None if read is None else CampaignConsent(read.kind, "")


def consent_to_api(consent: CampaignConsent | None) -> dict[str, str] | None:
    """The inverse of `parse_consent`."""
    return None if consent is None else {"kind": consent.kind, "source": consent.source}


def parse_caller_name(value: object, where: str = "caller_name") -> str:
    """Who calls, as the first words of the message say it. Raises InvalidInput."""
    if value is None:
        return ""
    text = " ".join(value.split()) if isinstance(value, str) else None
    if text is None or len(text) > LONGEST_CALLER_NAME or not text.isprintable():
        text_wanted = f"who calls, as the message says it; {LONGEST_CALLER_NAME} characters at the most"
        raise InvalidInput([FieldError(where, text_wanted)])
    return text
