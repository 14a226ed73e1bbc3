"""Large downloads: a bounded number at once, whatever becomes of each."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from campaign_app.domain.errors import TooManyRequests
from campaign_app.http.streams import MOST_STREAMS, SHORT, BoundedStream


def large() -> Iterator[bytes]:
    for _ in range(3):
        yield b"x" * (SHORT // 2 + 1)


def test_one_more_than_the_limit_is_refused_until_another_one_is_over() -> None:
    streams = [BoundedStream(large()) for _ in range(MOST_STREAMS)]
    with pytest.raises(TooManyRequests, match="already under way"):
        BoundedStream(large())
    assert b"".join(BoundedStream(["short ", "enough"])) == b"short enough"
    assert len(b"".join(streams[0])) == 3 * (SHORT // 2 + 1)
    with pytest.raises(TooManyRequests):
        BoundedStream(large())
    streams.pop().close()
    # Nobody closes this one; it is in a cycle with itself.
    abandoned = BoundedStream(large())
    abandoned.itself = abandoned  # type: ignore[attr-defined]
    del abandoned
    gc.collect()
    streams.append(BoundedStream(large()))
    for stream in streams:
        stream.close()
        stream.close()
    again = [BoundedStream(large()) for _ in range(MOST_STREAMS)]
    with pytest.raises(TooManyRequests):
        BoundedStream(large())
    for stream in again:
        stream.close()
