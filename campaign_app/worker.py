"""Celery worker entry point: places what engines with DISPATCH=celery claimed. Wiring only.

One process places as many calls at once as it has threads (`--concurrency`, ten unless told otherwise). Its settings
are the environment's, as for the engine: the same database, broker and provider accounts.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from celery.signals import celeryd_init, worker_ready, worker_shutdown
from flask import Flask
from sqlalchemy.exc import DBAPIError

from campaign_app import create_app
from campaign_app.app_context import context_of
from campaign_app.config import BadSetting
from campaign_app.engine.tasks import TASK, make_celery
from campaign_app.engine.worker import CallWorker
from campaign_app.extensions import UnsuitableServer, db, is_database_unusable, refuse_unsuitable_server
from campaign_app.instance_lock import InstanceInUse, hold_shared
from campaign_app.private_files import keep_files_private
from campaign_app.schema_version import SchemaMismatch, check_schema
from campaign_app.wiring import make_engine_context


def check_database_if_reachable(app: Flask) -> None:
    """Raises SchemaMismatch, UnsuitableServer. A database that is away is waited for, as ever."""
    try:
        with app.app_context():
            refuse_unsuitable_server(db.engine)
            with db.engine.connect() as connection:
                check_schema(connection)
    except DBAPIError as error:
        if not is_database_unusable(error):
            raise


keep_files_private()
try:
    _app = create_app()
    _app_context = context_of(_app)
    if _app_context.settings.broker_url is None:
        raise BadSetting("SWITCHBOARD_BROKER_URL is not set; allowed: amqp://… or redis://…")
    hold_shared(_app_context.settings.instance_path, _app_context.settings.sqlite_file)
    check_database_if_reachable(_app)
except (BadSetting, InstanceInUse, SchemaMismatch, UnsuitableServer) as error:
    print(f"switchboard: {error}", file=sys.stderr)
    raise SystemExit(2) from None

celery = make_celery(_app_context.settings.broker_url)
_lock = threading.Lock()
_worker: CallWorker | None = None


def get_worker() -> CallWorker:
    """This process's, made when it is first needed: by a task, or by the pulse."""
    global _worker
    with _lock:
        if _worker is None:
            _worker = CallWorker(make_engine_context(_app))
        return _worker


def place_attempt(attempt_id: int) -> None:
    """The task: one attempt, by its id."""
    get_worker().place_attempt(attempt_id)


celery.task(name=TASK)(place_attempt)


def _make_name_unique(instance: Any = None, **_: Any) -> None:
    """Two workers of one name on a machine would fight over RabbitMQ's queues for their remote control."""
    name, _at, host = str(instance.hostname).partition("@")
    if name == "celery":
        instance.hostname = f"switchboard-{os.getpid()}@{host}"


def _start_worker(**_: Any) -> None:
    get_worker().start()


def _stop_worker(**_: Any) -> None:
    if _worker is not None:
        _worker.stop()


# Kept by name in this module: signals hold their receivers weakly.
celeryd_init.connect(_make_name_unique)
worker_ready.connect(_start_worker)
worker_shutdown.connect(_stop_worker)
