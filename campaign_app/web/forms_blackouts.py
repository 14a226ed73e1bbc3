"""Forms of blackouts: they only read what was typed; the rules are the service's."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from campaign_app.domain.countries import SUPPORTED, country_name, fold_name
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.number_zones import is_zone
from campaign_app.domain.rulebook import Purpose

from .campaign_form import LOCAL_TIME
from .forms_people import PageForm
from .zone_choices import find_zone


class NewBlackout(PageForm):
    country = SelectField("Country", validate_choice=False)
    state = StringField("State (optional)")
    starts_at = StringField("From (optional)")
    ends_at = StringField("Until (optional)")
    zone = StringField("Time zone of these times", default="UTC")
    purposes = SelectMultipleField(
        "Only calls with these purposes (optional)",
        choices=[SelectChoice(purpose.value, purpose.value.capitalize()) for purpose in Purpose],
        validate_choice=False,
    )
    reason = TextAreaField("Reason")
    source = StringField("Source (optional)")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted((fold_name(country_name(code)), code) for code in SUPPORTED)
        self.country.choices = [
            SelectChoice("", "Choose…"),
            *(SelectChoice(code, country_name(code)) for _, code in names),
        ]

    def to_api(self) -> dict[str, Any]:
        """As the API would be given it. Raises InvalidInput where a time or its zone cannot be read."""
        errors: list[FieldError] = []
        zone = find_zone(self.zone.data or "UTC")
        if not is_zone(zone):
            errors.append(FieldError("zone", "type a city or an IANA name, such as America/Chicago"))
            zone = "UTC"
        times = {name: self._read_time(name, zone, errors) for name in ("starts_at", "ends_at")}
        if errors:
            raise InvalidInput(errors)
        return {
            "country": self.country.data or None,
            "state": (self.state.data or "").strip() or None,
            "purposes": self.purposes.data or None,
            **times,
            "reason": self.reason.data,
            "source": (self.source.data or "").strip() or None,
        }

    def _read_time(self, name: str, zone: str, errors: list[FieldError]) -> str | None:
        text = (self[name].data or "").strip()
        if not text:
            return None
        try:
            return datetime.strptime(text[:16], LOCAL_TIME).replace(tzinfo=ZoneInfo(zone)).isoformat()
        except ValueError:
            errors.append(FieldError(name, "a day and a time, such as 2026-12-01T08:00"))
            return None


class LiftBlackout(PageForm):
    reason = TextAreaField("Why may people be called again?")
