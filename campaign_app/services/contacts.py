"""Contact service: add a list of contacts, and show them with their attempts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import ACCEPTS_CONTACTS, EARLIEST, CampaignStatus, to_rfc3339
from campaign_app.domain.dial_profile import DialProfile, parse_consent_kind, parse_line
from campaign_app.domain.erasure import FORGOTTEN_NUMBER
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.message import parse_message
from campaign_app.domain.number_rules import EVERY_COUNTRY, NumberRules, check_number
from campaign_app.domain.number_zones import is_zone
from campaign_app.domain.variables import find_value
from campaign_app.models import Attempt, Campaign, Contact
from campaign_app.queries import contacts as contacts_queries
from campaign_app.queries import forgotten as forgotten_queries
from campaign_app.services import audit
from campaign_app.services.contact_matching import Match, load_known_contacts
from campaign_app.services.contact_profiles import derive_contact_profile, derive_with_doubts, keep_profiles
from campaign_app.services.origin import current_origin
from campaign_app.services.trunks import number_rules_of

MOST_AT_ONCE = 10_000
MOST_VARIABLES = 50
LONGEST_NAME = 64
LONGEST_VALUE = 1000


@dataclass(frozen=True, slots=True)
class ListedContact:
    """One item of a list, read: E.164, its country, and what else the client says of the person."""

    phone: str
    country: str
    variables: dict[str, str]
    details: dict[str, Any] = field(default_factory=dict)
    """Of the columns of `contacts` those that the client gave."""

    @property
    def profile(self) -> DialProfile:
        """Where and who the person may be. Raises InvalidInput for a place that nobody knows."""
        return derive_contact_profile(self.phone, self.details)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What in the contact contradicts itself or the number: a sentence each."""
        return derive_with_doubts(self.phone, self.details).doubts


@dataclass(slots=True)
class AddResult:
    """What became of a list: every item is in exactly one of the counts."""

    accepted: int = 0
    repeated: int = 0
    already_in_campaign: int = 0
    do_not_call: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    """One per item that is no contact: {index, phone, code, reason}."""
    doubts: list[dict[str, Any]] = field(default_factory=list)
    """One per item that joined the campaign and contradicts itself or its number: {index, phone, doubts}, a sentence
    each. Such a person is called only when it is time everywhere that they may be."""


def check_accepts_contacts(status: CampaignStatus) -> None:
    """Raises Conflict where contacts can no longer be added, with the remedy."""
    if status in ACCEPTS_CONTACTS:
        return
    remedy = "reopen it first" if status is CampaignStatus.COMPLETED else "clone it and add them to the copy"
    raise StateConflict(f"contacts cannot be added to a campaign that is {status}: {remedy}")


def add_contacts(
    session: Session, campaign_id: int, rows: Sequence[Mapping[str, Any] | str], *, actor: str, now: datetime
) -> AddResult:
    """Add up to 10,000 contacts `{"phone", "variables", …}` (FIELDS; or bare numbers), due at once.

    Wrong rows are told one by one and do not stop the others. Raises NotFound, Conflict, Invalid (too many).
    """
    if len(rows) > MOST_AT_ONCE:
        raise InvalidInput(
            [
                FieldError(
                    "contacts", f"{len(rows):,} at once; {MOST_AT_ONCE:,} at the most, or import a CSV file"
                )
            ]
        )
    status = contacts_queries.lock_campaign_status(session, campaign_id)
    if status is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    check_accepts_contacts(CampaignStatus(status))
    campaign = session.get_one(Campaign, campaign_id)
    rules = number_rules_of(campaign.trunk)
    result = AddResult()
    parsed = _parse_rows(campaign, rows, rules, result, now)
    parsed = _leave_out_forgotten(session, parsed, result)
    wanted = _choose_new(session, campaign_id, parsed, result)
    new_contacts = _make_rows(session, wanted, now)
    inserted = contacts_queries.insert_contacts(session, campaign_id, new_contacts, now)
    result.accepted = len(inserted)
    result.already_in_campaign += len(new_contacts) - result.accepted
    first_index = {contact.phone: index for index, contact in reversed(parsed)}
    result.doubts = [
        {"index": first_index[phone], "phone": phone, "doubts": list(contact.doubts)}
        for phone, contact in wanted.items()
        if phone in inserted and contact.doubts
    ]
    audit.record_audit_entry(
        session,
        actor=actor,
        action="contacts.add",
        object_type="campaign",
        object_id=str(campaign_id),
        now=now,
        accepted=result.accepted,
        rejected=len(result.rejected),
        repeated=result.repeated,
        already_in_campaign=result.already_in_campaign,
        do_not_call=result.do_not_call,
    )
    return result


