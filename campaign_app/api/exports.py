"""Exports: a whole campaign with its attempts, streamed."""

from __future__ import annotations

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.numbers import are_numbers_hidden, hide_numbers
from campaign_app.models import Role
from campaign_app.services import campaigns
from campaign_app.services import exports as export_service
from campaign_app.transaction import transaction

from .operations import api_operation, stream_download
from .reading import query_as
from .schemas.exports import Export, ExportQuery


@api_operation(
    "GET",
    "/campaigns/<id:campaign_id>/export",
    Role.VIEWER,
    tag="campaigns",
    query=ExportQuery,
    response_models={200: Export},
    other_types=("application/x-ndjson", "text/csv"),
    errors=(404,),
    name="export_campaign",
)
def export_campaign(campaign_id: int) -> Response:
    """The campaign with all contacts and their attempts: one document (json), a contact a line (ndjson), or a
    line for each attempt (csv). Numbers are masked below operator."""
    query = query_as(ExportQuery)
    with transaction(db.session()) as session:
        campaign = campaigns.to_api(campaigns.get_campaign(session, campaign_id))
        export_service.record_export(
            session, campaign_id, query.format, masked=are_numbers_hidden(), actor=g.actor, now=now()
        )
    # The stream reads on connections of its own; this one goes back before it starts.
    db.session.close()
    pieces = export_service.export_campaign(
        db.engine,
        campaign_id,
        query.format,
        campaign,
        hide_numbers if are_numbers_hidden() else lambda page: page,
    )
    media_type = export_service.CONTENT_TYPES[query.format].partition(";")[0]
    return stream_download(pieces, media_type, f"campaign-{campaign_id}.{query.format}")
