"""The engine's name for services/settle.py, where callbacks end as well."""

from campaign_app.services.settle import POLL_AFTER, POLL_DOUBT_AFTER, Report, released, reports, settle

__all__ = ["POLL_AFTER", "POLL_DOUBT_AFTER", "Report", "released", "reports", "settle"]
