"""Campaign form: from fields to the API's shape and back. It checks nothing itself.

Every rule is `domain.campaign.check_campaign`'s, which the API uses too; `find` puts what it found beside the
field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from campaign_app.domain.calling_window import DAY_NAMES, DAYS, MOST_WINDOWS
from campaign_app.domain.campaign import DEFAULTS, FIELD_RULES, CallOrder
from campaign_app.domain.countries import list_countries
from campaign_app.domain.errors import FieldError
from campaign_app.domain.number_zones import is_zone
from campaign_app.domain.retry import MAX_RETRIES
from campaign_app.domain.rulebook import MOST_CAPS, CampaignClock
from campaign_app.domain.script import MachineDetection

from . import message_form
from .filters import capitalize_first
from .zone_choices import find_zone

LOCAL_TIME = "%Y-%m-%dT%H:%M"
"""What `<input type=datetime-local>` reads and writes; the zone is the campaign's."""
OUTCOMES = (
    ("no-answer", "no-answer", "No answer"),
    ("busy", "busy", "Busy"),
    ("failed", "failed", "Failed"),
    ("canceled", "canceled", "Canceled"),
    ("machine", "completed", "Answered by a machine"),
)
"""Key in the policy, badge, and words."""
FOLLOW_CHOICES = [
    ("default", "Retry after the delays above"),
    ("own", "Retry after…"),
    ("never", "Do not retry"),
]
MACHINE_FOLLOW_CHOICES = [
    ("default", "Retry only if we hung up"),
    ("own", "Retry after…"),
    ("never", "Do not retry"),
]
FEWEST_DELAYS = 3


DAY_CHOICES = list(zip(DAYS, DAY_NAMES, strict=True))


def _make_choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


class WindowForm(Form):
    days = SelectMultipleField(choices=_make_choices(DAY_CHOICES), validate_choice=False)
    start = StringField()
    end = StringField()
    overnight = BooleanField()


PURPOSE_CHOICES = [
    ("", "Choose…"),
    ("informational", "Information: appointments, deliveries, notices"),
    ("marketing", "Marketing: anything that sells or promotes"),
    ("healthcare", "Healthcare"),
    ("debt", "Debt collection"),
    ("political", "Political"),
    ("charity", "Charity"),
    ("survey", "Survey"),
    ("emergency", "Emergency: health and safety, at any hour"),
]
CONSENT_CHOICES = [
    ("", "None is known for everybody"),
    ("express", "Express consent"),
    ("written", "Express written consent"),
    ("existing", "Existing customers"),
]
CLOCK_CHOICES = [
    ("both", "Their clock and the campaign’s"),
    ("person", "Their clock alone"),
    ("campaign", "The campaign’s clock alone (admins only)"),
]
DETECTION_CHOICES = [
    ("fast", "Fast: people wait least, more mistakes"),
    ("balanced", "Balanced"),
    ("careful", "Careful: people wait longest, fewest mistakes"),
    ("off", "Off: whoever answers hears the message at once"),
]
ORDER_CHOICES = [
    ("file", "In the order of the file"),
    ("newest", "The latest file first"),
    ("random", "Shuffled"),
    ("spread", "Shuffled, and retries at another time of day"),
]
PERIOD_CHOICES = [("hours", "hours"), ("day", "calendar day"), ("week", "calendar week")]
SCOPE_CHOICES = [
    ("number", "in all campaigns"),
    ("subject", "about the same subject"),
    ("campaign", "in this campaign"),
]


class CapForm(Form):
    """One cap; a row without a number of calls is none."""

    most = StringField()
    per_hours = StringField()
    per = SelectField(choices=_make_choices(PERIOD_CHOICES), validate_choice=False, default="hours")
    scope = SelectField(choices=_make_choices(SCOPE_CHOICES), validate_choice=False, default="number")
    unless_consent = BooleanField()


class FollowForm(Form):
    """What follows one outcome."""

    then = SelectField(choices=_make_choices(FOLLOW_CHOICES), validate_choice=False, default="default")
    minutes = StringField()


