"""Large downloads: a bounded number at once, whatever becomes of each."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from campaign_app.domain.errors import TooManyRequests
from campaign_app.http.streams import MOST_STREAMS, SHORT, SOON, BoundedStream
from tests.support.clock import FakeClock


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


class Pieces:
    """Pieces of a download, each of which takes some seconds to make."""

    def __init__(self, clock: FakeClock, pieces: list[bytes], seconds: float) -> None:
        self.made = 0
        self._clock, self._pieces, self._seconds = clock, pieces, seconds

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._clock.move(self._seconds)
            self.made += 1
            yield piece


def test_what_takes_long_is_sent_as_it_comes() -> None:
    clock = FakeClock(datetime(2026, 11, 20, tzinfo=UTC))
    pieces = Pieces(clock, [b"head", b"", b"row", b"row"], SOON)
    stream = BoundedStream(pieces, clock)
    assert pieces.made == 2, "nobody waits for the rest before anything is sent"
    assert list(stream) == [b"head", b"row", b"row"], "an empty piece might be taken for the end"
    stream.close()
    quick = Pieces(clock, [b"head", b"row"], 0)
    BoundedStream(quick, clock).close()
    assert quick.made == 2


def test_too_many_downloads_are_refused_by_their_length_alone() -> None:
    clock = FakeClock(datetime(2026, 11, 20, tzinfo=UTC))
    slow = [BoundedStream(Pieces(clock, [b"row"] * 4, SOON), clock) for _ in range(MOST_STREAMS)]
    try:
        short = Pieces(clock, [b"row"] * 4, SOON)
        assert list(BoundedStream(short, clock)) == [b"row"] * 4
        with pytest.raises(TooManyRequests):
            BoundedStream(Pieces(clock, [b"x" * SHORT, b"row"], 0), clock)
    finally:
        for each in slow:
            each.close()
    BoundedStream(Pieces(clock, [b"x" * SHORT, b"row"], 0), clock).close()
