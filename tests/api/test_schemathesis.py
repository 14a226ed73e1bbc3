"""Requests generated from the description, right and wrong ones: no 500, no answer that it does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from campaign_app.api.operations import OPERATIONS
from campaign_app.app_context import context_of
from campaign_app.vault import CredentialVault
from tests.api.asking import LONDON, Api
from tests.api.recorded import add_recording

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
BY_NUMBER = ("explain_number", "export_receipts", "export_person", "find_listed_number")
FOR_ADMINS = ("get_erasure", "get_outside_check", "get_retention")
BOUNDED = settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def filled(api: Api) -> Api:
    """One object of each kind, with the id 1, so that generated requests find something."""
    api.campaign()
    api.post("/campaigns/1/contacts", [LONDON])
    api.post("/calls", {"to": "+442079460200", "message": {"text": "Hello"}}, status=201)
    api.post("/do-not-call", {"phone": "+442079460300"}, status=201)
    csv = (
        b"--b\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\n+442079460400\r\n--b--\r\n"
    )
    content_type = "multipart/form-data; boundary=b"
    api.ask("POST", "/campaigns/1/imports", status=202, data=csv, content_type=content_type)
    add_recording(api)
    api.as_("admin").post("/people/forget", {"phone": "+442079460500", "reason": "asked"})
    api.post("/lists", {"name": "Litigators", "kind": "litigators"}, status=201)
    api.post("/blackouts", {"country": "FR", "reason": "a day of mourning"}, status=201)
    context = context_of(api.app)
    context.vault = CredentialVault([Fernet.generate_key().decode()])
    context.safe_http = replace(context.safe_http, resolve=lambda host, port: ["93.184.216.34"])
    admin = api.as_("admin")
    admin.ask("PUT", "/outside-check", status=200, json={"url": "https://checks.example.com/calls"})
    return api


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("operation_id", [operation.id for operation in OPERATIONS if not operation.public])
def test_generated_requests_get_answers_that_are_described(
    filled: Api, operation_id: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", filled.app)
    operation = next(
        found
        for result in schema.get_all_operations()
        if (found := result.ok()).definition.raw["operationId"] == operation_id
    )
    role = "admin" if operation_id in FOR_ADMINS else "operator"
    headers = {"Authorization": f"Bearer {filled.tokens[role]}"}

    seen: set[int] = set()

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def ask(case: schemathesis.Case, real: bool) -> None:
        if real:
            case.path_parameters = {name: "us-fl" if name == "name" else 1 for name in case.path_parameters}
            if operation_id in BY_NUMBER and mode is GenerationMode.POSITIVE:
                case.query = {"phone": LONDON}
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        if real:
            seen.add(answer.status_code)

    ask()
    # Not only refusals: or the shapes of what is read went unchecked. (asking.py checks those of what is
    # written.)
    if mode is GenerationMode.POSITIVE and operation.method == "get":
        assert 200 in seen, seen
