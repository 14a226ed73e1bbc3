"""Every column that can hold text says what an erasure does with it."""

from __future__ import annotations

from campaign_app.queries.erasure import TREATMENTS, list_text_columns


def test_somebody_has_decided_about_every_text_column() -> None:
    columns = set(list_text_columns())
    undecided = sorted(columns - set(TREATMENTS))
    assert not undecided, f"can a number get into {undecided}? say so in queries/erasure.py, TREATMENTS"
    assert not sorted(set(TREATMENTS) - columns), "columns that are no more"
