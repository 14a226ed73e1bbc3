"""Outside check, as pages and API save it: where its name leads is looked up outside of any transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import current_safe_http, current_vault, now, wake_engine
from campaign_app.models import OutsideCheckRow
from campaign_app.safe_http import NoAnswer
from campaign_app.services import outside_check
from campaign_app.transaction import transaction

RESOLVE_SECONDS = 5.0


def save_checked(data: Mapping[str, Any], actor: str) -> tuple[OutsideCheckRow, str | None]:
    """The setting and its secret, where that is new. Raises InvalidInput, also for a host that is private or cannot be
    found; NoKey."""
    new = outside_check.parse_outside_check(data)
    db.session().rollback()
    try:
        current_safe_http().find_addresses(new.address.host, new.address.port, RESOLVE_SECONDS)
    except NoAnswer as error:
        raise InvalidInput([FieldError("url", str(error))]) from None
    with transaction(db.session()):
        saved = outside_check.save_outside_check(
            db.session(), new, vault=current_vault(), actor=actor, now=now()
        )
    wake_engine()
    return saved
