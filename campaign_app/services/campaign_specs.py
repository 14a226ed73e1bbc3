"""Campaign specs: a stored campaign's decisions as the domain has them."""

from __future__ import annotations

from campaign_app.domain.campaign import FIELD_RULES, CampaignSpec
from campaign_app.models import Campaign


def build_campaign_spec(campaign: Campaign) -> CampaignSpec:
    """The campaign's decisions as the domain has them."""
    return CampaignSpec(
        **{name: rule.from_column(getattr(campaign, name), name) for name, rule in FIELD_RULES.items()}
    )
