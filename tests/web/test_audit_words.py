"""The audit trail in words: no action is shown as a bare verb of the code."""

from __future__ import annotations

import re
from pathlib import Path

from campaign_app.domain.campaign import ACTIONS
from campaign_app.web.audit_words import PAST, VERBS, describe_detail

SOURCES = Path(__file__).resolve().parents[2] / "campaign_app"
WRITTEN = re.compile(r'action="([a-z-]+\.[a-z_-]+)"|_(?:audit|record|record_audit)\((?:[^()"]*)"([a-z_.-]+)"')


def test_every_action_that_the_code_records_has_words() -> None:
    found = {
        one or two
        for path in SOURCES.rglob("*.py")
        for one, two in WRITTEN.findall(path.read_text(encoding="utf-8"))
    }
    assert {"campaign.plan-resume", "restore", "call-again", "pack.add"} <= found, "both ways are read"
    actions = found | set(ACTIONS) | {"campaign.complete"}
    assert [
        each
        for each in sorted(actions)
        if each.rpartition(".")[2] not in PAST
        and not any(each in (verb, verb.rpartition(".")[2]) for verb in VERBS)
    ] == []


def test_a_detail_that_is_an_id_names_its_object() -> None:
    assert (
        describe_detail({"campaign_id": 4, "new": 2, "file": "a.csv"})
        == "campaign 4; new contacts: 2; file: a.csv"
    )
