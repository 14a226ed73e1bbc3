"""The OpenAPI description is valid, complete, and says nothing that is not so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.asking import Api

DESIGN = """
POST /campaigns, GET /campaigns, GET /campaigns/{}, PATCH /campaigns/{}, DELETE /campaigns/{},
POST /campaigns/{}/start, POST /campaigns/{}/pause, POST /campaigns/{}/resume, POST /campaigns/{}/stop,
POST /campaigns/{}/archive, POST /campaigns/{}/reopen, POST /campaigns/{}/clone, GET /campaigns/{}/stats,
POST /campaigns/{}/contacts, POST /campaigns/{}/imports, GET /imports/{}, GET /imports/{}/rejected.csv,
GET /campaigns/{}/contacts, GET /campaigns/{}/calls, GET /contacts/{}, GET /calls/{}, GET /calls, POST /calls,
DELETE /calls/{}, GET /campaigns/{}/export, GET /do-not-call, POST /do-not-call, DELETE /do-not-call,
DELETE /do-not-call/{}, GET /openapi.json, GET /attempts/{}/receipt, GET /people/receipts, GET /receipts/key
"""
PUBLIC = {"GET /openapi.json", "GET /receipts/key"}


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    described: dict[str, Any] = api.get("/openapi.json", headers={"Authorization": None})
    return described


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """{"GET /campaigns/{}": operation}."""
    found = {}
    for path, methods in document["paths"].items():
        short = path.removeprefix("/api/v1")
        while "{" in short and "{}" not in short:
            short = short[: short.index("{")] + "{}" + short[short.index("}") + 1 :]
        found |= {f"{method.upper()} {short}": operation for method, operation in methods.items()}
    return found


def test_every_call_of_the_design_is_described(document: dict[str, Any]) -> None:
    promised = {call.strip() for call in DESIGN.split(",")}
    assert promised <= set(operations(document))


def test_every_route_is_described(api: Api, document: dict[str, Any]) -> None:
    rules = [rule for rule in api.app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    routes = sum(len((rule.methods or set()) - {"HEAD", "OPTIONS"}) for rule in rules)
    assert len(operations(document)) == routes > 25


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    references = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert references
    assert references <= set(schemas)
    assert "$defs" not in json.dumps(document)


def test_every_operation_documents_its_role_and_its_errors(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    assert document["security"] == [{"bearer": []}]
    ids = []
    for call, operation in operations(document).items():
        ids.append(operation["operationId"])
        assert operation["summary"].endswith("."), call
        responses = operation["responses"]
        if call in PUBLIC:
            assert operation["security"] == []
            continue
        assert {"401", "403", "429", "500"} <= set(responses), call
        assert ("{}" not in call) or "404" in responses, call
        assert ("507" in responses) == (not call.startswith("GET ")), (
            "a full disk refuses what has to be kept"
        )
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= set(responses), call
        for status, response in responses.items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (call, status)
    assert len(ids) == len(set(ids))


def test_it_loads_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    assert "http://" not in json.dumps(document)
    assert "https://" not in json.dumps(document)
