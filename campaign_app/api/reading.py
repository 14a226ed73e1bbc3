"""Request reading: JSON bodies, query strings and field names, checked for their shape. Rules live in the services."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from campaign_app.domain.errors import FieldError, InvalidInput

JSON_LIMIT = 1024 * 1024
"""Bytes of an ordinary JSON body; more is 413."""
MOST_NESTING = 20
"""Levels of nesting; no body of this API needs more than four."""
MOST_SHOWN = 20
"""How many unstorable values one answer names."""

M = TypeVar("M", bound=BaseModel)


def json_body(limit: int = JSON_LIMIT, *, optional: bool = False) -> Any:
    """The request's JSON of at most `limit` bytes; `{}` for an absent body where it is `optional`.

    415 for another content type, 413 beyond the limit, 400 for what is not JSON (RFC 8259), Invalid for text
    or numbers that no database keeps.
    """
    request.max_content_length = limit
    raw = request.get_data()
    if not raw and optional:
        return {}
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8: byte {error.start} is wrong.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise BadRequest("The body is not acceptable JSON: it is nested too deeply.") from None
    except ValueError as error:
        raise BadRequest(f"The body is not acceptable JSON: {error}.") from None
    _refuse_unstorable(value)
    return value


def json_object(limit: int = JSON_LIMIT, *, optional: bool = False) -> dict[str, Any]:
    """The same, and an object."""
    value = json_body(limit, optional=optional)
    if not isinstance(value, dict):
        raise InvalidInput([FieldError("body", "send a JSON object")])
    return value


def body_as(model: type[M], *, optional: bool = False) -> M:
    """The JSON body as `model`. Raises Invalid with every wrong field."""
    return _validate_model(model, json_object(optional=optional))


def query_as(model: type[M]) -> M:
    """The query string as `model`; a parameter that it does not have is an error too, for a misspelt filter
    would silently answer with everything."""
    parameters = request.args.to_dict()
    _refuse_unstorable(parameters)
    return _validate_model(model, parameters)


def form_as(model: type[M]) -> M:
    """The text fields of a form as `model`."""
    fields = request.form.to_dict()
    _refuse_unstorable(fields)
    return _validate_model(model, fields)


def refuse_unread_fields(*, takes_query: bool, takes_body: bool) -> None:
    """Raises Invalid with every parameter and field of a request whose operation reads no query string, or no body:
    what it asks for would be ignored silently."""
    names = [] if takes_query else list(request.args)
    if not takes_body:
        names += _list_body_fields()
    if names:
        raise InvalidInput(
            [FieldError(_printable_name(name), "there is no such field") for name in names[:MOST_SHOWN]]
        )


def _list_body_fields() -> list[str]:
    """What the request's body has, though nobody reads it; nothing for `{}`."""
    request.max_content_length = JSON_LIMIT
    try:
        raw = request.get_data()
        value = json.loads(raw) if raw else {}
    except (RequestEntityTooLarge, ValueError, RecursionError):
        return ["body"]
    return list(value) if isinstance(value, dict) else ["body"]


def field_name(loc: tuple[str | int, ...]) -> str:
    """Pydantic's location as the API writes it: ("calling_windows", 0, "end") is `calling_windows[0].end`."""
    name = ""
    for part in loc:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name or "body"


def _validate_model(model: type[M], values: Mapping[str, Any]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(
            [
                FieldError(field_name(item["loc"]), _error_sentence(item["type"], item["msg"]))
                for item in error.errors()
            ]
        ) from None


def _error_sentence(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such field"
    if kind == "missing":
        return "this field is required"
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_unstorable(value: Any) -> None:
    errors = list(islice(_find_unstorable(value), MOST_SHOWN))
    if errors:
        raise InvalidInput(errors)


def _find_unstorable(whole: Any) -> Iterator[FieldError]:
    """NUL and lone surrogates, which PostgreSQL and UTF-8 refuse, and numbers beyond every column (1e999,
    10^30).

    With a stack of its own: as a recursion, a body nested 900 deep passed the parser and ended here.
    """
    todo: list[tuple[Any, tuple[str | int, ...]]] = [(whole, ())]
    while todo:
        value, where = todo.pop()
        if len(where) > MOST_NESTING:
            yield FieldError(_printable_name(field_name(where[:1])), "is nested too deeply")
        elif isinstance(value, str):
            if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
                yield FieldError(
                    _printable_name(field_name(where)),
                    "contains NUL or half a surrogate pair, which cannot be kept",
                )
        elif isinstance(value, int | float):
            if not -(2**63) <= value < 2**63:
                yield FieldError(_printable_name(field_name(where)), "this number is too large")
        elif isinstance(value, dict):
            todo += [(key, where) for key in value]
            todo += [(item, (*where, key)) for key, item in value.items()]
        elif isinstance(value, list):
            todo += [(item, (*where, index)) for index, item in enumerate(value)]


def _printable_name(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
