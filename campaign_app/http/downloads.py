"""Downloads of files: sent from the disk by the server's own loop, so that a slow reader holds no thread; in part where
a part is asked for, so that a download that broke off goes on (RFC 9110, section 14)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

BLOCK = 1 << 16


def send_download(path: Path, media_type: str, filename: str, etag: str) -> Response:
    """`etag` names this very content. Raises OSError where the file cannot be read."""
    file = path.open("rb")
    size = path.stat().st_size
    try:
        start, stop = _find_part(size, etag)
    except BaseException:
        file.close()
        raise
    is_part = (start, stop) != (0, size)
    response = Response(status=206 if is_part else 200, content_type=media_type)
    if is_part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(etag)
    if request.method == "HEAD":
        file.close()
    else:
        file.seek(start)
        wrapper = request.environ.get("wsgi.file_wrapper")
        # The server sends as much as Content-Length says; others are given no more than that.
        response.response = (
            _read_part(file, stop - start) if wrapper is None else wrapper(cast("BinaryIO", file), BLOCK)
        )
        response.direct_passthrough = True
    response.content_length = stop - start
    return response


def begins_download() -> bool:
    """Whether the request is for the file's beginning, not for the rest of one that broke off."""
    wanted = request.range
    return wanted is None or not wanted.ranges or wanted.ranges[0][0] == 0


def _find_part(size: int, etag: str) -> tuple[int, int]:
    """From which byte to which: all of it where no part is asked for, several are, or it is of another content."""
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return 0, size
    if_range = request.if_range
    if if_range is not None and (if_range.etag or if_range.date) and if_range.etag != etag:
        return 0, size
    part = wanted.range_for_length(size)
    if part is None:
        raise RequestedRangeNotSatisfiable(length=size)
    return part[0], part[1]


def _read_part(file: BinaryIO, left: int) -> Iterator[bytes]:
    with file:
        while left and (piece := file.read(min(BLOCK, left))):
            left -= len(piece)
            yield piece
