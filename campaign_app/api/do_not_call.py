"""Numbers that are never dialled: listed, added, removed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g, request

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import FieldError, Invalid, NotFound
from campaign_app.extensions import db
from campaign_app.models import DoNotCall as Entry
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import do_not_call as service
from campaign_app.transaction import transaction

from .operations import answer, download, now, operation, wake
from .reading import body_as, query_as
from .schemas.do_not_call import (
    DoNotCall,
    DoNotCallPage,
    DoNotCallQuery,
    NewDoNotCall,
    Removal,
    RemovalAnswer,
    RemovalPage,
    RemoveQuery,
)

TAG = "do-not-call"


@operation(
    "GET",
    "/do-not-call",
    Role.VIEWER,
    tag=TAG,
    query=DoNotCallQuery,
    answers={200: DoNotCallPage},
    name="list_do_not_call",
)
def list_() -> Response:
    """The do-not-call list, newest first."""
    query = query_as(DoNotCallQuery)
    page = tables.do_not_call(db.session(), search=query.search, cursor=query.cursor, limit=query.limit)
    return answer(
        {
            "items": [service.to_api(item) for item in page.items],
            "next_cursor": page.next_cursor,
            "total": tables.count_do_not_call(db.session()),
        }
    )


@operation(
    "GET",
    "/do-not-call/export.csv",
    Role.OPERATOR,
    tag=TAG,
    answers={200: None},
    other_types=("text/csv",),
    name="export_do_not_call",
)
def export() -> Response:
    """The whole list as CSV, which can be uploaded again."""
    with transaction(db.session()):
        rows = service.export_csv(db.session(), actor=g.actor, now=now())
    return download(rows, "text/csv", "do-not-call.csv")


@operation(
    "GET",
    "/do-not-call/removals",
    Role.VIEWER,
    tag=TAG,
    query=DoNotCallQuery,
    answers={200: RemovalPage},
    name="list_do_not_call_removals",
)
def removals() -> Response:
    """Entries that were taken off the list, the latest first: what they were, and who removed them, when and why."""
    query = query_as(DoNotCallQuery)
    page = tables.do_not_call_removals(
        db.session(), search=query.search, cursor=query.cursor, limit=query.limit
    )
    items = [service.removal_to_api(item) for item in page.items]
    return answer({"items": items, "next_cursor": page.next_cursor})


@operation(
    "POST",
    "/do-not-call",
    Role.OPERATOR,
    tag=TAG,
    body=NewDoNotCall,
    answers={201: DoNotCall},
    errors=(404,),
    located=True,
    name="add_do_not_call",
)
def add() -> Response:
    """Never dial this number: for all campaigns, or for one. A number that is listed already stays as it
    is."""
    asked = body_as(NewDoNotCall)
    with transaction(db.session()):
        entry = service.add(
            db.session(),
            asked.phone,
            region=_region(asked.region),
            campaign_id=asked.campaign_id,
            reason=asked.reason,
            source="api",
            listed_on=asked.date,
            actor=g.actor,
            now=now(),
        )
        body = service.to_api(entry)
    return answer(body, 201, location=f"/do-not-call/{body['id']}")


@operation(
    "GET",
    "/do-not-call/<id:entry_id>",
    Role.VIEWER,
    tag=TAG,
    answers={200: DoNotCall},
    errors=(404,),
    name="get_do_not_call",
)
def get(entry_id: int) -> Response:
    """One entry."""
    return answer(service.to_api(service.get(db.session(), entry_id)))


@operation(
    "DELETE",
    "/do-not-call/<id:entry_id>",
    Role.OPERATOR,
    tag=TAG,
    query=Removal,
    body=Removal,
    body_optional=True,
    answers={200: RemovalAnswer},
    errors=(404,),
    name="remove_do_not_call",
)
def remove(entry_id: int) -> Response:
    """Take an entry off the list, with a reason. It is kept among the removals. Contacts that it suppressed stay so,
    unless `unsuppress` makes them due again."""
    asked = query_as(Removal)
    return _remove(lambda: service.get(db.session(), entry_id), asked)


@operation(
    "DELETE",
    "/do-not-call",
    Role.OPERATOR,
    tag=TAG,
    query=RemoveQuery,
    body=Removal,
    body_optional=True,
    answers={200: RemovalAnswer},
    errors=(404,),
    name="remove_do_not_call_number",
)
def remove_number() -> Response:
    """Take a number off the list, with a reason."""
    query = query_as(RemoveQuery)
    try:
        phone = phones.parse(query.phone, _region(query.region))
    except phones.PhoneError as error:
        raise Invalid([FieldError("phone", str(error))]) from None

    def find() -> Entry:
        entry = tables.do_not_call_entry(db.session(), phone, query.campaign_id)
        if entry is None:
            raise NotFound(f"{phone} is not on the do-not-call list")
        return entry

    return _remove(find, query)


def _remove(find: Callable[[], Entry], asked: Removal) -> Response:
    if asked.reason is None and request.get_data():
        asked = body_as(Removal)
    with transaction(db.session()):
        entry = find()
        suppressed = service.count_suppressed(db.session(), entry)
        removal = service.remove(
            db.session(),
            entry.id,
            reason=asked.reason,
            unsuppress=asked.unsuppress,
            actor=g.actor,
            now=now(),
        )
        body = {**service.removal_to_api(removal), "suppressed": suppressed}
    if removal.unsuppressed:
        wake()
    return answer(body)


def _region(code: str | None) -> str | None:
    if code and not phones.is_region(code):
        raise Invalid([FieldError("region", "a country as two capital letters (ISO 3166), such as FR")])
    return code or None
