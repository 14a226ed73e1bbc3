"""`flask receipt …`: a receipt verifies on the command line, and a changed one does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from campaign_app.extensions import db
from tests.cli.commands_support import Commands, application
from tests.support.clock import START

DOCUMENT = {"kind": "receipt", "sentence": "Allowed: it was noon."}


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(application(tmp_path, f"sqlite:///{tmp_path / 'none.sqlite'}"))


def write_receipt(commands: Commands, path: Path, **changes: str) -> str:
    signer = commands.app.extensions["switchboard"].signer
    path.write_text(json.dumps({**signer.sign_document(DOCUMENT, START), **changes}))
    return str(path)


def test_a_receipt_verifies_with_this_installation_s_key_or_with_one_that_is_given(
    commands: Commands, tmp_path: Path
) -> None:
    path = write_receipt(commands, tmp_path / "receipt.json")
    key = commands("receipt", "key").stdout.strip()
    for more in ([], ["--key", key]):
        done = commands("receipt", "verify", path, *more)
        assert done.exit_code == 0, done.output
        assert "Genuine: signed 2026-11-20T15:00:00Z" in done.output
        assert "Allowed: it was noon." in done.output
    with commands.app.app_context():
        db.engine.dispose()


def test_a_changed_receipt_or_a_wrong_key_is_one_clear_line(commands: Commands, tmp_path: Path) -> None:
    path = write_receipt(commands, tmp_path / "receipt.json", sentence="Allowed: it was midnight.")
    done = commands("receipt", "verify", path)
    assert done.exit_code == 1
    assert "not genuine: its signature does not fit" in done.output
    assert "Traceback" not in done.output
    assert commands("receipt", "verify", path, "--key", "half").exit_code == 2
    assert commands("receipt", "verify", str(tmp_path / "none")).exit_code == 2