def _parse_rows(
    campaign: Campaign,
    rows: Sequence[Mapping[str, Any] | str],
    rules: NumberRules,
    result: AddResult,
    now: datetime,
) -> list[tuple[int, ListedContact]]:
    """(index, contact) of the rows that are contacts; the others are told in the result."""
    # A start checks that everybody has a value for what is spoken; who comes later is checked here.
    required = list_required_variables(campaign.status, campaign.stored_message)
    parsed: list[tuple[int, ListedContact]] = []
    for index, row in enumerate(rows):
        try:
            contact = parse_contact_row(row, campaign.default_region, rules, now=now)
            problem = describe_missing_value(required, contact.variables)
            if problem is not None:
                raise phones.PhoneError("no-value", problem)
        except phones.PhoneError as error:
            phone_text = (
                row if isinstance(row, str) else row.get("phone") if isinstance(row, Mapping) else None
            )
            result.rejected.append(
                {
                    "index": index,
                    "phone": str(phone_text or "")[:64],
                    "code": error.code,
                    "reason": str(error),
                }
            )
            continue
        parsed.append((index, contact))
    return parsed


FORGOTTEN_REASON = "the person asked to be forgotten, and is not called again"


def _leave_out_forgotten(
    session: Session, parsed: Sequence[tuple[int, ListedContact]], result: AddResult
) -> list[tuple[int, ListedContact]]:
    """The contacts who did not ask to be forgotten; the others are told in the result."""
    forgotten_queries.hold_forgotten_still(session.connection())
    forgotten = forgotten_queries.find_forgotten(session.connection(), _list_numbers(parsed))
    left: list[tuple[int, ListedContact]] = []
    for index, contact in parsed:
        if contact.phone in forgotten:
            # Not even in this answer, which may be kept for a repeat.
            refusal = {"index": index, "phone": "", "code": "forgotten", "reason": FORGOTTEN_REASON}
            result.rejected.append(refusal)
        else:
            left.append((index, _leave_out(contact, forgotten)))
    result.rejected.sort(key=lambda refusal: refusal["index"])
    return left


def _choose_new(
    session: Session, campaign_id: int, parsed: Sequence[tuple[int, ListedContact]], result: AddResult
) -> dict[str, ListedContact]:
    """Those who are somebody new by number and by id, as an import decides (services.contact_matching); the others are
    counted in the result."""
    phones_of_list = {contact.phone for _, contact in parsed}
    listed = contacts_queries.find_listed_numbers(session, campaign_id, list(phones_of_list))
    ids = sorted({each for _, contact in parsed if (each := contact.details.get("external_id"))})
    known = load_known_contacts(session.connection(), campaign_id, phones_of_list, ids, updates=False)
    above: set[str] = set()
    new: dict[str, ListedContact] = {}
    for index, contact in parsed:
        is_repeat = contact.phone in above
        above.add(contact.phone)
        if contact.phone in listed:
            if is_repeat:
                result.repeated += 1
            else:
                result.do_not_call += 1
            continue
        match = known.place(contact.phone, contact.details.get("external_id"), index).match
        if match is Match.NEW:
            new[contact.phone] = contact
        elif is_repeat or match in (Match.REPEATED, Match.REPEATED_ID):
            result.repeated += 1
        else:
            result.already_in_campaign += 1
    return new


def _list_numbers(parsed: Sequence[tuple[int, ListedContact]]) -> list[str]:
    return [
        number
        for _, contact in parsed
        for number in (contact.phone, *(contact.details.get("second_numbers") or ()))
    ]


def _leave_out(contact: ListedContact, forgotten: set[str]) -> ListedContact:
    """The contact without second numbers that were forgotten."""
    seconds = contact.details.get("second_numbers") or []
    if forgotten.isdisjoint(seconds):
        return contact
    left = [FORGOTTEN_NUMBER if number in forgotten else number for number in seconds]
    return replace(contact, details={**contact.details, "second_numbers": left})


