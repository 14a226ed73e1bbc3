"""Call choices: which calls a file is of, and which of their columns, as an address or a form has them."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from campaign_app.services.call_files import CallFileQuery

from .calls_table import KNOWN_FILTER_VALUES
from .filter_values import find_unknown, refuse_unknown
from .times import reader_zone

ALL_STATUSES = "all"
"""In place of a status: every call, open or ended. A campaign's page shows those that ended unless it is told."""


def read_file_query(args: MultiDict[str, str], campaign_id: int | None) -> CallFileQuery:
    """Days are on the reader's clock. Raises InvalidInput."""
    refuse_unknown(find_unknown(args, {"sort": KNOWN_FILTER_VALUES["sort"]}))
    status = args.get("status") or (ALL_STATUSES if campaign_id is None else "ended")
    return CallFileQuery.read(
        {
            "campaign_id": campaign_id,
            "status": None if status == ALL_STATUSES else status,
            "key": args.get("key", ""),
            "search": args.get("q", ""),
            "since": args.get("since", "").strip(),
            "until": args.get("until", "").strip(),
            "zone": reader_zone(),
            "columns": [name for name in args.getlist("col") if name],
        }
    )


def list_file_arguments(query: CallFileQuery) -> dict[str, Any]:
    """The arguments of an address that mean the same, but for the campaign."""
    values = {
        "status": query.status or (ALL_STATUSES if query.campaign_id is not None else None),
        "key": query.key,
        "q": query.search or None,
        "since": query.since or None,
        "until": query.until or None,
        "col": list(query.columns) or None,
    }
    return {name: value for name, value in values.items() if value is not None}
