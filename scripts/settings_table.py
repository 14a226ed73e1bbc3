"""`make docs`: write the table of settings into README.md. `--check` only says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from campaign_app.config import SETTING_FIELDS

PAGE = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- settings -->", "<!-- end: settings -->"
HEAD = """| `SWITCHBOARD_…` | default | meaning |
| --- | --- | --- |
| `INSTANCE_PATH` | `instance/` | data, uploads, the cookie key; share it between web and engine |
"""


def render_table() -> str:
    """Every setting that has a meaning for people, in the order of its declaration."""
    return HEAD + "".join(
        f"| `{name}` | {setting.metadata['shown'] or _format_default(setting.default)} "
        f"| {setting.metadata['meaning']} |\n"
        for name, setting in SETTING_FIELDS.items()
        if setting.metadata["meaning"]
    )


def write_table(page: str) -> str:
    """The page with the table between its markers written anew."""
    head, begin, rest = page.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE.name} has no place for the settings: {BEGIN} … {END}")
    return f"{head}{BEGIN}\n\n{render_table()}\n{END}{tail}"


def _format_default(value: object) -> str:
    if value is None or value == ():
        return "–"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        raise SystemExit(0 if write_table(page) == page else "README.md is out of date: run `make docs`")
    PAGE.write_text(write_table(page), encoding="utf-8")


if __name__ == "__main__":
    main()
