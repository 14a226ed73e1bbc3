"""A recording that is there without the converter, which costs more than most tests."""

from __future__ import annotations

import io
import wave

from campaign_app.extensions import db
from campaign_app.services import recordings
from campaign_app.services.recordings import ConvertedUpload
from campaign_app.transaction import transaction
from tests.api.asking import Api


def add_recording(api: Api, sha256: str = "a" * 64, name: str = "Welcome") -> int:
    """Its sound is a header and a second of silence."""
    folder = api.app.extensions["switchboard"].settings.recordings_folder
    folder.mkdir(exist_ok=True)
    path = folder / f"{sha256[:8]}.part"
    path.write_bytes(silence().getvalue())
    with api.app.app_context(), transaction(db.session()) as session:
        received = ConvertedUpload(path, sha256, 1.0, path.stat().st_size, [])
        return recordings.add_recording(session, folder, received, name, actor="cli", now=api.clock.now()).id


def silence() -> io.BytesIO:
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return whole
