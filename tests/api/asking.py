"""How the tests ask the API, and what every answer has to keep to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from campaign_app.api import docs
from tests.support.clock import FakeClock

PREFIX = "/api/v1"
LONDON = "+442079460123"


@dataclass
class Api:
    """Asks as a token's owner. `get("/campaigns", status=404)` asserts the status and returns the answer."""

    app: Flask
    clock: FakeClock
    tokens: dict[str, str]
    role: str = "operator"
    wakes: list[None] = field(default_factory=list)

    def as_(self, role: str) -> Api:
        return Api(self.app, self.clock, self.tokens, role, self.wakes)

    def ask(self, method: str, path: str, *, status: int | None = None, **request: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[self.role]}", **request.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        if "json" in request:
            # Escaped, so that a lone surrogate gets through; and null is a body too.
            request |= {
                "data": json.dumps(request.pop("json")).encode("ascii"),
                "content_type": "application/json",
            }
        answer = self.app.test_client().open(
            path if path.startswith("/api") else PREFIX + path, method=method, headers=headers, **request
        )
        if status is not None:
            assert answer.status_code == status, (method, path, answer.status_code, answer.text[:2000])
        if answer.status_code >= 400:
            check_problem(answer)
        if answer.is_json:
            # A receipt's `time` is on the person's own clock.
            late = re.findall(r'"(\w+)":\s*"[^"]*\+00:00"', answer.text)
            assert set(late) <= {"time"}, "every time ends with Z"
        self._check_described(answer)
        return answer

    def _check_described(self, answer: TestResponse) -> None:
        """The description has this operation, this status, and this shape."""
        rule = answer.request.path, answer.request.method
        try:
            endpoint, _ = self.app.url_map.bind("localhost").match(*rule)
        except HTTPException:
            return  # no operation of ours
        operation = described(self.app)[endpoint.removeprefix("api.")]
        assert str(answer.status_code) in operation.definition.raw["responses"], (*rule, answer.status_code)
        operation.validate_response(answer)

    def get(self, path: str, *, status: int = 200, **request: Any) -> Any:
        return self.ask("GET", path, status=status, **request).get_json()

    def post(self, path: str, body: Any = None, *, status: int = 200, **request: Any) -> Any:
        extra = {} if body is None else {"json": body}
        return self.ask("POST", path, status=status, **extra, **request).get_json()

    def campaign(self, **fields: Any) -> dict[str, Any]:
        return self.post("/campaigns", campaign_fields(**fields), status=201)

    def walk(self, path: str, limit: int) -> list[dict[str, Any]]:
        """Every item, page by page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(1000):
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            page = self.get(path, query_string=query)
            assert len(page["items"]) <= limit
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items
        raise AssertionError("the pages never ended")


DESCRIBED: dict[str, Any] = {}


def described(app: Flask) -> dict[str, Any]:
    """{operation id: operation} of the description, which is the same for every application."""
    if not DESCRIBED:
        with app.app_context():
            schema = schemathesis.openapi.from_dict(docs.openapi_document(app))
        for result in schema.get_all_operations():
            operation = result.ok()
            DESCRIBED[operation.definition.raw["operationId"]] = operation
    return DESCRIBED


def campaign_fields(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Flood warning",
        "message": {"text": "The river is rising."},
        "purpose": "informational",
        "timezone": "UTC",
        **fields,
    }


def check_problem(answer: TestResponse) -> dict[str, Any]:
    """Every error answer is a whole RFC 9457 document."""
    assert answer.mimetype == "application/problem+json", answer.text[:500]
    body = answer.get_json()
    assert {"type", "title", "status", "detail", "instance", "errors"} <= set(body)
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    assert body["instance"].startswith("/api/")
    assert all(set(error) == {"field", "message"} for error in body["errors"])
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return body


def fields_of(problem: dict[str, Any]) -> set[str]:
    return {error["field"] for error in problem["errors"]}
