"""Numbers by file or by paste: the upload, its progress, what was rejected, and taking it back."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, g, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import ACCEPTS_CONTACTS, CampaignStatus
from campaign_app.domain.errors import Invalid, NotFound
from campaign_app.extensions import db
from campaign_app.models import Campaign, Import, Role
from campaign_app.queries import tables
from campaign_app.roles import requires
from campaign_app.services import campaigns, imports
from campaign_app.transaction import transaction

from . import charts
from .common import ID, fragment, wake
from .frame import now, see, settings

blueprint = Blueprint("imports", __name__)
MANY = f"/campaigns/<{ID}:campaign_id>/imports"
ONE = f"{MANY}/<{ID}:import_id>"
SHOWN = 10
SAMPLE = (
    "phone,name,appointment\r\n"
    '+12125550142,"Okafor, Ada","2 Dec, 10:30"\r\n'
    '+442079460018,Yuki Sato,"3 Dec, 09:00"\r\n'
    '+33199001234,Zoë Martin,"3 Dec, 11:15"\r\n'
)
"""Numbers of ranges that their countries keep for examples and fiction."""
RESULTS = (
    ("completed", "accepted", "Added", "new contacts of this campaign"),
    ("no-answer", "repeated_in_file", "Repeated in the file", "the first row of each number counts"),
    ("busy", "already_in_campaign", "Already in the campaign", "left as they are"),
    ("unresolved", "do_not_call", "Do not call", "on the list; never dialled"),
    ("failed", "rejected", "Rejected", "no number that can be dialled"),
)
"""Colour, count, word and what it means."""


@blueprint.get("/campaigns/sample.csv")
@requires(Role.VIEWER)
def sample() -> Response:
    response = Response(SAMPLE, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="sample.csv"'
    return response


@blueprint.get(f"{MANY}/new")
@requires(Role.OPERATOR)
def new(campaign_id: int) -> str:
    return _form(campaigns.get(db.session(), campaign_id))


@blueprint.post(MANY)
@requires(Role.OPERATOR)
def upload(campaign_id: int) -> AnyResponse | tuple[str, int]:
    """Take a file, or else the pasted text as if it were one, and go and watch it."""
    held = settings()
    file, pasted = request.files.get("file"), request.form.get("pasted", "")
    if file is not None and file.filename:
        stream: Any = file.stream
        filename = file.filename
    elif pasted.strip():
        stream, filename = BytesIO(pasted.encode("utf-8", "replace")), "pasted numbers"
    else:
        return _form(campaigns.get(db.session(), campaign_id), "Choose a file, or paste numbers below."), 422
    campaigns.get(db.session(), campaign_id)
    try:
        # Outside of the transaction: writing a large file takes a second in which nobody else could write.
        stored = imports.store(held.uploads, stream, max_bytes=held.max_upload_mb << 20)
        try:
            with transaction(db.session()) as session:
                region = request.form.get("region") or None
                item = imports.enqueue(
                    session,
                    stored,
                    campaign_id=campaign_id,
                    filename=filename,
                    default_region=region,
                    actor=g.actor,
                    now=now(),
                )
                import_id = item.id
        except BaseException:
            imports.remove_upload(held.uploads, stored.name)
            raise
    except Invalid as error:
        return _form(campaigns.get(db.session(), campaign_id), error.errors[0].message, pasted), 422
    wake()
    return see(url_for("imports.show", campaign_id=campaign_id, import_id=import_id))


@blueprint.get(ONE)
@requires(Role.VIEWER)
def show(campaign_id: int, import_id: int) -> str:
    item = _item(campaign_id, import_id)
    return render_template(
        "imports/show.html",
        **_progress(item),
        rejected=tables.rejected_rows(db.session(), import_id, SHOWN),
        shown=SHOWN,
    )


@blueprint.get(f"{ONE}/_progress")
@requires(Role.VIEWER)
def progress(campaign_id: int, import_id: int) -> Response:
    item = _item(campaign_id, import_id)
    response = fragment(render_template("imports/_progress.html", **_progress(item)))
    if item.status not in ("queued", "running"):
        # Once more as a whole page: it now shows the rejected rows, which are not polled.
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get(f"{ONE}/rejected.csv")
@requires(Role.OPERATOR)
def rejected(campaign_id: int, import_id: int) -> Response:
    _item(campaign_id, import_id)
    everything = request.args.get("all") == "1"
    pieces = imports.rejected_csv(db.session(), import_id, everything, uploads=settings().uploads)
    response = Response(stream_with_context(pieces), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="rejected-{import_id}.csv"'
    return response


@blueprint.post(f"{ONE}/undo")
@requires(Role.OPERATOR)
def undo(campaign_id: int, import_id: int) -> AnyResponse:
    with transaction(db.session()) as session:
        _item(campaign_id, import_id)
        removed = imports.undo_import(session, import_id, actor=g.actor, now=now())
    flash(
        f"Took back {removed:,} {'contact' if removed == 1 else 'contacts'} that nobody had tried to call.",
        "wait",
    )
    return see(url_for("imports.show", campaign_id=campaign_id, import_id=import_id))


def _item(campaign_id: int, import_id: int) -> Import:
    """The import, if it is this campaign's. Raises NotFound."""
    item = imports.get(db.session(), import_id)
    if item.campaign_id != campaign_id:
        raise NotFound(f"campaign {campaign_id} has no import {import_id}")
    return item


def _form(campaign: Campaign, problem: str | None = None, pasted: str = "") -> str:
    return render_template(
        "imports/new.html",
        campaign=campaign,
        problem=problem,
        pasted=pasted,
        accepts=CampaignStatus(campaign.status) in ACCEPTS_CONTACTS,
        regions=phones.regions(),
        max_upload_mb=settings().max_upload_mb,
    )


def _progress(item: Import) -> dict[str, Any]:
    assert item.campaign_id is not None
    counts = [(cls, word, getattr(item, field)) for cls, field, word, _ in RESULTS]
    under_way = item.status in ("queued", "running")
    share = imports.progress(item)
    rows = [(cls, word, help_, getattr(item, field)) for cls, field, word, help_ in RESULTS]
    return {
        "campaign": campaigns.get(db.session(), item.campaign_id),
        "item": item,
        "under_way": under_way,
        "share": share,
        "bar": [charts.Segment("live", "Read", 0, 0.0, round(100 * share, 2))]
        if under_way
        else charts.stack(counts),
        "bar_words": f"{share:.0%} of the file is read"
        if under_way
        else charts.in_words(charts.stack(counts)),
        "rows": rows,
        "left_out": item.rejected + item.repeated_in_file + item.already_in_campaign + item.do_not_call,
        "accepts": CampaignStatus(campaigns.get(db.session(), item.campaign_id).status) in ACCEPTS_CONTACTS,
    }
