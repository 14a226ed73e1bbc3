"""Recordings: the list with a player for each, the upload; and listening to a text as a callee will hear it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.errors import StateConflict, FieldError, InvalidInput, SwitchboardError
from campaign_app.domain.script import SayText
from campaign_app.extensions import db, limiter
from campaign_app.models import Role
from campaign_app.queries import recordings as recording_queries
from campaign_app.roles import requires
from campaign_app.services import recordings
from campaign_app.transaction import transaction

from . import message_preview
from .frame import by_htmx, now, refused, see, settings

blueprint = Blueprint("recordings", __name__)
PAGE = 50
LONGEST_PREVIEW = 1_000


@blueprint.get("/recordings")
@requires(Role.VIEWER)
def index() -> str:
    return render_template("recordings/list.html", **_list())


@blueprint.post("/recordings")
@requires(Role.OPERATOR)
def upload() -> Any:
    file, name = request.files.get("file"), request.form.get("name", "")
    if file is None or not file.filename:
        return _refused({"file": "Choose a recording."}, name)
    folder = settings().recordings
    try:
        received = recordings.receive_upload(folder, file.stream, _speech())
        try:
            with transaction(db.session()) as session:
                added = recordings.add_recording(
                    session,
                    folder,
                    received,
                    name.strip() or recordings.name_from_filename(file.filename),
                    actor=g.actor,
                    now=now(),
                )
        finally:
            received.discard_file()
    except InvalidInput as error:
        return _refused({each.field: _sentence(each.message) for each in error.errors}, name)
    except SwitchboardError as error:
        return _refused({"file": _sentence(str(error))}, name, error.status)
    said = " ".join([f"{added.name} is there to be played.", *received.warnings])
    flash(said, "wait" if received.warnings else "message")
    return see(url_for("recordings.index"))


@blueprint.post("/recordings/<id:recording_id>/rename")
@requires(Role.OPERATOR)
def rename(recording_id: int) -> Response:
    with transaction(db.session()) as session:
        recording = recordings.rename_recording(
            session, recording_id, request.form.get("name", ""), actor=g.actor, now=now()
        )
    flash(f"It is called {recording.name} now.")
    return see(url_for("recordings.index"))


@blueprint.post("/recordings/<id:recording_id>/delete")
@requires(Role.OPERATOR)
def delete(recording_id: int) -> Any:
    name = recordings.get_recording(db.session(), recording_id).name
    try:
        with transaction(db.session()) as session:
            recordings.delete_recording(session, settings().recordings, recording_id, actor=g.actor, now=now())
    except StateConflict as error:
        return refused("recordings/list.html", 409, **{**_list(), "conflict": _sentence(str(error))})
    flash(f"{name} is deleted.", "wait")
    return see(url_for("recordings.index"))


@blueprint.get("/recordings/<id:recording_id>/audio")
@requires(Role.VIEWER)
def audio(recording_id: int) -> Response:
    path = recordings.recording_path(settings().recordings, recordings.get_recording(db.session(), recording_id))
    return _wav(path) if path.is_file() else abort(404)


@blueprint.post("/speech/preview")
@requires(Role.OPERATOR)
@limiter.limit("30 per minute")
def preview() -> Response | str:
    """Speak a text (`text`, `voice`, `language`), or the `message` of the campaign's form with the values of a contact
    (`hear_as`): a WAV file, or for htmx a player of it."""
    form = request.form
    if "message" in form:
        say = message_preview.to_listen_to({**form, "text": form["message"]})
    else:
        say = SayText(form.get("text", ""), form.get("voice") or None, form.get("language") or None)
    if len(say.text) > LONGEST_PREVIEW:
        raise InvalidInput([FieldError("text", f"listen to {LONGEST_PREVIEW:,} characters at a time")])
    path = _speech().render(say)
    if by_htmx():
        return render_template("recordings/_player.html", key=_speech().key(say))
    return _wav(path)


@blueprint.get("/speech/<key>.wav")
@requires(Role.OPERATOR)
def spoken(key: str) -> Response:
    """A text that was rendered, by the SHA-256 that names it."""
    path = _speech().file(key)
    return _wav(path) if path is not None else abort(404)


def _wav(path: Path) -> Response:
    """With ranges, without which a browser cannot jump to a place. A file is ten megabytes at the most, and named by a
    hash of what it says."""
    return send_file(BytesIO(path.read_bytes()), mimetype="audio/wav", etag=path.stem)


def _speech() -> Any:
    return current_app.extensions["switchboard"].speech


def _list() -> dict[str, Any]:
    search = request.args.get("q", "").strip()
    page = recording_queries.list_recordings(db.session(), search=search, cursor=request.args.get("cursor"), limit=PAGE)
    return {"page": page, "search": search, "errors": {}, "name": "", "conflict": None}


def _refused(errors: dict[str, str], name: str, status: int = 422) -> tuple[str, int]:
    return refused("recordings/list.html", status, **{**_list(), "errors": errors, "name": name})


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
