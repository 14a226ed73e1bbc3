"""Flask's test client reads each answer to its end, as a server does."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class WholeAnswers(FlaskClient):
    """A streamed answer that nobody reads stays in its request, and leaves it when it is collected: in the midst of any
    later one, which is then without its own. `buffered=False` is for tests of the stream itself; they close it."""

    def open(self, *args: Any, buffered: bool = True, **more: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **more)


def read_answers_whole() -> None:
    """For every app that is made from now on in this process."""
    Flask.test_client_class = WholeAnswers
