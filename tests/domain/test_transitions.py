"""Every pair of states, legal or not."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from campaign_app.domain import attempt, campaign, contact
from campaign_app.domain.attempt import OPEN, OUTCOMES, PROVIDER_OUTCOMES, RANK, AttemptStatus, may_follow
from campaign_app.domain.campaign import (
    ACTIONS,
    CampaignStatus,
    action_allowed,
    check_action,
    check_transition,
)
from campaign_app.domain.diagram import draw_mermaid
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


def test_every_transition_but_completing_and_unarchiving_is_an_action() -> None:
    reachable = {(before, after) for after, possible in ACTIONS.values() for before in possible}
    legal = {(before, after) for before, targets in campaign.TRANSITIONS.items() for after in targets}
    unarchiving = {
        (CampaignStatus.ARCHIVED, CampaignStatus.COMPLETED),
        (CampaignStatus.ARCHIVED, CampaignStatus.STOPPED),
    }
    assert legal - reachable == {(CampaignStatus.RUNNING, CampaignStatus.COMPLETED)} | unarchiving


def test_each_action_leads_to_one_status() -> None:
    for action, (wanted, _) in ACTIONS.items():
        targets = {
            after for row in campaign.TRANSITIONS.values() for after, name in row.items() if name == action
        }
        assert targets == {wanted}


def test_an_action_that_is_not_the_one_for_its_status_names_the_one_that_is() -> None:
    with pytest.raises(IllegalTransition) as raised:
        check_action("start", CampaignStatus.PAUSED)
    assert str(raised.value) == (
        "a campaign that is paused cannot become running by start: start is possible while it is draft; "
        "here the action is resume"
    )


@pytest.mark.parametrize("before, after", list(product(CampaignStatus, CampaignStatus)))
def test_a_campaign_moves_just_as_its_table_has_it(before: CampaignStatus, after: CampaignStatus) -> None:
    if after in campaign.TRANSITIONS[before]:
        check_transition(before, after)
    else:
        with pytest.raises(IllegalTransition, match=f"a campaign that is {before} cannot become {after}"):
            check_transition(before, after)


@pytest.mark.parametrize("before, after", list(product(contact.ContactStatus, contact.ContactStatus)))
def test_a_contact_moves_just_as_its_table_has_it(
    before: contact.ContactStatus, after: contact.ContactStatus
) -> None:
    if after in contact.TRANSITIONS[before]:
        contact.check_transition(before, after)
    else:
        with pytest.raises(IllegalTransition, match=f"a contact that is {before} cannot become {after}"):
            contact.check_transition(before, after)


@pytest.mark.parametrize(
    "table, statuses",
    [
        (campaign.TRANSITIONS, CampaignStatus),
        (contact.TRANSITIONS, contact.ContactStatus),
        (attempt.TRANSITIONS, AttemptStatus),
    ],
)
def test_each_status_has_its_line_and_leads_only_to_known_ones(
    table: Mapping[str, Mapping[str, str]], statuses: type
) -> None:
    assert set(table) == set(statuses)
    assert all(target in table for targets in table.values() for target in targets)
    assert all(status not in targets for status, targets in table.items())


@pytest.mark.parametrize("before, after", list(product(AttemptStatus, AttemptStatus)))
def test_an_attempts_rank_is_an_index_of_its_table(before: AttemptStatus, after: AttemptStatus) -> None:
    """SQL compares ranks where it cannot ask the table: both must give one answer."""
    if may_follow(before, after):
        same_rank = before is AttemptStatus.UNRESOLVED or after is AttemptStatus.IN_DOUBT
        assert RANK[after] >= RANK[before] + (not same_rank)
    if before in OPEN and after in EVIDENCE_STATUSES:
        assert may_follow(before, after) == (RANK[after] > RANK[before])


EVIDENCE_STATUSES = {
    AttemptStatus.QUEUED,
    AttemptStatus.RINGING,
    AttemptStatus.IN_PROGRESS,
    *PROVIDER_OUTCOMES,
}


def test_only_an_unresolved_outcome_is_left_and_only_for_evidence() -> None:
    left = {(before, after) for before in OUTCOMES for after in AttemptStatus if may_follow(before, after)}
    assert left == {(AttemptStatus.UNRESOLVED, after) for after in PROVIDER_OUTCOMES}


def test_only_a_recovery_leaves_released() -> None:
    released, dialing = AttemptStatus.RELEASED, AttemptStatus.DIALING
    assert not may_follow(released, dialing)
    assert may_follow(released, dialing, recovering=True)
    for before, after in product(AttemptStatus, AttemptStatus):
        if (before, after) != (released, dialing):
            assert may_follow(before, after, recovering=True) == may_follow(before, after)


def test_every_status_has_a_sentence_beside_it() -> None:
    for statuses in (CampaignStatus, contact.ContactStatus, AttemptStatus):
        [body] = ast.parse(inspect.getsource(statuses)).body
        assert isinstance(body, ast.ClassDef)
        for member, sentence in zip(body.body[::2], body.body[1::2], strict=True):
            assert isinstance(member, ast.Assign)
            assert isinstance(sentence, ast.Expr), f"{ast.unparse(member)} has no sentence"


def test_terminal_contacts_are_left_only_for_evidence_a_list_or_somebodys_wish() -> None:
    reasons = {reason for status in contact.TERMINAL for reason in contact.TRANSITIONS[status].values()}
    assert reasons == {"late evidence", "call again", "listed", "taken off the list", "decision undone"}
    assert set(contact.TRANSITIONS[contact.ContactStatus.SUPPRESSED]) == contact.WAITING
    assert contact.TRANSITIONS[contact.ContactStatus.CANCELED] == {}


def test_a_diagram_names_every_state_and_every_arrow() -> None:
    text = draw_mermaid(attempt.TRANSITIONS, AttemptStatus.CLAIMED, OUTCOMES, unlabeled=(attempt.EVIDENCE,))
    assert "[*] --> claimed" in text
    assert "in_doubt: in-doubt" in text
    assert "released --> dialing: recovery" in text
    arrows = sum(len(targets) for targets in attempt.TRANSITIONS.values())
    assert text.count("-->") == 1 + arrows + len(OUTCOMES)


def test_the_diagrams_in_the_docs_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.diagram", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
