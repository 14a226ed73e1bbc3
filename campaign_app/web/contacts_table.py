"""Contacts table: its filter, order and columns as the address has them, and the rows that they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.text_folding import has_digit
from campaign_app.domain.variables import find_value
from campaign_app.http.numbers import are_numbers_hidden, hide_from_viewers, read_number_search
from campaign_app.models import Contact
from campaign_app.queries import contact_table, phone_search, tables
from campaign_app.services.contact_changes import MOST_AT_ONCE
from campaign_app.services.contact_variables import list_variables

from .filter_values import LONGEST_SHOWN, describe_unknown, find_unknown, refuse_unknown
from .filters import is_about_search, to_sentence

PAGE_SIZE = 50
USUAL_COLUMNS = 3
"""Variables that are shown until somebody chooses."""
MOST_COLUMNS = 8
KEPT = ("status", "q", "sort")
INDEXED = ("id", "phone")
STATUSES = tuple(status.value for status in ContactStatus)


@dataclass(frozen=True, slots=True)
class ContactsTable:
    """What the page shows. `small`: all of its contacts may be looked at, so values are searched and sorted by."""

    rows: Sequence[Contact]
    next: Mapping[str, Any] | None
    """Arguments of the page after this one ..."""
    previous: Mapping[str, Any] | None
    status: str | None
    search: str
    sort: str
    small: bool
    names: Sequence[str]
    """All variables of the campaign ..."""
    columns: Sequence[str]
    """... and those that are shown."""
    matching: int | None
    """How many contacts the filter means; None where that is not counted."""
    kept: Mapping[str, Any]
    """Arguments that say all of this, for links and forms."""
    problem: str = ""
    """Why it shows nobody: what the address asks for is not known, or too much in a large campaign."""

    def read_value(self, contact: Contact, name: str) -> str:
        return str(hide_from_viewers(find_value(contact.variables, name) or "", written=True))

    def direction(self, name: str) -> str:
        """`aria-sort` of a column."""
        if self.sort.removeprefix("-") != name:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"


def _read_filter(arguments: MultiDict[str, str]) -> tuple[str | None, str]:
    search = " ".join(arguments.get("q", "").split())[:40]
    return arguments.get("status", "")[:LONGEST_SHOWN] or None, search.replace("\0", "")


def list_kept_arguments(arguments: MultiDict[str, str]) -> dict[str, Any]:
    """Filter, order and columns, without the page."""
    kept: dict[str, Any] = {name: arguments[name] for name in KEPT if arguments.get(name)}
    if arguments.getlist("col"):
        kept["col"] = arguments.getlist("col")[:MOST_COLUMNS]
    return kept


def _build_filter(session: Session, campaign_id: int, arguments: MultiDict[str, str], small: bool) -> Any:
    refuse_unknown(find_unknown(arguments, {"status": STATUSES}))
    status, search = _read_filter(arguments)
    # A viewer's search by digits would tell numbers that are hidden, also those among the values.
    by_value = search if small and not (are_numbers_hidden() and has_digit(search)) else None
    number = read_number_search(search) if _is_number(search) else None
    if search and by_value is None and number is None:
        raise InvalidInput([FieldError("search", _explain_no_number(small))])
    return contact_table.build_filter(
        session, campaign_id, status=status, search=number, value=by_value, small=small
    )


def _is_number(search: str) -> bool:
    return any(char.isdecimal() for char in search) and not any(char.isalpha() for char in search)


def _explain_no_number(small: bool) -> str:
    if small:
        return "search for a number, or for a value without digits: numbers are hidden from viewers"
    return f"search by number: values are not searched among more than {phone_search.SMALL:,} contacts"


def load_contacts_table(session: Session, campaign_id: int, arguments: MultiDict[str, str]) -> ContactsTable:
    """The table that an address means."""
    small = not phone_search.has_many_contacts(session, campaign_id)
    status, search = _read_filter(arguments)
    names = [item.name for item in list_variables(session, campaign_id).items]
    chosen = [name for name in arguments.getlist("col") if name in names][:MOST_COLUMNS]
    columns = chosen if "col" in arguments else names[:USUAL_COLUMNS]
    sort = arguments.get("sort", "id")
    known = [*contact_table.SORTS, *(f"{contact_table.VARIABLE}{name}" for name in names if '"' not in name)]
    unknown = find_unknown(arguments, {"status": STATUSES, "sort": known})
    if not unknown and not small and sort.removeprefix("-") not in (("id",) if status else INDEXED):
        sort = "id"
    kept = {**list_kept_arguments(arguments), "sort": sort}
    if sort == "id":
        del kept["sort"]
    if unknown:
        problem = describe_unknown(unknown)
        return ContactsTable([], None, None, status, search, sort, small, names, columns, None, kept, problem)
    if not small:
        problem = ""
        try:
            if search and not _is_number(search):
                raise InvalidInput([FieldError("search", _explain_no_number(small))])
            page = tables.list_contacts(
                session,
                campaign_id=campaign_id,
                status=status,
                search=read_number_search(search),
                sort=sort,
                cursor=arguments.get("cursor"),
                limit=PAGE_SIZE,
            )
        except InvalidInput as error:
            if not is_about_search(error):
                raise
            page, problem = tables.TablePage([], None), to_sentence(error.errors[0].message)
        after = {**kept, "cursor": page.next_cursor} if page.next_cursor else None
        before = {**kept, "cursor": page.prev_cursor} if page.prev_cursor else None
        return ContactsTable(
            page.items, after, before, status, search, sort, small, names, columns, None, kept, problem
        )
    try:
        statement = _build_filter(session, campaign_id, arguments, small)
    except InvalidInput as error:
        if not is_about_search(error):
            raise
        problem = to_sentence(error.errors[0].message)
        return ContactsTable([], None, None, status, search, sort, small, names, columns, 0, kept, problem)
    text = arguments.get("page", "0")
    number = int(text) if text.isdecimal() and len(text) < 5 else 0
    rows, more = contact_table.list_small_table(session, statement, sort, page=number, limit=PAGE_SIZE)
    return ContactsTable(
        rows,
        {**kept, "page": number + 1} if more else None,
        {**kept, "page": number - 1} if number else None,
        status,
        search,
        sort,
        small,
        names,
        columns,
        contact_table.count_matching(session, statement),
        kept,
    )


def list_ids_of_filter(session: Session, campaign_id: int, arguments: MultiDict[str, str]) -> list[int]:
    """Of all contacts that a filter means. Raises InvalidInput where they are too many for one press."""
    ids = find_ids_of_filter(session, campaign_id, arguments, MOST_AT_ONCE + 1)
    if len(ids) > MOST_AT_ONCE:
        text = f"more than {MOST_AT_ONCE:,} contacts match: filter them further"
        raise InvalidInput([FieldError("all", text)])
    return ids


def find_ids_of_filter(
    session: Session, campaign_id: int, arguments: MultiDict[str, str], most: int
) -> list[int]:
    """Of the contacts that a filter means, `most` of them at the most."""
    small = not phone_search.has_many_contacts(session, campaign_id)
    statement = _build_filter(session, campaign_id, arguments, small)
    return contact_table.list_matching_ids(session, statement, most)
