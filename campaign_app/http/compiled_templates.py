"""Compiled templates, kept between starts as Python keeps its modules' bytecode."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket


def keep_compiled_templates(templates: Path) -> BytecodeCache | None:
    """The cache for the templates of this folder, in its `__pycache__`: who may write there may write the templates
    too. What is there is used; more is written where that is possible and Python is allowed to write its own. None
    where neither can be.

    Compiling the templates of one page takes a tenth of a second, of all pages some seconds.
    """
    folder = templates / "__pycache__"
    writes = not sys.dont_write_bytecode
    if writes:
        try:
            folder.mkdir(exist_ok=True)
        except OSError:
            writes = False
    if not folder.is_dir():
        return None
    return _CompiledTemplates(str(folder), writes=writes and os.access(folder, os.W_OK))


class _CompiledTemplates(FileSystemBytecodeCache):
    """Goes without where a file cannot be written: a full disk must not cost a page."""

    def __init__(self, directory: str, *, writes: bool) -> None:
        super().__init__(directory)
        self._writes = writes

    def dump_bytecode(self, bucket: Bucket) -> None:
        if self._writes:
            try:
                super().dump_bytecode(bucket)
            except OSError:
                self._writes = False
