"""API operations: the blueprint, and the decorator that gives a view its address, its role and its description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel

from campaign_app.http import roles
from campaign_app.http.numbers import hide_from_viewers
from campaign_app.http.streams import BoundedStream
from campaign_app.models import Role

from .reading import refuse_unread_fields

PREFIX = "/api/v1"
blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """What docs.py tells about one view. `answers` maps a status to its JSON model (None: no JSON);
    `other_types` names the media types of a 200 that is not JSON; `located` says that a success has a
    Location."""

    id: str
    view: View
    tag: str
    response_models: dict[int, type[BaseModel] | None]
    errors: tuple[int, ...] = ()
    body: type[BaseModel] | None = None
    body_optional: bool = False
    form: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    headers: type[BaseModel] | None = None
    other_types: tuple[str, ...] = ()
    located: bool = False
    public: bool = False
    summary: str | None = None
    """In place of the view's docstring, where several operations share a view."""


OPERATIONS: list[ApiOperation] = []


def api_operation(
    method: str,
    rule: str,
    role: Role | tuple[Role, ...] | None,
    *,
    tag: str,
    response_models: dict[int, type[BaseModel] | None],
    errors: Sequence[int] = (),
    name: str | None = None,
    **details: Any,
) -> Callable[[View], View]:
    """Route `method rule` to the decorated view. `role` is the least that a token needs, or each of
    several that will do; None: anyone may ask.

    `errors` are the view's own (404, 409, 422 ...); those that any view can answer with are added, and 507 to each that
    writes, for a full disk.
    """

    takes_query = details.get("query") is not None
    takes_body = method == "GET" or bool(details.get("body") or details.get("form"))

    def register_view(view: View) -> View:
        @wraps(view)
        def checked_view(**arguments: Any) -> Response:
            refuse_unread_fields(takes_query=takes_query, takes_body=takes_body)
            return view(**arguments)

        endpoint = name or view.__name__
        needed = (role,) if isinstance(role, Role) else role
        guarded = (
            roles.public_view(checked_view) if needed is None else roles.require_role(*needed)(checked_view)
        )
        blueprint.add_url_rule(rule, endpoint=endpoint, view_func=guarded, methods=[method])
        own_errors = (*errors, *(() if method == "GET" else (507,)))
        OPERATIONS.append(
            ApiOperation(endpoint, view, tag, response_models, own_errors, public=role is None, **details)
        )
        return view

    return register_view


def respond_json(body: object, status: int = 200, *, location: str | None = None) -> Response:
    """`body` as JSON, numbers masked below operator. `location` is a path below the API's prefix."""
    response = jsonify(hide_from_viewers(body))
    response.status_code = status
    if location is not None:
        response.headers["Location"] = request.script_root + PREFIX + location
    return response


def stream_download(pieces: Iterable[str] | Iterable[bytes], media_type: str, filename: str) -> Response:
    """A streamed file. `pieces` must not need the request: they are taken after the view has returned."""
    response = Response(BoundedStream(pieces), mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def respond_no_content() -> Response:
    return Response(status=204)
