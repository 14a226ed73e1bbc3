"""Do-not-call list: read it, add numbers and remove them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g, request

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.numbers import read_number_search
from campaign_app.models import DoNotCall as DoNotCallEntry
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import do_not_call as do_not_call_service
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json, stream_download
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


@api_operation(
    "GET",
    "/do-not-call",
    Role.VIEWER,
    tag=TAG,
    query=DoNotCallQuery,
    response_models={200: DoNotCallPage},
    name="list_do_not_call",
)
def list_do_not_call() -> Response:
    """The do-not-call list, newest first."""
    query = query_as(DoNotCallQuery)
    page = tables.list_do_not_call(
        db.session(),
        search=read_number_search(query.search, "search"),
        cursor=query.cursor,
        limit=query.limit,
    )
    return respond_json(
        {
            "items": [do_not_call_service.to_api(item) for item in page.items],
            "next_cursor": page.next_cursor,
            "total": tables.count_do_not_call(db.session()),
        }
    )


@api_operation(
    "GET",
    "/do-not-call/export.csv",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    response_models={200: None},
    other_types=("text/csv",),
    name="export_do_not_call",
)
def export() -> Response:
    """The whole list as CSV, which can be uploaded again."""
    with transaction(db.session()):
        rows = do_not_call_service.export_csv(db.session(), actor=g.actor, now=now())
    return stream_download(rows, "text/csv", "do-not-call.csv")


@api_operation(
    "GET",
    "/do-not-call/removals",
    Role.VIEWER,
    tag=TAG,
    query=DoNotCallQuery,
    response_models={200: RemovalPage},
    name="list_do_not_call_removals",
)
def removals() -> Response:
    """Entries that were taken off the list, the latest first: what they were, and who removed them, when and why."""
    query = query_as(DoNotCallQuery)
    page = tables.do_not_call_removals(
        db.session(),
        search=read_number_search(query.search, "search"),
        cursor=query.cursor,
        limit=query.limit,
    )
    items = [do_not_call_service.removal_to_api(item) for item in page.items]
    return respond_json({"items": items, "next_cursor": page.next_cursor})


@api_operation(
    "POST",
    "/do-not-call",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    body=NewDoNotCall,
    response_models={201: DoNotCall},
    errors=(404, 409),
    located=True,
    name="add_do_not_call",
)
def add_do_not_call() -> Response:
    """Never dial this number: for all campaigns, or for one. A number that is listed already stays as it
    is."""
    new_entry = body_as(NewDoNotCall)
    with transaction(db.session()):
        entry = do_not_call_service.add_do_not_call_entry(
            db.session(),
            new_entry.phone,
            region=_check_region(new_entry.region),
            campaign_id=new_entry.campaign_id,
            reason=new_entry.reason,
            source="api",
            listed_on=new_entry.date,
            actor=g.actor,
            now=now(),
        )
        body = do_not_call_service.to_api(entry)
    return respond_json(body, 201, location=f"/do-not-call/{body['id']}")


@api_operation(
    "GET",
    "/do-not-call/<id:entry_id>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: DoNotCall},
    errors=(404,),
    name="get_do_not_call",
)
def get_do_not_call(entry_id: int) -> Response:
    """One entry."""
    return respond_json(do_not_call_service.to_api(do_not_call_service.get(db.session(), entry_id)))


@api_operation(
    "DELETE",
    "/do-not-call/<id:entry_id>",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    query=Removal,
    body=Removal,
    body_optional=True,
    response_models={200: RemovalAnswer},
    errors=(404,),
    name="remove_do_not_call",
)
def remove_do_not_call(entry_id: int) -> Response:
    """Take an entry off the list, with a reason. It is kept among the removals. Contacts that it suppressed stay so,
    unless `unsuppress` makes them due again."""
    asked = query_as(Removal)
    return _remove(lambda: do_not_call_service.get(db.session(), entry_id), asked)


@api_operation(
    "DELETE",
    "/do-not-call",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    query=RemoveQuery,
    body=Removal,
    body_optional=True,
    response_models={200: RemovalAnswer},
    errors=(404,),
    name="remove_do_not_call_number",
)
def remove_do_not_call_number() -> Response:
    """Take a number off the list, with a reason."""
    query = query_as(RemoveQuery)
    phone = do_not_call_service.parse_listed_number(
        db.session(), query.phone, _check_region(query.region), query.campaign_id
    )

    def find() -> DoNotCallEntry:
        entry = tables.find_do_not_call_entry(db.session(), phone, query.campaign_id)
        if entry is None:
            raise NotFound(f"{phone} is not on the do-not-call list")
        return entry

    return _remove(find, query)


def _remove(find: Callable[[], DoNotCallEntry], asked: Removal) -> Response:
    if asked.reason is None and request.get_data():
        asked = body_as(Removal)
    with transaction(db.session()):
        entry = find()
        suppressed = do_not_call_service.count_suppressed(db.session(), entry)
        removal = do_not_call_service.remove_do_not_call_entry(
            db.session(),
            entry.id,
            reason=asked.reason,
            unsuppress=asked.unsuppress,
            actor=g.actor,
            now=now(),
        )
        body = {**do_not_call_service.removal_to_api(removal), "suppressed": suppressed}
    if removal.unsuppressed:
        wake_engine()
    return respond_json(body)


def _check_region(code: str | None) -> str | None:
    if code and not phones.is_region(code):
        raise InvalidInput([FieldError("region", "a country as two capital letters (ISO 3166), such as FR")])
    return code or None