def _make_rows(
    session: Session, wanted: Mapping[str, ListedContact], now: datetime
) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """The rows of new contacts, each with its profile."""
    profile_ids = keep_profiles(session.connection(), [one.profile for one in wanted.values()], now)
    return [
        (
            phone,
            one.variables,
            {"region": one.country, **one.details, "profile_id": profile_ids[one.profile]},
        )
        for phone, one in wanted.items()
    ]


def list_required_variables(status: str, stored_message: Mapping[str, Any]) -> list[str]:
    """The variables that a contact must bring which joins a campaign that runs; none before its start checks all."""
    if status != CampaignStatus.RUNNING:
        return []
    try:
        return parse_message(stored_message).required_variables
    except InvalidInput:
        return []


def describe_missing_value(required: Sequence[str], variables: Mapping[str, str]) -> str | None:
    """What is wrong with a contact that has no value for a variable of the message."""
    for name in required:
        if not find_value(variables, name):
            return f"no value for {{{name}}}, which the message of this running campaign speaks"
    return None


FIELDS = (
    "phone",
    "variables",
    "timezone",
    "region",
    "second_numbers",
    "external_id",
    "consent",
    "language",
    "state",
    "postal_code",
    "line",
)
"""What a contact may have; anything else is refused by its name, for a misspelled field would be lost silently."""
LONGEST_TEXTS = {"external_id": 128, "language": 35, "state": 64, "postal_code": 16}
MOST_SECOND_NUMBERS = 10
CONSENT_FIELDS = ("kind", "at", "source")
FIRST_CLOCK = timezone(timedelta(hours=14))
"""Of the places where a day begins first."""
CLOCK_SKEW = timedelta(minutes=5)
"""By which a client's clock may be ahead."""


def parse_contact_row(
    row: Any, region: str | None, rules: NumberRules = EVERY_COUNTRY, *, now: datetime
) -> ListedContact:
    """One item of a list. Raises PhoneError, also for what is wrong beside the number."""
    if isinstance(row, str):
        return ListedContact(*_number(row, region, rules), {})
    if not isinstance(row, Mapping) or not isinstance(row.get("phone"), str):
        raise phones.PhoneError("empty", 'is no contact: give {"phone": "+…", "variables": {}}')
    unknown = [str(name)[:64] for name in row if name not in FIELDS]
    if unknown:
        listed = ", ".join(f"“{name}”" for name in unknown[:5])
        raise phones.PhoneError("unknown-field", f"has no field {listed}; what is spoken goes into variables")
    own_region = _region(row.get("region"))
    region = own_region or region
    details: dict[str, Any] = {
        name: _text(name, row.get(name), most) for name, most in LONGEST_TEXTS.items() if row.get(name)
    }
    if row.get("timezone") is not None:
        details["timezone"] = _zone(row["timezone"])
    if row.get("consent") is not None:
        details["consent"] = _consent(row["consent"], now)
    if row.get("line") is not None:
        details["line_type"] = _check_word("line", row["line"], parse_line)
    variables = parse_variables(row.get("variables") or {})
    phone, country = _number(row["phone"], region, rules)
    if own_region is not None and own_region != country:
        details["country"] = own_region
    seconds = row.get("second_numbers")
    if seconds is not None:
        details["second_numbers"] = _second_numbers(seconds, region, rules)
    try:
        derive_contact_profile(phone, details)
    except InvalidInput as error:
        [first, *_] = error.errors
        raise phones.PhoneError(first.field, f"{first.field}: {first.message}") from None
    return ListedContact(phone, country, variables, details)


def _check_word(name: str, value: Any, parse: Callable[[str], str | None]) -> str | None:
    try:
        return parse(_text(name, value, 64))
    except InvalidInput as error:
        raise phones.PhoneError(name, f"{name}: {error.errors[0].message}") from None


def _number(text: str, region: str | None, rules: NumberRules) -> tuple[str, str]:
    number = check_number(phones.parse_number(text, region), rules)
    return number.e164, number.region


