"""Dialing memory: how far back the rules that are in use look on the calls to a number and on its refusals."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.call_caps import longest_period, longest_refusal
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.rulebook import Purpose
from campaign_app.models import Campaign
from campaign_app.services.dialing_rules import DialingRules
from campaign_app.services.pack_editions import load_edition
from campaign_app.services.single_calls import make_single_call_rulebook


def find_longest_memory(session: Session) -> timedelta:
    """The longest that a cap, a gap or a time of rest looks back: of single calls of every purpose, and of every
    campaign that is not archived. A campaign whose rulebook cannot be read calls nobody."""
    edition, rules = load_edition(session), DialingRules()
    rulebooks = [make_single_call_rulebook({"purpose": purpose.value}, edition) for purpose in Purpose]
    in_use = select(Campaign.rulebook_id).where(Campaign.status != CampaignStatus.ARCHIVED).distinct()
    for rulebook_id in session.scalars(in_use):
        try:
            rulebooks.append(rules.get_rulebook(session.connection(), rulebook_id))
        except (InvalidInput, LookupError):
            continue
    return max(max(longest_period(each), longest_refusal(each)) for each in rulebooks)
