"""Own command: how this program's commands are typed here, for every sentence that tells somebody to run one."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
IS_CHECKOUT = (_ROOT / "app.py").is_file() and (_ROOT / "templates" / "base.html").is_file()
"""A wheel has its pages inside the package, and no app.py."""


def own_command(words: str) -> str:
    """`flask --app app WORDS` in a checkout, `switchboard WORDS` where a wheel is installed."""
    return f"{'flask --app app' if IS_CHECKOUT else 'switchboard'} {words}"
