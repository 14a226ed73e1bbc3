"""A number leaves an upload that waits, also where a cell writes it over several lines."""

from __future__ import annotations

from pathlib import Path

from campaign_app.domain.erasure import NumberFinder
from campaign_app.services.erasure_files import ErasedFiles, scrub_uploads


def test_lines_that_share_a_number_are_crossed_out_and_no_others(tmp_path: Path) -> None:
    files = ErasedFiles(tmp_path, tmp_path / "ledger.jsonl")
    files.uploads.mkdir()
    path = files.uploads / "a.csv"
    before = 'phone,note\n+12125550142,"wife: +44 20\n7946\n0123, asked"\n+12125550143,4420\n79460123,x\n'
    path.write_text(before)
    assert scrub_uploads(files, NumberFinder("+442079460123")) == {"a.csv": 3}
    after = path.read_text()
    assert len(after) == len(before)
    assert after == (
        'phone,note\n+xxxxxxxxxxx,"xxxx: +xx xx\nxxxx\nxxxx, xxxxx"\n+12125550143,4420\n79460123,x\n'
    )
