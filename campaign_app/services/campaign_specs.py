"""Campaign specs: a stored campaign's decisions as the domain has them."""

from __future__ import annotations

from sqlalchemy.orm import object_session

from campaign_app.domain.campaign import FIELD_RULES, CampaignSpec
from campaign_app.domain.packs import NO_PACKS
from campaign_app.models import Campaign
from campaign_app.services.pack_editions import load_edition


def build_campaign_spec(campaign: Campaign) -> CampaignSpec:
    """The campaign's decisions as the domain has them, with the rules of countries that are in use. One that ran before
    there were purposes goes by its own rules until it is edited."""
    session = object_session(campaign)
    is_old = campaign.purpose is None and campaign.started_at is not None
    return CampaignSpec(
        **{name: rule.from_column(getattr(campaign, name), name) for name, rule in FIELD_RULES.items()},
        edition=NO_PACKS if is_old or session is None else load_edition(session),
    )
