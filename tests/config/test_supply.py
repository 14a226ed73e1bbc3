"""What Switchboard is made of: pins and their hashes, and the script that is kept in the source."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from scripts.audit import read_answer, write_bill
from tests.support.server import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", re.MULTILINE)
HTMX = {
    "2.0.11": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
}
"""SHA-256 of dist/htmx.min.js as it is published; another version comes with its hash."""


def pins_of(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {match[1].lower().replace("_", "-").replace(".", "-"): match[2] for match in PIN.finditer(text)}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-bench"])
def test_every_pin_is_locked_with_its_hashes(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text(encoding="utf-8")
    locked = pins_of(f"{name}.lock")
    missing = {pin for pin in pins_of(f"{name}.txt").items() if pin not in locked.items()}
    assert not missing, f"`make lock` writes {name}.lock anew: {sorted(missing)}"
    for block in re.split(r"\n(?=[A-Za-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block, f"no hash: {block.splitlines()[0]}"
    assert not re.search(r"https?://|--index|--find-links", text), "any index will do: the hashes tell"


def test_both_lists_lock_the_same_releases() -> None:
    assert pins_of("requirements.lock").items() <= pins_of("requirements-dev.lock").items()


def test_htmx_is_the_published_file() -> None:
    content = (ROOT / "static/htmx.min.js").read_bytes()
    version = re.search(rb'version:"([0-9.]+)"', content)
    assert version is not None
    assert hashlib.sha256(content).hexdigest() == HTMX[version[1].decode()]


def test_the_bill_of_materials_names_every_package_with_its_hashes(tmp_path: Path) -> None:
    bill = tmp_path / "sbom.cdx.json"
    write_bill(bill=bill)
    components = {each["name"]: each for each in json.loads(bill.read_text(encoding="utf-8"))["components"]}
    assert {name.lower().replace("_", "-").replace(".", "-") for name in components} >= set(
        pins_of("requirements.lock")
    )
    flask = components["flask"]
    assert any(each.get("hashes") for each in flask.get("externalReferences", [])), (
        "the files that may be installed"
    )


@pytest.mark.parametrize(
    "packages, status",
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}], 1),
        ([{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}], 2),
        ([], 2),
    ],
)
def test_what_could_not_be_asked_about_is_not_called_safe(
    packages: list[dict[str, object]], status: int
) -> None:
    assert read_answer(json.dumps({"dependencies": packages})) == status
    assert read_answer("") == 2


def test_what_the_security_page_points_at_is_there() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| [\d.]+ \|.*\| (.*) \|$", text, re.MULTILINE)
    assert len(named) > 250
    files = {name for cell in named for name in re.findall("`([^`]+)`", cell)}
    assert {name for name in files if not (ROOT / name).exists()} == set()
