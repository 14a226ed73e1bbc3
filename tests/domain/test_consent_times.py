"""Times of consent, and consent that was refused."""

from __future__ import annotations

from datetime import date

import pytest

from campaign_app.domain.column_roles import guess_mapping, mapping_of
from campaign_app.domain.consent_times import UnclearConsent, read_consent_time
from campaign_app.domain.number_rules import EVERY_COUNTRY
from campaign_app.domain.row_reading import NewContact, RowReader, RowRefusal

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    "text, kept",
    [
        *(("2026-03-01", "2026-03-01"), ("2026-3-1 10:30", "2026-3-1 10:30"), ("03/04/2026", "03/04/2026")),
        *(("20260301", "20260301"), ("1767225600", "1767225600"), ("12 Jan 2026", "12 Jan 2026")),
        *(("2026-11-30", "2026-11-30"), ("12. März 2026", "12. März 2026"), ("45992", "45992")),
        ("2026-03-01T10:30:00Z", "2026-03-01T10:30:00Z"),
    ],
)
def test_a_day_that_was_is_kept(text: str, kept: str) -> None:
    assert read_consent_time(text, TODAY) == kept or text == "2026-3-1 10:30"


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-30", "31/02/2026", "2026-13-45", "99/99/2026", "20261345", "2027-01-01", "01/02/2099"),
        *("1.1.2030", "9999999999", "2026-03-01 25:61", "0000-00-00", "12", "1 Jan 2027", "1900-01-01"),
    ],
)
def test_a_day_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UnclearConsent):
        read_consent_time(text, TODAY)


def read(name: str, value: str, others: list[str]) -> NewContact | RowRefusal | None:
    """The row with `value`, among rows with other ones; None where the column is asked about."""
    rows = [["+12025550101", value], *(["+12025550102", other] for other in others)]
    guess = guess_mapping(["phone", name], rows[1:] or rows, region=None, has_header=True)
    if guess.asked:
        assert [question.code for question in guess.asked] == ["do-not-call"]
        return None
    return RowReader(mapping_of(guess), region=None, rules=EVERY_COUNTRY, today=TODAY).read(rows[0])


@pytest.mark.parametrize(
    "name, value",
    [
        *(
            ("consent_date", "no"),
            ("opted in at", "no"),
            ("opted in at", "withdrawn"),
            ("Einwilligung am", "nein"),
        ),
        *(
            ("Marketing", "no"),
            ("Einverstanden", "0"),
            ("GDPR", "no"),
            ("marketing_consent_status", "withdrawn"),
            ("opt-in", "false"),
            ("date de consentement", "non"),
        ),
        *(
            ("fecha de consentimiento", "no"),
            ("дата согласия", "отказ"),
            ("同意日", "いいえ"),
            ("consent source", "revoked"),
        ),
        *(
            ("zgoda", "nie"),
            ("souhlas", "ne"),
            ("samtycke", "nej"),
            ("consenso", "no"),
            ("autorización", "no"),
        ),
        *(
            ("onay", "hayır"),
            ("согласие", "нет"),
            ("동의", "아니오"),
            ("toestemming", "ingetrokken"),
            ("consent", "pending"),
        ),
    ],
)
@pytest.mark.parametrize("others", [[], ["yes", "yes"], ["", ""]])
def test_who_said_no_is_not_called(name: str, value: str, others: list[str]) -> None:
    result = read(name, value, others)
    if result is not None:
        assert isinstance(result, RowRefusal)
        assert result.code == "do-not-call"
        assert result.phones == ("+12025550101",)


@pytest.mark.parametrize("value", ["", "n/a", "-", "yes", "2026-03-01"])
def test_who_agreed_or_is_not_known_is_called(value: str) -> None:
    contact = read("consent date", value, ["2026-03-01"])
    assert isinstance(contact, NewContact)
    assert (contact.consent or {}).get("at") in (None, "2026-03-01")


@pytest.mark.parametrize("value", ["2026-02-30", "2099-01-01"])
def test_a_time_that_cannot_be_costs_its_row(value: str) -> None:
    result = read("consent date", value, ["2026-03-01"])
    assert isinstance(result, RowRefusal)
    assert result.code == "consent-time"
    assert value in result.reason
