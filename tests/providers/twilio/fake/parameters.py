"""What Twilio's documentation allows in a request, field by field.

A field that is not in its table, one that is repeated and may not be, and a value that breaks its rule is a fault of
ours, however kindly the real service might overlook it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

Rule = Callable[[str], bool]


def one_of(*allowed: str) -> Rule:
    return lambda value: value in allowed


def whole(low: int, high: int) -> Rule:
    return lambda value: value.isascii() and value.isdigit() and low <= int(value) <= high


def phone(value: str) -> bool:
    return re.fullmatch(r"\+[1-9][0-9]{5,14}", value) is not None


def url(value: str) -> bool:
    parts = urlsplit(value)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "_" not in (parts.hostname or "")
        and len(value) <= 4000
        and not parts.fragment
    )


def twiml(value: str) -> bool:
    return 0 < len(value) <= 4000


def date(value: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z)?", value) is not None


METHOD = one_of("GET", "POST")
FLAG = one_of("true", "false")
CREATE: dict[str, Rule] = {
    "To": phone,
    "From": phone,
    "Url": url,
    "Twiml": twiml,
    "Method": METHOD,
    "FallbackUrl": url,
    "FallbackMethod": METHOD,
    "StatusCallback": url,
    "StatusCallbackEvent": one_of("initiated", "ringing", "answered", "completed"),
    "StatusCallbackMethod": METHOD,
    "Timeout": whole(1, 600),
    "TimeLimit": whole(1, 86_400),
    "MachineDetection": one_of("Enable", "DetectMessageEnd"),
    "MachineDetectionTimeout": whole(3, 59),
    "MachineDetectionSpeechThreshold": whole(1000, 6000),
    "MachineDetectionSpeechEndThreshold": whole(500, 5000),
    "MachineDetectionSilenceTimeout": whole(2000, 10_000),
    "AsyncAmd": FLAG,
    "AsyncAmdStatusCallback": url,
    "AsyncAmdStatusCallbackMethod": METHOD,
}
UPDATE: dict[str, Rule] = {
    "Url": url,
    "Twiml": twiml,
    "Method": METHOD,
    "Status": one_of("canceled", "completed"),
    "StatusCallback": url,
    "StatusCallbackMethod": METHOD,
    "TimeLimit": whole(1, 86_400),
}
LIST: dict[str, Rule] = {
    "To": phone,
    "From": phone,
    "Status": one_of(
        "queued", "ringing", "in-progress", "canceled", "completed", "failed", "busy", "no-answer"
    ),
    "StartTime": date,
    "StartTime<": date,
    "StartTime>": date,
    "PageSize": whole(1, 1000),
    "Page": whole(0, 100_000),
    "PageToken": lambda value: value.startswith("PA"),
}
REPEATED = frozenset({"StatusCallbackEvent"})


def faults(form: Mapping[str, Sequence[str]], table: Mapping[str, Rule]) -> list[str]:
    """What is wrong with these fields, a sentence each."""
    found = []
    for name, values in form.items():
        rule = table.get(name)
        if rule is None:
            found.append(f"{name} is no parameter")
            continue
        if len(values) > 1 and name not in REPEATED:
            found.append(f"{name} is given {len(values)} times")
        if len(set(values)) != len(values):
            found.append(f"{name} repeats a value")
        found += [f"{name} may not be {value[:80]!r}" for value in values if not rule(value)]
    return found


def create_faults(form: Mapping[str, Sequence[str]]) -> list[str]:
    """The same for a new call, with what its fields need of each other."""
    found = faults(form, CREATE)
    found += [f"{name} is missing" for name in ("To", "From") if name not in form]
    if ("Url" in form) == ("Twiml" in form):
        found.append("either Url or Twiml")
    if "StatusCallbackEvent" in form and "StatusCallback" not in form:
        found.append("StatusCallbackEvent without StatusCallback")
    if any(name.startswith("AsyncAmd") for name in form) and "MachineDetection" not in form:
        found.append("AsyncAmd without MachineDetection")
    return found


VERBS: dict[str, dict[str, Rule]] = {
    "Response": {},
    "Say": {"voice": bool, "language": lambda v: re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", v) is not None},
    "Play": {},
    "Pause": {"length": whole(1, 60)},
    "Hangup": {},
    "Redirect": {"method": METHOD},
    "Gather": {
        "input": one_of("dtmf"),
        "numDigits": whole(1, 20),
        "finishOnKey": lambda v: v in ("", *"0123456789*#"),
        "timeout": whole(1, 600),
        "action": url,
        "method": METHOD,
    },
    "Dial": {"callerId": phone},
    "Number": {},
}
"""TwiML as far as a campaign needs it: verb → attribute → rule."""
NESTED = {
    "Response": frozenset(VERBS) - {"Response", "Number"},
    "Gather": frozenset({"Say", "Play", "Pause"}),
}
NESTED["Dial"] = frozenset({"Number"})
