"""What a server loads before it answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT

LATER = (
    "alembic",
    "celery",
    "charset_normalizer",
    "flask_migrate",
    "holidays",
    "httpcore",
    "httpx",
    "openpyxl",
    "prometheus_client",
    "psycopg",
    "redis",
    "segno",
    "webauthn",
    "xlsxwriter",
)
"""Slow to import, and wanted by few or late."""


def test_a_start_loads_nothing_that_the_first_page_can_do_without(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import app, sys; print(*sys.modules)"],
        cwd=ROOT,
        env={"SWITCHBOARD_INSTANCE_PATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(LATER) & set(told.stdout.split()) == set()
