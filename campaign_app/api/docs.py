"""OpenAPI description: GET /openapi.json describes every operation in OpenAPI 3.1.

SpecTree generates it and does no more. Its request wrapper takes a malformed body for an empty one, and reads
a streamed answer into memory; so views run without it, and what it cannot say (problem documents, other media
types, headers) is added to what it generated. No page that loads scripts from elsewhere is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, jsonify, request
from pydantic import BaseModel
from spectree import Response as Answers
from spectree import SecurityScheme, SpecTree
from spectree.config import ModeEnum
from spectree.model_adapter.protocol import SchemaMode
from spectree.model_adapter.pydantic_adapter import PydanticModelAdapter
from spectree.models import SecureType, SecuritySchemeData

from campaign_app.http.routing import MAX_ID

from . import errors
from .operations import OPERATIONS, ApiOperation, api_operation
from .schemas.documents import Document, Problem

BEARER = "bearer"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
HEADERS: dict[str, dict[str, Any]] = {
    "Location": {"description": "the new object's address", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` on the stored answer to a repeated Idempotency-Key",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}},
    "Content-Disposition": {"description": "the file's name", "schema": {"type": "string"}},
}


_DOCUMENT: dict[str, Any] = {}


class _SchemaAdapter(PydanticModelAdapter):
    """SpecTree asks for a model's schema at each operation that mentions it; it is made once here."""

    def __init__(self) -> None:
        super().__init__()
        self._schemas: dict[tuple[type[Any], SchemaMode], dict[str, Any]] = {}

    def json_schema(
        self, model: type[Any], *, ref_template: str, mode: SchemaMode = "validation"
    ) -> dict[str, Any]:
        if (model, mode) not in self._schemas:
            self._schemas[model, mode] = super().json_schema(model, ref_template=ref_template, mode=mode)
        return self._schemas[model, mode]


@api_operation(
    "GET", "/openapi.json", None, tag="description", response_models={200: Document}, name="openapi"
)
def send_openapi() -> Response:
    """This description."""
    document = openapi_document(current_app)
    if request.script_root:
        document = {**document, "servers": [{"url": request.script_root}]}
    return jsonify(document)


def openapi_document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document, generated once per process: every application has the same routes under
    /api/v1."""
    if not _DOCUMENT:
        _DOCUMENT.update(_generate_document(app))
    return _DOCUMENT


def _generate_document(app: Flask) -> dict[str, Any]:
    tree = SpecTree(
        "flask",
        title="Switchboard",
        version="1",
        description="Outbound voice campaigns. See docs/api.md for a guide.",
        mode=ModeEnum.strict,
        model_adapter=_SchemaAdapter(),  # type: ignore[arg-type]
        annotations=False,
        validation_error_model=Problem,
        naming_strategy=lambda model: model.__name__,
        nested_naming_strategy=lambda _parent, child: child,
        security_schemes=[
            SecurityScheme(name=BEARER, data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))
        ],
        security={BEARER: []},
    )
    functions_by_id = {item.id: _describe_operation(tree, item) for item in OPERATIONS}
    tree.backend = _ApiRoutes(tree.backend, app, functions_by_id)  # type: ignore[assignment]
    document = tree.spec
    by_id = {item.id: item for item in OPERATIONS}
    for path in document["paths"].values():
        for operation_ in path.values():
            _complete_operation(operation_, by_id[operation_["operationId"]])
    return document


class _ApiRoutes:
    """SpecTree's Flask backend, shown this API's routes only, and the described functions in place of the
    views."""

    def __init__(self, backend: Any, app: Flask, functions: dict[str, Any]) -> None:
        self._backend, self._app, self._functions = backend, app, functions

    def find_routes(self) -> Iterator[Any]:
        return (rule for rule in self._app.url_map.iter_rules() if rule.endpoint.startswith("api."))

    def parse_func(self, route: Any) -> Iterator[tuple[str, Any]]:
        function = self._functions.get(route.endpoint.removeprefix("api."))
        return ((method, function) for method in sorted(route.methods) if function is not None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def _describe_operation(tree: SpecTree, item: ApiOperation) -> Any:
    @wraps(item.view)
    def described_view() -> None:
        """Carries the view's name and docstring; never called."""

    described_view.__doc__ = item.summary or item.view.__doc__
    models: dict[str, type[BaseModel] | None] = {
        f"HTTP_{code}": model for code, model in item.response_models.items()
    }
    models |= {f"HTTP_{code}": Problem for code in _errors_of(item)}
    return tree.validate(
        query=item.query,
        json=item.body,
        form=item.form,
        headers=item.headers,
        resp=Answers(**models),
        tags=(item.tag,),
        security=[] if item.public else None,
        skip_validation=True,
        operation_id=item.id,
    )(described_view)


def _errors_of(item: ApiOperation) -> list[int]:
    """Its own errors, and those that come with a token or a body."""
    # 400: also for a host name that this server does not answer to. 422: for fields that it does not have.
    codes = {400, 422, 429, 500, *item.errors}
    if not item.public:
        codes |= {401, 403}
    if item.body or item.form:
        codes |= {413, 415}
    return sorted(codes)


def _complete_operation(operation_spec: dict[str, Any], item: ApiOperation) -> None:
    responses: dict[str, Any] = operation_spec["responses"]
    expected = {str(code) for code in (*item.response_models, *_errors_of(item))}
    for code in [code for code in responses if code not in expected]:
        del responses[code]
    for code, response in responses.items():
        if int(code) >= 400:
            response["content"] = {errors.MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
        for name in _headers_of(int(code), item):
            response.setdefault("headers", {})[name] = HEADERS[name]
    if item.other_types:
        for success in (responses[code] for code in ("200", "206") if code in responses):
            success["content"] = success.get("content", {}) | {
                media: {"schema": {"type": "string"}} for media in item.other_types
            }
    if item.body_optional:
        operation_spec["requestBody"]["required"] = False
    for parameter in operation_spec["parameters"]:
        _plain_parameter(parameter)


def _headers_of(code: int, item: ApiOperation) -> Iterator[str]:
    if code in (201, 202) and item.located:
        yield "Location"
    if code == 201 and item.headers is not None:
        yield "Idempotency-Replayed"
    if code == 401:
        yield "WWW-Authenticate"
    if code == 429:
        yield "Retry-After"
    if code == 200 and item.other_types:
        yield "Content-Disposition"


def _plain_parameter(parameter: dict[str, Any]) -> None:
    """Ids as they are, and no null where a parameter is simply left out."""
    schema = parameter["schema"]
    if parameter["in"] == "path":
        parameter["schema"] = {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}
        return
    choices = [choice for choice in schema.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        schema.update(choices[0])
    elif choices:
        schema["anyOf"] = choices
    if schema.get("default", ...) is None:
        del schema["default"]
