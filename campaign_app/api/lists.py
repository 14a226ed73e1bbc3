"""Lists: registries and other lists of numbers that may not be called; load them, ask them, replace them."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request
from werkzeug.exceptions import UnsupportedMediaType

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.models import Role
from campaign_app.services import imports, lists
from campaign_app.services.explanations import parse_whole_number
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import body_as, form_as, query_as
from .schemas.imports import Import
from .schemas.lists import (
    DeletedList,
    ListChange,
    ListUploadFields,
    ListUploadForm,
    ListVersionPage,
    NewList,
    NumberAnswer,
    NumberList,
    NumberListPage,
    NumberQuery,
    VersionQuery,
)

TAG = "lists"


@api_operation(
    "GET", "/lists", Role.VIEWER, tag=TAG, response_models={200: NumberListPage}, name="list_lists"
)
def list_lists() -> Response:
    """Every list: those that block first, then those that are nearly too old."""
    return respond_json({"items": [lists.to_api(view) for view in lists.list_lists(db.session(), now())]})


@api_operation(
    "POST",
    "/lists",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    body=NewList,
    response_models={201: NumberList},
    located=True,
    name="add_list",
)
def add_list() -> Response:
    """A new list. It holds nobody back until a file is loaded."""
    data = body_as(NewList).model_dump(exclude_unset=True)
    with transaction(db.session()):
        item = lists.create_list(db.session(), data, actor=g.actor, now=now())
        body = lists.to_api(lists.get_view(db.session(), item.id, now()))
    return respond_json(body, 201, location=f"/lists/{body['id']}")


@api_operation(
    "GET",
    "/lists/numbers",
    Role.VIEWER,
    tag=TAG,
    query=NumberQuery,
    response_models={200: NumberAnswer},
    name="find_listed_number",
)
def find_number() -> Response:
    """Which lists have a number now."""
    query = query_as(NumberQuery)
    phone = parse_whole_number(query.phone, imports.check_region(query.region, "region"))
    found = lists.find_number(db.session(), phone)
    return respond_json({"phone": phone, "lists": [lists.rule_to_api(rule) for rule in found]})


@api_operation(
    "GET",
    "/lists/<id:list_id>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: NumberList},
    errors=(404,),
    name="get_list",
)
def get_list(list_id: int) -> Response:
    """One of them."""
    return respond_json(lists.to_api(lists.get_view(db.session(), list_id, now())))


@api_operation(
    "PATCH",
    "/lists/<id:list_id>",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    body=ListChange,
    response_models={200: NumberList},
    errors=(404,),
    name="change_list",
)
def change_list(list_id: int) -> Response:
    """Change a list. All but its name needs an admin, and is kept in the audit log."""
    data = body_as(ListChange).model_dump(exclude_unset=True)
    with transaction(db.session()):
        lists.change_list(db.session(), list_id, data, actor=g.actor, role=g.role, now=now())
        body = lists.to_api(lists.get_view(db.session(), list_id, now()))
    wake_engine()
    return respond_json(body)


@api_operation(
    "DELETE",
    "/lists/<id:list_id>",
    (Role.ADMIN, Role.COMPLIANCE),
    tag=TAG,
    response_models={200: DeletedList},
    errors=(404,),
    name="delete_list",
)
def delete_list(list_id: int) -> Response:
    """Delete a list. Contacts that it held back become due again within a minute. Its versions stay known."""
    with transaction(db.session()):
        held = lists.delete_list(db.session(), list_id, actor=g.actor, now=now())
    return respond_json({"held": held})


@api_operation(
    "GET",
    "/lists/<id:list_id>/versions",
    Role.VIEWER,
    tag=TAG,
    query=VersionQuery,
    response_models={200: ListVersionPage},
    errors=(404,),
    name="list_list_versions",
)
def list_versions(list_id: int) -> Response:
    """The versions of a list, newest first."""
    query = query_as(VersionQuery)
    before = _read_cursor(query.cursor)
    found = lists.list_versions(db.session(), list_id, before=before, limit=query.limit + 1)
    page = found[: query.limit]
    return respond_json(
        {
            "items": [lists.version_to_api(version) for version in page],
            "next_cursor": str(page[-1].id) if len(found) > query.limit else None,
        }
    )


def _read_cursor(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise InvalidInput([FieldError("cursor", "send the next_cursor of the page before")])
    return int(cursor)


@api_operation(
    "POST",
    "/lists/<id:list_id>/imports",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    form=ListUploadForm,
    response_models={202: Import},
    errors=(404, 409),
    located=True,
    name="import_list",
)
def accept(list_id: int) -> Response:
    """Upload a new version of a list. It is read beside the one in force and then changes places with it at once.

    With `dry_run`, where its columns are unsure, where more than 1 % of its rows have no number, or where no more than
    half of the numbers is left, it waits for somebody first.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data, in a part named file.")
    fields = form_as(ListUploadFields)
    at, settings = now(), current_settings()
    session = db.session()
    item = lists.get_list(session, list_id)
    lists.check_upload_day(session, item, fields.as_of, allow_older=fields.allow_older, now=at)
    lists.refuse_if_open_upload(session, list_id)
    upload = request.files.get("file")
    if upload is None:
        raise InvalidInput([FieldError("file", "send the file in a part of this name")])
    filename = upload.filename or ""
    stored = imports.store(
        settings.uploads_folder,
        upload.stream,
        max_bytes=settings.max_upload_mb * 1024 * 1024,
        filename=filename,
    )
    try:
        found = lists.plan_upload(
            session,
            settings.uploads_folder,
            stored,
            list_id,
            as_of=fields.as_of,
            allow_older=fields.allow_older,
            region=fields.default_region,
            mapping=None if fields.mapping is None else fields.mapping.chosen(),
            now=at,
        )
        with transaction(session):
            body: dict[str, Any] = imports.to_api(
                lists.start_upload(
                    session,
                    stored,
                    list_id,
                    found,
                    filename=filename,
                    dry_run=fields.dry_run,
                    actor=g.actor,
                    now=at,
                )
            )
    except BaseException:
        imports.remove_upload(settings.uploads_folder, stored.name)
        raise
    wake_engine()
    return respond_json(body, 202, location=f"/imports/{body['id']}")