class CampaignForm(message_form.MessageFields):
    name = StringField("Name")
    caller_id = StringField("Caller ID")
    provider = SelectField("Trunk", validate_choice=False)
    purpose = SelectField(
        "What the calls are for", choices=_make_choices(PURPOSE_CHOICES), validate_choice=False
    )
    subject = StringField("Subject")
    caller_name = StringField("Who calls")
    consent = SelectField(
        "Consent of everybody on the list", choices=_make_choices(CONSENT_CHOICES), validate_choice=False
    )
    consent_source = StringField("Where the consent comes from")
    clock = SelectField("Whose clock counts", choices=_make_choices(CLOCK_CHOICES), validate_choice=False)
    timezone = StringField("Time zone")
    default_region = SelectField("Country for numbers without a country code", validate_choice=False)
    windows = FieldList(FormField(WindowForm), "Calling windows", max_entries=MOST_WINDOWS)
    caps = FieldList(FormField(CapForm), "Maximum calls to a number", max_entries=MOST_CAPS)
    min_gap_minutes = StringField("Minutes between calls from different campaigns")
    guard_seconds = StringField("Seconds without new calls before closing")
    starts_at = StringField("Starts")
    ends_at = StringField("Ends")
    starts_at_saved, ends_at_saved, version = HiddenField(), HiddenField(), HiddenField()
    max_concurrent_calls = StringField("Maximum calls at the same time")
    calls_per_second = StringField("Maximum new calls per second")
    priority = StringField("Priority")
    call_order = SelectField(
        "Who is called first", choices=_make_choices(ORDER_CHOICES), validate_choice=False, default="file"
    )
    retries_first = BooleanField("Retries that are due go before everybody else")
    ring_seconds = StringField("Seconds to let it ring")
    longest_call_seconds = StringField("Longest call, in seconds")
    machine_detection = SelectField(
        "Machine detection",
        choices=_make_choices(DETECTION_CHOICES),
        validate_choice=False,
        default="balanced",
    )
    max_retries = StringField("Retries")
    delays = FieldList(StringField(), "Minutes to wait before each retry", max_entries=MAX_RETRIES)
    outcomes = FieldList(FormField(FollowForm), "What follows each outcome", max_entries=len(OUTCOMES))

    def offer_choices(self, trunks: Sequence[str], recordings: Sequence[tuple[str, str]]) -> CampaignForm:
        """Fill in what can be chosen."""
        self.offer_recordings(recordings)
        self.provider.choices = _make_choices((name, name) for name in trunks)
        regions = [("", "Don’t assume one"), *list_countries()]
        self.default_region.choices = _make_choices(regions)
        return self


def _field_names(form: type[Form]) -> list[str]:
    return [name for name, value in vars(form).items() if hasattr(value, "field_class")]


def list_message_fields() -> list[str]:
    """The form's names of the message's parts."""
    return _field_names(message_form.MessageFields)


LOCAL_TIMES = ("starts_at", "ends_at")
PLAIN_FIELDS = [
    name
    for name in _field_names(CampaignForm)
    if name in FIELD_RULES and name not in LOCAL_TIMES and name not in ("caps", "consent", "retries_first")
]
"""Those that the form and the API have under one name, and the form as text."""


def make_new_data() -> dict[str, Any]:
    """The form's data for a new campaign: the defaults, with a key that ends all calls."""
    return from_api({"message": {"text": "", "keys": [message_form.OPT_OUT_KEY]}})


def from_api(data: Mapping[str, Any]) -> dict[str, Any]:
    """The form's data for a campaign in API shape; what is missing takes the defaults."""
    data = {**DEFAULTS, **data}
    retry = data["retry"]
    delays = [_format_value(minutes) for minutes in retry["delays_minutes"]]
    follow_rows = []
    for key, _, _ in OUTCOMES:
        outcome_delays = retry["by_outcome"].get(key)
        then = "default" if outcome_delays is None else "own" if outcome_delays else "never"
        follow_rows.append(
            {"then": then, "minutes": ", ".join(_format_value(minutes) for minutes in outcome_delays or [])}
        )
    return {
        **{name: _format_value(data.get(name)) for name in PLAIN_FIELDS},
        **{name: _to_local_input(data[name], data["timezone"] or "UTC") for name in LOCAL_TIMES},
        **{f"{name}_saved": data[name] or "" for name in LOCAL_TIMES},
        "consent": (data["consent"] or {}).get("kind", ""),
        "consent_source": (data["consent"] or {}).get("source", ""),
        **message_form.from_api(data.get("message") or {}),
        "windows": [
            {**window, "overnight": window.get("overnight", False)} for window in data["calling_windows"]
        ],
        "caps": [
            {
                "unless_consent": False,
                **cap,
                "most": _format_value(cap["most"]),
                "per_hours": _format_value(cap.get("per_hours")),
                "per": cap.get("per") or "hours",
            }
            for cap in data["caps"]
        ],
        "retries_first": data["retries_first"],
        "max_retries": _format_value(retry["max_retries"]),
        "delays": delays,
        "outcomes": follow_rows,
    }


