"""Pack people: how many of those who wait to be called each pack has rules for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.packs import find_rules
from campaign_app.models import Campaign
from campaign_app.queries.dial_profiles import count_waiting_to, list_queue_profiles
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.dialing_rules import DialingRules

COUNTED = 200_000
"""People who are counted at the most, a tenth of a second's work: the page must not wait for millions."""
CAMPAIGNS = 200
WAITING_IN = (CampaignStatus.DRAFT, CampaignStatus.RUNNING, CampaignStatus.PAUSED)


@dataclass(slots=True)
class PackPeople:
    """How many people a pack concerns."""

    people: int = 0
    more: bool = False
    """Whether there are more: not all were counted."""


def count_pack_people(session: Session) -> dict[str, PackPeople]:
    """{pack: people} of those who wait in campaigns that are not over, by the rules that hold for their calls; somebody
    who waits in two campaigns counts twice. A campaign that goes by no packs, or whose rules cannot be read, has
    nobody."""
    found: defaultdict[str, PackPeople] = defaultdict(PackPeople)
    rules = DialingRules()
    connection = session.connection()
    campaigns = session.scalars(
        select(Campaign).where(Campaign.status.in_(WAITING_IN)).order_by(Campaign.id.desc()).limit(CAMPAIGNS)
    ).all()
    left = COUNTED
    for campaign in campaigns:
        try:
            rulebook = build_campaign_spec(campaign).rulebook
        except InvalidInput:
            continue
        profile_ids = [one.profile_id for one in list_queue_profiles(connection, campaign.id)]
        profiles = rules.get_profiles(connection, profile_ids)
        most = max(left // max(len(profile_ids), 1), 1)
        for profile_id, people in count_waiting_to(connection, campaign.id, profile_ids, most + 1).items():
            counted = min(people, most)
            left = max(left - counted, 0)
            for pack in {rule.pack for rule in find_rules(rulebook, profiles[profile_id])}:
                found[pack].people += counted
                found[pack].more = found[pack].more or people > most
    if len(campaigns) == CAMPAIGNS:
        for each in found.values():
            each.more = True
    return found
