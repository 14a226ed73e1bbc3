"""Number masks: phone numbers in what somebody wrote, shown by their last digits only."""

from __future__ import annotations

import re

from . import phone as phones
from .number_text import PLUSES, SEPARATING, WRITTEN_DAYS

E164 = re.compile(r"\+[1-9]\d{6,14}(?!\d)")
_SEVEN_OR_MORE = re.compile(
    rf"(?P<days>(?<![\d{PLUSES}])(?<![{PLUSES}] )\(?(?:{WRITTEN_DAYS})(?![{SEPARATING}{PLUSES}]{{0,8}}\d))"
    rf"|(?P<whole>{E164.pattern})"
    r"|(?P<masked>(?:\+\d{1,3}(?: \d{1,5})?(?: •{1,3})+ ?|•••)\d\d(?!\d))"
    rf"|[{PLUSES}]?[(\uff08]?\d(?:[{SEPARATING}{PLUSES}]{{0,8}}\d){{6,}}"
)
"""Seven digits or more, as people write numbers; or days, or what is masked already."""


def mask_e164(text: str) -> str:
    """The text with every number in E.164 masked."""
    return E164.sub(lambda found: phones.mask(found.group()), text)


def mask_written(text: str) -> str:
    """The text with whatever could be a phone number masked, in national form as well. Days stay where they are clearly
    days: in doubt it is a number."""
    return _SEVEN_OR_MORE.sub(_mask_found, text)


def _mask_found(found: re.Match[str]) -> str:
    if found["whole"]:
        return phones.mask(found["whole"])
    digits = [char for char in found.group() if char.isdecimal()]
    return found["days"] or found["masked"] or f"•••{''.join(digits[-2:])}"
