"""Export downloads: a file of an export is sent or deleted, the same by a page as by the API."""

from __future__ import annotations

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.http.downloads import begins_download, send_download
from campaign_app.services import export_files
from campaign_app.services.export_files import ExportScope
from campaign_app.services.exports import CONTENT_TYPES
from campaign_app.transaction import transaction


def send_export(scope: ExportScope, export_id: int) -> Response:
    """The file, or the part of it that is asked for. A download from the beginning is audited. Raises NotFound, and
    StateConflict where there is no file yet, or none any more."""
    with transaction(db.session()) as session:
        item = export_files.get_export(session, scope, export_id)
        path = export_files.find_file(item, current_settings().exports_folder)
        if begins_download():
            export_files.record_download(session, item, actor=g.actor, now=now())
        format, etag = item.format, f"{item.stored_as}"
    return send_download(path, CONTENT_TYPES[format], f"{scope.filename}.{format}", etag)


def delete_export(scope: ExportScope, export_id: int) -> None:
    """Delete the file, or cancel it while it is being made. Raises NotFound."""
    with transaction(db.session()) as session:
        item = export_files.get_export(session, scope, export_id)
        names = export_files.delete_file(session, item, actor=g.actor, now=now())
    export_files.remove_files(current_settings().exports_folder, names)
