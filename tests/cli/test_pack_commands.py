"""`flask packs check`: says what is wrong with a pack file, without using it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from campaign_app.domain.pack_files import PACK_PARTS, RULE_PARTS
from campaign_app.domain.packs import Requires, RuleStatus, SilenceEvent
from campaign_app.rules import load_shipped_packs
from tests.cli.commands_support import Commands, application
from tests.support.server import ROOT

TEXT = next(each.text for each in load_shipped_packs() if each.pack.name == "us-fl")


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(application(tmp_path, f"sqlite:///{tmp_path / 'none.sqlite'}"))


def check(commands: Commands, path: Path, content: bytes) -> tuple[int, str]:
    path.write_bytes(content)
    done = commands("packs", "check", str(path))
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def test_a_pack_that_is_right_is_named_with_its_version(commands: Commands, tmp_path: Path) -> None:
    code, told = check(commands, tmp_path / "p.toml", b"\xef\xbb\xbf" + TEXT.encode())
    assert code == 0
    assert told.startswith("us-fl@")
    assert "right; 3 rules, 7 examples" in told


def test_everything_that_is_wrong_is_printed_with_its_line(commands: Commands, tmp_path: Path) -> None:
    text = TEXT.replace("hours = [{", "horus = [{").replace('status = "law"', 'status = "rumor"', 1)
    code, told = check(commands, tmp_path / "p.toml", text.encode())
    assert code == 1
    assert "rules[0].horus: not a part of this table" in told
    assert "rules[0].status: one of law, guidance" in told
    assert told.count("(line ") >= 2


@pytest.mark.parametrize(
    "content, told",
    [
        (b"name = = 1", "this is not TOML"),
        (b"", "rules"),
        (b"\xff\xfe", "this is not text in UTF-8"),
        (b"#" * 300_000, "200,000 at the most"),
        (TEXT.replace("allowed = false", "allowed = true").encode(), "does not allow this call"),
    ],
)
def test_what_is_no_pack_is_said_in_a_line(
    commands: Commands, tmp_path: Path, content: bytes, told: str
) -> None:
    code, output = check(commands, tmp_path / "p.toml", content)
    assert code == 1
    assert told in output


def test_the_docs_name_every_key_and_their_example_is_right(commands: Commands, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", page, flags=re.S)
    code, told = check(commands, tmp_path / "p.toml", example.encode())
    assert code == 0, told
    parts = {*PACK_PARTS, *RULE_PARTS, *(each.name for each in dataclasses.fields(Requires))}
    parts |= {*RuleStatus, *SilenceEvent, *(each.pack.name for each in load_shipped_packs())}
    told_names = {word for span in re.findall(r"`([^`\n]+)`", page) for word in re.findall(r"[\w-]+", span)}
    told_names |= {f"us-{word}" for word in told_names}
    assert {str(part) for part in parts} <= told_names


def test_a_file_that_is_not_there_is_a_wrong_argument(commands: Commands, tmp_path: Path) -> None:
    assert commands("packs", "check", str(tmp_path / "none.toml")).exit_code == 2
