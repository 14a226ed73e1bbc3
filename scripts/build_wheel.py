"""Builds the wheel of this checkout: `python -m scripts.build_wheel [FOLDER]`, `dist` by default. Prints its path.

What setuptools leaves beside the sources goes into a temporary folder instead.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("campaign_app", "templates", "static", "pyproject.toml", "setup.py", "requirements.txt", "LICENSE")


def build_wheel(target: Path) -> Path:
    """The wheel's file in `target`. Raises CalledProcessError where it cannot be built."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="switchboard-wheel-") as temporary:
        sources, built = Path(temporary) / "sources", Path(temporary) / "built"
        sources.mkdir()
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, sources / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / part, sources / part)
        # What pip does, without its two further processes.
        built.mkdir()
        build = f"from setuptools import build_meta; build_meta.build_wheel({str(built)!r})"
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", build], cwd=sources, check=True, stdout=subprocess.DEVNULL
        )
        [wheel] = built.glob("*.whl")
        return Path(shutil.move(wheel, target / wheel.name))


if __name__ == "__main__":
    print(build_wheel(Path(sys.argv[1] if len(sys.argv) > 1 else "dist").absolute()))
