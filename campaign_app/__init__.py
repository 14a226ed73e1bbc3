"""Application factory: `create_app` puts Switchboard, a self-hosted manager of outbound voice campaigns, together."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from campaign_app.own_command import own_command
from campaign_app.time_zones import use_newest_zone_data

use_newest_zone_data()  # before anything asks for a zone

from campaign_app.app_context import EXTENSION  # noqa: E402
from campaign_app.clock import SYSTEM_CLOCK, Clock  # noqa: E402

if TYPE_CHECKING:
    from flask import Flask

    from campaign_app.config import Settings

# The rest is imported inside the functions: a tool that wants only the domain does not load Flask for it.
__version__ = "0.2.0"
"""The release; pyproject.toml and CHANGELOG.md say the same, and a test compares them."""
ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT if (ROOT / "templates" / "base.html").exists() else ROOT / "campaign_app"
"""Where templates/ and static/ are: beside the package in a checkout, inside it in a wheel."""


def create_app(settings: Settings | None = None, *, clock: Clock = SYSTEM_CLOCK) -> Flask:
    """The WSGI application. It never starts an engine: that is app.py's and `flask engine run`'s to do."""
    from flask import Flask

    from campaign_app import api, cli, config, crash_points, logs, web
    from campaign_app.extensions import (
        csrf,
        database_url,
        db,
        engine_options,
        init_migrations,
        limiter,
        limiter_options,
        prepare_engine,
    )
    from campaign_app.http import roles, security
    from campaign_app.http.compiled_templates import keep_compiled_templates
    from campaign_app.http.routing import IdConverter, LateRule
    from campaign_app.private_files import close_folder
    from campaign_app.queries.cursors import give_cursor_key
    from campaign_app.queries.forgotten import give_forget_key
    from campaign_app.services.simulator_speed import give_simulator_speed
    from campaign_app.wiring import forget_key, make_app_context, secret_key

    settings = settings or config.load_settings(
        os.environ, ROOT, warn=lambda text: print(f"switchboard: {text}", file=sys.stderr)
    )
    app = Flask(
        __name__,
        instance_path=str(settings.instance_path),
        template_folder=str(FILES / "templates"),
        static_folder=str(FILES / "static"),
    )
    app.url_rule_class = LateRule
    config.prepare_instance_folder(settings.instance_path)
    if not any(
        path is not None and path.is_relative_to(settings.instance_path)
        for path in (settings.asterisk_sounds, settings.asterisk_cel)
    ):
        # Asterisk would read there as a user of its own.
        close_folder(settings.instance_path)
    url = database_url(settings.database_url)
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        WTF_CSRF_TIME_LIMIT=None,
        **limiter_options(settings.redis_url),
        MAX_CONTENT_LENGTH=(settings.max_upload_mb + 1) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = make_app_context(settings, clock)
    app.jinja_env.globals["version"] = __version__
    app.jinja_env.globals["own_command"] = own_command
    app.jinja_env.bytecode_cache = keep_compiled_templates(FILES / "templates")
    logs.configure_logging(settings.log_format)
    logs.CALL_LOG.setLevel(logging.INFO if settings.log_calls else logging.WARNING)
    crash_points.arm_crash_point(settings.crash_at)
    db.init_app(app)
    with app.app_context():
        give_forget_key(prepare_engine(db.engine), forget_key(settings))
        give_cursor_key(db.engine, secret_key(settings))
        give_simulator_speed(db.engine, settings.simulator_time_scale)
    app.url_map.converters["id"] = IdConverter
    init_migrations(app, ROOT / "campaign_app" / "migrations")
    csrf.init_app(app)
    limiter.init_app(app)
    security.install_security(app, settings)
    roles.install_role_guard(app)
    api.register_api(app)
    web.register_pages(app)
    cli.register_commands(app)
    return app
