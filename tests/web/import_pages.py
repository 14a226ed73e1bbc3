"""Import pages: an upload through the site, the worker called by hand, and what a person reads of the result."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from campaign_app.engine.imports.worker import run_next
from campaign_app.extensions import db
from campaign_app.models import Contact, Import
from tests.web.people_support import Site, Visitor


def upload(
    visitor: Visitor, campaign_id: int, content: bytes | str, filename: str = "numbers.csv", **form: Any
) -> TestResponse:
    data = {"file": (io.BytesIO(content.encode() if isinstance(content, str) else content), filename), **form}
    return visitor.post(f"/campaigns/{campaign_id}/imports", data, content_type="multipart/form-data")


def work(site: Site) -> None:
    with site.app.app_context():
        uploads = site.app.extensions["switchboard"].settings.uploads_folder
        while run_next(db.engine, uploads, clock=site.clock, owner="test"):
            pass


def words(response: TestResponse) -> str:
    """What a person reads on the page, without the choices of selects."""
    page = response.get_data(as_text=True)
    page = re.sub(r"<option.*?</option>|<svg.*?</svg>|<script.*?</script>", "", page, flags=re.S)
    page = re.sub(r"</(?:td|th|li|p|h\d|option)>", " ", page)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", page)))


def selected(response: TestResponse, name: str) -> str:
    """The value of a select of the page."""
    page = response.get_data(as_text=True)
    [select] = re.findall(rf'<select[^>]* name="{name}".*?</select>', page, flags=re.S)
    [value] = re.findall(r'value="([^"]*)" selected', select)
    return unescape(str(value))


def fields(response: TestResponse) -> dict[str, str]:
    """What a browser would post of the check page, but for the button."""
    page = response.get_data(as_text=True)
    form = {
        name: selected(response, name)
        for name in re.findall(r'<select[^>]* name="([^"]+)"', page)
        if re.search(rf'<select[^>]* name="{name}".*?</select>', page, flags=re.S)
        and re.search(
            r" selected", re.search(rf'<select[^>]* name="{name}".*?</select>', page, flags=re.S)[0]
        )
    }
    for tag in re.findall(r"<input[^>]*>", page):
        kind = re.search(r'type="(\w+)"', tag)
        if kind and kind[1] in ("radio", "checkbox") and " checked" in tag:
            form[re.search(r'name="([^"]+)"', tag)[1]] = unescape(re.search(r'value="([^"]*)"', tag)[1])
    return form


def contacts(site: Site) -> list[Contact]:
    with site.app.app_context():
        return list(db.session.query(Contact).order_by(Contact.id))


def phones(site: Site) -> list[str]:
    return [contact.phone for contact in contacts(site)]


def item(site: Site) -> Import:
    with site.app.app_context():
        return db.session.query(Import).order_by(Import.id.desc()).first()


def add(site: Site, visitor: Visitor, here: str, **form: str) -> TestResponse:
    """Press the check page's button, and let the worker work."""
    response = visitor.post(f"{here}/check", {**fields(visitor.get(here)), "do": "commit", **form})
    work(site)
    return response
