"""`python app.py` serves the pages and the API, with the engine inside; `app:app` is the WSGI application."""

from __future__ import annotations

import gc
import sys

gc.disable()  # what is imported stays: looking through it again and again is a fifth of the start

from campaign_app import create_app  # noqa: E402
from campaign_app.config import BadSetting  # noqa: E402
from campaign_app.private_files import keep_files_private  # noqa: E402
from campaign_app.wiring import share_fragments  # noqa: E402

keep_files_private()

try:
    app = create_app()
except BadSetting as error:
    print(f"switchboard: {error}", file=sys.stderr)
    raise SystemExit(2) from None
share_fragments(app)
gc.freeze()
gc.enable()


if __name__ == "__main__":
    from campaign_app.serve import serve_app

    serve_app(app)
