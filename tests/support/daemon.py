"""What throwaway servers have in common: one process, and its log in a directory of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Daemon:
    """A server's process. `what` is its name in errors."""

    what: str
    directory: Path
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """RuntimeError when it is not running."""
        if self._process is None:
            raise RuntimeError(f"the {self.what} server is not running")
        return self._process.pid

    @property
    def _log(self) -> Path:
        return self.directory / "server.log"

    def _launch(self, argv: Sequence[str | Path], **more: Any) -> None:
        """Start the process. In a session of its own: Ctrl-C is for pytest, which then stops the server in its turn."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **more
            )

    def _must_run(self) -> None:
        """Raises RuntimeError with what it said last when it has ended."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(
                f"{self.what} did not start: {self._log.read_text(errors='replace')[-3000:].strip()}"
            )
