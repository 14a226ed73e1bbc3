"""The wheel's build: pyproject.toml says what it holds; pages and assets go inside the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPages(build_py):
    """In site-packages nobody else may have a folder of the name templates."""

    def run(self) -> None:
        super().run()
        for folder in ("templates", "static"):
            shutil.copytree(
                folder,
                Path(self.build_lib) / "campaign_app" / folder,
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )


setup(cmdclass={"build_py": BuildWithPages})
