"""Recordings: upload, convert, listen to, rename and delete them."""

from __future__ import annotations

from io import BytesIO

from flask import Response, g, request, send_file
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from campaign_app.domain.errors import FieldError, InvalidInput, NotFound
from campaign_app.extensions import db
from campaign_app.http.current import current_context, current_settings, now
from campaign_app.models import Role
from campaign_app.queries import recordings as recording_queries
from campaign_app.services import recordings as recording_service
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json, respond_no_content
from .reading import body_as, form_as, query_as
from .schemas.recordings import (
    Recording,
    RecordingFields,
    RecordingForm,
    RecordingPage,
    RecordingQuery,
    RenameRecording,
    UploadedRecording,
)

TAG = "recordings"
MOST_REQUEST = recording_service.MOST_BYTES + 64 * 1024
"""Bytes of the file and of what goes around it."""


@api_operation(
    "GET",
    "/recordings",
    Role.VIEWER,
    tag=TAG,
    query=RecordingQuery,
    response_models={200: RecordingPage},
    name="list_recordings",
)
def list_recordings() -> Response:
    """Recordings, the newest first."""
    query = query_as(RecordingQuery)
    page = recording_queries.list_recordings(
        db.session(), search=query.search, cursor=query.cursor, limit=query.limit
    )
    return respond_json(
        {"items": [recording_service.to_api(item) for item in page.items], "next_cursor": page.next_cursor}
    )


@api_operation(
    "POST",
    "/recordings",
    Role.OPERATOR,
    tag=TAG,
    form=RecordingForm,
    response_models={201: UploadedRecording},
    errors=(409, 503),
    located=True,
    name="upload_recording",
)
def upload_recording() -> Response:
    """Upload a recording: WAV, MP3 or OGG, at most 20 MB and 10 minutes. It is converted to 8 kHz mono."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data, in a part named file.")
    request.max_content_length = MOST_REQUEST
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge:
        raise recording_service.RecordingTooLarge from None
    fields = form_as(RecordingFields)
    if file is None:
        raise InvalidInput([FieldError("file", "send the recording in a part of this name")])
    folder = current_settings().recordings_folder
    converted = recording_service.receive_upload(folder, file.stream, current_context().speech)
    try:
        with transaction(db.session()):
            recording = recording_service.add_recording(
                db.session(),
                folder,
                converted,
                fields.name or recording_service.name_from_filename(file.filename or ""),
                actor=g.actor,
                now=now(),
            )
            body = {**recording_service.to_api(recording), "warnings": converted.warnings}
    finally:
        converted.discard_file()
    return respond_json(body, 201, location=f"/recordings/{body['id']}")


@api_operation(
    "GET",
    "/recordings/<id:recording_id>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Recording},
    errors=(404,),
    name="get_recording",
)
def get_recording(recording_id: int) -> Response:
    """A recording: its name, its length, and the hash by which a message plays it."""
    return respond_json(recording_service.to_api(recording_service.get_recording(db.session(), recording_id)))


@api_operation(
    "PATCH",
    "/recordings/<id:recording_id>",
    Role.OPERATOR,
    tag=TAG,
    body=RenameRecording,
    response_models={200: Recording},
    errors=(404,),
    name="rename_recording",
)
def rename_recording(recording_id: int) -> Response:
    """Give a recording another name."""
    changes = body_as(RenameRecording)
    with transaction(db.session()):
        recording = recording_service.rename_recording(
            db.session(), recording_id, changes.name, actor=g.actor, now=now()
        )
        body = recording_service.to_api(recording)
    return respond_json(body)


@api_operation(
    "DELETE",
    "/recordings/<id:recording_id>",
    Role.OPERATOR,
    tag=TAG,
    response_models={204: None},
    errors=(404, 409),
    name="delete_recording",
)
def delete_recording(recording_id: int) -> Response:
    """Delete a recording that no campaign uses; 409 names those that do."""
    with transaction(db.session()):
        recording_service.delete_recording(
            db.session(),
            current_settings().recordings_folder,
            recording_id,
            actor=g.actor,
            now=now(),
        )
    return respond_no_content()


@api_operation(
    "GET",
    "/recordings/<id:recording_id>/audio",
    Role.VIEWER,
    tag=TAG,
    response_models={200: None, 206: None, 304: None},
    other_types=("audio/wav",),
    errors=(404, 416),
    name="recording_audio",
)
def send_recording_audio(recording_id: int) -> Response:
    """The recording as callees hear it: 8 kHz mono WAV. Ranges are understood."""
    recording = recording_service.get_recording(db.session(), recording_id)
    path = recording_service.recording_path(current_settings().recordings_folder, recording)
    if not path.is_file():
        raise NotFound(f"the file of recording {recording_id} is gone: upload it again")
    # Ten megabytes at the most.
    return send_file(
        BytesIO(path.read_bytes()),
        mimetype="audio/wav",
        download_name=f"recording-{recording_id}.wav",
        etag=recording.sha256,
    )
