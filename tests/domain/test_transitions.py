"""Every pair of states, legal or not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from campaign_app.domain import attempt, campaign, contact
from campaign_app.domain.attempt import OPEN, OUTCOMES, RANK, AttemptStatus
from campaign_app.domain.campaign import ACTIONS, CampaignStatus, action_allowed, check_action
from campaign_app.domain.diagram import mermaid
from campaign_app.domain.errors import IllegalTransition

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", CampaignStatus)
def test_an_action_is_allowed_just_where_the_table_has_its_transition(
    action: str, status: CampaignStatus
) -> None:
    wanted, possible_in = ACTIONS[action]
    if status in possible_in:
        assert wanted in campaign.TRANSITIONS[status]
        assert action_allowed(action, status)
        assert check_action(action, status) is wanted
    else:
        assert not action_allowed(action, status)
        with pytest.raises(IllegalTransition) as raised:
            check_action(action, status)
        assert status in str(raised.value)
        assert wanted in str(raised.value)
        assert raised.value.status == 409


def test_every_transition_but_completing_is_somebodys_action() -> None:
    reachable = {(before, after) for after, possible in ACTIONS.values() for before in possible}
    legal = {(before, after) for before, targets in campaign.TRANSITIONS.items() for after in targets}
    assert legal - reachable == {(CampaignStatus.RUNNING, CampaignStatus.COMPLETED)}


@pytest.mark.parametrize(
    "table, statuses",
    [
        (campaign.TRANSITIONS, CampaignStatus),
        (contact.TRANSITIONS, contact.ContactStatus),
        (attempt.TRANSITIONS, AttemptStatus),
    ],
)
def test_each_status_has_its_line_and_leads_only_to_known_ones(
    table: Mapping[str, frozenset[str]], statuses: type
) -> None:
    assert set(table) == set(statuses)
    assert all(target in table for targets in table.values() for target in targets)
    assert all(status not in targets for status, targets in table.items())


@pytest.mark.parametrize("before, after", list(product(AttemptStatus, AttemptStatus)))
def test_an_attempts_rank_never_falls(before: AttemptStatus, after: AttemptStatus) -> None:
    if after in attempt.TRANSITIONS[before]:
        assert RANK[after] >= RANK[before]
        if before in OUTCOMES:
            assert before is AttemptStatus.UNRESOLVED
    if attempt.outranks(after, before):
        assert before in OPEN or before is AttemptStatus.UNRESOLVED


def test_terminal_contacts_stay_as_they_are_but_for_late_evidence_and_a_list_that_shrinks() -> None:
    for status in contact.TERMINAL - {contact.ContactStatus.SUPPRESSED}:
        assert contact.TRANSITIONS[status] <= {contact.ContactStatus.COMPLETED}
    assert contact.TRANSITIONS[contact.ContactStatus.SUPPRESSED] == contact.WAITING


def test_a_diagram_names_every_state_and_every_arrow() -> None:
    text = mermaid(attempt.TRANSITIONS, AttemptStatus.CLAIMED)
    assert "[*] --> claimed" in text
    assert "in_doubt: in-doubt" in text
    arrows = sum(len(targets) for targets in attempt.TRANSITIONS.values())
    ends = sum(1 for targets in attempt.TRANSITIONS.values() if not targets)
    assert text.count("-->") == 1 + arrows + ends


def test_the_diagrams_in_the_docs_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.diagram", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