def to_api(form_data: Mapping[str, Any]) -> dict[str, Any]:
    """The API's shape of a form's data, as it was typed: check_campaign reads numbers from text as well."""
    zone = find_zone(form_data["timezone"] or "")
    delays = [text.strip() for text in form_data["delays"]]
    while delays and not delays[-1]:
        delays.pop()
    by_outcome: dict[str, list[str]] = {}
    for (key, _, _), follow in zip(OUTCOMES, form_data["outcomes"], strict=False):
        if follow["then"] == "own":
            by_outcome[key] = re.split(r"[\s,;]+", (follow["minutes"] or "").strip())
        elif follow["then"] == "never":
            by_outcome[key] = []
    return {
        **{name: (form_data[name] or "").strip() or None for name in PLAIN_FIELDS},
        **{
            name: _to_zoned_instant(form_data[name], zone or "UTC", form_data[f"{name}_saved"])
            for name in LOCAL_TIMES
        },
        "timezone": zone or None,
        "clock": form_data["clock"] or CampaignClock.BOTH.value,
        "machine_detection": form_data["machine_detection"] or MachineDetection.BALANCED.value,
        "ring_seconds": form_data["ring_seconds"] or DEFAULTS["ring_seconds"],
        "longest_call_seconds": form_data["longest_call_seconds"] or DEFAULTS["longest_call_seconds"],
        "call_order": form_data["call_order"] or CallOrder.FILE.value,
        "retries_first": bool(form_data["retries_first"]),
        "consent": _consent_to_api(form_data),
        "caps": [_cap_to_api(cap) for cap in form_data["caps"] if (cap["most"] or "").strip()],
        "message": message_form.to_api(form_data),
        "calling_windows": [
            {
                "days": window["days"] or [],
                "start": window["start"] or "",
                "end": window["end"] or "",
                **({"overnight": True} if window["overnight"] else {}),
            }
            for window in form_data["windows"]
        ],
        "retry": {
            "max_retries": form_data["max_retries"] or "",
            "delays_minutes": delays,
            "by_outcome": by_outcome,
        },
    }


def _consent_to_api(form_data: Mapping[str, Any]) -> dict[str, str] | None:
    kind = form_data["consent"] or ""
    return {"kind": kind, "source": (form_data["consent_source"] or "").strip()} if kind else None


def _cap_to_api(cap: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "most": cap["most"].strip(),
        **(
            {"per_hours": (cap["per_hours"] or "").strip()}
            if cap["per"] in ("hours", None)
            else {"per": cap["per"]}
        ),
        "scope": cap["scope"] or "number",
        **({"unless_consent": True} if cap["unless_consent"] else {}),
    }


