"""Trunk settings: what can be set on a provider account, and the one check of it for form and API."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from . import day_limits, phone
from .call_price import CallPrice, parse_price
from .countries import SUPPORTED
from .day_limits import DayLimits
from .errors import FieldError, InvalidInput
from .number_rules import COSTLY_TYPES

SIMULATOR = "simulator"
"""The provider that calls nobody."""
LINES = (0, 100_000)
RATE_RANGE = (0.01, 10_000.0)
"""Calls a second."""
LONGEST_SETTING = 500
SHORTEST_RING, LONGEST_RING = 5, 120
"""Seconds that a phone may ring, on every trunk."""
SHORTEST_CALL = 10
LONGEST_CALLS = {SIMULATOR: 300, "asterisk": 600, "twilio": 300}
"""Seconds that a call may last after the answer, by provider: a line is held no longer in doubt than that."""
MOST_CALLER_IDS = 1_000
MOST_TARGETS = 1_000
LONGEST_TARGET = 200
NO_LIMITS = DayLimits()
MOST_COUNTRIES = 1_000
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class TrunkSetting:
    """One thing that a provider's account needs. A secret is written, never read back."""

    name: str
    label: str
    help: str
    secret: bool = False
    url: bool = False
    must_contain: tuple[str, ...] = ()
    """One of these must stand in it."""
    choices: tuple[str, ...] = ()
    """What it may be, the first being what an empty one means; none: any text."""


SETTINGS: dict[str, tuple[TrunkSetting, ...]] = {
    "simulator": (),
    "asterisk": (
        TrunkSetting(
            "url", "Address", "the address of Asterisk's HTTP server, such as http://127.0.0.1:8088", url=True
        ),
        TrunkSetting("user", "User", "a user from ari.conf"),
        TrunkSetting("password", "Password", "that user’s password", secret=True),
        TrunkSetting(
            "endpoint",
            "Endpoint",
            "a dial string with {number}, or {digits} for it without +, such as PJSIP/{number}@trunk",
            must_contain=("{number}", "{digits}"),
        ),
        TrunkSetting("app", "Application", "the name of the Stasis application; each trunk needs its own"),
        TrunkSetting("sounds", "Sounds folder", "a folder on this machine that Asterisk reads sounds from"),
        TrunkSetting(
            "sounds_as",
            "Sounds as Asterisk names them",
            "the same folder as Asterisk sees it, or an http(s) prefix",
        ),
        TrunkSetting(
            "cel", "Call journal", "the file that cel_custom writes, where this machine can read it"
        ),
    ),
    "twilio": (
        TrunkSetting("account_sid", "Account SID", "begins with AC"),
        TrunkSetting("auth_token", "Auth token", "the account’s primary auth token", secret=True),
        TrunkSetting(
            "auth_token_2",
            "Second auth token",
            "while you change the token: callbacks signed with this one are accepted too",
            secret=True,
        ),
        TrunkSetting("from", "Caller ID", "used if a campaign has no caller ID of its own"),
        TrunkSetting(
            "base_url", "Address", "where Twilio’s API is; leave blank for https://api.twilio.com", url=True
        ),
        TrunkSetting(
            "detection",
            "Machine detection",
            "async: the message begins at once; sync: it begins after the verdict, so people wait about four seconds",
            choices=("async", "sync"),
        ),
        TrunkSetting("voice", "Voice", "the voice that reads texts aloud, such as Polly.Amy"),
        TrunkSetting("language", "Language", "the language in which texts are read aloud, such as en-GB"),
    ),
}
"""What an empty one takes from the environment. The adapters check what only they can know."""
FIELDS = (
    "name",
    "provider",
    "settings",
    "credentials",
    "caller_ids",
    "countries",
    "number_types",
    "max_concurrent_calls",
    "calls_per_second",
    "price",
    *day_limits.FIELDS,
    "transfer_targets",
)


def settings_of(provider: str, *, secret: bool) -> tuple[TrunkSetting, ...]:
    return tuple(setting for setting in SETTINGS.get(provider, ()) if setting.secret is secret)


@dataclass(frozen=True, slots=True)
class TrunkSpec:
    """Checked. `credentials` holds what is to be changed: a name with None is to be forgotten."""

    name: str
    provider: str
    settings: dict[str, str]
    credentials: dict[str, str | None]
    caller_ids: tuple[str, ...] | None
    max_concurrent_calls: int
    calls_per_second: float | None
    countries: tuple[str, ...] | None = None
    """The countries that may be called, by ISO 3166 alpha-2 code; None for every country."""
    number_types: tuple[str, ...] | None = None
    """The costly types of number (number_rules.COSTLY_TYPES) that may be called; None where nobody has chosen yet:
    every country, and none of these types."""
    price: CallPrice | None = None
    limits: DayLimits = NO_LIMITS
    transfer_targets: tuple[str, ...] | None = None
    """Whom a key may connect callees with; None for whoever the trunk may call."""


