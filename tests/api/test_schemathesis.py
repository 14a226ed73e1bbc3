"""Requests generated from the description, right and wrong ones: no 500, no answer that it does not have."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
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
from campaign_app.engine.exports import run_next_export
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.vault import CredentialVault
from tests.api.asking import LONDON, Api
from tests.api.conftest import MakeApi
from tests.api.opening import close_api, open_api
from tests.api.recorded import add_recording
from tests.support.clock import FakeClock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
BY_NUMBER = ("explain_number", "export_receipts", "export_person", "find_listed_number")
VAULT_KEY = Fernet.generate_key().decode()
FOR_ADMINS = (
    "get_erasure",
    "get_outside_check",
    "get_retention",
    "list_users",
    "get_user",
    "list_user_sessions",
    "list_audit_files",
    "get_audit_file",
    "make_audit_file",
    "download_audit_file",
    "delete_audit_file",
)
FILES = {"/api/v1/do-not-call": 2, "/api/v1/audit": 3, "/api/v1/calls": 4}
"""The ids of the export files of each but a campaign, whose ids are all 1."""
LONG = os.environ.get("FUZZ") == "long"
LONG_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
"""Of each operation, role and mode."""
BOUNDED = settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Filled:
    """An installation's folder with one object of each kind in it, to copy."""

    folder: Path
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def filled_folder(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Filled:
    """One object of each kind, with the id 1, so that generated requests find something."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copyfile(sqlite_template, folder / "api.sqlite")
    api = open_api(folder / "instance", f"sqlite:///{folder / 'api.sqlite'}", FakeClock())
    fill(api)
    close_api(api)
    return Filled(folder, api.tokens)


def fill(api: Api) -> None:
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
    guard_outside_check(api)
    admin = api.as_("admin")
    admin.ask("PUT", "/outside-check", status=200, json={"url": "https://checks.example.com/calls"})
    admin.post("/users", {"email": "ann@example.org", "role": "viewer"}, status=201)
    api.post("/campaigns/1/exports", status=202)
    api.post("/do-not-call/exports", status=202)
    admin.post("/audit/exports", status=202)
    api.post("/calls/exports", status=202)
    with api.app.app_context():
        folder = context_of(api.app).settings.exports_folder
        for _ in range(4):
            assert run_next_export(db.engine, folder, clock=api.clock, days=1)


@pytest.fixture
def filled(filled_folder: Filled, make_api: MakeApi, tmp_path: Path) -> Api:
    """A copy of the test's own."""
    shutil.copytree(filled_folder.folder, tmp_path, dirs_exist_ok=True)
    api = make_api(f"sqlite:///{tmp_path / 'api.sqlite'}", filled_folder.tokens)
    guard_outside_check(api)
    return api


def guard_outside_check(api: Api) -> None:
    """A vault for its key, and an address for its name."""
    context = context_of(api.app)
    context.vault = CredentialVault([VAULT_KEY])
    context.safe_http = replace(context.safe_http, resolve=lambda host, port: ["93.184.216.34"])


class Present:
    """The application that is asked now: reading the description anew for each costs more than the requests."""

    app: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.app(environ, start_response)


@pytest.fixture(scope="module")
def present() -> Present:
    return Present()


@pytest.fixture(scope="module")
def described(present: Present, filled_folder: Filled) -> Iterator[dict[str, Any]]:
    """{operation id: operation}, which ask what `present` has."""
    api = open_api(
        filled_folder.folder / "instance",
        f"sqlite:///{filled_folder.folder / 'api.sqlite'}",
        FakeClock(),
        filled_folder.tokens,
    )
    present.app = api.app
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", present)
    yield {
        operation.definition.raw["operationId"]: operation
        for operation in (result.ok() for result in schema.get_all_operations())
    }
    close_api(api)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("operation_id", [operation.id for operation in OPERATIONS if not operation.public])
def test_generated_requests_get_answers_that_are_described(
    filled: Api, present: Present, described: dict[str, Any], operation_id: str, mode: GenerationMode
) -> None:
    present.app = filled.app
    operation = described[operation_id]
    role = "admin" if operation_id in FOR_ADMINS else "operator"
    headers = {"Authorization": f"Bearer {filled.tokens[role]}"}

    seen: set[int] = set()

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def ask(case: schemathesis.Case, real: bool) -> None:
        if real:
            an_id = FILES.get(operation.path.split("/exports/")[0], 1)
            case.path_parameters = {
                name: "us-fl" if name == "name" else an_id for name in case.path_parameters
            }
            if operation_id in BY_NUMBER and mode is GenerationMode.POSITIVE:
                case.query = {"phone": LONDON}
            elif case.query and mode is GenerationMode.POSITIVE:
                # Cursors that are understood come with an answer only.
                case.query = {name: value for name, value in case.query.items() if name != "cursor"}
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        if real:
            seen.add(answer.status_code)

    ask()
    # Not only refusals: or the shapes of what is read went unchecked. (asking.py checks those of what is
    # written.)
    if mode is GenerationMode.POSITIVE and operation.method == "get":
        assert 200 in seen, seen


@pytest.mark.skipif(not LONG, reason="minutes: FUZZ=long, as `make fuzz` sets it")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_role_gets_answers_that_are_described_on_both_databases(
    make_api: MakeApi, database_url: str, mode: GenerationMode
) -> None:
    api = make_api(database_url)
    fill(api)
    guard_outside_check(api)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api.app)
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    failures: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        strategy = operation.as_strategy(generation_mode=mode)
        for role in Role:
            try:
                ask_as(strategy, {"Authorization": f"Bearer {api.tokens[role.value]}"}, seed)
            except Unsatisfiable:
                continue  # nothing wrong can be asked of it
            except Exception as error:
                failures.append(f"{operation.method} {operation.path} {role}: {error}"[:1500])
                # At once: who stops the run after an hour wants to know what it found.
                print(f"seed {seed}: {failures[-1]}", file=sys.stderr, flush=True)
    assert not failures, f"seed {seed}\n" + "\n\n".join(failures)


def ask_as(strategy: st.SearchStrategy[schemathesis.Case], headers: dict[str, str], seed: int) -> None:
    """Requests of one operation. Some are for objects that are there, or were."""

    @hypothesis.seed(seed)
    @settings(parent=BOUNDED, max_examples=LONG_EXAMPLES, derandomize=False)
    @given(case=strategy, an_id=st.integers(1, 4), real=st.booleans())
    def ask(case: schemathesis.Case, an_id: int, real: bool) -> None:
        if real:
            case.path_parameters = {
                name: "us-fl" if name == "name" else an_id for name in case.path_parameters
            }
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
