"""Compiled templates, kept between starts as Python keeps its modules' bytecode."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jinja2
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket


def keep_compiled_templates(templates: Path) -> BytecodeCache | None:
    """The cache for the templates of this folder, in its `__pycache__`: anybody who may write there may write the
    templates too. What is there is used; more is written if the folder is writable and Python may write bytecode. None
    if there is no such folder and none can be made.

    Compiling the templates of one page takes a tenth of a second; all pages take several seconds.
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
    """Does without a file that cannot be written: a full disk must not break a page. What another version of Jinja
    compiled is not used: it calls what that version has."""

    def __init__(self, directory: str, *, writes: bool) -> None:
        super().__init__(directory, f"jinja2-{jinja2.__version__}-%s.cache")
        self._writes = writes

    def dump_bytecode(self, bucket: Bucket) -> None:
        if self._writes:
            try:
                super().dump_bytecode(bucket)
            except OSError:
                self._writes = False