def parse_variables(given: Any) -> dict[str, str]:
    """The values of a contact by name. Raises PhoneError."""
    if not isinstance(given, Mapping):
        raise phones.PhoneError("variables", "variables must be an object of texts")
    if len(given) > MOST_VARIABLES:
        raise phones.PhoneError("variables", f"has {len(given)} variables; {MOST_VARIABLES} at the most")
    read: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise phones.PhoneError("variables", f"the variable {str(name)[:64]} must be a text")
        if len(str(name)) > LONGEST_NAME or len(str(value)) > LONGEST_VALUE or "\0" in f"{name}{value}":
            raise phones.PhoneError(
                "variables",
                f"the variable {str(name)[:64]} is too long, or holds a NUL ({LONGEST_VALUE:,} characters)",
            )
        read[str(name)] = str(value)
    return read


def _text(name: str, value: Any, most: int) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise phones.PhoneError(name, f"{name} must be a text")
    if len(value) > most:
        raise phones.PhoneError(name, f"{name} has {len(value):,} characters; {most} at the most")
    return value


def _region(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not phones.is_region(value.upper()):
        raise phones.PhoneError("region", "region must be a country's two letters, such as US")
    return value.upper()


def _zone(value: Any) -> str:
    name = _text("timezone", value, 64)
    if not is_zone(name):
        raise phones.PhoneError("timezone", "timezone must be an IANA name, such as Europe/London")
    return name


def _consent(value: Any, now: datetime) -> dict[str, str]:
    wanted = 'consent must be {"kind": "express", "at": "2026-11-20T15:00:00Z", "source": "web form"}'
    if not isinstance(value, Mapping) or not value or set(value) - set(CONSENT_FIELDS):
        raise phones.PhoneError("consent", wanted)
    consent = {name: _text(f"consent.{name}", value[name], 200) for name in CONSENT_FIELDS if value.get(name)}
    if "kind" in consent:
        consent["kind"] = _check_word("consent.kind", consent["kind"], parse_consent_kind) or "none"
    if "at" in consent:
        try:
            at = datetime.fromisoformat(consent["at"])
        except ValueError:
            raise phones.PhoneError("consent", wanted) from None
        # Without an offset it is a clock's somewhere: the first ones on Earth are ahead of UTC.
        at = at if at.tzinfo is not None else at.replace(tzinfo=FIRST_CLOCK)
        if at < EARLIEST:
            raise phones.PhoneError("consent", "consent.at lies before the year 2000")
        if at > now + CLOCK_SKEW:
            raise phones.PhoneError(
                "consent",
                f"consent.at lies in the future: “{consent['at']}”; give the time at which they agreed",
            )
    return consent


def _second_numbers(value: Any, region: str | None, rules: NumberRules) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise phones.PhoneError("second_numbers", "second_numbers must be a list of numbers")
    if len(value) > MOST_SECOND_NUMBERS:
        raise phones.PhoneError(
            "second_numbers", f"has {len(value)} second numbers; {MOST_SECOND_NUMBERS} at the most"
        )
    try:
        return [_number(item, region, rules)[0] for item in value]
    except phones.PhoneError as error:
        raise phones.PhoneError(error.code, f"a second number {error}") from None


DETAILS = (
    "second_numbers",
    "extension",
    "timezone",
    "region",
    "country",
    "state",
    "postal_code",
    "language",
    "external_id",
    "consent",
)
"""What is known of a person beside number and variables; null where nothing was said."""


def get_contact(session: Session, contact_id: int) -> Contact:
    """Raises NotFound."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    return contact


def to_api(contact: Contact, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """A contact with its attempts, oldest first."""
    return {
        "id": contact.id,
        "campaign_id": contact.campaign_id,
        "phone": contact.phone,
        "status": contact.status,
        "due_at": to_rfc3339(contact.due_at),
        "variables": contact.variables,
        **{name: getattr(contact, name) for name in DETAILS},
        "line": contact.line_type,
        "attempts": [attempt_to_api(attempt) for attempt in attempts],
    }


def attempt_to_api(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "number": attempt.number,
        "token": attempt.token,
        "status": attempt.status,
        "answered_by": attempt.answered_by,
        "disposition": attempt.disposition,
        "key": attempt.key,
        "provider": attempt.trunk.name,
        "provider_ref": attempt.provider_ref,
        "cause": attempt.cause,
        "claimed_at": to_rfc3339(attempt.claimed_at),
        "placed_at": to_rfc3339(attempt.placed_at),
        "answered_at": to_rfc3339(attempt.answered_at),
        "ended_at": to_rfc3339(attempt.ended_at),
        "receipt": f"{current_origin().prefix}/api/v1/attempts/{attempt.id}/receipt",
    }
