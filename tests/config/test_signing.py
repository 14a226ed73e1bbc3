"""Signatures: what was signed verifies, and whatever was changed does not."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from campaign_app.config import BadSetting, Settings, load_settings
from campaign_app.signing import DocumentSigner, NotGenuine, canonical_json, parse_key, verify_document
from campaign_app.wiring import SIGNING_KEY_FILE, make_signer
from tests.support.clock import START

SIGNER = DocumentSigner(bytes(range(32)))
DOCUMENT: dict[str, Any] = {
    "kind": "receipt",
    "sentence": "Zoë’s",
    "checks": [{"allows": True, "until": None}],
    "n": 3,
}


def signed() -> dict[str, Any]:
    return SIGNER.sign_document(DOCUMENT, START)


def dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1).encode()


def test_a_signed_document_verifies_however_its_json_is_spelled() -> None:
    for text in (dump(signed()), json.dumps(signed(), ensure_ascii=False, sort_keys=True).encode()):
        found = verify_document(text, SIGNER.public_key)
        assert {name: found[name] for name in DOCUMENT} == DOCUMENT
        assert found["signed"]["at"] == "2026-11-20T15:00:00Z"


def change(document: dict[str, Any], *path: str | int, to: object) -> dict[str, Any]:
    changed = json.loads(json.dumps(document))
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    assert isinstance(changed, dict)
    return changed


@pytest.mark.parametrize(
    "path, to",
    [
        (["sentence"], "Zoe’s"),
        (["checks", 0, "allows"], False),
        (["checks", 0, "allows"], 1),
        (["n"], "3"),
        (["more"], 1),
        (["signed", "at"], "2026-11-20T15:00:01Z"),
        (["signed", "algorithm"], "none"),
        (["signed", "key_id"], "0" * 16),
        (["signature"], base64.b64encode(bytes(64)).decode()),
        (["signature"], "ä"),
        (["signature"], None),
        (["signed"], "me"),
    ],
)
def test_a_changed_document_is_not_genuine(path: list[str | int], to: object) -> None:
    with pytest.raises(NotGenuine):
        verify_document(dump(change(signed(), *path, to=to)), SIGNER.public_key)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[]", b"null", b"{}", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 100_000]
)
def test_what_is_no_signed_document_is_refused(data: bytes) -> None:
    with pytest.raises(NotGenuine):
        verify_document(data, SIGNER.public_key)


def test_a_name_that_stands_twice_is_refused() -> None:
    text = dump(signed()).decode().replace('"n": 3', '"n": 4, "n": 3')
    with pytest.raises(NotGenuine, match="twice"):
        verify_document(text.encode(), SIGNER.public_key)


def test_another_key_does_not_verify() -> None:
    with pytest.raises(NotGenuine, match="another key"):
        verify_document(dump(signed()), DocumentSigner(bytes(32)).public_key)


def test_fractions_have_no_one_spelling_and_are_not_signed() -> None:
    with pytest.raises(ValueError, match="fractions"):
        canonical_json({"a": [{"b": 0.1}]})


def make_settings(tmp_path: Path, **fields: Any) -> Settings:
    return Settings(instance_path=tmp_path, database_url="sqlite:///x", secret_key="s" * 32, **fields)


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = make_signer(make_settings(tmp_path))
    path = tmp_path / SIGNING_KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [SIGNING_KEY_FILE]
    make_signer.cache_clear()
    assert make_signer(make_settings(tmp_path)).public_key == first.public_key
    set_by_hand = make_signer(make_settings(tmp_path, signing_key=path.read_text()))
    assert set_by_hand.public_key == first.public_key


def test_a_broken_key_file_stops_the_start_with_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / SIGNING_KEY_FILE).write_text("half")
    make_signer.cache_clear()
    with pytest.raises(BadSetting, match="put it back from a backup"):
        make_signer(make_settings(tmp_path))


@pytest.mark.parametrize("text", ["short", "ä", base64.b64encode(bytes(31)).decode()])
def test_a_key_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of base64 and of ours
        parse_key(text)
    with pytest.raises(BadSetting, match="SWITCHBOARD_SIGNING_KEY"):
        load_settings({"SWITCHBOARD_SIGNING_KEY": text}, tmp_path)