def pad_form_rows(form_data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with as many fields for delays as the retries ask for, and a row for each outcome."""
    retries_text = form_data["max_retries"] or ""
    retries = (
        min(int(retries_text), MAX_RETRIES)
        if retries_text.isascii() and retries_text.isdigit() and len(retries_text) < 4
        else 0
    )
    delays = [text or "" for text in form_data["delays"]]
    while len(delays) > max(retries, FEWEST_DELAYS) and not delays[-1]:
        delays.pop()
    delays += [""] * (max(retries, FEWEST_DELAYS) - len(delays))
    rows = [*form_data["outcomes"], *({"then": "default", "minutes": ""} for _ in OUTCOMES)][: len(OUTCOMES)]
    caps = [cap for cap in form_data["caps"] if str(cap["most"] or "").strip()]
    if len(caps) < MOST_CAPS:
        caps.append({"most": "", "per_hours": "", "per": "hours", "scope": "number", "unless_consent": False})
    return {**form_data, "delays": delays, "outcomes": rows, "caps": caps}


@dataclass(frozen=True, slots=True)
class FormProblem:
    """One thing to correct: the id of its field on the page, what the field is called, and a sentence."""

    anchor: str
    label: str
    message: str


FIELD_ANCHORS: Sequence[tuple[str, str, str]] = (
    *message_form.FIELD_ANCHORS,
    (r"calling_windows\[(\d+)\]\.(start)", r"windows-\1-\2", "Window {n}, from"),
    (r"calling_windows\[(\d+)\]\.(end)", r"windows-\1-\2", "Window {n}, until"),
    (r"calling_windows\[(\d+)\]\.(days)", r"windows-\1-\2", "Window {n}, days"),
    (r"calling_windows\[(\d+)\]\.(\w+)", r"windows-\1-\2", "Window {n}"),
    (r"calling_windows\[(\d+)\]", r"windows-\1-start", "Window {n}"),
    (r"calling_windows", "windows", "Calling windows"),
    (r"consent\.source", "consent_source", "Where the consent comes from"),
    (r"consent(\.kind)?", "consent", "Consent of everybody on the list"),
    (r"caps\[(\d+)\]\.(\w+)", r"caps-\1-most", "Cap {n}"),
    (r"caps(\[(\d+)\])?", "caps-0-most", "Maximum calls to a number"),
    (r"retry\.max_retries", "max_retries", "Retries"),
    (r"retry\.delays_minutes\[(\d+)\]", r"delays-\1", "Delay before retry {n}"),
    (r"retry(\.delays_minutes)?", "delays-0", "Delays"),
)
"""Where an error of the API's field belongs on the page."""


def find_problems(errors: Sequence[FieldError]) -> list[FormProblem]:
    """The page's place for each error, in the order of the page."""
    return sorted(
        (_locate_error(error) for error in errors), key=lambda problem: _rank_anchor(problem.anchor)
    )


def _rank_anchor(anchor: str) -> tuple[int, str]:
    # The name, the message, then the rest, as they stand on the page.
    fields = ["name", *_field_names(message_form.MessageFields), *_field_names(CampaignForm)]
    name = anchor.partition("-")[0]
    return (fields.index(name) if name in fields else len(fields), anchor)


def _locate_error(error: FieldError) -> FormProblem:
    message = capitalize_first(error.message)
    for pattern, anchor, label in FIELD_ANCHORS:
        match = re.fullmatch(pattern, error.field)
        if match:
            number = int(match[1]) + 1 if match.groups() and (match[1] or "").isdigit() else 0
            return FormProblem(match.expand(anchor), label.format(n=number), message)
    outcome_match = re.match(r"retry\.by_outcome\.([a-z-]+)", error.field)
    for index, (key, _, outcome_label) in enumerate(OUTCOMES):
        if outcome_match and outcome_match[1] == key:
            return FormProblem(f"outcomes-{index}-minutes", f"After {outcome_label.lower()}", message)
    field = getattr(CampaignForm, error.field, None)
    label = field.args[0] if field is not None and field.args else error.field
    return FormProblem(error.field, str(label), message)


def _format_value(value: Any) -> str:
    """A number as it is typed, with all its digits: 2.0 → `2`, 1234.567 → `1234.567`."""
    if not isinstance(value, float):
        return "" if value is None else str(value)
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def _to_local_input(value: str | None, zone: str) -> str:
    if not value:
        return ""
    local = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
    return local.strftime(f"{LOCAL_TIME}:%S" if local.second else LOCAL_TIME)


def _to_zoned_instant(value: str | None, zone: str, saved: str | None) -> str | None:
    """A local time of the form with its zone's offset. What cannot be read goes on as it is.

    A field that still reads as what was saved means that very instant: a clock time can occur twice in autumn.
    """
    text = (value or "").strip()
    if not text:
        return None
    try:
        naive = datetime.fromisoformat(text)
    except ValueError:
        return text
    if naive.tzinfo is not None or not is_zone(zone):
        return text
    if saved and _reads_as(saved, zone, text):
        return saved
    return naive.replace(tzinfo=ZoneInfo(zone)).isoformat()


def _reads_as(saved: str, zone: str, text: str) -> bool:
    try:
        return _to_local_input(saved, zone) == text
    except (ValueError, OverflowError):
        return False