def read_trunk(
    data: Mapping[str, Any], *, other_names: Collection[str]
) -> tuple[TrunkSpec, list[FieldError]]:
    """A trunk in API shape, and every wrong field, of which the spec has some empty value: so that whoever checks more
    of it can tell all errors at once."""
    errors: list[FieldError] = []

    def add_error(field: str, text: str) -> None:
        errors.append(FieldError(field, text))

    for key in data:
        if key not in FIELDS:
            add_error(key, f"not a field of a trunk; its fields are {', '.join(FIELDS)}")
    name = _clean_name(data.get("name"))
    if name is None:
        add_error(
            "name",
            f"give it a name of up to {LONGEST_NAME} letters, digits, spaces and . _ -, beginning with a letter or"
            " a digit",
        )
    elif name in other_names:
        add_error("name", "another trunk has this name")
    provider = data.get("provider")
    if not isinstance(provider, str) or provider not in SETTINGS:
        add_error("provider", f"one of {', '.join(SETTINGS)}")
        # What it would need cannot be known.
        data, provider = {**data, "settings": None, "credentials": None}, "simulator"
    settings = _check_texts(data.get("settings"), "settings", provider, add_error, secret=False)
    credentials = _check_texts(data.get("credentials"), "credentials", provider, add_error, secret=True)
    lines, rate = _check_limits(data, errors)
    countries, number_types = _number_rules(data, add_error)
    if provider == "simulator" and countries is None and not number_types:
        # It calls no one. Should the trunk call people one day, somebody is to choose then.
        number_types = None
    price = None
    try:
        price = parse_price(data.get("price"))
    except InvalidInput as error:
        errors += error.errors
    spec = TrunkSpec(
        name=name or "",
        provider=provider,
        settings={key: value for key, value in settings.items() if value is not None},
        credentials=credentials,
        caller_ids=_check_caller_ids(data.get("caller_ids"), add_error),
        max_concurrent_calls=lines,
        calls_per_second=rate,
        countries=countries,
        number_types=number_types,
        price=price,
        limits=day_limits.check_day_limits(data, price, add_error),
        transfer_targets=_check_targets(data.get("transfer_targets"), add_error),
    )
    return spec, errors


def _clean_name(value: object) -> str | None:
    """The name without blanks around it, its letters of any script; None for what is no name."""
    if not isinstance(value, str):
        return None
    name = unicodedata.normalize("NFC", value).strip()
    if not 0 < len(name) <= LONGEST_NAME or not name[0].isalnum():
        return None
    # Marks, too: vowels of Hindi are letters with a mark that no single character has.
    fits = all(char.isalnum() or char in " ._-" or unicodedata.category(char)[0] == "M" for char in name)
    return name if fits else None


def _check_limits(data: Mapping[str, Any], errors: list[FieldError]) -> tuple[int, float | None]:
    """Lines and calls a second; what is wrong with them is added to `errors`."""
    lines, rate = data.get("max_concurrent_calls"), data.get("calls_per_second")
    if isinstance(lines, bool) or not isinstance(lines, int) or not LINES[0] <= lines <= LINES[1]:
        errors.append(
            FieldError("max_concurrent_calls", f"use a whole number from {LINES[0]} to {LINES[1]:,}")
        )
        lines = 0
    if rate is not None and not (
        isinstance(rate, int | float)
        and not isinstance(rate, bool)
        and math.isfinite(rate)
        and RATE_RANGE[0] <= rate <= RATE_RANGE[1]
    ):
        errors.append(
            FieldError(
                "calls_per_second",
                f"use a number from {RATE_RANGE[0]:g} to {RATE_RANGE[1]:,g}, or leave it empty",
            )
        )
        rate = None
    return lines, None if rate is None else float(rate)


