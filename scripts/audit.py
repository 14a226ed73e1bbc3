"""Supply chain: `make audit` writes a CycloneDX bill of what Switchboard runs on, and asks whether any of it is known
to be vulnerable. Without a way to the advisories it says so; AUDIT=strict makes that a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
BILL = ROOT / "build" / "sbom.cdx.json"


def write_bill(lock: Path = LOCK, bill: Path = BILL) -> None:
    """Raises CalledProcessError."""
    bill.parent.mkdir(exist_ok=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "cyclonedx_py", "requirements", str(lock)),
            *("--output-reproducible", "--output-format", "JSON", "--output-file", str(bill)),
        ],
        check=True,
    )


def find_advisories(lock: Path = LOCK) -> int:
    """0: none; 1: some, which were printed; 2: not every package could be asked about."""
    asked = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--format", "json"),
            *("--disable-pip", "--require-hashes", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return read_answer(asked.stdout)


def read_answer(told: str) -> int:
    """From what pip-audit told: JSON, or nothing where it broke off. To it a package that it could not ask about is no
    finding."""
    try:
        packages: list[dict[str, Any]] = json.loads(told)["dependencies"]
    except ValueError:
        return 2
    for package in packages:
        for found in package.get("vulns", ()):
            fixed = ", ".join(found["fix_versions"]) or "no release yet"
            print(f"{package['name']} {package['version']}: {found['id']}, fixed in {fixed}")
    if any(package.get("vulns") for package in packages):
        return 1
    return 2 if not packages or any("skip_reason" in package for package in packages) else 0


def main() -> int:
    write_bill()
    print(f"The bill of materials is {BILL.relative_to(ROOT)}.")
    found = find_advisories()
    if found == 2:
        print(
            "Not every package could be compared with the advisories: they cannot be reached from here.",
            file=sys.stderr,
        )
        return 1 if os.environ.get("AUDIT") == "strict" else 0
    return found


if __name__ == "__main__":
    sys.exit(main())
