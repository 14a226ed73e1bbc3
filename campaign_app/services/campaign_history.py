"""Campaign history: what a campaign and its trunk were at a past instant, by the decisions in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import ACTIONS, CampaignStatus, parse_instant
from campaign_app.domain.errors import InvalidInput
from campaign_app.models import Campaign, Trunk
from campaign_app.queries import history
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck

STATUS_AFTER: dict[str, CampaignStatus] = {
    "campaign.create": CampaignStatus.DRAFT,
    **{f"campaign.{action}": status for action, (status, _) in ACTIONS.items()},
    "campaign.complete": CampaignStatus.COMPLETED,
    # Or to `completed`: neither of them calls anybody.
    "campaign.unarchive": CampaignStatus.STOPPED,
}
"""The status that each decision about a campaign leads to."""


class CampaignHistory:
    """The decisions about one campaign, read once."""

    def __init__(self, session: Session, campaign: Campaign) -> None:
        self._session = session
        self._connection = session.connection()
        self.campaign = campaign
        self.decisions: Sequence[history.Decision] = history.list_decisions(
            self._connection, "campaign", campaign.id
        )

    def find_status(self, at: datetime) -> history.Decision | None:
        """The decision by which the campaign was what it was at `at`; None where that is not kept."""
        found = [each for each in self.decisions if each.at <= at and each.action in STATUS_AFTER]
        return found[-1] if found else None

    def find_field(self, name: str, present: Any, at: datetime) -> Any:
        """A field of the campaign, in API shape, as it was at `at`."""
        for decision in self.decisions:
            if decision.at > at and decision.action == "campaign.update":
                changed = decision.detail.get("changed", {})
                if name in changed:
                    return changed[name][0]
        return present

    def check_campaign(self, at: datetime, unknown: list[str]) -> RuleCheck:
        """Whether the campaign ran, and was not before its start or past its end."""
        reasons: list[NotCalledReason] = []
        decision = self.find_status(at)
        if decision is None:
            unknown.append("whether the campaign ran then is not kept")
        elif (status := STATUS_AFTER[decision.action]) is not CampaignStatus.RUNNING:
            status = CampaignStatus(decision.detail.get("after", status))
            word = "a draft" if status is CampaignStatus.DRAFT else status.value
            reasons.append(
                NotCalledReason("not-running", f"the campaign was {word}", self._find_begin(at), decision.at)
            )
        starts_at = self._find_instant("starts_at", self.campaign.starts_at, at)
        ends_at = self._find_instant("ends_at", self.campaign.ends_at, at)
        if starts_at is not None and at < starts_at:
            reasons.append(NotCalledReason("starts-later", "the campaign was not to start before", starts_at))
        if ends_at is not None and at >= ends_at:
            reasons.append(NotCalledReason("ended", "the campaign’s end had passed"))
        return RuleCheck(Rule.CAMPAIGN, "the campaign ran" if decision else "not known", reasons)

    def check_trunk(self, at: datetime, unknown: list[str]) -> Iterator[RuleCheck]:
        """Whether somebody, or the engine, had paused the trunk of then."""
        name = self.find_field("provider", self.campaign.trunk.name, at)
        trunk = self._session.scalar(select(Trunk).where(Trunk.name == name))
        if trunk is None:
            unknown.append(f"what the trunk {name} did then is not kept")
            return
        changes = [
            each
            for each in history.list_decisions(self._connection, "trunk", trunk.id)
            if each.action in ("trunk.pause", "trunk.resume")
        ]
        before = [each for each in changes if each.at <= at]
        reasons = []
        if before and before[-1].action == "trunk.pause":
            resumed = next((each.at for each in changes if each.at > at), None)
            reasons.append(NotCalledReason("trunk-paused", "the trunk was paused", resumed, before[-1].at))
        yield RuleCheck(Rule.TRUNK, f"the trunk {name} was not paused", reasons)

    def _find_begin(self, at: datetime) -> datetime | None:
        """When the campaign ran next."""
        return next(
            (
                each.at
                for each in self.decisions
                if each.at > at and STATUS_AFTER.get(each.action) is CampaignStatus.RUNNING
            ),
            None,
        )

    def _find_instant(self, name: str, present: datetime | None, at: datetime) -> datetime | None:
        try:
            return parse_instant(self.find_field(name, present, at), name)
        except InvalidInput:
            return present
