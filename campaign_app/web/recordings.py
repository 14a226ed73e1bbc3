"""Recording pages: the list with a player for each, the upload, and listening to a text as a callee will hear it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, g, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict, SwitchboardError
from campaign_app.domain.script import SayText
from campaign_app.extensions import db, limiter
from campaign_app.http.current import current_context, current_settings, now
from campaign_app.http.roles import require_role
from campaign_app.models import Role
from campaign_app.queries import recordings as recording_queries
from campaign_app.services import recordings
from campaign_app.transaction import transaction

from . import message_preview
from .filters import to_sentence
from .frame import is_htmx_request, redirect_after_post, render_refused_form

blueprint = Blueprint("recordings", __name__)
PAGE_SIZE = 50
LONGEST_PREVIEW = 1_000


@blueprint.get("/recordings")
@require_role(Role.VIEWER)
def index() -> str:
    return render_template("recordings/list.html", **_list_context())


@blueprint.post("/recordings")
@require_role(Role.OPERATOR)
def upload() -> Any:
    file, name = request.files.get("file"), request.form.get("name", "")
    if file is None or not file.filename:
        return _render_refused_upload({"file": "Choose a recording."}, name)
    folder = current_settings().recordings_folder
    try:
        audio_file = recordings.receive_upload(folder, file.stream, current_context().speech)
        try:
            with transaction(db.session()) as session:
                recording = recordings.add_recording(
                    session,
                    folder,
                    audio_file,
                    name.strip() or recordings.name_from_filename(file.filename),
                    actor=g.actor,
                    now=now(),
                )
        finally:
            audio_file.discard_file()
    except InvalidInput as error:
        return _render_refused_upload({each.field: to_sentence(each.message) for each in error.errors}, name)
    except SwitchboardError as error:
        return _render_refused_upload({"file": to_sentence(str(error))}, name, error.status)
    message = " ".join([f"Added {recording.name}. Campaigns can play it now.", *audio_file.warnings])
    flash(message, "wait" if audio_file.warnings else "message")
    return redirect_after_post(url_for("recordings.index"))


@blueprint.post("/recordings/<id:recording_id>/rename")
@require_role(Role.OPERATOR)
def rename(recording_id: int) -> Response:
    with transaction(db.session()) as session:
        recording = recordings.rename_recording(
            session, recording_id, request.form.get("name", ""), actor=g.actor, now=now()
        )
    flash(f"Renamed to {recording.name}.")
    return redirect_after_post(url_for("recordings.index"))


@blueprint.post("/recordings/<id:recording_id>/delete")
@require_role(Role.OPERATOR)
def delete(recording_id: int) -> Any:
    name = recordings.get_recording(db.session(), recording_id).name
    try:
        with transaction(db.session()) as session:
            recordings.delete_recording(
                session, current_settings().recordings_folder, recording_id, actor=g.actor, now=now()
            )
    except StateConflict as error:
        return render_refused_form(
            "recordings/list.html", 409, **{**_list_context(), "conflict": to_sentence(str(error))}
        )
    flash(f"Deleted {name}.", "wait")
    return redirect_after_post(url_for("recordings.index"))


@blueprint.get("/recordings/<id:recording_id>/audio")
@require_role(Role.VIEWER)
def send_recording(recording_id: int) -> Response:
    path = recordings.recording_path(
        current_settings().recordings_folder, recordings.get_recording(db.session(), recording_id)
    )
    return _send_wav(path) if path.is_file() else abort(404)


@blueprint.post("/speech/preview")
@require_role(Role.OPERATOR)
@limiter.limit("30 per minute")
def preview_speech() -> Response | str:
    """Speak a text (`text`, `voice`, `language`), or the `message` of the campaign's form with the values of a contact
    (`hear_as`): a WAV file, or for htmx a player of it."""
    form = request.form
    if "message" in form:
        speech = message_preview.read_speech_preview({**form, "text": form["message"]})
    else:
        speech = SayText(form.get("text", ""), form.get("voice") or None, form.get("language") or None)
    if len(speech.text) > LONGEST_PREVIEW:
        raise InvalidInput([FieldError("text", f"listen to {LONGEST_PREVIEW:,} characters at a time")])
    path = current_context().speech.render_segment(speech)
    if is_htmx_request():
        return render_template("recordings/_player.html", key=current_context().speech.text_key(speech))
    return _send_wav(path)


@blueprint.get("/speech/<key>.wav")
@require_role(Role.OPERATOR)
def send_speech(key: str) -> Response:
    """A text that was rendered, by the SHA-256 that names it."""
    path = current_context().speech.find_file(key)
    return _send_wav(path) if path is not None else abort(404)


def _send_wav(path: Path) -> Response:
    """With ranges, without which a browser cannot jump to a place. A file is ten megabytes at the most, and named by a
    hash of what it says."""
    return send_file(BytesIO(path.read_bytes()), mimetype="audio/wav", etag=path.stem)


def _list_context() -> dict[str, Any]:
    search = request.args.get("q", "").strip()
    page = recording_queries.list_recordings(
        db.session(), search=search, cursor=request.args.get("cursor"), limit=PAGE_SIZE
    )
    return {"page": page, "search": search, "errors": {}, "name": "", "conflict": None}


def _render_refused_upload(errors: dict[str, str], name: str, status: int = 422) -> tuple[str, int]:
    return render_refused_form(
        "recordings/list.html", status, **{**_list_context(), "errors": errors, "name": name}
    )
