"""Uploads by REST, and the worker called by hand, as the engine's process would."""

from __future__ import annotations

import io
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from campaign_app.config import Settings
from campaign_app.engine.imports.worker import run_next
from campaign_app.extensions import db
from tests.api.asking import Api


def upload(
    api: Api, path: str, content: bytes | str, status: int, name: str = "list.csv", **fields: Any
) -> TestResponse:
    """Send a file as a form would, with other fields beside it."""
    data = content.encode() if isinstance(content, str) else content
    # Encoded here, since the test client leaves its temporary file open.
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(data), name), **fields})
    content_type = f"multipart/form-data; boundary={boundary}"
    return api.ask("POST", path, status=status, data=body, content_type=content_type)


def work_off(api: Api) -> None:
    """Let the worker take up one import."""
    settings: Settings = api.app.extensions["switchboard"].settings
    with api.app.app_context():
        assert run_next(db.engine, settings.uploads_folder, clock=api.clock, owner="test")


def stored(api: Api) -> list[str]:
    """The files that lie in the folder of uploads."""
    settings: Settings = api.app.extensions["switchboard"].settings
    return [path.name for path in settings.uploads_folder.glob("*")]