def _check_texts(
    values: Any, field: str, provider: str, add_error: Any, *, secret: bool
) -> dict[str, str | None]:
    known = {setting.name: setting for setting in settings_of(provider, secret=secret)}
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        add_error(field, 'give them as {"name": "value"}')
        return {}
    texts: dict[str, str | None] = {}
    for name, value in values.items():
        setting = known.get(name)
        if setting is None:
            allowed = f"its {field} are {', '.join(known)}" if known else f"it has no {field}"
            misplaced = any(other.name == name for other in settings_of(provider, secret=not secret))
            add_error(
                f"{field}.{name}",
                f"it belongs under {'settings' if secret else 'credentials, which are kept encrypted'}"
                if misplaced
                else f"{provider} does not know it; {allowed}",
            )
        elif value is None or value == "":
            texts[name] = None
        elif not isinstance(value, str) or len(value) > LONGEST_SETTING or not value.isprintable():
            add_error(f"{field}.{name}", f"text of up to {LONGEST_SETTING} characters on one line")
        elif setting.url and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            add_error(f"{field}.{name}", "a URL that begins with http:// or https://")
        elif setting.choices and value not in setting.choices:
            add_error(f"{field}.{name}", f"one of {', '.join(setting.choices)}")
        elif setting.must_contain and not any(part in value for part in setting.must_contain):
            add_error(
                f"{field}.{name}",
                f"{setting.help}: there is no {' and no '.join(setting.must_contain)} in it",
            )
        else:
            texts[name] = value.strip()
    return texts


def _check_caller_ids(values: Any, add_error: Any) -> tuple[str, ...] | None:
    if values is None or values == []:
        return None
    if not isinstance(values, list | tuple) or len(values) > MOST_CALLER_IDS:
        add_error("caller_ids", f"a list of up to {MOST_CALLER_IDS:,} numbers")
        return None
    numbers: list[str] = []
    for place, value in enumerate(values):
        text = value if isinstance(value, str) else ""
        try:
            numbers.append(phone.parse(text, None))
        except phone.PhoneError as error:
            add_error(f"caller_ids[{place}]", phone.explain_refusal(error, text))
    return tuple(dict.fromkeys(numbers))


def _check_targets(values: Any, add_error: Any) -> tuple[str, ...] | None:
    """Numbers in E.164, and whatever else a provider connects with, as it stands in messages."""
    if values is None:
        return None
    if not isinstance(values, list | tuple) or len(values) > MOST_TARGETS:
        add_error("transfer_targets", f"a list of up to {MOST_TARGETS:,} numbers; null: whoever it may call")
        return None
    targets: list[str] = []
    for place, value in enumerate(values):
        text = value.strip() if isinstance(value, str) else ""
        if not text or len(text) > LONGEST_TARGET or not text.isprintable():
            add_error(f"transfer_targets[{place}]", f"text of up to {LONGEST_TARGET} characters on one line")
            continue
        try:
            targets.append(phone.parse(text, None) if text.startswith("+") else text)
        except phone.PhoneError as error:
            add_error(f"transfer_targets[{place}]", phone.explain_refusal(error, text))
    return tuple(dict.fromkeys(targets))


def propose_countries(caller_ids: Collection[str] | None) -> tuple[str, ...]:
    """The countries of caller ids, sorted: those that the trunk most likely calls. What is no number is passed over."""
    found = set()
    for number in caller_ids or ():
        try:
            found.add(phone.parse_number(number, None).region)
        except phone.PhoneError:
            continue
    return tuple(sorted(found & SUPPORTED))


def _number_rules(
    data: Mapping[str, Any], fail: Any
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Countries and costly types. Where the data has neither, nobody has chosen, and the types are None."""
    if "countries" not in data and "number_types" not in data:
        return None, None
    countries = data.get("countries")
    if countries is not None:
        countries = _known_codes(countries, "countries", fail)
    return countries, _known_types(data.get("number_types"), fail)


def _known_codes(given: Any, field: str, fail: Any) -> tuple[str, ...] | None:
    if not isinstance(given, list | tuple) or len(given) > MOST_COUNTRIES:
        fail(field, 'a list of countries by their two letters, such as ["US", "CA"]; null for every country')
        return None
    if not given:
        fail(field, "name at least one country; null is every country")
    codes = []
    for place, value in enumerate(given):
        code = value.strip().upper() if isinstance(value, str) else ""
        if phone.is_region(code):
            codes.append(code)
        else:
            fail(f"{field}[{place}]", f"“{str(value)[:40]}” is not a country: use two letters, such as US")
    return tuple(sorted(set(codes)))


def _known_types(given: Any, fail: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    known = ", ".join(sorted(COSTLY_TYPES))
    if not isinstance(given, list | tuple) or len(given) > len(phone.NUMBER_TYPES):
        fail("number_types", f"a list of the costly types that it may call: {known}")
        return ()
    types = []
    for place, value in enumerate(given):
        if isinstance(value, str) and value in COSTLY_TYPES:
            types.append(value)
        elif isinstance(value, str) and value in phone.NUMBER_TYPES:
            fail(
                f"number_types[{place}]",
                f"{value} needs no leave: every trunk may call it. Costly are {known}",
            )
        else:
            fail(f"number_types[{place}]", f"“{str(value)[:40]}” is no costly type of number: use {known}")
    return tuple(sorted(set(types)))
