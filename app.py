"""`python app.py` serves the pages and the API, with the engine inside; `app:app` is the WSGI application."""

from __future__ import annotations

import sys

from campaign_app import create_app
from campaign_app.config import BadSetting

try:
    app = create_app()
except BadSetting as error:
    print(f"switchboard: {error}", file=sys.stderr)
    raise SystemExit(2) from None


if __name__ == "__main__":
    from campaign_app.serve import serve_app

    serve_app(app)
